"""What a run says of its models is what their cards say, in the ledger, in `show` and on the page."""

import json
from typing import Any

import pandas as pd

from support.learned_runs import AS_OF, FIT, learned_run
from tradingview_scraper.pipelines.selection.drivers.recording.page.model_facts import overdue, sessions_since
from tradingview_scraper.pipelines.selection.drivers.review.summary import run_summary, summary_text
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts


def card() -> dict[str, Any]:
    project = learned_run().parents[1]
    found: dict[str, Any] = json.loads((project / "models" / "mine" / f"{FIT}.json").read_text("utf-8"))
    return found


def summary() -> dict[str, Any]:
    return run_summary(learned_run().parents[1], learned_run().name)


def test_the_record_has_the_essentials_of_the_card() -> None:
    (scorer,) = [each for each in summary()["scorers"] if "model" in each]
    facts, told = scorer["model"], card()
    assert (scorer["name"], facts["file"], facts["usable_from"]) == ("mine", f"models/mine/{FIT}.skops", FIT)
    assert facts["window"] == {name: told["window"][name] for name in ("first", "last", "dates", "rows", "assets")}
    assert (facts["ic_out_of_fold"], facts["limits"]) == (told["measures"]["ic_out_of_fold"], told["limits"])
    assert [facts[name] for name in ("estimator", "target", "horizon", "every")] == ["ridge", "rank", 2, 3]
    # 2026-05-21 to 2026-05-26: crypto trades on all of them.
    assert facts["age"] == len(pd.date_range(FIT, AS_OF)) - 1


def test_show_says_it_with_its_limits_and_that_it_is_old() -> None:
    told = card()
    lines = summary_text(summary()).splitlines()
    at = lines.index(f"model models/mine/{FIT}.skops of mine (challenger)")
    known = told["measures"]["ic_out_of_fold"]
    assert f"on {told['window']['rows']} rows of {told['window']['assets']} assets" in lines[at + 1]
    assert lines[at + 2].startswith(f"  rank IC out of fold {1000 * known['mean']:.0f} x 1000")
    assert lines[at + 3] == "  6 sessions old, its schedule is every 3 sessions: older than its schedule has it"
    assert lines[at + 4 : at + 4 + len(told["limits"])] == [f"  limit: {text}" for text in told["limits"]]


def test_the_page_has_what_the_ledger_has() -> None:
    page = (learned_run() / "report.html").read_text("utf-8")
    (recorded,) = [each["model"] for each in summary()["scorers"] if "model" in each]
    (shown,) = page_parts(page)[0]["models"]
    assert shown == {"scorer": "mine", "role": "challenger", **recorded}
    assert "Models of learned scorers" in page


def test_ages_by_hand() -> None:
    days = pd.DataFrame({"A": 0.0}, index=pd.bdate_range("2026-01-05", periods=10))
    assert [sessions_since(days, pd.Timestamp(date)) for date in ("2026-01-16", "2026-01-09", "2020-01-01")] == [
        0,
        5,
        10,
    ]
    facts = {"a": {"age": 5, "every": 5}, "b": {"age": 6, "every": 5}}
    assert overdue(facts) == {"b": 6}
