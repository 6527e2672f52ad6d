"""The reference against the recorded answers of the engine that it stands for.

What is discrete is compared exactly. Floats are compared bit for bit; where this machine computes logarithms,
exponentials or least squares with other last bits than the machine of the recordings, what depends on those is allowed
the few ulp that such a difference makes.
"""

import builtins
import contextlib
import copy
import hashlib
import itertools
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from reference.ulp import ulp_distance
from reference.universes import Universe, universes
from reference.v3_4 import METRICS, answer, ordinal_pattern
from support.answers import known
from support.paths import DIRTY, GOLDEN

CASES = [path.parent for folder in (GOLDEN, DIRTY) for path in sorted(folder.glob("*/expected.json"))]

HURST_ULP = 16
SCORE_ULP = 4
KAPPA_TOLERANCE = 1e-9

LOG_BITS = "17bc72f5f613c2cf"
EXP_BITS = "8ac9b13a22e85976"
FIT_BITS = "502ba80b26b968cb"

Case = tuple[pd.DataFrame, list[dict[str, Any]], pd.DataFrame | None, dict[str, Any]]

recorded = pytest.mark.parametrize(
    "folder",
    CASES or [pytest.param(None, marks=pytest.mark.skip(reason="the recordings of v3.4 are not beside this checkout"))],
    ids=lambda folder: folder and folder.name,
)


def fingerprint(values: np.ndarray) -> str:
    return hashlib.sha256(values.tobytes()).hexdigest()[: len(LOG_BITS)]


@cache
def elementary_functions_agree() -> bool:
    """Whether log and exp give here the bits that they gave where the answers were recorded."""
    logs = fingerprint(np.log(np.linspace(1e-9, 1.0, 20001)))
    return logs == LOG_BITS and fingerprint(np.exp(np.linspace(-40.0, 1.0, 20001))) == EXP_BITS


@cache
def least_squares_agree() -> bool:
    """Whether polyfit, with the logarithms that it is given, does."""
    slopes = [
        np.polyfit(np.log(2.0 ** np.arange(3, 3 + count)), np.log(1.0 + np.arange(1, count + 1) * step / 64), 1)[0]
        for count in range(2, 8)
        for step in range(1, 65)
    ]
    return elementary_functions_agree() and fingerprint(np.array(slopes)) == FIT_BITS


def read_case(folder: Path) -> Case:
    stats = folder / "stats.parquet"
    return (
        pd.read_parquet(folder / "returns.parquet"),
        json.loads((folder / "candidates.json").read_text(encoding="utf-8")),
        pd.read_parquet(stats) if stats.exists() else None,
        json.loads((folder / "settings.json").read_text(encoding="utf-8")),
    )


def read_expected(folder: Path) -> dict[str, Any]:
    return known(json.loads((folder / "expected.json").read_text(encoding="utf-8")))


def number(value: float | None) -> float:
    """Read None as NaN, which JSON has no word for."""
    return math.nan if value is None else value


def score_bound(score: float | None) -> float:
    """Allow ulps of the logarithm of the score: exp turns its absolute error into a relative one."""
    if elementary_functions_agree() or not score or math.isinf(score):
        return 0
    return SCORE_ULP * float(np.spacing(max(1.0, abs(math.log(score))))) / float(np.spacing(1.0))


def assert_same_keys(actual: dict[str, Any], expected: dict[str, Any], what: str) -> None:
    assert actual.keys() == expected.keys(), f"{what}: {sorted(actual.keys() ^ expected.keys())}"


def assert_within(actual: float | None, expected: float | None, bound: float, what: str) -> None:
    distance = ulp_distance(number(actual), number(expected))
    assert distance <= bound, f"{what}: got {actual!r}, recorded {expected!r}, {distance} ulp apart, allowed {bound}"


