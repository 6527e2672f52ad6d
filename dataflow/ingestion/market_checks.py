"""Checks of returns by further evidence than the return: the asset's market, its opens, the four prices of a bar.

`gaps` are days that only its market has, `shifted` dates that lag or lead the market, `frozen` bars repeat the close before,
`openings` are splits that the price takes between a close and the next open. `plausibility.RETURN_CHECKS` says in which order.
"""

import math

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import row_medians
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln, ln1p
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import (
    LARGEST_LOSS,
    LEAST_RETURNS,
    NOTHING,
    SMALLEST_STEP,
    Finding,
    Floats,
    Mask,
    Panel,
    Places,
    by_rows,
    finding,
    masked_cells,
    median,
)
from tradingview_scraper.pipelines.selection.schemas.settings import CheckSettings

# With fewer assets a market has no calendar, and no return of its own.
LEAST_MEMBERS, LEAST_FOLLOWED = 3, 10
# No asset's opens are closer to the closes before than this: a tick of a cheap coin.
SMALLEST_OPENING = 0.001


def gaps(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: no return on a day of the market, after the asset's first one. It was unknown before; it gets a name.

    A day is one of the market's where half of its assets that are listed then have a return. Days of the week on which the
    asset never trades are none of its; a cell that has a name already gets no second one.
    """
    if panel.known.all():
        return NOTHING
    cells = np.zeros(panel.known.shape, dtype=bool)
    weekday = np.asarray(panel.dates.day_of_week)
    for market in np.unique(panel.markets):
        members = np.flatnonzero(panel.markets == market)
        known = panel.known[members]
        if len(members) < LEAST_MEMBERS:
            continue
        begun = np.logical_or.accumulate(known, axis=1)
        listed = begun & np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
        opened = (2 * known.sum(axis=0) >= np.maximum(listed.sum(axis=0), 1)) & known.any(axis=0)
        lacking = begun & ~known & opened
        for day in range(7):
            never = ~known[:, weekday == day].any(axis=1)
            lacking[np.ix_(never, weekday == day)] = False
        cells[members] = lacking
    return masked_cells(cells if panel.named is None else cells & ~panel.named)


def shifted(panel: Panel, checks: CheckSettings) -> Finding:
    """Asset: its returns go with those of its market of the day before or after, not with the same day's.

    The correlation with the market's median return is above `checks.shifted.correlation` at a lag of a day, and above that of
    the same day by `checks.shifted.excess`. Looked at in markets of at least ten assets, on their days, with 60 of them.
    """
    found: dict[int, Places] = {}
    for market in np.unique(panel.markets):
        members = np.flatnonzero(panel.markets == market)
        if len(members) < LEAST_FOLLOWED:
            continue
        whole = len(members) == len(panel.returns)
        returns = panel.returns if whole else panel.returns[members]
        known = panel.known if whole else panel.known[members]
        opened = np.flatnonzero(2 * known.sum(axis=0) >= len(members))
        if len(opened) < 60:
            continue
        returns = np.clip(returns if len(opened) == returns.shape[1] else returns[:, opened], -0.3, 0.3)
        same, *others = _followed(returns, row_medians(np.ascontiguousarray(returns.T)))
        for other in others:
            off = (other > checks.shifted.correlation) & (other > np.abs(same) + checks.shifted.excess)
            found |= {row: np.flatnonzero(panel.known[row]) for row in map(int, members[off])}
    return finding(found)


def _followed(returns: Floats, middle: Floats) -> tuple[np.ndarray, ...]:
    """Each asset's correlation with the market of the same day, of the day before and of the day after."""

    def answers(rows: Floats) -> tuple[np.ndarray, ...]:
        return (
            _correlation(rows, middle),
            _correlation(rows[:, 1:], middle[:-1]),
            _correlation(rows[:, :-1], middle[1:]),
        )

    return by_rows(answers, returns)


def _correlation(rows: Floats, series: Floats) -> Floats:
    """Of each row with the series over the cells that are known, NaN with fewer than 60."""
    known = ~np.isnan(rows)
    count = known.sum(axis=1).astype(np.float64)
    count[count < 60] = np.nan
    # Whoever has all cells has the same sums of the series.
    beside = series if known.all() else known * series
    values = np.where(known, rows, 0.0)
    sums, others = values.sum(axis=1), beside.sum(axis=-1)
    covariance = (values * series).sum(axis=1) - sums * others / count
    spread = (values**2).sum(axis=1) - sums**2 / count
    other_spread = (beside * series).sum(axis=-1) - others**2 / count
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(covariance / np.sqrt(spread * other_spread))


def frozen(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: open, high, low and close are all the close before: a day that was filled in, or without a trade."""
    return NOTHING if panel.frozen is None else masked_cells(panel.frozen & (panel.returns == 0.0))


def openings(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: a split that the prices don't know of, seen where nobody trades: between a close and the next day's open.

    The opening is by a ratio of `checks.splits.ratios`, within six sigmas of the asset's openings (at least 1 %, at most
    6 %), and beyond `checks.openings.sigmas` of them; most of it stays to the close. That an asset moves much in a day is no
    excuse: a coin opens where it closed.
    """
    if panel.openings is None:
        return NOTHING
    places: dict[int, Places] = {}
    reasons: dict[int, str] = {}
    known = sorted(checks.splits.ratios)
    ratios = ln(np.array(known))
    days = panel.dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    usable: Mask = ~np.isnan(panel.openings) & panel.known
    # Logarithms of the few that may be beyond the step only; the comparison of ratios leaves a margin for rounding.
    far = (panel.openings > math.exp(SMALLEST_STEP) - 1e-9) | (panel.openings < math.exp(-SMALLEST_STEP) + 1e-9)
    for row in map(int, np.flatnonzero((far & usable).any(axis=1))):
        columns = np.flatnonzero(usable[row])
        if len(columns) < LEAST_RETURNS:
            continue
        opened = ln(panel.openings[row, columns])
        sigma = max(1.4826 * median(np.abs(opened)), SMALLEST_OPENING)
        step = np.abs(opened)
        moved = ln1p(np.maximum(panel.returns[row, columns], LARGEST_LOSS))
        nearest = np.abs(step[:, None] - ratios).argmin(axis=1)
        close = np.abs(step - ratios[nearest]) <= min(max(6 * sigma, 0.01), 0.06)
        stays = np.abs(moved - opened) <= 0.5 * step
        # What opens after a hole opens where the days in between have left it.
        adjacent = np.diff(days[columns], prepend=days[columns[0]]) <= 5
        found = close & stays & adjacent & (step > SMALLEST_STEP) & (step > checks.openings.sigmas * sigma)
        if found.any():
            places[row] = columns[found]
            first = int(np.flatnonzero(found)[0])
            ratio = f"{known[nearest[first]]:g}"
            ratio = f"1:{ratio}" if opened[first] < 0 else f"{ratio}:1"
            reasons[row] = f"unapplied split {ratio} at the open"
    return finding(places, reasons)
