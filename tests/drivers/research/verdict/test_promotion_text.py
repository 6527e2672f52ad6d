"""Who, why, on which evidence, and what follows."""

from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion_text import promotion_text

MOVED = {
    "profile": "mine",
    "from": "old",
    "to": "new",
    "actor": {"name": "Ada", "source": "system"},
    "reason": "p 0.001",
    "override": False,
    "evidence": {"walk": "w1", "verdict": "promote"},
    "line": 7,
}


def test_a_promotion() -> None:
    assert promotion_text(MOVED).splitlines() == [
        "profile mine: new is champion, old was",
        "by Ada (system): p 0.001",
        "evidence: walk w1, promote; as the verdict has it",
        'line 7 of runs/audit.jsonl; it decides runs of a profile that says champion = "@champion"',
    ]
