"""v4 driven as the legacy orchestrator drives its engines."""

import copy
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from reference.universes import column_contiguous, factor_returns, full_candidate, spoil_candidates, symbol_names
from reference.v3_4 import answer
from support.answers import v4_answer
from support.environments import environment, install, own_wheel, run, wheel_of
from support.legacy import write_legacy
from support.market import SHARED
from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.migration.bridge import Engine, Response
from tradingview_scraper.pipelines.selection.drivers.migration.parity_report import Case, read_case
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

GOLDEN = SHARED / "reference" / "golden"
NAMES = ("plain_40", "dynamic_direction", "stage3_floor", "request_param_overrides", "real_perps_production")
THRESHOLDS = {"entropy_max", "efficiency_min", "hurst_rw_min", "hurst_rw_max", "eci_hurdle", "kappa_max", "shr_init"}
recorded = pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            name,
            marks=pytest.mark.skipif(not (GOLDEN / name).exists(), reason="the recordings of v3.4 are not here"),
        )
        for name in NAMES
    ],
)


@dataclass(frozen=True)
class Request:
    top_n: int = 2
    threshold: float = 0.5
    max_clusters: int = 25
    min_momentum_score: float = 0.0
    params: dict[str, Any] = field(default_factory=dict)


def snapshot(case: Case) -> tuple[Any, ...]:
    stats = None if case.statistics is None else case.statistics.copy()
    return case.returns.copy(), copy.deepcopy(case.candidates), stats, copy.deepcopy(case.settings)


def assert_unchanged(case: Case, before: tuple[Any, ...]) -> None:
    pd.testing.assert_frame_equal(case.returns, before[0], check_exact=True)
    assert case.candidates == before[1]
    assert [list(candidate) for candidate in case.candidates] == [list(candidate) for candidate in before[1]]
    assert case.settings == before[3]
    if case.statistics is not None:
        pd.testing.assert_frame_equal(case.statistics, before[2], check_exact=True)


def asked(engine: Engine, case: Case, **changed: Any) -> Response:
    request = Request(**{**case.settings["request"], **changed})
    return engine.select(case.returns, case.candidates, case.statistics, request, workspace=object())


@recorded
def test_under_the_profile_v3_4_it_answers_as_select_does(name: str) -> None:
    case = read_case(GOLDEN / name)
    before = snapshot(case)
    own = {key: case.settings[key] for key in ("features", "benchmark_symbols", "cluster_lookbacks")}

    found = asked(Engine("v3.4", incumbent=own), case)

    assert_unchanged(case, before)
    expected = v4_answer(case.returns, case.candidates, case.statistics, case.settings)
    assert found.winners == expected["winners"]
    assert {str(label): entry for label, entry in found.audit_clusters.items()} == expected["selected_by_cluster"]
    assert found.vetoes == expected["vetoes"]
    assert found.relaxation_stage == expected["relaxation_stage"]
    assert found.active_thresholds == expected["active_thresholds"]
    assert found.metrics == {name: expected[name] for name in ("alpha_scores", "raw_metrics", "kappa", "shrinkage")}
    assert asked(Engine("v3.4", incumbent=own, further=True), case).metrics["raw_features"] == expected["raw_features"]
    assert (found.spec_version, found.warnings) == ("4.0", [])
    for winner in found.winners:
        winner["direction"] = winner["tick_size"] = "spoilt"
    assert_unchanged(case, before)


@recorded
def test_by_default_it_answers_as_v4_does(name: str) -> None:
    case = read_case(GOLDEN / name)
    before = snapshot(case)

    found = asked(Engine(), case, params={})

    assert_unchanged(case, before)
    request = Request(**{**case.settings["request"], "params": {}})
    settings = {
        "recruitment.top_n": request.top_n,
        "clusters.threshold": request.threshold,
        "clusters.max_clusters": request.max_clusters,
        "gates.momentum.threshold": request.min_momentum_score,
    }
    expected = select(case.returns, case.candidates, case.statistics, settings=settings)
    assert found.winners == expected.portfolio_candidates
    assert found.relaxation_stage == expected.rungs[-1].number
    further = asked(Engine(further=True), case, params={})
    assert further.active_thresholds["entropy"] == found.active_thresholds["entropy_max"]
    assert further.active_thresholds.keys() > found.active_thresholds.keys() == THRESHOLDS
    assert further.metrics.keys() - found.metrics.keys() == {"eligible", "profile"}
    assert set(found.vetoes) == set(expected.context.standings.index[~expected.context.standings["eligible"]])
    assert found.metrics["alpha_scores"] == expected.conviction.to_dict()
    assert found.spec_version == Engine.spec_version == "4.0"
    json.dumps([found.winners, found.vetoes, found.active_thresholds])
    sent = {symbol for entry in found.audit_clusters.values() for symbol in entry["selected"]}
    assert sent <= {winner["symbol"] for winner in found.winners}
    for winner in found.winners:
        winner.clear()
    assert_unchanged(case, before)


