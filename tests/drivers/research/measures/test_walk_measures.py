import json
from dataclasses import replace

import pytest

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.measures.walk_measures import (
    overdue_models,
    plain_values,
    refusals,
    walk_document,
)
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError


def test_the_document_of_a_walk_is_plain_and_repeats_itself() -> None:
    found = walk_document(walked(), 10.0)
    assert json.dumps(found, allow_nan=False) == json.dumps(walk_document(walked(), 10.0))
    assert found["dates"]["all"] == len(walked().ends) == walked().panel["date"].nunique()
    assert found["information"]["conviction"] == found["information"]["log_mps"]
    assert found["information"]["conviction"]["6"]["ic"]["dates"] == 10
    assert {"winners", "pool", "eligible", "top eligible"} == found["books"].keys()
    assert found["books"]["winners"]["size"] == pytest.approx(walked().panel.groupby("date")["winner"].sum().mean())
    assert found["books"]["winners"]["net_sharpe"] < found["books"]["winners"]["sharpe"]
    assert found["controls"]["random of the same clusters"]["6"]["beaten"] is not None
    assert found["controls"]["pool"]["6"]["mean"]["mean"] == pytest.approx(
        found["books"]["winners"]["return"]["mean"] - found["books"]["pool"]["return"]["mean"]
    )


def test_without_costs_net_is_gross() -> None:
    winners = walk_document(walked(), 0.0)["books"]["winners"]
    assert winners["net_sharpe"] == winners["sharpe"]


def test_refusals_are_counted_by_reason() -> None:
    ends = (
        {"status": "refused", "reason": "a"},
        {"status": "selected", "reason": ""},
        {"status": "refused", "reason": "a"},
    )
    assert refusals(ends) == {"a": 2}


def test_a_walk_without_any_selection_says_why(tmp_path) -> None:
    early = walk(tmp_path, "2026-01-05", "2026-01-12")
    assert {end["status"] for end in early.ends} == {"refused"}
    with pytest.raises(
        DataContractError, match=r"not one of 2 dates gave a selection: ingestion: there are no candidates"
    ):
        walk_document(early, 10.0)


def test_unknown_numbers_are_null() -> None:
    assert plain_values({1: float("nan"), "b": (1.0, float("inf"))}) == {"1": None, "b": [1.0, None]}


def test_a_walk_of_one_date_has_no_errors() -> None:
    alone = replace(walked(), ends=walked().ends[:1])
    found = walk_document(alone, 10.0)
    assert found["information"]["conviction"]["6"]["ic"]["error"] is None
    assert found["books"]["winners"]["sharpe"] is None


def test_models_that_are_older_than_their_schedule_are_counted() -> None:
    ends = ({"overdue": {"b": 9}}, {"overdue": {}}, {"overdue": {"b": 12, "a": 30}}, {"status": "refused"})
    assert overdue_models(ends) == {"a": {"dates": 1, "oldest": 30}, "b": {"dates": 2, "oldest": 12}}
