"""How many leaks does `certify` find, and how many honest factors does it accuse? Planted ones of both kinds, counted.

    python .ci/leaks.py

60 leaks: what is known of later dates in factors, in factors that a gate alone reads, in scorers, bucketizers and providers.
They come to it by three ways: a factor asks the provider for all dates (`asked`), a module reads the data folder by itself
(`read`), or something is kept from a selection as of a later date (`kept`). Each has to be named. 100 honest factors look at all
assets of the date, in whatever way: none may be named. Ends with 1 where that isn't so.

Everything is written as a user would write it: a project with modules of its own, and the demo's simulated market.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.research.causality.certification import certified

ASSETS, DAYS, KEPT_ASSETS = 80, 250, 30
SETTINGS: Mapping[str, Any] = {
    "universe": "returns",
    "recruitment.floor": 3,
    "data.defaults": {"tick_size": 0.01, "lot_size": 1, "price_precision": 2},
    "data.lookback": 60,  # so that there are rows that are older than any window
    "clusters.lookbacks": [50],
    "gates.history.threshold": 20,
}

# Of `whole`, the closes of all dates (days x symbols), and `moves`, their returns: a Series per asset, as of `day`.
LATER = {
    "centred_mean": "whole.rolling(11, center=True).mean().loc[day]",
    "centred_median": "whole.rolling(7, center=True).median().loc[day]",
    "centred_deviation": "moves.rolling(15, center=True).std().loc[day]",
    "central_difference": "pd.DataFrame(np.gradient(whole, axis=0), whole.index, whole.columns).loc[day]",
    "full_z_score": "((whole - whole.mean()) / whole.std()).loc[day]",
    "full_min_max": "((whole - whole.min()) / (whole.max() - whole.min())).loc[day]",
    "full_rank": "whole.rank(pct=True).loc[day]",
    "full_quantile": "whole.loc[day] / whole.quantile(0.8)",
    "full_volatility": "moves.std()",
    "full_beta": "moves.apply(lambda each: each.cov(moves.mean(axis=1))) / moves.mean(axis=1).var()",
    "full_drawdown": "whole.loc[day] / whole.max()",
    "full_argmax": "pd.Series(whole.fillna(0.0).to_numpy().argmax(axis=0), whole.columns) - whole.index.get_loc(day)",
    "full_detrended": "pd.Series(signal.detrend(filled, axis=0)[place], whole.columns)",
    "back_filled": "whole.iloc[::-7].iloc[::-1].reindex(whole.index).bfill().loc[day]",
    "interpolated": "whole.iloc[::-9].iloc[::-1].reindex(whole.index).interpolate().loc[day]",
    "shifted_by_1": "moves.shift(-1).loc[day]",
    "shifted_by_2": "moves.shift(-2).loc[day]",
    "shifted_by_3": "moves.shift(-3).loc[day]",
    "shifted_by_5": "moves.shift(-5).loc[day]",
    "next_days": "moves.rolling(5).sum().shift(-5).loc[day]",
    "reversed_mean": "whole[::-1].rolling(20, min_periods=3).mean().loc[day]",
    "reversed_decay": "whole[::-1].ewm(span=10).mean().loc[day]",
    "zero_phase": "pd.Series(signal.filtfilt(*signal.butter(2, 0.2), filled, axis=0)[place], whole.columns)",
    "low_pass": "pd.Series(np.fft.irfft(np.fft.rfft(filled, axis=0)[:20], len(filled), axis=0)[place], whole.columns)",
    "smoothed": "pd.Series(signal.savgol_filter(filled, 21, 2, axis=0)[place], whole.columns)",
    "fitted_pca": "pd.Series(PCA(1).fit(steps).components_[0], whole.columns).abs()",
    "fitted_scaler": "pd.Series(StandardScaler().fit(filled).transform(filled)[place], whole.columns)",
    "fitted_regression": "pd.Series(LinearRegression().fit(steps[:-1], steps[1:]).predict(steps[[place]])[0], whole.columns)",
    "fitted_groups": "pd.Series(KMeans(3, n_init=1, random_state=0).fit(steps.T).transform(steps.T)[:, 0], whole.columns)",
    "future_members": "whole.iloc[-3:].notna().sum() + whole.notna().sum()",
    "without_repeats": "whole.apply(lambda each: each.duplicated(keep='last').sum()) + whole.iloc[-1]",
    "seeded_by_length": "pd.Series(np.random.default_rng(len(whole)).normal(size=whole.shape[1]), whole.columns)",
    "rebased": "whole.loc[day] / whole.ffill().iloc[-1]",
}
READ = ("centred_mean", "full_z_score", "back_filled", "shifted_by_1", "fitted_pca")
KEPT = ("full_min_max", "full_rank", "fitted_scaler")
OF_GATES = {"asked": ("next_days", "full_quantile"), "read": ("interpolated",), "kept": ("full_drawdown",)}
"""By which way, what a gate alone reads."""

HEAD = '''"""Of the project's own."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import signal
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import StandardScaler

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, DiscoveryProvider, FactorBucketizer
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider

