"""The models of learned scorers as static HTML: what each was made of, what it knew, how old it was, what it can't do."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Column,
    Html,
    element,
    fold,
    joined,
    number,
    row,
    table,
)
from tradingview_scraper.pipelines.selection.lineage.record.model_text import age_text

Data = Mapping[str, Any]
COLUMNS = (
    Column("scorer"),
    Column("model"),
    Column("target"),
    Column("trained until"),
    Column("age, sessions", numeric=True),
    Column("rows", numeric=True),
    Column("dates", numeric=True),
    Column("rank IC out of fold x 1000", numeric=True),
    Column("standard error", numeric=True),
)


def models_html(data: Data) -> Html | None:
    """A row per model and its limits; nothing where no scorer is learned, or of a page from before that says nothing."""
    models = data.get("models", ())
    if not models:
        return None
    rows = [row(COLUMNS, _cells(each)) for each in models]
    limits = [
        element("li", f"{each['scorer']}: {text}") for each in models for text in (age_text(each), *each["limits"])
    ]
    return fold(
        "Models of learned scorers",
        joined(
            [
                table("models", "Models of learned scorers, from their cards.", COLUMNS, rows, sortable=False),
                element("ul", *limits, class_="note"),
            ]
        ),
    )


def _cells(facts: Data) -> list[Any]:
    window, known = facts["window"], facts["ic_out_of_fold"]
    return [
        f"{facts['scorer']} ({facts['role']})",
        element("code", facts["file"]),
        f"{facts['target']} over {facts['horizon']} sessions, by {facts['estimator']}",
        facts["usable_from"],
        number(facts["age"]),
        number(window["rows"]),
        number(window["dates"]),
        *(number(_thousandths(known[name]), 3) for name in ("mean", "error")),
    ]


def _thousandths(value: Any) -> float | None:
    """None for what a card doesn't know, such as the error of fewer than ten dates."""
    return 1000 * value if isinstance(value, int | float) else None
