"""Cells of the research page: a mean with its error, bold where luck alone would hardly give it.

How large |t| has to be depends on how many were looked at: the figures of a table times the trials that the project knows.
With `n` useless ones, one is beyond the bar in one case of twenty (Bonferroni; normal quantile of 1 - 0.025 / n).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    UNKNOWN,
    Cell,
    Column,
    Html,
    element,
    joined,
    plural,
    row,
    shown_number,
    table,
)

LUCK = 0.05
PERCENT = 100.0
Entry = Mapping[str, Any]


def bar_of(figures: int, trials: int) -> float:
    """The |t| that the best of so many useless figures passes in one case of twenty."""
    return NormalDist().inv_cdf(1.0 - LUCK / 2.0 / max(figures * max(trials, 1), 1))


def note(figures: int, trials: int) -> Html:
    """What bold means in a table of so many figures."""
    bar = shown_number(bar_of(figures, trials), 3)
    return joined(
        [
            f"Mean (standard error). {plural(figures, 'figure')}, {plural(trials, 'trial')} known to the project: ",
            element("b", "bold"),
            f" where |mean / error| is above {bar}, which luck alone gives any of them in one case of twenty.",
        ]
    )


@dataclass(frozen=True)
class Figure:
    """A column of a table: its title, the entry's key, and how the number is shown."""

    title: str
    key: str
    scale: float = 1.0
    digits: int = 2
    with_error: bool = False
    """Whether it is a mean with its error, which luck may have made."""

    def cell(self, entry: Entry, bar: float) -> Cell:
        """The cell of one row."""
        if self.with_error:
            return measured(entry[self.key], bar, self.scale, self.digits)
        return plain(entry[self.key], self.scale, self.digits)


def figure_table(
    testid: str, caption: str, head: str, entries: Mapping[str, Entry], figures: Sequence[Figure], trials: int
) -> Html:
    """A row per entry with the same figures of each; those with an error are what was looked at."""
    count = sum(each.with_error for each in figures) * len(entries)
    bar = bar_of(count, trials)
    columns = [Column(head), *numeric(*(each.title for each in figures))]
    rows = [
        row(columns, [named(name), *(each.cell(entry, bar) for each in figures)]) for name, entry in entries.items()
    ]
    return noted_table(testid, caption, columns, rows, count, trials)


def noted_table(
    testid: str, caption: str, columns: Sequence[Column], rows: Iterable[Html], figures: int, trials: int
) -> Html:
    """A table with a note on what its bold figures are; the note wraps where the table scrolls."""
    return element("p", note(figures, trials), class_="note") + table(testid, caption, columns, rows, sortable=False)


def named(name: str) -> Cell:
    """The cell that says whose the row is; it doesn't wrap."""
    return Cell(name, name, "still")


def measured(entry: Entry | None, bar: float, scale: float = 1.0, digits: int = 2) -> Cell:
    """`mean (error)`; the exact mean behind it; a lone mean where there are too few dates for an error."""
    if entry is None or entry["mean"] is None:
        return Cell(UNKNOWN, "")
    shown = fixed(entry["mean"], scale, digits)
    error = "?" if entry["error"] is None else fixed(entry["error"], scale, digits)
    text = f"{shown} ({error})"
    beyond = entry["t"] is not None and abs(entry["t"]) > bar
    return Cell(element("b", text) if beyond else text, entry["mean"])


def plain(value: float | None, scale: float = 1.0, digits: int = 2) -> Cell:
    """A number to so many places, the exact one behind it."""
    return Cell(UNKNOWN, "") if value is None else Cell(fixed(value, scale, digits), value)


def fixed(value: float, scale: float, digits: int) -> str:
    """A number to so many places with a true minus; none before what rounds to nothing."""
    return f"{round(scale * value, digits) + 0.0:.{digits}f}".replace("-", "\u2212")


def numeric(*titles: str) -> list[Column]:
    """Columns of numbers."""
    return [Column(title, numeric=True) for title in titles]
