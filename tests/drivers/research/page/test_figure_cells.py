import pytest

from tradingview_scraper.pipelines.selection.drivers.research.page.figure_cells import (
    bar_of,
    fixed,
    measured,
    note,
    plain,
)


def test_the_bar_rises_with_what_was_looked_at() -> None:
    assert bar_of(1, 1) == pytest.approx(1.959964, abs=1e-6)
    assert bar_of(5, 10) == bar_of(50, 1) == pytest.approx(3.29053, abs=1e-5)
    assert bar_of(1, 0) == bar_of(1, 1)
    assert "50 figures, 1 trial known to the project" in note(50, 1)


def test_a_mean_is_bold_beyond_the_bar_only() -> None:
    entry = {"mean": -0.012, "error": 0.003, "t": -4.0, "dates": 20}
    assert measured(entry, 3.0, 100.0).shown == "<b>\u22121.20 (0.30)</b>"
    assert measured(entry, 5.0, 100.0).shown == "\u22121.20 (0.30)"
    assert measured(entry, 5.0).value == -0.012
    assert measured({**entry, "error": None, "t": None}, 1.0).shown == "\u22120.01 (?)"
    assert measured(None, 1.0).shown == "\u2013"
    assert measured({"mean": None}, 1.0).shown == "\u2013"


def test_no_minus_before_nothing() -> None:
    assert fixed(-0.0001, 1.0, 2) == "0.00"
    assert plain(None).shown == "\u2013"
