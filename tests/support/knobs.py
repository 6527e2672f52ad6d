"""Every setting of the schema, and what a selection answers: for the test that each of them moves something."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pandas as pd
from pydantic import BaseModel

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


def setting_names(model: type[BaseModel] = SelectionSettings, prefix: str = "") -> Iterator[str]:
    """The dotted name of every setting; of a table of models `NAME` stands for the user's own name."""
    for name, field in model.model_fields.items():
        own, entries = _models_of(field.annotation)
        if own is not None:
            yield from setting_names(own, f"{prefix}{name}.")
        elif entries is not None:
            yield from setting_names(entries, f"{prefix}{name}.NAME.")
        else:
            yield f"{prefix}{name}"


def _models_of(annotation: Any) -> tuple[type[BaseModel] | None, type[BaseModel] | None]:
    """The model that a field is, and the one that its entries are."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, None
    inner = [each for each in get_args(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]
    return None, inner[0] if inner else None


def answer(run: Selection) -> Mapping[str, str]:
    """All that a selection answers, by part, as text; settings aside."""
    context = run.context
    frames = {
        "pool": context.raw_pool,
        "returns": context.returns,
        "features": context.feature_store,
        "scores": context.inference_outputs,
        "clusters": context.clusters,
        "decisions": context.decisions,
        "standings": context.standings,
        "quarantine": run.quarantine,
    }
    rungs = [(rung.number, rung.name, rung.eligible, rung.winners, dict(rung.thresholds)) for rung in run.rungs]
    return {
        **{name: _text(frame) for name, frame in frames.items()},
        "distance": _text(run.distance.frame()),
        "conditioning": repr(run.conditioning),
        "coverage": repr(run.coverage),
        "winners": repr(run.portfolio_candidates),
        "manifest": repr(run.manifest),
        "rungs": repr((rungs, run.reached_floor)),
    }


def _text(frame: pd.DataFrame) -> str:
    plain = frame.astype({name: str for name in frame if isinstance(frame[name].dtype, pd.CategoricalDtype)})
    return f"{list(plain.columns)} {pd.util.hash_pandas_object(plain.astype(str)).tolist()}"
