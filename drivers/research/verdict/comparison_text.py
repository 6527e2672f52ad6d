"""A comparison in plain words."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import FEWEST_DATES

WIDTH, PERCENT = 26, 100


def comparison_text(found: Mapping[str, Any]) -> str:
    """The document of `comparison` as a page of text."""
    trials = found["trials"]
    parts = [
        f"walk {found['walk']}  profile {found['profile']}  {found['from']} to {found['to']}, "
        f"one date per {_sessions(found['every'])}",
        f"champion {found['champion']}; {_counted(trials['known'], 'trial')} known to this project, "
        f"{trials['at_hand']} in this walk",
        "",
        f"rank IC x 1000 over {_sessions(found['horizon'])}, paired by date (standard error) [95 % of the bootstrap]",
        _row("", "champion", "challenger", "difference", "deflated p", "e-value"),
        *(_knows(name, each, found) for name, each in found["challengers"].items()),
        "",
        f"book less the champion's, % per date, net of {found['cost']:g} basis points",
        *(_earns(name, each) for name, each in found["challengers"].items()),
        "",
        *(_verdict(name, each) for name, each in found["challengers"].items()),
        *_notes(found),
    ]
    return "\n".join(parts)


def _knows(name: str, each: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    ic = each["ic"]
    return _row(
        name,
        _number(ic["champion"], 1000, 0),
        _number(ic["challenger"], 1000, 0),
        _mean(ic, 1000, 0),
        _number(ic["p_deflated"], 1, 4),
        f"{each['anytime']['highest']:.3g} of {found['threshold']:g}",
    )


def _earns(name: str, each: Mapping[str, Any]) -> str:
    book = each["book"]
    whose = "" if book["own"] else "  (no book of its own: its best of the champion's eligible)"
    return f"{_row(name, _mean(book, PERCENT, 3))}{whose}"


def _verdict(name: str, each: Mapping[str, Any]) -> str:
    more = each["more_dates"]
    if more is None:
        wait = ""
    elif each["dates"] < FEWEST_DATES:
        wait = f"; at least {_counted(more, 'more date')}"
    else:
        wait = f"; {_counted(more, 'more date')} would do if it is what it seems"
    return f"{name}: {each['verdict']} ({each['why']}{wait})"


def _notes(found: Mapping[str, Any]) -> list[str]:
    looked = [name for name, each in found["challengers"].items() if each["looks"] > 1]
    lines = []
    if looked and found["rule"] == "one look":
        lines.append(
            f"looked at in other walks too: {', '.join(looked)}; a p-value holds for one look, --anytime for any number"
        )
    opinions = found["arch"]
    if opinions is None:
        return [
            *lines,
            "SPA, StepM and model confidence set: not there (too few dates, or pip install 'tvselect[research]')",
        ]
    spa = opinions["spa"]["consistent"]
    return [
        *lines,
        f"arch: SPA p {spa:.3f}; StepM: {_names(opinions['stepm'])}; confidence set: {_names(opinions['confidence_set'])}",
    ]


def _names(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _mean(part: Mapping[str, Any], scale: float, places: int) -> str:
    mean, (low, high) = part["difference"], part["interval"]
    error, ends = _number(mean["error"], scale, places), (_number(low, scale, places), _number(high, scale, places))
    return f"{_number(mean['mean'], scale, places)} ({error}) [{ends[0]} {ends[1]}]"


def _number(value: float | None, scale: float, places: int) -> str:
    return "?" if value is None else f"{scale * value:.{places}f}"


def _row(*cells: str) -> str:
    name, *others = cells
    return f"{name:{WIDTH}}" + "".join(
        f" {cell:>{(WIDTH if '[' in cell or cell == 'difference' else 14) - 1}}" for cell in others
    )


def _sessions(count: int) -> str:
    return _counted(count, "session")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
