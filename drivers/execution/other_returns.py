"""A selection once more, with other returns of the same pool.

Only what descends from the returns is executed anew, by the driver of the selection itself; the whole ladder is climbed on
it. What is read of other tables (the pool, prices and what is made of them, statistics) stays, and so do facts of the
calendar that are counted from returns (`FACTS`): since when an asset is listed, and whether it still trades.
"""

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.climb import Climb
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import undisturbed
from tradingview_scraper.pipelines.selection.drivers.execution.plan import inputs
from tradingview_scraper.pipelines.selection.drivers.execution.progress import unwatched
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection

RETURNS = "returns"
FACTS = ("observations", "active_share")
"""Factors that count days; of other returns they would tell nothing of the asset."""


class OtherReturns:
    """What doesn't hang on the returns of a selection, held, so that each `climbed` computes only what does."""

    def __init__(self, selection: Selection) -> None:
        self._graph, self._held = selection.graph, selection.held
        settings = selection.settings
        self._inputs = {**inputs(self._graph.plan, settings.rungs()[0]), **self._held.given}
        store = selection.context.feature_store
        facts = {name: store[name] for name in FACTS if name in store}
        affected = self._graph.reached(RETURNS, facts)
        # In the stages that run once, and read by a rung's nodes: what a climb is over.
        self._anew = [name for name in self._held.once if name in affected]
        read = set(self._graph.read_from_elsewhere(affected - self._graph.rerun)) - {RETURNS}
        known = {
            **{str(name): store[name] for name in store},
            **self._held.once,
            "raw_pool": selection.context.raw_pool,
            "tables": selection.tables,
        }
        besides = {name: value for name, value in known.items() if name not in affected and name != RETURNS}
        missing = sorted(read - besides.keys())
        with undisturbed(settings), unwatched():
            found = self._graph.driver.execute(missing, inputs=self._inputs, overrides=besides)
        self._besides = {name: {**besides, **found}[name] for name in sorted(read)}

    def climbed(self, returns: pd.DataFrame) -> Climb:
        """The ladder on these returns: the days and assets of the selection's own.

        Raises what the executed nodes raise.
        """
        with undisturbed(self._graph.plan.settings), unwatched():
            once = self._graph.driver.execute(
                self._anew, inputs=self._inputs, overrides={**self._besides, RETURNS: returns}
            )
        return self._held.over(once).climbed()
