"""What differs from another run, as static HTML: turnover, who came, stayed and went, settings, inputs, figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    UNKNOWN,
    Cell,
    Column,
    Html,
    asset_link,
    element,
    facts,
    joined,
    listed,
    number,
    plural,
    row,
    shown_number,
    table,
)

Data = Mapping[str, Any]
SIGNS = {"came": "+ came", "went": "\u2212 went", "stayed": "= stayed"}
CLASSES = {"came": "good still", "went": "bad still", "stayed": "still"}
ALONE = (
    "The record of a run knows no other run. ",
    element("code", "tvselect report"),
    " writes this page again with the run before beside it: who came, stayed and went, and the turnover.",
)
TURNOVER = (
    "Turnover is one-sided: the share of the portfolio that has to be bought, with equal weights over the winners, each "
    "in its direction, and cash where nobody won; 0 is the same portfolio, 1 is a wholly new one."
)


def difference_html(data: Data) -> Html:
    """The section, without its heading; of a page that is compared with none, what would compare it."""
    if "against" not in data:
        return element("p", *ALONE, class_="note")
    other, present = data["against"], set(data["assets"]["symbol"])
    counts = {change: sum(each["change"] == change for each in other["winners"]) for change in SIGNS}
    turned = other["turned"]
    return joined(
        [
            element(
                "p",
                f"{other['this']} against {other['other']}: ",
                element(
                    "b",
                    f"{counts['came']} came, {counts['stayed']} stayed, {counts['went']} went; turnover "
                    f"{shown_number(other['turnover'], 3)}.",
                    data_testid="turnover",
                    data_value=other["turnover"],
                ),
                class_="headline",
            ),
            element("p", TURNOVER, class_="note"),
            element("p", "Turned to the other direction: ", listed(_link(name, present) for name in turned), ".")
            if turned
            else None,
            _winners(other, present),
            element("h3", "What else differs"),
            *(
                _pairs(f"against-{name}", other, caption, other[name])
                for name, caption in (
                    ("facts", "The runs."),
                    ("settings", "Settings."),
                    ("inputs", "Inputs (rows, digest)."),
                    ("figures", "Figures."),
                )
            ),
            facts(
                [
                    (
                        f"{way} the pool",
                        f"{plural(len(other[way]), 'asset')}: {', '.join(other[way])}" if other[way] else "none",
                    )
                    for way in ("entered", "left")
                ]
            ),
        ]
    )


def _winners(other: Data, present: set[str]) -> Html:
    this, that = other["this"], other["other"]
    columns = [
        Column("asset"),
        Column("change"),
        Column("conviction", numeric=True, note=this),
        Column("conviction was", numeric=True, note=that),
        Column("rank", numeric=True, note=this),
        Column("rank was", numeric=True, note=that),
        Column("why"),
    ]
    rows = [
        row(
            columns,
            [
                element("b", _link(each["asset"], present)),
                Cell(SIGNS[each["change"]], each["change"], CLASSES[each["change"]]),
                *(number(value) for value in (*each["conviction"], *each["rank"])),
                each["why"],
            ],
        )
        for each in other["winners"]
    ]
    return table(
        "against-winners", f"Winners of either run; conviction and rank in {this}, and in {that}.", columns, rows
    )


def _link(symbol: str, present: set[str]) -> Any:
    """A link to the asset's row; plain text where it left the pool."""
    return asset_link(symbol) if symbol in present else symbol


def _pairs(testid: str, other: Data, caption: str, rows: Sequence[Sequence[Any]]) -> Html:
    if not rows:
        return element("p", f"{caption} None.", class_="note", data_testid=testid)
    columns = [Column("what"), Column(other["this"]), Column(other["other"])]
    return table(
        testid, caption, columns, [row(columns, [name, _plain(this), _plain(that)]) for name, this, that in rows]
    )


def _plain(value: Any) -> Cell:
    if value is None:
        return Cell(UNKNOWN, "")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return number(value, 6) if is_number else Cell(str(value))
