"""The simulated market's pool ready for its gates' features, and its noise; computed once a session."""

from functools import cache

from support.market import market, records, settings
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.research.calibration.gate_nulls import Noise, noise_of
from tradingview_scraper.pipelines.selection.drivers.research.calibration.pool_features import PoolFeatures, prepared

WORLDS = 20


@cache
def pool() -> PoolFeatures:
    """The pool under the default profile."""
    provider = MemoryProvider(None, records(), market().statistics, market().bars)
    return prepared(Graph(plan(settings())), provider, None, None)


@cache
def noise() -> Noise:
    """Its features, and those of 20 worlds of each kind."""
    return noise_of(pool(), worlds=WORLDS, block=1, seed=0, progress=lambda done, total: None)
