"""Ablations: whom the same selection would have chosen at its date without a part of it. The ladder is climbed again for each.

| without | how |
| --- | --- |
| gates | no relaxable gate; the hard ones stay, and so does conviction |
| clusters | all assets in one cluster, with as many seats per direction as the run has winners beside benchmarks |
| conviction | in its place a random number per asset, seeded by the date |
| relaxation | the first rung alone |
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.climb import Climb
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection

SEED = 0


def ablated(selection: Selection, date: pd.Timestamp) -> pd.DataFrame:
    """Assets x ablations, in the order of the pool: who would have won."""
    pool = selection.context.standings.index
    found = {name: pool.isin(climb(selection, date).winners.index) for name, climb in ABLATIONS.items()}
    return pd.DataFrame(found, index=pool)


def without_gates(selection: Selection, _: pd.Timestamp) -> Climb:
    """The ladder with hard gates alone; a profile that has none keeps its relaxable ones."""
    gates = selection.settings.active_gates
    hard = {name: gate for name, gate in gates.items() if gate.kind == "hard"}
    # What is given in the place of the scorers' answers keeps them from being asked again.
    scores = selection.context.inference_outputs
    return selection.held.climbed(inputs={"gates": hard or gates}, overrides={"inference_outputs": scores})


def without_clusters(selection: Selection, _: pd.Timestamp) -> Climb:
    """The ladder with one cluster of all, and seats for as many as have won."""
    context = selection.context
    winners = context.winners[context.winners["route"] != "benchmark"]
    counts = winners["direction"].value_counts()
    seats = context.standings["direction"].map(counts).fillna(0).astype(int)
    return selection.held.climbed(overrides={"clusters": context.clusters.assign(cluster=1), "seats": seats})


def without_conviction(selection: Selection, date: pd.Timestamp) -> Climb:
    """The ladder with a random number per asset as its conviction; an asset's doesn't hang on the pool's order."""
    scores = selection.context.inference_outputs
    draws = np.random.default_rng((SEED, date.toordinal())).random(len(scores))
    random = pd.Series(draws, index=scores.index.sort_values())[scores.index]
    return selection.held.climbed(overrides={"inference_outputs": scores.assign(alpha_score=random)})


def without_relaxation(selection: Selection, _: pd.Timestamp) -> Climb:
    """The first rung."""
    return selection.held.climbed(rungs=selection.settings.rungs()[:1])


ABLATIONS: Mapping[str, Callable[[Selection, pd.Timestamp], Climb]] = {
    "gates": without_gates,
    "clusters": without_clusters,
    "conviction": without_conviction,
    "relaxation": without_relaxation,
}
