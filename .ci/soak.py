"""A soak: hundreds of selections in one process, and hundreds of runs through the command line, on random real universes.

    python .ci/soak.py --data ../shared/data --selections 500 --commands 200 --seed 1

Each has its own assets, dates, profile and, a third of them, dirt (`real_universes`). Printed are all endings with their
counts, and what grew: resident memory (a robust slope over the selections after the warm-up, freed memory given back to
the system first), open files, threads. Exit code 1 where memory, files or threads grow, or where a failure is no named error.
"""

import argparse
import ctypes
import gc
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
from real_universes import Market, Universe, drawn, markets

from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

PROCESS = Path("/proc/self")
PAGE = 4096
WARM_UP = 0.2
"""Share of the selections during which memory may grow: imports, caches of libraries."""
GROWTH = 0.02
"""Megabytes per selection from which on memory counts as growing."""
PROFILES = ("v4", "v4", "v4", "v3.4")
CHANGES = (
    {},
    {},
    {"clusters.threshold": 0.3},
    {"recruitment.floor": 3},
    {"recruitment.floor": 60},
    {"scoring_universe": "eligible"},
    {"clusters.lookbacks": [60, 120]},
    {"universe": "returns"},
)
NAMED = (0, 1, 2, 3)
"""Exit codes of a command that ended as it says it does."""


def main() -> int:
    """Select, run, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--selections", type=int, default=500)
    parser.add_argument("--commands", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = markets(asked.data)
    if not found:
        print(f"no data set in {asked.data}")
        return 2
    grew = in_one_process(found, asked.selections, asked.seed)
    unnamed = by_commands(found, asked.commands, asked.seed)
    return int(grew or unnamed)


def in_one_process(found: list[Market], count: int, seed: int) -> bool:
    """Whether something grew or an ending had no name."""
    endings: Counter[str] = Counter()
    state: list[tuple[float, int, int]] = []
    started = time.process_time()
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        universe = drawn(found, rng, dirty=1 / 3)
        profile = PROFILES[int(rng.integers(len(PROFILES)))]
        endings[_ending(universe, profile, number, rng)] += 1
        state.append(held())
        if number % 50 == 49:
            memory, files, threads = state[-1]
            print(f"  {number + 1}: {memory:.1f} MB, {files} files, {threads} threads", flush=True)
    tell(f"{count} selections in one process, {time.process_time() - started:.0f} s of CPU", endings)
    if not state:
        return False
    warm = np.array(state[int(WARM_UP * count) :])
    slope = robust_slope(warm[:, 0])
    more = [int(warm[-10:, column].min() - warm[:, column].min()) for column in (1, 2)]
    print(f"memory {slope:+.4f} MB per selection after the warm-up (from {warm[0, 0]:.1f} to {warm[-1, 0]:.1f} MB)")
    print(f"open files {more[0]:+d}, threads {more[1]:+d}")
    return slope > GROWTH or any(each > 0 for each in more) or _has_unnamed(endings)


def _ending(universe: Universe, profile: str, number: int, rng: np.random.Generator) -> str:
    settings = dict(CHANGES[int(rng.integers(len(CHANGES)))]) if profile == "v4" else {}
    try:
        selection = select(
            None,
            universe.candidates,
            bars=universe.bars,
            profile=profile,
            settings=settings,
            as_of=None if rng.random() < 0.3 else universe.as_of,
        )
    except SelectionError as error:
        return f"{type(error).__name__}: {bare(str(error))}"
    except Exception as error:  # every other one is what is looked for
        print(f"  UNNAMED {number}: {universe.market} {profile} {settings} {universe.dirt}: {error!r}", flush=True)
        return f"UNNAMED {type(error).__name__}: {bare(str(error))}"
    return f"selected, rung {selection.rungs[-1].number}{'' if selection.reached_floor else ', below the floor'}"


def by_commands(found: list[Market], count: int, seed: int) -> bool:
    """Whether a run ended without a name, or their common record doesn't hold."""
    endings: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "tvselect.toml").write_text("")
        for number in range(count):
            rng = np.random.default_rng([seed, 1, number])
            universe = drawn(found, rng, dirty=1 / 3)
            data = project / f"data-{number}"
            data.mkdir()
            universe.bars.to_parquet(data / "bars.parquet", index=False)
            (data / "candidates.json").write_text(json.dumps(universe.candidates))
            profile = PROFILES[int(rng.integers(len(PROFILES)))]
            told = ["run", "--quiet", "--data", str(data), "--profile", profile, "--as-of", universe.as_of]
            code, said = command(project, *told)
            named = code in NAMED and "Traceback" not in said
            last = bare(said.strip().splitlines()[-1]) if code and said.strip() else ""
            endings[f"{'' if named else 'UNNAMED '}exit {code}{f': {last}' if last else ''}"] += 1
            if not named:
                print(f"  UNNAMED {number}: {universe.market} {profile} {universe.dirt}: {said[-2000:]}", flush=True)
        code, said = command(project, "verify", "--all") if count else (0, "")
        endings[f"{'' if code == 0 else 'UNNAMED '}verify --all: exit {code}"] += 1
    tell(f"{count} runs through the command line", endings)
    return _has_unnamed(endings)


def command(project: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of `tvselect` in a process of its own, and what it says on stderr."""
    module = "tradingview_scraper.pipelines.selection.drivers.cli"
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def tell(what: str, endings: Counter[str]) -> None:
    """All endings, the most frequent first."""
    print(f"{what}:")
    for ending, count in endings.most_common():
        print(f"  {count:4d}  {ending}", flush=True)


def _has_unnamed(endings: Counter[str]) -> bool:
    return any(ending.startswith("UNNAMED") for ending in endings)


def bare(message: str) -> str:
    """A message without its numbers and names, so that the same kind counts as one."""
    return re.sub(r"\([^)]*\)", "(...)", re.sub(r"[-+]?\d[\d.,:-]*", "#", message))[:140]


def held() -> tuple[float, int, int]:
    """Resident megabytes, open files, threads."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pa.default_memory_pool().release_unused()
    resident = int((PROCESS / "statm").read_text().split()[1]) * PAGE / 1e6
    return resident, len(list((PROCESS / "fd").iterdir())), len(list((PROCESS / "task").iterdir()))


def robust_slope(values: np.ndarray) -> float:
    """The median of the slopes between all pairs (Theil 1950, Sen 1968): single large selections don't tilt it."""
    first, second = np.triu_indices(len(values), 1)
    return float(np.median((values[second] - values[first]) / (second - first))) if len(first) else 0.0


if __name__ == "__main__":
    sys.exit(main())
