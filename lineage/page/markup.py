"""HTML and SVG as values: whatever is no `Html` is escaped, so that text is always text. Numbers and words for people.

In this order: elements, tables, numbers. The page's script has the same numbers (`01-format.js`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

UNKNOWN = "\u2013"
THIN = "\u202f"
OPERATORS: Mapping[str, str] = {">=": "\u2265", "<=": "\u2264", ">": ">", "<": "<"}
IN_FRAGMENTS = "!*'():"
"""Beside letters and digits what an anchor has as it is; the script's `anchor` says the same."""


class Html(str):
    """Text that is markup already."""

    __slots__ = ()

    def __add__(self, other: Any) -> "Html":
        """Markup again; a text is escaped."""
        return Html(f"{self}{_markup(other)}")


def element(name: str, *children: Any, **attributes: Any) -> Html:
    """An element. `class_` is class, `data_x` is data-x; an attribute that is None or False is left out."""
    named = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    return Html(f"<{name}{named}>{joined(children)}</{name}>")


def joined(children: Iterable[Any]) -> Html:
    """Texts and markup one after the other; lists are flattened, None is nothing."""
    return Html("".join(_markup(child) for child in children))


def _markup(child: Any) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    return joined(child) if isinstance(child, list | tuple) else escape(str(child))


def _attribute(key: str, value: Any) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


@dataclass(frozen=True)
class Column:
    """A column of a table: its title, and whether it holds numbers or pictures (which no CSV has)."""

    title: str
    numeric: bool = False
    note: str = ""
    picture: bool = False


@dataclass(frozen=True)
class Cell:
    """What a cell shows, the exact value behind it (to sort by, and for the CSV), and its class."""

    shown: Any
    value: Any = None
    class_: str = ""


def table(testid: str, caption: Any, columns: Sequence[Column], rows: Iterable[Html], *, sortable: bool = True) -> Html:
    """A table that scrolls by itself where it is too wide, by keyboard too; `rows` are `row`s."""
    head = [
        element(
            "th",
            column.title,
            scope="col",
            class_="num" if column.numeric else None,
            title=column.note or None,
            data_picture=column.picture,
        )
        for column in columns
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", *head)),
        element("tbody", *rows),
        data_testid=testid,
        data_sortable=sortable,
    )
    return element("div", whole, class_="wide", tabindex=0, role="group", aria_label=f"Table: {words(testid)}")


def row(columns: Sequence[Column], cells: Sequence[Any], *, id_: str | None = None, class_: str | None = None) -> Html:
    """One row; a cell is a text, markup or a `Cell`."""
    return element("tr", *map(_cell, columns, cells), id_=id_, class_=class_)


def _cell(column: Column, content: Any) -> Html:
    cell = content if isinstance(content, Cell) else Cell(content)
    names = " ".join(filter(None, ("num" if column.numeric else "", cell.class_)))
    # What is shown as it is needs no second time: a page has thousands of cells.
    behind = None if str(cell.value) == cell.shown else cell.value
    return element("td", cell.shown, class_=names or None, data_value=behind)


def number(value: float | None, digits: int = 4) -> Cell:
    """A cell of a number: short to read, exact behind."""
    return Cell(shown_number(value, digits), "" if value is None else value)


def percentage(share: float | None, digits: int = 4) -> Cell:
    """A cell of a share as a percentage; behind it the share."""
    return Cell(percent(share, digits), "" if share is None else share)


def facts(pairs: Iterable[tuple[str, Any]]) -> Html:
    """Names and values."""
    return element("dl", *(element("dt", name) + element("dd", value) for name, value in pairs), class_="facts")


def fold(title: str, *content: Any, **attributes: Any) -> Html:
    """What is opened on demand, and printed whole."""
    return element("details", element("summary", title), *content, **attributes)


def bar(share: float, kind: str = "", width: int = 260, height: int = 14) -> Html:
    """A share of a whole as a bar, for the eye alone."""
    full = element("rect", class_="bar lost", width=width, height=height)
    part = element("rect", class_=f"bar {kind}".strip(), width=f"{width * share:.1f}", height=height)
    return element("svg", full, part, class_="mini", width=width, height=height, aria_hidden="true")


def anchor(symbol: str) -> str:
    """The id of an asset's row: no character in it that an address would spell otherwise."""
    return f"asset-{quote(symbol, safe=IN_FRAGMENTS)}"


def asset_link(symbol: str) -> Html:
    """A link to an asset's row, which the script turns into its explanation."""
    return element("a", symbol, href=f"#{anchor(symbol)}")


def listed(items: Iterable[Any]) -> Html:
    """Items with commas between them."""
    found = list(items)
    return joined([item if place == 0 else [", ", item] for place, item in enumerate(found)])


def shown_number(value: float | None, digits: int = 4) -> str:
    """A number to so many significant digits, thin spaces between thousands, a true minus sign."""
    if value is None:
        return UNKNOWN
    if float(value).is_integer() and abs(value) < 1e15:
        return _grouped(int(value))
    if 10**digits <= abs(value) < 1e15:
        return _grouped(round(value))
    if abs(value) < 1e-4 or abs(value) >= 1e15:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return _signed(f"{_trimmed(mantissa)}e{int(power):+d}")
    return _signed(f"{float(f'{value:.{digits}g}'):.{15}g}")


def percent(share: float | None, digits: int = 3) -> str:
    """A share as a percentage."""
    return UNKNOWN if share is None else f"{shown_number(100 * share, digits)}{THIN}%"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{shown_number(count)} {one if count == 1 else many or one + 's'}"


def words(name: str) -> str:
    """A name of the code as words."""
    return name.replace("_", " ").replace("-", " ")


def _grouped(value: int) -> str:
    return _signed(f"{value:,}".replace(",", THIN))


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _signed(text: str) -> str:
    return text.replace("-", "\u2212")
