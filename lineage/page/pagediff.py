"""What differs between two runs, from the data of their pages: facts, settings, inputs, figures, and every winner's fate.

`compared` gives what a page shows with `--against`; "this" is the page's own run, "other" the one it is held against.
"""

import math
import tomllib
from collections.abc import Mapping
from typing import Any

FACTS = ("profile", "first_day", "as_of", "days", "floor", "reached_floor", "rung")
SIGNS = {">=": "\N{GREATER-THAN OR EQUAL TO}", "<=": "\N{LESS-THAN OR EQUAL TO}", ">": ">", "<": "<"}
Row = list[Any]


def compared(this: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str]) -> dict[str, Any]:
    """The differences between two pages' data; `names` are what the runs are called."""
    ours, theirs = Run(this), Run(other)
    return {
        "this": names[0],
        "other": names[1],
        "facts": changed({name: this[name] for name in FACTS}, {name: other[name] for name in FACTS}),
        "settings": changed(_settings(this), _settings(other)),
        "inputs": changed(_inputs(this), _inputs(other)),
        "figures": changed(this["figures"], other["figures"]),
        "entered": sorted(ours.place.keys() - theirs.place.keys()),
        "left": sorted(theirs.place.keys() - ours.place.keys()),
        "winners": [_fate(symbol, ours, theirs) for symbol in [*ours.winners, *_gone(ours, theirs)]],
    }


def changed(this: Mapping[str, Any], other: Mapping[str, Any]) -> list[Row]:
    """Name and both values, None where one has none, of what isn't equal."""
    names = dict.fromkeys([*this, *other])
    return [[name, this.get(name), other.get(name)] for name in names if this.get(name) != other.get(name)]


class Run:
    """Questions about the assets of one page."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data, self._assets = data, data["assets"]
        self.place: dict[str, int] = {symbol: i for i, symbol in enumerate(self._assets["symbol"])}
        self.winners: list[str] = [self._assets["symbol"][i] for i in data["winners"]]

    def of(self, column: str, symbol: str) -> Any:
        """A number of an asset; None where it isn't in the pool."""
        return self._assets[column][self.place[symbol]] if symbol in self.place else None

    def coded(self, column: str, symbol: str) -> str:
        """A word about an asset."""
        words = self._assets[column]
        return str(words["names"][words["codes"][self.place[symbol]]])

    def failures(self, symbol: str) -> dict[str, str]:
        """Each gate that stops the asset, and how."""
        i = self.place[symbol]
        return {gate["gate"]: self._failure(gate, i) for gate in self._data["gates"] if gate["verdicts"][i] in "fu"}

    def _failure(self, gate: Mapping[str, Any], i: int) -> str:
        return f"{_number(self._data['columns'][gate['column']][i])}, needs {SIGNS[gate['op']]} {_number(gate['threshold'])}"

    def reading(self, gate: str, symbol: str) -> str:
        """The asset's value at a gate, for comparison with another run's."""
        found = next((entry for entry in self._data["gates"] if entry["gate"] == gate), None)
        if found is None or symbol not in self.place:
            return ""
        value = self._data["columns"][found["column"]][self.place[symbol]]
        return f"{_number(value)} against {SIGNS[found['op']]} {_number(found['threshold'])}"


def _gone(ours: Run, theirs: Run) -> list[str]:
    return [symbol for symbol in theirs.winners if symbol not in set(ours.winners)]


def _fate(symbol: str, ours: Run, theirs: Run) -> dict[str, Any]:
    won, had_won = symbol in set(ours.winners), symbol in set(theirs.winners)
    change = "stayed" if won and had_won else "came" if won else "went"
    return {
        "asset": symbol,
        "change": change,
        "conviction": [ours.of("conviction", symbol), theirs.of("conviction", symbol)],
        "rank": [ours.of("rank", symbol), theirs.of("rank", symbol)],
        "why": _stayed(symbol, ours, theirs) if change == "stayed" else _why(symbol, ours, theirs, change == "came"),
    }


def _why(symbol: str, ours: Run, theirs: Run, came: bool) -> str:
    """What kept the asset out of the run in which it did not win, and how that stood in the run in which it did."""
    lost, won, when = (theirs, ours, "in the other run") if came else (ours, theirs, "in this run")
    if symbol not in lost.place:
        return f"not in the pool {when}"
    failures = lost.failures(symbol)
    if not failures:
        return f"{lost.coded('outcome', symbol)} {when}, in cluster {lost.of('cluster', symbol)}"
    told = [f"{gate} ({failure}; where it won: {won.reading(gate, symbol)})" for gate, failure in failures.items()]
    return f"stopped {when} by {'; '.join(told)}"


def _stayed(symbol: str, ours: Run, theirs: Run) -> str:
    parts = [
        f"{word}: {theirs.coded(column, symbol)} before"
        for word, column in (("route", "route"), ("direction", "direction"))
        if ours.coded(column, symbol) != theirs.coded(column, symbol)
    ]
    return "; ".join(parts)


def _settings(data: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_leaves(tomllib.loads(data["settings"]), ""))


def _leaves(table: Mapping[str, Any], prefix: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        if isinstance(value, dict) and value:
            found += _leaves(value, f"{prefix}{name}.")
        else:
            # NaN isn't equal to itself, and a page shows lists as text anyway.
            plain = isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
            found.append((f"{prefix}{name}", value if plain else str(value)))
    return found


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {entry["name"]: f"{entry['rows']} rows, {entry['digest'][:19]}" for entry in data["inputs"]}


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4g}"
