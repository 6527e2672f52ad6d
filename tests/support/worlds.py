"""Small worlds for what learns: a panel of features, returns that follow one of them or nothing, models of it as files."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.model_files import shaping_settings
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fits
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_bytes import model_bytes
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_cards import model_card, model_identity
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import TrainingRows, training_rows
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document
from tradingview_scraper.pipelines.selection.schemas.learning import LearningSettings, learning_settings
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

ASSETS, SESSIONS, STEP = 40, 180, 3


def settings(**fields: object) -> LearningSettings:
    """Short horizons for short worlds."""
    return LearningSettings(**{"horizon": 2, "train": 140, "stride": STEP, "embargo": 2, **fields})


@cache
def world(strength: float = 0.02, seed: int = 0) -> tuple[pd.DataFrame, Outcomes]:
    """A panel with the features `signal` (what returns follow, from the direction of each), `noise` and `gappy`; its outcomes."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2024-01-01", periods=SESSIONS)
    names = [f"A{number:02}" for number in range(ASSETS)]
    signal = np.zeros((SESSIONS, ASSETS))
    for day in range(1, SESSIONS):
        signal[day] = 0.9 * signal[day - 1] + rng.normal(size=ASSETS)
    sides = np.where(np.arange(ASSETS) % 3 == 0, -1.0, 1.0)
    drift = strength * np.roll(signal, 1, axis=0) * sides / np.std(signal)
    returns = pd.DataFrame(drift + rng.normal(0, 0.02, (SESSIONS, ASSETS)), index=days, columns=names)
    parts = [
        pd.DataFrame(
            {
                "date": days[day],
                "symbol": names,
                "direction": np.where(sides < 0, "SHORT", "LONG"),
                "feature.signal": signal[day],
                "feature.noise": rng.normal(size=ASSETS),
                "feature.gappy": np.where(rng.random(ASSETS) < 0.3, np.nan, rng.normal(day, 1.0, ASSETS)),
                "feature.still": 1.0,
            }
        )
        for day in range(0, SESSIONS, STEP)
    ]
    return pd.concat(parts, ignore_index=True), Outcomes(returns)


def rows(strength: float = 0.02, seed: int = 0, **fields: object) -> TrainingRows:
    """What the world's last day may learn from."""
    panel, outcomes = world(strength, seed)
    return training_rows(panel, outcomes, settings(**fields), 1)


PARAMETERS: dict[str, Any] = {"horizon": 2, "train": 140, "stride": STEP, "embargo": 2}


def profile(**parameters: Any) -> SelectionSettings:
    """The default profile with the learned scorer `mine` as a challenger."""
    told = {"kind": "learned", "role": "challenger", "parameters": {**PARAMETERS, **parameters}}
    return resolved_settings("v4", settings={"scorers.mine": told}).settings


@cache
def _files(estimator: str, usable_from: str) -> tuple[bytes, bytes]:
    chosen = profile(estimator=estimator)
    told = dict(chosen.scorers["mine"].parameters)
    found, learning = rows(), learning_settings("mine", told)
    identity = model_identity(
        "mine",
        found,
        usable_from=pd.Timestamp(usable_from),
        parameters=told,
        entry_lag=1,
        shaping=shaping_settings(chosen),
        libraries={"skops": "0"},
        turned=(),
    )
    fit = fits("mine", learning, found)
    content = model_bytes(fit.model)
    return content, document(model_card(identity, content, fit, found, learning.settings))


def written_models(models: Path, *dates: str, estimator: str = "ridge") -> list[Path]:
    """Models of `mine` that are usable from these dates on; their files."""
    (models / "mine").mkdir(parents=True, exist_ok=True)
    places = [models / "mine" / f"{date}.skops" for date in dates]
    for place, date in zip(places, dates, strict=True):
        content, card = _files(estimator, date)
        place.write_bytes(content)
        place.with_suffix(".json").write_bytes(card)
    return places
