"""The state that passes from stage to stage.

A `SelectionContext` begins with the pool and its returns; each stage's border hands on a new one
with what its stage produced (`enriched`), which is the only way on. `enriched` validates the new frames against their
models and against the frames that are there; what an earlier stage put there can't be replaced and isn't
validated again. Whoever reads a frame gets a copy of his own (`schemas.frozen`). A frame that comes coded (`coded_frame`)
is made, and validated, when it is first read.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, cast

import pandas as pd
import pandera.pandas as pa
from pydantic import BaseModel, ConfigDict, model_validator

from tradingview_scraper.pipelines.selection.schemas import frames
from tradingview_scraper.pipelines.selection.schemas.atoms import StrategyAtom
from tradingview_scraper.pipelines.selection.schemas.coded_frame import CodedFrame, column
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, frame_digest
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.frozen import frozen, lent
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

# Field -> the stage that fills it and its model; the order is that of the stages.
CONTRACTS: Mapping[str, tuple[str, type[pa.DataFrameModel]]] = {
    "raw_pool": ("ingestion", frames.RawPool),
    "returns": ("ingestion", frames.Returns),
    "feature_store": ("features", frames.FeatureStore),
    "inference_outputs": ("inference", frames.InferenceOutputs),
    "clusters": ("partitioning", frames.Clusters),
    "decisions": ("policy", frames.Decisions),
    "standings": ("policy", frames.Standings),
    "winners": ("policy", frames.Winners),
}


_ABSENT: Any = None


class SelectionContext(BaseModel):
    """Pool, returns and all that the stages so far have made of them; frozen, compared by digest."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)
    __hash__: ClassVar[None]  # type: ignore[assignment]

    settings: SelectionSettings
    raw_pool: pd.DataFrame
    returns: pd.DataFrame
    # Below: None until their stage has run. Whoever reads them stands behind that stage's border.
    feature_store: pd.DataFrame = _ABSENT
    inference_outputs: pd.DataFrame = _ABSENT
    clusters: pd.DataFrame = _ABSENT
    decisions: pd.DataFrame = _ABSENT
    standings: pd.DataFrame = _ABSENT
    winners: pd.DataFrame = _ABSENT
    atoms: tuple[StrategyAtom, ...] | None = None

    @model_validator(mode="after")
    def _valid(self) -> Self:
        """Validate whatever a context is made of, and keep copies: what the giver does to his frames is his affair."""
        held = object.__getattribute__(self, "__dict__")
        for name in CONTRACTS:
            if held[name] is not None:
                _check(name, held[name], held)
                held[name] = frozen(held[name].copy())
        return self

    def enriched(self, **new: Any) -> Self:
        """This context with further frames (or `atoms`), each validated.

        Raises `DataContractError` where a frame breaks its model, disagrees with the frames that are there, or
        would replace one.
        """
        held: dict[str, Any] = dict(object.__getattribute__(self, "__dict__"))
        for name in new:
            if name not in type(self).model_fields:
                raise DataContractError(f"a context has no {name!r}; it has {sorted(type(self).model_fields)}")
        for name in (field for field in type(self).model_fields if field in new):
            value = new[name]
            if held[name] is not None:
                raise DataContractError(f"{name!r} is there already: no stage replaces what an earlier one made")
            if isinstance(value, CodedFrame):
                _same(CONTRACTS[name][0], name, value.assets, held["raw_pool"].index)
            elif name in CONTRACTS:
                _check(name, value, held)
                value = frozen(value.copy())
            elif not isinstance(value, tuple) or not all(isinstance(atom, StrategyAtom) for atom in value):
                raise DataContractError(f"synthesis: {name} must be a tuple of strategy atoms")
            held[name] = value
        return cast("Self", type(self).model_construct(_fields_set=None, **held))

    def digest(self) -> str:
        """Content digest of settings, frames and atoms."""
        held = _frames(object.__getattribute__(self, "__dict__"))
        parts = [f"settings {bytes_digest(self.settings.model_dump_json().encode())}"]
        parts += [f"{name} {frame_digest(held[name])}" for name in CONTRACTS if held[name] is not None]
        parts += [atom.model_dump_json() for atom in self.atoms or ()]
        return bytes_digest("\n".join(parts).encode())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SelectionContext) and self.digest() == other.digest()

    def __getattribute__(self, name: str) -> Any:
        # Every way to a frame leads through here: attributes, iteration, `vars()` and `__dict__`.
        value = super().__getattribute__(name)
        if isinstance(value, CodedFrame):
            value = _frame(name, object.__getattribute__(self, "__dict__"))
        elif name == "__dict__":
            _frames(value)
        return lent(value)

    def __deepcopy__(self, memo: Any = None) -> Self:
        return self

    @property
    def eligible(self) -> int:
        """How many assets are eligible; known without the frame of the standings."""
        return int(column(object.__getattribute__(self, "__dict__")["standings"], "eligible").sum())

    def __setstate__(self, state: dict[Any, Any]) -> None:
        super().__setstate__(state)
        for value in object.__getattribute__(self, "__dict__").values():
            frozen(value)

    def __repr__(self) -> str:
        held = _frames(object.__getattribute__(self, "__dict__"))
        shapes = ", ".join(f"{name} {held[name].shape}" for name in CONTRACTS if held[name] is not None)
        return f"SelectionContext({self.settings.profile}: {shapes})"

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Refused with an update: pydantic wouldn't validate it, `enriched` does."""
        if update:
            raise DataContractError("a context is changed by `enriched(...)` only, which validates what it adds")
        return super().model_copy(deep=deep)


