"""What a selection takes of memory, foretold from its assets and days, and refused before it starts where that isn't there.

A selection of N assets over T days takes what its bucketizer says for the distances and what is grown of them (8 N^2 bytes for
`ward`; `FactorBucketizer.memory`), `PER_CELL` N T for intermediate matrices, and `FIXED`; what was read before (about 150 bytes
per row of bars, and 0.25 GB of libraries) is held already when N and T are known, and then `MemoryGuard` asks. What there is, is
the least of what the machine has left, what the control group leaves and what the process may address.
"""

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from hamilton.lifecycle import NodeExecutionHook

from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer
from tradingview_scraper.pipelines.selection.schemas.errors import StageError

PER_CELL = 32
"""Bytes per asset and day."""
FIXED = 50_000_000
BY_NEIGHBOURS = "neighbour_ward"
"""The bucketizer that does without the distances between all pairs."""
GROUPS = Path("/sys/fs/cgroup")
PROCESS = Path("/proc/self")
MEMORY = Path("/proc/meminfo")
Memory = Callable[[int], int]
"""Number of assets to the bytes that partitioning them takes."""
_UNLIMITED = 1 << 60
"""A limit beyond this is the kernel's way to say that there is none."""


class MemoryGuard(NodeExecutionHook):
    """Refuses a pool that the memory can't hold, as soon as the pool's returns are known."""

    def __init__(self, bucketizer: FactorBucketizer) -> None:
        """Of the pool that this one partitions."""
        self._bucketizer = bucketizer

    def run_before_node_execution(self, **future_kwargs: Any) -> None:
        """Nothing is known yet."""

    def run_after_node_execution(self, *, node_name: str, result: Any, success: bool, **future_kwargs: Any) -> None:
        """Raises `StageError` where what follows needs more than there is."""
        if success and node_name == "returns" and isinstance(result, pd.DataFrame):
            refuse_unfit(result.shape[1], result.shape[0], self._bucketizer.memory)


def needed_bytes(assets: int, days: int, partition: Memory) -> int:
    """The peak of a selection beyond what is held when its returns are known."""
    return partition(assets) + PER_CELL * assets * days + FIXED


def refuse_unfit(assets: int, days: int, partition: Memory) -> None:
    """Raises `StageError` where a selection of so many assets and days takes more memory than there is."""
    needed, there = needed_bytes(assets, days, partition), available_bytes()
    if there is None or needed <= there:
        return
    raise StageError(
        f"partitioning: the distances between {assets:,} assets over {days:,} days take {_gigabytes(needed)} of memory, "
        f"and there is {_gigabytes(there)}: room for about {_most_assets(there, days, partition):,} assets. Narrow the pool "
        "(fewer scans, data.include, another universe), free memory, run it where there is more, or cluster by nearest "
        f"neighbours, which takes no distances between all: --set clusters.bucketizer={BY_NEIGHBOURS}"
    )


def _most_assets(there: int, days: int, partition: Memory) -> int:
    """The largest N whose `needed_bytes` fit."""
    most = range(1, 2 + there // (PER_CELL * days))
    return bisect_right(most, max(there, FIXED), key=lambda assets: needed_bytes(assets, days, partition))


def available_bytes() -> int | None:
    """What this process may still take; None where the system doesn't say."""
    found = [each for each in (_machine(), _group(), _addresses()) if each is not None]
    return max(min(found), 0) if found else None


def _machine() -> int | None:
    """What the kernel thinks can be had without swapping."""
    for line in _lines(MEMORY):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _group() -> int | None:
    """What the tightest of the control groups around this process leaves, pages of files that can be dropped included."""
    left = [
        limit - used + _inactive_files(folder / "memory.stat")
        for folder, names in _group_folders()
        if (limit := _number(folder / names[0])) is not None
        and limit < _UNLIMITED
        and (used := _number(folder / names[1])) is not None
    ]
    return min(left, default=None)


def _group_folders() -> Iterator[tuple[Path, tuple[str, str]]]:
    """The folders of the process' groups and all around them, version 2 and 1, each with the names of limit and use."""
    for line in _lines(PROCESS / "cgroup"):
        number, controllers, place = line.split(":", 2)
        if number == "0" and not controllers:
            root, names = GROUPS, ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            root, names = GROUPS / "memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        own = root / place.lstrip("/")
        for folder in (own, *own.parents):
            if folder.is_relative_to(root):
                yield folder, names


def _inactive_files(path: Path) -> int:
    counts = dict(line.split(" ", 1) for line in _lines(path) if " " in line)
    return int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))


def _addresses() -> int | None:
    """What `ulimit -v` leaves."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    pages = next(iter(_lines(PROCESS / "statm")), "")
    if limit in (resource.RLIM_INFINITY, -1) or limit >= _UNLIMITED or not pages:
        return None
    return limit - int(pages.split()[0]) * resource.getpagesize()


def _number(path: Path) -> int | None:
    text = next(iter(_lines(path)), "").strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    """The lines of a file of the kernel's; none where there is no such file."""
    try:
        return path.read_text("utf-8").splitlines()
    except OSError:
        return []


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
