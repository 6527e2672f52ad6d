"""The verdict where the truth is known, and what deflates it."""

from functools import cache
from typing import Any

import pytest

from support.contests import contest
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.research.verdict.comparison import (
    comparison_document,
    contestants,
    draws_for,
)
from tradingview_scraper.pipelines.selection.lineage.record.trials import Trial
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


@cache
def compared(trials: int = 0, **options: Any) -> dict[str, Any]:
    known = [Trial("scorer", f"t{n}", json_digest(n), "walk 1") for n in range(trials)]
    return comparison_document(contest(), known, **options)


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {name: row["verdict"] for name, row in found["challengers"].items()}


def test_who_knows_is_promoted_and_who_doesnt_is_not() -> None:
    found = compared()
    assert found["champion"] == "champion"
    assert found["trials"] == {"known": 3, "at_hand": 3}
    assert verdicts(found)["knows"] == "promote"
    assert {verdicts(found)[name] for name in ("idle0", "idle1")} <= {"keep the champion", "not enough evidence"}
    row = found["challengers"]["knows"]
    assert row["ic"]["difference"]["mean"] == pytest.approx(row["ic"]["challenger"] - row["ic"]["champion"])
    assert row["ic"]["interval"][0] < row["ic"]["difference"]["mean"] < row["ic"]["interval"][1]
    assert row["ic"]["p_joint"] == row["ic"]["p_deflated"] >= row["ic"]["p"]
    assert row["book"]["own"]
    assert found["arch"]["stepm"] == ["knows"]


def test_naming_some_changes_no_verdict() -> None:
    found = compared(named=("knows",))
    assert list(found["challengers"]) == ["knows"]
    assert found["challengers"]["knows"] == compared()["challengers"]["knows"]


def test_every_trial_of_the_project_deflates() -> None:
    many = compared(2997)
    assert many["trials"]["known"] == 3000
    few, row = compared()["challengers"]["knows"], many["challengers"]["knows"]
    assert row["ic"]["p_deflated"] > few["ic"]["p_deflated"]
    assert row["ic"]["p_deflated"] == pytest.approx(min(1, 1000 * row["ic"]["p_joint"]))
    assert many["threshold"] == 60000


def test_by_the_e_value() -> None:
    found = compared(anytime=True)
    row = found["challengers"]["knows"]
    assert found["rule"] == "anytime"
    assert (row["verdict"] == "promote") == (row["anytime"]["highest"] >= found["threshold"] == 60)
    assert (row["anytime"]["reached"] is None) == (row["anytime"]["highest"] < 60)


def test_the_champions_own_trial_counts_nothing_and_looks_are_counted() -> None:
    digest = compared()["challengers"]["knows"]["digest"]
    known = [Trial("scorer", "knows", digest, f"walk {n}") for n in (1, 2)]
    found = comparison_document(contest(), known)
    assert found["trials"]["known"] == 3
    assert found["challengers"]["knows"]["looks"] == 3
    assert found["challengers"]["idle0"]["looks"] == 1


def test_a_real_walk_is_too_short_for_a_verdict() -> None:
    found = comparison_document(walked(), [], horizon=21)
    row = found["challengers"]["rank_average"]
    assert (found["horizon"], found["streams"]) == (21, 4)
    assert (row["dates"], row["verdict"], row["more_dates"]) == (10, "not enough evidence", 20)


def test_refusals() -> None:
    with pytest.raises(ConfigurationError, match="has no challenger 1: nobody; it has 3: idle0"):
        compared(named=("nobody",))
    with pytest.raises(ConfigurationError, match="no horizon 3; it has 5"):
        compared(horizon=3)
    assert contestants(contest())[1] == ["idle0", "idle1", "knows"]


def test_draws_can_show_what_is_asked() -> None:
    assert draws_for(1, 1, 0.05) == 10_000
    assert draws_for(100, 1, 0.05) == 40_000
    assert draws_for(10**6, 1, 0.05) == 200_000
