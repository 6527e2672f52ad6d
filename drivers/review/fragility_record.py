"""Where the fragility of a run's list is kept, and how it is read. Imports nothing heavy.

A run that measured it (`run --fragility`) has the document among its files. What is asked for later (`tvselect fragility`)
can't go there, for the folder is sealed: it lies beside the run's pages in the project's `reports/`, names the run and the head
of its ledger, and is the one that is shown.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.lineage.record.runs import receipt
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import FRAGILITY, REPORTS, RUN_FILES


def fragility_path(folder: Path) -> Path:
    """Of the run in a folder."""
    return folder.parents[1] / REPORTS / f"{folder.name}-fragility.json"


def keep_fragility(folder: Path, figures: Mapping[str, Any]) -> dict[str, Any]:
    """Write the figures of a run's list; the document as it was written. An earlier one is replaced.

    Raises `StorageError` where it can't be written.
    """
    from tradingview_scraper.pipelines.selection.lineage.record.encoding import document  # more than a reader needs

    whole = {
        "schema_version": RUN_FILES[FRAGILITY].version,
        "run_id": folder.name,
        "head": receipt(folder)["head"]["hash"],
        **figures,
    }
    write_output(fragility_path(folder), document(whole))
    return whole


def recorded_fragility(folder: Path) -> dict[str, Any] | None:
    """The document of the run in a folder: the one asked for later, else the run's own; None where nobody asked for any.

    Raises `VerificationError` where it can't be read, or is of another record.
    """
    path = fragility_path(folder)
    again = f"; remove it, or ask anew: tvselect fragility {folder.name}"
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        own: dict[str, Any] | None = RunRecord(folder).document(FRAGILITY)
        return own
    except (OSError, ValueError, RecursionError) as error:
        raise VerificationError(f"{path} can't be read: {error}{again}") from None
    if not isinstance(found, dict) or found.get("head") != receipt(folder)["head"]["hash"]:
        raise VerificationError(f"{path} is of another record than the run's{again}")
    return found
