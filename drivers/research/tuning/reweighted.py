"""A scorer's convictions over a walk under other weights, by the scorer's own code, from the features that the panel holds.

What a scorer is given at each date is put together again as a run does it (`Scoring`); its probabilities, which no weight
changes, are computed once. `scores` then asks it for convictions under any weights. Under its own they are those of the walk,
or the scorer reads more than the panel holds, and is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration, declared_factors
from tradingview_scraper.pipelines.selection.dataflow.features.factors import BUILT_IN
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import scorer_of
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_module
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import champion_of
from tradingview_scraper.pipelines.selection.drivers.research.tuning.subject import section
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import ScorerSettings
from tradingview_scraper.pipelines.selection.schemas.walk_panel import FEATURE, SCORE

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
SAME = 1e-9
"""Relative difference up to which two convictions are one."""


@dataclass(frozen=True)
class Reweighted:
    """The dates of a walk, ready to be scored under any weights of these features."""

    name: str
    """Of the scorer in the profile."""
    stated: ScorerSettings
    weights: Mapping[str, float]
    """The scorer's own in the walk."""
    scorer: ConvictionScorer
    scorings: tuple[Scoring, ...]
    """Of each date, in the order of the panel's rows."""
    probabilities: tuple[pd.DataFrame, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The features that may have a weight."""
        return tuple(self.scorings[0].maps)

    def on(self, dates: Mask) -> "Reweighted":
        """The same on some of the dates only."""
        scorings, probabilities = tuple(compress(self.scorings, dates)), tuple(compress(self.probabilities, dates))
        return replace(self, scorings=scorings, probabilities=probabilities)

    def scores(self, weights: Mapping[str, float]) -> Floats:
        """The convictions of all rows of its dates under these weights; a feature without one counts nothing."""
        own = {name: weights[name] for name in self.features if weights.get(name, 0.0)}
        given = zip(self.probabilities, self.scorings, strict=True)
        return np.concatenate(
            [self.scorer.conviction(known[list(own)], _weighed(scoring, own)).to_numpy() for known, scoring in given]
        )


def reweighted(panel: pd.DataFrame, settings: Mapping[str, Any], further: Sequence[str] = ()) -> Reweighted:
    """A walk's champion over its panel, with its weighted features and `further` ones; `settings` are the walk's, flat.

    Call it inside `project_on_path`. Raises `ConfigurationError` where a feature isn't in the panel, or where the scorer can't
    be scored from it.
    """
    name = champion_of(settings)
    stated = ScorerSettings(
        kind=settings[f"scorers.{name}.kind"],
        role="champion",
        parameters=section(settings, f"scorers.{name}.parameters."),
    )
    weights = _own_weights(settings, name)
    features = tuple(dict.fromkeys([*weights, *further]))
    unknown = [each for each in features if f"{FEATURE}{each}" not in panel]
    if unknown:
        columns = map(str, panel.columns)
        known = sorted(column.removeprefix(FEATURE) for column in columns if column.startswith(FEATURE))
        raise ConfigurationError(f"tune: the walk has no feature {unknown[0]!r}; it has {', '.join(known)}")
    maps = _maps(settings, features)
    scorer = scorer_of(name, stated)
    universe = str(settings["scoring_universe"])
    scorings = tuple(_scoring(rows, maps, universe) for _, rows in panel.groupby("date", sort=True))
    probabilities = tuple(scorer.probabilities(_weighed(each, dict.fromkeys(features, 1.0))) for each in scorings)
    found = Reweighted(name, stated, weights, scorer, scorings, probabilities)
    _refuse_other_scores(found, panel)
    return found


def _weighed(scoring: Scoring, weights: Mapping[str, float]) -> Scoring:
    maps = {name: scoring.maps[name] for name in weights}
    return replace(scoring, metrics=scoring.metrics[list(weights)], weights=weights, maps=maps)


def _scoring(rows: pd.DataFrame, maps: Mapping[str, str], universe: str) -> Scoring:
    """What a scorer was given at one date; a panel's rows are in the order of symbols, in which a run sums."""
    held = rows.set_index("symbol")
    metrics = pd.DataFrame({name: held[f"{FEATURE}{name}"] for name in maps})
    among = held[universe].to_numpy() if universe in ("sound", "eligible") else np.ones(len(held), dtype=bool)
    return Scoring(
        metrics=metrics,
        weights={},
        maps=maps,
        fragility=held[f"{FEATURE}fragility"],
        universe=among if among.any() else np.ones(len(held), dtype=bool),
        features=held[[name for name in held if str(name).startswith(FEATURE)]].rename(columns=_factor),
        direction=held["direction"],
        as_of=rows["date"].iloc[0],
    )


def _factor(column: str) -> str:
    return column.removeprefix(FEATURE)


def _own_weights(settings: Mapping[str, Any], scorer: str) -> dict[str, float]:
    """The weights that are not zero: the scorer's own where it has some, else the profile's."""
    stated = section(settings, f"scorers.{scorer}.weights.") or section(settings, "weights.")
    return {name: float(weight) for name, weight in stated.items() if weight}


def _maps(settings: Mapping[str, Any], features: Sequence[str]) -> dict[str, str]:
    """Feature to probability map: the profile's, else the factor's own."""
    declared: dict[str, Declaration] = {}
    modules = [loaded_module(name, "features.modules") for name in settings["features.modules"]]
    for module in (*BUILT_IN, *modules):
        declared |= declared_factors(module)
    return {name: settings.get(f"probabilities.{name}", declared[name].probability) for name in features}


def _refuse_other_scores(found: Reweighted, panel: pd.DataFrame) -> None:
    """Raises `ConfigurationError` where the scorer's own weights don't give the scores of the walk."""
    then, now = panel[f"{SCORE}{found.name}"].to_numpy(), found.scores(found.weights)
    differ = ~np.isclose(now, then, rtol=SAME, atol=0.0)
    if differ.any():
        raise ConfigurationError(
            f"tune: {found.name} ({found.stated.kind}) gives other convictions than in the walk for {int(differ.sum())} of "
            f"{len(then)} rows: it reads more than weights and features, or code or factors changed; walk again, or tune a "
            "scorer that is made of weights"
        )
