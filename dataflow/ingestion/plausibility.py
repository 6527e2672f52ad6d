"""Returns and volumes that can't be what they say: unapplied splits, bad prints, holes, prices handed in as returns.

Each check is a function of its own, found by its name in `RETURN_CHECKS` or `BAR_CHECKS`, in the order in which they run; the
section `checks` of the settings has its severity and thresholds. They see what was known on the as-of date, and judge an asset
by its own observations. A cheap look at the whole matrix finds the few assets that are worth a closer one.

`market_checks` has those that need the asset's market or its opens.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import row_medians
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.logarithm import ln
from tradingview_scraper.pipelines.selection.dataflow.ingestion.market_checks import (
    frozen,
    gaps,
    openings,
    shifted,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.panels import (
    NOTHING,
    SMALLEST_STEP,
    Finding,
    Floats,
    Mask,
    Own,
    Panel,
    Places,
    by_rows,
    finding,
    log_returns,
    masked_cells,
    median,
    robust_sigma,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.quarantine import Entries, quarantined
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import Check, CheckSettings


def units(panel: Panel, checks: CheckSettings) -> Finding:
    """Table: prices, percentages or cumulative returns where returns should be. Only returns that were handed in are looked at.

    A column looks like prices where its median is above `checks.units.median` (0.15: 15 % a day), or above 0.002, and it
    never falls in at least 30 days; like percentages where the median of abs(r) is above `checks.units.median`. Where most
    columns look so the table is refused (severity `refuse`); a few that do are masked and suspect. Where most columns follow
    the day before (autocorrelation above 0.8 over at least 30 days) they are cumulative: the table is refused as well.
    """
    if panel.handed_in is None:
        return NOTHING
    most = checks.units.median

    def answers(handed_in: Floats) -> tuple[np.ndarray, ...]:
        values = np.where(np.isinf(handed_in), np.nan, handed_in)
        known = ~np.isnan(values)
        count = known.sum(axis=1)
        usable = count >= 5
        rises = usable & (~known | (values > 0)).all(axis=1)
        middle = _medians(values, rises)
        prices = rises & ((middle > most) | ((middle > 0.002) & (count >= 30)))
        # No median is above what fewer than half of the values are above.
        sizes = np.abs(values)
        large = (sizes > most).sum(axis=1) * 2 >= count
        percent = ~prices & (_medians(sizes, usable & large) > most)
        return usable, prices, percent, ~prices & (_autocorrelation(values) > 0.8)

    usable, prices, percent, follows = by_rows(answers, panel.handed_in)
    looks = prices | percent
    if checks.units.severity == "refuse" and follows.sum() * 2 > usable.sum():
        raise DataContractError(
            f"ingestion: returns look cumulative, each day is nearly the day before: {int(follows.sum())} of "
            f"{int(usable.sum())} columns do ({offenders(panel.symbols[follows])}). Returns are the changes of single days: "
            "give prices as bars, or their daily changes (checks.units)"
        )
    if checks.units.severity == "refuse" and looks.sum() * 2 > usable.sum():
        like = "prices" if prices.sum() >= percent.sum() else "percentages"
        cure = "give prices as bars, or their daily changes" if like == "prices" else "divide them by 100"
        raise DataContractError(
            f"ingestion: returns look like {like}: {int(looks.sum())} of {int(usable.sum())} columns do "
            f"({offenders(panel.symbols[looks])}). Returns are fractions, 0.01 for 1 %: {cure} (checks.units)"
        )
    rows = np.flatnonzero(looks)
    words = np.select([prices, follows], ["looks like prices", "looks cumulative"], "looks like percentages")
    reasons = {int(row): str(words[row]) for row in rows}
    return finding({int(row): np.flatnonzero(panel.known[row]) for row in rows}, reasons)


def _medians(values: Floats, rows: Mask) -> Floats:
    """The median of these rows' known values, NaN for the others."""
    found = np.full(len(values), np.nan)
    if rows.any():
        found[rows] = row_medians(values[rows])
    return found


