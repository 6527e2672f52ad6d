"""The profile `v4` on dirty universes: `.ci/dirt_under_v4.py` with a few."""

from collections import Counter
from typing import Any

import pytest

from support.scripts import script

COUNT = 30


def test_dirt_is_answered_or_refused_by_name() -> None:
    dirt = script("dirt_under_v4")
    found = dirt.all_outcomes(range(COUNT))
    counts = Counter(each.what for each in found)
    assert [each for each in found if each.what in dirt.BAD] == []
    assert counts[dirt.ANSWERED] > 1.5 * COUNT
    assert counts[dirt.REFUSED] > 0.1 * COUNT


@pytest.mark.parametrize("entry", ["select", "from_folder"])
def test_another_error_is_a_crash(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dirt = script("dirt_under_v4")

    def broken(*universe: Any, **options: Any) -> None:
        raise KeyError("symbol")

    monkeypatch.setattr(dirt, entry, broken)
    crashed = [each for each in dirt.outcomes(1) if each.what == dirt.CRASHED]
    assert [each.entry for each in crashed] == {"select": ["memory", "odd settings"], "from_folder": ["folder"]}[entry]
    assert {each.note for each in crashed} == {"KeyError: 'symbol'"}


def test_another_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    dirt = script("dirt_under_v4")
    seed = next(seed for seed in range(COUNT) if [each.what for each in dirt.outcomes(seed)] == [dirt.ANSWERED] * 3)
    other = next(found[0] for other in range(COUNT) if other != seed and (found := answers(dirt, other)))
    monkeypatch.setattr(dirt, "from_folder", lambda folder: other)
    assert dirt.outcomes(seed)[-1].what == dirt.OTHERWISE


def answers(dirt: Any, seed: int) -> list[Any]:
    """The selection of a universe from memory, where it has winners."""
    _, (returns, candidates, stats, _) = dirt.dirty_universe(seed)
    what, selection = dirt.tried(lambda: dirt.select(returns, candidates, stats))
    return [selection] if what == dirt.ANSWERED and len(selection.winners) else []
