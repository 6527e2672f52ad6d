"""Plain data that can't be changed."""

import copy
import pickle

import pytest

from tradingview_scraper.pipelines.selection.schemas.read_only import ReadOnlyDict, read_only, thawed


def test_a_read_only_record_has_values_of_its_own() -> None:
    given = {"symbol": "A", "tags": ["x"], "more": {"deep": [1]}}
    record = read_only(given)
    given["tags"].append("y")
    given["more"]["deep"].append(2)
    given["symbol"] = "B"
    assert (record["symbol"], list(record["tags"]), list(record["more"]["deep"])) == ("A", ["x"], [1])
    with pytest.raises(TypeError):
        record["symbol"] = "C"


def test_what_was_read_can_be_thawed() -> None:
    given = {"symbol": "A", "tags": ["x", {"deep": (1, 2)}]}
    mine = thawed(read_only(given))
    assert mine == {"symbol": "A", "tags": ["x", {"deep": [1, 2]}]}
    mine["tags"].append("y")


def test_a_read_only_dict_refuses_every_change_and_survives_copies() -> None:
    held = ReadOnlyDict({"a": 1})
    for change in ("clear", "popitem"):
        with pytest.raises(TypeError, match="settings are frozen"):
            getattr(held, change)()
    with pytest.raises(TypeError, match="settings are frozen"):
        held["a"] = 2
    assert copy.deepcopy(held) is held
    assert type(pickle.loads(pickle.dumps(held))) is ReadOnlyDict
    assert held == {"a": 1}
