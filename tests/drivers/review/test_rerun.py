"""A run's selection once more, or a refusal where it isn't the same any more."""

import pandas as pd
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.review.rerun import selected_again
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def test_it_is_the_runs_selection(sample_run: SampleRun) -> None:
    with project_on_path(sample_run.project):
        found = selected_again(sample_run.project, sample_run.run_id)
    assert list(found.winners.index) == list(RunRecord(sample_run.folder).winners)


def test_other_data_is_refused(own_run: SampleRun) -> None:
    path = own_run.project / "data" / "bars.parquet"
    bars = pd.read_parquet(path)
    bars[bars["symbol"] != bars["symbol"].iloc[0]].sample(frac=0.5, random_state=0).to_parquet(path)
    with project_on_path(own_run.project), pytest.raises(ConfigurationError, match="doesn't come out the same now"):
        selected_again(own_run.project, own_run.run_id)
