"""Scorers that couldn't be champion are refused when the profile is read."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from support.market import SETTINGS, selected, selection, settings
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.scorer_probe import POOLS, probed
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

HEAD = """
import numpy as np
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer


class Base(ConvictionScorer):
    def probabilities(self, scoring):
        return scoring.metrics.rank(pct=True)

    def conviction(self, probabilities, scoring):
        return probabilities.mean(axis=1).fillna(0.0)


class Mine(Base):
"""
UNFIT = {
    "negative": ("return -super().conviction(probabilities, scoring)", "finite and >= 0; others have .*probe of 12"),
    "unknown": ("return probabilities.mean(axis=1, skipna=False)", r"finite and >= 0; others have 3: PROBE02, "),
    "another index": ("return super().conviction(probabilities, scoring).reset_index(drop=True)", "indexed by symbol"),
    "one asset": ("p = probabilities; return (p - p.mean()).mean(axis=1) / p.std().mean()", "finite and >= 0"),
    "raises": ("raise KeyError('model')", "asked for a probe of 12 assets, it raised KeyError: 'model'"),
    "no series": ("return probabilities", "must answer one conviction per asset"),
}


def planned(body: str, folder: Path, further: str = "") -> None:
    (folder / "own_probe.py").write_text(
        f"{HEAD}    def conviction(self, probabilities, scoring):\n        {body}\n{further}"
    )
    entry = {"scorers.mine": {"kind": "own_probe:Mine", "role": "challenger"}}
    with project_on_path(folder):
        plan(resolved_settings(settings={**SETTINGS, **entry}).settings)


@pytest.mark.parametrize("what", UNFIT)
def test_a_challenger_that_could_not_be_champion_is_refused_by_name(what: str, tmp_path: Path) -> None:
    body, message = UNFIT[what]
    with pytest.raises(ConfigurationError, match=rf"^scorers\.mine\.kind 'own_probe:Mine'.*{message}"):
        planned(body, tmp_path)


def test_one_that_can_passes_though_it_spoils_what_it_is_given(tmp_path: Path) -> None:
    planned("scoring.metrics.iloc[:] = 0.0; return super().conviction(probabilities, scoring)", tmp_path)


def test_one_that_is_not_ready_is_not_asked_and_says_why_in_a_run(tmp_path: Path) -> None:
    later = "\n    def unready(self):\n        return 'train it first'\n"
    planned("raise KeyError('model')", tmp_path, later)
    entry = {"scorers.mine": {"kind": "own_probe:Mine", "role": "challenger"}}
    with pytest.raises(ConfigurationError, match=r"scorers\.mine\.kind .* can't answer yet: train it first"):
        selected(entry, project=tmp_path)


def test_the_pools_have_ties_unknown_values_and_declared_ranges() -> None:
    declared = selection().plan.declarations
    twelve, one = (probed(assets, settings().active_weights, {}, declared) for assets in POOLS)
    pd.testing.assert_series_equal(twelve.features.iloc[0], twelve.features.iloc[1], check_names=False)
    for name, each in declared.items():
        values = twelve.features[name]
        assert values.isna().any() == each.nullable, name
        assert values.dropna().between(each.low, each.high).all(), name
        assert values.notna().sum() >= len(values) - 2
    assert one.features.notna().all(axis=None)
    assert twelve.metrics.columns.tolist() == list(settings().active_weights)
    assert set(twelve.direction) == {"LONG", "SHORT"}
    again = probed(POOLS[0], settings().active_weights, {}, declared)
    np.testing.assert_array_equal(again.features, twelve.features)
