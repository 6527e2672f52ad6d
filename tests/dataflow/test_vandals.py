"""Nothing that a caller passes in, and no frame in a context, can be changed by a node: tried with nodes that try."""

from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest
from support.market import market, records, selected, selection
from tradingview_scraper.pipelines.selection.drivers.selection import Selection

HEAD = """
import contextlib
import numpy as np
import pandas as pd
from typing import Any
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, FactorBucketizer, Tables
from tradingview_scraper.pipelines.selection.dataflow.discovery.pool import Proposal
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings, SelectionSettings

def _smash(frame):
    with contextlib.suppress(ValueError, TypeError):
        frame.iloc[:, :] = 0.0
    for change in (
        lambda: frame.to_numpy().__setitem__(slice(None), 0.0),
        lambda: frame.iloc[:, 0].array.__setitem__(0, 0.0),
        lambda: frame.insert(0, "stranger", 1.0),
        lambda: frame.drop(index=frame.index[0], inplace=True),
    ):
        with contextlib.suppress(ValueError, TypeError):
            change()
"""

FACTORS = {
    "returns": "def vandal(returns: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n    _smash(returns)",
    "raw_pool": "def vandal(raw_pool: pd.DataFrame) -> pd.Series:\n    index = raw_pool.index\n"
    "    raw_pool['direction'] = 'SHORT'\n    raw_pool['identity'] = 'X'\n    raw_pool['tick_size'] = 0.0\n"
    "    return pd.Series(0.0, index=index)",
    "statistics": "def vandal(statistics: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n    _smash(statistics)",
    "close": "def vandal(close: pd.DataFrame, high: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n    _smash(close); _smash(high)",
    "all_returns": "def vandal(all_returns: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n    _smash(all_returns)",
    "wide_prices": "def vandal(wide_prices: dict[str, pd.DataFrame], raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    [_smash(frame) for frame in wide_prices.values()]; wide_prices.clear()",
    "market_returns": "def vandal(market_returns: dict[str, pd.DataFrame], raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    [_smash(frame) for frame in market_returns.values()]; market_returns.clear()",
    "momentum": "def vandal(momentum: pd.Series, raw_pool: pd.DataFrame) -> pd.Series:\n    momentum[:] = 0.0\n"
    "    with contextlib.suppress(ValueError):\n        momentum.array[0] = 5.0",
    "quarantine": "def vandal(quarantine: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n    _smash(quarantine)",
    "candidates": "def vandal(candidates: list[Proposal], raw_pool: pd.DataFrame) -> pd.Series:\n    candidates.clear()",
    "candidates_by_asset": "def vandal(candidates_by_asset: dict[str, list[Proposal]], raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    [found.clear() for found in candidates_by_asset.values()]; candidates_by_asset.clear()",
    "a candidate's own list": "def vandal(candidates: list[Proposal], raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    for found in candidates:\n        with contextlib.suppress(TypeError, AttributeError):\n            found.given['tags'].append('stranger')",
    "weights": "def vandal(weights: dict[str, float], raw_pool: pd.DataFrame) -> pd.Series:\n    weights['momentum'] = -9.0",
    "settings": "def vandal(settings: SelectionSettings, raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    with contextlib.suppress(TypeError):\n        settings.weights['momentum'] = -9.0",
    "data": "def vandal(data: DataSettings, raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    with contextlib.suppress(TypeError):\n        data.defaults['tick_size'] = -9.0",
    "tables": "def vandal(tables: Tables, clean_bars: pd.DataFrame, raw_pool: pd.DataFrame) -> pd.Series:\n"
    "    tables.bars['close'] = 1.0; tables.statistics['Regime_Survival_Score'] = 0.0",
}
END = "\n    return pd.Series(0.0, index=raw_pool.index)\n"


def tagged() -> list[dict[str, Any]]:
    return [{**record, "tags": ["own"]} for record in records()]


@cache
def untouched() -> Selection:
    return selected({"recruitment.floor": 70}, candidates=tagged())


def project(folder: Path, source: str) -> Path:
    (folder / "vandals.py").write_text(dedent(HEAD) + "\n" + source)
    (folder / "tvselect.toml").write_text("[base]\n")
    return folder


