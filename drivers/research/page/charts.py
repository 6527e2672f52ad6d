"""Pictures of the research page as SVG: lines over dates, and points with their errors by group.

Both are drawn for two widths of the same values, and the style sheet shows one of them. A picture has a title, ticks, a unit and
words for who can't see it; it needs no script.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tradingview_scraper.pipelines.selection.lineage.page.curve_section import ticks
from tradingview_scraper.pipelines.selection.lineage.page.markup import Html, element, joined

WIDE, NARROW = 900, 340
TOP, HEIGHT, BOTTOM, LEFT, RIGHT = 10, 200, 44, 56, 14
STYLES = 8
"""Kinds of line that the style sheet knows."""
Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """A value by date; None where it isn't known."""

    name: str
    values: Values


@dataclass(frozen=True)
class Band:
    """An area by date, from low to high."""

    name: str
    low: Values
    high: Values


@dataclass(frozen=True)
class Point:
    """A value with half the width of its band; None where it isn't known."""

    value: float | None
    half: float | None

    @property
    def ends(self) -> tuple[float, ...]:
        """What the picture has to hold."""
        if self.value is None:
            return ()
        half = self.half or 0.0
        return self.value - half, self.value + half


@dataclass(frozen=True)
class Group:
    """What stands side by side: a point per group of the axis."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Scale:
    """Value to height, with the ticks' texts."""

    low: float
    high: float
    shown: Callable[[float], str]

    def y(self, value: float) -> float:
        """Where a value stands."""
        return TOP + HEIGHT * (self.high - value) / ((self.high - self.low) or 1.0)


def over_dates(
    title: str,
    days: Sequence[str],
    lines: Sequence[Line],
    bands: Sequence[Band],
    shown: Callable[[float], str],
    said: str,
) -> Html:
    """Lines over dates, 0 or 1 among the ticks where it is inside; `said` is what the picture says in words."""
    known = _known([*(line.values for line in lines), *(each for band in bands for each in (band.low, band.high))])
    if not days or not known:
        return element("p", f"{title}: nothing is known yet.", class_="note")
    scale = Scale(min(known), max(known), shown)

    def drawing(width: int) -> Html:
        across = _across(days, width)
        return _picture(
            [title, said],
            width,
            _frame(scale, width),
            *(_area(across, band, scale, width) for band in bands),
            *(
                element("path", class_=f"series s{place % STYLES}", d=_path(across, line.values, scale))
                for place, line in reversed(list(enumerate(lines)))
            ),
            _days(days, across, width),
        )

    drawn = _both(drawing), legend([line.name for line in lines], [band.name for band in bands])
    return joined([element("h3", title), *drawn])


def by_group(
    title: str, axis: str, groups: Sequence[str], rows: Sequence[Group], shown: Callable[[float], str], said: str
) -> Html:
    """Points with their errors by group of an axis (horizons, quantiles), one colour and place per row."""
    known = [end for row in rows for point in row.points for end in point.ends]
    if not known:
        return element("p", f"{title}: nothing is known yet.", class_="note")
    scale = Scale(min([0.0, *known]), max([0.0, *known]), shown)

    def drawing(width: int) -> Html:
        slot = (width - LEFT - RIGHT) / len(groups)
        names = [
            element("text", name, x=f"{LEFT + slot * (place + 0.5):.1f}", y=TOP + HEIGHT + 18, text_anchor="middle")
            for place, name in enumerate(groups)
        ]
        return _picture(
            [title, said],
            width,
            _frame(scale, width),
            element("path", class_="zero", d=f"M{LEFT} {scale.y(0.0):.1f}H{width - RIGHT}"),
            *(
                _whisker(LEFT + slot * (place + (number + 1) / (len(rows) + 1)), point, scale, number)
                for number, row in enumerate(rows)
                for place, point in enumerate(row.points)
            ),
            names,
            _axis(axis, width),
        )

    return joined([element("h3", title), _both(drawing), legend([row.name for row in rows], [])])


