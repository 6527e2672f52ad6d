from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import walk_document
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_text import walk_text


def test_the_text_has_every_part_and_its_figures() -> None:
    document = walk_document(walked(), 10.0)
    text = walk_text(document)
    assert "10 dates from 2026-03-02 to 2026-04-25, one per 6 sessions: 10 selected" in text
    measured = document["information"]["conviction"]["6"]["ic"]
    assert f"{1000 * measured['mean']:.0f} ({1000 * measured['error']:.0f})" in text
    for words in (
        "winners less control",
        "random of the same clusters",
        "gates at the first rung",
        "dates ended at, with the winners' excess: rung",
        "lists by scorer",
        "adjusted Rand index",
        "admitted by relaxation",
    ):
        assert words in text
    assert "nan" not in text
    assert "None" not in text


def test_what_is_unknown_is_said() -> None:
    from dataclasses import replace

    text = walk_text(walk_document(replace(walked(), ends=walked().ends[:1]), 10.0))
    assert "(?)" in text
    assert "unknown" in text
