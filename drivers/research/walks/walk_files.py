"""The folder of a walk: what was asked, what came of each date, what became of the assets.

    walks/ID/walk.json             what was asked: settings, code, data, dates; ID is the beginning of its digest
    walks/ID/outcomes.parquet      daily returns, all days there are
    walks/ID/dates/DATE.parquet    the panel's rows of a date
    walks/ID/dates/DATE.json       how the date ended; written after the rows, so a date with it is done
    walks/ID/models/SCORER/        models of learned scorers, trained for this walk (`execution.model_files`)
    walks/panels/ID/               walks that models learn from, the same inside
    walks/ID/manifest.json         all dates' ends; written last, so a walk with it is done

Nothing in it carries a time or a place, so the same walk leaves the same bytes.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.lineage.record.encoding import document, parquet
from tradingview_scraper.pipelines.selection.lineage.record.files import locked, made_folder, write_atomically
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError
from tradingview_scraper.pipelines.selection.schemas.frames import validated
from tradingview_scraper.pipelines.selection.schemas.selection_before import SelectionBefore
from tradingview_scraper.pipelines.selection.schemas.walk_panel import WalkPanel

WALKS, PANELS = "walks", "panels"
ASKED, OUTCOMES, DATES, ENDS = "walk.json", "outcomes.parquet", "dates", "manifest.json"
VERSION = "1.0"


def walk_id(asked: Mapping[str, Any]) -> str:
    """The name of a walk's folder: the same for the same settings, code, data and dates."""
    return json_digest(asked).removeprefix("sha256:")[:16]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else walks in the folder meanwhile, and nothing is left of writes that a kill has cut.

    Raises `ConfigurationError` where somebody does.
    """
    made_folder(folder / DATES, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder, os.O_RDONLY | os.O_DIRECTORY, fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            raise ConfigurationError(
                f"another process is at this walk ({folder.name}): wait until it is done"
            ) from None
        for left in sorted(folder.rglob(".*.tmp")):
            left.unlink()
        yield


def begin(folder: Path, asked: Mapping[str, Any], returns: pd.DataFrame) -> None:
    """Say what was asked."""
    write_atomically(folder / OUTCOMES, parquet(returns.rename_axis(index="date")))
    write_atomically(folder / ASKED, document({"schema_version": VERSION, **asked}))


def write_date(folder: Path, end: Mapping[str, Any], rows: pd.DataFrame | None) -> None:
    """Write a date's rows, if it has any, then how it ended."""
    place = folder / DATES / str(end["date"])
    digest = None
    if rows is not None:
        content = parquet(rows)
        digest = bytes_digest(content)
        write_atomically(place.with_suffix(".parquet"), content)
    write_atomically(place.with_suffix(".json"), document({**end, "rows": digest}))


def date_end(folder: Path, date: pd.Timestamp) -> dict[str, Any] | None:
    """How a date ended; None where it isn't done, or its rows aren't those that were written."""
    place = folder / DATES / str(date.date())
    try:
        end: dict[str, Any] = json.loads(place.with_suffix(".json").read_text("utf-8"))
        whole = end["rows"] is None or end["rows"] == file_digest(place.with_suffix(".parquet"))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return end if whole else None


def selection_before(folder: Path, date: pd.Timestamp) -> SelectionBefore | None:
    """The selection of the last date before this one that has any rows; None where there is none."""
    before = [file for file in sorted((folder / DATES).glob("*.parquet")) if file.stem < str(date.date())]
    if not before:
        return None
    names = ["symbol", "direction", "cluster", "winner"]
    rows = pd.read_parquet(before[-1], columns=names)
    return SelectionBefore.of(zip(*(rows[name].tolist() for name in names), strict=True))


def finish(folder: Path, ends: Sequence[Mapping[str, Any]], models: Mapping[str, str]) -> None:
    """Write how all dates ended, and the digests of the models that were trained for them."""
    used = {"models": dict(models)} if models else {}
    write_atomically(folder / ENDS, document({"schema_version": VERSION, **used, "dates": list(ends)}))


def read_panel(folder: Path, ends: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The panel of all dates that have rows, by date and symbol. Raises `DataContractError` where none has."""
    files = [folder / DATES / f"{end['date']}.parquet" for end in ends if end["rows"] is not None]
    if not files:
        reasons = sorted({str(end["reason"]) for end in ends})
        raise DataContractError(f"walk-forward: not one of {len(ends)} dates gave a selection: {reasons[0]}")
    return validated(pd.concat([pd.read_parquet(file) for file in files], ignore_index=True), WalkPanel, "walk-forward")


def read_outcomes(folder: Path) -> pd.DataFrame:
    """The daily returns of a walk, days x assets."""
    return pd.read_parquet(folder / OUTCOMES).set_index("date")
