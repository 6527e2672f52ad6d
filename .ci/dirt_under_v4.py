"""The profile `v4` on dirty universes: an answer or a refusal by name, never another error, from memory as from files.

    python .ci/dirt_under_v4.py --count 500

Draws universes with dirt of every kind (`tests/reference/dirt.py`) and selects from each three times: from memory; from memory
with the universe's own odd settings; from a folder of files, as far as they can be written (Parquet and CSV in turns). What the
folder answers is what memory answers where JSON holds the candidates as they are. Prints counts and refusals, and each crash
and each answer that differs with its seed. Exit code 1 where there is one.
"""

import argparse
import json
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from reference.dirt import dirty_universe  # noqa: E402
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.execution.selection import (  # noqa: E402
    Selection,
    select,
    selected,
)
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import incumbent_settings  # noqa: E402
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError  # noqa: E402

ANSWERED, REFUSED, CRASHED, UNWRITABLE, OTHERWISE = "answered", "refused", "crashed", "unwritable", "answered otherwise"
ENTRIES = ("memory", "odd settings", "folder")
BAD = (CRASHED, OTHERWISE)
# What Python, NumPy, pandas and pyarrow raise on odd input; pyarrow's errors are of these kinds, too.
FOREIGN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Outcome:
    """What became of one universe at one entry."""

    seed: int
    entry: str
    what: str
    kinds: tuple[str, ...]
    """Its kinds of dirt."""
    note: str = ""
    """The error, or which answers differ."""


def outcomes(seed: int) -> list[Outcome]:
    """One per entry."""
    kinds, (returns, candidates, stats, case) = dirty_universe(seed)
    with np.errstate(all="ignore"), warnings.catch_warnings(), tempfile.TemporaryDirectory() as scratch:
        warnings.simplefilter("ignore")
        memory = tried(lambda: select(returns, candidates, stats))
        odd = tried(lambda: select(returns, candidates, stats, settings=incumbent_settings(case)))
        unwritten = unwritable(Path(scratch), returns, candidates, stats, "csv" if seed % 2 else "parquet")
        folder = (UNWRITABLE, unwritten) if unwritten else tried(lambda: from_folder(Path(scratch)))
    found = [
        Outcome(seed, entry, what, kinds, "" if what == ANSWERED else f"{type(answer).__name__}: {answer}")
        for entry, (what, answer) in zip(ENTRIES, (memory, odd, folder), strict=True)
    ]
    one, other = memory[1], folder[1]
    if isinstance(one, Selection) and isinstance(other, Selection) and as_json(candidates):
        names = (one.winners.index.tolist(), other.winners.index.tolist())
        if names[0] != names[1]:
            found[-1] = Outcome(seed, "folder", OTHERWISE, kinds, f"{names[1]}, not {names[0]}")
    return found


def tried(chosen: Callable[[], Selection]) -> tuple[str, Any]:
    """What a selection comes to, with its answer or error."""
    try:
        return ANSWERED, chosen()
    except SelectionError as error:
        return REFUSED, error
    except FOREIGN as error:
        return CRASHED, error


def as_json(candidates: list[Any]) -> bool:
    """Whether JSON holds the candidates as they are, NaN included, which isn't equal to itself."""
    return repr(json.loads(json.dumps(candidates))) == repr(candidates)


def unwritable(
    folder: Path, returns: pd.DataFrame, candidates: list[Any], stats: pd.DataFrame | None, encoding: str
) -> str:
    """Why the files can't be written; empty where they lie in the folder."""
    tables = {"returns": returns} if stats is None else {"returns": returns, "statistics": stats}
    try:
        for name, table in tables.items():
            getattr(table, f"to_{encoding}")(folder / f"{name}.{encoding}")
        (folder / "candidates.json").write_text(json.dumps(candidates), "utf-8")
    except FOREIGN as error:
        return str(error)
    return ""


def from_folder(folder: Path) -> Selection:
    """The selection from the files that lie there."""
    chosen = plan(resolved_settings("v4").settings)
    return selected(FolderProvider(folder, chosen.settings.data), chosen, None)


def all_outcomes(seeds: Iterable[int]) -> list[Outcome]:
    """Those of these seeds, one per entry."""
    """Those of these seeds."""
    return [each for seed in seeds for each in outcomes(seed)]


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    found = all_outcomes(range(given.first, given.first + given.count))
    for each in found:
        if each.what in BAD:
            print(
                f"{each.seed}: {each.entry} {each.what}: {', '.join(each.kinds)}: {' '.join(each.note.split())[:240]}"
            )
    refusals = Counter(
        "".join(" " if c.isdigit() else c for c in each.note)[:90] for each in found if each.what == REFUSED
    )
    for words, count in refusals.most_common():
        print(f"{count:>5} {' '.join(words.split())}")
    for entry in ENTRIES:
        print(f"{entry}: {dict(Counter(each.what for each in found if each.entry == entry).most_common())}")
    return int(any(each.what in BAD for each in found))


if __name__ == "__main__":
    sys.exit(main())
