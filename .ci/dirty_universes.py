"""The profile `v3.4` against v3.4's live reference (`tests/reference`) on dirty universes, and what became of each.

    python .ci/dirty_universes.py --count 2000

Draws universes with dirt of every kind (`tests/reference/dirt.py`), asks both, and judges two answers as `tvselect parity`
does. Prints the counts, the kinds of dirt in what isn't the same, and each such universe with its seed. Exit code 1 where
less than `--at-least` percent are identical, or failed on both sides.
"""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from reference.dirt import dirty_universe  # noqa: E402
from reference.v3_4 import answer  # noqa: E402
from support.answers import known, v4_answer  # noqa: E402
from tradingview_scraper.pipelines.selection.drivers.migration.parity import compared, verdict_of  # noqa: E402
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError  # noqa: E402

# What v3.4 raises on odd input is whatever Python, NumPy and pandas raise there. v4 has errors of its own for that.
RAISED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
BOTH_FAILED, ONLY_V4_FAILED, ONLY_V3_4_FAILED = "both failed", "only v4 failed", "only v3.4 failed"
CRASHED = "v4 crashed"
SAME = ("identical", "within-ulp", BOTH_FAILED)


@dataclass(frozen=True)
class Verdict:
    """What became of one universe."""

    seed: int
    what: str
    kinds: tuple[str, ...]
    """Its kinds of dirt."""
    note: str
    """What differs, or what was raised."""


def verdict(seed: int) -> Verdict:
    """Both asked; an error of v4 that isn't one of its own is a verdict, too, whatever v3.4 did."""
    kinds, universe = dirty_universe(seed)
    mine: Any = None
    theirs: Any = None
    raised = []
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = known(answer(*universe))
        except RAISED as error:
            raised.append(f"v3.4: {type(error).__name__}: {error}")
        try:
            mine = known(v4_answer(*universe))
        except SelectionError as error:
            raised.append(f"v4: {error}")
        except RAISED as error:
            return Verdict(seed, CRASHED, kinds, "; ".join([*raised, f"v4: {type(error).__name__}: {error}"]))
    if raised:
        what = BOTH_FAILED if len(raised) == 2 else ONLY_V4_FAILED if mine is None else ONLY_V3_4_FAILED
        return Verdict(seed, what, kinds, "; ".join(raised))
    parts = compared(mine, theirs)
    unlike = [f"{part.name}: {part.offenders[0]}" for part in parts if part.within < part.compared and part.offenders]
    return Verdict(seed, verdict_of(parts), kinds, "; ".join(unlike))


def verdicts(seeds: Iterable[int]) -> list[Verdict]:
    """One per seed."""
    return [verdict(seed) for seed in seeds]


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--at-least", type=float, default=97.0)
    given = parser.parse_args()
    found = verdicts(range(given.first, given.first + given.count))
    unlike = [each for each in found if each.what not in SAME]
    for each in unlike:
        print(f"{each.seed}: {each.what}: {', '.join(each.kinds)}: {' '.join(each.note.split())[:240]}")
    causes = Counter(kind for each in unlike for kind in each.kinds)
    print(f"kinds in these: {dict(causes.most_common())}")
    print(f"{given.count} dirty universes: {dict(Counter(each.what for each in found).most_common())}")
    share = 100.0 * (1 - len(unlike) / max(len(found), 1))
    print(f"{share:.2f} % the same")
    return int(share < given.at_least)


if __name__ == "__main__":
    sys.exit(main())
