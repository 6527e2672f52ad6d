"""What the ledger says, against the selection that it tells of."""

import platform
from importlib import metadata
from pathlib import Path

import pytest

from support.market import longest, selection
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.recording.events import (
    LIBRARIES,
    closing,
    data_place,
    environment_now,
    named_packages,
    opening,
    package_code,
    project_line,
    receipt_of,
    steps,
    user_code,
)
from tradingview_scraper.pipelines.selection.drivers.recording.machine import machine_now
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.lineage.record.encoding import Artifact
from tradingview_scraper.pipelines.selection.lineage.record.provenance import tree_digest
from tradingview_scraper.pipelines.selection.schemas.stages import STAGES


@pytest.fixture(scope="module")
def request_of(sample_run: SampleRun) -> Request:
    with project_on_path(sample_run.project):
        return requested(sample_run.project, as_of="2026-06-30")


def test_the_opening_names_code_environment_and_every_parameter(sample_run: SampleRun, request_of: Request) -> None:
    with project_on_path(sample_run.project):
        requested(sample_run.project)  # loads the project's factors
        told = opening(request_of)
    assert told["code"]["modules"] == {"factors": tree_digest(sample_run.project / "factors")}
    assert told["params"]["as_of"] == "2026-06-30 00:00:00"
    assert told["params"]["data"] == "data"
    assert told["params"]["recruitment.floor"] == 15
    assert told["origins"].keys() <= told["params"].keys()
    assert told["environment"] == environment_now()
    assert told["environment"]["machine"] == machine_now()
    assert told["environment"]["python"] == platform.python_version()
    assert told["environment"]["libraries"] == {name: metadata.version(name) for name in LIBRARIES}


def test_the_digest_of_the_parameters_is_theirs_alone(sample_run: SampleRun) -> None:
    with project_on_path(sample_run.project):
        one, same, other = (
            opening(requested(sample_run.project, **given))["params_digest"]
            for given in ({}, {"as_of": "2026-06-30"}, {"settings": {"recruitment.floor": 16}})
        )
    assert one == same != other


def test_each_part_of_the_package_has_a_digest() -> None:
    found = package_code()
    assert found["package"] == f"tvselect {metadata.version('tvselect')}"
    assert list(found["package_digest"]) == ["dataflow", "schemas", "drivers", "lineage"]
    assert len({*found["package_digest"].values()}) == 4


def test_packages_outside_are_named_once_and_libraries_have_no_digest() -> None:
    settings = resolved_settings(
        "v4",
        settings={
            "features.modules": ["own.deep.factors", "own.other"],
            "scorers.log_mps.kind": "scores:Mine",
            "clusters.bucketizer": "sklearn.cluster:DBSCAN",
        },
    ).settings
    assert named_packages(settings) == {"own", "scores", "sklearn"}
    plain = settings.model_copy(update={"features": selection().settings.features, "scorers": {}})
    assert user_code(plain.model_copy(update={"scorers": selection().settings.scorers})) == {}


def test_data_outside_the_project_is_named_in_full(request_of: Request, tmp_path: Path) -> None:
    assert data_place(request_of) == "data"
    outside = Request(**{**vars(request_of), "data": tmp_path})
    assert data_place(outside) == tmp_path.resolve().as_posix()


def test_in_between_stand_quarantine_stages_and_rungs() -> None:
    found = longest()
    told = steps(found)
    assert [event["event"] for event in told] == ["data.quarantined", *["stage.completed"] * 6, *["rung.completed"] * 4]
    assert told[0]["quarantined"] == found.coverage["quarantined"]
    assert tuple(event["stage"] for event in told[1:7]) == STAGES
    assert sum(event["executions"] for event in told[1:7]) == sum(map(len, found.executions.values()))
    assert sum(event["nodes"] for event in told[1:7]) == len(found.executions)
    spent = sum(sum(seconds) for seconds in found.executions.values())
    assert sum(event["milliseconds"] for event in told[1:7]) == pytest.approx(1000 * spent, abs=0.1)
    for event, rung in zip(told[7:], found.rungs, strict=True):
        assert (event["rung"], event["name"], event["winners"]) == (rung.number, rung.name, rung.winners)
        assert (event["nodes"], event["executed"]) == ([*rung.executed], len(rung.executed))
        assert event["thresholds"] == rung.thresholds


def test_the_closing_names_scorers_figures_and_artifacts() -> None:
    told = closing(selection(), [Artifact("a", "a.json", "sha256:0", 3)])
    assert told["artifacts"] == [{"name": "a", "path": "a.json", "digest": "sha256:0", "bytes": 3}]
    assert [(each["name"], each["role"]) for each in told["scorers"]] == [
        ("log_mps", "champion"),
        ("rank_average", "challenger"),
    ]
    assert told["metrics"]["pool"] == len(selection().context.raw_pool)
    assert told["reached_floor"] == selection().reached_floor
    assert closing(longest(), [])["reached_floor"] is False


def test_receipt_and_line_of_the_project_say_the_same(request_of: Request) -> None:
    told = receipt_of(selection(), request_of)
    assert (told["winners"], told["rung"]) == (len(selection().winners), selection().rungs[-1].number)
    assert (told["pool"], told["as_of"], told["data"]) == (len(selection().context.raw_pool), "2026-06-30", "data")
    line = project_line(request_of, "id", told, {"size": 1})
    assert line["champion"] == "log_mps"
    assert (line["run_id"], line["head"]) == ("id", {"size": 1})
    shared = ("profile", "as_of", "data", "pool", "winners", "rung", "reached_floor")
    assert {name: line[name] for name in shared} == {name: told[name] for name in shared}
    failed = project_line(Request(**{**vars(request_of), "as_of": None}), "id", {}, {})
    assert failed.keys() == {"run_id", "head", "profile", "as_of", "champion"}
    assert failed["as_of"] is None
