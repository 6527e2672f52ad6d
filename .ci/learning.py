"""Learned scorers, proven at length.

`PYTHONPATH=tests python .ci/learning.py` prints a line per proof and ends with 1 where one fails.

1. A walk-forward with learned scorers, killed twice (in its training panel, then among its own dates) and resumed, and one in
   two processes: byte for byte that of one that nobody disturbed.
2. Membership from the future: an asset that joins the universe later is in no row that is learned from before; the fitted
   imputer's medians are those of the other assets.
3. A noise target: rank IC out of fold over 60 worlds, with its error.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from support.worlds import PARAMETERS, rows
from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market, write_market
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.recording.request import requested
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fits
from tradingview_scraper.pipelines.selection.drivers.research.learning.training import (
    learning_of,
    panel_walk,
    without_learned,
)
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import training_rows
from tradingview_scraper.pipelines.selection.drivers.research.measures.information import rank_ic
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import outcomes_of
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings

PROFILE = """
[profile.learning]
extends = "v4"
universe = "returns"
data.defaults = { tick_size = 0.01, lot_size = 1, price_precision = 2 }

[profile.learning.scorers.line]
kind = "learned"
role = "challenger"
parameters = { estimator = "ridge", horizon = 2, train = 90, stride = 3, every = 4, embargo = 1 }

[profile.learning.scorers.trees]
kind = "learned"
role = "challenger"
parameters = { estimator = "blend", horizon = 2, train = 90, stride = 3, every = 4, estimator__boosting__max_iter = 9 }
"""
WALK = (
    "walk-forward",
    "--profile",
    "learning",
    "--from",
    "2026-05-20",
    "--to",
    "2026-05-28",
    "--every",
    "2d",
    "--horizons",
    "2",
)


def undisturbed(folder: Path) -> str:
    """A walk killed and resumed, and one in two processes, against one that nobody disturbed."""
    market = simulated_market(assets=80, days=250)
    for name in ("whole", "killed", "parallel"):
        (folder / name).mkdir()
        (folder / name / "tvselect.toml").write_text(PROFILE)
        write_market(market, folder / name / "data")
    walked(folder / "whole")
    for after in (3, 16):
        kill_after(folder / "killed", after)
    walked(folder / "killed")
    walked(folder / "parallel", "--workers", "2")
    found = [dict(contents(folder / name / "walks")) for name in ("whole", "killed", "parallel")]
    assert found[0] == found[1], differing(found[0], found[1])
    assert found[0] == found[2], differing(found[0], found[2])
    models = [name for name in found[0] if name.endswith(".skops")]
    return f"{len(found[0])} files of two walks, {len(models)} models among them, the same after two kills and in two processes"


def walked(project: Path, *more: str) -> None:
    """One walk to its end."""
    subprocess.run(
        [*command(), *WALK, *more, "--project", str(project), "--quiet"], check=True, stdout=subprocess.DEVNULL
    )


def kill_after(project: Path, files: int) -> None:
    """Begin the walk and kill it when so many dates are done."""
    process = subprocess.Popen([*command(), *WALK, "--project", str(project), "--quiet"], stdout=subprocess.DEVNULL)
    while len(list(project.glob("walks/**/dates/*.json"))) < files and process.poll() is None:
        time.sleep(0.05)
    assert process.poll() is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    process.wait()


def command() -> list[str]:
    """How this very environment is asked."""
    return [sys.executable, "-m", "tradingview_scraper.pipelines.selection.drivers.cli"]


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def differing(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    """The files that differ."""
    return ", ".join(name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name))


class Joining(DiscoveryProvider):
    """Tables in which some assets belong to the universe only from a day on."""

    def __init__(self, inner: DiscoveryProvider, names: list[str], joined: pd.Timestamp) -> None:
        self._inner, self._names, self._joined = inner, names, joined

    def tables(self, as_of: pd.Timestamp | None) -> Tables:
        """See `DiscoveryProvider.tables`."""
        tables = self._inner.tables(as_of)
        assert tables.bars is not None
        symbols = sorted(tables.bars["symbol"].cat.categories)
        since = [self._joined if name in self._names else pd.Timestamp("2000-01-01") for name in symbols]
        table = pd.DataFrame({"symbol": symbols, "valid_from": since, "valid_to": pd.NaT, "sector": None})
        return replace(tables, membership=table)


def members_of_their_day(folder: Path) -> str:
    """Assets that join later are in no row, and their values in no fitted state."""
    folder.mkdir()
    (folder / "tvselect.toml").write_text(PROFILE)
    market = simulated_market(assets=80, days=250)
    late = sorted(str(name) for name in market.bars["symbol"].unique())[:20]
    fit = pd.Timestamp("2026-05-20")
    inner = MemoryProvider(None, [], market.statistics, market.bars)
    counts = []
    for names in ([], late):
        provider = Joining(inner, names, fit - pd.Timedelta(days=1))
        request = replace(requested(folder, profile="learning", models=False), provider=provider)
        learning = learning_of(request.resolved.settings, "line")
        outcomes, _ = outcomes_of(Graph(without_learned(request).plan), provider, None, fit)
        panel = panel_walk(request, learning, pd.DatetimeIndex([fit]), outcomes.sessions, 1).panel
        found = training_rows(panel, outcomes, learning.settings, 1)
        model = fits("line", learning, found).model
        np.testing.assert_array_equal(model.named_steps["imputer"].statistics_, np.nanmedian(found.values, axis=0))
        assert model.named_steps["scaler"].n_samples_seen_ == len(found.values)
        counts.append((found.assets, len(found.values)))
        assert not panel[panel["date"] < fit]["symbol"].isin(names).any()
    assert counts[1][0] < counts[0][0] - 10
    (all_assets, all_rows), (members, of_members) = counts
    return f"{all_assets} assets in {all_rows} rows; with {len(late)} that join the day before the fit {members} in {of_members}"


def noise(_: Path) -> str:
    """Rank IC out of fold of what can't be foretold."""
    said = []
    for estimator, more in (("ridge", {}), ("boosting", {"estimator__max_iter": 10, "estimator__learning_rate": 0.3})):
        learning = learning_settings("mine", {**PARAMETERS, "estimator": estimator, **more})
        values = []
        for seed in range(60):
            found = rows(0.0, seed)
            outside = fits("mine", learning, found).out_of_fold(found.values)
            values.append(rank_ic(pd.Series(outside), pd.Series(found.excess), found.dates).mean())
        mean, error = float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
        assert abs(mean) < 3 * error, (estimator, mean, error)
        said.append(f"{estimator} {1000 * mean:.1f} ({1000 * error:.1f})")
    return f"IC x 1000 out of fold over 60 worlds: {', '.join(said)}"


def main() -> int:
    """Every proof, or those that are named."""
    proofs = {"noise": noise, "members": members_of_their_day, "undisturbed": undisturbed}
    os.environ.setdefault("HAMILTON_AUTOLOAD_EXTENSIONS", "0")
    failed = 0
    for name in sys.argv[1:] or list(proofs):
        began = time.monotonic()
        with TemporaryDirectory() as folder:
            try:
                said = proofs[name](Path(folder) / "proof" if name == "members" else Path(folder))
            except AssertionError as error:
                said, failed = f"FAILED: {error}", failed + 1
        print(f"{name}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
