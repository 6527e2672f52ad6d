"""What a run saw, as static HTML: tables and scans with their dates, files with their digests, coverage, quarantine."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    UNKNOWN,
    Column,
    Html,
    element,
    fold,
    joined,
    number,
    plural,
    row,
    shown_number,
    table,
    words,
)

Data = Mapping[str, Any]
LISTED = 6
"""Longer lists fold."""
DIGEST = 12
"""Digits of a digest, as many as anybody compares by eye."""
UNDATED = "undated"


def inputs_html(data: Data) -> Html:
    """The section, without its heading."""
    return joined([_seen(data), _scans(data), _files(data), _coverage(data), _quarantine(data)])


def _seen(data: Data) -> Html:
    columns = [
        Column("table"),
        Column("rows", numeric=True),
        Column("symbols", numeric=True),
        Column("first day"),
        Column("last day"),
    ]
    rows = [
        row(
            columns,
            [
                entry["table"],
                number(entry["rows"]),
                number(entry["symbols"]),
                entry["first"] or UNDATED,
                entry["last"] or UNDATED,
            ],
        )
        for entry in data["tables"]
    ]
    return table("tables", "Tables, up to the last day that the run may see.", columns, rows)


def _scans(data: Data) -> Html:
    columns = [Column("scanner"), Column("date"), Column("records", numeric=True)]
    rows = [
        row(columns, [scan["scanner"] or "plain lists", scan["date"] or UNDATED, number(scan["records"])])
        for scan in data["scans"]
    ]
    return table("scans", "Scans: of each scanner the newest export that the run may see.", columns, rows)


def _files(data: Data) -> Html:
    columns = [Column("file"), Column("rows", numeric=True), Column("columns", numeric=True), Column("digest")]
    rows = [
        row(
            columns,
            [
                entry["name"],
                number(entry["rows"]),
                number(entry["columns"] or None),
                element("code", entry["digest"].removeprefix("sha256:")[:DIGEST]),
            ],
        )
        for entry in data["inputs"]
    ]
    return fold(
        f"{plural(len(rows), 'file')} read", table("sources", "Files that were read, each as a whole.", columns, rows)
    )


def _coverage(data: Data) -> Html:
    columns = [Column("what"), Column("how many", numeric=True), Column("which")]
    shown = [(name, value) for name, value in data["coverage"].items() if name != "quarantined" and not _empty(value)]
    rows = [
        row(columns, [words(name), element("span", _amount(value), data_coverage=name), _listing(value)])
        for name, value in shown
    ]
    return element("h3", "Coverage") + table(
        "coverage", "What came in, and what became of it.", columns, rows, sortable=False
    )


def _quarantine(data: Data) -> Html:
    quarantine, reasons = data["quarantine"], data["coverage"].get("quarantined") or {}
    heading = element("h3", "Quarantine")
    if not quarantine["rows"]:
        return heading + element("p", "Nothing was set aside.", data_testid="quarantine")
    why = ", ".join(f"{shown_number(count)} {reason}" for reason, count in reasons.items())
    columns = [Column(name) for name in quarantine["columns"]]
    rows = [row(columns, [_value(value) for value in line]) for line in quarantine["shown"]]
    shown = len(quarantine["shown"])
    title = "All of them" if shown == quarantine["rows"] else f"The first {shown}"
    text = f"{plural(quarantine['rows'], 'cell or row', 'cells or rows')} set aside: {why}."
    rest = fold(title, table("quarantine-rows", "Cells and rows set aside.", columns, rows))
    return heading + element("p", text, data_testid="quarantine") + rest


def _value(value: Any) -> str:
    if value is None:
        return UNKNOWN
    return shown_number(value) if isinstance(value, int | float) else str(value)


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, Mapping | Sequence) and not len(value))


def _amount(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return shown_number(value)
    return shown_number(len(value)) if isinstance(value, Mapping | list | tuple) else str(value)


def _listing(value: Any) -> Any:
    """Names as text; long lists fold."""
    if isinstance(value, Mapping):
        names = [f"{name}: {_plain(what)}" for name, what in value.items()]
    elif isinstance(value, list | tuple):
        names = [str(name) for name in value]
    else:
        return ""
    whole = ", ".join(names)
    return whole if len(names) <= LISTED and len(whole) < 200 else fold(f"{', '.join(names)[:60]} \u2026", whole)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {name}" for name, count in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
