"""A reader that stumbles: damage is named, a defect of ours is not hidden behind it."""

import shutil

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


def test_the_first_damage_is_told_and_the_rest_counted(own_run: SampleRun) -> None:
    (own_run.folder / "manifest.json").write_text("[]")
    rest = f"; see `tvselect verify {own_run.run_id}`"
    one = first_damage(own_run.project, own_run.run_id)
    assert one.startswith(
        f"runs/{own_run.run_id}/manifest.json: changed: its content is not what the run wrote (2 bytes"
    )
    assert one.endswith(f"then){rest}")
    (own_run.folder / "gates.json").unlink()
    assert first_damage(own_run.project, own_run.run_id).endswith(f"(and 1 more){rest}")
    (own_run.folder / "x").touch()
    assert first_damage(own_run.project, own_run.run_id).endswith(f"(and 2 more){rest}")


def test_the_damaged_one_of_two_runs_is_named(own_run: SampleRun) -> None:
    whole = own_run.run_id
    broken = whole[:-1] + ("0" if whole[-1] != "0" else "1")
    shutil.copytree(own_run.folder, own_run.folder.with_name(broken))
    with pytest.raises(VerificationError, match=f"^runs/{broken}/"), readable(own_run.project, whole, broken):
        raise ValueError
