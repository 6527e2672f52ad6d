"""A table written to a file whose ending says how.

In CSV a text that a spreadsheet would take for a formula has an apostrophe before it, as spreadsheets write it themselves.
`-SYMBOL`, the name of a short, is none: it can call nothing.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.lineage.record.encoding import parquet
from tradingview_scraper.pipelines.selection.lineage.record.files import write_output
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

_FORMULA = re.compile(r"[=+@\t\r]|-.*[^A-Za-z0-9._:/-]", re.DOTALL)


def written_table(table: pd.DataFrame, target: Path) -> Path:
    """The file with the table and its index: Parquet or CSV. Raises `ConfigurationError` where it can't be written so."""
    kind = target.suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise ConfigurationError(f"{target.name}: end the name of the output in .parquet or .csv")
    content = parquet(table.reset_index()) if kind == ".parquet" else csv_text(table).encode()
    return write_output(target, content)


def csv_text(table: pd.DataFrame) -> str:
    """The table and its index as CSV, with no text in it that is a formula."""
    whole = table.reset_index()
    for name in whole:
        if not pd.api.types.is_numeric_dtype(whole[name]):
            whole[name] = whole[name].map(harmless)
    return whole.rename(columns=harmless).to_csv(index=False)


def harmless(value: Any) -> Any:
    """The value; a text that a spreadsheet would calculate with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value
