"""Pandera models of every frame that crosses a stage border.

`RawPool`, `Returns`, `FeatureStore`, `InferenceOutputs`, `Clusters`, `Decisions`, `Standings`, `Winners`, in the order of
the stages. Frames are indexed by symbol, in the order of the pool, and hold float64 where they hold numbers.
Wide matrices (returns, features, inference) are checked as a whole: a check per column costs 0.8 ms a column.
`validated` runs a model and turns what it finds into one short `DataContractError`.
"""

from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Index, Series

from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.quick_check import surely_fulfils

DIRECTIONS = ("LONG", "SHORT")
VERDICTS = ("pass", "fail", "unknown", "waived")
WAIVERS = ("", "benchmarks", "is_benchmark")
"""Who lets an asset past a gate that its value fails: nobody; the profile's list; the gate, for candidates so flagged."""
KINDS = ("hard", "relaxable")
ROUTES = ("ranked", "benchmark", "representative", "fill")
WON_BY = ("", *ROUTES)
"""The route of each asset: none, where it didn't win."""
OUTCOMES = ("winner", "vetoed", "outranked", "identity taken", "duplicate", "list full", "hard veto")


def _finite_or_nan(frame: pd.DataFrame) -> bool:
    numbers = frame.select_dtypes("number").to_numpy(dtype=np.float64)
    return not np.isinf(numbers).any()


def _all_float64(frame: pd.DataFrame) -> bool:
    return all(dtype == np.float64 for dtype in frame.dtypes)


def _unique_columns(frame: pd.DataFrame) -> bool:
    return bool(frame.columns.is_unique)


class _Frame(pa.DataFrameModel):
    """What all frames share: no coercion, every failure collected."""

    class Config:
        coerce = False
        strict = False


class RawPool(_Frame):
    """The pool as ingested, one row an asset; further columns are the scanners' numeric fields."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)
    scanner_symbol: Series[str]
    identity: Series[str]
    direction: Series[str] = pa.Field(isin=DIRECTIONS)
    logic: Series[str]
    market: Series[str]
    sector: Series[str]
    has_candidate: Series[bool]
    is_benchmark: Series[bool]
    is_excluded: Series[bool]
    quarantined: Series[float] = pa.Field(ge=0)
    suspicious: Series[float] = pa.Field(ge=0)

    @pa.dataframe_check(error="infinite values")
    @classmethod
    def _finite(cls, frame: pd.DataFrame) -> bool:
        return _finite_or_nan(frame)


class Returns(_Frame):
    """Simple returns, days x assets, NaN where the asset didn't trade."""

    @pa.dataframe_check(error="every column must be float64")
    @classmethod
    def _floats(cls, frame: pd.DataFrame) -> bool:
        return _all_float64(frame)

    @pa.dataframe_check(error="infinite returns")
    @classmethod
    def _finite(cls, frame: pd.DataFrame) -> bool:
        return not np.isinf(frame.to_numpy()).any()

    @pa.dataframe_check(error="symbols must be unique")
    @classmethod
    def _symbols(cls, frame: pd.DataFrame) -> bool:
        return _unique_columns(frame)

    @pa.dataframe_check(error="the index must be dates without time zone, unique and increasing")
    @classmethod
    def _dates(cls, frame: pd.DataFrame) -> bool:
        index = frame.index
        return (
            isinstance(index, pd.DatetimeIndex)
            and index.tz is None
            and bool(index.is_monotonic_increasing and index.is_unique)
        )


