"""The place is moved by evidence of the same profile, settings, code and champion, or against it with a reason."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.contests import contest
from support.market import SETTINGS
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.research.verdict import promotion
from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion import promoted, rolled_back
from tradingview_scraper.pipelines.selection.drivers.research.verdict.promotion_text import promotion_text
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record.promotions import standing
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


def settings(**changes: Any) -> SelectionSettings:
    return resolved_settings("v4", settings={**SETTINGS, "data.max_scan_age_days": 1000, **changes}).settings


def test_against_the_verdict_only_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the evidence says: not enough evidence \(10 dates"):
        promoted(tmp_path, "rank_average", walked(), settings())
    with pytest.raises(ConfigurationError, match="needs a reason"):
        promoted(tmp_path, "rank_average", walked(), settings(), override=True, reason=" ")
    assert not (tmp_path / "runs").exists()
    moved = promoted(tmp_path, "rank_average", walked(), settings(), override=True, reason="a test")
    assert (moved["from"], moved["to"], moved["reason"], moved["override"]) == (
        "log_mps",
        "rank_average",
        "a test",
        True,
    )
    assert moved["evidence"]["walk"] == walked().folder.name
    assert moved["evidence"]["figures"]["dates"] == 10
    assert moved["scorer"]["kind"] == "rank_average"
    assert moved["actor"]["source"] in ("git", "system")
    assert moved["line"] == 1
    stands = standing(tmp_path, "v4")
    assert stands is not None
    assert stands.champion == "rank_average"
    assert verified(tmp_path, everything=True)["ok"]
    text = promotion_text(moved)
    assert "profile v4: rank_average is champion, log_mps was" in text
    assert "not enough evidence; against the verdict" in text


def test_with_the_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "_refuse_other", lambda walk, settings: None)
    monkeypatch.setattr(promotion, "scorer_document", lambda scorer: {"kind": "knows"})
    known = settings().model_copy(update={"scorers": {"knows": None}})
    moved = promoted(tmp_path, "knows", contest(), known)
    assert (moved["to"], moved["override"], moved["evidence"]["verdict"]) == ("knows", False, "promote")
    assert moved["reason"].startswith("p ")
    assert verified(tmp_path, everything=True)["ok"]


def test_rollback_gives_the_place_back(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no promotion stands"):
        rolled_back(tmp_path, "v4", "a test")
    promoted(tmp_path, "rank_average", walked(), settings(), override=True, reason="a test")
    with pytest.raises(ConfigurationError, match="needs a reason"):
        rolled_back(tmp_path, "v4", "")
    moved = rolled_back(tmp_path, "v4", "enough")
    assert (moved["from"], moved["to"], moved["line"]) == ("rank_average", "log_mps", 2)
    assert "evidence" not in promotion_text(moved)
    assert standing(tmp_path, "v4") is None
    assert verified(tmp_path, everything=True)["ok"]


def test_evidence_of_something_else_is_refused(tmp_path: Path) -> None:
    def refused(said: str, own: SelectionSettings, **asked: Any) -> None:
        walk = replace(walked(), asked={**walked().asked, **asked})
        with pytest.raises(ConfigurationError, match=said):
            promoted(tmp_path, "rank_average", walk, own, override=True, reason="a test")

    refused("is of profile v4, not v3.4", resolved_settings("v3.4").settings)
    refused(r"other settings than profile v4 has now: 1: gates\.entropy", settings(**{"gates.entropy.threshold": 0.8}))
    refused("your code has changed", settings(), code={**walked().asked["code"], "modules": {"mine": "sha256:0"}})
    promoted(tmp_path, "rank_average", walked(), settings(), override=True, reason="a test")
    refused("is against log_mps, but rank_average was promoted since", settings())


def test_nobody_in_git_is_somebody_on_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Ada")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "ada@example.org")
    assert promotion._actor(tmp_path) == {"name": "Ada <ada@example.org>", "source": "git"}
    monkeypatch.setattr("getpass.getuser", lambda: "ada")
    assert promotion._actor(tmp_path / "nowhere") == {"name": "ada", "source": "system"}
