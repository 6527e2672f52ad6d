"""Who trades in a simulated market: names, traits and peculiarities of its assets.

`CRYPTO` and `STOCKS` say what tells the two markets from each other. In order: names, peculiarities (at most one per
asset), traits, and last, when the grids of prices are known, the table of instruments.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

CHARACTERS = {"walk": 0.40, "up": 0.09, "down": 0.09, "reverting": 0.42}

_HEADS = "SOL,LUN,AST,NEB,COR,VEG,ORB,QUA,TER,ZEN,KAL,MIR,PYX,HEL,RUN,FEN,DRA,GLY,VOR,JUN,THA,BEX,WIN,OKT"
_TAILS = "AR,ION,EX,IS,ORA,UM,IX,ANO,ETH,ULO,ENT,YRA"
_TICKER_HEADS = "AQ,BR,CY,DW,EK,FJ,GV,HY,IZ,JO,KU,LV,MY,NW,OX,PY,QE,RU,SV,TY"
_TICKER_TAILS = "ME,DX,RO,LT,NA,SK,VI,PO,GA,BE,TH,UM"
_SHARE_CLASSES = ("ACM", "ZYN")


@dataclass(frozen=True)
class MarketSpec:
    """What tells one market from the other.

    `volatility`, `value` (traded per day) and `price` are median and log spread over the assets, `loads` the weights of
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


def _counts(text: str) -> dict[str, int]:
    """`gap:3 stale:1` as a mapping."""
    return {name: int(count) for name, _, count in (part.partition(":") for part in text.split())}


CRYPTO = MarketSpec(
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
STOCKS = MarketSpec(
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


def _words(rng: np.random.Generator, heads: str, tails: str, count: int) -> list[str]:
    """That many different invented words, longer ones where the short ones run out."""
    stems, words = heads.split(","), dict[str, None]()
    while len(words) < count:
        stems = list(dict.fromkeys(stem + tail for stem in stems for tail in tails.split(",")))
        words |= dict.fromkeys(stems[place] for place in rng.permutation(len(stems)))
    return list(words)[:count]


def crypto_names(rng: np.random.Generator, count: int, pairs: int = 4) -> pd.DataFrame:
    """Bases quoted in USDT; the first few in USDC too, each right after its twin, whose place is its `leader`."""
    bases = _words(rng, _HEADS, _TAILS, count - pairs)
    listed = [(base, quote) for base in bases[:pairs] for quote in ("USDT", "USDC")]
    listed += [(base, "USDT") for base in bases[pairs:]]
    rows = [(base + quote, base, place - (quote == "USDC")) for place, (base, quote) in enumerate(listed)]
    return pd.DataFrame(rows, columns=["symbol", "base", "leader"])


def stock_names(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Two pairs of share classes (each its own identity), the index fund, then plain tickers."""
    symbols = [stem + letter for stem in _SHARE_CLASSES for letter in "AB"] + ["SPY"]
    symbols += _words(rng, _TICKER_HEADS, _TICKER_TAILS, count - len(symbols))
    return pd.DataFrame({"symbol": symbols, "base": symbols, "leader": [0, 0, 2, 2, *range(4, count)]})


def peculiarities(rng: np.random.Generator, spec: MarketSpec, names: pd.DataFrame) -> dict[str, list[int]]:
    """Which assets have which peculiarity, at most one each; never a twin or the index fund. The rest are `plain`."""
    alone = np.bincount(names["leader"].to_numpy(), minlength=len(names)) == 1
    order = [int(place) for place in rng.permutation(np.flatnonzero(alone & (names["symbol"] != "SPY").to_numpy()))]
    chosen: dict[str, list[int]] = {}
    for name, count in {**spec.special, "late": round(spec.late * len(names))}.items():
        chosen[name], order = order[:count], order[count:]
    return {**chosen, "plain": order}


def asset_traits(rng: np.random.Generator, spec: MarketSpec, names: pd.DataFrame, illiquid: list[int]) -> pd.DataFrame:
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


def instrument_table(spec: MarketSpec, traits: pd.DataFrame, special: Mapping[str, list[int]]) -> pd.DataFrame:
    """Symbol, market, sector and grid of each asset; a few have a tick of zero, a few no grid at all."""
    table = traits[["symbol"]].assign(market=spec.market, exchange=spec.exchange, type=spec.kind, base=traits["base"])
    table["sector"] = traits["sector"].map(dict(enumerate(spec.sectors))).where(~traits["fund"], "Index")
    table["tick_size"] = [float(f"1e-{places}") for places in traits["decimals"]]
    table["step_size"] = [float(f"1e-{places}") for places in traits["lots"]]
    table["price_precision"] = traits["decimals"].astype("float64")
    table.loc[special["no_tick"], "tick_size"] = 0.0
    table.loc[special["no_metadata"], ["tick_size", "step_size", "price_precision"]] = np.nan
    return table
