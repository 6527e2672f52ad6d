"""What changed from one run to another, and why each winner came or went."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review import diff
from tradingview_scraper.pipelines.selection.drivers.review.changes import changes, input_changes, table_difference
from tradingview_scraper.pipelines.selection.drivers.review.diff_text import comparison_text
from tradingview_scraper.pipelines.selection.schemas.run_files import INPUTS

EXCLUDED, UNPROPOSED, BARLESS = "HELIXUSDT", "OXUM", "SVGA"


@pytest.fixture(scope="module")
def pair(sample_run: SampleRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The sample, and a second run with a higher ADX floor, an exclusion, an asset no more proposed, one without bars."""
    project = tmp_path_factory.mktemp("pair") / "demo"
    shutil.copytree(sample_run.project, project)
    for path in (project / "data/scans").glob("*.json"):
        scan = json.loads(path.read_text())
        scan["data"] = [row for row in scan["data"] if row["symbol"].split(":")[1] != UNPROPOSED]
        path.write_text(json.dumps(scan))
    bars = pd.read_parquet(project / "data/bars.parquet")
    bars[bars["symbol"] != BARLESS].to_parquet(project / "data/bars.parquet")
    changed = {"data.exclude": {EXCLUDED: "told so"}, "gates.adx.threshold": 26}
    return project, sample_run.run_id, run(project, as_of="2026-06-30", settings=changed).run_id


@pytest.fixture(scope="module")
def found(pair: tuple[Path, str, str]) -> dict[str, Any]:
    return diff.compared(*pair)


def reasons(found: dict[str, Any], which: str) -> dict[str, str]:
    return {row["symbol"]: row["reason"] for row in found["winners"][which]}


def test_every_winner_that_came_or_went_has_its_reason(found: dict[str, Any], pair: tuple[Path, str, str]) -> None:
    project, first, second = pair
    before, after = (
        {row["symbol"] for row in json.loads((project / "runs" / name / "portfolio_candidates.json").read_text())}
        for name in (first, second)
    )
    assert reasons(found, "went").keys() == before - after
    assert reasons(found, "came").keys() == after - before
    assert {row["symbol"] for row in found["winners"]["stayed"]} == before & after
    assert all([*reasons(found, "came").values(), *reasons(found, "went").values()])


def test_the_reasons_are_the_right_ones(found: dict[str, Any]) -> None:
    went = reasons(found, "went")
    assert "; fails exclusion <= 0: 0 -> 1" in went[EXCLUDED]
    assert went[UNPROPOSED].endswith("is not in the pool: no scanner proposed it")
    assert went[BARLESS].endswith("is not in the pool: no bars of it")


def test_a_threshold_that_moved_is_told_from_a_value_that_did(found: dict[str, Any]) -> None:
    adx = [reason for reason in reasons(found, "went").values() if "adx" in reason]
    assert adx
    assert all("fails adx: threshold >= 16 -> 20.8, value " in reason for reason in adx)


def test_inputs_settings_and_gates_are_compared(found: dict[str, Any]) -> None:
    inputs = {row["table"]: row["change"] for row in found["inputs"]}
    assert inputs["bars.parquet"] == "file changed"
    assert inputs["bars as of the date"] == f"1 symbol gone: {BARLESS}"
    assert UNPROPOSED in inputs["candidates as of the date"]
    params = {row["name"]: (row["old"], row["new"]) for row in found["params"]}
    assert params["gates.adx.threshold"] == (20, 26)
    assert params[f"data.exclude.{EXCLUDED}"] == (None, "told so")
    adx = next(row for row in found["gates"] if row["gate"] == "adx")
    assert adx["vetoes"][1] > adx["vetoes"][0]
    assert {row["name"] for row in found["metrics"]} >= {"vetoes.exclusion", "pool"}
    assert not [row for row in found["code"] if not row["name"].startswith("package_digest")]


def test_conviction_that_moved_most_comes_first(found: dict[str, Any]) -> None:
    moved = [abs(row["new"] - row["old"]) for row in found["conviction"]]
    assert len(moved) == 10
    assert moved == sorted(moved, reverse=True)


def test_the_way_back_gives_the_same_stories_turned(found: dict[str, Any], pair: tuple[Path, str, str]) -> None:
    project, first, second = pair
    back = diff.compared(project, second, first)
    came = reasons(back, "came")
    assert came.keys() == reasons(found, "went").keys()
    assert came[UNPROPOSED].startswith("was not in the pool: no scanner proposed it; came as ")
    assert came[EXCLUDED].startswith("passes exclusion <= 0: 1 -> 0")
    assert all("nothing" not in reason for reason in came.values())


def test_the_command_prints_text_markdown_and_json_and_ends_with_zero(pair: tuple[Path, str, str]) -> None:
    project, first, second = pair
    for options, expected in (
        ([], "\nwent\n"),
        (["--md"], "| winner | direction | route | conviction | why |"),
        (["--json"], '"kind": "diff"'),
    ):
        result = CliRunner().invoke(main, ["diff", first, second, "--project", str(project), *options])
        assert result.exit_code == 0, result.output
        assert expected in result.stdout


