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
