"""What each component of a profile answers on a date, as digests: ingestion, factors, scorers, groups, gates, the list."""

import hashlib
from collections.abc import Mapping

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection

KINDS = ("ingestion", "factor", "scorer", "bucketizer", "gate", "list")
"""The kinds of components, in the order in which one reads the other."""

Answers = Mapping[tuple[str, str], str]
"""Kind and name of a component to the digest of its answer."""


def answers(selection: Selection) -> Answers:
    """The digest of everything that the components of a selection answered, enumerated from its frames.

    A profile's own components are there like the built-in ones.
    """
    context = selection.context
    found = {
        ("ingestion", "pool"): _digest(context.raw_pool),
        ("ingestion", "returns"): _digest(context.returns),
        ("bucketizer", context.settings.clusters.bucketizer): _digest(context.clusters),
        ("list", "standings"): _digest(context.standings),
        ("list", "winners"): _digest(context.winners),
    }
    found |= {("factor", str(name)): _digest(context.feature_store[[name]]) for name in context.feature_store}
    for scorer in context.settings.active_scorers:
        own = [name for name in context.inference_outputs if str(name).startswith(f"{scorer}.")]
        found["scorer", scorer] = _digest(context.inference_outputs[own])
    for gate, rows in context.decisions.groupby("gate", observed=True, sort=False):
        found["gate", str(gate)] = _digest(rows.astype({"symbol": str, "gate": str}))
    return found


def _digest(frame: pd.DataFrame) -> str:
    """Of index, names, types and values; equal bits, equal digest (any NaN is one)."""
    hashed = hashlib.sha256(repr([*map(str, frame.columns), *map(str, frame.dtypes)]).encode())
    plain = frame.astype({name: str for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)})
    hashed.update(pd.util.hash_pandas_object(plain, index=True).to_numpy().tobytes())
    return hashed.hexdigest()
