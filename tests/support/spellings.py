"""Symbols spelled in every dialect, and small markets whose symbols are spelled in some way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select

DAYS = 120


@dataclass(frozen=True)
class Spelling:
    """One way to write a pair; `market` is what a scanner would say of it."""

    text: str
    contract: str
    market: str = "CRYPTO"


def spellings(base: str, quote: str, expiry: date) -> list[Spelling]:
    """A pair as each dialect writes its contracts."""
    number, words = expiry.strftime("%y%m%d"), expiry.strftime("%d%b%y").upper()
    return [
        Spelling(f"BINANCE:{base}{quote}", "spot", ""),
        Spelling(f"BINANCE:{base}{quote}.P", "perpetual", ""),
        Spelling(f"BINANCE:{base}{quote}PERP", "perpetual", ""),
        Spelling(f"{base}/{quote}", "spot", ""),
        Spelling(f"{base}/{quote}:{quote}", "perpetual", ""),
        Spelling(f"{base}/{quote}:{quote}-{number}", "dated", ""),
        Spelling(f"{base}{quote}", "spot"),
        Spelling(f"{base}{quote}_{number}", "dated"),
        Spelling(f"{base}{quote}_PERP", "perpetual"),
        Spelling(f"{base}{quote}-{words}", "dated"),
        Spelling(f"{base}-{quote}", "spot", ""),
        Spelling(f"{base}-{quote}-SWAP", "perpetual", ""),
        Spelling(f"{base}-{quote}-{number}", "dated", ""),
    ]


def trends(seed: int, count: int) -> np.ndarray:
    """Independent daily returns that rise enough to pass the gates, (DAYS, count)."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.012, 0.03, (DAYS, count))


def bars_of(returns: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Long bars of these daily returns."""
    dates = pd.date_range("2026-01-01", periods=DAYS + 1, freq="D")
    parts = []
    for symbol, moves in returns.items():
        close = 100.0 * np.cumprod(np.concatenate([[1.0], 1.0 + moves]))
        parts.append(
            pd.DataFrame(
                {
                    "symbol": symbol,
                    "date": dates,
                    "open": close,
                    "high": close * 1.03,
                    "low": close * 0.98,
                    "close": close,
                    "volume": 1e6,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def candidate(symbol: str, market: str = "CRYPTO", **fields: Any) -> dict[str, Any]:
    """A tradable candidate."""
    sizes = {"tick_size": 0.01, "lot_size": 0.001, "price_precision": 2, "value_traded": 1e9}
    return {"symbol": symbol, "market": market, **sizes, **fields}


def spelled(
    candidates: Sequence[dict[str, Any]],
    returns: Mapping[str, np.ndarray],
    settings: Mapping[str, Any] | None = None,
    **tables: Any,
) -> Selection:
    """A selection from candidates and bars that may spell their symbols differently; gates of the market's noise are off."""
    open_gates = {
        f"gates.{gate}.enabled": False for gate in ("entropy", "efficiency", "adx", "random_walk", "toxicity")
    }
    return select(
        None,
        candidates,
        bars=bars_of(returns),
        settings={**open_gates, "recruitment.floor": 1, **(settings or {})},
        **tables,
    )
