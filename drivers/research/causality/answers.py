"""What each component of a profile answers on a date, as digests: ingestion, factors, scorers, groups, gates, the list."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection

KINDS = ("ingestion", "factor", "scorer", "bucketizer", "gate", "list")
"""The kinds of components, in the order in which one reads the other."""
READS = {
    "ingestion": (),
    "factor": ("ingestion",),
    "scorer": ("ingestion", "factor"),
    "bucketizer": ("ingestion",),
    "gate": ("ingestion", "factor"),
    "list": KINDS[:-1],
}
"""Kind to the kinds whose answers it reads, directly or not."""

Answers = Mapping[tuple[str, str], str]
"""Kind and name of a component to the digest of its answer."""


def answers(selection: Selection) -> Answers:
    """The digest of everything that the components of a selection answered, enumerated from its frames; equal bits, equal digest.

    A profile's own components are there like the built-in ones.
    """
    context = selection.context
    store, outputs, decisions = context.feature_store, context.inference_outputs, context.decisions
    assets = _bytes(store.index.to_series())
    found = {
        ("ingestion", "pool"): _digest(context.raw_pool),
        ("ingestion", "returns"): _digest(context.returns),
        ("bucketizer", context.settings.clusters.bucketizer): _digest(context.clusters),
        ("list", "standings"): _digest(context.standings),
        ("list", "winners"): _digest(context.winners),
    }
    found |= {("factor", str(name)): _joined(assets, _bytes(values)) for name, values in store.items()}
    for scorer in context.settings.active_scorers:
        own = [name for name in outputs if str(name).startswith(f"{scorer}.")]
        found["scorer", scorer] = _joined(assets, *(_bytes(outputs[name]) for name in own))
    columns = [decisions[name].to_numpy() for name in decisions if name != "gate"]
    gates = decisions["gate"].astype(str).to_numpy()
    for gate in context.settings.active_gates:
        found["gate", gate] = _joined(*(_bytes(pd.Series(values[gates == gate])) for values in columns))
    return found


def _digest(frame: pd.DataFrame) -> str:
    return _joined(
        _bytes(frame.index.to_series()), *(repr(name).encode() + _bytes(each) for name, each in frame.items())
    )


def _joined(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _bytes(values: pd.Series) -> bytes:
    """Of its type and values: the bits of numbers (any NaN is one), the words of anything else."""
    kind = str(values.dtype).encode()
    if values.dtype.kind == "f":
        numbers = values.to_numpy()
        return kind + np.where(np.isnan(numbers), np.nan, numbers).tobytes()
    if values.dtype.kind in "biuM" and isinstance(values.dtype, np.dtype):
        return kind + values.to_numpy().tobytes()
    return b"words" + "\x1f".join(map(str, values.tolist())).encode()
