"""The defaults of a market let an asset pass the gate `metadata`: all three sizes, positive."""

from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import METADATA_FIELDS
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS


def test_every_market_has_all_sizes_and_says_where_they_come_from() -> None:
    for found in MARKET_DEFAULTS.values():
        assert set(found.values) == set(METADATA_FIELDS)
        assert min(found.values.values()) > 0
        assert found.source
    assert MARKET_DEFAULTS["america"] == MARKET_DEFAULTS["us-stocks"]
