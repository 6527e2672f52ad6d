"""What `show` and the end of `run` say of a run, against its own files."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from support.scenarios import failures, standings
from tradingview_scraper.pipelines.selection.drivers.review.summary import SHOWN_FIGURES, run_summary, summary_text
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts
from tradingview_scraper.pipelines.selection.lineage.record.headline import headline

SCENARIOS = ("usual", "strict", "represented", "filled", "without benchmark", "lax")


def summary(folder: Path) -> dict[str, Any]:
    return run_summary(folder.parent.parent, folder.name)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_headline_counts_routes_and_failed_gates(runs: dict[str, Path], scenario: str) -> None:
    found = summary(runs[scenario])
    won = standings(runs[scenario]).query("route != ''")
    line = found["headline"]
    assert re.search(rf"\b{len(won)} winners at rung {found['rung']} \({found['rungs'][-1]['name']}\): ", line)
    assert {
        name: int(count) for count, name in re.findall(r"(\d+) (ranked|benchmark|representative|fill)\b", line)
    } == Counter(won["route"])
    failed = [gates for gates in failures(runs[scenario]).values() if gates]
    assert (f"{len(failed)} of them fail gates: recruited past " in line) == bool(failed)
    named = {name: int(count) for name, count in re.findall(r"(\w+) \((\d+)\)", line)}
    assert named == Counter(gate for gates in failed for gate in gates)
    assert summary_text(found).splitlines()[1] == line
    page = page_parts((runs[scenario] / "report.html").read_text("utf-8"))[0]
    assert page["headline"] == line


def test_a_missed_floor_comes_first() -> None:
    atoms = [
        {"asset": "A", "route": "ranked", "fails": []},
        {"asset": "B", "route": "fill", "fails": ["adx"]},
        {"asset": "B", "route": "fill", "fails": ["adx"]},
    ]
    manifest = {"rung": 4, "routes": {"ranked": 1, "fill": 1}, "atoms": atoms}
    told = "2 winners at rung 4 (fill): 1 ranked, 1 fill. 1 of them fails gates: recruited past adx (1)"
    assert headline(manifest, "fill", 2) == told
    assert headline(manifest, "fill", 3) == f"the floor of 3 is missed: {told}"
    assert headline({"rung": 1, "routes": {}, "atoms": []}, "strict", 1) == (
        "the floor of 1 is missed: 0 winners at rung 1 (strict)"
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_winner_has_its_route_and_the_gates_that_it_fails(runs: dict[str, Path], scenario: str) -> None:
    text = summary_text(summary(runs[scenario]))
    routes = standings(runs[scenario])["route"]
    for symbol, failed in failures(runs[scenario]).items():
        line = re.search(rf"^{symbol} +(?:LONG|SHORT) +\w+ +[\d.e+-]+(?:  (.*))?$", text, re.MULTILINE)
        assert line is not None
        parts = [routes[symbol]] if routes[symbol] != "ranked" else []
        assert (line[1] or "") == ", ".join([*parts, *([f"fails {', '.join(failed)}"] if failed else [])])


def test_each_figure_has_its_own_value(runs: dict[str, Path]) -> None:
    found = summary(runs["usual"])
    text = summary_text(found)
    shown = {name: re.search(rf"^{name} +(\S+)$", text, re.MULTILINE) for name in SHOWN_FIGURES}
    values = {name: float(match[1]) for name, match in shown.items() if match is not None}
    assert values == {name: pytest.approx(found["metrics"][name], rel=1e-3) for name in SHOWN_FIGURES}
    assert len(set(values.values())) == len(SHOWN_FIGURES)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_manifest_says_how_each_atom_came_in(runs: dict[str, Path], scenario: str) -> None:
    manifest = json.loads((runs[scenario] / "manifest.json").read_text("utf-8"))
    receipt = json.loads((runs[scenario] / "receipt.json").read_text("utf-8"))
    routes, failed = standings(runs[scenario])["route"], failures(runs[scenario])
    assert manifest["schema_version"] == "1.1"
    assert manifest["rung"] == receipt["rung"]
    assert manifest["routes"] == Counter(route for route in routes if route)
    for atom in manifest["atoms"]:
        assert atom["route"] == routes[atom["asset"]]
        assert atom["fails"] == failed[atom["asset"]]
