"""`reproduce` for people, verdict by verdict."""

from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.reproduce_text import reproduction_text

SAME = {"path": "a.json", "state": "identical", "where": ""}
OTHER = {"path": "b.json", "state": "differs", "where": "2 entries changed: x, y"}
ACTS = {"kind": "settings", "what": "recruitment.floor", "acts": "yes"}
IDLE = {"kind": "code", "what": "lineage", "acts": "no"}


def lines(**changed: Any) -> list[str]:
    found: dict[str, Any] = {"run_id": "id", "data": "data", "as_of": None, "error": None, "identical": False}
    lists = dict.fromkeys(("changed_files", "differences", "notes"), ())
    return reproduction_text({**found, **lists, "artifacts": [SAME, OTHER], **changed}).splitlines()


def test_identical_says_how_many_and_that_changes_had_no_effect() -> None:
    found = lines(identical=True, artifacts=[SAME], differences=[ACTS, IDLE], as_of="2026-06-30")
    assert found == [
        "id  on data, as of 2026-06-30",
        "no effect settings: recruitment.floor",
        "no effect code: lineage",
        "verdict   identical: 1 artifacts, byte for byte",
    ]


def test_what_acts_is_the_culprit() -> None:
    assert lines(differences=[IDLE, ACTS], changed_files=["bars changed"], notes=["moved"]) == [
        "id  on data, as of the last day",
        "table     bars changed",
        "culprit   settings: recruitment.floor",
        "no effect code: lineage",
        "artifact  b.json differs  2 entries changed: x, y",
        "note      moved",
        "verdict   1 of 2 artifacts differ",
    ]


def test_every_artifact_that_is_not_identical_is_counted() -> None:
    states = [{**OTHER, "state": state, "where": ""} for state in ("differs", "missing", "new")]
    found = lines(artifacts=[SAME, *states])
    assert found[1:4] == ["artifact  b.json differs", "artifact  b.json missing", "artifact  b.json new"]
    assert found[-1] == "verdict   3 of 4 artifacts differ"


def test_without_a_culprit_it_is_said_what_that_means() -> None:
    assert lines(differences=[IDLE])[-2] == "culprit   none of what changed since should matter"
    assert lines()[-2].startswith("culprit   nothing that is recorded differs")


def test_an_error_blames_whatever_changed() -> None:
    found = lines(error="no factor", differences=[IDLE], artifacts=[])
    assert found[1:] == ["culprit   code: lineage", "verdict   it can't be executed any more: no factor"]
