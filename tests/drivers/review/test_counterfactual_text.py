"""What it would take, in words, by hand."""

from tradingview_scraper.pipelines.selection.drivers.review.counterfactual import Takes
from tradingview_scraper.pipelines.selection.drivers.review.counterfactual_text import takes_document, takes_text


def test_the_words_by_hand() -> None:
    found = [
        Takes(gate="adx", before=16.0, after=14.5, spreads=0.25, rung=2),
        Takes(gates_off=("entropy", "momentum"), rung=1),
        Takes(gates_off=("adx",), place=7, rung=3),
    ]
    assert takes_text(takes_document("SPY", "vetoed", found)).splitlines() == [
        "SPY: vetoed. Each of these alone, confirmed by a run of the ladder:",
        "  the threshold of adx 16 -> 14.5 (0.25 interquartile ranges of the pool): it would win, at rung 2",
        "  without the gates entropy, momentum: it would win, at rung 1",
        "  without the gate adx and at place 7 of the pool by conviction: it would win, at rung 3",
    ]
    assert takes_text(takes_document("SPY", "winner", [])) == (
        "SPY: winner. No change of a threshold, of gates or of conviction would do."
    )
