"""Numbers of the page: short for people, exact where they must be, each column held once."""

import json

import numpy as np
import pytest

from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import Columns, rounded

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456789, "0.123457"),
        (123456.789, "123457"),
        (1234567.0, "1234570"),
        (-2.0, "-2"),
        (2.5, "2.5"),
        (0.0, "0"),
        (1e-9, "1e-09"),
        (999999999999999.0, "1000000000000000.0"),
        (1e14, "100000000000000"),
        (NAN, "null"),
    ],
)
def test_six_digits_whole_ones_without_a_point_and_the_unknown_empty(value: float, shown: str) -> None:
    assert json.dumps(rounded([value])[0]) == shown


def test_exact_places_keep_every_digit() -> None:
    assert rounded([0.123456789, 0.123456789, 7.0], exact=[1, 2]) == [0.123457, 0.123456789, 7]
    assert rounded([0.123456789], digits=2) == [0.12]
    assert isinstance(rounded([7.0], exact=[0])[0], int)


def test_a_column_is_held_once_and_keeps_its_place() -> None:
    columns = Columns()
    first, second = np.array([1.0, NAN]), np.array([2, 3])
    assert [columns.add(each) for each in (first, second, first.copy(), np.array([2.0, 3.0]))] == [0, 1, 0, 1]
    assert columns.values == [[1, None], [2, 3]]


def test_marked_cells_of_a_column_are_exact() -> None:
    columns = Columns()
    columns.add(np.array([0.123456789, 0.123456789]), exact=np.array([False, True]))
    assert columns.values == [[0.123457, 0.123456789]]
