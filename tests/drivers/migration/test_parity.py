"""`tvselect parity`: v3.4's answers, recorded and live, and the reports that say how far v4 is from them."""

import copy
import json
import math
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from reference.ulp import ulp_distance as counted
from reference.v3_4 import answer
from support.answers import members, v4_answer
from support.legacy import write_legacy
from support.paths import GOLDEN
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.migration import parity, parity_report
from tradingview_scraper.pipelines.selection.drivers.migration.live_engine import live_answers
from tradingview_scraper.pipelines.selection.drivers.migration.parity_report import (
    BOTH_FAILED,
    Case,
    checked,
    parity_document,
    passed,
    read_case,
    recorded_answer,
    reported,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, StageError

CASES = sorted(path.parent.name for path in GOLDEN.glob("*/expected.json"))
absent = pytest.mark.skip(reason="the recordings of v3.4 are not beside this checkout")
recorded = pytest.mark.parametrize("name", CASES or [pytest.param("", marks=absent)])
needs_recordings = pytest.mark.skipif(not CASES, reason="the recordings of v3.4 are not beside this checkout")
LIVE = ("plain_small", "stage3_floor", "dynamic_direction", "short_history_9", "two_assets")


def tvselect(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["parity", *arguments])


@recorded
def test_a_recording_is_reproduced(name: str) -> None:
    report = reported(read_case(GOLDEN / name), recorded_answer(GOLDEN / name))

    assert report.verdict in ("identical", "within-ulp", "both-failed"), parity_document([report])
    assert (report.verdict == "both-failed") == ("error" in recorded_answer(GOLDEN / name))


@recorded
def test_the_order_of_columns_and_candidates_decides_nothing(name: str) -> None:
    case, expected = read_case(GOLDEN / name), recorded_answer(GOLDEN / name)
    if "error" in expected:
        return
    rng = random.Random(7)
    columns = rng.sample(list(case.returns.columns), len(case.returns.columns))
    candidates = rng.sample(case.candidates, len(case.candidates))

    found = v4_answer(case.returns[columns], candidates, case.statistics, case.settings)

    assert {winner["symbol"] for winner in found["winners"]} == {winner["symbol"] for winner in expected["winners"]}
    assert sorted(members(found["clusters"]).values()) == sorted(members(expected["clusters"]).values())
    assert found["vetoes"] == expected["vetoes"]


@needs_recordings
def test_the_command_reports_and_ends_well() -> None:
    done = tvselect("--json", *(str(GOLDEN / name) for name in LIVE))

    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["schema_version"], document["kind"]) == ("1.0", "parity")
    cases = {case["case"]: case for case in document["parity"]["cases"]}
    assert list(cases) == list(LIVE)
    assert cases["short_history_9"]["verdict"] == "both-failed"
    assert cases["plain_small"]["verdict"] in ("identical", "within-ulp")
    assert cases["plain_small"]["compared"] > 200
    assert {part["name"] for part in cases["plain_small"]["parts"]} >= {"raw hurst", "score", "partition", "vetoes"}
    assert sum(document["parity"]["verdicts"].values()) == len(LIVE)


@needs_recordings
def test_a_difference_ends_with_exit_code_4(tmp_path: Path) -> None:
    folder = shutil.copytree(GOLDEN / "plain_small", tmp_path / "case")
    expected = json.loads((folder / "expected.json").read_text())
    expected["winners"] = expected["winners"][::-1]
    (folder / "expected.json").unlink()
    (folder / "expected.json").write_text(json.dumps(expected))

    done = tvselect(str(folder))

    assert done.exit_code == 4
    assert "case: different: winners: end: #1" in done.stdout
    assert "docs/parity.md" in done.stderr


