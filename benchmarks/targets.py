"""What was promised of speed and memory, each target beside what is measured: `python -m benchmarks --targets PYTHON`.

PYTHON is an interpreter in which the version of 2026-11-24 (1eb2fcc) is installed, for most targets are shares of what it takes
in this run. The targets on real markets need a folder that holds `us_wide` and `us_equities`; without it they are left out.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd

from benchmarks.measured import Cost

Measure = Callable[[str, tuple[int, int, float], str], Cost]
"""A work on a size by an interpreter."""

TERMS = {"tick_size": "0.01", "lot_size": "1", "price_precision": "2"}
BARS_ALONE = [
    *("--set", "universe=returns", "--set", 'data.scans="none/*.json"'),
    *(word for name, value in TERMS.items() for word in ("--set", f"data.defaults.{name}={value}")),
]
"""Settings of a run on a folder of which only the bars are read: every asset of them is a candidate."""
COLD_DATES, WALKED_DATES, HELD_BACK = 10, 250, 10


@dataclass(frozen=True)
class Reached:
    """One target, and what was seen."""

    work: str
    before: float
    """What the earlier version took; NaN where it isn't asked."""
    now: float
    unit: str
    target: float
    relative: bool = False
    """Whether the target is a share of `before`."""

    @property
    def judged(self) -> float:
        """What the target is held against: the share of `before`, or the figure itself."""
        return self.now / self.before if self.relative else self.now

    @property
    def met(self) -> bool:
        """Whether the target is reached."""
        return self.judged <= self.target


def simulated(measure: Measure, earlier: str, times: int) -> Iterator[Reached]:
    """The targets on simulated markets; runs of the two versions alternate."""
    now = sys.executable
    complete = _pairs(measure, "whole", (5_000, 1_000, 0.0), (now, earlier), times)
    gaps = _pairs(measure, "whole", (5_000, 1_000, 0.02), (now, earlier), times)
    for name, (mine, theirs) in {"complete": complete, "2 % of cells missing": gaps}.items():
        yield Reached(f"5,000 x 1,000, {name}", _cpu(theirs), _cpu(mine), "CPU s", 0.30, relative=True)
        yield Reached(f"5,000 x 1,000, {name}: memory", _peak(theirs), _peak(mine), "MB", 450.0)
    yield Reached("the same, missing over complete", _cpu(complete[0]), _cpu(gaps[0]), "CPU s", 2.5, relative=True)
    rungs = _pairs(measure, "four rungs", (500, 500, 0.0), (now, earlier), times)
    yield Reached("500 x 500, four rungs", _cpu(rungs[1]), _cpu(rungs[0]), "CPU s", 0.10)
    later = _pairs(measure, "four rungs", (5_000, 1_000, 0.0), (now, earlier), times)
    a_rung = [1000.0 * median(cost.stages["a further rung"] for cost in side) for side in later]
    yield Reached("5,000 x 1,000, a further rung", a_rung[1], a_rung[0], "ms", 5.0)
    large = [measure("whole", (20_000, 1_000, 0.0), now) for _ in range(times)]
    yield Reached("20,000 x 1,000", float("nan"), _cpu(large), "CPU s", 15.0)
    yield Reached("20,000 x 1,000: memory", float("nan"), _peak(large), "MB", 4_096.0)


