"""What a component may answer: whatever breaks its interface is a `ComponentError`, before anything is made of it.

The messages are predicates: who runs the dataflow puts the component's name in front (`drivers.execution.hooks`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Scoring, Tables
from tradingview_scraper.pipelines.selection.schemas.errors import ComponentError, offenders


def answered_tables(answer: Any) -> Tables:
    """A provider's `Tables`: frames where frames belong, bars and returns typed as `ingestion.typed_tables` types them."""
    if not isinstance(answer, Tables):
        raise ComponentError(f"must answer Tables, not {type(answer).__name__}")
    kinds = set(map(type, answer.candidates)) if isinstance(answer.candidates, Sequence) else {object}
    if not all(issubclass(kind, Mapping) for kind in kinds):
        raise ComponentError("must answer candidates as a sequence of mappings")
    if any("symbol" not in each for each in answer.candidates):
        raise ComponentError("must give every candidate a symbol")
    for table in ("bars", "returns", "instruments", "statistics", "membership", "quarantine"):
        frame = getattr(answer, table)
        if frame is not None and not isinstance(frame, pd.DataFrame):
            raise ComponentError(f"must answer {table} as a DataFrame, not {type(frame).__name__}")
    if answer.bars is not None:
        _refuse_untyped_bars(answer.bars)
    if answer.returns is not None and not isinstance(answer.returns.index, pd.DatetimeIndex):
        raise ComponentError("must answer returns indexed by date; `typed_returns` makes them so")
    return answer


def answered_probabilities(answer: Any, scoring: Scoring) -> pd.DataFrame:
    """A scorer's probabilities: one row per asset, one column per scored factor, in [0, 1] or NaN."""
    metrics = scoring.metrics
    if not isinstance(answer, pd.DataFrame):
        raise ComponentError(f"must answer probabilities as a DataFrame, not {type(answer).__name__}")
    if not answer.index.equals(metrics.index) or set(answer.columns) != set(metrics.columns):
        raise ComponentError(
            f"must answer probabilities with one row per asset and one column per scored factor, as the metrics have "
            f"them: {metrics.shape[0]} x {metrics.shape[1]}, got {answer.shape[0]} x {answer.shape[1]}"
        )
    if scoring.checked:
        _refuse_outside(answer, "probabilities", "in [0, 1] or NaN", 1.0)
    return answer


def answered_conviction(answer: Any, scoring: Scoring) -> pd.Series:
    """A scorer's conviction: one finite number >= 0 per asset."""
    assets = scoring.metrics.index
    if not isinstance(answer, pd.Series) or not answer.index.equals(assets):
        got = f"{type(answer).__name__} of {len(answer)}" if hasattr(answer, "__len__") else type(answer).__name__
        raise ComponentError(
            f"must answer one conviction per asset, as a Series indexed by symbol ({len(assets)}), got a {got}"
        )
    if scoring.checked:
        _refuse_outside(answer.to_frame(), "conviction", "finite and >= 0")
    return answer


def answered_labels(answer: Any, count: int) -> np.ndarray:
    """A bucketizer's labels: one per asset, none missing."""
    labels = np.asarray(answer)
    if labels.shape != (count,):
        raise ComponentError(f"gave labels of shape {labels.shape} for {count} assets")
    if pd.isna(labels).any():
        raise ComponentError(f"gave {int(pd.isna(labels).sum())} of {count} assets no label")
    return labels


def _refuse_untyped_bars(bars: pd.DataFrame) -> None:
    lacking = [column for column in ("symbol", "date", "close") if column not in bars]
    if lacking:
        raise ComponentError(f"must answer bars with symbol, date and close; they lack {', '.join(lacking)}")
    dated = pd.api.types.is_datetime64_dtype(bars["date"].dtype)
    if not isinstance(bars["symbol"].dtype, pd.CategoricalDtype) or not dated:
        raise ComponentError("must answer bars with a categorical symbol and naive dates; `typed_bars` makes them so")


def _refuse_outside(frame: pd.DataFrame, what: str, wanted: str, high: float | None = None) -> None:
    """Raises where a value is no number, negative or above `high`; without `high` also where it is NaN or infinite."""
    if not all(pd.api.types.is_numeric_dtype(dtype) for dtype in frame.dtypes):
        raise ComponentError(
            f"must answer numbers as {what}, got {', '.join(sorted({str(each) for each in frame.dtypes}))}"
        )
    values = frame.to_numpy(dtype=float)
    bad = np.less(values, 0) | (~np.isfinite(values) if high is None else np.greater(values, high))
    if bad.any():
        raise ComponentError(f"must answer {what} {wanted}; others have {offenders(frame.index[bad.any(axis=1)])}")
