"""What differs between two records, by hand."""

import json

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.changes import (
    Changes,
    changes,
    columns_of,
    file_difference,
    flat,
    input_changes,
    row_keys,
    same,
    table_difference,
    value_changes,
)


def test_changes_are_sorted_and_counted() -> None:
    found = changes({"b": 1, "c": 1, "d": 1, "a": 1}, {"d": 2, "c": 1, "f": 1, "e": 1, "b": 2})
    assert found == Changes(added=("e", "f"), removed=("a",), changed=("b", "d"))
    assert found
    assert found.text("row", "rows") == "2 rows changed: b, d; 2 rows new: e, f; 1 row gone: a"
    assert not changes({"a": 1}, {"a": 1})
    assert changes({"a": 2}, {"a": 1}).changed == ("a",)
    assert all([Changes(("a",), (), ()), Changes((), ("a",), ()), Changes((), (), ("a",))])


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 row gone: 0"), (5, "5 rows gone: 0, 1, 2, 3, 4"), (7, "7 rows gone: 0, 1, 2, 3, 4 and 2 more")],
)
def test_of_many_names_five_are_shown(count: int, words: str) -> None:
    assert changes({str(number): 1 for number in range(count)}, {}).text("row", "rows") == words


def test_values_that_only_one_has_are_none_in_the_other() -> None:
    assert value_changes({"b": 1, "c": 3, "z": 0}, {"a": 2, "c": 4, "z": 0}) == [
        {"name": "a", "old": None, "new": 2},
        {"name": "b", "old": 1, "new": None},
        {"name": "c", "old": 3, "new": 4},
    ]


def inputs(digest: str, days: dict[str, str], **symbols: str) -> dict[str, object]:
    return {"tables": {"bars": {"digest": digest, "symbols": symbols}}, "days": days}


def test_inputs_by_symbol_and_day() -> None:
    old, new = inputs("1", {"d1": "x", "d2": "y"}, A="1", B="2"), inputs("2", {"d1": "x", "d2": "z"}, A="1", B="3")
    assert input_changes(old, new) == {"bars": "1 symbol changed: B", "days": "1 day changed: d2"}
    assert input_changes(old, old) == {}
    assert input_changes(old, {"tables": {}, "days": old["days"]}) == {"bars": "gone"}
    assert input_changes({"tables": {}, "days": old["days"]}, old) == {"bars": "new"}
    assert input_changes(old, inputs("2", {"d1": "x", "d2": "y"}, A="1", B="2")) == {"bars": "changed"}
    other_pool = inputs("2", {"d1": "p", "d3": "q"}, A="1")
    assert input_changes(old, other_pool) == {
        "bars": "1 symbol gone: B",
        "days": "1 day new: d3; 1 day gone: d2",
    }


TABLE = {"symbol": ["A", "B"], "gate": ["g", "g"], "value": [1.0, float("nan")]}


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ({**TABLE}, "the same content, written otherwise"),
        ({name: values[::-1] for name, values in TABLE.items()}, "the same rows in another order"),
        ({**TABLE, "value": [1.0, 2.0]}, "columns 1: value; symbols 1: B"),
        ({**TABLE, "value": [3.0, 2.0]}, "columns 1: value; symbols 2: A, B"),
        ({name: values[:1] for name, values in TABLE.items()}, "1 row gone: ('B', 'g')"),
        ({**TABLE, "more": [1, 2]}, "1 column new: more"),
        ({**TABLE, "value": [3.0, 2.0], "gate": ["g", "h"]}, "1 row new: ('B', 'h'); 1 row gone: ('B', 'g')"),
        (
            {name: values[:1] for name, values in TABLE.items() if name != "value"},
            "1 row gone: ('B', 'g'); 1 column gone: value",
        ),
    ],
)
def test_tables_by_column_and_symbol(new: dict[str, list[object]], expected: str) -> None:
    assert table_difference(TABLE, new) == expected


def test_rows_of_one_key_are_told_apart_by_their_place() -> None:
    assert row_keys({"symbol": ["A", "B", "A", "A"]}) == [("A",), ("B",), ("A", 2), ("A", 3)]
    assert same(float("nan"), float("nan"))
    assert same(1, 1.0)
    assert not same(1.0, float("nan"))


def test_leaves_go_by_name_id_or_symbol_or_their_place() -> None:
    document = {"a": {"b": 1}, "l": [{"name": "n", "v": 1}, {"id": 7, "v": 2}, {"symbol": "S"}, 5], "e": [], "f": {}}
    assert flat(document) == {
        "a.b": 1,
        "l.n.name": "n",
        "l.n.v": 1,
        "l.7.id": 7,
        "l.7.v": 2,
        "l.S.symbol": "S",
        "l.3": 5,
        "e": [],
        "f": {},
    }


def test_files_differ_by_what_they_are(sample_run: SampleRun) -> None:
    standings = (sample_run.folder / "standings.parquet").read_bytes()
    features = (sample_run.folder / "features.parquet").read_bytes()
    assert list(columns_of(standings))[:2] == ["symbol", "alpha_score"]
    assert file_difference("x.parquet", standings, standings) == "the same content, written otherwise"
    assert "new" in file_difference("x.parquet", standings, features)
    one, other = json.dumps({"a": 1}).encode(), json.dumps({"a": 2}).encode()
    assert file_difference("x.json", one, other) == "1 entry changed: a"
    assert file_difference("x.json", one, b" " + one) == "the same content, written otherwise"
    assert file_difference("x.svg", b"12", b"123") == "2 bytes then, 3 now"


def test_columns_and_rows_that_only_one_table_has_are_both_told() -> None:
    new = {"symbol": ["A", "C"], "value": [1.0, 2.0], "other": [1, 2]}
    assert table_difference(TABLE, new) == (
        "2 rows new: ('A',), ('C',); 2 rows gone: ('A', 'g'), ('B', 'g'); 1 column new: other; 1 column gone: gate"
    )


def test_rows_are_held_against_those_of_their_own_key() -> None:
    """In another order, with one value changed; of rows of one key the first against the first."""
    old = {"symbol": ["A", "B", "A", "C"], "value": [1, 2, 3, 4], "same": [0, 0, 0, 0]}
    new = {"symbol": ["C", "A", "A", "B"], "value": [4, 1, 9, 2], "same": [0, 0, 0, 0]}
    assert table_difference(old, new) == "columns 1: value; symbols 1: A"
    assert table_difference(old, {**new, "value": [4, 1, 3, 2]}) == "the same rows in another order"
    assert table_difference(old, {**old, "same": [1, 0, 0, 1]}) == "columns 1: same; symbols 2: A, C"
