"""The equal-weight curves as static HTML: what they are, figures in a table, wealth and drawdown as one SVG.

The drawing is made twice, for wide and for narrow screens, of the same points; the style sheet shows one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Column,
    Html,
    element,
    joined,
    number,
    percent,
    percentage,
    plural,
    row,
    shown_number,
    table,
)

Data = Mapping[str, Any]
NAMES = {"winners": "winners, directed", "pool": "pool, all long", "benchmark": "benchmark, long"}
IN_SAMPLE = "In-sample: these days were used to choose the winners, so the curve says nothing about days to come."
POLICY = (
    "A short earns minus the asset's return. Weights are equal again every day, and nothing is paid for trading. A day without "
    "a return counts as 0 between an asset's first and last return (its market was closed); before the first and after "
    "the last the asset is not in the mean."
)
WIDE, NARROW = 900, 340
TOP, PANEL, GAP, BOTTOM, LEFT, RIGHT = 22, 190, 44, 40, 52, 12


def curves_html(data: Data) -> Html:
    """The section, without its heading."""
    curves = data["curves"]
    columns = [
        Column("line"),
        Column("drawn as", picture=True),
        Column("assets", numeric=True),
        Column("total return", numeric=True),
        Column("deepest drawdown", numeric=True),
        Column("on"),
        Column("missing returns counted as 0", numeric=True),
    ]
    rows = [
        row(
            columns,
            [
                f"{NAMES[line['name']]}{' (' + ', '.join(line['symbols']) + ')' if line['symbols'] else ''}",
                _swatch(line["name"]),
                number(line["assets"]),
                percentage(line["total"]),
                percentage(line["max_drawdown"]),
                line["trough"],
                number(line["holes"]),
            ],
        )
        for line in curves["lines"]
    ]
    caption = f"Equal weights from {data['first_day']} to {data['as_of']}, {plural(data['days'], 'day')}."
    return joined(
        [
            element("p", element("b", IN_SAMPLE), data_testid="in-sample"),
            element("p", POLICY, data_testid="curve-policy"),
            None if _has(data, "winners") else element("p", "Nobody won, so there is no line of winners."),
            None if _has(data, "benchmark") else element("p", _no_benchmark(data), data_testid="no-benchmark"),
            table("curve-figures", caption, columns, rows, sortable=False),
            element("div", drawing(curves, WIDE), class_="only-wide"),
            element("div", drawing(curves, NARROW), class_="only-narrow"),
        ]
    )


def _has(data: Data, name: str) -> bool:
    return any(line["name"] == name for line in data["curves"]["lines"])


def _no_benchmark(data: Data) -> str:
    named = data["coverage"]["benchmarks"]["named"]
    return f"There is no line of a benchmark: the profile names {', '.join(named) or 'none'}, and the pool has none of these."


@dataclass(frozen=True)
class Panel:
    """One of the two pictures: where it stands, and the values at its edges."""

    title: str
    top: float
    low: float
    high: float
    shown: Any
    """Value to the text of its tick."""

    def y(self, value: float) -> float:
        """Where a value stands."""
        return self.top + PANEL * (self.high - value) / ((self.high - self.low) or 1.0)


def drawing(curves: Data, width: int) -> Html:
    """Wealth above, drawdown below, the same days across."""
    days = [date.fromisoformat(day).toordinal() for day in curves["days"]]
    span = (days[-1] - days[0]) or 1
    across = [LEFT + (width - LEFT - RIGHT) * (day - days[0]) / span for day in days]
    wealth, depth = (
        [value for line in curves["lines"] for value in line[what] if value is not None]
        for what in ("wealth", "drawdown")
    )
    panels = {
        "wealth": Panel("Wealth: what 1 became", TOP, min([1.0, *wealth]), max([1.0, *wealth]), shown_number),
        "drawdown": Panel(
            "Drawdown: loss from the highest wealth so far", TOP + PANEL + GAP, min([-0.01, *depth]), 0.0, percent
        ),
    }
    return element(
        "svg",
        *(_frame(panel, width) for panel in panels.values()),
        *_days(curves["days"], across, width),
        *(
            element("path", class_=f"curve {line['name']}", d=_path(across, line[what], panel))
            for what, panel in panels.items()
            for line in reversed(curves["lines"])
        ),
        class_="curves",
        viewBox=f"0 0 {width} {TOP + 2 * PANEL + GAP + BOTTOM}",
        role="img",
        aria_label=label(curves),
    )


def label(curves: Data) -> str:
    """What the picture says, for who can't see it."""
    said = [
        f"{NAMES[line['name']]}: total return {percent(line['total'])}, deepest drawdown {percent(line['max_drawdown'])} on "
        f"{line['trough']}"
        for line in curves["lines"]
    ]
    return f"Wealth and drawdown of equal weights, in-sample. {'; '.join(said)}."


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round steps between two numbers."""
    raw = ((high - low) / count) or 1.0
    unit = 10.0 ** floor(log10(raw))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= raw * (1 - 1e-9))
    return [float(f"{place * step:.12g}") for place in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _frame(panel: Panel, width: int) -> Html:
    lines = [
        element("path", class_="grid", d=f"M{LEFT} {panel.y(value):.1f}H{width - RIGHT}")
        + element("text", panel.shown(value), x=LEFT - 6, y=f"{panel.y(value) + 4:.1f}", text_anchor="end")
        for value in ticks(panel.low, panel.high)
    ]
    return element("text", panel.title, class_="axis", x=LEFT, y=panel.top - 8) + joined(lines)


def _days(days: Sequence[str], across: Sequence[float], width: int) -> Iterator[Html]:
    """Some days below, evenly spread, the first and the last among them."""
    bottom = TOP + 2 * PANEL + GAP
    count = min(len(days), 3 if width < WIDE else 6)
    marked = sorted({round(place * (len(days) - 1) / max(1, count - 1)) for place in range(count)})
    for place in marked:
        side = "start" if place == 0 else "end" if place == len(days) - 1 else "middle"
        yield element("text", days[place], x=f"{across[place]:.1f}", y=bottom + 18, text_anchor=side)
    yield element("text", "day", class_="axis", x=(LEFT + width - RIGHT) / 2, y=bottom + 35, text_anchor="middle")


def _path(across: Sequence[float], values: Sequence[float | None], panel: Panel) -> str:
    """The line; there is none where wealth is unknown or infinite, as v3.4's may be."""
    pieces, pen = [], "M"
    for x, value in zip(across, values, strict=True):
        if value is not None:
            pieces.append(f"{pen}{x:.1f} {panel.y(value):.1f}")
        pen = "M" if value is None else "L"
    return "".join(pieces)


def _swatch(name: str) -> Html:
    stroke = element("path", class_=f"curve {name}", d="M0 6H44")
    return element("svg", stroke, class_="mini", width=44, height=12, aria_hidden="true")
