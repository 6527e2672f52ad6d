"""The measures of a walk in plain words: what the score knew, what the list earned beside its controls, what was traded."""

from collections.abc import Mapping
from typing import Any

PERCENT = 100.0


def walk_text(found: Mapping[str, Any]) -> str:
    """The document of `walk_measures` as a page of text."""
    parts = [
        *(_head(found), _information(found), _controls(found), _books(found), _lists(found)),
        *([_ablation(found)] if found["ablation"] else []),
        *(_gates(found), _ladder(found)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _head(found: Mapping[str, Any]) -> list[str]:
    dates = found["dates"]
    counted = ", ".join(f"{count} {name}" for name, count in dates.items() if name != "all")
    lines = [
        f"walk {found['walk']}  profile {found['profile']}",
        f"{dates['all']} dates from {found['from']} to {found['to']}, one per {sessions(found['every'])}: {counted}",
        f"{found['assets']['per_date']:.0f} assets per date; {found['assets']['ended']} of {found['assets']['rows']} rows end "
        f"within {sessions(found['every'])}, with their last price",
        f"{found['masked']} daily returns of all the data aren't believed and count as no move",
    ]
    late = [
        f"the model of {scorer} is older than its schedule has it on {each['dates']} dates, up to {sessions(each['oldest'])}"
        for scorer, each in found["overdue"].items()
    ]
    return [*lines, *late, *(f"{count} refused: {reason}" for reason, count in found["refusals"].items())]


def _information(found: Mapping[str, Any]) -> list[str]:
    """Rank IC x 1000 by scorer and horizon."""
    horizons = list(found["information"]["conviction"])
    lines = [
        "rank IC x 1000 with the excess over the pool, (standard error)",
        _row("sessions ahead", *horizons),
    ]
    for name, by_horizon in found["information"].items():
        lines.append(_row(name, *(_mean(by_horizon[horizon]["ic"], 1000.0, 0) for horizon in horizons)))
    spread = found["quantiles"]["spread"]
    leaks = [
        f"{name} has a rank IC of {each['ic']['mean']:.2f} over {sessions(each['horizon'])}: too good, it may see the future"
        for name, each in found["too_good"].items()
    ]
    means = "  ".join(f"{_number(value['mean'], PERCENT, 2)}" for value in found["quantiles"]["quantiles"].values())
    return [
        *lines,
        *leaks,
        f"excess by fifths of conviction, lowest first, in %: {means or 'unknown'}; "
        f"highest less lowest {_mean(spread, PERCENT, 2)}",
    ]


def _controls(found: Mapping[str, Any]) -> list[str]:
    horizons = list(found["controls"]["pool"])
    lines = ["winners less control, in % (standard error)", _row("sessions held", *horizons, "beaten")]
    for name, by_horizon in found["controls"].items():
        beaten = by_horizon[str(found["every"])].get("beaten")
        share = "" if beaten is None else f"{PERCENT * beaten:.0f} %"
        lines.append(_row(name, *(_mean(by_horizon[horizon]["mean"], PERCENT, 2) for horizon in horizons), share))
    return [*lines, f"beaten: share of {found['every']}-session random books that earned less than the winners"]


def _books(found: Mapping[str, Any]) -> list[str]:
    columns = ("size", "return %", "Sharpe", "net", "drawdown %", "traded", "replaced", "correlation", "bets")
    lines = [f"books, held {sessions(found['every'])}", _row("", *columns)]
    for name, book in found["books"].items():
        cells = [
            _number(book["size"], 1, 1),
            _mean(book["return"], PERCENT, 2),
            _number(book["sharpe"], 1, 2),
            _number(book["net_sharpe"], 1, 2),
            _number(book["drawdown"], PERCENT, 1),
            _number(book["traded"], 1, 2),
            _number(book["replaced"], 1, 2),
            _number(book["correlation"], 1, 2),
            _number(book["bets"], 1, 1),
        ]
        lines.append(_row(name, *cells))
    return lines


def _lists(found: Mapping[str, Any]) -> list[str]:
    """Each list of winners: what stays of it, and what it has beyond the pool."""
    lines = [
        "lists by scorer, each under its own ladder",
        _row("", "size", "kept %", "Jaccard", "beyond pool %", "without best"),
    ]
    for name, each in found["lists"].items():
        cells = (
            _number(each["size"], 1, 1),
            _number(each["kept"], PERCENT, 0),
            _number(each["jaccard"], 1, 2),
            _mean(each["beyond_pool"], PERCENT, 2),
            _mean(each["without_best"], PERCENT, 2),
        )
        lines.append(_row(name, *cells))
    return [
        *lines,
        "kept: share of the list of the date before; without best: had it not held the ten rows that earned most",
        f"partition from date to date: adjusted Rand index {_mean(found['partition'], 1, 2)}",
    ]


def _ablation(found: Mapping[str, Any]) -> list[str]:
    """What each part of the selection was worth."""
    lines = [
        "the same selection without a part",
        _row("without", "size", "traded", "bets", "beyond pool %", "worth %", "net %"),
    ]
    for name, each in found["ablation"].items():
        cells = (
            _number(each["size"], 1, 1),
            _number(each["traded"], 1, 2),
            _number(each["bets"], 1, 1),
            _mean(each["beyond_pool"], PERCENT, 2),
            _mean(each["worth"], PERCENT, 2),
            _mean(each["net_worth"], PERCENT, 2),
        )
        lines.append(_row(name, *cells))
    return [*lines, "worth: the winners less that list, so above 0 the part is worth having; net of what is traded"]


def _gates(found: Mapping[str, Any]) -> list[str]:
    lines = ["gates at the first rung", _row("", "vetoed %", "alone %", "worth %", "volatility %", "drawdown %")]
    for name, gate in found["gates"].items():
        vetoed, alone = _number(gate["vetoed"], PERCENT, 1), _number(gate["alone"], PERCENT, 1)
        lines.append(_row(name, vetoed, alone, *_compared(gate)))
    lines.append(_row("admitted by relaxation", "", "", *_compared(found["relaxation"])))
    return [
        *lines,
        "of what it passed less of what it vetoed (of what relaxation admitted less of the strict winners): worth is excess,",
        "volatility is a year's, a drawdown is 0 or below",
    ]


def _compared(found: Mapping[str, Any]) -> tuple[str, str, str]:
    return (
        _mean(found["worth"], PERCENT, 2),
        _mean(found["volatility"], PERCENT, 1),
        _mean(found["drawdown"], PERCENT, 2),
    )


def _ladder(found: Mapping[str, Any]) -> list[str]:
    rungs = ", ".join(
        f"rung {rung} {PERCENT * each['dates']:.0f} % ({_mean(each['excess'], PERCENT, 2)} %)"
        for rung, each in found["rungs"].items()
    )
    routes = ", ".join(
        f"{name} {route['winners']} ({_mean(route['excess'], PERCENT, 2)} %)" for name, route in found["routes"].items()
    )
    return [
        f"dates ended at, with the winners' excess: {rungs}",
        f"winners by route, with their excess: {routes or 'none'}",
    ]


def sessions(count: int) -> str:
    """So many sessions, in words."""
    return "1 session" if count == 1 else f"{count} sessions"


def _row(name: str, *cells: str) -> str:
    return f"{name:27}" + "".join(f"{cell:>14}" for cell in cells)


def _mean(found: Mapping[str, Any], scale: float, digits: int) -> str:
    if found["mean"] is None:
        return "unknown"
    error = "?" if found["error"] is None else f"{scale * found['error']:.{digits}f}"
    return f"{_number(found['mean'], scale, digits)} ({error})"


def _number(value: float | None, scale: float, digits: int) -> str:
    if value is None:
        return "-"
    # No minus before what rounds to nothing.
    return f"{round(scale * value, digits) + 0.0:.{digits}f}"