@recorded
def test_the_request_may_be_of_any_kind(name: str) -> None:
    case = read_case(GOLDEN / name)
    fields = {**case.settings["request"], "params": {"relaxation_stage": 2}}
    requests = (fields, SimpleNamespace(**fields, strategy="trend"), Request(**fields))
    arguments = case.returns, case.candidates, case.statistics

    answers = [Engine().select(*arguments, request) for request in requests]

    assert answers[0] == answers[1] == answers[2]
    plain = Engine().select(case.returns, tuple(case.candidates), case.statistics, None)
    assert plain.spec_version == "4.0"


@recorded
def test_thresholds_of_a_request_count_and_what_v4_lacks_is_said(name: str) -> None:
    case = read_case(GOLDEN / name)
    params = {"entropy_max_threshold": 0.999, "hurst_random_walk_min": 0.48, "kappa_shrinkage_threshold": 9.0}

    found = asked(Engine(), case, params=params)

    assert found.active_thresholds["hurst_rw_min"] == 0.48
    assert found.active_thresholds["entropy_max"] in (0.999, 1.0)
    assert "v4 has no setting for the param kappa_shrinkage_threshold: ignored" in found.warnings
    assert any("the entropy ceiling 0.999 stops nobody" in warning for warning in found.warnings)


# A walk over windows with one list of dicts, as the orchestrator's backtest has it

WINDOWS, STEP = 16, 12


def walk(seed: int) -> tuple[pd.DataFrame, list[dict[str, Any]], dict[str, Any]]:
    """Returns with trends that turn, candidates of both directions, and v3.4's own settings."""
    rng = np.random.default_rng(seed)
    symbols = symbol_names(rng, 18, "mixed")
    days = 120 + WINDOWS * STEP
    trends = np.sin(np.arange(days)[:, None] / 25 + rng.uniform(0, 6, 18)) * 0.01
    values = factor_returns(rng, days, 18, trends=False) + trends
    candidates = spoil_candidates(
        rng,
        [full_candidate(rng, symbol) for symbol in symbols],
        frozenset({"shorts", "direction_absent", "identity_shared", "value_traded_large"}),
    )
    candidates.append({**candidates[0], "adx": 1.0})  # a second record of one symbol
    features = {"feat_dynamic_direction": True, "feat_predictability_vetoes": True, "entropy_max_threshold": 0.97}
    own = {"features": features, "benchmark_symbols": ["AMEX:SPY", symbols[1]], "cluster_lookbacks": [60, 120, 200]}
    return column_contiguous(values, pd.date_range("2022-01-03", periods=days), symbols), candidates, own


@pytest.mark.parametrize("seed", [1, 2])
def test_a_walk_over_windows_with_reused_dicts_is_v3_4s(seed: int) -> None:
    returns, theirs, own = walk(seed)
    mine = copy.deepcopy(theirs)
    untouched, before = copy.deepcopy(theirs), copy.deepcopy(theirs)
    request = {"top_n": 2, "threshold": 0.7, "min_momentum_score": -0.01}
    carrying, plain = Engine("v3.4", incumbent=own, carry_direction=True), Engine("v3.4", incumbent=own)
    turned = unlike = 0
    for number in range(WINDOWS):
        window = returns.iloc[number * STEP : number * STEP + 120]
        expected = answer(window, theirs, None, {**own, "request": request}, in_place=True)
        found = carrying.select(window, mine, None, request)
        assert found.winners == expected["winners"], number
        assert found.audit_clusters == {int(label): each for label, each in expected["selected_by_cluster"].items()}
        assert (found.vetoes, found.relaxation_stage) == (expected["vetoes"], expected["relaxation_stage"])
        assert mine == theirs, number
        turned += mine != before
        before = copy.deepcopy(mine)
        unlike += plain.select(window, untouched, None, request).winners != found.winners
    assert turned > WINDOWS / 2
    assert unlike
    assert untouched == walk(seed)[1]


