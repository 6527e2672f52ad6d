"""The verdict where the truth is known: who is promoted in worlds with a planted signal, and in worlds with none.

    python .ci/null_worlds.py --seeds 20 --worlds 1000

Planted: panels over markets of the demo's simulator (fat tails, clustered volatility, sectors), in which a characteristic that
wanders slowly moves the returns. The champion is idle; one challenger knows the characteristic, others are idle, all of
them just as slow. Counted: seeds in which the knowing one is promoted, an idle one, any of `--idle` idle ones.

Null: closes of `us_equities` (`../shared/data`). Two real scores (momentum and low volatility) keep their paths but belong to
other assets; days keep their cross-section, but come in another order, in blocks of 21. The e-value is looked at every day.
Counted: worlds in which it ever reaches 1 / alpha. Then an advantage is added to every date's difference, as large as an annual
information ratio of `--ratio` asks, and it is counted how many worlds promote within 750 days.

Ends with 1 where a share of false promotions is above alpha, or a planted one below 19 of 20.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.demo.simulated_assets import STOCKS, stock_names
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_bars import simulated_panel
from tradingview_scraper.pipelines.selection.drivers.demo.simulated_returns import clustered_noise
from tradingview_scraper.pipelines.selection.drivers.research.verdict.betting import e_values, shares
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import Terms, verdicts
from tradingview_scraper.pipelines.selection.drivers.research.verdict.decision import PROMOTE, bar
from tradingview_scraper.pipelines.selection.drivers.research.verdict.joint_bootstrap import joint_test
from tradingview_scraper.pipelines.selection.drivers.research.verdict.paired_series import paired_ic

Array = npt.NDArray[np.float64]
CLOSES = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "us_equities" / "ohlcv.parquet"
ALPHA, STEP, SEATS, BLOCK, DAYS, POWER_DAYS, YEAR = 0.05, 5, 20, 21, 1000, 750, 252
SLOW = 0.98
"""From day to day a characteristic keeps that part of itself."""


def wandering(rng: np.random.Generator, days: int, assets: int) -> Array:
    """A characteristic of unit variance, days x assets."""
    values = rng.standard_normal((days, assets))
    for day in range(1, days):
        values[day] = SLOW * values[day - 1] + np.sqrt(1 - SLOW**2) * values[day]
    return values


def planted_panel(seed: int, idle: int, strength: float, days: int = 1000, assets: int = 100) -> pd.DataFrame:
    """A walk's panel, one date per week; `strength` is what the characteristic moves, in daily volatilities."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2020-01-01", periods=days)
    names = stock_names(rng, assets)
    market = simulated_panel(rng, STOCKS, names, dates, clustered_noise(rng, days, 1)[:, 0])
    close = pd.DataFrame(market.prices["close"]).ffill().bfill().to_numpy()
    known = wandering(rng, days, assets)
    moves = np.diff(np.log(close), axis=0)
    moves += strength * moves.std(axis=0) * known[:-1]
    path = np.vstack([np.zeros(assets), np.cumsum(moves, axis=0)])
    scores = {"champion": wandering(rng, days, assets), "knows": known}
    scores |= {f"idle{number}": wandering(rng, days, assets) for number in range(idle)}
    walked = np.arange(60, days - STEP - 1, STEP)
    forward = np.exp(path[walked + 1 + STEP] - path[walked + 1]) - 1
    panel = pd.DataFrame(
        {
            "date": np.repeat(dates[walked].to_numpy(), assets),
            "symbol": np.tile(names["symbol"].to_numpy(), len(walked)),
            "direction": "LONG",
            "eligible": True,
            f"forward.{STEP}": forward.ravel(),
            **{f"score.{name}": values[walked].ravel() for name, values in scores.items()},
        }
    )
    for name in scores:
        place = panel.groupby("date")[f"score.{name}"].rank(ascending=False, method="first")
        panel[f"winner.{name}"] = place <= SEATS
    return panel.assign(winner=panel["winner.champion"])


def promoted(panel: pd.DataFrame, pairs: Mapping[str, pd.DataFrame]) -> tuple[set[str], set[str]]:
    """Which of the challengers are promoted: by one look, and by an e-value looked at at every date."""
    terms = Terms(STEP, STEP, ALPHA, trials=len(pairs))
    rows = verdicts(panel, "champion", pairs, terms)
    return (
        {name for name, row in rows.items() if row["verdict"] == PROMOTE},
        {name for name, row in rows.items() if row["anytime"]["reached"] is not None},
    )


def planted(seeds: range, idle: int, strength: float) -> dict[str, float]:
    """Counts over seeds: the knowing one promoted, an idle one promoted, any of the idle ones promoted; its mean rank IC."""
    found: Counter[str] = Counter()
    crowd = [f"idle{number}" for number in range(idle)]
    for seed in seeds:
        panel = planted_panel(seed, idle, strength)
        pairs = {name: paired_ic(panel, "champion", name, STEP) for name in ("knows", *crowd)}
        found["rank IC"] += pairs["knows"]["challenger"].mean() / len(seeds)
        for what, names in {"knows": ["knows"], "one idle": crowd[:1], f"any of {idle} idle": crowd}.items():
            one_look, every_date = promoted(panel, {name: pairs[name] for name in names})
            found[what] += bool(one_look)
            found[f"{what}, by e-value"] += bool(every_date)
    return dict(found)


