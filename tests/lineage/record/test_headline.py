"""The headline against manifests small enough to read, and against a real one."""

from collections import Counter
from typing import Any

import pytest

from support.market import longest
from tradingview_scraper.pipelines.selection.lineage.record.headline import headline, recruitment


def manifest(*atoms: tuple[str, str, list[str]], rung: int = 1) -> dict[str, Any]:
    """A manifest of these atoms: asset, route, gates that it fails."""
    rows = [{"asset": asset, "route": route, "fails": fails} for asset, route, fails in atoms]
    routes = Counter({atom["asset"]: atom["route"] for atom in rows}.values())
    return {"rung": rung, "routes": dict(routes), "atoms": rows}


@pytest.mark.parametrize(
    ("atoms", "floor", "expected"),
    [
        ([("A", "ranked", [])], 1, "1 winner at rung 1 (strict): 1 ranked"),
        ([("A", "ranked", [])], 2, "the floor of 2 is missed: 1 winner at rung 1 (strict): 1 ranked"),
        ([], 0, "0 winners at rung 1 (strict)"),
        (
            [("A", "ranked", []), ("B", "fill", ["adx"])],
            2,
            "2 winners at rung 1 (strict): 1 ranked, 1 fill. 1 of them fails gates: recruited past adx (1)",
        ),
        (
            [("A", "fill", ["b", "a"]), ("B", "fill", ["b"]), ("C", "fill", ["c"])],
            3,
            "3 winners at rung 1 (strict): 3 fill. 3 of them fail gates: recruited past b (2), a (1), c (1)",
        ),
    ],
)
def test_by_hand(atoms: list[tuple[str, str, list[str]]], floor: int, expected: str) -> None:
    assert headline(manifest(*atoms), "strict", floor) == expected


def test_a_winner_of_several_atoms_counts_once() -> None:
    twice = manifest(("A", "fill", ["adx"]), ("A", "fill", ["adx"]))
    assert recruitment(twice) == {"A": ("fill", ["adx"])}
    assert headline(twice, "x", 1).endswith("1 of them fails gates: recruited past adx (1)")


def test_of_a_real_selection() -> None:
    found = longest()
    last = found.rungs[-1]
    line = headline(found.manifest, last.name, found.settings.recruitment.floor)
    assert line.startswith(
        f"the floor of {found.settings.recruitment.floor} is missed: {len(found.winners)} winners at rung {last.number}"
    )
    assert {name: route for name, (route, _) in recruitment(found.manifest).items()} == found.winners["route"].to_dict()
