"""A simulated market, so that a new project has something to select from before it has data of its own.

Two markets are drawn from one seed: crypto perpetuals that trade every day, stocks that trade on weekdays. In order:

1. names, sectors, sizes and characters (trending up or down, mean-reverting, a random walk) of each market's assets;
2. returns: factors of world, market and sector plus the asset's own noise, all with fat tails and clustered volatility;
3. bars: open, high, low, close on the tick grid, volume on the lot grid;
4. calendars: late listings, delistings, gaps, a price that stands still, histories that are too short;
5. scans as of the last day, with the technical columns computed from the bars while they are clean;
6. statistics, and last the dirt: a handful of bad rows, and one asset that is full of them.

Nothing depends on the hash seed, the clock or a linear algebra library; prices and volumes are rounded to their grids.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int_]
Scan = dict[str, Any]

MINIMUM_ASSETS, MINIMUM_DAYS = 80, 250
REGIME_DAYS = 120
CHARACTERS = {"walk": 0.40, "up": 0.09, "down": 0.09, "reverting": 0.42}
CARRY = {"walk": 0.0, "up": 0.08, "down": 0.08, "reverting": -0.22}
DIRT = {"crossed": 3, "zero": 1, "negative": 1, "missing": 2, "infinite": 1, "duplicate": 2}
DIRTY_SHARE = 0.04

_HEADS = "SOL,LUN,AST,NEB,COR,VEG,ORB,QUA,TER,ZEN,KAL,MIR,PYX,HEL,RUN,FEN,DRA,GLY,VOR,JUN,THA,BEX,WIN,OKT"
_TAILS = "AR,ION,EX,IS,ORA,UM,IX,ANO,ETH,ULO,ENT,YRA"
_TICKER_HEADS = "AQ,BR,CY,DW,EK,FJ,GV,HY,IZ,JO,KU,LV,MY,NW,OX,PY,QE,RU,SV,TY"
_TICKER_TAILS = "ME,DX,RO,LT,NA,SK,VI,PO,GA,BE,TH,UM"
_SHARE_CLASSES = ("ACM", "ZYN")


@dataclass(frozen=True)
class SimulatedMarket:
    """What was simulated: long bars, instruments, statistics by symbol, and scanner exports by file name."""

    bars: pd.DataFrame
    instruments: pd.DataFrame
    statistics: pd.DataFrame
    scans: dict[str, Scan]


@dataclass(frozen=True)
class _Spec:
    """What tells one market from the other.

    `volatility`, `value` (traded a day) and `price` are median and log spread over the assets, `loads` the weights of
    market and sector, `gap` the part of a day's move that comes overnight, `special` how many have each peculiarity.
    """

    market: str
    exchange: str
    kind: str
    sectors: tuple[str, ...]
    volatility: tuple[float, float]
    value: tuple[float, float]
    price: tuple[float, float]
    loads: tuple[float, float]
    gap: float
    late: float
    bars_back: tuple[int, int, int, int]
    special: Mapping[str, int]

    @property
    def crypto(self) -> bool:
        """Whether it trades every day, on grids of its own."""
        return self.market == "CRYPTO"


@dataclass(frozen=True)
class _Panel:
    """One market's clean bars, wide (days x assets, NaN where nothing traded), and its instruments in that order."""

    spec: _Spec
    dates: pd.DatetimeIndex
    instruments: pd.DataFrame
    special: Mapping[str, list[int]]
    prices: Mapping[str, Array]


def _counts(text: str) -> dict[str, int]:
    """`gap:3 stale:1` as a mapping."""
    return {name: int(count) for name, _, count in (part.partition(":") for part in text.split())}


_CRYPTO = _Spec(
    market="CRYPTO",
    exchange="BINANCE",
    kind="swap",
    sectors=("Layer-1", "DeFi", "Gaming", "Meme", "Infrastructure", "AI"),
    volatility=(0.045, 0.3),
    value=(2e7, 1.1),
    price=(0.4, 2.2),
    loads=(0.5, 0.4),
    gap=0.03,
    late=0.15,
    bars_back=(7, 30, 90, 180),
    special=_counts("delisted:3 gap:3 stale:1 short:3 illiquid:6 no_tick:2 no_metadata:2 no_candidate:2 dirty:1"),
)
_STOCKS = _Spec(
    market="AMERICA",
    exchange="US",
    kind="stock",
    sectors=("Technology", "Health Care", "Financials", "Energy", "Industrials", "Utilities"),
    volatility=(0.018, 0.25),
    value=(7e8, 1.0),
    price=(80.0, 0.7),
    loads=(0.45, 0.4),
    gap=0.4,
    late=0.05,
    bars_back=(5, 21, 63, 126),
    special=_counts("delisted:2 gap:2 stale:0 short:1 illiquid:0 no_tick:0 no_metadata:1 no_candidate:1 dirty:0"),
)