def _autocorrelation(values: Floats) -> Floats:
    """Each asset's correlation of a day with the day before, where both are known; NaN for fewer than 30 such pairs."""
    before, after = values[:, :-1], values[:, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    pairs = both.sum(axis=1)
    if not both.all():
        before, after = np.where(both, before, 0.0), np.where(both, after, 0.0)
    sums = [side.sum(axis=1) for side in (before, after)]
    products = [np.einsum("ij,ij->i", one, other) for one, other in ((before, before), (after, after), (before, after))]
    with np.errstate(divide="ignore", invalid="ignore"):
        squares = [product - total**2 / pairs for product, total in zip(products, sums, strict=False)]
        found = (products[2] - sums[0] * sums[1] / pairs) / np.sqrt(squares[0] * squares[1])
        # What is left of a constant series is rounding.
        varies = np.minimum(squares[0] / products[0], squares[1] / products[1]) > 1e-12
    return np.where((pairs >= 30) & varies, found, np.nan)


def closures(panel: Panel, checks: CheckSettings) -> Finding:
    """Row: closed days filled with zero. They count as no return.

    A day is a closure of a market where its assets with a return are at least three and all return exactly 0; Saturdays
    and Sundays are closures of an asset that returns exactly 0 on 90 % of them, and moves on most other days.
    """
    zero = panel.returns == 0.0
    if not zero.any():
        return NOTHING
    cells = np.zeros(zero.shape, dtype=bool)
    for market in np.unique(panel.markets):
        members = np.flatnonzero(panel.markets == market)
        whole = len(members) == len(zero)
        known, still = (values if whole else values[members] for values in (panel.known, zero))
        number = known.sum(axis=0)
        closed = np.flatnonzero((number >= 3) & (still.sum(axis=0) == number))
        cells[np.ix_(members, closed)] = zero[np.ix_(members, closed)]
    weekend: Mask = np.asarray(panel.dates.day_of_week) >= 5
    if weekend.any():
        ends, days = panel.known[:, weekend].sum(axis=1), panel.known[:, ~weekend].sum(axis=1)
        still, moving = zero[:, weekend].sum(axis=1), days - zero[:, ~weekend].sum(axis=1)
        padded = np.flatnonzero((ends >= 4) & (still >= 0.9 * ends) & (moving > 0.5 * days))
        cells[np.ix_(padded, np.flatnonzero(weekend))] |= zero[np.ix_(padded, np.flatnonzero(weekend))]
    return masked_cells(cells)


def holes(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: a return that spans a hole of more than `checks.holes.days` calendar days is no daily return.

    Where the level changed too, beyond `checks.splits.sigmas` and by more than half, another instrument goes by the
    name: all that lies before is masked with it.
    """
    places: dict[int, Places] = {}
    reasons: dict[int, str] = {}
    days = panel.dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    for row in map(int, np.flatnonzero(_interior_gaps(panel.known) >= _fewest_rows(days, checks.holes.days))):
        columns = np.flatnonzero(panel.known[row])
        spans = np.flatnonzero(np.diff(days[columns]) > checks.holes.days) + 1
        if len(spans):
            logs = log_returns(panel.returns[row, columns])
            changed = np.abs(logs[spans]) > max(math.log(2), checks.jumps.sigmas * robust_sigma(logs))
            last = spans[changed][-1] if changed.any() else -1
            places[row] = columns[np.union1d(np.arange(last + 1), spans)]
            if changed.any():
                reasons[row] = "another instrument before a hole"
    return finding(places, reasons)


def _interior_gaps(known: Mask) -> Places:
    """For each row the number of unknown cells between its first and its last known one."""
    first, last = known.argmax(axis=1), known.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray(np.where(known.any(axis=1), last - first + 1 - known.sum(axis=1), 0))


def _fewest_rows(days: Places, hole: int) -> int:
    """The least number of rows that a hole of more than so many calendar days takes."""
    ends = np.searchsorted(days, days + hole, side="right")
    inside = ends < len(days)
    return int((ends - np.arange(len(days)) - 1)[inside].min()) if inside.any() else len(days)


def splits(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: a step by the ratio of a split, down or up, between days that are ordinary.

    The step is within two sigmas of a ratio (at least 1 %, at most 12 %), the three returns on either side within six.
    The step is beyond `checks.splits.sigmas` of the asset. Where the volume is known the day's must be ordinary: units or
    value traded at most 3 x the median of the 20 days before (news moves both); then three quarters of that many sigmas
    will do. Where it is unknown 3:2 isn't looked for.
    """
    places: dict[int, Places] = {}
    reasons: dict[int, str] = {}
    known = sorted(checks.splits.ratios)
    ratios = ln(np.array(known))
    for row, own in panel.own():
        for place in np.flatnonzero(np.abs(own.logs) > SMALLEST_STEP):
            step = abs(own.logs[place])
            if not step > 0.75 * checks.splits.sigmas * own.sigma:
                continue  # whatever its volume says
            nearest = int(np.argmin(np.abs(ratios - step)))
            quiet = _ordinary_volume(own, int(place))
            needed = checks.splits.sigmas * (0.75 if quiet else 1.0)
            slack = min(max(2 * own.sigma, 0.01), 0.12)
            around = np.r_[own.logs[max(0, place - 3) : place], own.logs[place + 1 : place + 4]]
            if (
                quiet is not False
                and step > needed * own.sigma
                and abs(ratios[nearest] - step) <= slack
                and (quiet or ratios[nearest] > 0.6)
                and (np.abs(around) <= 6 * own.sigma).all()
            ):
                places[row] = np.append(places.get(row, NOTHING.columns), own.columns[place])
                ratio = f"{known[nearest]:g}"
                reasons[row] = f"unapplied split {f'1:{ratio}' if own.logs[place] < 0 else f'{ratio}:1'}"
    return finding(places, reasons)


def _ordinary_volume(own: Own, place: int) -> bool | None:
    """Whether units or value traded are as on the days before; None where that is unknown."""
    if own.volume is None or not own.volume[place] > 0:
        return None
    before = own.volume[max(0, place - 20) : place]
    usual = median(before[before > 0]) if (before > 0).sum() >= 5 else np.nan
    if np.isnan(usual):
        return None
    units_ = own.volume[place] / usual
    return bool(min(units_, units_ * math.exp(own.logs[place])) <= 3.0)


def jumps(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: a step that no market makes in a day.

    Beyond a factor of `checks.jumps.factor` (down or up) and `checks.jumps.sigmas` of the asset, or beyond a factor of
    `checks.jumps.certain` whatever the asset does otherwise.
    """
    places: dict[int, Places] = {}
    for row, own in panel.own():
        step = np.abs(own.logs)
        beyond = (step > math.log(checks.jumps.factor)) & (step > checks.jumps.sigmas * own.sigma)
        beyond |= step > math.log(checks.jumps.certain)
        if beyond.any():
            places[row] = own.columns[beyond]
    return finding(places)


def stale(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: a close that stands still for `checks.stale.days` of the asset's own days or more says nothing."""
    return _long_runs(panel.returns == 0.0, panel.known, checks.stale.days)


def idle(panel: Panel, checks: CheckSettings) -> Finding:
    """Cell: no volume for `checks.idle.days` of the asset's own days or more, in an asset that has volume otherwise."""
    if panel.volume is None:
        return NOTHING
    traded: Mask = np.asarray((panel.volume > 0).any(axis=1, keepdims=True))
    return _long_runs((panel.volume == 0.0) & traded, panel.known, checks.idle.days)


def _long_runs(holds: Mask, known: Mask, least: int) -> Finding:
    """Where `holds` does so for `least` known cells of a row in succession."""
    places: dict[int, Places] = {}
    for row in map(int, np.flatnonzero(holds.sum(axis=1) >= least)):
        columns = np.flatnonzero(known[row])
        edges = np.flatnonzero(np.diff(np.r_[0, holds[row, columns].astype(np.int8), 0]))
        lengths = edges[1::2] - edges[::2]
        runs = [
            columns[start : start + length]
            for start, length in zip(edges[::2], lengths, strict=True)
            if length >= least
        ]
        if runs:
            places[row] = np.concatenate(runs)
    return finding(places)


ReturnCheck = Callable[[Panel, CheckSettings], Finding]
# Name to check, in the order in which they run: what one masks the next ones don't see.
RETURN_CHECKS: Mapping[str, ReturnCheck] = {
    "units": units,
    "closures": closures,
    "gaps": gaps,
    "shifted": shifted,
    "frozen": frozen,
    "holes": holes,
    "openings": openings,
    "splits": splits,
    "jumps": jumps,
    "stale": stale,
    "idle": idle,
}
REASONS: Mapping[str, str] = {
    "closures": "closed day filled with zero",
    "gaps": "no bar on a day of its market",
    "shifted": "dates off by a day",
    "frozen": "bar without a price of its own",
    "holes": "return across a hole",
    "jumps": "impossible jump",
    "stale": "price stands still",
    "idle": "no volume",
    "prints": "price print that reverses",
    "volume_unit": "volume in another unit",
}
# Checks whose cells come in long runs: one row of quarantine an asset, counting them.
COUNTED = ("units", "closures", "gaps", "shifted", "frozen", "stale", "idle", "volume_unit")


@dataclass(frozen=True)
class Judgement:
    """What the checks made of a panel."""

    cells: Mask
    """The cells that become unknown, (assets, days)."""
    quarantine: pd.DataFrame
    suspects: npt.NDArray[np.int_]
    """Number of suspicious findings, (assets,)."""


def judged_returns(panel: Panel, checks: CheckSettings) -> Judgement:
    """All checks of returns in their order.

    Raises `DataContractError` where a check with severity `refuse` finds something.
    """
    suspects = np.zeros(len(panel.symbols), dtype=int)
    parts: list[Entries] = []
    for name, check in RETURN_CHECKS.items():
        settings: Check = getattr(checks, name)
        found = NOTHING if settings.severity == "off" else check(panel, checks)
        if not found.rows.size:
            continue
        entries = finding_entries(name, found, panel.table, panel.symbols, panel.dates, panel.returns)
        if settings.severity == "refuse" and name != "units":
            refuse(name, quarantined(entries))
        parts.append(entries)
        if settings.severity != "mask":
            suspects[np.unique(found.rows)] += 1
        panel.mask(found)
    cells = np.zeros(panel.returns.shape, dtype=bool) if panel.masked is None else panel.masked
    return Judgement(cells, quarantined(*parts), suspects)


def refuse(name: str, record: pd.DataFrame) -> None:
    """Raises `DataContractError` with what a check found."""
    where = (record["symbol"] + " " + record["date"].dt.strftime("%Y-%m-%d").fillna("")).tolist()
    raise DataContractError(
        f"ingestion: {record['reason'].iloc[0]}: {offenders(where)}. Mend the data, or set checks.{name}.severity to "
        '"suspect", "mask" or "off"'
    )


def finding_entries(
    name: str, found: Finding, table: str, symbols: pd.Index, dates: pd.DatetimeIndex, values: Floats
) -> Entries:
    """What a check found as rows of quarantine: one a cell, or one an asset where they come in runs."""
    order = np.lexsort((found.columns, found.rows))
    rows, columns = found.rows[order], found.columns[order]
    treatment = {"prints": "set aside", "gaps": "absent"}.get(name, "masked")
    number = np.ones(len(rows))
    if name in COUNTED:
        rows, first, counts = np.unique(rows, return_index=True, return_counts=True)
        columns, number = columns[first], counts.astype(np.float64)
    reasons = [found.reasons.get(int(row), REASONS.get(name, name)) for row in rows]
    return Entries(table, symbols[rows], dates[columns], reasons, values[rows, columns], treatment, number)


def prints(closes: Floats, checks: CheckSettings) -> Mask:
    """Row: bars whose price is left after at most `checks.prints.bars` of them for where it was before (x100, pence).

    The steps there and back are beyond a factor of `checks.prints.factor` and `checks.prints.sigmas` of the asset, and
    between the bars before and after lies an ordinary move (three sigmas a bar, by the square root). So are the first
    bars of an asset that end with such a step. `closes` is (assets, days); gives the bars to set aside.
    """
    aside = np.zeros(closes.shape, dtype=bool)
    known = ~np.isnan(closes)
    for row in _stepping(closes, known, checks.prints.factor):
        columns = np.flatnonzero(known[row])
        level = ln(closes[row, columns])
        aside[row, columns[_passing(level, checks)]] = True
    return aside


def _stepping(closes: Floats, known: Mask, factor: float) -> Places:
    """The rows with a step beyond the factor between two known prices."""
    count = known.sum(axis=1)
    if not closes.size:
        return np.array([], dtype=np.intp)
    packed = closes
    if not known.all():
        packed = np.full(closes.shape, np.nan)
        packed[np.arange(closes.shape[1]) < count[:, None]] = closes[known]
    ratio = packed[:, 1:] / packed[:, :-1]
    return np.flatnonzero(((ratio > factor) | (ratio < 1 / factor)).any(axis=1))


def _passing(level: Floats, checks: CheckSettings) -> Mask:
    """Which of an asset's log prices are passing prints."""
    aside = np.zeros(len(level), dtype=bool)
    logs = np.diff(level)
    sigma, longest = robust_sigma(logs), checks.prints.bars
    large = (np.abs(logs) > math.log(checks.prints.factor)) & (np.abs(logs) > checks.prints.sigmas * sigma)
    for place in map(int, np.flatnonzero(large)):
        if aside[place]:
            continue  # the step back
        for back in range(place + 2, min(place + 2 + longest, len(level))):
            near = abs(level[back] - level[place]) <= 3 * sigma * np.sqrt(back - place)
            if large[back - 1] and near:
                aside[place + 1 : back] = True
                break
        else:
            if place < longest:
                aside[: place + 1] = True
    return aside


def _changing_level(volume: Floats, factor: float, block: int = 10) -> Places:
    """The rows in which the least of one block of days exceeds the most of another by the factor."""
    blocks = volume.shape[1] // block
    if not len(volume) or not blocks:
        return NOTHING.rows
    whole = volume[:, : blocks * block].reshape(len(volume), blocks, block)
    least, most = np.fmin.reduce(whole, axis=2), np.fmax.reduce(whole, axis=2)
    return np.flatnonzero(np.fmax.reduce(least, axis=1) > factor * np.fmin.reduce(most, axis=1))


def volume_unit(volume: Floats, closes: Floats, checks: CheckSettings) -> Mask:
    """Asset: volume that changes by a factor of `checks.volume_unit.factor` or more in a day, for good, without a price step.

    The medians of the ten days before and after are compared. Gives the assets' known volumes, (assets, days).
    """
    cells = np.zeros(volume.shape, dtype=bool)
    known = (volume > 0) & ~np.isnan(closes)
    for row in _changing_level(np.where(known, volume, np.nan), checks.volume_unit.factor / 3):
        columns = np.flatnonzero(known[row])
        logs, price = ln(volume[row, columns]), ln(closes[row, columns])
        for place in np.flatnonzero(np.abs(np.diff(logs)) > math.log(checks.volume_unit.factor / 3)) + 1:
            before, after = logs[max(0, place - 10) : place], logs[place : place + 10]
            moved = abs(price[place] - price[place - 1]) > 0.2
            apart = abs(median(after) - median(before)) > math.log(checks.volume_unit.factor)
            if len(before) >= 5 and len(after) >= 5 and apart and not moved:
                cells[row] = ~np.isnan(volume[row])
    return cells


BarCheck = Callable[..., Mask]
# Name to check of the wide bars; they run before returns are made of them.
BAR_CHECKS: Mapping[str, BarCheck] = {"prints": prints, "volume_unit": volume_unit}
