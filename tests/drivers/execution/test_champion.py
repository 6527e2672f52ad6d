"""`champion` in a profile gives the scorers their parts; `@champion` is who was promoted, as it was promoted."""

from pathlib import Path
from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.champion import scorer_document
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import Resolved, resolved_settings
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def resolved(project: Path, *assignments: str) -> Resolved:
    return resolved_settings("v4", project=project, command_line=assignments)


def promote(project: Path, **changes: Any) -> None:
    settings = resolved(project).settings.scorers["rank_average"]
    (project / "runs").mkdir(exist_ok=True)
    ledger.append(
        project / "runs" / "audit.jsonl",
        {
            "event": "alias.moved",
            "run_id": None,
            "alias": "champion",
            "profile": "v4",
            "from": "log_mps",
            "to": "rank_average",
            "scorer": {**scorer_document(settings), **changes},
        },
    )


def test_a_named_scorer_takes_the_place(tmp_path: Path) -> None:
    assert resolved(tmp_path).settings.champion == "log_mps"
    found = resolved(tmp_path, "champion=rank_average")
    assert found.settings.champion == "rank_average"
    assert {name: each.role for name, each in found.settings.active_scorers.items()} == {
        "log_mps": "challenger",
        "rank_average": "champion",
    }
    assert found.origins["scorers.log_mps.role"] == "command line"
    assert "champion" not in found.origins


def test_the_promoted_one_stands_only_where_the_profile_asks_for_it(tmp_path: Path) -> None:
    assert resolved(tmp_path, "champion=@champion").settings.champion == "log_mps"
    promote(tmp_path)
    assert resolved(tmp_path).settings.champion == "log_mps"
    (tmp_path / "tvselect.toml").write_text('[base]\nchampion = "@champion"\n')
    found = resolved(tmp_path)
    assert found.settings.champion == "rank_average"
    assert found.origins["scorers.rank_average.role"] == "promotion (runs/audit.jsonl line 1)"
    assert resolved_settings("v3.4", project=tmp_path).settings.champion == "log_mps"
    assert resolved(tmp_path, "champion=log_mps").settings.champion == "log_mps"


def test_one_that_has_changed_since_has_no_evidence(tmp_path: Path) -> None:
    promote(tmp_path, kind="mine:Other")
    with pytest.raises(ConfigurationError, match=r"scorers\.rank_average was promoted .* has changed since, in kind"):
        resolved(tmp_path, "champion=@champion")


@pytest.mark.parametrize(("value", "said"), [("rank_averge", "did you mean rank_average"), ("3", "names no scorer")])
def test_strangers_are_refused(tmp_path: Path, value: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        resolved(tmp_path, f"champion={value}")


def test_a_scorer_that_is_off_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="exactly one enabled scorer"):
        resolved(tmp_path, "champion=rank_average", "scorers.rank_average.enabled=false")
