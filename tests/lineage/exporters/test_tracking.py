"""What a tracker gets, as plain data: nothing cut in silence, nothing that isn't finite."""

import json

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.exporters.tracking import (
    LONG_PARAMS,
    LONGEST_PARAM,
    LONGEST_TAG,
    finite_metrics,
    fitting,
    tracked_run,
    tracked_scorers,
)
from tradingview_scraper.pipelines.selection.lineage.record.agreement import scorer_figures
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.lineage.record.run_record import read_run


def test_a_long_parameter_is_kept_whole_and_named() -> None:
    long = "x" * (LONGEST_PARAM + 1)
    fit, whole = fitting({"short": "1", "long": long, "at_the_limit": "y" * LONGEST_PARAM})
    assert whole == {"long": long}
    assert LONG_PARAMS in fit["long"]
    assert str(len(long)) in fit["long"]
    assert fit["at_the_limit"] == "y" * LONGEST_PARAM


def test_names_that_would_become_one_stay_apart() -> None:
    metrics, _ = finite_metrics({"sector.Oil & Gas": 1, "sector.Oil + Gas": 2}, {})
    assert [metric.name for metric in metrics] == ["sector.Oil _ Gas", "sector.Oil _ Gas_2"]
    assert [metric.value for metric in metrics] == [1.0, 2.0]


def test_what_is_not_finite_is_left_out_with_its_reason() -> None:
    metrics, skipped = finite_metrics(
        {"a": 0, "b": {"null": "nan"}, "c": {"null": "inf"}}, {"b": "fewer than two winners"}
    )
    assert [(metric.name, metric.value) for metric in metrics] == [("a", 0.0)]
    assert skipped == {"b": "nan: fewer than two winners", "c": "inf"}


def test_a_run_is_told_whole(finished: SampleRun) -> None:
    closing = list(read(finished.folder / "audit.jsonl"))[-1]
    tracked = tracked_run(read_run(finished.folder))
    metrics = {metric.name: metric.value for metric in tracked.metrics if not metric.step}
    assert metrics.items() >= {name: float(value) for name, value in closing["metrics"].items()}.items()
    assert tracked.params["as_of"].startswith("2026-06-30")
    assert tracked.params["compat.min_momentum"] == "-inf"
    assert tracked.params["gates.entropy.threshold"] == "0.9"
    assert len(tracked.datasets) == len(closing["inputs"])
    for dataset, source in zip(tracked.datasets, closing["inputs"], strict=True):
        assert json.loads(dataset.source)["digest"] == source["digest"]
        assert source["digest"].removeprefix("sha256:").startswith(dataset.digest)
        assert len(dataset.digest) == 32
    assert all(len(text) <= LONGEST_TAG for text in tracked.tags.values())


def test_a_nested_run_a_scorer(finished: SampleRun) -> None:
    run = read_run(finished.folder)
    scorers = tracked_scorers(run, scorer_figures(run))
    roles = {scorer.tags["scorer"]: scorer.tags["role"] for scorer in scorers}
    assert roles == {"log_mps": "champion", "rank_average": "challenger", "second": "challenger"}
    for scorer in scorers:
        names = {metric.name for metric in scorer.metrics}
        assert ("rank_correlation" in names) == (scorer.tags["role"] == "challenger")
        assert "conviction_mean" in names


def test_a_failed_run_tells_its_error(failed: SampleRun) -> None:
    tracked = tracked_run(read_run(failed.folder))
    assert tracked.tags["tvselect.error"] == "DataContractError"
    assert "can't be read as Parquet" in tracked.tags["mlflow.note.content"]
    assert tracked.datasets == ()
