"""A pool's features by the pipeline's own nodes: of the pool as it is, and of any other returns and bars in its place.

`prepared` runs ingestion once. `PoolFeatures.of` runs only what the features of the gates take, with the rest handed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import own_sums, quiet_hamilton
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.drivers.research.calibration.noise_worlds import Paths

PERMUTED = ("returns", "high", "low", "close")
"""The nodes that other days take the place of."""


@dataclass(frozen=True)
class PoolFeatures:
    """A pool that is ready to have its features computed."""

    graph: Graph
    handed_over: Mapping[str, Any]
    """What the features read of ingestion, by node."""
    names: tuple[str, ...]
    """The features of the gates, sorted."""

    @property
    def paths(self) -> Paths:
        """The returns and bars of the pool as it is."""
        return Paths(*(self.handed_over[name] for name in PERMUTED))

    @cached_property
    def of_returns(self) -> frozenset[str]:
        """The features that are computed of returns or bars at all."""
        below = {node.name for node in self.graph.driver.what_is_downstream_of(*PERMUTED)}
        return frozenset(below & {*self.names})

    def of(self, paths: Paths) -> pd.DataFrame:
        """Assets x features, of these returns and bars in the place of the pool's own."""
        given = {**self.handed_over, **{name: getattr(paths, name) for name in PERMUTED}}
        plan = self.graph.plan
        with quiet_hamilton(), own_sums():
            found = self.graph.driver.execute(
                list(self.names), inputs=inputs(plan, plan.settings.rungs()[0]), overrides=given
            )
        return pd.DataFrame({name: found[name] for name in self.names}, index=paths.returns.columns, dtype=float)


def prepared(
    graph: Graph, provider: DiscoveryProvider, as_of: pd.Timestamp | None, moment: pd.Timestamp | None
) -> PoolFeatures:
    """The pool as of a date, ready for its gates' features. Raises what ingestion raises."""
    plan = graph.plan
    names = tuple(sorted({gate.feature for gate in plan.settings.active_gates.values()}))
    above = {node.name for node in graph.driver.what_is_upstream_of(*names)}
    read = graph.read_from_elsewhere({name for name in above if graph.stages.get(name) == "features"})
    given = {**inputs(plan, plan.settings.rungs()[0]), **ingestion_inputs(provider, as_of, moment)}
    with quiet_hamilton(), own_sums():
        handed_over = graph.driver.execute(sorted({*read, *PERMUTED}), inputs=given)
    return PoolFeatures(graph, handed_over, names)
