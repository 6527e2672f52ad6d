"""A table in JSON: a list of rows, a list inside a document, or rows by symbol, as exchanges list their instruments.

What a row holds in lists of filters (Binance's `exchangeInfo`) or one level deeper (Bybit's `priceFilter`) becomes columns.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_files import json_value
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

LISTS = ("symbols", "data", "list", "result", "instruments")
"""Keys under which documents hold their rows."""


def json_frame(content: Content) -> pd.DataFrame:
    """The table in a JSON file. Raises `DataContractError` where it holds no rows."""
    rows = _rows(json_value(content))
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        raise DataContractError(
            f"ingestion: {content.name} holds no table: write a list of objects, one per row, or an object of them by symbol"
        )
    return pd.DataFrame([_flat(row) for row in rows])


def _rows(value: Any) -> Sequence[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping):
        return None
    held = next((value[key] for key in LISTS if isinstance(value.get(key), list | Mapping)), None)
    if held is not None:
        return _rows(held)
    if value and all(isinstance(row, Mapping) for row in value.values()):
        return [{"symbol": symbol, **row} for symbol, row in value.items()]
    return None


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the plain values of its filters beside its own, which come first."""
    filters = row.get("filters")
    deeper = [item for item in filters if isinstance(item, Mapping)] if isinstance(filters, list) else []
    # A market order has steps of its own, which are none of the lot size.
    nested = [item for item in deeper if item.get("filterType") in ("PRICE_FILTER", "LOT_SIZE")]
    nested += [row[key] for key in ("priceFilter", "lotSizeFilter") if isinstance(row.get(key), Mapping)]
    found: dict[str, Any] = {}
    for item in nested:
        found |= {
            key: value for key, value in item.items() if key in ("tickSize", "stepSize", "qtyStep", "basePrecision")
        }
    return {**found, **row}
