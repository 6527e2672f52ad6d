"""The signed document counts what was found: its text against its data, its data against both selections."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.market import market, selection
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import selected
from tradingview_scraper.pipelines.selection.drivers.migration.shadow import Flip, Shadow, Step, attributed
from tradingview_scraper.pipelines.selection.drivers.migration.shadow_report import differences


def test_what_each_flip_moved_is_counted_by_hand() -> None:
    steps = (
        Step(None, {"A": "winner LONG", "B": "vetoed", "C": "vetoed"}, 1),
        Step(Flip("one", 1, 2), {"A": "winner LONG", "B": "winner SHORT", "C": "outranked"}, 2),
        Step(Flip("two", True, False), {"A": "vetoed", "B": "winner SHORT", "C": "vetoed"}, 2),
    )
    changes, passing = attributed(steps)
    found = differences(Shadow(selection(), selection(), steps, changes, passing, ()))
    assert found["flips"] == [
        {"setting": "one", "incumbent": "1", "v4": "2", "moved": 2, "winners": 2, "rung": 2},
        {"setting": "two", "incumbent": "True", "v4": "False", "moved": 2, "winners": 1, "rung": 2},
    ]
    assert [(change["asset"], change["cause"]) for change in found["winners"]] == [("A", "two"), ("B", "one")]
    assert (found["others"], found["moved_and_back"]) == ([], ["C"])
    assert found["causes_of_winners"] == {"one": 1, "two": 1}


@pytest.fixture(scope="module")
def document(shadowed: dict[str, Path]) -> dict[str, Any]:
    return dict(json.loads(shadowed["json"].read_text("utf-8"))["shadow"])


@pytest.fixture(scope="module")
def text(shadowed: dict[str, Path]) -> str:
    return shadowed["text"].read_text("utf-8")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its heads."""
    section = text.partition(f"\n{heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_v4s_side_is_what_a_selection_gives(document: dict[str, Any], shadowed: dict[str, Path]) -> None:
    ready = plan(resolved_settings("v4").settings)
    run = selected(FolderProvider(shadowed["data"], ready.settings.data), ready, pd.Timestamp(document["as_of"]))
    directions = Counter(run.context.winners["direction"])
    assert document["v4"] == {
        "pool": len(run.context.raw_pool),
        "winners": len(run.winners),
        "long": directions["LONG"],
        "short": directions["SHORT"],
        "rung": len(run.rungs),
        "clusters": len(set(run.context.clusters["cluster"])),
    }
    assert {source["name"]: source["rows"] for source in document["sources"]}["bars"] == len(market().bars)


def test_the_head_of_the_text_has_both_sides(document: dict[str, Any], text: str) -> None:
    names = ("pool", "winners", "long", "short", "clusters", "rung")
    for title, side in (("v3.4", "incumbent"), ("v4", "v4")):
        figures = document[side]
        assert f"| {title} | {' | '.join(str(figures[name]) for name in names)} |" in text
        assert figures["long"] + figures["short"] == figures["winners"]


def test_the_winners_that_differ_are_counted(document: dict[str, Any], text: str) -> None:
    listed = rows(text, "## Winners that differ")
    assert [row[0] for row in listed] == [change["asset"] for change in document["differences"]["winners"]]
    assert f"\n{len(listed)} assets win under one of the two only, or in another direction.\n" in text
    others = rows(text, "## Assets that win under neither")
    assert [row[0] for row in others] == [change["asset"] for change in document["differences"]["others"]]


def test_the_causes_are_counted(text: str) -> None:
    winners, others = rows(text, "## Winners that differ"), rows(text, "## Assets that win under neither")
    *causes, total = rows(text, "## Causes")
    charged = [Counter(row[3] for row in listed) for listed in (winners, others)]
    assert {name: (int(one), int(other)) for name, one, other in causes} == {
        name: (charged[0][name], charged[1][name]) for name in {**charged[0], **charged[1]}
    }
    assert total == ["all", str(len(winners)), str(len(others))]


def test_the_flips_are_numbered_and_their_moves_counted(document: dict[str, Any], text: str) -> None:
    flips = document["differences"]["flips"]
    shown = rows(text, "## The settings")
    assert shown == [
        [str(number), *(str(flip[name]) for name in ("setting", "incumbent", "v4", "moved", "winners", "rung"))]
        for number, flip in enumerate(flips, start=1)
    ]
    moves = Counter(
        move["setting"]
        for change in (*document["differences"]["winners"], *document["differences"]["others"])
        for move in change["path"]
    )
    passing = len(document["differences"]["moved_and_back"])
    for flip in flips:
        assert moves[flip["setting"]] <= flip["moved"] <= moves[flip["setting"]] + passing
    assert flips[-1]["winners"] == document["v4"]["winners"]