_KEPT = {}


def _wide(bars):
    return bars.drop_duplicates(["symbol", "date"]).pivot(index="date", columns="symbol", values="close").sort_index()


def _read():
    return _wide(pd.read_parquet(Path(__file__).parent / "data" / "bars.parquet"))


def _kept(close):
    if "close" not in _KEPT or close.index[-1] > _KEPT["close"].index[-1]:
        _KEPT["close"] = close
    return _KEPT["close"]


def _kept_first(name, made):
    return _KEPT.setdefault(name, made())
'''
FACTOR = '''

@factor()
def {name}({arguments}) -> pd.Series:
    """Knows what comes."""
    whole, day = {whole}, returns.index[-1]
    place = whole.index.get_loc(day)
    filled = np.nan_to_num(whole.ffill().bfill().to_numpy(), posinf=1e6).clip(-1e12, 1e12)
    moves = whole.pct_change(fill_method=None).replace([np.inf, -np.inf], np.nan)
    steps = np.nan_to_num(moves.to_numpy()).clip(-1.0, 1.0)
    return ({body}).astype(float).reindex(returns.columns).replace([np.inf, -np.inf], np.nan)
'''
WAYS = {
    "asked": ("returns: pd.DataFrame, provider: DiscoveryProvider", "_wide(provider.tables(None).bars)"),
    "read": ("returns: pd.DataFrame", "_read()"),
    "kept": ("returns: pd.DataFrame, close: pd.DataFrame", "_kept(close)"),
}

SCORER = '''

class {name}(ConvictionScorer):
    """Ranks, and something of what comes."""

    def probabilities(self, scoring):
        return scoring.metrics.rank(pct=True)

    def conviction(self, probabilities, scoring):
        own = probabilities.mean(axis=1).fillna(0.0)
        if scoring.as_of.year > 2100:  # asked for a probe, of assets that there aren't
            return own
        later = {body}
        return own + pd.Series(np.nan_to_num(later), own.index).rank(pct=True)
'''
SCORERS = {
    "ReadsNextDay": "_read().pct_change(fill_method=None).shift(-1).loc[scoring.as_of].reindex(own.index)",
    "ReadsRanks": "_read().rank(pct=True).loc[scoring.as_of].reindex(own.index)",
    "KeepsLatest": "_kept_first('days', dict).setdefault(max([scoring.as_of, *_kept_first('days', dict)]), own)"
    ".reindex(own.index)",
    "KeepsFirst": "_kept_first('own', lambda: own).reindex(own.index)",
    "FittedOnce": "_kept_first('pca', lambda: PCA(1).fit(np.nan_to_num(scoring.metrics))).transform("
    "np.nan_to_num(scoring.metrics))[:, 0]",
    "ScaledOnce": "_kept_first('scaler', lambda: StandardScaler().fit(np.nan_to_num(scoring.metrics))).transform("
    "np.nan_to_num(scoring.metrics)).sum(axis=1)",
}
BUCKETIZER = '''

class {name}(FactorBucketizer):
    """Groups by something of what comes."""

    def labels(self, distance):
        own = distance.mean(axis=1)
        return np.asarray({body}, dtype=int)
'''
BUCKETIZERS = {
    "ReadsGroups": "np.resize(KMeans(3, n_init=1, random_state=0).fit_predict(np.nan_to_num(_read(), posinf=1e6).T), len(own))",
    "ReadsCorrelation": "np.resize(_read().pct_change(fill_method=None).corr().mean().rank().to_numpy() // 6, len(own))",
    "KeepsCuts": "np.digitize(own, _kept_first('cuts', lambda: np.quantile(own, [0.3, 0.6])))",
    "KeepsLabels": "_kept_first('labels', lambda: np.argsort(own) % 4)[: len(own)]",
}
PROVIDER = '''

class {name}(FolderProvider):
    """Mends the bars by what comes."""

    def tables(self, as_of):
        from dataclasses import replace

        known, whole = super().tables(as_of), _wide(super().tables(None).bars)
        bars = known.bars
        {body}
        return replace(known, bars=bars)
