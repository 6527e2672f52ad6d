"""Numbers that differ are told from winners, verdicts and texts that do."""

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.discrete import discrete_note, number_changes

Change = Callable[[pa.Table], pa.Table]


@pytest.fixture
def then(sample_run: SampleRun) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in sample_run.folder.iterdir() if path.suffix in (".parquet", ".json")
    }


def replaced(table: bytes, column: str, change: Callable[[Any], Any]) -> bytes:
    """A table whose first known value of the column is another."""
    found = pq.read_table(pa.BufferReader(table))
    values = found[column].to_pylist()
    place = next(row for row, value in enumerate(values) if value is not None and value == value)
    values[place] = change(values[place])
    kind = pa.string() if isinstance(values[place], str) else found.schema.field(column).type
    sink = pa.BufferOutputStream()
    pq.write_table(
        found.set_column(found.column_names.index(column), column, pa.chunked_array([pa.array(values, kind)])), sink
    )
    return sink.getvalue().to_pybytes()


def test_a_run_is_itself(then: dict[str, bytes]) -> None:
    assert number_changes(then, then) == 0.0


def test_a_number_may_differ_and_the_largest_difference_is_told(then: dict[str, bytes]) -> None:
    now = then | {"inference.parquet": replaced(then["inference.parquet"], "alpha_score", lambda score: score * 1.001)}
    assert number_changes(then, now) == pytest.approx(1e-3, rel=1e-2)
    assert discrete_note(then, now).endswith("no number differs by more than 0.001 of itself")


def test_a_number_of_a_document_may_differ(then: dict[str, bytes]) -> None:
    manifest = json.loads(then["manifest.json"])
    manifest["atoms"][0]["weight"] = manifest["atoms"][0].get("weight", 1.0) + 0.5
    changed = json.dumps(manifest).encode()
    assert (
        number_changes({"manifest.json": json.dumps(manifest | {"x": 1}).encode()}, {"manifest.json": changed}) is None
    )
    manifest["atoms"][0]["weight"] += 0.25
    assert number_changes({"manifest.json": changed}, {"manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("standings.parquet", "route", "fill"),
        ("standings.parquet", "rank", float("nan")),
        ("standings.parquet", "eligible", None),
        ("clusters.parquet", "cluster", 99),
        ("decisions.parquet", "verdict", "waived"),
    ],
)
def test_what_is_no_number_may_not(table: str, column: str, value: Any, then: dict[str, bytes]) -> None:
    now = then | {table: replaced(then[table], column, lambda _: value)}
    assert discrete_note(then, now) == ""


def test_a_file_more_or_less_is_a_difference(then: dict[str, bytes]) -> None:
    fewer = {name: content for name, content in then.items() if name != "gates.json"}
    assert number_changes(then, fewer) is number_changes(fewer, then) is None


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("old", "new", "largest"),
    [
        ({"a": 1.0}, {"a": 1.0}, 0.0),
        ({"a": 1.0}, {"a": 2.0}, 0.5),
        ({"a": -1.0}, {"a": 1.0}, 2.0),
        ({"a": -4.0}, {"a": -1.0}, 0.75),
        ({"a": 0.0}, {"a": 0.0}, 0.0),
        ({"a": 0.0}, {"a": 1e-300}, 1.0),
        ({"a": 1.0, "b": 4.0, "c": 1.0}, {"a": 1.0, "b": 5.0, "c": 1.1}, 0.2),
        ({"a": 2}, {"a": 2.5}, 0.2),  # a whole number in JSON may have been computed
        ({"a": 2}, {"a": 3}, None),
        ({"a": 3}, {"a": 2}, None),
        ({"b": 1.0}, {"a": 1.0}, None),
        ({"a": "b"}, {"a": "a"}, None),
        ({"a": NAN}, {"a": NAN}, 0.0),
        ({"a": NAN}, {"a": 1.0}, None),
        ({"a": 1.0}, {"a": NAN}, None),
        ({"a": INF}, {"a": INF}, 0.0),
        ({"a": INF}, {"a": 1.0}, None),
        ({"a": True}, {"a": 0.5}, None),
        ({"a": 1.0}, {"a": "1.0"}, None),
        ({"a": None}, {"a": 0.0}, None),
        ({"a": "long"}, {"a": "long"}, 0.0),
        ({"a": 1.0}, {"b": 1.0}, None),
        ({"a": 1.0}, {"a": 1.0, "b": 1.0}, None),
        ({"a": [1.0, 2.0]}, {"a": [1.0, 4.0]}, 0.5),
        ({"a": [1.0, 2.0]}, {"a": [1.0]}, None),
    ],
)
def test_by_hand(old: Any, new: Any, largest: float | None) -> None:
    found = number_changes({"x.json": json.dumps(old).encode()}, {"x.json": json.dumps(new).encode()})
    assert found == (None if largest is None else pytest.approx(largest, abs=1e-15))


def test_the_largest_of_all_files_counts_and_what_is_made_of_them_is_not_looked_at() -> None:
    then = {"x.json": b"[1.0]", "y.json": b"[1.0]", "z.json": b"[1.0]", "report.html": b"old", "lineage.svg": b"old"}
    now = {"x.json": b"[1.25]", "y.json": b"[2.0]", "z.json": b"[1.0]", "report.html": b"new", "lineage.svg": b"new"}
    assert number_changes(then, now) == 0.5
    assert discrete_note(then, now) == (
        "nothing discrete changed: winners, clusters and verdicts are the same; "
        "no number differs by more than 0.5 of itself"
    )
