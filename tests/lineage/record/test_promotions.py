"""Who stands is the fold of the ledger's moves."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.promotions import (
    before_it,
    last_standing,
    run_of_champion,
    standing,
)
from tradingview_scraper.pipelines.selection.schemas.errors import VerificationError


def add(project: Path, **facts: object) -> None:
    (project / "runs").mkdir(exist_ok=True)
    ledger.append(
        project / "runs" / "audit.jsonl", {"event": "alias.moved", "run_id": None, "alias": "champion", **facts}
    )


def promote(project: Path, name: str, before: str, profile: str = "v4") -> None:
    add(project, profile=profile, **{"from": before, "to": name, "scorer": {"kind": name}})


def rollback(project: Path, profile: str = "v4") -> None:
    add(project, profile=profile, rollback=True, **{"from": "x", "to": "y"})


def champion(project: Path, profile: str = "v4") -> str | None:
    found = standing(project, profile)
    return None if found is None else found.champion


def test_promotions_stack_up_and_are_rolled_back_one_by_one(tmp_path: Path) -> None:
    assert champion(tmp_path) is None
    promote(tmp_path, "b", "a")
    promote(tmp_path, "c", "b")
    assert champion(tmp_path) == "c"
    before = before_it(tmp_path, "v4")
    assert before is not None
    assert (before.champion, before.before, before.line, before.scorer) == ("b", "a", 1, {"kind": "b"})
    rollback(tmp_path)
    assert (champion(tmp_path), before_it(tmp_path, "v4")) == ("b", None)
    rollback(tmp_path)
    rollback(tmp_path)
    assert champion(tmp_path) is None
    promote(tmp_path, "d", "a")
    assert champion(tmp_path) == "d"


def test_each_profile_has_its_own(tmp_path: Path) -> None:
    promote(tmp_path, "b", "a")
    promote(tmp_path, "c", "a", "mine")
    assert (champion(tmp_path), champion(tmp_path, "mine")) == ("b", "c")
    last = last_standing(tmp_path)
    assert last is not None
    assert last.profile == "mine"
    rollback(tmp_path, "mine")
    last = last_standing(tmp_path)
    assert last is not None
    assert last.profile == "v4"


def test_the_champions_run_is_one_that_it_decided_since(tmp_path: Path) -> None:
    def ran(run_id: str, decided_by: str, profile: str = "v4") -> None:
        event = {"event": "run.completed", "run_id": run_id, "profile": profile, "champion": decided_by}
        ledger.append(tmp_path / "runs" / "audit.jsonl", event)

    add(tmp_path, alias="other", profile="v4")
    ran("r1", "b")
    promote(tmp_path, "b", "a")
    last = last_standing(tmp_path)
    assert last is not None
    assert run_of_champion(tmp_path, last) is None
    ran("r2", "b")
    ran("r3", "a")
    ran("r4", "b", "mine")
    assert run_of_champion(tmp_path, last) == "r2"


@pytest.mark.parametrize("gone", ["from", "to", "scorer"])
def test_a_line_that_lacks_a_part_is_named(tmp_path: Path, gone: str) -> None:
    promote(tmp_path, "b", "a")
    whole = {"profile": "v4", "from": "b", "to": "c", "scorer": {"kind": "c"}}
    add(tmp_path, **{name: value for name, value in whole.items() if name != gone})
    with pytest.raises(VerificationError, match="line 2 is no whole promotion"):
        standing(tmp_path, "v4")
