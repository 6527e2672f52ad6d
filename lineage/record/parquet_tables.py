"""Parquet tables read by Arrow alone: no NumPy, no pandas, and none of the file systems that `pyarrow.parquet` brings along.

The reader behind `pyarrow.parquet` is taken by itself, for the module around it takes longer to import than a run's tables to
read. It is no public part of Arrow: where it isn't as it is known here, the public one reads.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def parquet_table(content: bytes) -> "pa.Table":
    """The table of a Parquet file, its page checksums verified. Raises `OSError` or `ValueError` (Arrow's) where it is none."""
    import pyarrow as pa

    source = pa.BufferReader(content)
    try:
        from pyarrow._parquet import ParquetReader

        reader = ParquetReader()
        reader.open(source, pre_buffer=False, page_checksum_verification=True, arrow_extensions_enabled=True)
        # In this thread: one of Arrow's own that still starts when a short command ends aborts the process.
        return reader.read_all(use_threads=False)
    except (ImportError, AttributeError, TypeError):
        from pyarrow.parquet import ParquetFile  # not `read_table`, which imports pandas by way of datasets

        return ParquetFile(source, page_checksum_verification=True).read(use_threads=False)
