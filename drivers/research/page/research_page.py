"""The page of a walk: one HTML file with all its pictures in it, which asks for nothing and needs no script.

`research_page` measures a walk and writes its page to the project's `reports/`; `research_html` makes the text, which depends on
its arguments alone. The look is that of a run's page (`lineage.page`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import walk_document
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import sessions
from tradingview_scraper.pipelines.selection.drivers.research.page.book_sections import (
    ablation_html,
    controls_html,
    lists_html,
    turnover_html,
    wealth_html,
)
from tradingview_scraper.pipelines.selection.drivers.research.page.policy_sections import gates_html, ladder_html
from tradingview_scraper.pipelines.selection.drivers.research.page.score_sections import (
    features_html,
    information_html,
)
from tradingview_scraper.pipelines.selection.drivers.research.page.walk_curves import walk_curves
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_reference import finished_walk
from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Html,
    element,
    facts,
    joined,
    plural,
    shown_number,
)
from tradingview_scraper.pipelines.selection.lineage.page.scriptless import scriptless_page
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.lineage.record.trials import trial_count
from tradingview_scraper.pipelines.selection.schemas.run_files import REPORTS

Data = Mapping[str, Any]


def research_page(project: Path, reference: str, cost: float, output: Path | None = None) -> Path:
    """Write the page of a walk and say where it lies.

    Raises what `finished_walk` raises, and `StorageError` where the page can't be written.
    """
    walk = finished_walk(project, reference)
    data = {
        "document": walk_document(walk, cost),
        "curves": walk_curves(walk),
        "trials": trial_count(project),
    }
    return written_page(output or project / REPORTS / f"walk-{walk.folder.name}.html", data)


def written_page(target: Path, data: Data) -> Path:
    """The file with the page. Raises `StorageError` where it can't be written."""
    return write_output(target, research_html(data).encode())


def research_html(data: Data) -> str:
    """The page's text. `data` has `document` (`walk_document`), `curves` (`walk_curves`) and `trials` (a count)."""
    found = data["document"]
    title = f"Walk {found['walk']}: {found['profile']}, {found['from']} to {found['to']}"
    return scriptless_page(title, sections(data))


def sections(data: Data) -> dict[str, tuple[str, Html]]:
    """Id to heading and content of each section, in order."""
    step = sessions(data["document"]["every"])
    return {
        "walk": ("What was walked", head_html(data)),
        "books": (f"Books, held {step}", wealth_html(data)),
        "controls": ("Winners less controls", controls_html(data)),
        "lists": ("Lists by scorer", lists_html(data)),
        "ablation": ("Ablation", ablation_html(data)),
        "information": ("What scores knew", information_html(data)),
        "features": ("What features knew", features_html(data)),
        "gates": ("Gates", gates_html(data)),
        "ladder": ("Rungs and routes", ladder_html(data)),
        "turnover": ("Turnover and stability", turnover_html(data)),
    }


def head_html(data: Data) -> Html:
    """What was walked, how the dates ended, and how many were tried."""
    found = data["document"]
    dates = found["dates"]
    counted = ", ".join(f"{shown_number(count)} {name}" for name, count in dates.items() if name != "all")
    ended = f"{shown_number(found['assets']['ended'])} of {shown_number(found['assets']['rows'])} rows"
    pairs = [
        ("dates", f"{plural(dates['all'], 'date')}, one per {sessions(found['every'])}: {counted}"),
        ("assets per date", shown_number(round(found["assets"]["per_date"]))),
        ("champion", found["champion"]),
        ("entry", f"the close {sessions(found['entry_lag'])} after the date"),
        ("delisted on the way", f"{ended} end within {sessions(found['every'])}, with their last price"),
        ("trials known to the project", shown_number(data["trials"])),
        *(
            (f"model of {scorer}", f"older than its schedule has it on {plural(each['dates'], 'date')}")
            for scorer, each in found["overdue"].items()
        ),
        *((f"{count} refused", reason) for reason, count in found["refusals"].items()),
    ]
    return joined(
        [
            facts(pairs),
            element(
                "p",
                "Errors are Newey and West's, for windows that overlap. The more was tried, the better looks the best of it by "
                "luck: each table says how far from 0 a figure must lie to be more than that.",
            ),
        ]
    )