def test_what_is_asked_may_be_one_mapping() -> None:
    returns, candidates, own = walk(3)
    engine = Engine("v3.4", incumbent=own)
    params = {"entropy_max_threshold": 0.9}
    expected = engine.select(returns, candidates, None, {"top_n": 3, "threshold": 0.9, "params": params})
    assert engine.run_with_data(returns, candidates, {"top_n": 3, "threshold": 0.9, **params}) == expected
    assert engine.run_with_data(returns, candidates, {"top_n": 3, "threshold": 0.9, "params": params}) == expected
    assert engine.run_with_data(returns, candidates) == engine.select(returns, candidates, None, None)


def test_what_it_cannot_use_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"`carry_direction` belong to the profile v3\.4"):
        Engine("v4", carry_direction=True)
    with pytest.raises(ConfigurationError, match=r"belong to the profile v3\.4"):
        Engine("v4", incumbent={"features": {}})
    with pytest.raises(ConfigurationError, match="there is no profile"):
        Engine("v9").select(pd.DataFrame({"A": [0.1]}), [], None, None)
    with pytest.raises(DataContractError):
        Engine().select(pd.DataFrame(), [], None, Request())
    assert (Engine().name, Engine("v3.4").name) == ("v4", "v4:v3.4")


# Beside the legacy package

ORCHESTRATOR = """
import json, sys
import pandas as pd
import tradingview_scraper
from tradingview_scraper.selection_engines import SelectionRequest, build_selection_engine
from tradingview_scraper.pipelines.selection.drivers.migration.bridge import Engine

assert tradingview_scraper.LEGACY
candidates = [
    {"symbol": f"OKX:A{n}USDT", "identity": f"A{n}", "value_traded": 1e9, "tick_size": 1, "lot_size": 1, "price_precision": 1}
    for n in range(8)
]
rows = [[((n * 7 + day * 13) % 11 - 5) / 500 + n / 2000 for n in range(8)] for day in range(200)]
symbols = [candidate["symbol"] for candidate in candidates]
returns = pd.DataFrame(rows, pd.date_range("2024-01-01", periods=200), symbols)
answers = [
    engine.select(returns, candidates, None, SelectionRequest(top_n=3)) for engine in (Engine(), Engine("v3.4"))
]
print(json.dumps([[answer.spec_version, [w["symbol"] for w in answer.winners]] for answer in answers]))
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("wheels")
    legacy = write_legacy(folder / "legacy")
    return {"own": own_wheel(folder / "own"), "legacy": wheel_of(legacy, folder / "2")}


@pytest.mark.slow
@pytest.mark.parametrize("order", [("own", "legacy"), ("legacy", "own")])
def test_it_works_beside_the_legacy_package(wheels: dict[str, Path], tmp_path: Path, order: tuple[str, str]) -> None:
    python = environment(tmp_path / "env")
    for name in order:
        install(python, wheels[name])

    answers = json.loads(run(python, "-I", "-c", ORCHESTRATOR))

    assert [version for version, _ in answers] == ["4.0", "4.0"]
    assert all(winners for _, winners in answers)


@pytest.mark.slow
def test_beside_a_checkout_one_line_opens_the_namespace(wheels: dict[str, Path], tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    install(python, wheels["own"])
    hidden = write_legacy(tmp_path / "hidden")
    line = '__path__ = __import__("pkgutil").extend_path(__path__, __name__)'
    opened = write_legacy(tmp_path / "opened", line)
    # As the legacy package has it: a `pipelines/selection` of its own.
    own = opened / "tradingview_scraper" / "pipelines" / "selection"
    own.mkdir(parents=True)
    for package in (own, own.parent):
        (package / "__init__.py").write_text(f"{line}\n", encoding="utf-8")
    assert line in (ROOT / "docs" / "parity.md").read_text(encoding="utf-8")

    def orchestrated(checkout: Path) -> subprocess.CompletedProcess[str]:
        code = f"import sys; sys.path.insert(0, {str(checkout)!r})\n{ORCHESTRATOR}"
        return subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=False)

    assert "No module named 'tradingview_scraper.pipelines'" in orchestrated(hidden).stderr
    done = orchestrated(opened)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0][0] == "4.0"
