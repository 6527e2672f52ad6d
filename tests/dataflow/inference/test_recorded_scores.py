"""Log-MPS under the default profile, on the metrics that v3.4 recorded: the recorded scores."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reference.ulp import ulp_distance
from support.paths import GOLDEN
from tradingview_scraper.pipelines.selection.drivers.execution.plan import built_driver, inputs, plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import METRICS, incumbent_settings

CASES = sorted(path.parent for path in GOLDEN.glob("*/expected.json"))


@pytest.mark.skipif(not CASES, reason="the recordings (../shared/reference/golden) are absent")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded_metrics_give_the_recorded_scores(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text())
    if "error" in expected:
        pytest.skip("v3.4 has no answer here")
    metrics = pd.DataFrame({name: expected["raw_metrics"][name] for name in METRICS}, dtype=np.float64)
    settings = json.loads((case / "settings.json").read_text())
    weights = {"weights": {"adx": 1.0, **incumbent_settings(settings).get("weights", {})}}
    ready = plan(resolved_settings("v4", settings={**weights, "compat.summation": "column"}).settings)
    overrides = {name: metrics[name] for name in metrics} | {
        "fragility": recorded_fragility(case, metrics.index),
        "raw_pool": pd.DataFrame(index=metrics.index),
        "scoring_universe_mask": pd.Series(True, index=metrics.index),
    }
    outputs = built_driver(ready).execute(
        ["inference_outputs"], inputs=inputs(ready, ready.settings.rungs()[0]), overrides=overrides
    )
    alpha = outputs["inference_outputs"]["alpha_score"]
    for symbol, recorded in expected["alpha_scores"].items():
        # Where this processor's log and exp are the recording's the distance is 0; else it is theirs: an ulp of ln(alpha).
        bound = 0 if same_log_and_exp() else 4 * max(1, math.ceil(abs(math.log(recorded))))
        assert ulp_distance(alpha[symbol], recorded) <= bound, symbol


def recorded_fragility(case: Path, symbols: pd.Index) -> pd.Series:
    path = case / "stats.parquet"
    if not path.exists() or "Fragility_Score" not in (stats := pd.read_parquet(path)):
        return pd.Series(0.0, index=symbols)
    known = stats["Fragility_Score"].reindex(symbols)
    return known.where(symbols.isin(stats.index), 0.0)


def same_log_and_exp() -> bool:
    """Whether NumPy's log and exp run on the recording's code path (AVX2): AVX-512 differs in last bits."""
    from numpy._core._multiarray_umath import __cpu_features__ as features

    return bool(features["AVX2"]) and not features.get("X86_V4", features.get("AVX512_SKX", False))
