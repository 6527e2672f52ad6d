"""`diff A B` for people: tables for a terminal, or in Markdown for a pull request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
WIDEST = 60


def comparison_text(found: Mapping[str, Any], *, markdown: bool = False) -> str:
    """The comparison, a table a section; sections without a difference are left out."""
    winners = found["winners"]
    summary = f"winners: {len(winners['stayed'])} stayed, {len(winners['came'])} came, {len(winners['went'])} went"
    heading = f"{found['a']} -> {found['b']}"
    parts = [f"### {heading}\n\n{summary}" if markdown else f"{heading}\n{summary}"]
    for title, header, body in tables(found):
        if body:
            parts.append(_markdown(title, header, body) if markdown else _plain(title, header, body))
    if len(parts) == 1:
        parts.append("no difference in inputs, settings, code, metrics, gates or winners")
    return "\n\n".join(parts)


def tables(found: Mapping[str, Any]) -> Iterator[Table]:
    """Each section as title, header and rows of text."""
    winners = found["winners"]
    header = ("winner", "direction", "route", "conviction", "why")
    yield "came", header, [_winner(row) for row in winners["came"]]
    yield "went", header, [_winner(row) for row in winners["went"]]
    yield "stayed, but changed", header, [_winner(row) for row in winners["stayed"] if row["reason"]]
    yield "inputs", ("table", "change"), [(row["table"], row["change"]) for row in found["inputs"]]
    yield "settings", ("setting", "A", "B"), [_change(row) for row in found["params"]]
    yield "code and libraries", ("what", "A", "B"), [_change(row) for row in found["code"]]
    gates = [(row["gate"], *map(_value, (*row["threshold"], *row["vetoes"]))) for row in found["gates"]]
    yield "gates", ("gate", "threshold A", "B", "vetoes A", "B"), gates
    yield (
        "conviction that moved most",
        ("asset", "A", "B"),
        [(row["symbol"], _value(row["old"]), _value(row["new"])) for row in found["conviction"]],
    )
    yield "metrics", ("metric", "A", "B"), [_change(row) for row in found["metrics"]]


def _winner(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["symbol"], row["direction"], row["route"], _value(row["conviction"]), row["reason"]


def _change(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["name"], _value(row["old"]), _value(row["new"])


def _value(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = text.removeprefix("sha256:")[:12] if text.startswith("sha256:") else text
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def _plain(title: str, header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in [header, *body]) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in body]
    return "\n".join([title, *(f"  {line}" for line in lines)])


def _markdown(title: str, header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in body)]
    return "\n".join([f"#### {title}", "", *lines])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
