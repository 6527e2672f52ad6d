"""What a run's ledger counts."""

import json
from collections import Counter
from typing import Any

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.record import ledger


@pytest.fixture(scope="module")
def events(sample_run: SampleRun) -> list[dict[str, Any]]:
    return list(ledger.read(sample_run.folder / "audit.jsonl"))


def of_kind(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"] == kind]


def test_the_executions_of_the_stages_are_those_of_the_rungs(events: list[dict[str, Any]]) -> None:
    rungs = of_kind(events, "rung.completed")
    stages = {event["stage"]: event for event in of_kind(events, "stage.completed")}
    assert len(rungs) > 1
    assert list(stages) == ["ingestion", "features", "inference", "partitioning", "policy", "synthesis"]
    for rung in rungs:
        assert rung["executed"] == len(rung["nodes"]) == len(set(rung["nodes"]))
    for stage in ("ingestion", "features", "synthesis"):
        assert stages[stage]["executions"] == stages[stage]["nodes"]
    for stage in ("inference", "policy"):
        assert stages[stage]["executions"] == len(rungs) * stages[stage]["nodes"]
    # Its border alone descends from inference.
    assert stages["partitioning"]["executions"] == stages["partitioning"]["nodes"] + len(rungs) - 1
    counted = sum(event["executions"] for stage, event in stages.items() if stage != "synthesis")
    assert counted == sum(Counter(name for rung in rungs for name in rung["nodes"]).values())


def test_the_receipt_says_what_the_last_rung_gave(sample_run: SampleRun, events: list[dict[str, Any]]) -> None:
    receipt = json.loads((sample_run.folder / "receipt.json").read_text("utf-8"))
    last = of_kind(events, "rung.completed")[-1]
    assert (receipt["rung"], receipt["winners"]) == (last["rung"], last["winners"])
    assert receipt["pool"] == events[-1]["metrics"]["pool"]
    assert receipt["head"] == {"size": len(events), "hash": ledger.head(sample_run.folder / "audit.jsonl").hash}
    assert (receipt["status"], receipt["as_of"]) == ("FINISHED", "2026-06-30")
