"""What counts as a factor, and what is refused by name."""

import math
from types import ModuleType

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.dataflow.features import calendar
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import (
    Declaration,
    declared_factors,
    factor,
    intermediate,
    public_functions,
)
from tradingview_scraper.pipelines.selection.dataflow.features.factors import BUILT_IN
from tradingview_scraper.pipelines.selection.schemas.errors import FactorError


def module(source: str) -> ModuleType:
    made = ModuleType("own_factors")
    made.__dict__.update(pd=pd, factor=factor, intermediate=intermediate)
    exec(compile(source, "own_factors.py", "exec"), made.__dict__)
    return made


def test_factors_come_in_the_order_of_the_source_with_their_metadata() -> None:
    own = module(
        "@factor(low=0, high=2, nullable=False, probability='cdf')\ndef zeta(returns: pd.DataFrame) -> pd.Series: ...\n"
        "def alpha(returns: pd.DataFrame) -> pd.Series: ...\n"
        "@intermediate\ndef shared(returns: pd.DataFrame) -> pd.DataFrame: ...\n"
        "def _helper(x): ...\n"
    )
    found = declared_factors(own)
    assert list(found) == ["zeta", "alpha"]
    assert found["zeta"] == Declaration(0, 2, nullable=False, probability="cdf")
    assert found["alpha"] == Declaration(-math.inf, math.inf, nullable=True, probability="rank")
    assert [name for name, _ in public_functions(own)] == ["zeta", "alpha", "shared"]


def test_what_a_module_imports_is_not_its_own() -> None:
    assert "factor" not in declared_factors(module("def alpha() -> pd.Series: ..."))


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        ("", "no return annotation"),
        (" -> pd.DataFrame", "returns DataFrame"),
        (" -> float", "returns float"),
        (" -> 'Nowhere'", "can't be resolved"),
    ],
)
def test_what_returns_no_series_is_refused_by_name_and_place(annotation: str, message: str) -> None:
    with pytest.raises(FactorError, match=rf"`alpha` \(own_factors, line 2\).*{message}") as caught:
        declared_factors(module(f"\ndef alpha(returns: pd.DataFrame){annotation}: ..."))
    assert caught.value.exit_code == 2


def test_every_built_in_factor_has_a_docstring_and_a_name_of_its_own() -> None:
    names: list[str] = []
    for built_in in BUILT_IN:
        functions = dict(public_functions(built_in))
        names += declared_factors(built_in)
        assert all(functions[name].__doc__ for name in declared_factors(built_in))
    assert len(names) == len(set(names)) >= 25
    assert declared_factors(calendar) == {}
