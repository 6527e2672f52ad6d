"""`ls`: a line per run."""

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.run_list import run_list_text
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipts


def test_a_real_run_and_a_failed_one(sample_run: SampleRun) -> None:
    (receipt,) = receipts(sample_run.project)
    failed = {"run_id": "id", "status": "FAILED", "profile": "v4", "as_of": None}
    first, second = run_list_text([receipt, failed]).split("\n")
    assert first.split() == [
        *(sample_run.run_id, "FINISHED", "v4", "2026-06-30"),
        *(str(receipt["winners"]), "of", str(receipt["pool"]), "rung", str(receipt["rung"])),
    ]
    assert second.split() == ["id", "FAILED", "v4", "-", "-", "of", "-", "rung", "-"]
