"""Single faults drawn at random: each is refused, treated, or at least named. `.ci/faults.py` draws more of them."""

from argparse import Namespace
from functools import cache
from typing import Any

import numpy as np
import pytest

from support.scripts import script

faults = script("faults")


@cache
def bench() -> Any:
    given = faults.drawn_input(
        Namespace(data=None, as_of=None, assets=30, market_defaults=None), np.random.default_rng(3)
    )
    return faults.Bench(given)


@pytest.mark.parametrize("kind", faults.KINDS)
def test_no_fault_is_silent(kind: str) -> None:
    rng = np.random.default_rng(3)
    names = [str(name) for name in bench().clean.context.raw_pool.index]
    for _ in range(4):
        asset = str(rng.choice(names))
        faulty, what = faults.KINDS[kind](bench().given, asset, rng)
        assert bench().outcome(faulty, asset)[0] != "silent", (asset, what)


def test_a_fault_that_nothing_names_is_silent() -> None:
    given = bench().given
    asset = str(bench().clean.winners.index[0])
    quiet = given.scaled(given.rows(asset)[-40:], 1.01)
    assert bench().outcome(given, asset) == ("no effect", set())
    assert bench().outcome(quiet, asset) == ("silent", set())
