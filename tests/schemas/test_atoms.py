"""The unit of allocation."""

import pytest
from pydantic import ValidationError

from support.market import selection
from tradingview_scraper.pipelines.selection.schemas.atoms import StrategyAtom

FIELDS = {"asset": "BTCUSDT", "logic": "trend", "direction": "LONG", "timescale": "1d", "conviction": 0.5}


def test_id_without_parameters() -> None:
    assert StrategyAtom(**FIELDS).id == "BTCUSDT_trend_LONG_1d"


def test_parameters_tell_atoms_apart_whatever_their_order() -> None:
    one = StrategyAtom(**FIELDS, parameters={"a": 1, "b": 2.5})
    same = StrategyAtom(**FIELDS, parameters={"b": 2.5, "a": 1})
    other = StrategyAtom(**FIELDS, parameters={"a": 1, "b": 2.6})
    assert one.id == same.id
    assert len({StrategyAtom(**FIELDS).id, one.id, other.id}) == 3
    assert one.id.startswith("BTCUSDT_trend_LONG_1d_")


@pytest.mark.parametrize(("direction", "weight"), [("LONG", 1), ("SHORT", -1)])
def test_weight_is_the_sign_of_the_direction(direction: str, weight: int) -> None:
    assert StrategyAtom(**{**FIELDS, "direction": direction}).weight == weight


@pytest.mark.parametrize(
    "wrong", [{"asset": ""}, {"logic": ""}, {"direction": "UP"}, {"conviction": "high"}, {"stranger": 1}]
)
def test_what_is_no_atom_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        StrategyAtom(**{**FIELDS, **wrong})


def test_atoms_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        StrategyAtom(**FIELDS).asset = "ETHUSDT"


def test_ids_of_a_selection_are_unique() -> None:
    atoms = selection().context.atoms
    assert len({atom.id for atom in atoms}) == len(atoms) >= 15