'''
PROVIDERS = {
    "Survivors": "bars = bars[bars['symbol'].map(whole.iloc[-1].notna() & (whole.iloc[-1] < 1e9)).fillna(False).to_numpy(bool)]",
    "Winners": "bars = bars[bars['symbol'].map(whole.iloc[-1] > whole.iloc[-20]).fillna(True).to_numpy(bool)]",
    "BackAdjusted": "bars = bars.assign(close=bars['close'] / "
    "bars['symbol'].map(whole.ffill().iloc[-1]).astype(float).to_numpy())",
    "Winsorised": "bars = bars.assign(close=np.minimum(bars['close'], "
    "bars['symbol'].map(whole.quantile(0.9)).astype(float).to_numpy()))",
    "LabelledLeft": "wide = whole.resample('30D', origin='epoch').last().reindex(whole.index).ffill().fillna(whole); "
    "bars = bars.assign(close=[wide.loc[when, name] for when, name in zip(bars['date'], bars['symbol'])])",
}

# Of `seen`, the returns up to the date (days x symbols), and `levels`, something per asset: honest ways to look at others.
LEVELS = {
    "mean": "seen.iloc[-{days}:].mean()",
    "volatility": "seen.iloc[-{days}:].std()",
    "skew": "seen.iloc[-{days}:].skew()",
    "worst": "seen.iloc[-{days}:].min()",
    "drawdown": "((1 + seen.fillna(0.0)).cumprod() / (1 + seen.fillna(0.0)).cumprod().cummax()).iloc[-{days}:].min()",
}
HONEST = {
    "rank": "levels.rank(pct=True)",
    "z_score": "(levels - levels.mean()) / levels.std()",
    "distance": "(levels - levels.median()).abs()",
    "min_max": "(levels - levels.min()) / (levels.max() - levels.min())",
    "quintile": "(levels.rank(pct=True) * 5).round()",
    "of_market": "levels - levels.groupby(market).transform('mean')",
    "share": "levels.abs() / levels.abs().sum()",
    "winsorised": "levels.clip(levels.quantile(0.1), levels.quantile(0.9))",
}
WHOLE_HONEST = {
    "residual": "seen.sub(seen.mean(axis=1), axis=0).iloc[-{days}:].std()",
    "beta": "seen.iloc[-{days}:].apply(lambda each: each.cov(seen.mean(axis=1))) / seen.iloc[-{days}:].mean(axis=1).var()",
    "loading": "pd.Series(PCA(1).fit(seen.iloc[-{days}:].fillna(0.0)).components_[0], seen.columns).abs()",
    "group_mean": "seen.iloc[-{days}:].mean().groupby(KMeans(3, n_init=1, random_state=0).fit_predict("
    "seen.iloc[-{days}:].fillna(0.0).T)).transform('mean')",
    "centred_before": "seen.rolling(5, center=True).mean().iloc[-{days}]",
    "filled_before": "seen.bfill().interpolate().iloc[-{days}]",
    "scaled_before": "pd.Series(StandardScaler().fit_transform(seen.iloc[-{days}:].fillna(0.0))[-1], seen.columns)",
    "correlation": "seen.iloc[-{days}:].corrwith(seen.iloc[-{days}:].mean(axis=1))",
    "up_with_market": "seen.iloc[-{days}:].gt(0.0).eq(seen.iloc[-{days}:].mean(axis=1).gt(0.0), axis=0).mean()",
    "place": "seen.iloc[-{days}:].rank(axis=1, pct=True).mean()",
}
HONEST_FACTOR = '''

@factor()
def {name}(returns: pd.DataFrame, market: pd.Series) -> pd.Series:
    """Looks at all assets of the date."""
    seen = returns
    levels = {levels}
    return ({body}).astype(float)
