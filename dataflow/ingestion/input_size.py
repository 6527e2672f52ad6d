"""How much input would take, told before it is taken: files by their sizes and footers, bars by their days and symbols.

`refuse_large_files` looks at a folder's files before one is read, `refuse_large_matrices` at bars before they become matrices.
A small file may ask for much: compressed columns, a bar per symbol on a day of its own, millions of tiny records.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.ingestion.bar_prices import FIELDS
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings

CELL = 8
"""Bytes per number."""
GIGABYTE = 10**9
BESIDE = 2
"""Matrices of the size of the prices that are held beside them: returns, and what is in the making."""


def refuse_large_files(files: Iterable[tuple[str, Path]], data: DataSettings) -> None:
    """Raises `DataContractError` where tables or lists (name, place) would take more memory than `data.max_gigabytes`."""
    sizes = {name: file_memory(path) for name, path in files}
    total = sum(sizes.values())
    if total > data.max_gigabytes * GIGABYTE:
        largest = sorted(sizes, key=lambda name: (-sizes[name], name))
        raise DataContractError(
            f"ingestion: {len(sizes)} files would take about {total / GIGABYTE:,.1f} GB ({offenders(largest, shown=3)}), more "
            f"than data.max_gigabytes ({data.max_gigabytes:g}): {_DO}"
        )


def refuse_many_records(name: str, text: bytes, data: DataSettings) -> None:
    """Raises `DataContractError` where a JSON text may hold more records than `data.max_records`: one opens with a brace."""
    found = text.count(b"{")
    if found > data.max_records:
        raise DataContractError(
            f"ingestion: {name} holds about {found:,} records, more than data.max_records ({data.max_records:,}): is it a "
            "list of candidates? Split it, or raise the limit"
        )


def refuse_large_matrices(bars: pd.DataFrame | None, data: DataSettings) -> None:
    """Raises `DataContractError` where bars as matrices, days x symbols, would take more memory than `data.max_gigabytes`."""
    if bars is None or bars.empty:
        return
    matrices = sum(field in bars for field in FIELDS) + BESIDE
    most = data.max_gigabytes * GIGABYTE / (matrices * CELL)
    span = (bars["date"].max() - bars["date"].min()).days + 1
    if len(bars["symbol"].cat.categories) * span <= most:  # days and symbols are counted only where it matters
        return
    days, symbols = bars["date"].nunique(), bars["symbol"].nunique()
    if days * symbols > most:
        raise DataContractError(
            f"ingestion: bars of {symbols:,} symbols on {days:,} days ({len(bars):,} rows) would take about "
            f"{days * symbols * matrices * CELL / GIGABYTE:,.1f} GB, more than data.max_gigabytes ({data.max_gigabytes:g}): {_DO}"
        )


_DO = "give fewer symbols or days, or raise the limit if there is the memory: --set data.max_gigabytes=N"


def file_memory(path: Path) -> float:
    """Bytes that a table or list takes in memory, about: by the footer of what has one, else by its size."""
    kind = path.suffix.lower()
    try:
        size = path.stat().st_size
        return max(float(size), _FOOTERS[kind](path)) if kind in _FOOTERS else size * _TEXT.get(kind, 1.0)
    except (pa.ArrowException, OSError, ValueError):
        return 0.0  # whoever reads it says what is wrong with it


def _parquet_memory(path: Path) -> float:
    footer = pq.read_metadata(path)
    stored = sum(footer.row_group(number).total_byte_size for number in range(footer.num_row_groups))
    return float(max(stored, footer.num_rows * footer.num_columns * CELL))


def _arrow_memory(path: Path) -> float:
    from pyarrow import dataset  # of its own accord few runs import it

    table = dataset.dataset(path, format="ipc")
    return float(table.count_rows() * len(table.schema) * CELL)


_FOOTERS: Mapping[str, Callable[[Path], float]] = {
    ".parquet": _parquet_memory,
    ".pq": _parquet_memory,
    ".feather": _arrow_memory,
    ".arrow": _arrow_memory,
}
_TEXT: Mapping[str, float] = {".csv": 3.0, ".tsv": 3.0, ".json": 30.0}
"""Memory per byte of text, measured on records of three fields and on bars."""
