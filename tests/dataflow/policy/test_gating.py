"""Gates as arrays against gates one by one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.dataflow.policy.gating import Verdicts, verdicts
from tradingview_scraper.pipelines.selection.schemas.frames import WAIVERS
from tradingview_scraper.pipelines.selection.schemas.gates import Gate

NAN = np.nan
GATES = {
    "floor": Gate(feature="a", op=">=", threshold=1, kind="relaxable"),
    "ceiling": Gate(feature="b", op="<", threshold=5, kind="relaxable", unknown="pass"),
    "hard": Gate(feature="c", op=">", threshold=0, kind="hard"),
    "exempting": Gate(feature="c", op=">", threshold=2, kind="relaxable", exempt_benchmarks=True),
}


def held(rows: list[list[float]], flagged: list[bool], waived: list[bool], waiver: str = "relaxable") -> Verdicts:
    columns = {name: pd.Series([row[at] for row in rows]) for at, name in enumerate(GATES)}
    thresholds = {name: gate.threshold for name, gate in GATES.items()}
    return verdicts(columns, GATES, thresholds, np.array(flagged), np.array(waived), waiver)


def test_by_hand() -> None:
    rows = [[1, 4.9, 1, 3], [0.9, 5, 0, 2], [NAN, NAN, NAN, NAN]]
    found = held(rows, [False] * 3, [False] * 3)
    assert found.passed.tolist() == [[True] * 4, [False] * 4, [False, True, False, False]]
    assert found.sound.tolist() == [True, False, False]
    assert found.eligible.tolist() == [True, False, False]
    np.testing.assert_allclose(found.margins[:2], [[0, 0.1, 1, 1], [-0.1, 0, 0, 0]], atol=1e-12)
    assert np.isnan(found.margins[2]).all()
    assert found.hard.tolist() == [False, False, True, False]


def test_who_fails_one_of_several_hard_gates_is_not_sound() -> None:
    gates = {name: Gate(feature=name, op=">", threshold=0, kind="hard") for name in "ab"}
    values = {"a": pd.Series([1.0, 1.0, -1.0]), "b": pd.Series([1.0, -1.0, -1.0])}
    nobody = np.zeros(3, dtype=bool)
    found = verdicts(values, gates, {"a": 0.0, "b": 0.0}, nobody, nobody, "relaxable")
    assert found.sound.tolist() == found.eligible.tolist() == [True, False, False]


def test_flags_and_waivers_by_hand() -> None:
    bad = [0.0, 9.0, -1.0, 0.0]
    found = held([bad] * 3, [False, True, False], [False, False, True])
    assert found.passed.tolist() == [[False] * 4, [False, False, False, True], [True, True, False, True]]
    assert held([bad], [False], [True], "all").passed.all()


def test_a_waiver_counts_only_where_the_value_itself_fails() -> None:
    nobody, listed, flagged = (WAIVERS.index(who) for who in ("", "benchmarks", "is_benchmark"))
    good, bad, unknown = [1.0, 4.0, 3.0, 3.0], [0.0, 9.0, -1.0, 0.0], [NAN] * 4
    both = held([good, bad, unknown], [True] * 3, [True] * 3)
    assert both.waived.tolist() == [
        [nobody] * 4,
        [listed, listed, nobody, listed],
        [listed, nobody, nobody, listed],  # the ceiling lets unknown values through by itself
    ]
    assert held([bad], [True], [False]).waived.tolist() == [[nobody, nobody, nobody, flagged]]
    assert (both.passed == ((both.waived > 0) | held([good, bad, unknown], [False] * 3, [False] * 3).passed)).all()


@pytest.mark.parametrize(
    ("unavailable", "unknown", "values", "passed"),
    [
        ("off", "fail", [NAN, NAN], [True, True]),
        ("fail", "fail", [NAN, NAN], [False, False]),
        ("off", "fail", [NAN, 2.0], [False, True]),
        ("off", "fail", [NAN, 0.0], [False, False]),
        ("fail", "pass", [NAN, 0.0], [True, False]),
        ("off", "pass", [NAN, 1.0], [True, True]),
    ],
)
def test_a_gate_is_off_only_where_nobody_has_a_value(
    unavailable: Any, unknown: Any, values: list[float], passed: list[bool]
) -> None:
    gate = Gate(feature="a", op=">=", threshold=1, kind="relaxable", unavailable=unavailable, unknown=unknown)
    nobody = np.zeros(2, dtype=bool)
    found = verdicts({"x": pd.Series(values)}, {"x": gate}, {"x": 1.0}, nobody, nobody, "relaxable")
    assert found.passed[:, 0].tolist() == passed
    assert not found.waived.any()
    assert found.hard.tolist() == [False]


def test_a_ceiling_that_is_met_exactly_has_no_negative_zero_for_a_margin() -> None:
    gate = Gate(feature="a", op="<=", threshold=1, kind="hard")
    nobody = np.zeros(3, dtype=bool)
    found = verdicts({"x": pd.Series([1.0, 0.25, 3.0])}, {"x": gate}, {"x": 1.0}, nobody, nobody, "all")
    assert [str(margin) for margin in found.margins[:, 0].tolist()] == ["0.0", "0.75", "-2.0"]
    assert (found.values[:, 0].tolist(), found.thresholds.tolist()) == ([1.0, 0.25, 3.0], [1.0])
    assert found.sound.tolist() == found.eligible.tolist() == [True, True, False]


numbers = st.one_of(st.just(NAN), st.floats(-10, 10))


@settings(max_examples=50, deadline=None)
@given(rows=st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=6))
def test_against_python_and_in_any_order(rows: list[tuple[float, ...]]) -> None:
    no = [False] * len(rows)
    found = held([list(row) for row in rows], no, no)
    for row, passed in zip(rows, found.passed, strict=True):
        a, b, c, d = row
        assert passed.tolist() == [a >= 1, b < 5 or b != b, c > 0, d > 2]
    turned = held([list(row) for row in reversed(rows)], no, no)
    np.testing.assert_array_equal(turned.passed[::-1], found.passed)
