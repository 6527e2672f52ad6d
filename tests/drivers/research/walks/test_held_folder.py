import pandas as pd

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.walks.held_folder import HeldFolder


def test_what_is_held_gives_each_date_what_the_folder_gives(sample_run: SampleRun) -> None:
    data = resolved_settings("v4", project=sample_run.project).settings.data
    held = HeldFolder(sample_run.project / "data", data).whole()
    for date in (pd.Timestamp("2026-06-22"), None, pd.Timestamp("2026-06-22")):
        found, cold = held.tables(date), FolderProvider(sample_run.project / "data", data).tables(date)
        assert found.bars is not None
        assert len(found.candidates) > 0
        for name, value in vars(cold).items():
            if isinstance(value, pd.DataFrame):
                held_rows, rows = (
                    # Bars come day after day, and go by the labels of the whole history.
                    frame.sort_values("date", kind="stable", ignore_index=True) if name == "bars" else frame
                    for frame in (getattr(found, name), value)
                )
                pd.testing.assert_frame_equal(held_rows, rows, check_exact=True)
            else:
                assert getattr(found, name) == value, name