class FeatureStore(_Frame):
    """One column a factor; the declared range of each is checked by `dataflow.features.nodes` on top of this."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)

    @pa.dataframe_check(error="every factor must be float64")
    @classmethod
    def _floats(cls, frame: pd.DataFrame) -> bool:
        return _all_float64(frame)

    @pa.dataframe_check(error="factor names must be unique")
    @classmethod
    def _names(cls, frame: pd.DataFrame) -> bool:
        return _unique_columns(frame)

    @pa.dataframe_check(error="infinite values")
    @classmethod
    def _finite(cls, frame: pd.DataFrame) -> bool:
        return not np.isinf(frame.to_numpy()).any()


class InferenceOutputs(_Frame):
    """`alpha_score`, the champion's conviction; then for each scorer `<scorer>.score` and `<scorer>.p_<factor>`."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)
    alpha_score: Series[float] = pa.Field(nullable=True, ge=0)

    @pa.dataframe_check(error="every output must be float64")
    @classmethod
    def _floats(cls, frame: pd.DataFrame) -> bool:
        return _all_float64(frame)

    @pa.dataframe_check(error="infinite outputs")
    @classmethod
    def _finite(cls, frame: pd.DataFrame) -> bool:
        return not np.isinf(frame.to_numpy()).any()

    @pa.dataframe_check(error="component probabilities must lie in [0, 1]")
    @classmethod
    def _probabilities(cls, frame: pd.DataFrame) -> bool:
        columns = [".p_" in str(name) for name in frame.columns]
        values = frame.to_numpy()
        outside = np.less(values, 0.0) | np.greater(values, 1.0)
        return not outside.any(axis=0)[columns].any()


class Clusters(_Frame):
    """The factor group of each asset, numbered from 1."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)
    cluster: Series[int] = pa.Field(ge=1)


class Decisions(_Frame):
    """One row per asset and gate: what was compared with what, by how much it passed or failed.

    A value that meets the threshold is "pass", whoever would waive the gate; "waived" is one that would have failed or is
    unknown. An "unknown" one has passed only where the gate lets unknown values through.
    """

    symbol: Series[pd.CategoricalDtype]
    gate: Series[pd.CategoricalDtype]
    kind: Series[pd.CategoricalDtype]
    value: Series[float] = pa.Field(nullable=True)
    threshold: Series[float]
    margin: Series[float] = pa.Field(nullable=True)
    verdict: Series[pd.CategoricalDtype]
    passed: Series[bool]
    waived_by: Series[pd.CategoricalDtype]

    @pa.dataframe_check(error="an unknown value can't have a margin, nor a known one lack it")
    @classmethod
    def _margins(cls, frame: pd.DataFrame) -> bool:
        return bool((frame["value"].isna() == frame["margin"].isna()).all())

    @pa.dataframe_check(error="verdicts are pass, fail, unknown or waived")
    @classmethod
    def _verdicts(cls, frame: pd.DataFrame) -> bool:
        return tuple(frame["verdict"].cat.categories) == VERDICTS and not frame["verdict"].isna().any()

    @pa.dataframe_check(error="who waived a gate is said where the verdict is waived, and only there")
    @classmethod
    def _waivers(cls, frame: pd.DataFrame) -> bool:
        waivers = frame["waived_by"]
        said = tuple(waivers.cat.categories) == WAIVERS and not waivers.isna().any()
        return said and bool((_holds(frame["verdict"], "waived") != _holds(waivers, "")).all())

    @pa.dataframe_check(error="pass and waived are passed, fail is not")
    @classmethod
    def _passed(cls, frame: pd.DataFrame) -> bool:
        good = _holds(frame["verdict"], "pass", "waived")
        return bool(((frame["passed"].to_numpy() == good) | _holds(frame["verdict"], "unknown")).all())


class Standings(_Frame):
    """One row an asset: what became of it at the last rung, and why."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)
    alpha_score: Series[float] = pa.Field(nullable=True)
    direction: Series[str] = pa.Field(isin=DIRECTIONS)
    cluster: Series[int] = pa.Field(ge=1)
    eligible: Series[bool]
    sound: Series[bool]
    served: Series[bool]
    """Whether its cluster had anybody to recruit from."""
    rank: Series[float] = pa.Field(nullable=True, ge=1)
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    route: Series[str] = pa.Field(isin=WON_BY)
    duplicate_of: Series[str]
    """The winner whose directed returns it repeats; empty where the outcome isn't `duplicate`."""


