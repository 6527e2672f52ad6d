"""`report`: the page of a run, or a page that holds one run against another. Imports nothing heavy."""

from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.page import page_html, page_parts
from tradingview_scraper.pipelines.selection.lineage.page.pagediff import compared
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError

PAGE = "report.html"


def report(project: Path, reference: str, against: str | None = None, output: Path | None = None) -> Path:
    """Where the page lies: in the run's folder, or with `against` where it was written (a run folder is sealed).

    Raises `ConfigurationError` where no such run is, `VerificationError` where it has no readable page.
    """
    folder = run_folder(project, reference)
    if against is None:
        page = folder / PAGE
        _parts(page)
        return page
    other = run_folder(project, against)
    (data, svg), (theirs, _) = _parts(folder / PAGE), _parts(other / PAGE)
    target = output or Path(f"report-{folder.name}-vs-{other.name}.html")
    page_text = page_html({**data, "against": compared(data, theirs, (folder.name, other.name))}, svg)
    write_atomically(target, page_text.encode())
    return target


def _parts(page: Path) -> tuple[dict[str, Any], str]:
    try:
        return page_parts(page.read_text("utf-8"))
    except FileNotFoundError:
        raise VerificationError(
            f"the run {page.parent.name} has no {PAGE}: it failed, or is older than run pages"
        ) from None
    except ValueError as error:
        raise VerificationError(f"the {PAGE} of the run {page.parent.name} can't be read: {error}") from None
