"""Gates compare, ladders only loosen."""

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from support.market import settings as profile_settings
from tradingview_scraper.pipelines.selection.schemas.comparisons import COMPARISONS
from tradingview_scraper.pipelines.selection.schemas.gates import (
    RECRUIT_ORDER,
    Gate,
    Step,
    resolved_ladder,
)

FLOOR = Gate(feature="adx", op=">=", threshold=20, kind="relaxable")
CEILING = Gate(feature="permutation_entropy", op="<=", threshold=0.9, kind="relaxable")
HARD = Gate(feature="survival", op=">=", threshold=0.1, kind="hard")
GATES = {"adx": FLOOR, "entropy": CEILING, "health": HARD}


def ladder(*steps: dict[str, object]) -> list[dict[str, float]]:
    return [
        rung.thresholds
        for rung in resolved_ladder(GATES, [Step(name="strict"), *(Step(name="next", **step) for step in steps)])
    ]


@pytest.mark.parametrize(
    ("op", "below", "equal", "above", "floors"),
    [
        (">=", False, True, True, True),
        (">", False, False, True, True),
        ("<=", True, True, False, False),
        ("<", True, False, False, False),
    ],
)
def test_comparisons(op: str, below: bool, equal: bool, above: bool, floors: bool) -> None:
    assert [COMPARISONS[op](value, 2.0) for value in (1.0, 2.0, 3.0)] == [below, equal, above]
    assert Gate(feature="x", op=op, threshold=2, kind="hard").floors is floors


def test_thresholds_of_the_default_ladder_by_hand() -> None:
    rungs = profile_settings().rungs()
    assert [rung.number for rung in rungs] == [1, 2, 3, 4]
    assert [rung.recruit for rung in rungs] == ["ranked", "ranked", "representatives", "fill"]
    assert [rung.sends_representatives for rung in rungs] == [False, False, True, True]
    assert [rung.fills for rung in rungs] == [False, False, False, True]
    for rung, (entropy, efficiency, adx) in zip(rungs, [(0.9, 0.1, 20), *[(1.0, 0.08, 16)] * 3], strict=True):
        assert rung.thresholds["entropy"] == entropy
        assert rung.thresholds["efficiency"] == pytest.approx(efficiency)
        assert rung.thresholds["adx"] == adx
        assert rung.thresholds["health"] == 0.1


def test_scale_cap_and_set() -> None:
    assert ladder({"scale": {"adx": 0.5, "entropy": 1.2}, "cap": {"entropy": 1.0}})[1] == {
        "adx": 10,
        "entropy": 1.0,
        "health": 0.1,
    }
    assert ladder({"scale": {"adx": 0.1}, "cap": {"adx": 5}})[1]["adx"] == 5
    assert ladder({"set": {"adx": -1, "entropy": 0.95}})[1] == {"adx": -1, "entropy": 0.95, "health": 0.1}


def test_a_cap_never_tightens() -> None:
    assert ladder({"scale": {"entropy": 1.2}, "cap": {"entropy": 0.5}})[1]["entropy"] == 0.9
    assert ladder({"scale": {"adx": 0.5}, "cap": {"adx": 30}})[1]["adx"] == 20


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"scale": {"adx": 1.1}}], "tightens 'adx'"),
        ([{"scale": {"entropy": 0.9}}], "tightens 'entropy'"),
        ([{"set": {"adx": 21}}], "tightens 'adx' from >= 20.0 to >= 21.0"),
        ([{"scale": {"adx": 0.5}}, {"scale": {"adx": 0.6}}], r"rung 3 \(next\) tightens"),
        ([{"scale": {"stranger": 0.5}}], "'stranger'"),
        ([{"cap": {"stranger": 0.5}}], "'stranger'"),
        ([{"scale": {"health": 0.5}}], "hard gate"),
        ([{"set": {"health": 0.0}}], "hard gate"),
        ([{"recruit": "fill"}, {"recruit": "ranked"}], "only loosens"),
    ],
)
def test_a_ladder_that_is_wrong_is_refused(steps: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        ladder(*steps)
    assert len(str(caught.value)) < 300


def test_the_first_rung_is_the_strict_one() -> None:
    with pytest.raises(ValueError, match="rung 1"):
        resolved_ladder(GATES, [Step(name="strict", scale={"adx": 0.5})])


@pytest.mark.parametrize("field", ["scale", "cap", "set"])
@pytest.mark.parametrize("value", [math.nan])
def test_a_threshold_that_is_no_number_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError):
        ladder({"scale": {"adx": 0.5}, field: {"adx": value}})


@pytest.mark.parametrize(
    "wrong",
    [{"threshold": math.nan}, {"threshold": math.inf}, {"op": "=="}, {"kind": "soft"}, {"unknown": "maybe"}, {"x": 1}],
)
def test_a_gate_that_is_wrong_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Gate(**{"feature": "x", "op": ">=", "threshold": 1, "kind": "hard", **wrong})


def test_a_gate_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        FLOOR.threshold = 1


thresholds = st.floats(-10, 10).map(lambda value: round(value, 3))
scales = st.dictionaries(st.sampled_from(["floor", "ceiling"]), st.floats(0.1, 3), max_size=2)
caps = st.dictionaries(st.sampled_from(["floor", "ceiling"]), thresholds, max_size=2)
steps = st.builds(Step, name=st.just("x"), scale=scales, cap=caps, set=caps, recruit=st.sampled_from(RECRUIT_ORDER))


@settings(max_examples=50, deadline=None)
@given(floor=thresholds, ceiling=thresholds, later=st.lists(steps, max_size=3))
def test_what_is_not_refused_only_loosens(floor: float, ceiling: float, later: list[Step]) -> None:
    gates = {
        "floor": Gate(feature="x", op=">=", threshold=floor, kind="relaxable"),
        "ceiling": Gate(feature="y", op="<", threshold=ceiling, kind="relaxable"),
    }
    try:
        rungs = resolved_ladder(gates, [Step(name="strict"), *later])
    except ValueError:
        return
    assert rungs[0].thresholds == {"floor": floor, "ceiling": ceiling}
    for before, after in itertools.pairwise(rungs):
        assert after.thresholds["floor"] <= before.thresholds["floor"]
        assert after.thresholds["ceiling"] >= before.thresholds["ceiling"]
        assert RECRUIT_ORDER.index(after.recruit) >= RECRUIT_ORDER.index(before.recruit)
