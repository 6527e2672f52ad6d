"""What a model may learn from at a date: rows of the panel whose targets were over by then.

`Outcomes` are those as of the date, so what came after it isn't even there; then rows whose target runs past the date less the
embargo are left out (purge), and those before the window. Features are each date's own cross-section.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.inference.cross_section import cross_section, normalised
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import excess
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import Outcomes
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.learning import LearningSettings
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, FORWARD

FEWEST_DATES = 10
"""Dates below which nothing is learned."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingRows:
    """Rows by date and symbol, one per asset whose target is known."""

    features: tuple[str, ...]
    values: Numbers
    """Rows x features, normalised by date, NaN where unknown."""
    target: Numbers
    """What is to be foretold."""
    excess: Numbers
    """The directed excess over the date's pool that the target is made of."""
    dates: pd.Series
    """Each row's date."""
    places: npt.NDArray[np.int64]
    """Each row's date, counted in sessions."""
    reach: int
    """Sessions from a date to the end of its embargo: entry lag, horizon, embargo."""
    constant: tuple[str, ...]
    """Features that don't vary among these rows, so there is nothing to learn from them."""
    assets: int
    """Assets that ever have a row."""


def training_rows(panel: pd.DataFrame, outcomes: Outcomes, settings: LearningSettings, entry_lag: int) -> TrainingRows:
    """The rows that a fit at the last session of `outcomes` may learn from.

    `panel` is one of a walk (`schemas.walk_panel`); its own forward returns aren't looked at. Raises `DataContractError` where
    there are fewer than ten dates, `ConfigurationError` where a named feature isn't in it.
    """
    last = len(outcomes.sessions) - 1
    reach = entry_lag + settings.horizon + settings.embargo
    place = outcomes.sessions.searchsorted(panel["date"], side="right") - 1
    inside = (place >= last - settings.train) & (place + reach <= last)
    found = with_excess(panel[inside].assign(place=place[inside]), outcomes, settings.horizon, entry_lag)
    dates = found["date"].nunique()
    if dates < FEWEST_DATES:
        raise DataContractError(
            f"learning: there are {dates} dates to learn from before {outcomes.sessions[last].date()}, of "
            f"{FEWEST_DATES} at least: fit later, or take a smaller parameters.stride or a larger parameters.train"
        )
    return rows_of(found, settings, reach)


def rows_of(found: pd.DataFrame, settings: LearningSettings, reach: int) -> TrainingRows:
    """The training rows of a panel whose rows have their `excess` and their session's `place`.

    Raises `ConfigurationError` where a named feature isn't in it, `DataContractError` where none varies.
    """
    names, constant = learned_features(found, settings)
    return TrainingRows(
        features=names,
        values=seen_values(found, names, settings),
        target=target_of(found["excess"], found["date"], settings.target),
        excess=found["excess"].to_numpy(dtype=np.float64),
        dates=found["date"],
        places=found["place"].to_numpy(dtype=np.int64),
        reach=reach,
        constant=constant,
        assets=found["symbol"].nunique(),
    )


def seen_values(panel: pd.DataFrame, features: Sequence[str], settings: LearningSettings) -> Numbers:
    """Rows x features as a model sees them: normalised by date, from the candidate's direction."""
    return cross_section(
        panel[[f"{FEATURE}{name}" for name in features]].rename(columns=lambda name: name.removeprefix(FEATURE)),
        panel["direction"],
        panel["date"],
        columns=features,
        blind=settings.turned_features,
        how=settings.normalise,
    )


def with_excess(panel: pd.DataFrame, outcomes: Outcomes, horizon: int, entry_lag: int) -> pd.DataFrame:
    """The panel with each row's directed `excess` over the horizon; rows without one are left out."""
    parts = [
        pd.Series(
            outcomes.forward(pd.Timestamp(str(date)), pd.Index(group["symbol"]), horizon, entry_lag), index=group.index
        )
        for date, group in panel.groupby("date")
    ]
    forward = pd.concat(parts) if parts else pd.Series(dtype=float)
    found = panel.assign(**{f"{FORWARD}{horizon}": forward})
    found = found.assign(excess=excess(found, horizon))
    return found[found["excess"].notna()].reset_index(drop=True)


def learned_features(rows: pd.DataFrame, settings: LearningSettings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The features to learn from, in alphabetical order, and those that are left out because they don't vary on any date.

    Raises `ConfigurationError` where one is named that there isn't, `DataContractError` where none varies.
    """
    there = sorted(name.removeprefix(FEATURE) for name in rows.columns if name.startswith(FEATURE))
    named = settings.named_features or tuple(there)
    unknown = [name for name in named if name not in there]
    if unknown:
        raise ConfigurationError(f"learning: parameters.features names what is no feature: {offenders(unknown)}")
    ranks = normalised(rows[[f"{FEATURE}{name}" for name in named]], rows["date"], "rank")
    learned = tuple(name for name in named if (ranks[f"{FEATURE}{name}"].abs() > 0).any())
    if not learned:
        raise DataContractError(f"learning: not one of {len(named)} features varies on any date")
    return learned, tuple(name for name in named if name not in learned)


def target_of(excess: pd.Series, dates: pd.Series, kind: str) -> Numbers:
    """The excess itself; its centred rank on the date, in (-0.5, 0.5); or 1 where it is positive, else 0."""
    if kind == "excess":
        return excess.to_numpy(dtype=np.float64)
    if kind == "sign":
        return np.where(excess > 0, 1.0, 0.0)
    return normalised(excess.to_frame(), dates, "rank").to_numpy(dtype=np.float64)[:, 0]


def grades(values: Sequence[float] | Numbers, dates: pd.Series, count: int = 10) -> npt.NDArray[np.int64]:
    """The tenth of its date's targets that each is in, 0 the lowest: what rankers learn from."""
    ranks = pd.Series(np.asarray(values)).groupby(dates.to_numpy()).rank(pct=True).to_numpy()
    return np.minimum((ranks * count).astype(np.int64), count - 1)
