"""A factor that breaks a promise is named with what it breaks; those that keep them pass."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.testing import check_factor
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

HEAD = """
import numpy as np
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.features import factor

KEPT = {}

@factor(DECLARED)
def own(returns: pd.DataFrame) -> pd.Series:
    \"\"\"Of the test.\"\"\"
"""
KEEPING = {
    "a share": ("low=0.0, high=1.0", "return returns.gt(0).sum() / len(returns)"),
    "a rank": ("low=0.0, high=1.0", "return returns.mean().rank(pct=True)"),
    "an excess": ("", "return returns.sum() - returns.sum().median()"),
    "a count, never unknown": ("nullable=False", "return returns.notna().sum()"),
}
BREAKING = {
    "leaves its range": ("high=1.0", "return returns.sum() + 0.9", "leaves its declared range"),
    "unknown though it may not be": ("nullable=False", "return returns.mean()", "own"),
    "infinite": ("", "return returns.mean() / returns.std().round(9)", "infinite"),
    "by place": ("", "return pd.Series(np.arange(len(returns.columns)), index=returns.columns)", "order of the assets"),
    "by chance": ("", "return pd.Series(np.random.rand(len(returns.columns)), index=returns.columns)", "asked again"),
    "of what it saw before": (
        "",
        "KEPT['last'] = max(KEPT.get('last', returns.index[-1]), returns.index[-1]); "
        "return returns.count() * 0 + (KEPT['last'] - returns.index[0]).days",
        "after the as-of date",
    ),
    "too few answers": ("", "return returns.mean().iloc[1:]", "one value an asset|values for"),
    "texts": ("", "return returns.mean().astype(str)", "numbers"),
    "that divides by what may be 0": ("", "return returns.sum() // int(len(returns) - 2)", "ZeroDivisionError|own"),
}


def project(folder: Path, declared: str, body: str) -> Path:
    (folder / "own_factors.py").write_text(HEAD.replace("DECLARED", declared) + f"    {body}\n")
    (folder / "tvselect.toml").write_text('[profile.v4.features]\nmodules = ["own_factors"]\n')
    return folder


@pytest.mark.parametrize("what", KEEPING)
def test_a_factor_that_keeps_its_promises_passes(what: str, tmp_path: Path) -> None:
    check_factor("own", project(tmp_path, *KEEPING[what]), examples=8)


@pytest.mark.parametrize("what", BREAKING)
def test_what_a_factor_breaks_is_said(what: str, tmp_path: Path) -> None:
    declared, body, said = BREAKING[what]
    with pytest.raises(AssertionError, match=said):
        check_factor("own", project(tmp_path, declared, body), examples=25)


def test_a_factor_that_no_module_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="has no factor 'other'"):
        check_factor("other", project(tmp_path, "", "return returns.mean()"))
