"""Each check by hand, and that none of them takes an ordinary asset for a wrong one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from support.market import settings
from tradingview_scraper.pipelines.selection.dataflow.ingestion import plausibility
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import Panel
from tradingview_scraper.pipelines.selection.dataflow.ingestion.plausibility import BAR_CHECKS, RETURN_CHECKS
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.settings import CheckSettings

DAYS = 120
DATES = pd.date_range("2026-01-01", periods=DAYS)


def checks(**severities: str) -> CheckSettings:
    default = settings().checks
    changed = {name: getattr(default, name).model_copy(update={"severity": to}) for name, to in severities.items()}
    return default.model_copy(update=changed)


def noise(sigma: float = 0.02, seed: int = 1, assets: int = 1, days: int = DAYS) -> np.ndarray:
    return np.expm1(np.random.default_rng(seed).normal(0.0, sigma, (assets, days)))


def panel(returns: np.ndarray, **more: Any) -> Panel:
    symbols = pd.Index([f"S{row}" for row in range(len(returns))])
    return Panel(returns, symbols, more.pop("dates", DATES), np.array([""] * len(returns)), **more)


def days_of(name: str, given: Panel) -> list[int]:
    return RETURN_CHECKS[name](given, checks()).columns.tolist()


def test_every_check_has_settings_and_every_setting_a_check() -> None:
    assert [*BAR_CHECKS, *RETURN_CHECKS] == list(CheckSettings.model_fields)


def test_an_ordinary_asset_passes_every_check() -> None:
    quiet = panel(noise(assets=50), volume=np.exp(noise(0.3, 2, 50)))
    found = plausibility.judged_returns(quiet, checks())
    assert not found.cells.any()
    assert found.quarantine.empty
    assert found.suspects.tolist() == [0] * 50


@pytest.mark.parametrize("ratio", [2.0, 3.0, 5.0, 10.0, 25.0])
@pytest.mark.parametrize("down", [True, False])
@pytest.mark.parametrize("day", [10, 60, DAYS - 1])
def test_a_step_by_a_whole_ratio_between_ordinary_days_is_a_split(ratio: float, down: bool, day: int) -> None:
    returns = noise()
    returns[0, day] = (1 + returns[0, day]) * (1 / ratio if down else ratio) - 1
    assert days_of("splits", panel(returns)) == [day]


@pytest.mark.parametrize(
    ("sigma", "move"),
    [(0.05, 0.9), (0.05, -0.47), (0.06, 0.6), (0.05, -0.6), (0.015, -0.4), (0.012, -0.28), (0.015, 0.45)],
)
def test_great_days_of_coins_and_stocks_are_neither_splits_nor_jumps(sigma: float, move: float) -> None:
    returns = noise(sigma)
    returns[0, 60] = move
    assert days_of("splits", panel(returns)) == []
    assert days_of("jumps", panel(returns)) == []


@pytest.mark.parametrize(("busy", "found"), [(1.0, [60]), (20.0, [])])
def test_news_moves_volume_and_a_split_does_not(busy: float, found: list[int]) -> None:
    returns, volume = noise(0.015), np.full((1, DAYS), 1e6)
    returns[0, 60] = -0.5
    volume[0, 60] *= busy
    assert days_of("splits", panel(returns, volume=volume)) == found


def test_a_crash_among_wild_days_is_no_split() -> None:
    returns = noise(0.015)
    returns[0, 58:63] = [-0.12, 0.11, -0.5, 0.2, -0.15]
    assert days_of("splits", panel(returns)) == []


def test_a_step_that_no_market_makes() -> None:
    returns = noise(0.02, assets=3)
    returns[0, 50], returns[1, 50] = 3.6, -0.785
    returns[2] = np.where(np.arange(DAYS) % 2, 99.0, -0.99)
    found = plausibility.jumps(panel(returns), checks())
    assert list(zip(found.rows[:2], found.columns[:2], strict=True)) == [(0, 50), (1, 50)]
    assert (found.rows[2:] == 2).sum() == DAYS


@pytest.mark.parametrize("bars", [1, 3, 5])
@pytest.mark.parametrize("factor", [100.0, 0.01, 3.0])
def test_prints_that_reverse_are_the_bars_to_set_aside(bars: int, factor: float) -> None:
    closes = 100 * np.cumprod(1 + noise(), axis=1)
    closes[0, 60 : 60 + bars] *= factor
    assert np.flatnonzero(plausibility.prints(closes, checks())[0]).tolist() == list(range(60, 60 + bars))


def test_the_first_bars_in_another_unit_are_prints_and_the_last_are_a_jump() -> None:
    closes = 100 * np.cumprod(1 + noise(assets=2), axis=1)
    closes[0, :3] *= 100
    closes[1, -1] *= 100
    found = plausibility.prints(closes, checks())
    assert np.flatnonzero(found[0]).tolist() == [0, 1, 2]
    assert not found[1].any()
    returns = closes[:, 1:] / closes[:, :-1] - 1
    assert plausibility.jumps(panel(returns[1:], dates=DATES[1:]), checks()).columns.tolist() == [DAYS - 2]


def test_prints_on_alternate_days_are_every_other_bar() -> None:
    closes = 100 * np.cumprod(1 + noise(), axis=1)
    closes[0, [40, 42, 44]] *= 50
    assert np.flatnonzero(plausibility.prints(closes, checks())[0]).tolist() == [40, 42, 44]


def test_prints_are_found_over_closed_days() -> None:
    closes = 100 * np.cumprod(1 + noise(), axis=1)
    closes[0, 60] *= 100
    closes[0, 61:64] = np.nan
    assert np.flatnonzero(plausibility.prints(closes, checks())[0]).tolist() == [60]


def test_a_return_across_a_hole_is_unknown_and_with_another_level_so_is_what_lies_before() -> None:
    returns = noise(assets=3)
    returns[0, 50:90] = np.nan
    returns[1, 50:90] = np.nan
    returns[1, 90] = 8.0
    returns[2, 50:60] = np.nan
    found = plausibility.holes(panel(returns), checks())
    assert found.columns[found.rows == 0].tolist() == [90]
    assert found.columns[found.rows == 1].tolist() == [*range(50), 90]
    assert 2 not in found.rows
    assert found.reasons == {1: "another instrument before a hole"}


def test_late_listings_and_delistings_are_no_holes() -> None:
    returns = noise(assets=2)
    returns[0, :60] = np.nan
    returns[1, 60:] = np.nan
    assert days_of("holes", panel(returns)) == []


def test_zeros_on_closed_days() -> None:
    weekend = np.asarray(DATES.day_of_week >= 5)
    returns = noise(assets=4)
    returns[:3, weekend] = 0.0
    returns[:3, 5] = 0.0
    found = plausibility.closures(
        Panel(returns, pd.Index(list("ABCD")), DATES, np.array(["X", "X", "X", "C"])), checks()
    )
    assert sorted(set(found.rows)) == [0, 1, 2]
    assert sorted(set(found.columns)) == sorted({5, *np.flatnonzero(weekend)})
    alone = plausibility.closures(panel(returns[:1]), checks())
    assert alone.columns.tolist() == np.flatnonzero(weekend).tolist()


def test_a_price_that_stands_still_and_days_without_volume() -> None:
    returns, volume = noise(assets=3), np.ones((3, DAYS))
    returns[0, 20:30] = 0.0
    returns[1, 20:29] = 0.0
    volume[1, 50:65] = 0.0
    volume[2] = 0.0
    assert days_of("stale", panel(returns)) == list(range(20, 30))
    found = plausibility.idle(panel(returns, volume=volume), checks())
    assert set(found.rows) == {1}
    assert found.columns.tolist() == list(range(50, 65))


@pytest.mark.parametrize(("scale", "looks"), [(100.0, "percentages"), (0.0, "prices")])
def test_a_table_of_something_else_is_refused_by_name(scale: float, looks: str) -> None:
    values = noise(assets=4)
    wrong = values * scale if scale else 150 * np.cumprod(1 + values, axis=1)
    with pytest.raises(DataContractError, match=f"look like {looks}: 4 of 4 columns do .*S0"):
        plausibility.judged_returns(panel(wrong, handed_in=wrong), checks())
    off = plausibility.judged_returns(panel(wrong, handed_in=wrong), checks(**dict.fromkeys(RETURN_CHECKS, "off")))
    assert not off.cells.any()


def test_cumulative_returns_are_refused_by_name() -> None:
    values = noise(assets=4)
    wrong = np.cumprod(1 + values, axis=1) - 1
    wrong[:3, 40] = np.nan
    with pytest.raises(DataContractError, match=r"look cumulative, .* columns do .*S0"):
        plausibility.judged_returns(panel(wrong, handed_in=wrong), checks())
    off = plausibility.judged_returns(panel(wrong, handed_in=wrong), checks(**dict.fromkeys(RETURN_CHECKS, "off")))
    assert not off.cells.any()
    one = np.vstack([values, wrong[3] - 0.4])
    found = plausibility.judged_returns(panel(one, handed_in=one), checks())
    assert (found.suspects > 0).tolist() == [False, False, False, False, True]
    assert set(found.quarantine["reason"]) == {"looks cumulative"}


def test_one_column_of_something_else_is_suspect() -> None:
    values = noise(assets=6)
    values[2] *= 100
    values[4] = 0.02 * np.cumprod(1 + values[4])
    found = plausibility.judged_returns(panel(values, handed_in=values), checks())
    assert (found.suspects > 0).tolist() == [False, False, True, False, True, False]
    assert found.quarantine["reason"].tolist()[:2] == ["looks like percentages", "looks like prices"]
    assert found.cells[[2, 4]].all()


def test_interest_paid_daily_is_no_price() -> None:
    values = np.abs(noise(0.0001, assets=3))
    assert days_of("units", panel(values, handed_in=values)) == []


def test_volume_in_another_unit_from_a_day_on() -> None:
    closes, volume = 100 * np.cumprod(1 + noise(assets=3), axis=1), 1e6 * (1 + noise(0.3, 2, 3))
    volume[0, 70:] *= 1000
    volume[1, 70:75] *= 1000
    found = plausibility.volume_unit(volume, closes, checks())
    assert found.any(axis=1).tolist() == [True, False, False]


@pytest.mark.parametrize(("severity", "masked", "suspects"), [("off", 0, 0), ("mask", 1, 0), ("suspect", 1, 1)])
def test_what_follows_is_the_severity(severity: str, masked: int, suspects: int) -> None:
    returns = noise()
    returns[0, 60] = 9.0
    found = plausibility.judged_returns(panel(returns), checks(splits=severity, jumps="off"))
    assert found.cells.sum() == len(found.quarantine) == masked
    assert found.suspects.tolist() == [suspects]
    assert returns[0, 60] == 9.0


def test_refuse_names_the_check_and_the_assets() -> None:
    returns = noise()
    returns[0, 60] = 9.0
    with pytest.raises(DataContractError, match=r"unapplied split 10:1.*S0 2026-03-02.*checks\.splits\.severity"):
        plausibility.judged_returns(panel(returns), checks(splits="refuse"))


def test_a_check_doesnt_see_what_an_earlier_one_masked() -> None:
    returns = noise()
    returns[0, 60] = 9.0
    assert plausibility.judged_returns(panel(returns), checks()).quarantine["reason"].tolist() == [
        "unapplied split 10:1"
    ]


def test_the_correlation_with_the_day_before_is_numpys() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((6, 90)).cumsum(axis=1)
    rows[1, ::7] = np.nan
    rows[2] = 0.1
    rows[3] = 0.0
    rows[4, 20:] = np.nan
    found = plausibility._autocorrelation(rows)
    for row in (0, 1, 5):
        both = ~np.isnan(rows[row, :-1]) & ~np.isnan(rows[row, 1:])
        expected = np.corrcoef(rows[row, :-1][both], rows[row, 1:][both])[0, 1]
        assert found[row] == pytest.approx(expected, rel=1e-9)
    assert np.isnan(found[2:5]).all()
