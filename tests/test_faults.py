"""Single faults drawn at random: each is refused, treated, or at least named. `.ci/faults.py` draws more of them."""

from argparse import Namespace
from functools import cache
from typing import Any

import numpy as np
import pytest

from support.scripts import script
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection

faults = script("faults")


@cache
def clean() -> tuple[Any, Selection]:
    given = faults.drawn_input(Namespace(data=None, as_of=None, assets=40), np.random.default_rng(3))
    return given, given.selected()


@pytest.mark.parametrize("kind", faults.KINDS)
def test_no_fault_is_silent(kind: str) -> None:
    given, run = clean()
    rng = np.random.default_rng(3)
    names = [str(name) for name in run.context.raw_pool.index]
    for _ in range(4):
        asset = str(rng.choice(names))
        faulty, what = faults.KINDS[kind](given, asset, rng)
        assert faults.outcome(faulty, asset, run) != "silent", (asset, what)


def test_a_fault_that_nothing_names_is_silent() -> None:
    given, run = clean()
    asset = str(run.winners.index[0])
    quiet = given.scaled(given.rows(asset)[-40:], 1.01)
    assert faults.outcome(given, asset, run) == "without effect"
    assert faults.outcome(quiet, asset, run) == "silent"
