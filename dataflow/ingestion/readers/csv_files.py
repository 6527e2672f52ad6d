"""CSV: bytes to frame. Numbers are read as they are spelled; symbols and dates stay text; nothing else is guessed.

A header of two rows, as Yahoo's frames of several tickers have it, becomes two levels of columns.
"""

import csv
import io
from itertools import islice

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.column_names import (
    DATE_SPELLINGS,
    SYMBOL_SPELLINGS,
    refuse_repeated,
    spelling,
)
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

_EMPTY = ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "—"]
_TEXT_COLUMNS = frozenset((*map(spelling, (*SYMBOL_SPELLINGS, "s", "base", "currency", "exchange")),))


def csv_frame(content: Content) -> pd.DataFrame:
    """A CSV file (comma, semicolon or tab; UTF-8) as a frame.

    Raises `DataContractError` where it is none, has rows of unequal length, or two columns of one name.
    """
    try:
        text = content.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataContractError(f"ingestion: {content.name} is no UTF-8 text; save it as CSV in UTF-8") from None
    separator = _separator(text.partition("\n")[0])
    try:
        head = list(islice(csv.reader(io.StringIO(text), delimiter=separator), 3))
    except csv.Error as error:
        raise DataContractError(
            f"ingestion: {content.name} can't be read as CSV: {error}; quote what holds a line break, and end lines with LF"
        ) from None
    if not head or not any(cell.strip() for cell in head[0]):
        raise DataContractError(f"ingestion: {content.name} is empty or has no header")
    header_rows = _header_rows(head)
    if header_rows == 1:
        refuse_repeated([name for name in head[0] if name], content.name)
        return _parsed(content.name, text, separator, [name.strip() for name in head[0]], 1)
    names = [f"{place}" for place in range(len(head[0]))]
    frame = _parsed(content.name, text, separator, names, header_rows, dates=names[:1])
    levels = [[cell.strip() for cell in row[1:]] for row in head[:2]]
    wide = frame.iloc[:, 1:].set_axis(pd.MultiIndex.from_arrays(levels), axis=1)
    return wide.set_axis(pd.Index(frame.iloc[:, 0], name="Date"), axis=0)


def _separator(header: str) -> str:
    return max((",", ";", "\t"), key=lambda sign: (header.count(sign), sign == ","))


def _header_rows(head: list[list[str]]) -> int:
    """How many rows name the columns: two or three where the first row says one name several times (Yahoo)."""
    first = [cell for cell in head[0][1:] if cell]
    if len(head) < 2 or _has_number(head[1]):
        return 1
    levels = {head[0][0].strip().casefold(), head[1][0].strip().casefold()}
    if len(set(first)) == len(first) and levels != {"price", "ticker"}:
        return 1
    return 2 if len(head) < 3 or any(cell.strip() for cell in head[2][1:]) else 3


def _has_number(cells: list[str]) -> bool:
    return any(cell.strip().lstrip("+-").replace(".", "", 1).isdigit() for cell in cells[1:])


def _parsed(
    name: str, text: str, separator: str, columns: list[str], skipped: int, dates: list[str] | None = None
) -> pd.DataFrame:
    kept_text = [column for column in columns if spelling(column) in (*_TEXT_COLUMNS, *DATE_SPELLINGS)]
    types = {
        column: pa.string()
        for column in (*kept_text, *(dates or ()), *(column for column in columns[:1] if not column))
    }
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(text.encode()),
            read_options=arrow_csv.ReadOptions(column_names=columns, skip_rows=skipped),
            parse_options=arrow_csv.ParseOptions(delimiter=separator),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, null_values=_EMPTY, timestamp_parsers=[], true_values=[], false_values=[]
            ),
        )
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0][:160]
        raise DataContractError(f"ingestion: {name} can't be read as CSV: {reason}") from None
    return table.to_pandas()
