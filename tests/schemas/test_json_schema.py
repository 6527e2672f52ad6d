"""The compiled schema gives the verdict that an independent validator gives, and names the place."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tradingview_scraper.pipelines.selection.schemas.json_schema import published, violation

NAME = "audit.schema.json"
SCHEMA = published(NAME)
LINE: dict[str, Any] = {
    "schema": "urn:tvselect:schema:audit:v1",
    "seq": 3,
    "prev": "0" * 64,
    "event": "run.completed",
    "run_id": "r",
    "ts": "2026-11-22T08:00:00.000000Z",
    "head": {"size": 3, "hash": "a" * 64},
    "torn": {"file": "f", "bytes": 3, "digest": "sha256:" + "b" * 64},
    "inputs": [{"name": "bars", "digest": "sha256:" + "c" * 64, "version": None, "source": "bars.parquet", "rows": 3}],
    "code": {"git": {"commit": "d" * 40, "tree": None, "dirty": True}, "package_digest": {"a": "sha256:" + "e" * 64}},
    "metrics": {"a": 1, "b": 0.5, "c": {"null": "nan"}},
    "metric_notes": {"c": "why"},
    "scorers": [{"name": "s", "role": "champion"}],
    "artifacts": [{"name": "a", "path": "a/b.json", "digest": "sha256:" + "f" * 64, "bytes": 0}],
    "tags": {"a": "b"},
}
WRONG = (None, True, -1, 1.5, "", "x", "../x", "/x", [], ["x"], {}, {"null": "no"})


def damaged(value: Any) -> Iterator[Any]:
    """Every copy with one place emptied, removed or replaced by something else."""
    yield from WRONG
    places = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    for place, item in places:
        without = copy.copy(value)
        del without[place]
        yield without
        for other in damaged(item):
            changed = copy.copy(value)
            changed[place] = other
            yield changed


def test_a_full_line_fits() -> None:
    assert violation(LINE, NAME) is None


def test_it_agrees_with_an_independent_validator_on_every_damaged_line() -> None:
    independent = jsonschema.Draft202012Validator(SCHEMA)
    lines = list(damaged(LINE))
    verdicts = [violation(line, NAME) is None for line in lines]
    assert len(lines) > 500
    assert True in verdicts
    assert verdicts == [independent.is_valid(line) for line in lines]


@pytest.mark.parametrize(
    ("place", "wrong", "message"),
    [
        (("head", "size"), "three", "$.head.size must be integer"),
        (("artifacts", 0, "path"), "../b", "$.artifacts[0].path must match pattern"),
        (("metrics", "b"), "0.5", "$.metrics.b cannot be validated"),
        (("event",), "run.dreamt", "$.event must be one of"),
    ],
)
def test_a_violation_names_its_place(place: tuple[Any, ...], wrong: Any, message: str) -> None:
    line = copy.deepcopy(LINE)
    held: Any = line
    for part in place[:-1]:
        held = held[part]
    held[place[-1]] = wrong
    assert (violation(line, NAME) or "").startswith(message)


def test_a_missing_field_is_named() -> None:
    line = {name: value for name, value in LINE.items() if name != "run_id"}
    found = violation(line, NAME) or ""
    assert found.startswith("$ must contain")
    assert "run_id" in found


def test_a_verdict_leaves_the_value_as_it_is() -> None:
    line = copy.deepcopy(LINE)
    violation(line, NAME)
    assert line == LINE