def unit_ranks(values: Array) -> Array:
    """Each row's ranks, less their mean, of length 1: the product of two rows is their rank correlation."""
    ranks = values.argsort(axis=1, kind="stable").argsort(axis=1).astype(np.float64)
    ranks -= ranks.mean(axis=1, keepdims=True)
    return ranks / np.sqrt((ranks**2).sum(axis=1, keepdims=True))


def real_scores(closes: pd.DataFrame) -> tuple[Array, Array, Array]:
    """Momentum, low volatility and daily returns of the assets that trade throughout, the last 1,000 days x assets."""
    whole = closes[closes.columns[(closes > 0).all()]]
    returns = whole.pct_change(fill_method=None)
    momentum = np.log(whole).diff(120).shift(1)
    calm = -returns.rolling(60).std().shift(1)
    return (*(unit_ranks(each.iloc[-DAYS:].to_numpy()) for each in (momentum, calm)), returns.iloc[-DAYS:].to_numpy())


def null_differences(scores: tuple[Array, Array], returns: Array, worlds: int, ahead: int) -> Array:
    """Rank IC of the second score less that of the first over `ahead` days, or the reverse: dates x worlds."""
    rng = np.random.default_rng(1)
    days, assets = returns.shape
    apart = scores[1] - scores[0]
    logs = np.log1p(returns)
    ranked = unit_ranks(returns)
    found = np.empty((days - ahead + 1, worlds))
    for world in range(worlds):
        starts = rng.permutation(-(-days // BLOCK)) * BLOCK
        order = (starts[:, None] + np.arange(BLOCK)).ravel()
        order = order[order < days]
        path = np.vstack([np.zeros(assets), np.cumsum(logs[order], axis=0)])
        after = ranked[order] if ahead == 1 else unit_ranks(path[ahead:] - path[:-ahead])
        owner = rng.permutation(assets)
        found[:, world] = (apart[: len(after), owner] * after).sum(axis=1) * rng.choice([-1.0, 1.0])
    return found


def null_worlds(worlds: int, ratio: float, ahead: int) -> dict[str, float]:
    """Shares of worlds: false promotions of an e-value looked at every day; promotions where an advantage is planted."""
    closes = pd.read_parquet(CLOSES, columns=["symbol", "date", "adj_close"]).pivot_table(
        index="date", columns="symbol", values="adj_close"
    )
    momentum, calm, returns = real_scores(closes)
    apart = null_differences((momentum, calm), returns, worlds, ahead)
    usual = np.sqrt(2 * (1 - (momentum * calm).sum(axis=1)) / (returns.shape[1] - 1))[: len(apart), None]

    def reached(differences: Array, days: int) -> float:
        some = differences[:days]
        bets = e_values(shares(some, np.broadcast_to(usual[:days], some.shape), ahead), ahead)
        return float((bets.max(axis=0) >= 1 / ALPHA).mean())

    asked = NormalDist().inv_cdf(1 - bar(ALPHA))

    def one_look(differences: Array) -> float:
        return float((joint_test(pd.DataFrame(differences[:POWER_DAYS]), ahead, 1, draws=400).t >= asked).mean())

    helped = apart + ratio * np.sqrt(ahead / YEAR) * apart.std(axis=0)
    return {
        f"false, every day for {DAYS} days": reached(apart, DAYS),
        f"false, one look at day {POWER_DAYS}": one_look(apart),
        f"promoted within {POWER_DAYS} days, every day": reached(helped, POWER_DAYS),
        f"promoted at day {POWER_DAYS}, one look": one_look(helped),
    }


def main() -> int:
    """Print what was counted; 1 where it is worse than it may be."""
    parser = argparse.ArgumentParser(description="The verdict where the truth is known.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--idle", type=int, default=50)
    parser.add_argument("--strength", type=float, default=0.03)
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--ratio", type=float, default=1.0)
    parser.add_argument("--ahead", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    wrong = False
    if given.worlds:
        found = null_worlds(given.worlds, given.ratio, given.ahead)
        print(*(f"{name}: {share:.1%}" for name, share in found.items()), sep="\n")
        wrong |= next(iter(found.values())) > ALPHA
    if given.seeds:
        counted = planted(range(given.first, given.first + given.seeds), given.idle, given.strength)
        print(f"mean rank IC of the knowing one: {counted.pop('rank IC'):.3f}")
        print(*(f"{name}: {count:.0f} of {given.seeds}" for name, count in counted.items()), sep="\n")
        most = given.seeds // 20
        wrong |= counted["knows"] < given.seeds - most
        wrong |= any(count > most for name, count in counted.items() if "idle" in name)
    print(f"{time.monotonic() - begun:.0f} s")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
