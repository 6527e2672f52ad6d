"""Sections of the research page on what scores and features knew: rank IC over time, by horizon and by fifth."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import sessions
from tradingview_scraper.pipelines.selection.drivers.research.page.charts import (
    Band,
    Group,
    Line,
    Point,
    by_group,
    over_dates,
)
from tradingview_scraper.pipelines.selection.drivers.research.page.figure_cells import (
    PERCENT,
    bar_of,
    fixed,
    measured,
    named,
    noted_table,
    numeric,
    plain,
)
from tradingview_scraper.pipelines.selection.drivers.research.page.walk_curves import WITHIN
from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Column,
    Html,
    element,
    fold,
    joined,
    row,
)

Data = Mapping[str, Any]
THOUSAND = 1000.0


def scorers_of(data: Data) -> dict[str, Any]:
    """Scorer, the champion marked, to its knowledge by horizon."""
    known = data["document"]["information"]
    champion = data["document"]["champion"]
    return {
        f"{name} (champion)" if name == champion else name: each
        for name, each in known.items()
        if name != "conviction" or len(known) == 1
    }


def information_html(data: Data) -> Html:
    """Rank IC: summed up over time, by horizon, by fifth, and all of it as a table."""
    step = data["document"]["every"]
    scorers = scorers_of(data)
    return joined(
        [
            element(
                "p",
                "Rank IC: Spearman's correlation, on each date, of a score with the excess return that came after: the return "
                "less the pool's mean, seen from the candidate's direction.",
            ),
            _over_time(data),
            _by_horizon(scorers),
            _knowledge_table("information-table", "Scorers by horizon.", scorers, data["trials"]),
            _by_fifth(scorers, step),
        ]
    )


def _over_time(data: Data) -> Html:
    found = data["curves"]["information"]
    champion = data["document"]["champion"]
    lines = [
        Line(f"{name} (champion)" if name == champion else name, values) for name, values in found["lines"].items()
    ]
    width = found["width"]
    band = Band(
        "where a score that knows nothing stays in 95 % of cases", [None if v is None else -v for v in width], width
    )
    ends = "; ".join(f"{line.name} ends at {_last(line.values)}" for line in lines)
    title = f"Rank IC over {sessions(data['document']['every'])}, summed up over the dates"
    return over_dates(title, data["curves"]["days"], lines, [band], lambda value: fixed(value, 1.0, 1), ends)


def _last(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return fixed(known[-1], 1.0, 2) if known else "unknown"


def _by_horizon(scorers: Data) -> Html:
    horizons = list(next(iter(scorers.values())))
    rows = [
        Group(name, [point_of(each[horizon]["ic"], THOUSAND) for horizon in horizons]) for name, each in scorers.items()
    ]
    said = "Each with its 95 % band; the table below has the numbers"
    return by_group(
        "Rank IC x 1000 by horizon, with 95 % bands",
        "sessions ahead",
        horizons,
        rows,
        lambda value: fixed(value, 1.0, 0),
        said,
    )


def _by_fifth(scorers: Data, step: int) -> Html:
    fifths = sorted({fifth for each in scorers.values() for fifth in each[str(step)]["quantiles"]})
    rows = [
        Group(name, [point_of(each[str(step)]["quantiles"].get(fifth), PERCENT) for fifth in fifths])
        for name, each in scorers.items()
    ]
    said = "Each with its 95 % band"
    return by_group(
        f"Excess over {sessions(step)} by fifth of the score, in %, with 95 % bands",
        "fifth, 1 the lowest scores",
        fifths,
        rows,
        lambda value: fixed(value, 1.0, 2),
        said,
    )


def point_of(entry: Mapping[str, Any] | None, scale: float) -> Point:
    """A mean of the document as a point with its 95 % band."""
    if entry is None or entry["mean"] is None:
        return Point(None, None)
    half = None if entry["error"] is None else WITHIN * scale * entry["error"]
    return Point(scale * entry["mean"], half)


def _knowledge_table(testid: str, caption: str, known: Data, trials: int) -> Html:
    count = sum(len(each) for each in known.values())
    bar = bar_of(count, trials)
    columns = [
        Column("name"),
        *numeric("sessions ahead", "rank IC x 1000", "ICIR", "highest less lowest fifth, %", "monotonicity", "dates"),
    ]
    rows = [
        row(
            columns,
            [
                named(name),
                plain(float(horizon), 1.0, 0),
                measured(each["ic"], bar, THOUSAND, 0),
                plain(each["icir"]),
                measured(each["spread"], bar, PERCENT),
                plain(each["monotonicity"]),
                plain(float(each["ic"]["dates"]), 1.0, 0),
            ],
        )
        for name, by_horizon in known.items()
        for horizon, each in by_horizon.items()
    ]
    return noted_table(testid, caption, columns, rows, count, trials)


def features_html(data: Data) -> Html:
    """What each feature knew over each horizon; the details folded."""
    features, trials = data["document"]["features"], data["trials"]
    horizons = list(data["document"]["information"]["conviction"])
    count = len(features) * len(horizons)
    bar = bar_of(count, trials)
    columns = [Column("feature"), *numeric(*(f"{horizon} ahead" for horizon in horizons))]
    rows = [
        row(columns, [named(name), *(measured(each[horizon]["ic"], bar, THOUSAND, 0) for horizon in horizons)])
        for name, each in features.items()
    ]
    caption = "Rank IC x 1000 of each feature, by sessions ahead."
    leaks = data["document"]["too_good"]
    return joined(
        [
            element(
                "p",
                f"Too good, they may see the future: {', '.join(leaks)}.",
                class_="bad",
            )
            if leaks
            else None,
            noted_table("features-table", caption, columns, rows, count, trials),
            fold(
                "ICIR, fifths and monotonicity of every feature",
                _knowledge_table("features-details", "Features by horizon.", features, trials),
            ),
        ]
    )
