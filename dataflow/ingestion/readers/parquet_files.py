"""Parquet and Feather: bytes to frame. Page checksums that are there are verified."""

from collections.abc import Callable

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

_BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, MemoryError, OverflowError, IndexError)
"""What Arrow and pandas raise for a file of which any byte may be wrong."""


def parquet_frame(content: Content) -> pd.DataFrame:
    """A Parquet file as a frame, with the index that pandas noted in it.

    Raises `DataContractError` where it can't be read as Parquet, or a page isn't what its checksum says.
    """
    return _frame(content, "Parquet", _parquet_table)


def feather_frame(content: Content) -> pd.DataFrame:
    """A Feather (Arrow IPC) file as a frame. Raises `DataContractError` where it can't be read as Feather."""
    return _frame(content, "Feather", lambda data: feather.read_table(pa.BufferReader(data)))


def _parquet_table(data: bytes) -> pa.Table:
    return pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True).read()


def _frame(content: Content, kind: str, table: Callable[[bytes], pa.Table]) -> pd.DataFrame:
    try:
        return table(content.data).to_pandas()
    except _BROKEN as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise DataContractError(f"ingestion: {content.name} can't be read as {kind}: {reason}") from None
