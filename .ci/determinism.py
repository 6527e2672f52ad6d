"""The determinism matrix: does a run leave the same bytes on every processor, BLAS kernel, thread count, hash seed and Python?

`python .ci/determinism.py` runs a new demo project in each cell: BLAS kernels (`OPENBLAS_CORETYPE`) x what NumPy may dispatch to
(`NPY_DISABLE_CPU_FEATURES`) x threads, with another hash seed in each, for each `--python INTERPRETER` (default: this one),
and compares every artifact with the first cell's. `--data FOLDER` takes other data, `-- OPTIONS` are handed to `run`.

Cells that dispatch alike must have equal bytes. Over dispatch the tables and documents may differ in Log-MPS alone (by
4 ulp of the score's logarithm), and the page in the numbers that it shows: winners, clusters and verdicts are equal.
Exit code 0 if so, 1 if not; the last lines say how many cells there were and what differed.
"""

import argparse
import itertools
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tradingview_scraper.pipelines.selection.drivers.review.discrete import leaves
from tradingview_scraper.pipelines.selection.schemas.run_files import LEDGER, PAGE, RECEIPT, RUNS

KERNELS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX")
"""Of OpenBLAS. One that the build lacks becomes the nearest: in NumPy's own wheels Zen is Haswell."""
WIDE, WIDE_ELSEWHERE = "SkylakeX", "Haswell"
"""The kernel of AVX-512, and what stands in on a processor without: there OpenBLAS takes our word and dies."""
WIDEST = ("AVX512_SPR", "AVX512_ICL", "X86_V4")
DISPATCH = {"all": "", "no AVX-512": " ".join(WIDEST), "baseline": " ".join((*WIDEST, "X86_V3"))}
THREADS = ("1", "2")
LOG_MPS = re.compile(r"(^|\.)(alpha_score|conviction|log_mps\.score)(\.|$)")
"""The places where a score of Log-MPS stands."""
COMMAND = ("-m", "tradingview_scraper.pipelines.selection.drivers.cli")


def kernel_here(kernel: str) -> str:
    """The kernel, or the nearest that this processor can execute."""
    from numpy._core._multiarray_umath import __cpu_features__ as features

    wide = features.get("X86_V4", features.get("AVX512_SKX", False))
    return WIDE_ELSEWHERE if kernel == WIDE and not wide else kernel


class Cell(NamedTuple):
    """One way to execute a run."""

    python: str
    kernel: str
    dispatch: str
    threads: str
    seed: int

    @property
    def environment(self) -> dict[str, str]:
        """What the process is told."""
        return {
            **os.environ,
            "OPENBLAS_CORETYPE": kernel_here(self.kernel),
            "NPY_DISABLE_CPU_FEATURES": DISPATCH[self.dispatch],
            "OPENBLAS_NUM_THREADS": self.threads,
            "OMP_NUM_THREADS": self.threads,
            "PYTHONHASHSEED": str(self.seed),
            "PYTHONWARNINGS": "ignore",
        }


def cells(pythons: list[str]) -> list[Cell]:
    """The whole matrix; the first cell is what the others are held against."""
    ways = itertools.product(pythons, KERNELS, DISPATCH, THREADS)
    return [Cell(*way, seed) for seed, way in enumerate(ways)]


def artifacts(cell: Cell, folder: Path, data: Path, options: list[str]) -> dict[str, bytes]:
    """What a run in this cell leaves, but for ledger and receipt."""
    folder.mkdir()
    command = [cell.python, *COMMAND, "run", "--quiet", "--project", str(folder), "--data", str(data), *options]
    ended = subprocess.run(command, env=cell.environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{cell}: exit code {ended.returncode}\n{ended.stderr[-2000:]}")
    (run,) = (path.parent for path in (folder / RUNS).glob(f"*/{RECEIPT}"))
    return {path.name: path.read_bytes() for path in sorted(run.iterdir()) if path.name not in (LEDGER, RECEIPT)}


def unexplained(one: Mapping[str, bytes], other: Mapping[str, bytes], *, alike: bool) -> Iterator[str]:
    """The differences that there may not be."""
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) == other.get(name):
            continue
        if alike or name not in one or name not in other:
            yield name
        elif name != PAGE:
            places, others = leaves(name, one[name]), leaves(name, other[name])
            same = list(places) == list(others)
            wrong = [place for place in places if same and not tied(place, places[place], others[place])]
            if wrong or not same:
                yield f"{name}: {', '.join(wrong[:3]) or 'other places'}"


def tied(place: str, one: Any, other: Any) -> bool:
    """Whether two values are equal, or scores of Log-MPS within 4 ulp of their logarithm."""
    if one == other or (one != one and other != other):
        return True
    if not LOG_MPS.search(place) or type(one) is not float or type(other) is not float or min(one, other) <= 0:
        return False
    return abs(one - other) <= 4 * math.ulp(max(abs(math.log(one)), 1.0)) * one


def main() -> int:
    """Run the matrix."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", action="append", help="an interpreter with tvselect; repeatable")
    parser.add_argument("--data", type=Path, help="data folder [default: a new demo project's]")
    parser.add_argument("options", nargs="*", help="options of `run`, after --")
    given = parser.parse_args()
    ways, failed, over_dispatch = cells(given.python or [sys.executable]), 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        data = given.data
        if data is None:
            demo = Path(scratch, "demo")
            subprocess.run([sys.executable, *COMMAND, "init", str(demo)], check=True, capture_output=True)
            data = demo / "data"
        firsts: dict[str, dict[str, bytes]] = {}
        for number, cell in enumerate(ways):
            found = artifacts(cell, Path(scratch, str(number)), data.resolve(), given.options)
            first = firsts.setdefault(cell.dispatch, found)
            wrong = [*unexplained(first, found, alike=True), *unexplained(firsts[ways[0].dispatch], found, alike=False)]
            over_dispatch += found != firsts[ways[0].dispatch]
            failed += bool(wrong)
            print(*cell, "differs: " + "; ".join(dict.fromkeys(wrong)) if wrong else "equal", sep="  ", flush=True)
    print(
        f"{len(ways)} cells, {failed} with other bytes than the first that dispatches alike, or with more than Log-MPS moved"
    )
    print(f"{over_dispatch} cells have the last bits of Log-MPS as another dispatch has them")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
