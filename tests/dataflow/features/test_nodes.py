"""A user's factor lands in the store, or is refused by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import candidates, returns
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, SelectionError

HEAD = (
    "import pandas as pd\nfrom tradingview_scraper.pipelines.selection.dataflow.features import factor, intermediate\n"
)
SIGNED = "def own(returns: pd.DataFrame) -> pd.Series:\n    "


def run(folder: Path, source: str, **settings: Any) -> Selection:
    (folder / "own_factors.py").write_text(HEAD + source)
    frame = returns().iloc[-120:, :16]
    return select(
        frame, candidates(frame.columns), project=folder, settings={"features.modules": ["own_factors"], **settings}
    )


def test_one_function_is_one_column(tmp_path: Path) -> None:
    found = run(tmp_path, SIGNED + "return returns.iloc[-1].rename('x')")
    column = found.context.feature_store["own"]
    np.testing.assert_array_equal(column, found.context.returns.iloc[-1])
    assert not any(name.endswith("p_own") for name in found.context.inference_outputs)


def test_one_weight_scores_it(tmp_path: Path) -> None:
    source = SIGNED + "return returns.iloc[-1]"
    found, plain = run(tmp_path, source, **{"weights.own": 0.5}), run(tmp_path, source)
    p = found.context.inference_outputs["log_mps.p_own"]
    np.testing.assert_allclose(found.conviction / plain.conviction, np.sqrt(p), rtol=1e-9)
    assert p.idxmax() == found.context.feature_store["own"].idxmax()


def test_parameters_come_from_the_profile(tmp_path: Path) -> None:
    source = "def own(returns: pd.DataFrame, span: int) -> pd.Series:\n    return returns.iloc[-span:].sum()"
    found = run(tmp_path, source, **{"features.parameters": {"span": 7}})
    np.testing.assert_allclose(found.context.feature_store["own"], found.context.returns.iloc[-7:].sum())


def test_another_order_of_assets_is_put_right(tmp_path: Path) -> None:
    found = run(tmp_path, SIGNED + "return returns.iloc[-1].iloc[::-1]")
    np.testing.assert_array_equal(found.context.feature_store["own"], found.context.returns.iloc[-1])


@pytest.mark.parametrize("dtype", ["int64", "float32", "bool", "Float64"])
def test_numbers_of_any_type_become_float64(tmp_path: Path, dtype: str) -> None:
    found = run(tmp_path, SIGNED + f"return (returns.iloc[-1].fillna(0) > 0).astype('{dtype}')")
    assert found.context.feature_store["own"].dtype == np.float64


REFUSED = {
    "a frame": (SIGNED + "return returns", "own", "DataFrame"),
    "a number": (SIGNED + "return 1.0", "own", "float"),
    "words": (SIGNED + "return returns.iloc[-1].astype(str)", "own", "numbers"),
    "too few": (SIGNED + "return returns.iloc[-1].iloc[:-1]", "own", "15 values for 16"),
    "other assets": (SIGNED + "return returns.iloc[-1].rename(lambda name: name + 'X')", "own", "symbol"),
    "days": (SIGNED + "return returns.mean(axis=1)", "own", "120 values for 16"),
    "out of range": ("@factor(low=0.0, high=0.001)\n" + SIGNED + "return returns.iloc[-1] + 1", "own", "[0, 0.001]"),
    "infinite": (SIGNED + "return returns.iloc[-1] * float('inf')", "own", "infinite"),
    "null": ("@factor(nullable=False)\n" + SIGNED + "return returns.iloc[-1] * float('nan')", "own", "null"),
    "an exception": (SIGNED + "return 1 / 0", "own", "ZeroDivisionError"),
    "a taken name": ("def momentum(returns: pd.DataFrame) -> pd.Series: ...", "momentum", "taken"),
    "an input's name": ("def weights(returns: pd.DataFrame) -> pd.Series: ...", "weights", "taken"),
    "a column's name": ("def direction(returns: pd.DataFrame) -> pd.Series: ...", "direction", "taken"),
    "a wrong return type": ("def own(returns: pd.DataFrame) -> float: ...", "own", "float"),
    "a later stage": (
        "def own(inference_outputs: pd.DataFrame, winners: pd.DataFrame) -> pd.Series: ...",
        "own",
        "run only once",
    ),
    "an unknown argument": ("def own(charm: pd.Series) -> pd.Series: ...", "own", "charm"),
    "a wrong argument type": ("def own(returns: pd.Series) -> pd.Series: ...", "own", "returns"),
    "no Python": ("def own(", "own_factors", "SyntaxError"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_factor_is_refused_by_name(tmp_path: Path, case: str) -> None:
    source, *named = REFUSED[case]
    with pytest.raises(SelectionError) as caught:
        run(tmp_path, source)
    message = str(caught.value)
    assert all(part in message for part in named), message
    assert len(message) < 600
    assert caught.value.exit_code == (3 if isinstance(caught.value, DataContractError) else 2)


def test_the_store_holds_real_numbers_in_the_pools_order() -> None:
    frame = returns().iloc[-120:, :16]
    store = select(frame, candidates(frame.columns)).context.feature_store
    assert store.index.equals(pd.Index(frame.columns))
    assert (store.dtypes == np.float64).all()
