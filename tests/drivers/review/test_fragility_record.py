"""Where the fragility of a list is kept, and when it isn't believed."""

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.fragility_record import (
    fragility_path,
    keep_fragility,
    recorded_fragility,
)
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError, VerificationError


def test_nobody_asked(sample_run: SampleRun) -> None:
    assert recorded_fragility(sample_run.folder) is None


def test_what_is_kept_is_read(own_run: SampleRun) -> None:
    kept = keep_fragility(own_run.folder, {"draws": 1})
    assert recorded_fragility(own_run.folder) == kept
    assert fragility_path(own_run.folder).parent == own_run.project / "reports"
    assert keep_fragility(own_run.folder, {"draws": 2})["draws"] == 2


@pytest.mark.parametrize("content", ["", "[1]", "{}", '{"head": "sha256:0"}', "\udcff"])
def test_another_runs_or_a_damaged_one_is_refused(own_run: SampleRun, content: str) -> None:
    keep_fragility(own_run.folder, {"draws": 1})
    fragility_path(own_run.folder).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(VerificationError, match=f"tvselect fragility {own_run.run_id}"):
        recorded_fragility(own_run.folder)


def test_one_that_cannot_be_written_is_said(own_run: SampleRun) -> None:
    (own_run.project / "reports").write_text("in the way")
    with pytest.raises(StorageError, match="reports"):
        keep_fragility(own_run.folder, {})
