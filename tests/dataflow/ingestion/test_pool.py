"""Records merge by key, and settle on one direction."""

import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.pool import proposals, resolved


def test_records_of_one_key_are_merged_and_keys_are_sorted() -> None:
    pairs = [
        ("B", {"symbol": "B", "x": 1}),
        ("A", {"symbol": "A", "x": None, "y": 1}),
        ("A", {"symbol": "A", "x": 2, "y": 2}),
        ("A", {"symbol": "A", "logic": "breakout", "direction": "short"}),
    ]
    found = proposals(pairs)
    assert [(p.asset, p.logic, p.direction) for p in found] == [
        ("A", "breakout", "SHORT"),
        ("A", "trend", "LONG"),
        ("B", "trend", "LONG"),
    ]
    assert (found[1].record["x"], found[1].record["y"]) == (2, 2)
    assert found == proposals(pairs[::-1])
    with pytest.raises(TypeError):
        found[1].record["x"] = 3


@pytest.mark.parametrize(("recent", "kept"), [(0.1, "LONG"), (0.0, "LONG"), (-0.1, "SHORT"), (None, "LONG")])
def test_one_direction_an_asset(recent: float | None, kept: str) -> None:
    both = proposals([("A", {"symbol": "A", "direction": side}) for side in ("LONG", "SHORT")])
    found, lost = resolved(both, {} if recent is None else {"A": recent})
    assert [p.direction for p in found["A"]] == [kept]
    assert len(lost) == 1