def _frame(name: str, held: dict[str, Any]) -> Any:
    """What is held under a name; a frame that is coded is made, validated, and held from then on."""
    value = held[name]
    if isinstance(value, CodedFrame):
        _check(name, value.frame, held)
        held[name] = value.frame
    return held[name]


def _frames(held: dict[str, Any]) -> dict[str, Any]:
    """All that is held, no frame of it coded any more."""
    for name in held:
        _frame(name, held)
    return held


def _check(name: str, frame: Any, held: Mapping[str, Any]) -> None:
    stage, model = CONTRACTS[name]
    if not isinstance(frame, pd.DataFrame):
        raise DataContractError(f"{stage}: {name} must be a pandas DataFrame, got {type(frame).__name__}")
    believed = held["settings"].data.fields == "believed"
    frames.validated(frame, model, stage, waived=frames.VALUE_RULES if believed else ())
    agreement = AGREEMENTS.get(name)
    if agreement is not None:
        agreement(stage, name, frame, held)


def _same_assets(stage: str, name: str, frame: pd.DataFrame, held: Mapping[str, Any]) -> None:
    _same(stage, name, frame.index, held["raw_pool"].index)


def _same_columns(stage: str, name: str, frame: pd.DataFrame, held: Mapping[str, Any]) -> None:
    _same(stage, name, frame.columns, held["raw_pool"].index)


def _same_symbol_categories(stage: str, name: str, frame: pd.DataFrame, held: Mapping[str, Any]) -> None:
    _same(stage, name, frame["symbol"].cat.categories, held["raw_pool"].index)


def _winners_in_pool(stage: str, name: str, frame: pd.DataFrame, held: Mapping[str, Any]) -> None:
    places = held["raw_pool"].index.get_indexer(frame.index)
    strangers = frame.index[places < 0]
    if len(strangers):
        raise DataContractError(f"{stage}: {name} holds assets that are not in the pool: {offenders(strangers)}")
    if held["standings"] is not None:
        sound = column(held["standings"], "sound")[places]
        if held["settings"].compat.substitute_rule == "sound" and not sound.all():
            raise DataContractError(f"{stage}: winners fail a hard gate: {offenders(frame.index[~sound])}")


def _same(stage: str, name: str, found: pd.Index, pool: pd.Index) -> None:
    if found.is_(pool) or (len(found) == len(pool) and (found == pool).all()):
        return
    missing, strange = pool.difference(found), found.difference(pool)
    if len(missing) or len(strange):
        raise DataContractError(
            f"{stage}: {name} and the pool hold different assets: "
            f"missing {offenders(missing)}; not in the pool {offenders(strange)}"
        )
    raise DataContractError(f"{stage}: {name} holds the pool's assets in another order; reindex it to the pool's")


AGREEMENTS: Mapping[str, Callable[[str, str, pd.DataFrame, Mapping[str, Any]], None]] = {
    "returns": _same_columns,
    "feature_store": _same_assets,
    "inference_outputs": _same_assets,
    "clusters": _same_assets,
    "decisions": _same_symbol_categories,
    "standings": _same_assets,
    "winners": _winners_in_pool,
}
