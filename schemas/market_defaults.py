"""Instrument metadata by market, for scanner exports that come without: what `--market-defaults NAME` stands for.

A default makes an asset *tradable* for the gate `metadata`; it is no promise of the venue. A portfolio optimiser that
rounds orders should be given the venue's own sizes (`instruments.parquet`), which always win over these.
Imports nothing heavy.
"""

from collections.abc import Mapping
from typing import NamedTuple


class MarketDefaults(NamedTuple):
    """The three sizes of a market, and where they come from."""

    values: Mapping[str, float]
    """`tick_size` and `lot_size` in price and in units, `price_precision` in decimals."""
    source: str


US_STOCKS = MarketDefaults(
    {"tick_size": 0.01, "lot_size": 1.0, "price_precision": 2.0},
    "Regulation NMS, rule 612: a cent for prices of a dollar and more; whole shares",
)
CRYPTO_PERPS = MarketDefaults(
    {"tick_size": 1e-8, "lot_size": 0.001, "price_precision": 8.0},
    "the finest price step in use on the large venues; their lots go from 0.001 to 1 and more",
)

MARKET_DEFAULTS: Mapping[str, MarketDefaults] = {
    "us-stocks": US_STOCKS,
    "america": US_STOCKS,
    "crypto-perps": CRYPTO_PERPS,
    "crypto": CRYPTO_PERPS,
}
"""Name to defaults; `america` and `crypto` are TradingView's names of the markets."""
