"""v4's `v3.4` profile on dirty universes: `.ci/dirty_universes.py` with a few, and its generator."""

from collections import Counter

import pytest

from reference.dirt import KINDS, dirty_universe
from support.scripts import script

COUNT = 100


def test_what_v3_4_answers_on_dirt_v4_answers() -> None:
    dirty = script("dirty_universes")
    found = dirty.verdicts(range(COUNT))
    counts = Counter(each.what for each in found)
    unlike = [each for each in found if each.what not in dirty.SAME]
    assert len(unlike) <= 0.02 * COUNT, unlike
    assert counts["identical"] + counts["within-ulp"] > 0.7 * COUNT
    assert counts[dirty.BOTH_FAILED] > 0.05 * COUNT


def test_another_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dirty = script("dirty_universes")
    seed = next(seed for seed in range(COUNT) if dirty.verdict(seed).what == "identical")
    monkeypatch.setattr(dirty, "v4_answer", lambda *universe: {**dirty.answer(*universe), "shrinkage": 5.0})
    told = dirty.verdict(seed)
    assert (told.what, told.kinds) == ("different", dirty_universe(seed)[0])
    assert told.note.startswith("shrinkage: 5.0 not 0.")


def test_the_universes_hold_every_kind() -> None:
    assert {kind for seed in range(600) for kind in dirty_universe(seed)[0]} == set(KINDS)


def test_a_universe_is_its_seed() -> None:
    (kinds, (returns, candidates, _, settings)), again = dirty_universe(7), dirty_universe(7)
    assert kinds == again[0]
    assert returns.equals(again[1][0])
    assert repr((candidates, settings)) == repr((again[1][1], again[1][3]))
