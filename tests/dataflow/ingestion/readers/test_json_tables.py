"""Instruments as exchanges list them, in JSON."""

import json
from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_tables import json_frame
from tradingview_scraper.pipelines.selection.dataflow.ingestion.side_tables import typed_instruments
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

PLAIN = {"symbol": "A", "tick_size": "0.01", "lot_size": "0.1", "price_precision": 2}
BINANCE = {
    "symbol": "A",
    "pricePrecision": 2,
    "filters": [
        {"filterType": "PRICE_FILTER", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "stepSize": "0.1"},
        {"filterType": "MARKET_LOT_SIZE", "stepSize": "5"},
    ],
}
BYBIT = {"symbol": "A", "priceScale": "2", "priceFilter": {"tickSize": "0.01"}, "lotSizeFilter": {"qtyStep": "0.1"}}


def content(value: Any) -> Content:
    return Content("instruments.json", json.dumps(value).encode(), "")


@pytest.mark.parametrize(
    "document",
    [
        [PLAIN],
        {"A": {"tick_size": "0.01", "lot_size": "0.1", "price_precision": 2}},
        {"timezone": "UTC", "symbols": [BINANCE]},
        {"retCode": 0, "result": {"list": [BYBIT]}},
    ],
    ids=["list", "by symbol", "Binance", "Bybit"],
)
def test_each_shape_gives_the_metadata(document: Any) -> None:
    frame = typed_instruments(json_frame(content(document))).frame
    assert [str(value) for value in frame.loc[0, list(PLAIN)]] == ["A", "0.01", "0.1", "2"]


@pytest.mark.parametrize("document", [5, "A", ["A"], {"A": 5}, {"symbols": ["A"]}, {}])
def test_what_holds_no_rows_is_refused(document: Any) -> None:
    with pytest.raises(DataContractError, match=r"instruments\.json holds no table"):
        json_frame(content(document))
