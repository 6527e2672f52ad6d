"""Nothing that a caller passes in, and no frame in a context, can be changed by a node: tried with nodes that try."""

from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pandas as pd
import pytest

from support.market import market, records, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection

HEAD = """
import contextlib
import numpy as np
import pandas as pd
from typing import Any
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, FactorBucketizer, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import Proposal
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings, SelectionSettings

def _try(attack):
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        attack()

def _poke(series):
    _try(lambda: series.array.__setitem__(0, 5.0))
    _try(lambda: series.to_numpy().__setitem__(0, 5.0))

def _smash(frame):
    _try(lambda: frame.iloc.__setitem__((slice(None), slice(None)), 0.0))
    _try(lambda: _poke(frame.iloc[:, 0]))
    _try(lambda: frame.insert(0, "stranger", 1.0))
    _try(lambda: frame.drop(index=frame.index[0], inplace=True))

def _smash_all(frames):
    for frame in frames.values():
        _smash(frame)
    frames.clear()
"""

# What is attacked -> the factor's arguments and the body of the attack.
FACTORS = {
    "returns": ("returns: pd.DataFrame", "_smash(returns)"),
    "raw_pool": ("returns: pd.DataFrame", "raw_pool['direction'] = 'SHORT'; raw_pool['tick_size'] = 0.0"),
    "statistics": ("statistics: pd.DataFrame", "_smash(statistics)"),
    "close": ("close: pd.DataFrame, high: pd.DataFrame", "_smash(close); _smash(high)"),
    "all_returns": ("all_returns: pd.DataFrame", "_smash(all_returns)"),
    "wide_prices": ("wide_prices: dict[str, pd.DataFrame]", "_smash_all(wide_prices)"),
    "market_returns": ("market_returns: dict[str, pd.DataFrame]", "_smash_all(market_returns)"),
    "momentum": ("momentum: pd.Series", "momentum[:] = 0.0; _poke(momentum)"),
    "quarantine": ("quarantine: pd.DataFrame", "_smash(quarantine)"),
    "candidates": ("candidates: list[Proposal]", "candidates.clear()"),
    "candidates_by_asset": (
        "candidates_by_asset: dict[str, list[Proposal]]",
        "[found.clear() for found in candidates_by_asset.values()]; candidates_by_asset.clear()",
    ),
    "a candidate's own list": (
        "candidates: list[Proposal]",
        "[_try(lambda: found.given['tags'].append('stranger')) for found in candidates]",
    ),
    "weights": ("weights: dict[str, dict[str, float]]", "weights['log_mps']['momentum'] = -9.0"),
    "settings": ("settings: SelectionSettings", "_try(lambda: settings.weights.__setitem__('momentum', -9.0))"),
    "data": ("data: DataSettings", "_try(lambda: data.defaults.__setitem__('tick_size', -9.0))"),
    "tables": ("tables: Tables, clean_bars: pd.DataFrame", "_smash(tables.statistics); tables.bars['close'] = 1.0"),
}
FACTOR = """
def vandal({arguments}, raw_pool: pd.DataFrame) -> pd.Series:
    index = raw_pool.index
    {attack}
    return pd.Series(0.0, index=index)
"""


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
    assert run.portfolio_candidates == plain.portfolio_candidates
    assert run.manifest == plain.manifest
    assert run.coverage == plain.coverage
    assert [rung.winners for rung in run.rungs] == [rung.winners for rung in plain.rungs]
    assert len(run.rungs) == 4
    assert run.settings.weights == plain.settings.weights
    assert run.settings.data.defaults == plain.settings.data.defaults


@pytest.mark.parametrize("victim", FACTORS)
def test_a_factor_changes_nothing_but_its_column(tmp_path: Path, victim: str) -> None:
    arguments, attack = FACTORS[victim]
    source = FACTOR.format(arguments=arguments, attack=attack)
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
    scorers: dict[str, Any] = {key: {"enabled": False} for key in ("log_mps", "rank_average")}
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
    pd.testing.assert_frame_equal(run.distance.frame(), selection().distance.frame())