@needs_recordings
def test_one_bad_case_is_its_own_verdict(tmp_path: Path) -> None:
    """Whatever is wrong with one, the others are judged; its text is one line."""

    def case(name: str, file: str, text: str) -> str:
        folder = shutil.copytree(GOLDEN / "two_assets", tmp_path / name)
        (folder / file).unlink(missing_ok=True)
        if text:
            (folder / file).write_text(text)
        return str(folder)

    def settings(**changed: Any) -> str:
        return json.dumps({**json.loads((GOLDEN / "two_assets" / "settings.json").read_text()), **changed})

    raised = json.dumps({"error": "TypeError: unexpected keyword\nargument"})
    broken = {
        "no answer": ("expected.json", ""),
        "no returns": ("returns.parquet", ""),
        "half": ("candidates.json", '[{"symbol": '),
        "a list": ("settings.json", "[]"),
        "no records": ("candidates.json", '["A"]'),
        "no parquet": ("returns.parquet", "PAR1"),
        "another shape": ("expected.json", '{"winners": 5}'),
        "null benchmarks": ("settings.json", settings(benchmark_symbols=None)),
        "null params": ("settings.json", settings(request={"params": None})),
        "null top_n": ("settings.json", settings(request={"top_n": None})),
        "a field": ("settings.json", settings(request={"top_k": 3})),
        "text": ("settings.json", settings(request={"threshold": "0.5"})),
        "flags": ("settings.json", settings(features=5)),
        "answers": ("expected.json", raised),
    }
    folders = [case(name, *wrong) for name, wrong in broken.items()]

    done = tvselect("--json", str(GOLDEN / "two_assets"), *folders, str(GOLDEN / "plain_small"))

    assert done.exit_code == 4, done.stderr
    cases = {case["case"]: case for case in json.loads(done.stdout)["parity"]["cases"]}
    assert list(cases) == ["two_assets", *broken, "plain_small"]
    assert {cases[name]["verdict"] for name in ("two_assets", "plain_small")} <= {"identical", "within-ulp"}
    unreadable = ("no answer", "no returns", "half", "a list", "no records", "no parquet", "another shape")
    assert [name for name in broken if cases[name]["verdict"] == "unreadable"] == list(unreadable)
    assert {cases[name]["verdict"] for name in broken if name not in unreadable} == {"different"}
    assert cases["a field"]["note"].startswith("v4: request: v3.4 knows no field 'top_k'; there are top_n,")
    assert cases["null params"]["note"] == "v4: request.params: v3.4 takes a table, not None"
    assert cases["text"]["note"] == "v4: request.threshold: v3.4 computes with a number, not with '0.5'"
    assert cases["answers"]["note"] == "v4 answers where v3.4 raised TypeError: unexpected keyword"
    assert not [name for name, found in cases.items() if "\n" in found["note"]]


@needs_recordings
def test_where_v3_4_raised_and_v4_breaks_both_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaking(_: Case) -> Any:
        raise OverflowError("int too large\nto convert")

    monkeypatch.setattr(parity_report, "own_answer", breaking)
    found = reported(read_case(GOLDEN / "two_assets"), {"error": "TypeError: x"})
    assert (found.verdict, found.note) == (
        "both-failed",
        "v4 broke on it: OverflowError: int too large; v3.4: TypeError: x",
    )
    assert reported(read_case(GOLDEN / "two_assets"), {}).verdict == "different"


def test_a_folder_that_is_no_case_is_unreadable(tmp_path: Path) -> None:
    done = tvselect(str(tmp_path))

    assert done.exit_code == 4
    assert "unreadable: parity: " in done.stdout
    assert "no expected.json" in done.stdout
    with pytest.raises(DataContractError, match=r"no returns\.parquet"):
        read_case(tmp_path)


@needs_recordings
def test_a_live_engine_is_asked_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(write_legacy(tmp_path)))
    folders = [GOLDEN / name for name in LIVE]

    answers = live_answers(sys.executable, folders)

    assert not [name for name in sys.modules if name.startswith("tradingview_scraper.selection_engines")]
    reports = {report.case: report for report in checked(folders, answers)}
    assert {name: report.verdict for name, report in reports.items()} == {
        **dict.fromkeys(LIVE, "identical"),
        "short_history_9": BOTH_FAILED,
    }
    # Nothing was left out: the stand-in has all that can be overheard.
    for name in ("plain_small", "stage3_floor"):
        case = read_case(GOLDEN / name)
        live = answer(case.returns, case.candidates, case.statistics, case.settings)
        assert len(answers[GOLDEN / name]["stages"]) == len(live["stages"])
        assert {part.name: part.compared for part in reports[name].parts} == {
            part.name: part.compared for part in parity.compared(live, live)
        }
    done = tvselect("--engine", sys.executable, str(GOLDEN / "two_assets"))
    assert done.exit_code == 0, done.stderr


@needs_recordings
def test_an_engine_may_be_named_from_here_and_one_bad_case_is_not_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(write_legacy(tmp_path / "legacy")))
    # From its own folder an interpreter is found as bin/python, wherever its environment lies.
    monkeypatch.chdir(Path(sys.executable).parents[1])
    odd = shutil.copytree(GOLDEN / "two_assets", tmp_path / "odd")
    case = json.loads((odd / "settings.json").read_text())
    (odd / "settings.json").unlink()
    (odd / "settings.json").write_text(json.dumps({**case, "request": {"top_k": 3}}))

    done = tvselect("--json", "--engine", f"bin/{Path(sys.executable).name}", str(odd), str(GOLDEN / "two_assets"))

    assert done.exit_code == 0, done.stderr
    first, second = json.loads(done.stdout)["parity"]["cases"]
    assert first["verdict"] == "both-failed"
    assert "unexpected keyword argument 'top_k'" in first["note"]
    assert second["verdict"] == "identical"


