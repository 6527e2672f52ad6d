"""The figures of the audit: clusters, conviction, diversity, where winners and vetoes fall.

`FIGURES` maps a name to its figure, in the order of this file: a documented function under `@figure`, which states unit,
range, and why there may be no value. `run_figures` computes all of them. A further figure is a further function here.
One figure may be a family: a function that gives a number per group, each recorded as `name.group`.

A correlation "as clustering saw it" is what a distance d of the clustering implies, 1 - 2 d^2; one that is undefined there
counts as 0. Figures that come from many sums, eigenvalues or logarithms are rounded to nine digits: the last bits of these hang
on the processor, and a figure should not.
"""

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext

CORRELATION_DAYS = 200
"""Days of returns, up to the last, over which winners are compared."""
COMMON_DAYS = 20
"""Common days below which the correlation of two winners counts as 0."""
DIGITS = 9
TWO_WINNERS = "fewer than two winners"


class Distances(Protocol):
    """Distances between assets, symmetric with a zero diagonal, a few rows at a time: all at once may be too large."""

    @property
    def assets(self) -> pd.Index:
        """In the order in which they were clustered."""

    def strips(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The places of some assets and their rows, (some, N)."""


class Evidence:
    """What figures are computed from: a decided context, the distances of its clustering, and what several share."""

    def __init__(
        self, context: SelectionContext, distance: Distances, fragility: Mapping[str, Any] | None = None
    ) -> None:
        """Collects what there is; `fragility` is the document of the list, where it was measured."""
        self.pool, self.standings, self.winners = context.raw_pool, context.standings, context.winners
        self.decisions, self.returns, self.distance = context.decisions, context.returns, distance
        self.features, self.settings = context.feature_store, context.settings
        self.clusters = context.clusters["cluster"]
        self.fragility = fragility

    @cached_property
    def cluster_sizes(self) -> np.ndarray:
        """Assets per cluster."""
        return self.clusters.value_counts().to_numpy()

    @cached_property
    def squared_distances(self) -> tuple[np.ndarray, np.ndarray]:
        """Per asset, as they were clustered, the sum of its squared distances from all, and from those of its cluster."""
        labels = self.clusters.reindex(self.distance.assets).to_numpy()
        members = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
        from_all, from_own = np.zeros(len(labels)), np.zeros(len(labels))
        for strip, rows in self.distance.strips():
            for place, row in zip(range(strip.start, strip.stop), rows, strict=True):
                from_all[place] = np.square(row).sum()
                from_own[place] = np.square(row[members[labels[place]]]).sum()
        return from_all, from_own

    @cached_property
    def winners_correlation(self) -> np.ndarray:
        """Pairwise correlation of the winners' last `CORRELATION_DAYS` directed returns; undefined entries 0, diagonal 1."""
        turned = np.where(self.winners["direction"] == "SHORT", -1.0, 1.0)
        last = self.returns[self.winners.index].iloc[-CORRELATION_DAYS:] * turned
        correlation = np.nan_to_num(last.corr(min_periods=COMMON_DAYS).to_numpy())
        filled = correlation.copy()
        np.fill_diagonal(filled, 1.0)
        return filled


Value = float | Mapping[str, float]


@dataclass(frozen=True)
class Figure:
    """One figure, or a family of them: what it measures, in which unit and range."""

    name: str
    definition: str
    """For people: the function's docstring."""
    unit: str
    low: float
    high: float
    absent: str
    """Why there may be no value, which is then NaN; empty where there always is one."""
    per: str
    """Of a family, what its numbers are per: `gate`, say. Empty for a single figure."""
    compute: Callable[[Evidence], Value]


FIGURES: dict[str, Figure] = {}
"""Name to figure, in the order in which they are recorded."""


def figure(
    unit: str, low: float = 0.0, high: float = math.inf, *, absent: str = "", per: str = ""
) -> Callable[[Callable[[Evidence], Value]], Callable[[Evidence], Value]]:
    """Register a function as the figure of its name."""

    def registered(compute: Callable[[Evidence], Value]) -> Callable[[Evidence], Value]:
        name, definition = compute.__name__, inspect.getdoc(compute) or ""
        FIGURES[name] = Figure(name, definition, unit, low, high, absent, per, compute)
        return compute

    return registered


@dataclass(frozen=True)
class Figures:
    """Figures by name, and for each NaN its reason."""

    values: Mapping[str, float]
    notes: Mapping[str, str]


def run_figures(context: SelectionContext, distance: Distances, fragility: Mapping[str, Any] | None = None) -> Figures:
    """All figures of a decided context, the distances of its clustering and, where it was measured, its list's fragility."""
    evidence = Evidence(context, distance, fragility)
    values: dict[str, float] = {}
    notes: dict[str, str] = {}
    for name, entry in FIGURES.items():
        found = entry.compute(evidence)
        if isinstance(found, Mapping):
            values |= {f"{name}.{group}": value for group, value in found.items()}
            continue
        values[name] = found
        if math.isnan(found):
            notes[name] = entry.absent
    return Figures(values, notes)


@figure("assets")
def pool(evidence: Evidence) -> int:
    """Number of assets in the pool."""
    return len(evidence.standings)


@figure("assets")
def sound(evidence: Evidence) -> int:
    """Number of assets that pass every hard gate."""
    return int(evidence.standings["sound"].sum())


@figure("assets")
def eligible(evidence: Evidence) -> int:
    """Number of assets that pass every gate at the last rung."""
    return int(evidence.standings["eligible"].sum())


@figure("assets")
def winners(evidence: Evidence) -> int:
    """Number of winners."""
    return len(evidence.winners)


@figure("clusters")
def clusters(evidence: Evidence) -> int:
    """Number of clusters of the pool."""
    return len(evidence.cluster_sizes)


@figure("assets", absent="the profile's momentum doesn't know directions")
def against_trend(evidence: Evidence) -> float:
    """Number of assets whose candidate goes against the asset's own trend: momentum, seen from its direction, is below 0.

    Scanners see a few weeks, momentum the whole window of returns (`data.lookback`); the two needn't agree.
    """
    if not evidence.settings.compat.direction_aware:
        return math.nan
    return int((evidence.features["momentum"] < 0).sum())


@figure("values", per="factor")
def weighed_values(evidence: Evidence) -> dict[str, float]:
    """How many different values each factor with a weight in the champion's score has in the pool.

    Below 2 all assets have the same value, or none, and the weight moves nothing.
    """
    weights = evidence.settings.weights_of(evidence.settings.champion)
    return {name: int(evidence.features[name].nunique()) for name in weights}


@figure("correlation", -1.0, 1.0, absent="no cluster has two members")
def cluster_density(evidence: Evidence) -> float:
    """Mean correlation of two assets of one cluster, as clustering saw it, over all such pairs.

    1 where the members of each cluster move as one, near 0 where clusters join what has nothing in common. Pairs
    count alike, so that large clusters count for more.
    """
    total = math.fsum(evidence.squared_distances[1])
    entries = sum(size * (size - 1) for size in evidence.cluster_sizes.tolist())
    return round(1.0 - 2.0 * total / entries, DIGITS) if entries else math.nan


@figure("assets", 1.0)
def cluster_mean_size(evidence: Evidence) -> float:
    """Mean number of assets per cluster."""
    return float(evidence.cluster_sizes.mean())


@figure("share", 0.0, 1.0)
def cluster_largest_share(evidence: Evidence) -> float:
    """Share of the pool that lies in the largest cluster."""
    return float(evidence.cluster_sizes.max() / evidence.cluster_sizes.sum())


@figure("clusters", 1.0)
def cluster_effective_number(evidence: Evidence) -> float:
    """How many clusters of equal size would be as spread: the exponential of the entropy of the clusters' shares."""
    return effective_number(evidence.cluster_sizes / evidence.cluster_sizes.sum())


@figure("conviction", -math.inf, absent="no winner has a conviction")
def average_conviction(evidence: Evidence) -> float:
    """Mean of the champion's conviction over the winners; unknown convictions are left out."""
    return float(evidence.winners["alpha_score"].mean())


@figure("conviction", -math.inf, absent="no asset has a conviction")
def average_conviction_pool(evidence: Evidence) -> float:
    """Mean of the champion's conviction over the pool; unknown convictions are left out."""
    return float(evidence.standings["alpha_score"].mean())


@figure("1 - correlation", 0.0, 2.0, absent="fewer than two assets in the pool")
def pool_diversity(evidence: Evidence) -> float:
    """One minus the mean correlation of two assets of the pool, as clustering saw it, over all pairs.

    0 where all move as one, 1 where they have nothing in common, above 1 where they move against each other.
    """
    size = len(evidence.distance.assets)
    if size < 2:
        return math.nan
    total = math.fsum(evidence.squared_distances[0])
    return round(2.0 * total / (size * (size - 1)), DIGITS)


@figure("1 - correlation", 0.0, 2.0, absent=TWO_WINNERS)
def winners_diversity(evidence: Evidence) -> float:
    """One minus the mean correlation of two winners' returns over the last 200 days, over all pairs.

    Of directed returns: those of a SHORT are turned, so that a long and a short of one thing are opposite bets. Not shrunk as for
    clustering; a correlation over fewer than 20 common days counts as 0.
    """
    return round(1.0 - mean_off_diagonal(evidence.winners_correlation), DIGITS)


@figure("bets", 1.0, absent=TWO_WINNERS)
def winners_effective_bets(evidence: Evidence) -> float:
    """How many uncorrelated bets the winners are worth: the exponential of the entropy of the shares of the eigenvalues.

    The eigenvalues are those of the winners' correlation over the last 200 days, so 1 means that all are one bet, and
    the number of winners that all are bets of their own. Of directed returns, though turning one changes no eigenvalue.
    After Meucci, Managing Diversification (2009), with equal weights.
    """
    return effective_bets(evidence.winners_correlation)


@figure("winners", per="direction")
def winners_direction(evidence: Evidence) -> dict[str, float]:
    """Number of winners per direction."""
    return counts(evidence.winners["direction"])


@figure("winners", per="sector")
def winners_sector(evidence: Evidence) -> dict[str, float]:
    """Number of winners per sector; `unknown` where the candidate names none."""
    return counts(evidence.pool.loc[evidence.winners.index, "sector"].replace("", "unknown"))


@figure("winners", per="cluster")
def winners_cluster(evidence: Evidence) -> dict[str, float]:
    """Number of winners per cluster that has any."""
    return counts(evidence.winners["cluster"])


@figure("winners", per="route")
def winners_route(evidence: Evidence) -> dict[str, float]:
    """Number of winners per route by which they were recruited."""
    return counts(evidence.winners["route"])


@figure("assets", per="gate")
def vetoes(evidence: Evidence) -> dict[str, float]:
    """Number of assets per gate that don't pass it at the last rung; an asset counts at each gate that it fails."""
    decisions = evidence.decisions
    failed = decisions.loc[~decisions["passed"], "gate"].value_counts(sort=False)
    return {str(gate): int(failed.get(gate, 0)) for gate in decisions["gate"].cat.categories}


@figure("share", 0.0, 1.0, per="kind of draw")
def list_stays(evidence: Evidence) -> dict[str, float]:
    """Mean share of the winners that win again where the list is selected anew (`run --fragility`), per kind of draw.

    The kinds: the returns' days drawn in blocks, noise in the returns, one feature of the score left out. Runs that didn't
    measure it have none.
    """
    return {kind: float(each["mean_share"]) for kind, each in _drawn(evidence)}


@figure("share", 0.0, 1.0, per="kind of draw")
def weakest_stays(evidence: Evidence) -> dict[str, float]:
    """Share of the draws, per kind, in which the winner wins again that does so least often (`run --fragility`)."""
    found = evidence.fragility or {"assets": ()}
    won = [row for row in found["assets"] if row["winner"]]
    return {kind: min(row[kind] for row in won) / each["draws"] for kind, each in _drawn(evidence)}


def _drawn(evidence: Evidence) -> list[tuple[str, Mapping[str, Any]]]:
    """The kinds of which there are draws, and their figures."""
    kinds: Mapping[str, Any] = {} if evidence.fragility is None else evidence.fragility["kinds"]
    return [(kind, each) for kind, each in kinds.items() if each["draws"]]


def counts(values: pd.Series) -> dict[str, float]:
    """Value to how often it occurs, in the order of the values."""
    found = values.value_counts()
    return {str(value): int(found[value]) for value in sorted(found.index)}


def mean_off_diagonal(matrix: np.ndarray) -> float:
    """Mean of the entries off the diagonal; NaN with fewer than two rows."""
    size = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (size * (size - 1))) if size > 1 else math.nan


def effective_bets(correlation: np.ndarray) -> float:
    """Exponential of the entropy of the correlation's eigenvalue shares; NaN with fewer than two assets."""
    if len(correlation) < 2:
        return math.nan
    shares = np.clip(np.linalg.eigvalsh(correlation), 0.0, None)
    return effective_number(shares / shares.sum())


def effective_number(shares: np.ndarray) -> float:
    """Exponential of the Shannon entropy of shares, rounded: how many equal ones would be as spread."""
    present = shares[shares > 0]
    return round(float(np.exp(-(present * np.log(present)).sum())), DIGITS)
