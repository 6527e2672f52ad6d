"""The formula of memory against what a selection takes, and where the limits are read from."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.market import selected, settings
from tradingview_scraper.pipelines.selection.drivers.execution import memory_guard as memory
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import bucketizer_of
from tradingview_scraper.pipelines.selection.schemas.errors import StageError

GIGABYTE = 1_000_000_000
MEASURED = """
import json, pathlib, sys
import numpy as np, pandas as pd
from tradingview_scraper.pipelines.selection.drivers import select
def pool(assets, days):
    random = np.random.default_rng(1)
    names = [f"S{place:05d}" for place in range(assets)]
    moves = random.standard_normal((days, 1)) * 0.01 + random.standard_normal((days, assets)) * 0.02
    sizes = {"tick_size": 0.01, "lot_size": 1, "price_precision": 2, "value_traded": 1e8, "direction": "LONG"}
    returns = pd.DataFrame(moves, index=pd.bdate_range("2015-01-01", periods=days), columns=names)
    return returns, [{"symbol": name, **sizes} for name in names]
chosen = {"clusters.bucketizer": sys.argv[1]}
select(*pool(40, 250), settings=chosen)  # libraries are loaded
large = pool(2500, 250)
def peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak so far, which may be that of who started this, is forgotten
before = peak()
select(*large, settings=chosen)
print(json.dumps(peak() - before))
"""


def partition(bucketizer: str) -> memory.Memory:
    return bucketizer_of(settings().clusters.model_copy(update={"bucketizer": bucketizer})).memory


@pytest.mark.skipif(sys.platform != "linux", reason="what a process has taken is read from Linux")
@pytest.mark.parametrize("bucketizer", ["ward", "neighbour_ward"])
def test_a_selection_takes_what_the_formula_says(bucketizer: str) -> None:
    script = [sys.executable, "-c", MEASURED, bucketizer]
    ended = subprocess.run(script, capture_output=True, text=True, check=True)
    taken, foretold = json.loads(ended.stdout), memory.needed_bytes(2500, 250, partition(bucketizer))
    assert 0.5 * foretold < taken < foretold


def test_a_pool_that_does_not_fit_is_refused_before_it_is_clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: memory.FIXED + 1_000)
    with pytest.raises(StageError, match=r"between \d+ assets over \d+ days take 0\.1 GB .* room for about \d+ assets"):
        selected()


@pytest.mark.parametrize("bucketizer", ["ward", "neighbour_ward", "agglomerative"])
@pytest.mark.parametrize(("there", "days"), [(0, 250), (GIGABYTE, 250), (3 * GIGABYTE, 4000), (24 * GIGABYTE, 1000)])
def test_the_pool_that_there_is_room_for_fits_and_a_larger_one_does_not(
    there: int, days: int, bucketizer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "available_bytes", lambda: there)
    with pytest.raises(StageError) as refused:
        memory.refuse_unfit(9_000_000, days, partition(bucketizer))
    most = int(str(refused.value).partition("room for about ")[2].partition(" ")[0].replace(",", ""))
    assert (
        memory.needed_bytes(most, days, partition(bucketizer))
        <= max(there, memory.FIXED)
        < memory.needed_bytes(most + 1, days, partition(bucketizer))
    )


def kernel_files(root: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(memory, "MEMORY", root / "meminfo")
    monkeypatch.setattr(memory, "PROCESS", root / "self")
    monkeypatch.setattr(memory, "GROUPS", root / "groups")


@pytest.mark.parametrize(
    ("files", "available"),
    [
        ({}, None),
        ({"meminfo": "MemTotal: 9 kB\nMemAvailable:  2000 kB\n"}, 2_048_000),
        (
            {
                "meminfo": "MemAvailable: 9000 kB\n",
                "self/cgroup": "0::/box/own\n",
                "groups/box/own/memory.max": "max\n",
                "groups/box/own/memory.current": "10\n",
                "groups/box/memory.max": "5000\n",
                "groups/box/memory.current": "3000\n",
                "groups/box/memory.stat": "anon 1\ninactive_file 500\n",
            },
            2500,
        ),
        (
            {
                "self/cgroup": "9:name=systemd:/\n4:cpu,memory:/box\n",
                "groups/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "groups/memory/memory.usage_in_bytes": "10\n",
                "groups/memory/box/memory.limit_in_bytes": "5000\n",
                "groups/memory/box/memory.usage_in_bytes": "4000\n",
            },
            1000,
        ),
        ({"self/cgroup": "0::/\n", "groups/memory.max": "10\n", "groups/memory.current": "30\n"}, 0),
    ],
)
def test_the_tightest_limit_counts(
    files: dict[str, str], available: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel_files(tmp_path, files, monkeypatch)
    assert memory.available_bytes() == available


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_a_limit_of_addresses_counts() -> None:
    script = (
        "import resource\nfrom tradingview_scraper.pipelines.selection.drivers.execution import memory_guard as memory\n"
        "resource.setrlimit(resource.RLIMIT_AS, (8_000_000_000, resource.RLIM_INFINITY))\nprint(memory._addresses())\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 1_000_000_000 < int(ended.stdout) < 8_000_000_000