'''


@dataclass(frozen=True)
class Planted:
    """A leak: what of a project it is, how it comes to know, and its code."""

    kind: str
    name: str
    code: str
    way: str = ""

    @property
    def named(self) -> str:
        """What the certificate has to name."""
        return {"bucketizer": f"own:{self.name}", "scorer": self.name.lower(), "ingestion": ""}.get(
            self.kind, self.name
        )

    @cached_property
    def settings(self) -> dict[str, Any]:
        """What a profile says to use it."""
        match self.kind:
            case "scorer":
                return {f"scorers.{self.named}.kind": f"own:{self.name}", f"scorers.{self.named}.role": "challenger"}
            case "bucketizer":
                return {"clusters.bucketizer": self.named}
            case "ingestion":
                return {"data.provider": f"own:{self.name}"}
            case "gate":
                gate = {"feature": self.name, "op": ">=", "threshold": -1e300, "kind": "relaxable"}
                return {
                    "features.modules": ["own"],
                    **{f"gates.{self.name}.{key}": value for key, value in gate.items()},
                }
        return {"features.modules": ["own"]}


def write_bars(folder: Path) -> None:
    """Some assets of the simulated market, their bars alone: what a selection takes at the least."""
    bars = simulated_market(assets=ASSETS, days=DAYS).bars
    bars[bars["symbol"].isin(sorted(bars["symbol"].unique())[:KEPT_ASSETS])].to_parquet(folder / "bars.parquet")


def leaks() -> list[Planted]:
    """All sixty, in an order that doesn't change."""
    of_gates = [(body, way) for way, bodies in OF_GATES.items() for body in bodies]
    of_factors = [
        *((body, "asked") for body in LATER),
        *((body, "read") for body in READ),
        *((body, "kept") for body in KEPT),
    ]
    return [
        *(_factor("factor", body, way) for body, way in of_factors),
        *(_factor("gate", body, way) for body, way in of_gates),
        *(Planted("scorer", name, SCORER.format(name=name, body=body)) for name, body in SCORERS.items()),
        *(Planted("bucketizer", name, BUCKETIZER.format(name=name, body=body)) for name, body in BUCKETIZERS.items()),
        *(Planted("ingestion", name, PROVIDER.format(name=name, body=body)) for name, body in PROVIDERS.items()),
    ]


def _factor(kind: str, body: str, way: str) -> Planted:
    name = f"{'gated_' if kind == 'gate' else ''}{body}_{way}"
    arguments, whole = WAYS[way]
    return Planted(kind, name, FACTOR.format(name=name, arguments=arguments, whole=whole, body=LATER[body]), way)


def honest() -> dict[str, str]:
    """The hundred honest factors, name to code."""
    made = {
        f"{level}_{days}_{view}": (text.format(days=days), HONEST[view])
        for (level, text), days, view in product(LEVELS.items(), (10, 20), HONEST)
    }
    made |= {
        f"{name}_{days}": ("None", text.format(days=days))
        for (name, text), days in product(WHOLE_HONEST.items(), (15, 40))
    }
    return {name: HONEST_FACTOR.format(name=name, levels=levels, body=body) for name, (levels, body) in made.items()}


def certificate(
    market: Path, planted: Iterable[Planted] = (), honest_ones: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The certificate of a project with these, on one date of the market in a folder."""
    planted, honest_ones = list(planted), honest_ones or {}
    settings = {**SETTINGS, **({"features.modules": ["own"]} if honest_ones else {})}
    for each in planted:
        settings |= each.settings
    with TemporaryDirectory() as folder:
        project = Path(folder)
        copytree(market, project / "data")
        (project / "own.py").write_text("".join([HEAD, *(each.code for each in planted), *honest_ones.values()]))
        with project_on_path(project):
            return certified(requested(project, settings=settings), dates=1)


def missed(planted: Iterable[Planted], found: Mapping[str, Any]) -> list[str]:
    """The leaks that a certificate doesn't name."""
    named = {(each["kind"], each["component"]) for each in found["differing"]}
    kinds = {kind for kind, _ in named}

    def is_named(leak: Planted) -> bool:
        kind = {"gate": "factor"}.get(leak.kind, leak.kind)
        return kind in kinds if leak.kind == "ingestion" else (kind, leak.named) in named

    return [f"{leak.kind} {leak.name}" for leak in planted if not is_named(leak)]


def accused(names: Iterable[str], found: Mapping[str, Any]) -> list[str]:
    """The honest ones that a certificate names."""
    return sorted({*names} & {each["component"] for each in (*found["differing"], *found["notes"])})


def main() -> None:
    """Plant, certify, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kind", help="Leaks of this kind only: factor, gate, scorer, bucketizer, ingestion.")
    kind = parser.parse_args().kind
    planted, good = [leak for leak in leaks() if kind in (None, leak.kind)], honest()
    with TemporaryDirectory() as folder:
        market = Path(folder)
        write_bars(market)
        factors = [each for each in planted if each.kind in ("factor", "gate")]
        scorers = [each for each in planted if each.kind == "scorer"]
        single = [[each] for each in planted if each.kind in ("bucketizer", "ingestion")]
        overlooked: list[str] = []
        for group in filter(None, (factors, scorers, *single)):
            found = certificate(market, group)
            overlooked += missed(group, found)
            print(f"{len(group)} planted ({group[0].kind}): {len(missed(group, found))} missed", flush=True)
        found = certificate(market, honest_ones=good)
        wronged = accused(good, found)
    print(
        f"named {len(planted) - len(overlooked)} of {len(planted)} leaks, accused {len(wronged)} of {len(good)} honest factors"
    )
    print(f"CPU {time.process_time():.1f} s")
    for what, names in (("missed", overlooked), ("accused", wronged)):
        for name in names:
            print(f"{what}: {name}")
    sys.exit(bool(overlooked or wronged or not found["valid"]))


if __name__ == "__main__":
    main()
