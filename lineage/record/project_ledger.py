"""The project's ledger, `runs/audit.jsonl`: one line per run, anchor, promotion and trial, and the tree over its lines.

`append` is the one way to add to it: the line first, which is the record, then the tree, which follows from it.
"""

from collections.abc import Mapping
from pathlib import Path

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.files import made_folder
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import grown
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, RUNS


def append(project: Path, event: Mapping[str, object]) -> ledger.Head:
    """Adds one line to the project's ledger and returns the new head; makes `runs/` where there is none.

    A tree that can't be written doesn't undo the line: that is logged, and the next line makes up for it. Raises as
    `ledger.append`.
    """
    runs = project / RUNS
    made_folder(runs, exist_ok=True)
    head = ledger.append(runs / LEDGER, event)
    try:
        grown(runs)
    except OSError as error:
        import logging

        message = "%s: the line is written, but its tree isn't (%s); the next line makes up for it"
        logging.getLogger(__name__).warning(message, f"{RUNS}/{LEDGER}", error.strerror)
    return head
