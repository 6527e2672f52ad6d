"""Assets and verdicts as records and words, from data by hand."""

from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.asset_rows import asset_rows, gate_text, route_text, sector_of


def coded(*values: str) -> dict[str, Any]:
    names = sorted(set(values))
    return {"names": names, "codes": [names.index(value) for value in values]}


DATA: dict[str, Any] = {
    "floor": 15,
    "assets": {
        "symbol": ["A", "B"],
        "direction": coded("LONG", "SHORT"),
        "logics": coded("trend", "trend"),
        "sector": coded("", "AI"),
        "outcome": coded("winner", "vetoed"),
        "route": coded("ranked", ""),
        "cluster": [1, 2],
        "cluster_rank": [1, None],
        "conviction": [0.5, None],
        "rank": [1, 2],
        "eligible": "10",
    },
    "columns": [[20.0, None], [0.5, 0.1]],
    "gates": [
        {"gate": "adx", "op": ">=", "threshold": 16, "column": 0, "verdicts": "pu"},
        {"gate": "efficiency", "op": ">=", "threshold": 0.2, "column": 1, "verdicts": "wf"},
        {"gate": "health", "op": "<=", "threshold": 0.2, "column": 1, "verdicts": "Wp"},
    ],
}


def test_gates_are_said_by_their_answer() -> None:
    assert (
        gate_text(DATA, 0, needs=False)
        == "waived by benchmarks: efficiency (0.5); waived by is_benchmark: health (0.5)"
    )
    assert gate_text(DATA, 1, needs=True) == "fails adx (unknown, needs \u2265 16), efficiency (0.1, needs \u2265 0.2)"


def test_assets_are_records() -> None:
    won, lost = asset_rows(DATA)
    assert (won.symbol, won.direction, won.cluster, won.eligible, won.route) == ("A", "LONG", 1, True, "ranked")
    assert (lost.conviction, lost.outcome, lost.route, lost.eligible) == (None, "vetoed", "", False)
    assert (sector_of(won), sector_of(lost)) == ("\u2013", "AI")
    assert route_text(DATA, won) == "place 1 among the eligible LONG of cluster 1"