def simulated_market(seed: int = 7, assets: int = 200, days: int = 1096, end: str = "2026-06-30") -> SimulatedMarket:
    """A market of `assets` assets over the `days` calendar days up to `end`; the same for the same arguments.

    Raises:
        ConfigurationError: too few assets or days for all the peculiarities.
    """
    if assets < MINIMUM_ASSETS or days < MINIMUM_DAYS:
        raise ConfigurationError(
            f"simulation: {assets} assets over {days} days leave no room for its peculiarities; "
            f"ask for at least {MINIMUM_ASSETS} assets and {MINIMUM_DAYS} days"
        )
    rng = np.random.Generator(np.random.PCG64((seed, assets, days)))
    dates = pd.date_range(end=end, periods=days, freq="D", unit="us")
    weekdays = np.flatnonzero(dates.day_of_week.to_numpy() < 5)
    world = _clustered(rng, days, 1)[:, 0]
    perpetuals = round(assets * 0.6)
    crypto = _panel(rng, _CRYPTO, _crypto_names(rng, perpetuals), dates, world)
    stocks = _panel(rng, _STOCKS, _stock_names(rng, assets - perpetuals), dates[weekdays], world[weekdays])
    instruments = pd.concat([crypto.instruments, stocks.instruments], ignore_index=True)
    return SimulatedMarket(
        bars=_with_dirt(rng, pd.concat([_long(crypto), _long(stocks)], ignore_index=True), (crypto, stocks)),
        instruments=instruments.sort_values("symbol").reset_index(drop=True),
        statistics=_statistics(rng, instruments["symbol"].to_list()),
        scans=_scans(crypto) | _scans(stocks),
    )


def write_market(market: SimulatedMarket, folder: Path) -> list[Path]:
    """Write the market below `folder`: three Parquet tables and `scans/*.json`; gives the paths written."""
    (folder / "scans").mkdir(parents=True, exist_ok=True)
    tables = {"bars": market.bars, "instruments": market.instruments, "statistics": market.statistics}
    content = {folder / f"{name}.parquet": table.to_parquet(compression="zstd") for name, table in tables.items()}
    for name, scan in market.scans.items():
        content[folder / "scans" / name] = (json.dumps(scan, indent=1, allow_nan=False) + "\n").encode()
    for path, data in content.items():
        write_atomically(path, data)
    return list(content)


# -- 1: names, traits, peculiarities


def _words(rng: np.random.Generator, heads: str, tails: str, count: int) -> list[str]:
    """That many different invented words, longer ones where the short ones run out."""
    stems, words = heads.split(","), dict[str, None]()
    while len(words) < count:
        stems = list(dict.fromkeys(stem + tail for stem in stems for tail in tails.split(",")))
        words |= dict.fromkeys(stems[place] for place in rng.permutation(len(stems)))
    return list(words)[:count]


def _crypto_names(rng: np.random.Generator, count: int, pairs: int = 4) -> pd.DataFrame:
    """Bases quoted in USDT; the first few in USDC too, each right after its twin, whose place is its `leader`."""
    bases = _words(rng, _HEADS, _TAILS, count - pairs)
    listed = [(base, quote) for base in bases[:pairs] for quote in ("USDT", "USDC")]
    listed += [(base, "USDT") for base in bases[pairs:]]
    rows = [(base + quote, base, place - (quote == "USDC")) for place, (base, quote) in enumerate(listed)]
    return pd.DataFrame(rows, columns=["symbol", "base", "leader"])