class Challengers(_Frame):
    """One row per challenger and asset: what the challenger makes of it, and what became of it under its own ladder."""

    challenger: Series[str]
    symbol: Series[str]
    score: Series[float] = pa.Field(nullable=True)
    """The challenger's conviction."""
    rank: Series[int] = pa.Field(ge=1)
    """By its score in the pool, 1 is best; ties by symbol, unknown scores last."""
    champion_rank: Series[int] = pa.Field(ge=1)
    eligible: Series[bool]
    """At the rung at which the challenger's ladder ended, as are outcome and route."""
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    route: Series[str] = pa.Field(isin=WON_BY)
    winner: Series[bool]
    """Whether the challenger would have chosen it."""
    champion_winner: Series[bool]
    """Whether it was chosen."""

    @pa.dataframe_check(error="one row per challenger and asset")
    @classmethod
    def _keys(cls, frame: pd.DataFrame) -> bool:
        return not frame.duplicated(["challenger", "symbol"]).any()

    @pa.dataframe_check(error="winners are those with a route")
    @classmethod
    def _routes(cls, frame: pd.DataFrame) -> bool:
        return bool((frame["winner"] == (frame["route"] != "")).all())


class Winners(_Frame):
    """The selected assets, best first."""

    symbol: Index[str] = pa.Field(unique=True, check_name=True)
    alpha_score: Series[float]
    direction: Series[str] = pa.Field(isin=DIRECTIONS)
    cluster: Series[int] = pa.Field(ge=1)
    identity: Series[str]
    logic: Series[str]
    route: Series[str] = pa.Field(isin=ROUTES)


VALUE_RULES = (
    "infinite values",
    "infinite returns",
    "infinite outputs",
    "component probabilities must lie in [0, 1]",
    "an unknown value can't have a margin, nor a known one lack it",
    "every column must be float64",
    "greater_than_or_equal_to(0)",
    "not_nullable",
    f"isin({DIRECTIONS})",
)
"""Rules of values; where what v3.4 believes is believed they don't hold."""


def _holds(column: pd.Series, *values: str) -> np.ndarray:
    """Where a categorical column has one of the values (bool); by codes, for there are as many rows as assets times gates."""
    places = [place for place, value in enumerate(column.cat.categories) if value in values]
    return np.asarray(np.isin(column.cat.codes.to_numpy(), places))


def validated(
    frame: pd.DataFrame,
    model: type[pa.DataFrameModel] | pa.DataFrameSchema,
    stage: str,
    *,
    waived: Collection[str] = (),
) -> pd.DataFrame:
    """The same frame, if it fulfils its model; the rules that are waived needn't hold.

    Raises `DataContractError` naming the stage, the frame, and for each broken rule how many assets break it and the
    first few of them.
    """
    schema = model.to_schema() if isinstance(model, type) else model
    if surely_fulfils(frame, schema):
        return frame
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        broken = [found for found in error.schema_errors if _rule(found) not in waived]
        if broken:
            raise DataContractError(f"{stage}: {schema.name} breaks its contract: {_summary(broken)}") from None
    return frame


def _summary(broken: Iterable[pa.errors.SchemaError]) -> str:
    """One clause a broken rule; never the frame itself."""
    clauses: list[str] = []
    for found in broken:
        where = f"`{found.schema.name}`" if found.reason_code is not None and found.schema.name else ""
        clauses.append(" ".join(part for part in (where, _rule(found), _examples(found)) if part))
    return "; ".join(dict.fromkeys(clauses))


def _rule(found: pa.errors.SchemaError) -> str:
    check = found.check
    if check == "column_in_dataframe":
        return (
            f"lacks the column {found.failure_cases['failure_case'].iloc[0]}"
            if isinstance(found.failure_cases, pd.DataFrame)
            else f"lacks the column {found.failure_cases}"
        )
    text = getattr(check, "error", None) or (check if isinstance(check, str) else "")
    return str(text or str(found).splitlines()[0][:160])


def _examples(found: pa.errors.SchemaError) -> str:
    cases = found.failure_cases
    if not isinstance(cases, pd.DataFrame) or "index" not in cases or cases["index"].isna().all():
        return ""
    return f"({offenders(cases['index'].tolist())})"
