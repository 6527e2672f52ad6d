"""A reader that stumbles: damage is named, a defect of ours is not hidden behind it."""

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.damage import first_damage, readable
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError


def test_a_defect_shows_where_the_record_is_whole(sample_run: SampleRun) -> None:
    assert first_damage(sample_run.project, sample_run.run_id) == ""
    with pytest.raises(KeyError, match="ours"), readable(sample_run.project, sample_run.run_id):
        raise KeyError("ours")


def test_damage_is_named_where_a_reader_stumbles(own_run: SampleRun) -> None:
    (own_run.folder / "manifest.json").write_text("[]")
    with pytest.raises(VerificationError, match=r"manifest\.json: changed: .* see `tvselect verify"):  # noqa: SIM117
        with readable(own_run.project, own_run.run_id):
            raise TypeError
