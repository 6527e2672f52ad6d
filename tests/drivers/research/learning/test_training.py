"""Models of a project: from what was over at each fit, kept where nothing changed, never overwritten in silence.

The panel is that of the walk that other tests have, so that only fits are made here.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import SETTINGS, market
from support.walks import provider, walked
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request, requested
from tradingview_scraper.pipelines.selection.drivers.research.learning import training
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import (
    Trained,
    fit_dates,
    learned_scorers,
    panel_walk,
    train_request,
    without_learned,
)
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import Itinerary
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

FIT = "2026-05-20"
PARAMETERS = {"horizon": 2, "train": 100, "stride": 6, "embargo": 1, "every": 10}


def request(project: Path, bars: pd.DataFrame | None = None, **parameters: Any) -> Request:
    told = {"kind": "learned", "role": "challenger", "parameters": {**PARAMETERS, **parameters}}
    settings = {**SETTINGS, "data.max_scan_age_days": 1000, "scorers.mine": told}
    return replace(requested(project, settings=settings, models=False), provider=provider(bars))


@pytest.fixture(autouse=True)
def panel(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The walk that is there already stands for that of the training panel; what would have been walked."""
    asked: list[Any] = []

    def known(asking: Request, itinerary: Itinerary, **told: Any) -> Any:
        start, end = pd.Timestamp(itinerary.start), pd.Timestamp(itinerary.end)
        asked.append(
            (str(start.date()), str(end.date()), itinerary.every, told["panel_only"], asking.resolved.settings)
        )
        return walked()

    monkeypatch.setattr(training, "walk_request", known)
    return asked


def models(project: Path, *, replacing: bool = False, **changed: Any) -> list[Trained]:
    return train_request(request(project, **changed), "mine", FIT, FIT, every=None, entry_lag=1, replacing=replacing)


def test_a_model_is_kept_or_refused_but_not_overwritten(tmp_path: Path) -> None:
    one = models(tmp_path)
    assert [(each.place.relative_to(tmp_path).as_posix(), each.kept) for each in one] == [
        (f"models/mine/{FIT}.skops", False)
    ]
    held = {path.name: path.read_bytes() for path in (tmp_path / "models" / "mine").iterdir()}
    assert [each.kept for each in models(tmp_path)] == [True]
    with pytest.raises(
        ConfigurationError, match=rf"models/mine/{FIT}.skops is there, of other rows, parameters or libraries"
    ):
        models(tmp_path, estimator__alpha=3.0)
    assert held == {path.name: path.read_bytes() for path in (tmp_path / "models" / "mine").iterdir()}
    # A fit that was cut leaves a file without a card: it is made again, and is the same.
    one[0].place.with_suffix(".json").unlink()
    assert [each.kept for each in models(tmp_path)] == [False]
    assert held == {path.name: path.read_bytes() for path in (tmp_path / "models" / "mine").iterdir()}
    assert [each.kept for each in models(tmp_path, estimator__alpha=3.0, replacing=True)] == [False]
    assert one[0].place.read_bytes() != held[f"{FIT}.skops"]


def test_what_comes_after_a_fit_changes_no_byte_of_its_model(tmp_path: Path) -> None:
    bars = market().bars.copy()
    later = (bars["date"] > FIT).to_numpy()
    noise = np.exp(np.random.default_rng(3).normal(0, 0.05, later.sum()))
    prices = ["open", "high", "low", "close"]
    bars.loc[later, prices] = bars.loc[later, prices].to_numpy() * noise[:, None]
    (tmp_path / "clean").mkdir()
    (tmp_path / "poisoned").mkdir()
    clean, poisoned = models(tmp_path / "clean"), models(tmp_path / "poisoned", bars=bars)
    assert clean[0].place.read_bytes() == poisoned[0].place.read_bytes()
    assert clean[0].card == poisoned[0].card
    last = pd.Timestamp(clean[0].card["window"]["last"])
    assert (pd.Timestamp(FIT) - last).days >= 1 + 2 + 1


def test_the_panel_reaches_back_from_the_first_fit_and_has_no_learned_scorer(tmp_path: Path, panel: list[Any]) -> None:
    asking = request(tmp_path)
    sessions = pd.DatetimeIndex(walked().returns.index)
    dates = fit_dates(sessions, pd.Timestamp("2026-05-20"), pd.Timestamp("2026-06-15"), 10)
    assert [str(date.date()) for date in dates] == ["2026-05-20", "2026-05-30", "2026-06-09"]
    panel_walk(asking, training.learning_of(asking.resolved.settings, "mine"), dates, sessions, 1)
    start, end, every, panel_only, settings = panel[0]
    assert (start, end, every, panel_only) == ("2026-02-09", "2026-06-09", "6d", True)
    assert list(settings.active_scorers) == ["log_mps", "rank_average"]


def test_without_its_learned_champion_another_decides(tmp_path: Path) -> None:
    asking = request(tmp_path)
    roles = {"mine": "champion", "log_mps": "challenger"}
    scorers = {
        name: each.model_copy(update={"role": roles.get(name, each.role)})
        for name, each in asking.resolved.settings.scorers.items()
    }
    changed = asking.resolved.settings.model_copy(update={"scorers": scorers})
    assert learned_scorers(changed) == ("mine",)
    assert (
        without_learned(replace(asking, resolved=replace(asking.resolved, settings=changed))).plan.settings.champion
        == "log_mps"
    )
    alone = changed.model_copy(update={"scorers": {"mine": scorers["mine"]}})
    plainer = without_learned(replace(asking, resolved=replace(asking.resolved, settings=alone)))
    assert list(plainer.plan.settings.active_scorers) == ["log_mps"]


def test_what_cant_be_trained_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no learned scorer 'log_mps'; the profile has mine"):
        training.learning_of(request(tmp_path).resolved.settings, "log_mps")
    with pytest.raises(DataContractError, match="there is no session from 2027-01-01 to 2027-02-01; the data has"):
        train_request(request(tmp_path), "mine", "2027-01-01", "2027-02-01", every=None, entry_lag=1, replacing=False)
    with pytest.raises(DataContractError, match=r"mine of 2026-05-20: learning: there are 5 dates to learn from"):
        models(tmp_path, train=50)
