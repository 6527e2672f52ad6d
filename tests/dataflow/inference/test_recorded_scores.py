"""Log-MPS under the default profile, on the metrics that v3.4 recorded: the recorded scores."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reference.ulp import ulp_distance
from support.paths import GOLDEN
from tradingview_scraper.pipelines.selection.drivers.execution.graph import built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.plan import inputs, plan
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import METRICS, incumbent_settings
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

ABSENT = "the recordings of v3.4 are not beside this checkout"


def recordings() -> dict[Path, dict[str, Any]]:
    """Each recording's folder to v3.4's answer."""
    return {path.parent: json.loads(path.read_text("utf-8")) for path in sorted(GOLDEN.glob("*/expected.json"))}


ANSWERED = [case for case, expected in recordings().items() if "error" not in expected]
UNANSWERED = [case for case, expected in recordings().items() if "error" in expected]


@pytest.mark.skipif(not ANSWERED, reason=ABSENT)
@pytest.mark.parametrize("case", ANSWERED, ids=lambda case: case.name)
def test_recorded_metrics_give_the_recorded_scores(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text())
    metrics = pd.DataFrame({name: expected["raw_metrics"][name] for name in METRICS}, dtype=np.float64)
    settings = json.loads((case / "settings.json").read_text())
    own = resolved_settings("v3.4").settings
    weights = {**own.weights, **incumbent_settings(settings).get("weights", {})}
    same = {"weights": weights, "probabilities": dict(own.probabilities), "compat.summation": "column"}
    ready = plan(resolved_settings("v4", settings=same).settings)
    overrides = {name: metrics[name] for name in metrics} | {
        "fragility": recorded_fragility(case, metrics.index),
        "raw_pool": pd.DataFrame({"direction": "LONG"}, index=metrics.index),
        "feature_store": metrics,
        "last_session": None,
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


@pytest.mark.skipif(not UNANSWERED, reason=ABSENT)
@pytest.mark.parametrize("case", UNANSWERED, ids=lambda case: case.name)
def test_what_v3_4_could_not_score_is_scored_and_has_no_winners(case: Path) -> None:
    """v3.4 failed on so few days."""
    returns = pd.read_parquet(case / "returns.parquet")
    candidates = json.loads((case / "candidates.json").read_text("utf-8"))
    run = select(returns, candidates)
    assert np.isfinite(run.conviction).all()
    assert run.winners.empty
    with pytest.raises(DataContractError, match=r"none of \d assets has 10 returns"):
        select(returns, candidates, profile="v3.4")


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
