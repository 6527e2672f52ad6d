"""Sections of the research page on what the policy did: gates, relaxation, rungs, routes."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.page.figure_cells import (
    PERCENT,
    bar_of,
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
    bar,
    element,
    joined,
    row,
    table,
)

Data = Mapping[str, Any]
THINGS = ("worth", "volatility", "drawdown")
RELAXATION = "admitted by relaxation, less strict winners"


def gates_html(data: Data) -> Html:
    """What each gate vetoed, and how what it passed fared beside that; relaxation below."""
    gates, relaxed = data["document"]["gates"], data["document"]["relaxation"]
    count = len(THINGS) * (len(gates) + 1)
    beyond = bar_of(count, data["trials"])
    columns = [
        Column("gate"),
        Column("share vetoed", picture=True),
        *numeric("in %", "by this alone %", "excess return %", "volatility a year %", "drawdown %"),
    ]
    rows = [
        row(
            columns,
            [
                named(name),
                bar(each["vetoed"] or 0.0, width=90),
                plain(each["vetoed"], PERCENT, 1),
                plain(each["alone"], PERCENT, 1),
                *(measured(each[thing], beyond, PERCENT) for thing in THINGS),
            ],
        )
        for name, each in gates.items()
    ]
    blank = Cell("", "")
    rows.append(
        row(
            columns, [RELAXATION, blank, blank, blank, *(measured(relaxed[thing], beyond, PERCENT) for thing in THINGS)]
        )
    )
    caption = "Of what the gate passed less of what it vetoed, at the first rung."
    return joined(
        [
            element(
                "p",
                "A gate that guards returns has an excess above 0; one that guards from risk has a volatility below 0 and a "
                "drawdown above 0, for a drawdown is a loss, 0 or below. All is seen from the candidate's direction.",
            ),
            noted_table("gates-table", caption, columns, rows, count, data["trials"]),
        ]
    )


def ladder_html(data: Data) -> Html:
    """Rungs and routes."""
    rungs, routes = data["document"]["rungs"], data["document"]["routes"]
    count = len(rungs) + len(routes)
    beyond = bar_of(count, data["trials"])
    by_rung = [Column("rung"), *numeric("dates that ended there %", "excess of their winners %")]
    by_route = [Column("route"), *numeric("winners", "their excess %")]
    return joined(
        [
            noted_table(
                "rungs-table",
                "Rungs.",
                by_rung,
                [
                    row(by_rung, [name, plain(each["dates"], PERCENT, 0), measured(each["excess"], beyond, PERCENT)])
                    for name, each in rungs.items()
                ],
                count,
                data["trials"],
            ),
            table(
                "routes-table",
                "Routes.",
                by_route,
                [
                    row(by_route, [name, plain(each["winners"], 1.0, 0), measured(each["excess"], beyond, PERCENT)])
                    for name, each in routes.items()
                ],
                sortable=False,
            ),
        ]
    )