def test_a_run_does_not_differ_from_itself(sample_run: SampleRun) -> None:
    found = diff.compared(sample_run.project, sample_run.run_id, sample_run.run_id)
    assert comparison_text(found).endswith("no difference in inputs, settings, code, metrics, gates or winners")


def test_it_does_not_import_pandas(pair: tuple[Path, str, str]) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from tradingview_scraper.pipelines.selection.drivers.review.diff import compared; "
        f"compared(Path({str(pair[0])!r}), {pair[1]!r}, {pair[2]!r}); print('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_days_of_another_pool_are_not_compared() -> None:
    old = {"tables": {"bars": {"digest": "1", "symbols": {"A": "1"}}}, "days": {"2026-01-01": "1", "2026-01-02": "1"}}
    new = {"tables": {"bars": {"digest": "2", "symbols": {"A": "1", "B": "1"}}}, "days": {"2026-01-01": "2"}}
    assert input_changes(old, new) == {"bars": "1 symbol new: B", "days": "1 day gone: 2026-01-02"}


def test_tables_differ_by_column_and_symbol() -> None:
    nan = float("nan")
    old = {"symbol": ["A", "B", "B"], "gate": ["x", "x", "y"], "value": [1.0, nan, 3.0]}
    assert table_difference(old, {**old, "value": [1.0, nan, 4.0]}) == "columns 1: value; symbols 1: B"
    turned = {name: values[::-1] for name, values in old.items()}
    assert table_difference(old, turned) == "the same rows in another order"
    assert "row" in table_difference(old, {name: values[:2] for name, values in old.items()})
    assert not changes(old, old)


def record(**parts: Any) -> Any:
    """A run's record with just these parts."""
    return SimpleNamespace(**parts)


def test_gates_that_differ_in_threshold_or_vetoes_by_hand() -> None:
    def gates(metrics: dict[str, int], **thresholds: float) -> Any:
        return record(
            gates={name: {"threshold": level} for name, level in thresholds.items()}, closing={"metrics": metrics}
        )

    old = gates(
        {"vetoes.adx": 5, "vetoes.same": 1, "vetoes.gone": 2, "vetoes.health": 3}, adx=20, same=1, gone=2, health=3
    )
    new = gates(
        {"vetoes.adx": 5, "vetoes.same": 1, "vetoes.health": 4, "vetoes.new": 6}, adx=26, same=1, health=3, new=7
    )
    assert diff.gate_changes(old, new) == [
        {"gate": "adx", "threshold": [20, 26], "vetoes": [5, 5]},
        {"gate": "gone", "threshold": [2, None], "vetoes": [2, None]},
        {"gate": "health", "threshold": [3, 3], "vetoes": [3, 4]},
        {"gate": "new", "threshold": [None, 7], "vetoes": [None, 6]},
    ]


def test_the_ten_that_moved_most_by_hand() -> None:
    """Both ways, ties by symbol; who is unknown, the same or only in one pool is left out."""

    def scores(**values: float | None) -> Any:
        return record(standings={name: {"alpha_score": value} for name, value in values.items()})

    old = {f"M{number:02}": 1.0 for number in range(12)} | {"B": 1.0, "A": 3.0, "SAME": 1.0, "WAS": 1.0, "GONE": 1.0}
    new = {f"M{number:02}": 1.0 + number / 64 for number in range(12)} | {"B": 3.0, "A": 1.0, "SAME": 1.0, "WAS": None}
    found = diff.movers(scores(**old, NOW=None), scores(**new, NOW=1.0, NEW=1.0))
    assert [row["symbol"] for row in found] == ["A", "B", *(f"M{number:02}" for number in range(11, 3, -1))]
    assert found[0] == {"symbol": "A", "old": 3.0, "new": 1.0}


def test_inputs_by_file_then_by_content_by_hand() -> None:
    def read(tables: dict[str, dict[str, str]], days: dict[str, str], **files: str) -> Any:
        content = {
            "tables": {name: {"digest": str(symbols), "symbols": symbols} for name, symbols in tables.items()},
            "days": days,
        }
        inputs = [{"source": name, "digest": digest} for name, digest in files.items()]
        return record(closing={"inputs": inputs}, needed_document=lambda name: {INPUTS: content}[name])

    old = read({"bars": {"A": "1", "B": "2"}, "old": {}}, {"d1": "1", "d2": "2"}, bars="1", gone="2", same="3")
    new = read({"bars": {"A": "1", "B": "3"}, "new": {}}, {"d1": "1", "d2": "3"}, bars="2", new="2", same="3")
    assert diff.input_differences(old, new) == [
        {"table": "bars", "change": "file changed"},
        {"table": "new", "change": "new"},
        {"table": "gone", "change": "gone"},
        {"table": "new as of the date", "change": "new"},
        {"table": "old as of the date", "change": "gone"},
        {"table": "bars as of the date", "change": "1 symbol changed: B", "symbols": ["B"]},
        {"table": "days as of the date", "change": "1 day changed: d2"},
    ]
