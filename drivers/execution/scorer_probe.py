"""A scorer is asked once when the profile is read, so that one that can't decide is refused before it is promoted.

It is asked for two small pools of seeded numbers: one of a dozen assets, with unknown values, two assets that are equal, one
of which nothing is known; and one of a single asset. What it answers must be what any scorer answers
(`dataflow.component_answers`). A scorer that says why it can't answer yet (`ConvictionScorer.unready`) isn't asked.
"""

import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.component_answers import (
    answered_conviction,
    answered_probabilities,
)
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, Scoring
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import blamed
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError, ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.frozen import frozen, lent
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

POOLS = (12, 1)
"""Assets of the pools that are probed."""
SEED = 20260318
# After every model that there is, whatever its date.
DATE = pd.Timestamp("2200-01-01")


def refuse_unfit(
    name: str, scorer: ConvictionScorer, settings: SelectionSettings, declarations: Mapping[str, Declaration]
) -> None:
    """Raises `ConfigurationError` naming the scorer where it raises, or answers what no champion may answer."""
    if scorer.unready():
        return
    stated = f"scorers.{name}.kind {settings.scorers[name].kind!r}"
    for assets in POOLS:
        asked = f"asked for a probe of {assets} asset{'s' if assets > 1 else ''}"
        scoring = frozen(probed(assets, settings.weights_of(name), settings.probabilities, declarations))
        with warnings.catch_warnings(), np.errstate(all="ignore"), blamed(f"{stated}, {asked}, it"):
            warnings.simplefilter("ignore")
            try:
                probabilities = answered_probabilities(scorer.probabilities(lent(scoring)), scoring)
                answered_conviction(scorer.conviction(lent(frozen(probabilities)), lent(scoring)), scoring)
            except ComponentError as error:
                raise ConfigurationError(f"{stated} {error} ({asked})") from error


def probed(
    assets: int,
    weights: Mapping[str, float],
    probability_maps: Mapping[str, str],
    declarations: Mapping[str, Declaration],
) -> Scoring:
    """A small pool of seeded numbers within the factors' declared ranges.

    From the third asset on each nullable factor is unknown somewhere; of the last of several assets nothing is known that
    needn't be; the first two are equal.
    """
    symbols = pd.Index([f"PROBE{number:02d}" for number in range(assets)], name="symbol")
    random = np.random.default_rng(SEED)
    features = pd.DataFrame(
        {
            name: _values(declared, random.normal(size=assets), unknown=number % assets)
            for number, (name, declared) in enumerate(declarations.items())
        },
        index=symbols,
    )
    fragility = features.get("fragility", pd.Series(0.0, index=symbols))
    return Scoring(
        metrics=features[list(weights)],
        weights=dict(weights),
        maps={name: probability_maps.get(name, declarations[name].probability) for name in weights},
        fragility=fragility,
        universe=np.ones(assets, dtype=bool),
        features=features,
        direction=pd.Series(["LONG", "SHORT"] * assets, dtype="str").iloc[:assets].set_axis(symbols),
        as_of=DATE,
    )


def _values(declared: Declaration, drawn: np.ndarray, unknown: int) -> np.ndarray:
    """Normal numbers taken into the declared range, ties and unknown values among them."""
    low, high = declared.low, declared.high
    found: np.ndarray
    if np.isfinite(low) and np.isfinite(high):
        found = low + (high - low) / (1.0 + np.exp(-drawn))
    elif np.isfinite(low):
        found = low + np.exp(drawn)
    else:
        found = np.minimum(drawn, high)
    if len(found) > 1:
        found[1] = found[0]
        if declared.nullable:
            found[-1] = np.nan
            found[max(unknown, 2)] = np.nan
    return found
