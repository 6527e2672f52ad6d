"""What differs between two runs, from the data of their pages: facts, settings, inputs, figures, the pool.

`compared` gives what a page shows beside another run; "this" is the page's own run, "other" the one it is held against.
`turnover` is how much of the portfolio changes. Why each winner came, stayed or went is not found here: whoever makes the
page hands it over.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

FACTS = ("profile", "first_day", "as_of", "days", "floor", "reached_floor", "rung")
Row = list[Any]


def compared(
    this: Mapping[str, Any], other: Mapping[str, Any], names: tuple[str, str], winners: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The differences between two pages' data; `names` are what the runs are called.

    `winners` has a row per winner of either run: asset, change, conviction and rank (this, other), why.
    """
    ours, theirs = set(this["assets"]["symbol"]), set(other["assets"]["symbol"])
    now, before = directed_winners(this), directed_winners(other)
    return {
        "this": names[0],
        "other": names[1],
        "facts": changed({name: this[name] for name in FACTS}, {name: other[name] for name in FACTS}),
        "settings": changed(_settings(this), _settings(other)),
        "inputs": changed(_inputs(this), _inputs(other)),
        "figures": changed(this["figures"], other["figures"]),
        "entered": sorted(ours - theirs),
        "left": sorted(theirs - ours),
        "winners": list(winners),
        "turnover": turnover(before, now),
        "turned": [name for name, side in now.items() if before.get(name, side) != side],
    }


def directed_winners(data: Mapping[str, Any]) -> dict[str, str]:
    """Winner to direction, best first."""
    assets, sides = data["assets"], data["assets"]["direction"]
    return {assets["symbol"][place]: sides["names"][sides["codes"][place]] for place in data["winners"]}


def turnover(before: Mapping[str, str], now: Mapping[str, str]) -> float:
    """The share of an equal-weight portfolio that has to be bought to go from one set of directed winners to another.

    From 0 (the same) to 1 (nothing is kept). One-sided: half the sum of all changes of weight. A winner whose direction
    turned is another position; where nobody won, all is cash, whose weight counts too.
    """
    held, wanted = _weights(before), _weights(now)
    bought = sum(max(0.0, weight - held.get(position, 0.0)) for position, weight in wanted.items())
    return round(bought, 9)


def _weights(winners: Mapping[str, str]) -> dict[tuple[str, str], float]:
    return {position: 1.0 / len(winners) for position in winners.items()} or {("cash", ""): 1.0}


def changed(this: Mapping[str, Any], other: Mapping[str, Any]) -> list[Row]:
    """Name and both values, None where one has none, of what isn't equal."""
    names = dict.fromkeys([*this, *other])
    return [[name, this.get(name), other.get(name)] for name in names if this.get(name) != other.get(name)]


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