def on_real_markets(data: Path, earlier: str, times: int) -> Iterator[Reached]:
    """The targets on real markets, from the command to the prompt: a run on `us_wide`, 250 dates of `us_equities`."""
    wide = ["run", "--quiet", "--data", str((data / "us_wide").resolve()), *BARS_ALONE]
    pairs = [(command(sys.executable, wide), command(earlier, wide)) for _ in range(times)]
    cpu, peak = ([median(pair[side][what] for pair in pairs) for side in (1, 0)] for what in (0, 1))
    yield Reached("`run` on us_wide", cpu[0], cpu[1], "CPU s", 0.35, relative=True)
    yield Reached("`run` on us_wide: memory", peak[0], peak[1], "MB", 1_741.0)
    folder = data / "us_equities"
    bars = pd.read_parquet(folder / "ohlcv.parquet", columns=["date"])
    dates = pd.DatetimeIndex(bars["date"].unique()).sort_values()[-WALKED_DATES - HELD_BACK : -HELD_BACK]
    days = [str(date.date()) for date in dates]
    walk = ["walk-forward", "--quiet", "--from", days[0], "--to", days[-1], "--every", "1d"]
    walked = command(sys.executable, [*walk, "--data", str(folder.resolve()), *BARS_ALONE])[0]
    cold = [
        command(earlier, ["run", "--quiet", "--as-of", day, "--data", str(folder.resolve()), *BARS_ALONE])[0]
        for day in days[:: WALKED_DATES // COLD_DATES]
    ]
    yield Reached(
        f"{WALKED_DATES} dates of us_equities, of as many cold runs",
        WALKED_DATES * sum(cold) / len(cold),
        walked,
        "CPU s",
        0.08,
        relative=True,
    )


def starts(earlier: str, times: int) -> Iterator[Reached]:
    """The targets on how quickly commands on the sample of `tvselect init` answer."""
    limits = {"explain": 0.1, "config show": 0.2, "run --dry-run": 0.2, "run": 1.6}
    seen: dict[str, tuple[float, float]] = {}
    for version in (earlier, sys.executable):
        with tempfile.TemporaryDirectory() as folder:
            command(version, ["init", "sample"], Path(folder))
            project = Path(folder) / "sample"
            command(version, ["run", "--quiet"], project)
            for name in limits:
                words = [*name.split(), *(["--quiet"] if name == "run" else [])]
                words += ["@latest", _winner(project)] if name == "explain" else []
                spent = median(command(version, words, project)[0] for _ in range(times))
                seen[name] = (seen.get(name, (0.0, 0.0))[1], spent)
    for name, limit in limits.items():
        yield Reached(f"`{name}` on the sample", *seen[name], "CPU s", limit)


def command(python: str, words: list[str], project: Path | None = None) -> tuple[float, float]:
    """CPU seconds and peak of memory in MB of `tvselect` with these words, in a project or in an empty one.

    With bytecode kept, as an installed package has it, whatever the environment says: else sources would be compiled each time.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as empty:
        place = project or Path(empty)
        with subprocess.Popen(
            [str(Path(python).with_name("tvselect")), *words],
            cwd=place,
            env=kept,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stderr is not None
            said = running.stderr.read()
            status, spent = _waited(running)
        if status:
            raise SystemExit(f"tvselect {' '.join(words)} failed:\n{said[-2000:]}")
    return spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024


def targets_table(reached: list[Reached]) -> list[str]:
    """A row per target, Markdown."""
    rows = ["| work | before | now | | target | |", "| --- | --- | --- | --- | --- | --- |"]
    for each in reached:
        before = "" if each.before != each.before else f"{each.before:.3g}"
        judged = f"{each.judged:.2f} of it" if each.relative else ""
        target = f"{each.target:g} of it" if each.relative else f"{each.target:,g}"
        now = f"{each.now:.4g}" if each.now < 1000 else f"{each.now:,.0f}"
        rows.append(
            f"| {each.work}, {each.unit} | {before} | {now} | {judged} | {target} | {'met' if each.met else 'missed'} |"
        )
    return rows


def _winner(project: Path) -> str:
    """The first winner of a project's only run."""
    (found,) = (path for path in project.glob("runs/*/portfolio_candidates.json") if path.parent.name[0] != ".")
    return str(json.loads(found.read_text(encoding="utf-8"))[0]["symbol"])


def _waited(running: "subprocess.Popen[str]") -> tuple[int, resource.struct_rusage]:
    _, status, spent = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    return running.returncode, spent


def _pairs(
    measure: Measure, work: str, size: tuple[int, int, float], versions: tuple[str, str], times: int
) -> tuple[list[Cost], list[Cost]]:
    pairs = [tuple(measure(work, size, version) for version in versions) for _ in range(times)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _cpu(costs: list[Cost]) -> float:
    return median(cost.cpu for cost in costs)


def _peak(costs: list[Cost]) -> float:
    return median(cost.peak_mb for cost in costs)
