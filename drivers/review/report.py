"""`report`: the page of a run, or a page that holds one run against another. Imports nothing heavy."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.reasons import fates
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.page.pagediff import compared
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.lineage.record.run_record import Row, RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import PAGE


def report(project: Path, reference: str, against: str | None = None, output: Path | None = None) -> Path:
    """Where the page lies: in the run's folder, or with `against` where it was written (a run folder is sealed).

    Raises `ConfigurationError` where no such run is, or one to compare failed; `VerificationError` where it has no
    readable page or tables.
    """
    folder = run_folder(project, reference)
    if against is None:
        page = folder / PAGE
        _parts(page)
        return page
    this, other = run_with_result(folder), run_with_result(run_folder(project, against))
    (data, svg), (theirs, _) = _parts(folder / PAGE), _parts(other.folder / PAGE)
    names = folder.name, other.folder.name
    target = output or Path(f"report-{names[0]}-vs-{names[1]}.html")
    page_text = page_html({**data, "against": compared(data, theirs, names, list(_winners(this, other)))}, svg)
    write_atomically(target, page_text.encode())
    return target


def _winners(this: RunRecord, other: RunRecord) -> Iterator[Row]:
    """Each winner of either run as the page shows it: `diff OTHER THIS` has the same reasons."""
    for fate in fates(other, this):
        standings = fate.now, fate.before
        yield {
            "asset": fate.symbol,
            "change": fate.change,
            "conviction": [None if standing is None else standing["alpha_score"] for standing in standings],
            "rank": [run.pool_ranks.get(fate.symbol) for run in (this, other)],
            "why": fate.reason,
        }


def _parts(page: Path) -> tuple[dict[str, Any], str]:
    try:
        return page_parts(page.read_text("utf-8"))
    except FileNotFoundError:
        raise VerificationError(
            f"the run {page.parent.name} has no {PAGE}: it failed, or is older than run pages"
        ) from None
    except ValueError as error:
        raise VerificationError(f"the {PAGE} of the run {page.parent.name} can't be read: {error}") from None
