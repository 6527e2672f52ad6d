"""Sections of the research page on what lists earned: wealth and drawdown, books, controls, lists, turnover."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import sessions
from tradingview_scraper.pipelines.selection.drivers.research.page.charts import Band, Line, over_dates
from tradingview_scraper.pipelines.selection.drivers.research.page.figure_cells import (
    PERCENT,
    Figure,
    bar_of,
    figure_table,
    fixed,
    measured,
    named,
    noted_table,
    numeric,
    plain,
)
from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Cell,
    Column,
    Html,
    element,
    joined,
    row,
)

Data = Mapping[str, Any]
BAND = "nine of ten random books of the same clusters"

SIZE = Figure("assets", "size", digits=1)
RISK = (Figure("net Sharpe", "net_sharpe"), Figure("deepest drawdown %", "drawdown", PERCENT, 1))
BEYOND = (
    Figure("beyond the pool %", "beyond_pool", PERCENT, with_error=True),
    Figure("without its ten best rows %", "without_best", PERCENT, with_error=True),
)
TRADED, BETS = Figure("traded", "traded"), Figure("effective bets", "bets", digits=1)
LIST_FIGURES = (
    *(SIZE, *BEYOND, *RISK, TRADED),
    *(Figure("kept %", "kept", PERCENT, 0), Figure("Jaccard", "jaccard"), BETS),
)
PART_FIGURES = (
    *(SIZE, *BEYOND),
    Figure("worth %", "worth", PERCENT, with_error=True),
    Figure("net worth %", "net_worth", PERCENT, with_error=True),
    *(*RISK, TRADED, BETS),
)


def _book_figures(cost: float) -> tuple[Figure, ...]:
    return (
        SIZE,
        Figure("return %", "return", PERCENT, with_error=True),
        Figure(f"net of {fixed(cost, 1.0, 0)} bp %", "net_return", PERCENT, with_error=True),
        *(Figure("Sharpe", "sharpe"), *RISK, TRADED),
        Figure("replaced %", "replaced", PERCENT, 0),
        *(Figure("mean correlation", "correlation"), BETS),
    )


def wealth_html(data: Data) -> Html:
    """Wealth and drawdown of the winners and their controls, and the table of books."""
    curves, found = data["curves"], data["document"]
    books = curves["books"]
    band = Band(BAND, curves["random"]["low"], curves["random"]["high"])
    ends = "; ".join(f"{name}: {_last(each['wealth'])}" for name, each in books.items())
    deepest = "; ".join(f"{name}: {_deepest(each['drawdown'])} %" for name, each in books.items())
    return joined(
        [
            element(
                "p",
                f"Equal weights, chosen at each date and held for {sessions(found['every'])} from the entry, before costs. A "
                "short earns minus the asset's return. The selection hadn't seen what came after; who chose settings may have.",
            ),
            over_dates(
                "Wealth: what 1 became",
                curves["days"],
                [Line(name, each["wealth"]) for name, each in books.items()],
                [band],
                lambda value: fixed(value, 1.0, 2),
                ends,
            ),
            over_dates(
                "Drawdown: loss from the highest wealth so far, in %",
                curves["days"],
                [Line(name, [_percent(value) for value in each["drawdown"]]) for name, each in books.items()],
                [],
                lambda value: fixed(value, 1.0, 0),
                deepest,
            ),
            figure_table("books-table", "Books.", "book", found["books"], _book_figures(found["cost"]), data["trials"]),
        ]
    )


def _percent(value: float | None) -> float | None:
    return None if value is None else PERCENT * value


def _last(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return fixed(known[-1], 1.0, 2) if known else "unknown"


def _deepest(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    return fixed(min(known), PERCENT, 1) if known else "unknown"


def controls_html(data: Data) -> Html:
    """What the winners earned beyond each control, by horizon, with the bootstrap's interval."""
    found = data["document"]["controls"]
    count = sum(len(each) for each in found.values())
    bar = bar_of(count, data["trials"])
    horizons = list(found["pool"])
    step = str(data["document"]["every"])
    columns = [
        Column("control"),
        *numeric(*(f"{horizon} held" for horizon in horizons), f"random books beaten, % ({step} held)"),
    ]
    rows = [
        row(
            columns,
            [
                named(name),
                *(_with_interval(each[horizon], bar) for horizon in horizons),
                plain(each[step].get("beaten"), PERCENT, 0),
            ],
        )
        for name, each in found.items()
    ]
    caption = "Winners less control in %, by sessions held; in brackets the 95 % of a block bootstrap."
    return joined(
        [
            element(
                "p",
                "Each control leaves something out: the pool everything, eligible the conviction, top eligible the clusters, "
                "random of the same clusters the conviction within a cluster.",
            ),
            noted_table("controls-table", caption, columns, rows, count, data["trials"]),
        ]
    )


def _with_interval(entry: Mapping[str, Any], bar: float) -> Cell:
    found = measured(entry["mean"], bar, PERCENT)
    ends = [end for end in entry["interval"] if end is not None]
    interval = " to ".join(fixed(end, PERCENT, 2) for end in ends)
    return Cell([found.shown, Html("<br>"), f"[{interval}]"], found.value) if ends else found


def lists_html(data: Data) -> Html:
    """Each scorer's list under its own ladder: what stays of it, and whether it lives on a few rows."""
    return figure_table("lists-table", "Lists.", "list", data["document"]["lists"], LIST_FIGURES, data["trials"])


def ablation_html(data: Data) -> Html:
    """What each part of the selection was worth, from the lists without it."""
    found = data["document"]["ablation"]
    if not found:
        said = "This walk has no ablation; `tvselect walk-forward --ablation` walks it with one."
        return element("p", said, data_testid="no-ablation")
    return joined(
        [
            element(
                "p",
                "The same selection at the same dates without a part of it: no relaxable gates; one cluster of all, with as many "
                "seats; random numbers in the place of conviction; the first rung alone. Worth is the winners less that list: "
                "above 0, the part is worth having.",
            ),
            figure_table("ablation-table", "Lists without a part.", "without", found, PART_FIGURES, data["trials"]),
        ]
    )


def turnover_html(data: Data) -> Html:
    """Value traded at each date, and how much of list and partition stays."""
    curves = data["curves"]
    partition = data["document"]["partition"]
    stays = "; ".join(f"{name}: {_last(values)} at the end" for name, values in curves["stability"].items())
    return joined(
        [
            over_dates(
                "Value traded at each date, per value of the book; 2 replaces all of it",
                curves["days"],
                [Line(name, values) for name, values in curves["turnover"].items()],
                [],
                lambda value: fixed(value, 1.0, 1),
                "; ".join(f"{name}: {_last(values)} at the end" for name, values in curves["turnover"].items()),
            ),
            over_dates(
                "What stays from one date to the next; 1 is all",
                curves["days"],
                [Line(name, values) for name, values in curves["stability"].items()],
                [],
                lambda value: fixed(value, 1.0, 2),
                stays,
            ),
            element(
                "p",
                f"Adjusted Rand index of the clusters with those of the date before: "
                f"{measured(partition, float('inf')).shown} over {partition['dates']} dates.",
            ),
        ]
    )