def _stock_names(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Two pairs of share classes (each its own identity), the index fund, then plain tickers."""
    symbols = [stem + letter for stem in _SHARE_CLASSES for letter in "AB"] + ["SPY"]
    symbols += _words(rng, _TICKER_HEADS, _TICKER_TAILS, count - len(symbols))
    return pd.DataFrame({"symbol": symbols, "base": symbols, "leader": [0, 0, 2, 2, *range(4, count)]})


def _special(rng: np.random.Generator, spec: _Spec, names: pd.DataFrame) -> dict[str, list[int]]:
    """Which assets have which peculiarity, at most one each; never a twin or the index fund. The rest are `plain`."""
    alone = np.bincount(names["leader"].to_numpy(), minlength=len(names)) == 1
    order = [int(place) for place in rng.permutation(np.flatnonzero(alone & (names["symbol"] != "SPY").to_numpy()))]
    chosen: dict[str, list[int]] = {}
    for name, count in {**spec.special, "late": round(spec.late * len(names))}.items():
        chosen[name], order = order[:count], order[count:]
    return {**chosen, "plain": order}


def _traits(rng: np.random.Generator, spec: _Spec, names: pd.DataFrame, illiquid: list[int]) -> pd.DataFrame:
    """Sector, character, volatility, traded value and price of each asset; twins differ in traded value only."""
    count, leader, fund = len(names), names["leader"].to_numpy(), (names["symbol"] == "SPY").to_numpy()
    drawn = rng.choice(len(CHARACTERS), size=count, p=list(CHARACTERS.values()))[leader]
    spread = {
        name: median * np.exp(sigma * rng.standard_normal(count))
        for name, (median, sigma) in {"volatility": spec.volatility, "value": spec.value, "price": spec.price}.items()
    }
    traits = names.assign(
        fund=fund,
        sector=rng.integers(len(spec.sectors), size=count)[leader],
        character=np.where(fund, "walk", np.array(list(CHARACTERS))[drawn]),
        volatility=np.where(fund, 0.010, spread["volatility"][leader]),
        value=np.where(fund, 3e10, spread["value"]),
        price=np.where(fund, 430.0, spread["price"][leader]),
    )
    traits.loc[illiquid, "value"] = rng.uniform(2e4, 1e5, len(illiquid))
    traits.loc[illiquid, "volatility"] = rng.uniform(0.10, 0.14, len(illiquid))
    return traits


# -- 2: returns


def _clustered(rng: np.random.Generator, days: int, count: int, freedom: float = 3.5) -> Array:
    """Noise of about unit variance with Student t shocks and a GARCH(1, 1) variance, one column a series."""
    shocks = np.clip(rng.standard_t(freedom, (days, count)) * np.sqrt((freedom - 2) / freedom), -9.0, 9.0)
    variance, noise = np.ones(count), np.empty((days, count))
    for day in range(days):
        noise[day] = np.sqrt(variance) * shocks[day]
        variance = np.clip(0.03 + 0.12 * noise[day] ** 2 + 0.85 * variance, 0.15, 12.0)
    return noise


def _drift(rng: np.random.Generator, trend: Array, days: int) -> Array:
    """Daily drift in units of volatility: regimes of random sign for trending assets, the last two as in `trend`."""
    signs = rng.choice([-1.0, 0.0, 0.0, 1.0], (days // REGIME_DAYS + 1, len(trend)))
    signs[-2:] = trend
    strength = rng.uniform(0.02, 0.07, len(trend)) * np.abs(trend)
    return np.repeat(signs * strength, REGIME_DAYS, axis=0)[-days:]


def _settled(factor: Array) -> Array:
    """The factor without drift in either half of the last regime: assets shall not trend just because a factor did."""
    half = REGIME_DAYS // 2
    for part in (slice(-2 * half, -half), slice(-half, None)):
        factor[part] -= factor[part].mean(axis=0)
    return factor


def _returns(rng: np.random.Generator, spec: _Spec, traits: pd.DataFrame, world: Array) -> Array:
    """Log returns (days x assets): world, market and sector factors, own noise, drift, and what carries over a day."""
    days, count = len(world), len(traits)
    fund, leader = traits["fund"].to_numpy(), traits["leader"].to_numpy()
    character, volatility = traits["character"], traits["volatility"].to_numpy()
    market = 0.6 * world + 0.8 * _clustered(rng, days, 1)[:, 0]
    market = _settled((market - market.mean()) / market.std())
    sectors = _settled(_clustered(rng, days, len(spec.sectors)))[:, traits["sector"].to_numpy()]
    to_market = np.where(fund, 1.0, spec.loads[0] * rng.uniform(0.6, 1.3, count)[leader])
    to_sector = np.where(fund, 0.0, spec.loads[1] * rng.uniform(0.7, 1.3, count)[leader])
    own = np.sqrt(np.maximum(1.0 - to_market**2 - to_sector**2, 0.0)) * _clustered(rng, days, count)[:, leader]
    twin = (leader != np.arange(count)) * 0.15 * rng.standard_normal((days, count))
    trend = np.select([character == "up", character == "down"], [1.0, -1.0], 0.0)
    moves = market[:, None] * to_market + sectors * to_sector + own + twin + _drift(rng, trend, days)[:, leader]
    carry = character.map(CARRY).to_numpy(dtype=np.float64)
    for day in range(1, days):
        moves[day] += carry * moves[day - 1]
    return np.asarray(np.clip(moves * volatility - volatility**2 / 2, -0.6, 0.6), dtype=np.float64)


# -- 3: bars


def _on_grid(values: Array, decimals: Places) -> Array:
    """Values rounded to the decimals of their column, as the nearest float64 to that decimal number."""
    scale = np.array([10.0**places for places in decimals.tolist()])
    return np.asarray(np.rint(values * scale) / scale, dtype=np.float64)


def _bars(
    rng: np.random.Generator, spec: _Spec, traits: pd.DataFrame, returns: Array
) -> tuple[dict[str, Array], Places, Places]:
    """Open, high, low, close and volume on their grids, and the decimals of prices and of volumes by asset."""
    path = np.cumsum(returns, axis=0)
    close = traits["price"].to_numpy() * np.exp(path - np.median(path, axis=0))
    spread = traits["volatility"].to_numpy() * 0.35
    before = np.vstack([close[:1], close[:-1]])
    opened = before * np.exp(spec.gap * (close / before - 1.0) + 0.1 * spread * rng.standard_normal(close.shape))
    wicks = np.exp(np.abs(rng.standard_normal((2, *close.shape))) * spread)
    high, low = np.maximum(opened, close) * wicks[0], np.minimum(opened, close) / wicks[1]
    busy = 0.45 * _clustered(rng, len(close), len(traits)) + 0.12 * np.abs(returns) / spread - 0.3
    volume = traits["value"].to_numpy() * np.exp(np.clip(busy, -2.5, 3.0)) / close
    decimals, lots = np.full(len(traits), 2), np.zeros(len(traits), dtype=np.int_)
    if spec.crypto:
        decimals = np.clip(3 - np.floor(np.log10(close.min(axis=0))), 0, 12).astype(np.int_)
        lots = np.clip(7 - np.floor(np.log10(np.median(volume, axis=0))), 0, 3).astype(np.int_)
    prices = {"open": opened, "high": high, "low": low, "close": close}
    wide = {name: np.maximum(_on_grid(values, decimals), 10.0**-decimals) for name, values in prices.items()}
    return {**wide, "volume": _on_grid(volume, lots)}, decimals, lots


def _panel(rng: np.random.Generator, spec: _Spec, names: pd.DataFrame, dates: pd.DatetimeIndex, world: Array) -> _Panel:
    """One market: its traits, returns, bars and instruments, with the peculiar calendars of some assets."""
    special = _special(rng, spec, names)
    traits = _traits(rng, spec, names, special["illiquid"])
    prices, decimals, lots = _bars(rng, spec, traits, _returns(rng, spec, traits, world))
    halt = len(dates) * 9 // 10
    for place in special["stale"]:
        for name in prices:
            prices[name][halt:, place] = 0.0 if name == "volume" else prices["close"][halt, place]
    absent = _absent(rng, special, len(dates), len(names))
    prices = {name: np.where(absent, np.nan, values) for name, values in prices.items()}
    return _Panel(
        spec, dates, _instruments(spec, traits.assign(decimals=decimals, lots=lots), special), special, prices
    )


def _instruments(spec: _Spec, traits: pd.DataFrame, special: Mapping[str, list[int]]) -> pd.DataFrame:
    """Symbol, market, sector and grid of each asset; a few have a tick of zero, a few no grid at all."""
    table = traits[["symbol"]].assign(market=spec.market, exchange=spec.exchange, type=spec.kind, base=traits["base"])
    table["sector"] = traits["sector"].map(dict(enumerate(spec.sectors))).where(~traits["fund"], "Index")
    table["tick_size"] = [float(f"1e-{places}") for places in traits["decimals"]]
    table["step_size"] = [float(f"1e-{places}") for places in traits["lots"]]
    table["price_precision"] = traits["decimals"].astype("float64")
    table.loc[special["no_tick"], "tick_size"] = 0.0
    table.loc[special["no_metadata"], ["tick_size", "step_size", "price_precision"]] = np.nan
    return table


# -- 4: calendars


def _absent(rng: np.random.Generator, special: Mapping[str, list[int]], days: int, count: int) -> npt.NDArray[np.bool_]:
    """Where no bar exists: before a late listing, after a delisting, in a gap of one to four weeks."""
    absent = np.zeros((days, count), dtype=bool)
    for place in special["late"]:
        absent[: int(rng.integers(days // 5, days * 4 // 5)), place] = True
    for place in special["short"]:
        absent[: days - int(rng.integers(15, 50)), place] = True
    for place in special["delisted"]:
        absent[int(rng.integers(days // 2, days * 9 // 10)) :, place] = True
    for place in special["gap"]:
        start = int(rng.integers(days // 4, days * 3 // 4))
        absent[start : start + int(rng.integers(8, 29)), place] = True
    return absent


def _long(panel: _Panel) -> pd.DataFrame:
    """The bars that exist, one row each, by symbol and date."""
    order = np.argsort(panel.instruments["symbol"].to_numpy(dtype=object), kind="stable")
    places, days = np.nonzero(np.isfinite(panel.prices["close"].T[order]))
    places = order[places]
    symbols = panel.instruments["symbol"].take(places).reset_index(drop=True)
    columns = {name: values[days, places] for name, values in panel.prices.items()}
    return pd.DataFrame({"symbol": symbols, "date": panel.dates[days], **columns})


# -- 5: scans


def _wilder(frame: pd.DataFrame) -> pd.DataFrame:
    """Wilder's moving average over 14 bars, gaps skipped."""
    return frame.ewm(alpha=1 / 14, adjust=False, ignore_na=True).mean()


def _technicals(panel: _Panel) -> pd.DataFrame:
    """The scanners' columns at each asset's last bar."""
    high, low, close, volume = (pd.DataFrame(panel.prices[name]) for name in ("high", "low", "close", "volume"))
    traded, filled = close.notna(), close.ffill()
    before = filled.shift(1).where(traded)
    up, down = high - high.ffill().shift(1), low.ffill().shift(1) - low
    true_range = _wilder(high.where(~(before > high), before) - low.where(~(before < low), before))
    plus = 100 * _wilder(up.where((up > down) & (up > 0), 0.0).where(traded)) / true_range
    minus = 100 * _wilder(down.where((down > up) & (down > 0), 0.0).where(traded)) / true_range
    gains, losses = _wilder((close - before).clip(lower=0)), _wilder((before - close).clip(lower=0))
    back = dict(zip(("Perf.W", "Perf.1M", "Perf.3M", "Perf.6M"), panel.spec.bars_back, strict=True))
    columns = {
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
    last = len(close) - 1 - traded.to_numpy()[::-1].argmax(axis=0)
    table = pd.DataFrame({name: frame.to_numpy()[last, np.arange(len(last))] for name, frame in columns.items()})
    return table.round({name: 10 if name == "ATR" else 6 for name in columns if name not in ("close", "volume")})


def _scan_table(panel: _Panel) -> pd.DataFrame:
    """One row an asset that scanners see, the most traded first, and two more that have no bars."""
    spec, suffix = panel.spec, "USDT.P" if panel.spec.crypto else ""
    facts = panel.instruments[["sector"]]
    if spec.crypto:
        facts = panel.instruments[["base", "sector", "tick_size", "step_size", "price_precision"]]
        facts = facts.rename(columns={"sector": "subtype"})
    shown = spec.exchange + ":" + panel.instruments["symbol"] + suffix[-2:]
    table = pd.concat([shown.rename("symbol"), _technicals(panel), facts], axis=1)
    ghosts = table.loc[panel.special["plain"][:2]].assign(
        symbol=[f"{spec.exchange}:{name}{suffix}" for name in ("GHST", "PHTM")],
        **({"base": ["GHST", "PHTM"]} if spec.crypto else {}),
    )
    unseen = panel.special["no_candidate"] + panel.special["delisted"][1:]
    seen = pd.concat([table.drop(index=unseen), ghosts])
    return seen.sort_values(["Value.Traded", "symbol"], ascending=[False, True]).reset_index(drop=True)


def _scans(panel: _Panel) -> dict[str, Scan]:
    """The universe, trends in both directions (an asset may be in both), breakouts of volatility, oversold stocks."""
    table = _scan_table(panel)
    strong, falling = table["ADX"] >= 18, table["Perf.3M"] < 0
    picked: dict[tuple[str, str, str], pd.DataFrame] = {("universe", "LONG", "trend"): table}
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
    family = "crypto" if panel.spec.crypto else "stocks"
    return {f"{family}_{key[0]}.json": _scan(panel, f"{family}_{key[0]}", key, rows) for key, rows in picked.items()}


def _scan(panel: _Panel, scanner: str, key: tuple[str, str, str], rows: pd.DataFrame) -> Scan:
    """A scanner export; what is not known is null."""
    meta = {
        "scanner": scanner,
        "data_category": "universe" if key[0] == "universe" else "strategy_alpha",
        "market": panel.spec.market,
        "exchange": panel.spec.exchange,
        "type": panel.spec.kind,
        "direction": key[1],
        "logic": key[2],
        "asof": panel.dates[-1].strftime("%Y-%m-%d"),
        "count": len(rows),
    }
    return {"meta": meta, "data": rows.astype(object).where(rows.notna(), None).to_dict(orient="records")}


# -- 6: statistics and dirt


def _statistics(rng: np.random.Generator, symbols: list[str]) -> pd.DataFrame:
    """Scores in [0, 1] by symbol: a few survive below 0.1, one asset in fifteen is unknown."""
    shapes = {"Antifragility_Score": (4, 4), "Fragility_Score": (2, 6), "Regime_Survival_Score": (8, 2)}
    scores = {name: rng.beta(*shape, len(symbols)) for name, shape in shapes.items()}
    order = rng.permutation(len(symbols))
    doomed, unknown = order[: max(3, len(symbols) // 35)], order[-(len(symbols) // 15) :]
    scores["Regime_Survival_Score"][doomed] = rng.uniform(0.0, 0.09, len(doomed))
    table = pd.DataFrame(scores, index=pd.Index(symbols, name="symbol", dtype="str")).round(6)
    return table.drop(index=table.index[unknown]).sort_index()


def _spoiled(bars: pd.DataFrame, kind: str, rows: Places) -> pd.DataFrame:
    """The bars with these rows made bad in one way; a duplicate is a further row of the same key, other prices."""
    if kind == "duplicate":
        again = bars.iloc[rows].assign(close=bars["low"].iloc[rows], volume=bars["volume"].iloc[rows] * 0.5)
        return pd.concat([bars, again], ignore_index=True)
    if kind == "crossed":
        bars.loc[rows, ["high", "low"]] = bars.loc[rows, ["low", "high"]].to_numpy() * [0.99, 1.01]
    else:
        factor = {"zero": 0.0, "negative": -1.0, "missing": np.nan, "infinite": np.inf}[kind]
        bars.loc[rows, "close"] *= factor
    return bars


def _with_dirt(rng: np.random.Generator, bars: pd.DataFrame, panels: Iterable[_Panel]) -> pd.DataFrame:
    """The bars with a handful of bad rows in as many plain assets, and many bad rows in the dirty one; sorted."""
    symbols = {
        name: [panel.instruments["symbol"].iloc[place] for panel in panels for place in panel.special[name]]
        for name in ("plain", "dirty")
    }
    rows_of = bars.groupby("symbol").indices
    kinds = [kind for kind, count in DIRT.items() for _ in range(count)]
    hit = [rows_of[symbols["plain"][place]] for place in rng.permutation(len(symbols["plain"]))[: len(kinds)]]
    chosen = [(kind, int(rng.choice(rows[30:-60]))) for kind, rows in zip(kinds, hit, strict=True)]
    for symbol in symbols["dirty"]:
        many = rng.permutation(rows_of[symbol])[: int(np.ceil(DIRTY_SHARE * len(rows_of[symbol])))]
        chosen += [(list(DIRT)[turn % len(DIRT)], int(row)) for turn, row in enumerate(many)]
    for kind in DIRT:
        bars = _spoiled(bars, kind, np.array([row for given, row in chosen if given == kind], dtype=np.int_))
    return bars.sort_values(["symbol", "date"], kind="stable").reset_index(drop=True)
