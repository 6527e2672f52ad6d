"""Scanner exports of a simulated market, dated: one per scanner and session.

In order: the technical columns from the clean bars, the table of assets that scanners see on a session, the scanners'
picks, and their exports. Each export knows only bars up to its own date, so that a project can be run as of any session.
"""

from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import Panel

Scan = dict[str, Any]
Key = tuple[str, str, str]
"""What a scanner looks for, its direction and its logic."""
SESSIONS = 10
"""How many sessions, up to the last day, each scanner has an export of."""


def _wilder(frame: pd.DataFrame) -> pd.DataFrame:
    """Wilder's moving average over 14 bars, gaps skipped."""
    return frame.ewm(alpha=1 / 14, adjust=False, ignore_na=True).mean()


def _technicals(panel: Panel) -> dict[str, pd.DataFrame]:
    """The scanners' columns, each wide (days x assets) and of bars up to its day only."""
    high, low, close, volume = (pd.DataFrame(panel.prices[name]) for name in ("high", "low", "close", "volume"))
    traded, filled = close.notna(), close.ffill()
    before = filled.shift(1).where(traded)
    up, down = high - high.ffill().shift(1), low.ffill().shift(1) - low
    true_range = _wilder(high.where(~(before > high), before) - low.where(~(before < low), before))
    plus = 100 * _wilder(up.where((up > down) & (up > 0), 0.0).where(traded)) / true_range
    minus = 100 * _wilder(down.where((down > up) & (down > 0), 0.0).where(traded)) / true_range
    gains, losses = _wilder((close - before).clip(lower=0)), _wilder((before - close).clip(lower=0))
    back = dict(zip(("Perf.W", "Perf.1M", "Perf.3M", "Perf.6M"), panel.spec.bars_back, strict=True))
    return {
        "close": close,
        "volume": volume,
        "Value.Traded": close * volume,
        "change": 100 * (close / before - 1),
        **{name: 100 * (close / filled.shift(bars) - 1) for name, bars in back.items()},
        "Volatility.D": 100 * (high / low - 1),
        "Volatility.W": (100 * (high / low - 1)).rolling(7, min_periods=3).mean(),
        "ATR": true_range,
        "ADX": _wilder(100 * (plus - minus).abs() / (plus + minus)),
        "ADX+DI": plus,
        "ADX-DI": minus,
        "RSI": 100 * gains / (gains + losses),
    }


def _sessions(dates: pd.DatetimeIndex) -> list[int]:
    """The places of the last weekdays, oldest first; the last day counts whatever it is."""
    weekdays = np.flatnonzero(dates[:-1].day_of_week.to_numpy() < 5)
    return [*weekdays[1 - SESSIONS :].tolist(), len(dates) - 1]


def _as_of(technicals: dict[str, pd.DataFrame], day: int) -> pd.DataFrame:
    """The columns at each asset's last bar up to that day."""
    traded = technicals["close"].notna().to_numpy()[: day + 1]
    last = day - traded[::-1].argmax(axis=0)
    table = pd.DataFrame({name: frame.to_numpy()[last, np.arange(len(last))] for name, frame in technicals.items()})
    return table.round({name: 10 if name == "ATR" else 6 for name in technicals if name not in ("close", "volume")})


def _scan_table(panel: Panel, technicals: pd.DataFrame) -> pd.DataFrame:
    """One row per asset that scanners see, the most traded first, and two more that have no bars."""
    spec, suffix = panel.spec, "USDT.P" if panel.spec.crypto else ""
    facts = panel.instruments[["sector"]]
    if spec.crypto:
        facts = panel.instruments[["base", "sector", "tick_size", "step_size", "price_precision"]]
        facts = facts.rename(columns={"sector": "subtype"})
    shown = spec.exchange + ":" + panel.instruments["symbol"] + suffix[-2:]
    table = pd.concat([shown.rename("symbol"), technicals, facts], axis=1)
    ghosts = table.loc[panel.special["plain"][:2]].assign(
        symbol=[f"{spec.exchange}:{name}{suffix}" for name in ("GHST", "PHTM")],
        **({"base": ["GHST", "PHTM"]} if spec.crypto else {}),
    )
    unseen = panel.special["no_candidate"] + panel.special["delisted"][1:]
    seen = pd.concat([table.drop(index=unseen), ghosts])
    return seen.sort_values(["Value.Traded", "symbol"], ascending=[False, True]).reset_index(drop=True)


def dated_scans(panel: Panel) -> dict[str, Scan]:
    """The exports of the last sessions by file name, oldest first: what a scanner found on a date, from bars up to it."""
    technicals = _technicals(panel)
    exports = [
        _export(panel, panel.dates[day].strftime("%Y-%m-%d"), key, rows)
        for day in _sessions(panel.dates)
        for key, rows in _picks(panel, _scan_table(panel, _as_of(technicals, day))).items()
    ]
    return {f"{scan['meta']['scanner']}_{scan['meta']['asof']}.json": scan for scan in exports}


def _picks(panel: Panel, table: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    """The universe, trends in both directions (an asset may be in both), breakouts of volatility, oversold stocks."""
    strong, falling = table["ADX"] >= 18, table["Perf.3M"] < 0
    picked: dict[Key, pd.DataFrame] = {("universe", "LONG", "trend"): table}
    if panel.spec.crypto:
        burst = (table["Volatility.D"] > 1.15 * table["Volatility.W"]) & (table["change"] > 0)
        weak = falling & (table["ADX-DI"] > table["ADX+DI"] - 4)
        picked["long_trend", "LONG", "trend"] = table[strong & (table["Perf.1M"] > 0)]
        picked["short_trend", "SHORT", "trend"] = table[strong & weak]
        picked["vol_breakout", "LONG", "vol_breakout"] = table[burst]
    else:
        picked["long_trend", "LONG", "trend"] = table[strong & (table["Perf.3M"] > 0)]
        picked["short_trend", "SHORT", "trend"] = table[strong & falling & (table["Perf.1M"] < 0)].head(12)
        picked["mean_reversion", "LONG", "mean_reversion"] = table[table["RSI"] <= table["RSI"].quantile(0.12)]
    return picked


def _export(panel: Panel, date: str, key: Key, rows: pd.DataFrame) -> Scan:
    """One scanner's export; what is not known is null."""
    meta = {
        "scanner": f"{'crypto' if panel.spec.crypto else 'stocks'}_{key[0]}",
        "data_category": "universe" if key[0] == "universe" else "strategy_alpha",
        "market": panel.spec.market,
        "exchange": panel.spec.exchange,
        "type": panel.spec.kind,
        "direction": key[1],
        "logic": key[2],
        "asof": date,
        "count": len(rows),
    }
    records = rows.to_dict(orient="records")
    # Only what is not known differs from itself.
    known = [{name: value if value == value else None for name, value in record.items()} for record in records]
    return {"meta": meta, "data": known}
