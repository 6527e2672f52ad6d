"""What is measured, by name: each is a function of a market that is called again and again.

`ours` and `plain` say beside their total what each stage took. The others are parts of a selection beside what libraries take for
them (`parts.py`); those whose library isn't installed are left out.
"""

import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np

from benchmarks.markets import Market
from benchmarks.parts import LIBRARIES, PARTS, timed

Stages = dict[str, float]
"""Stage to the seconds that it took."""
Work = Callable[[Market], Stages]

STAGES = ("ingestion", "features", "inference", "partitioning", "policy", "synthesis")
REFERENCE_ASSETS = 60


def ours(market: Market) -> Stages:
    """A selection by the profile v4, all rungs that it takes."""
    from tradingview_scraper.pipelines.selection.drivers import select

    selection = select(market.returns, market.candidates)
    spent = dict.fromkeys(STAGES, 0.0)
    for node, seconds in selection.executions.items():
        spent[selection.graph.stages[node]] += sum(seconds)
    return spent


def whole(market: Market) -> Stages:
    """The same, asked of nothing but what every version has."""
    from tradingview_scraper.pipelines.selection.drivers import select

    select(market.returns, market.candidates)
    return {}


def four_rungs(market: Market) -> Stages:
    """A selection that has to climb the whole ladder; `a further rung` is what each of the later ones took."""
    from tradingview_scraper.pipelines.selection.drivers import select

    selection = select(market.returns, market.candidates, settings={"recruitment.floor": len(market.candidates)})
    return {"a further rung": float(np.median([rung.milliseconds for rung in selection.rungs[1:]])) / 1000.0}


def plain(market: Market) -> Stages:
    """Each stage as pandas says it."""
    from benchmarks import plain as stage
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings

    settings = resolved_settings("v4").settings
    spent: Stages = {}
    with timed("ingestion", spent):
        pool, returns = stage.ingestion(market)
    with timed("features", spent):
        table = stage.features(pool, returns, settings)
    with timed("inference", spent):
        weights = {name: weight for name, weight in settings.active_weights.items() if name in table}
        score = stage.inference(table, weights)
    with timed("partitioning", spent):
        clusters = stage.partitioning(pool, returns, settings)
    with timed("policy", spent):
        winners = stage.policy(table, score, clusters, pool, settings)
    with timed("synthesis", spent):
        stage.synthesis(winners, market)
    return spent


def reference(market: Market) -> Stages:
    """v3.4 asset by asset, on the first assets: it takes at least as long per asset on more of them."""
    import benchmarks.plain  # noqa: F401 - puts the tests on the path
    from reference.v3_4 import answer

    few = min(len(market.candidates), REFERENCE_ASSETS)
    asked = {"request": {"top_n": 2, "threshold": 0.5}, "features": {}}
    start = time.perf_counter()
    answer(market.returns.iloc[:, :few], market.candidates[:few], None, asked)
    return {"per asset": (time.perf_counter() - start) / few}


def our_distance(market: Market) -> Stages:
    """Distances of the last 200 days, as the dataflow has them computed for Ward's method."""
    from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import mean_distances

    spent: Stages = {}
    rows = market.returns.iloc[-200:].to_numpy().T.copy()
    with timed("distance", spent):
        _ = mean_distances(rows, market.returns.columns, (rows.shape[1],), 0.01, 20, "products").condensed
    return spent


def scipy_ward(market: Market) -> Stages:
    """SciPy's Ward on as many points of the plane."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    spent: Stages = {}
    points = pdist(np.random.default_rng(0).normal(size=(len(market.candidates), 2)))
    with timed("linkage", spent):
        linkage(points, method="ward")
    return spent


def _part(part: Callable[[Market, Stages], object]) -> Work:
    def measured(market: Market) -> Stages:
        spent: Stages = {}
        part(market, spent)
        return spent

    return measured


WORKS: dict[str, Work] = {
    "ours": ours,
    "whole": whole,
    "four rungs": four_rungs,
    "plain": plain,
    "v3.4 (reference)": reference,
    "distance (ours)": our_distance,
    "SciPy's Ward": scipy_ward,
    **{name: _part(part) for name, part in PARTS.items()},
}


def available() -> list[str]:
    """The works to measure: all whose libraries are installed. `whole` is for another version to be held against."""
    return [name for name in WORKS if name != "whole" and (name not in LIBRARIES or find_spec(LIBRARIES[name]))]