def same(run: Selection, *less: str) -> None:
    plain = untouched()
    for name in ("raw_pool", "returns", "clusters", "decisions", "standings", "winners"):
        pd.testing.assert_frame_equal(getattr(run.context, name), getattr(plain.context, name))
    pd.testing.assert_frame_equal(run.context.feature_store.drop(columns=list(less)), plain.context.feature_store)
    pd.testing.assert_series_equal(run.conviction, plain.conviction)
    assert run.context.atoms == plain.context.atoms
    assert run.winners == plain.winners
    assert run.manifest == plain.manifest
    assert run.coverage == plain.coverage
    assert [rung.winners for rung in run.rungs] == [rung.winners for rung in plain.rungs]
    assert len(run.rungs) == 4
    assert run.settings.weights == plain.settings.weights
    assert run.settings.data.defaults == plain.settings.data.defaults


@pytest.mark.parametrize("victim", FACTORS)
def test_a_factor_changes_nothing_but_its_column(tmp_path: Path, victim: str) -> None:
    source = FACTORS[victim] if "return pd.Series" in FACTORS[victim] else FACTORS[victim] + END
    given, bars, statistics = tagged(), market().bars.copy(), market().statistics.copy()
    run = selected(
        {"recruitment.floor": 70, "features.modules": ["vandals"]},
        project=project(tmp_path, source),
        candidates=given,
        bars=bars,
        statistics=statistics,
    )
    assert (run.context.feature_store["vandal"] == 0.0).all()
    assert given == tagged()
    pd.testing.assert_frame_equal(bars, market().bars)
    pd.testing.assert_frame_equal(statistics, market().statistics)
    same(run, "vandal")


SCORER = """
class Vandal(ConvictionScorer):
    def probabilities(self, scoring):
        answer = pd.DataFrame(0.5, index=scoring.metrics.index, columns=scoring.metrics.columns)
        index = scoring.metrics.index
        for change in (
            lambda: scoring.metrics.__setitem__("momentum", 0.0),
            lambda: scoring.fragility.__setitem__(slice(None), 1.0),
            lambda: scoring.universe.__setitem__(0, False),
            lambda: scoring.weights.__setitem__("momentum", -9.0),
            lambda: scoring.maps.__setitem__("momentum", "rank_desc"),
        ):
            with contextlib.suppress(ValueError, TypeError):
                change()
        return answer

    def conviction(self, probabilities, scoring):
        probabilities["momentum"] = 9.0
        return pd.Series(0.5, index=scoring.metrics.index)
"""


@pytest.mark.parametrize("name", ["a_vandal", "z_vandal"])
def test_a_challenger_changes_nothing_of_the_champion(tmp_path: Path, name: str) -> None:
    scorers: dict[str, Any] = dict.fromkeys(("log_mps", "rank_average"), {"enabled": False})
    scorers |= {
        name: {"kind": "vandals:Vandal", "role": "challenger"},
        "m_own": {"kind": "log_mps", "role": "champion"},
    }
    run = selected(
        {"recruitment.floor": 70, "scorers": scorers}, project=project(tmp_path, SCORER), candidates=tagged()
    )
    assert (run.context.inference_outputs[f"{name}.score"] == 0.5).all()
    same(run)
    for column in untouched().context.inference_outputs.filter(like="log_mps."):
        own = run.context.inference_outputs[column.replace("log_mps", "m_own")]
        pd.testing.assert_series_equal(own, untouched().context.inference_outputs[column], check_names=False)


BUCKETIZER = """
class Vandal(FactorBucketizer):
    def labels(self, distance):
        with contextlib.suppress(ValueError):
            distance[:] = 0.0
        return np.ones(len(distance), dtype=int)
"""


def test_a_bucketizer_changes_nothing_of_the_distance(tmp_path: Path) -> None:
    run = selected({"clusters.bucketizer": "vandals:Vandal"}, project=project(tmp_path, BUCKETIZER))
    assert (run.context.clusters["cluster"] == 1).all()
    pd.testing.assert_frame_equal(run.climb.values["distance"], selection().climb.values["distance"])
