"""How a factor is declared: one function whose name is the column, with its metadata beside it.

`@factor(...)` states range, nullability, probability map and window; `declared_factors` reads a module's factors and refuses
whatever isn't one. A public function without the decorator that returns a Series is a factor without bounds; a
node that other factors share and that isn't one is marked `@intermediate`.
"""

import inspect
import math
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal, TypeVar

import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.schemas.errors import FactorError
from tradingview_scraper.pipelines.selection.schemas.frozen import Immutable

ProbabilityMap = Literal["rank", "rank_desc", "cdf"]
Function = TypeVar("Function", bound=Callable[..., Any])
_DECLARATION = "__tvselect_factor__"
_INTERMEDIATE = "__tvselect_intermediate__"


@dataclass(frozen=True)
class Declaration(Immutable):
    """What a factor promises of its values, and how a score reads them."""

    low: float = -math.inf
    high: float = math.inf
    nullable: bool = True
    probability: ProbabilityMap = "rank"
    window: int | str | None = None
    """Days of its market before which nothing counts: a number, or the setting that has it; None: the whole lookback does."""


def factor(
    *,
    low: float = -math.inf,
    high: float = math.inf,
    nullable: bool = True,
    probability: ProbabilityMap = "rank",
    window: int | str | None = None,
) -> Callable[[Function], Function]:
    """Declare a factor: values in [low, high], NaN only if `nullable`, mapped to a probability as named.

    A factor that looks at the last days only says how many: `window=20`, or the name of the setting or the parameter of
    features that has the number. `tvselect certify` holds it to that.
    """
    declaration = Declaration(low, high, nullable, probability, window)

    def declared(function: Function) -> Function:
        setattr(function, _DECLARATION, declaration)
        bounds = f"[{low:g}, {high:g}]"
        return tag(kind="factor", range=bounds, nullable=str(nullable).lower(), probability=probability)(function)

    return declared


def intermediate(function: Function) -> Function:
    """Mark a node that factors share and that is no factor itself."""
    setattr(function, _INTERMEDIATE, True)
    return function


def declared_factors(module: ModuleType) -> dict[str, Declaration]:
    """The factors that a module defines, by name, in the order of the source.

    Raises `FactorError` naming the function where a public one is neither a factor nor marked `@intermediate`, or
    where a factor isn't annotated to return a Series.
    """
    found: dict[str, Declaration] = {}
    for name, function in public_functions(module):
        if hasattr(function, _INTERMEDIATE):
            continue
        answer = _return_type(function)
        if answer is not pd.Series:
            stated = "has no return annotation" if answer is None else f"returns {getattr(answer, '__name__', answer)}"
            raise FactorError(
                f"features: {where(function)} {stated}: a factor returns pandas.Series, one value an asset "
                "(mark the function @intermediate if it is none, or begin its name with _)"
            )
        found[name] = getattr(function, _DECLARATION, Declaration())
    return found


def public_functions(module: ModuleType) -> Sequence[tuple[str, Callable[..., Any]]]:
    """The public functions that a module itself defines, in the order of the source."""
    own = [
        (name, function)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]
    return sorted(own, key=lambda item: (item[1].__code__.co_firstlineno, item[0]))


def where(function: Callable[..., Any]) -> str:
    """A function's name and place, as an error message names it."""
    module = function.__module__
    return f"`{function.__name__}` ({module}, line {function.__code__.co_firstlineno})"


def _return_type(function: Callable[..., Any]) -> Any:
    try:
        return typing.get_type_hints(function).get("return")
    except NameError as error:
        raise FactorError(f"features: {where(function)} has an annotation that can't be resolved: {error}") from None
