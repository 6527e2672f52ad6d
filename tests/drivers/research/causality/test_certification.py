"""Leaks of every kind are planted in a project's own modules: each is named, honest factors aren't. All: `.ci/leaks.py`."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from support.scripts import script
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.certificates import certificate_state
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.research.causality.certificate_text import certificate_text
from tradingview_scraper.pipelines.selection.drivers.research.causality.certification import certified, kept
from tradingview_scraper.pipelines.selection.drivers.research.causality.date_trials import FUTURES, OLDER
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

LEAKS = script("leaks")
# One of each way, and of each part that a leak can sit in; what reads a leaking factor would hide a scorer's own.
BEFORE_SCORERS = (
    "shifted_by_1_asked",
    "centred_deviation_asked",
    "fitted_pca_asked",
    "future_members_asked",
    "back_filled_read",
    "fitted_scaler_kept",
    "gated_next_days_asked",
    "KeepsCuts",
)
SCORERS = ("ReadsRanks", "KeepsFirst")
HONEST = slice(None, None, 9)


@cache
def planted() -> dict[str, Any]:
    return {leak.name: leak for leak in LEAKS.leaks()}


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        LEAKS.write_bars(Path(folder))
        yield Path(folder)


@pytest.fixture(scope="module")
def before_scorers(data: Path) -> dict[str, Any]:
    return LEAKS.certificate(data, [planted()[name] for name in BEFORE_SCORERS], _honest())  # type: ignore[no-any-return]


def _honest() -> dict[str, str]:
    return dict(list(LEAKS.honest().items())[HONEST])


def test_there_are_sixty_leaks_and_a_hundred_honest_factors() -> None:
    assert len({(leak.kind, leak.name) for leak in LEAKS.leaks()}) == 60
    assert len(LEAKS.honest()) == 100


def test_what_is_known_of_later_dates_is_named(before_scorers: dict[str, Any]) -> None:
    assert not before_scorers["valid"]
    assert LEAKS.missed([planted()[name] for name in BEFORE_SCORERS], before_scorers) == []
    text = certificate_text(before_scorers)
    assert "\nnot certified: what comes after a date, or long before it, shows or can't be excluded\n  factor " in text
    assert "  bucketizer own:KeepsCuts: another answer (after a later date)" in text
    assert "  factor shifted_by_1_asked: another answer (" in text
    assert (
        "  factor back_filled_read: reads data/bars.parquet by itself: whether it knows later dates can't be told"
        in text
    )


def test_who_only_looks_at_the_other_assets_is_not(before_scorers: dict[str, Any]) -> None:
    assert LEAKS.accused(_honest(), before_scorers) == []
    assert {*_honest()} < {*before_scorers["components"]["factor"]}


def test_a_scorer_that_knows_more_is_named(data: Path) -> None:
    leaks = [planted()[name] for name in SCORERS]
    found = LEAKS.certificate(data, leaks)
    assert LEAKS.missed(leaks, found) == []
    assert {each["component"] for each in found["differing"]} == {leak.named for leak in leaks}


def test_a_provider_that_knows_more_is_named(data: Path) -> None:
    found = LEAKS.certificate(data, [planted()["BackAdjusted"]])
    assert LEAKS.missed([planted()["BackAdjusted"]], found) == []


def test_the_default_profile_is_certified(data: Path, tmp_path: Path) -> None:
    with project_on_path(tmp_path):
        request = requested(tmp_path, data=data, settings=LEAKS.SETTINGS)
        found = certified(request, dates=1)
        path = kept(tmp_path, found)
        assert certificate_state(tmp_path, request.resolved.settings).state == "certified"
    assert found["valid"], found["differing"]
    assert found["futures"] == [*FUTURES]
    assert found["pasts"] == [*OLDER.values()]
    assert found["notes"] == []
    assert {kind: len(names) for kind, names in found["components"].items()} == {
        "ingestion": 2,
        "factor": 32,
        "scorer": 2,
        "bucketizer": 1,
        "gate": 13,
        "list": 2,
    }
    assert {"entropy", "recent_return", "active_share"} < {*found["windows"]}
    text = certificate_text(found)
    assert "8 factors held to the window that they declare; 24 declare none and may read the whole lookback" in text
    assert text.endswith("certified: no answer differs in a bit")
    assert json.loads(path.read_text()) == found
    assert kept(tmp_path, found) == path


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with project_on_path(tmp_path), pytest.raises(ConfigurationError, match="certify takes a folder of tables"):
        certified(requested(tmp_path, data=tmp_path / "nowhere"))
    with project_on_path(tmp_path), pytest.raises(ConfigurationError, match="not a lakehouse"):
        certified(requested(tmp_path, data=tmp_path, settings={"data.provider": "lakehouse"}))
