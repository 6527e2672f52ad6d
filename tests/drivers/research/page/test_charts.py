import re

from tradingview_scraper.pipelines.selection.drivers.research.page.charts import (
    HEIGHT,
    TOP,
    Band,
    Group,
    Line,
    Point,
    Scale,
    by_group,
    over_dates,
)

DAYS = ["2026-01-01", "2026-01-02", "2026-01-05"]


def test_a_scale_puts_the_highest_on_top() -> None:
    scale = Scale(-1.0, 1.0, str)
    assert (scale.y(1.0), scale.y(0.0), scale.y(-1.0)) == (TOP, TOP + HEIGHT / 2, TOP + HEIGHT)
    assert Scale(2.0, 2.0, str).y(2.0) == TOP


def test_lines_have_gaps_where_nothing_is_known_and_days_their_distance() -> None:
    drawn = over_dates("Wealth", DAYS, [Line("a & b", [1.0, None, 2.0])], [], str, "ends at 2")
    wide = re.findall(r'class="series s0" d="([^"]+)"', drawn)[0]
    assert wide == "M56.0 210.0M886.0 10.0"
    assert "a &amp; b" in drawn
    assert 'aria-label="Wealth. ends at 2"' in drawn
    assert drawn.count("<svg") == 3  # wide, narrow, and the swatch of the legend
    three = over_dates("Wealth", DAYS, [Line("a", [1.0, 1.5, 2.0])], [], str, "")
    assert "L263.5 110.0L886.0 10.0" in three


def test_a_band_goes_there_and_back() -> None:
    drawn = over_dates("IC", DAYS, [], [Band("noise", [None, -1.0, -2.0], [None, 1.0, 2.0])], str, "")
    assert 'class="band" d="M263.5 60.0L886.0 10.0L886.0 210.0L263.5 160.0Z"' in drawn


def test_points_have_their_errors_and_unknown_ones_are_left_out() -> None:
    rows = [Group("one", [Point(1.0, 0.5), Point(None, None)]), Group("two", [Point(-1.0, None), Point(0.0, 1.0)])]
    drawn = by_group("IC", "sessions ahead", ["1", "5"], rows, str, "")
    wide = drawn[: drawn.index("only-narrow")]
    assert wide.count("<circle") == 3
    assert wide.count('class="whisker') == 2
    assert 'class="zero"' in wide


def test_nothing_known_is_said() -> None:
    assert "nothing is known yet" in over_dates("IC", [], [], [], str, "")
    assert "nothing is known yet" in over_dates("IC", DAYS, [Line("a", [None] * 3)], [], str, "")
    assert "nothing is known yet" in by_group("IC", "x", ["1"], [Group("a", [Point(None, None)])], str, "")