@needs_recordings
def test_an_engine_that_cannot_be_asked_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = GOLDEN / "two_assets"
    with pytest.raises(ConfigurationError, match="can't be started"):
        live_answers(str(tmp_path / "python"), [folder])
    (tmp_path / "tradingview_scraper").mkdir()
    (tmp_path / "tradingview_scraper" / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(StageError, match="selection_engines"):
        live_answers(sys.executable, [folder])


# The comparison itself


def small() -> dict[str, Any]:
    stage = {
        "relaxation_stage": 1,
        "active_thresholds": {"entropy_max": 0.9},
        "winners": [{"symbol": "B", "alpha_score": 0.5}, {"symbol": "A", "alpha_score": 0.5}],
        "vetoes": {"C": ["High friction (ECI=0.1000)"]},
        "selected_by_cluster": {"1": {"size": 2, "selected": ["B", "A"]}},
    }
    raw = {"permutation_entropy": 0.5, "efficiency_ratio": None, "hurst": 0.6}
    return {
        **copy.deepcopy(stage),
        "alpha_scores": {"A": 0.5, "B": 0.5, "C": math.exp(-8.5)},
        "raw_metrics": {name: {"A": 0.25, "B": 0.5, "C": 1.0} for name in parity.METRICS},
        "raw_features": {symbol: dict(raw) for symbol in "ABC"},
        "clusters": {"A": 1, "B": 1, "C": 2},
        "kappa": 10.0,
        "shrinkage": 0.01,
        "stages": [stage],
    }


def verdict(**changed: Any) -> str:
    actual = small()
    for name, value in changed.items():
        target: Any = actual
        *path, last = name.split("__")
        for part in path:
            target = target[int(part) if isinstance(target, list) else part]
        target[int(last) if isinstance(target, list) else last] = value
    return parity.verdict_of(parity.compared(actual, small()))


def up(value: float, steps: int) -> float:
    for _ in range(steps):
        value = math.nextafter(value, math.inf)
    return value


def test_the_same_is_identical_and_ties_have_no_order() -> None:
    assert verdict() == "identical"
    assert verdict(winners=small()["winners"][::-1]) == "identical"
    other_labels = {"7": {"size": 2, "selected": ["A", "B"]}}
    renumbered = {"clusters": {"A": 7, "B": 7, "C": 3}, "selected_by_cluster": other_labels}
    assert verdict(**renumbered, stages__0__selected_by_cluster=other_labels) == "identical"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("alpha_scores__A", up(0.5, 4), "within-ulp"),
        ("alpha_scores__A", up(0.5, 5), "different"),
        ("alpha_scores__C", up(math.exp(-8.5), 32), "within-ulp"),
        ("alpha_scores__C", up(math.exp(-8.5), 33), "different"),
        ("raw_features__A__hurst", up(0.6, 16), "within-ulp"),
        ("raw_features__A__hurst", up(0.6, 17), "different"),
        ("raw_features__A__permutation_entropy", up(0.5, 1), "different"),
        ("raw_features__A__efficiency_ratio", 0.0, "different"),
        ("raw_metrics__hurst_clean__A", 0.25 + 2.0**-48, "within-ulp"),
        ("raw_metrics__hurst_clean__A", 0.25 + 2.0**-46, "different"),
        ("raw_metrics__momentum__A", up(0.25, 1), "different"),
        ("kappa", 10.0 * (1 + 1e-10), "identical"),
        ("kappa", 10.0 * (1 + 1e-8), "different"),
        ("shrinkage", 0.02, "different"),
        ("clusters__C", 1, "different"),
        ("vetoes", {}, "different"),
        ("vetoes__C", ["High friction (ECI=0.1001)"], "different"),
        ("winners", [], "different"),
        ("winners__0__direction", "SHORT", "different"),
        ("stages__0__winners__0__alpha_score", up(0.5, 5), "different"),
        ("stages__0__vetoes", {}, "different"),
        ("relaxation_stage", 2, "different"),
        ("active_thresholds__entropy_max", 0.91, "different"),
        ("selected_by_cluster", {}, "different"),
        ("selected_by_cluster__1__size", 3, "different"),
        ("stages", [], "different"),
    ],
)
def test_every_part_counts(name: str, value: Any, expected: str) -> None:
    assert verdict(**{name: value}) == expected


def test_an_answer_where_v3_4_raised_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("case", Path(), None, [], None, {})  # type: ignore[arg-type]
    module = "tradingview_scraper.pipelines.selection.drivers.migration.parity_report.own_answer"
    monkeypatch.setattr(module, lambda case: small())
    report = reported(case, {"error": "TypeError: no"})
    assert (report.verdict, passed([report])) == ("different", False)
    assert reported(case, small()).verdict == "identical"


@given(st.floats(width=64), st.floats(width=64))
def test_ulp_distance_counts_doubles(one: float, other: float) -> None:
    found = int(parity.ulp_distance(np.array([one]), np.array([other]))[0])
    if math.isnan(one) != math.isnan(other):
        assert found == 2**64 - 1
    else:
        assert found == counted(one, other)
