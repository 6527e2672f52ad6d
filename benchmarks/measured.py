"""One work, measured in a process that does nothing else.

    python -m benchmarks.measured WORK ASSETS DAYS MISSING TIMES

The market is made first, then the work is done once on a small one, so that imports don't count; then as often as asked. Printed
as JSON: CPU seconds (user and system, all threads), seconds of the clock and per stage, each the median, and the peak of memory
above what was there before.
"""

import json
import resource
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.markets import market
from benchmarks.works import WORKS

WARM = (40, 260)


@dataclass(frozen=True)
class Cost:
    """What one work takes on one market."""

    work: str
    assets: int
    days: int
    missing: float
    cpu: float
    """Seconds, user and system, of all threads."""
    seconds: float
    """Seconds of the clock."""
    peak_mb: float
    """Peak of memory above imports and the market, MB."""
    stages: dict[str, float]
    """Stage to seconds of the clock."""


def cost(work: str, assets: int, days: int, missing: float, times: int) -> Cost:
    """What a work takes in this process."""
    data = market(assets, days, missing)
    WORKS[work](market(*WARM))
    before = _reset_peak()
    cpu, clock, stages = [], [], []
    for _ in range(times):
        start = time.process_time(), time.perf_counter()
        stages.append(WORKS[work](data))
        cpu.append(time.process_time() - start[0])
        clock.append(time.perf_counter() - start[1])
    spent = {name: median(each[name] for each in stages) for name in stages[0]}
    return Cost(work, assets, days, missing, median(cpu), median(clock), _peak_mb() - before, spent)


def _reset_peak() -> float:
    """Forget the peak so far (Linux); the memory that is held now, MB."""
    forget = Path("/proc/self/clear_refs")
    if forget.exists():
        forget.write_text("5")
    return _peak_mb()


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    assets, days, missing, times = (float(number) for number in numbers)
    sys.stdout.write(json.dumps(asdict(cost(name, int(assets), int(days), missing, int(times)))))
