"""A table written to a file whose ending says how."""

from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.lineage.record.encoding import parquet
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def written_table(table: pd.DataFrame, target: Path) -> Path:
    """The file with the table and its index: Parquet or CSV. Raises `ConfigurationError` where it can't be written so."""
    kind = target.suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise ConfigurationError(f"{target.name}: end the name of the output in .parquet or .csv")
    content = parquet(table.reset_index()) if kind == ".parquet" else table.to_csv().encode()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    except OSError as error:
        raise ConfigurationError(f"{target.name} can't be written: {error.strerror or error}") from None
    return target
