"""`report`: the page of a run with the run before it, or another, beside it. Imports nothing heavy.

A run's own page is part of its record: byte for byte the same for the same inputs, settings, code and certificate, so it can't
know which runs came before, nor what was found out later. What depends on these, turnover first, and the fragility of the list
where it was asked for later (`tvselect fragility`), is on the page that is written here, outside the run's folder.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.fragility_record import recorded_fragility
from tradingview_scraper.pipelines.selection.drivers.review.reasons import fates
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.page.pagediff import compared
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.lineage.record.run_record import Row, RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_before, run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.escapes import seen_in
from tradingview_scraper.pipelines.selection.schemas.run_files import PAGE, REPORTS


def report(project: Path, reference: str, against: str | None = None, output: Path | None = None) -> Path:
    """Write the page of a run with what differs from another, and say where it lies.

    The other run is the one before it with the same profile, where `against` names none; the first run of a profile has
    nothing to differ from. The page lies in the project's `reports/`, or at `output`: a run's folder is sealed.

    Raises `ConfigurationError` where no such run is, or one to compare failed, `StorageError` where the page can't be written;
    `VerificationError` where a run has no readable page or tables.
    """
    folder = run_folder(project, reference)
    data, svg = _parts(folder / PAGE)
    if (found := recorded_fragility(folder)) is not None:
        data = {**data, "fragility": found}
    before = run_before(project, folder.name) if against is None else run_folder(project, against)
    target = output or project / REPORTS / f"{folder.name}.html"
    if before is not None:
        this, other = run_with_result(folder), run_with_result(before)
        theirs, _ = _parts(other.folder / PAGE)
        names = folder.name, other.folder.name
        data = {**data, "against": compared(data, theirs, names, list(_winners(this, other)))}
        if against is not None and output is None:
            target = target.with_name(f"{names[0]}-against-{names[1]}.html")
    return write_output(target, page_html(seen_in(data), svg).encode())


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
