"""v3.4's recorded answers on dirty input, one folder per cause, beside the repository."""

from pathlib import Path

import pytest

from support.paths import DIRTY
from tradingview_scraper.pipelines.selection.drivers.migration.parity import DIFFERENT
from tradingview_scraper.pipelines.selection.drivers.migration.parity_report import read_case, recorded_answer, reported

CASES = sorted(path.parent for path in DIRTY.glob("*/expected.json"))


@pytest.mark.skipif(not CASES, reason="the recordings of dirty input are not beside the repository")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_is_v3_4s(case: Path) -> None:
    report = reported(read_case(case), recorded_answer(case))
    beyond = [part for part in report.parts if part.within < part.compared]
    assert report.verdict != DIFFERENT, (report.note, beyond)