def assert_winners(actual: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Compare the winners in order, those of equal score as sets."""
    assert len(actual) == len(expected)
    mine = {winner["symbol"]: winner for winner in actual}
    position = 0
    for score, run in itertools.groupby(expected, key=lambda winner: winner["alpha_score"]):
        tied = list(run)
        symbols = [winner["symbol"] for winner in actual[position : position + len(tied)]]
        assert sorted(symbols) == sorted(winner["symbol"] for winner in tied)
        for winner in tied:
            got = mine[winner["symbol"]]
            assert_within(got["alpha_score"], score, score_bound(score), f"alpha_score of {winner['symbol']}")
            assert {**got, "alpha_score": score} == winner
        position += len(tied)


def by_members(
    selected: dict[str, dict[str, Any]], labels: dict[str, int]
) -> list[tuple[frozenset[str], dict[str, Any]]]:
    """Name each cluster by its members, for labels may be renumbered; keep the order of the clusters."""
    members = {
        label: frozenset(symbol for symbol, own in labels.items() if str(own) == label)
        for label in {str(label) for label in labels.values()}
    }
    return [(members[label], entry) for label, entry in selected.items()]


def assert_stage(actual: dict[str, Any], expected: dict[str, Any], labels: dict[str, int], own: dict[str, int]) -> None:
    assert actual["relaxation_stage"] == expected["relaxation_stage"]
    assert actual["active_thresholds"] == expected["active_thresholds"]
    assert actual["vetoes"] == expected["vetoes"]
    assert by_members(actual["selected_by_cluster"], own) == by_members(expected["selected_by_cluster"], labels)
    assert_winners(actual["winners"], expected["winners"])


@recorded
def test_the_recorded_answer_is_reproduced(folder: Path) -> None:
    expected = read_expected(folder)
    if "error" in expected:
        kind, _, _ = expected["error"].partition(":")
        with pytest.raises(getattr(builtins, kind)):
            answer(*read_case(folder))
        return
    actual = known(answer(*read_case(folder)))
    assert_same_keys(actual, expected, "the answer")

    assert_same_keys(actual["raw_features"], expected["raw_features"], "raw_features")
    hurst_bound = 0 if least_squares_agree() else HURST_ULP
    for symbol, features in expected["raw_features"].items():
        assert_same_keys(actual["raw_features"][symbol], features, symbol)
        for feature, value in features.items():
            bound = hurst_bound if feature == "hurst" else 0
            assert_within(actual["raw_features"][symbol][feature], value, bound, f"{feature} of {symbol}")

    assert_same_keys(actual["raw_metrics"], expected["raw_metrics"], "raw_metrics")
    for metric, values in expected["raw_metrics"].items():
        assert_same_keys(actual["raw_metrics"][metric], values, metric)
        for symbol, value in values.items():
            got = actual["raw_metrics"][metric][symbol]
            if metric == "hurst_clean" and not least_squares_agree():
                # 1 - 2 |H - 0.5| doubles the error of H and can cancel nearly all of its digits.
                assert got == pytest.approx(value, rel=0, abs=2 * HURST_ULP * np.spacing(1.0)), symbol
            else:
                assert_within(got, value, 0, f"{metric} of {symbol}")

    assert_same_keys(actual["alpha_scores"], expected["alpha_scores"], "alpha_scores")
    for symbol, score in expected["alpha_scores"].items():
        assert_within(actual["alpha_scores"][symbol], score, score_bound(score), f"alpha_score of {symbol}")

    assert_same_keys(actual["clusters"], expected["clusters"], "clusters")
    pairs = {(actual["clusters"][symbol], label) for symbol, label in expected["clusters"].items()}
    assert len(pairs) == len(set(expected["clusters"].values())) == len(set(actual["clusters"].values()))

    assert actual["kappa"] == pytest.approx(expected["kappa"], rel=KAPPA_TOLERANCE)
    assert actual["shrinkage"] == expected["shrinkage"]
    assert actual["spec_version"] == expected["spec_version"]

    assert len(actual["stages"]) == len(expected["stages"])
    for stage, recorded_stage in zip(actual["stages"], expected["stages"], strict=True):
        assert_same_keys(stage, recorded_stage, f"stage {recorded_stage['relaxation_stage']}")
        assert_stage(stage, recorded_stage, expected["clusters"], actual["clusters"])
    assert_stage(actual, expected, expected["clusters"], actual["clusters"])


@recorded
def test_the_inputs_stay_as_they_were(folder: Path) -> None:
    returns, candidates, stats, parsed = read_case(folder)
    with contextlib.suppress(
        TypeError, ValueError, KeyError
    ):  # Some recordings are refusals; the inputs must survive those too.
        answer(returns, candidates, stats, parsed)
    again = read_case(folder)
    pd.testing.assert_frame_equal(returns, again[0])
    assert (candidates, parsed) == (again[1], again[3])
    assert (stats is None) == (again[2] is None)
    if stats is not None:
        pd.testing.assert_frame_equal(stats, again[2])


@given(universes())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_generated_universes_are_answered(universe: Universe) -> None:
    returns, candidates, stats, parsed = universe
    before = copy.deepcopy((candidates, parsed))
    assert returns.to_numpy(copy=False).flags.f_contiguous
    assert not (returns < -1).any(axis=None)
    assert len({candidate["symbol"] for candidate in candidates}) == len(candidates)

    actual = answer(returns, candidates, stats, parsed)

    assert (candidates, parsed) == before
    symbols = set(returns.columns)
    assert actual["alpha_scores"].keys() == actual["clusters"].keys() == actual["raw_features"].keys() == symbols
    assert actual["raw_metrics"].keys() == set(METRICS)
    assert all(0 < score < math.inf for score in actual["alpha_scores"].values())
    for stage in actual["stages"]:
        chosen = [winner["symbol"] for winner in stage["winners"]]
        assert len(set(chosen)) == len(chosen)
        assert set(chosen) | stage["vetoes"].keys() <= symbols
    assert [stage["relaxation_stage"] for stage in actual["stages"]] == list(range(1, actual["relaxation_stage"] + 1))


@pytest.mark.parametrize("order", list(itertools.permutations(range(5)))[::7])
def test_the_network_sorts_distinct_values(order: tuple[int, ...]) -> None:
    window = [float(value) for value in order]
    assert ordinal_pattern(window) == tuple(np.argsort(window).tolist())


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        (1.0, 1.0, 0),
        (1.0, math.nextafter(1.0, 2.0), 1),
        (-1.0, math.nextafter(-1.0, 0.0), 1),
        (0.0, -0.0, 0),
        (5e-324, -5e-324, 2),
        (math.nan, math.nan, 0),
        (math.inf, math.inf, 0),
        (math.inf, math.nextafter(math.inf, 0.0), 1),
    ],
)
def test_ulp_distance(a: float, b: float, distance: int) -> None:
    assert ulp_distance(a, b) == ulp_distance(b, a) == distance


def test_a_nan_is_far_from_every_number() -> None:
    assert ulp_distance(math.nan, 0.0) > ulp_distance(math.inf, -math.inf)