def legend(lines: Iterable[str], bands: Iterable[str]) -> Html:
    """Which line is whose."""
    strokes = [
        element("span", _swatch(element("path", class_=f"series s{place % STYLES}", d="M0 6H34")), name)
        for place, name in enumerate(lines)
    ]
    areas = [element("span", _swatch(element("rect", class_="band", width=34, height=12)), name) for name in bands]
    return element("p", *strokes, *areas, class_="legend")


def _swatch(drawn: Html) -> Html:
    return element("svg", drawn, class_="mini", width=34, height=12, aria_hidden="true")


def _both(drawing: Callable[[int], Html]) -> Html:
    return element("div", drawing(WIDE), class_="only-wide") + element("div", drawing(NARROW), class_="only-narrow")


def _picture(said: Sequence[str], width: int, *parts: object) -> Html:
    box = f"0 0 {width} {TOP + HEIGHT + BOTTOM}"
    return element("svg", *parts, class_="curves", viewBox=box, role="img", aria_label=". ".join(said))


def _frame(scale: Scale, width: int) -> Html:
    lines = [
        element("path", class_="grid", d=f"M{LEFT} {scale.y(value):.1f}H{width - RIGHT}")
        + element("text", scale.shown(value), x=LEFT - 6, y=f"{scale.y(value) + 4:.1f}", text_anchor="end")
        for value in ticks(scale.low, scale.high)
    ]
    return joined(lines)


def _axis(name: str, width: int) -> Html:
    return element("text", name, class_="axis", x=(LEFT + width - RIGHT) / 2, y=TOP + HEIGHT + 36, text_anchor="middle")


def _across(days: Sequence[str], width: int) -> list[float]:
    numbers = [date.fromisoformat(day).toordinal() for day in days]
    span = (numbers[-1] - numbers[0]) or 1
    return [LEFT + (width - LEFT - RIGHT) * (number - numbers[0]) / span for number in numbers]


def _days(days: Sequence[str], across: Sequence[float], width: int) -> Html:
    count = min(len(days), 3 if width < WIDE else 6)
    marked = sorted({round(place * (len(days) - 1) / max(1, count - 1)) for place in range(count)})
    sides = {0: "start", len(days) - 1: "end"}
    texts = [
        element(
            "text", days[place], x=f"{across[place]:.1f}", y=TOP + HEIGHT + 18, text_anchor=sides.get(place, "middle")
        )
        for place in marked
    ]
    return joined([*texts, _axis("date", width)])


def _path(across: Sequence[float], values: Values, scale: Scale) -> str:
    """A stroke through what is known; a gap where it isn't."""
    parts, on = [], False
    for x, value in zip(across, values, strict=True):
        if value is not None:
            parts.append(f"{'L' if on else 'M'}{x:.1f} {scale.y(value):.1f}")
        on = value is not None
    return "".join(parts)


def _area(across: Sequence[float], band: Band, scale: Scale, width: int) -> Html:
    edges = [
        (x, low, high)
        for x, low, high in zip(across, band.low, band.high, strict=True)
        if low is not None and high is not None
    ]
    there = [f"{x:.1f} {scale.y(high):.1f}" for x, _, high in edges]
    back = [f"{x:.1f} {scale.y(low):.1f}" for x, low, _ in reversed(edges)]
    return element("path", class_="band", d=f"M{'L'.join([*there, *back])}Z")


def _whisker(x: float, point: Point, scale: Scale, number: int) -> Html | None:
    if point.value is None:
        return None
    at = scale.y(point.value)
    dot = element("circle", class_=f"dot s{number % STYLES}", cx=f"{x:.1f}", cy=f"{at:.1f}", r=3.5)
    if point.half is None:
        return dot
    ends = scale.y(point.value + point.half), scale.y(point.value - point.half)
    stroke = element("path", class_=f"whisker s{number % STYLES}", d=f"M{x:.1f} {ends[0]:.1f}V{ends[1]:.1f}")
    return stroke + dot


def _known(values: Iterable[Values]) -> list[float]:
    return [value for each in values for value in each if value is not None and math.isfinite(value)]
