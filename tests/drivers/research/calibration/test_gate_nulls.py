"""What a gate does to noise: by hand on small worlds, then on a market whose own days are shuffled or trend."""

import numpy as np
import pytest

from support.market import settings
from support.noise import WORLDS, noise, pool
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import threshold_of
from tradingview_scraper.pipelines.selection.drivers.research.calibration.gate_nulls import (
    STEPS,
    Noise,
    admits,
    feature_null,
    gate_shares,
    noise_of,
    passes_all,
    uncalibrated,
    vetoed,
    world_features,
)
from tradingview_scraper.pipelines.selection.schemas.gates import Gate

NAN = np.nan
FLOOR = Gate(feature="f", op=">=", threshold=2.0, kind="relaxable")
CEILING = Gate(feature="g", op="<=", threshold=0.0, kind="relaxable", unknown="pass")
OFF = Gate(feature="f", op=">=", threshold=2.0, kind="relaxable", unavailable="off")


def test_the_share_that_is_vetoed_counts_known_values() -> None:
    worlds = np.array([[1.0, 2.0, 3.0, NAN], [1.0, 1.0, 1.0, 1.0], [NAN, NAN, NAN, NAN]])
    np.testing.assert_allclose(vetoed(worlds, FLOOR, 2.0), [1 / 3, 1.0, NAN])
    np.testing.assert_allclose(vetoed(worlds, CEILING, 2.0), [1 / 3, 0.0, NAN])


def test_who_passes_with_an_unknown_value_is_what_the_gate_says() -> None:
    worlds = np.array([[1.0, NAN], [NAN, NAN]])
    assert admits(worlds, FLOOR, 2.0).tolist() == [[False, False], [False, False]]
    assert admits(worlds, CEILING, 2.0).tolist() == [[True, True], [True, True]]
    assert admits(worlds, OFF, 2.0).tolist() == [[False, False], [True, True]]


def test_a_share_that_noise_has_too_is_no_difference() -> None:
    worlds = np.repeat(np.arange(4.0), 5)[None].repeat(40, axis=0)
    worlds[::2] += 0.5  # the share below 2 moves between 0.5 and 0.5; that below 1 with the half
    found = gate_shares(Noise({"f": worlds[0]}, {"f": worlds}, {"f": worlds}), FLOOR, 2.0)
    assert (found["pool"], found["noise"], found["admitted"], found["p"], found["tells"]) == (0.5, 0.5, 0.5, 1.0, False)
    better = gate_shares(Noise({"f": worlds[0] + 2}, {"f": worlds}, {"f": worlds}), FLOOR, 2.0)
    assert (better["pool"], better["p"], better["tells"]) == (0.0, pytest.approx(1 / 41), True)


def test_the_spread_is_that_of_worlds_with_one_order() -> None:
    together = np.array([[1.0, 1.0], [3.0, 3.0], [1.0, 3.0]])
    found = gate_shares(Noise({"f": together[2]}, {"f": together}, {"f": together}), FLOOR, 2.0)
    assert found["spread"] == pytest.approx(0.5)
    both = Noise(*[{"f": values, "g": values} for values in (together[2], together, together)])
    gates = {"a": FLOOR, "b": Gate(feature="g", op="<=", threshold=3.0, kind="relaxable")}
    whole = passes_all(both, gates, {"a": 2.0, "b": 3.0})
    assert (whole["pool"], whole["noise"], whole["spread"]) == (0.5, 0.5, pytest.approx(0.5))


def test_quantiles_are_those_of_the_known_values() -> None:
    null = feature_null(np.array([0.0, NAN]), np.array([[0.0, 1.0], [2.0, NAN]]))
    assert (null["quantiles"][0], null["quantiles"][STEPS // 2], null["quantiles"][-1]) == (0.0, 1.0, 2.0)
    assert (len(null["quantiles"]), null["unknown"], null["pool_unknown"]) == (STEPS + 1, 0.25, 0.5)
    assert feature_null(np.array([NAN]), np.array([[NAN]]))["quantiles"] == []


def test_gates_whose_values_no_order_changes_are_named_with_the_reason() -> None:
    found = uncalibrated(pool(), noise(), settings().active_gates)
    assert set(found) == {
        *("history", "freshness", "plausibility", "volatility_floor"),
        *("metadata", "health", "exclusion", "net_edge"),
    }
    assert found["metadata"] == "tradable isn't computed from returns or bars"
    assert found["net_edge"] == "net_edge is the same in whatever order the days come"


def test_a_world_depends_on_seed_and_number_alone() -> None:
    few = noise_of(pool(), worlds=2, block=1, seed=0, progress=lambda done, total: None)
    other = noise_of(pool(), worlds=2, block=1, seed=1, progress=lambda done, total: None)
    for kind in ("alone", "together"):
        first, again, third = (getattr(each, kind)["efficiency_ratio"][:2] for each in (noise(), few, other))
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, third)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.75])
def test_a_threshold_admits_its_share_of_new_worlds(share: float) -> None:
    new = list(world_features(pool(), 10, 1, (99, 0), False, lambda done, total: None))
    for feature, op in {"efficiency_ratio": ">=", "permutation_entropy": "<=", "adx": ">="}.items():
        gate = Gate(feature=feature, op=op, threshold=0.0, kind="relaxable")
        quantiles = feature_null(noise().pool[feature], noise().alone[feature])["quantiles"]
        threshold = threshold_of(feature, share, op, quantiles)
        admitted = 1 - vetoed(np.stack([frame[feature] for frame in new]), gate, threshold).mean()
        # 74 assets in 10 and 20 worlds: the error of both is below 2 points.
        assert admitted == pytest.approx(share, abs=0.06)


def test_paths_that_trend_are_told_from_noise() -> None:
    found = noise()
    gate = settings().gates["efficiency"]
    assert found.alone["efficiency_ratio"].shape[0] == WORLDS
    trending = Noise({**found.pool, "efficiency_ratio": np.full(74, 0.4)}, found.alone, found.together)
    assert gate_shares(trending, gate, 0.25)["tells"]
    shuffled = Noise(
        {**found.pool, "efficiency_ratio": found.together["efficiency_ratio"][3]}, found.alone, found.together
    )
    assert not gate_shares(shuffled, gate, 0.25)["tells"]
