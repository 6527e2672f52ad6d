"""`python -m benchmarks`: measure, print the tables, keep the figures.

    python -m benchmarks                        a minute: 100 x 250 and 500 x 500
    python -m benchmarks --full                 an hour: up to 20,000 x 1,000, with and without gaps
    python -m benchmarks --check                what CI runs: fails where a stage lost two thirds of its lead
    python -m benchmarks --data FOLDER          `tvselect run` on a data folder, command to prompt
    python -m benchmarks --against PYTHON       beside another version, installed for another interpreter; runs alternate
    python -m benchmarks --targets PYTHON       what was promised beside what is reached, PYTHON with the version of 2026-11-24;
                                                with --data FOLDER (of us_wide, us_equities) the targets on these, too

`--json FILE` writes all figures, `--plot FILE` draws how the stages grow (SVG). Times are CPU seconds, each work in a process of
its own: run it on a machine that does nothing else, for clocks and stages show what else it does.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from benchmarks.measured import Cost
from benchmarks.report import growth_table, parts_table, plot, ratios, sizes_table
from benchmarks.targets import BARS_ALONE, command, on_real_markets, simulated, starts, targets_table
from benchmarks.works import available

ROOT = Path(__file__).resolve().parents[1]
QUICK = [(100, 250, 0.0), (500, 500, 0.0)]
FULL = [
    *QUICK,
    (1_000, 250, 0.0),
    (1_000, 500, 0.0),
    (1_000, 1_000, 0.0),
    (2_000, 1_000, 0.0),
    (5_000, 1_000, 0.0),
    (5_000, 1_000, 0.02),
    (10_000, 1_000, 0.0),
    (20_000, 1_000, 0.0),
]
LARGEST = {"ours": 20_000, "whole": 20_000, "four rungs": 5_000, "distance (ours)": 5_000, "SciPy's Ward": 5_000}
"""The most assets a work is measured with; the others 1,000."""
EXPECTED = Path(__file__).with_name("expected.json")
MARGIN = 3.0
"""By what a stage's lead may fall below that of `expected.json`: processors differ, and small stages are noisy."""


def measured(work: str, size: tuple[int, int, float], times: int, python: str = sys.executable) -> Cost:
    """One work in a process of its own."""
    arguments = [work, *map(str, size), str(times)]
    done = subprocess.run(
        [python, "-m", "benchmarks.measured", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{work} on {size[0]} x {size[1]} failed:\n{done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout))


def costs_of(sizes: Sequence[tuple[int, int, float]], works: Sequence[str], times: int) -> list[Cost]:
    """Each work on each size that isn't too large for it."""
    costs = []
    for size in sizes:
        for work in works:
            if size[0] <= LARGEST.get(work, 1_000) and not (size[2] and work not in ("ours", "plain")):
                _say(f"{work}, {size[0]} x {size[1]} ...")
                costs.append(measured(work, size, 1 if size[0] > 5_000 else times))
    return costs


def against(python: str, sizes: Sequence[tuple[int, int, float]], times: int) -> list[str]:
    """Ours beside another version, in turns: a line per size."""
    lines = []
    for work in ("whole", "four rungs"):
        for size in (each for each in sizes if each[0] <= LARGEST[work]):
            _say(f"{work}, {size[0]} x {size[1]}, both ...")
            pairs = [(measured(work, size, 1), measured(work, size, 1, python)) for _ in range(times)]
            mine, theirs = ([pair[side] for pair in pairs] for side in (0, 1))
            cpu = [median(cost.cpu for cost in side) for side in (mine, theirs)]
            peak = [median(cost.peak_mb for cost in side) for side in (mine, theirs)]
            lines.append(
                f"{work} {size[0]} x {size[1]}, {size[2]:.0%} missing: CPU {cpu[0]:.3f} s, theirs {cpu[1]:.3f} s "
                f"(ratio {cpu[0] / cpu[1]:.2f}); peak {peak[0]:.0f} MB, theirs {peak[1]:.0f} MB"
            )
    return lines


def on_folder(data: Path, times: int) -> str:
    """`tvselect run` on the bars of a data folder, from the command to the prompt."""
    spent = [
        command(sys.executable, ["run", "--quiet", "--data", str(data.resolve()), *BARS_ALONE]) for _ in range(times)
    ]
    cpu, peak = (median(each[part] for each in spent) for part in (0, 1))
    return f"tvselect run on {data.name}: CPU {cpu:.2f} s, peak {peak:.0f} MB"


def held_to_targets(earlier: str, data: Path | None, times: int) -> list[str]:
    """The table of targets."""
    reached = []
    for part in (
        simulated(lambda work, size, python: measured(work, size, 1, python), earlier, times),
        starts(earlier, times),
        on_real_markets(data, earlier, times) if data else (),
    ):
        for each in part:
            _say(f"{each.work}: {each.now:.3g} {each.unit}")
            reached.append(each)
    return targets_table(reached)


def lost(costs: Sequence[Cost], expected: dict[str, float]) -> list[str]:
    """The stages that have lost more than the margin, in words."""
    now = ratios(costs, *QUICK[-1][:2])
    return [
        f"{stage}: {now[stage]:.1f} times as fast as its plain version, expected at least {ahead / MARGIN:.1f}"
        for stage, ahead in expected.items()
        if now[stage] < ahead / MARGIN
    ]


def main() -> int:
    """The command; exit code 1 where `--check` finds something."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--expect", action="store_true", help="write what --check holds later runs against")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--against", metavar="PYTHON")
    parser.add_argument("--targets", metavar="PYTHON")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    asked = parser.parse_args()
    sizes = FULL if asked.full else QUICK
    if asked.against:
        _print(against(asked.against, sizes, asked.times))
        return 0
    if asked.targets:
        _print(held_to_targets(asked.targets, asked.data, asked.times))
        return 0
    if asked.data:
        _print([on_folder(asked.data, asked.times)])
        return 0
    if asked.check or asked.expect:
        return _checked(asked.times, write=asked.expect)
    costs = costs_of(sizes, available(), asked.times)
    if asked.json:
        asked.json.write_text(json.dumps([asdict(cost) for cost in costs], indent=1) + "\n", encoding="utf-8")
    if asked.plot:
        plot(costs, asked.plot)
    _print([*sizes_table(costs), "", *growth_table(costs), "", *parts_table(costs), "", *ratio_lines(costs)])
    return 0


def ratio_lines(costs: Sequence[Cost]) -> list[str]:
    """How far ours is ahead of the plain version, at the largest size that both were measured on."""
    sizes = [(cost.assets, cost.days) for cost in costs if cost.work == "plain" and not cost.missing]
    largest = max(sizes)
    return [
        f"{name}: {ratio:.1f} times as fast ({largest[0]} x {largest[1]})"
        for name, ratio in ratios(costs, *largest).items()
    ]


def _checked(times: int, *, write: bool) -> int:
    costs = costs_of(QUICK[-1:], ("ours", "plain"), times)
    if write:
        ahead = ratios(costs, *QUICK[-1][:2])
        EXPECTED.write_text(
            json.dumps({name: float(f"{ratio:.2g}") for name, ratio in ahead.items()}, indent=1) + "\n", "utf-8"
        )
        return 0
    found = lost(costs, json.loads(EXPECTED.read_text("utf-8")))
    _print(found or [f"no stage is {MARGIN:.0f} times as slow beside its plain version as it was"])
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write(os.linesep.join(lines) + os.linesep)


if __name__ == "__main__":
    sys.exit(main())
