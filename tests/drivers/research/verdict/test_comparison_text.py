"""The words of a comparison say what the document says."""

from support.contests import contest
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import comparison_document
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison_text import comparison_text
from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial


def test_one_line_per_challenger_and_part() -> None:
    found = comparison_document(contest(), [])
    text = comparison_text(found)
    assert text.startswith("walk 0123456789abcdef  profile v4  2020-03-25 to ")
    assert "champion champion; 3 trials known to this project, 3 in this walk" in text
    assert "\nknows: promote (p " in text
    assert "of 60" in text
    assert "arch: SPA p 0.0" in text
    assert len([line for line in text.splitlines() if line.startswith("knows")]) == 3


def test_few_dates_and_further_looks_are_said() -> None:
    digest = comparison_document(walked(), [])["challengers"]["rank_average"]["digest"]
    looked = [Trial("scorer", "rank_average", digest, "walk 1")]
    text = comparison_text(comparison_document(walked(), looked))
    assert "not enough evidence (10 dates; below 30 nothing is decided; at least 20 more dates)" in text
    assert "looked at in other walks too: rank_average; a p-value holds for one look" in text
    assert "looked at" not in comparison_text(comparison_document(walked(), looked, anytime=True))
