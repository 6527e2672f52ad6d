"""A model in words: each number is the fact's own."""

from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.model_text import age_text, learned_text, worth_text

FACTS: dict[str, Any] = {
    "file": "models/mine/2026-05-20.skops",
    "usable_from": "2026-05-20",
    "age": 4,
    "every": 10,
    "estimator": "ridge",
    "target": "rank",
    "horizon": 2,
    "window": {"first": "2026-03-02", "last": "2026-05-13", "dates": 12, "rows": 940, "assets": 79},
    "ic_out_of_fold": {"mean": 0.0314, "error": 0.0211, "dates": 11},
    "limits": ["It knows no cost."],
}


def test_by_hand() -> None:
    assert learned_text(FACTS) == (
        "ridge on rank over 2 sessions, trained until 2026-05-20 on 940 rows of 79 assets, 12 dates from 2026-03-02 to 2026-05-13"
    )
    assert worth_text(FACTS) == "rank IC out of fold 31 x 1000, standard error 21, 11 dates"
    unknown = {"mean": 0.0314, "error": None, "dates": 9}
    assert worth_text({**FACTS, "ic_out_of_fold": unknown}).endswith("31 x 1000, standard error unknown, 9 dates")


@pytest.mark.parametrize(("age", "late"), [(1, False), (10, False), (11, True)])
def test_older_than_the_schedule_is_said(age: int, late: bool) -> None:
    text = age_text({**FACTS, "age": age})
    assert text.startswith(f"{age} session{'' if age == 1 else 's'} old, its schedule is every 10 sessions")
    assert text.endswith(": older than its schedule has it") == late
