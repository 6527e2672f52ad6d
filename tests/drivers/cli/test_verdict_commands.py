"""`compare`, `promote` and `rollback` as a person meets them, and the run that follows."""

import json
import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.walks import walked

SETTINGS = ("--defaults", "us-stocks", "--set", "data.max_scan_age_days=1000")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(walked().folder, tmp_path / "walks" / walked().folder.name)
    return tmp_path


def test_words_or_a_document(project: Path) -> None:
    words = tvselect("compare", "--project", str(project))
    assert words.exit_code == 0, words.stderr
    assert "rank_average: not enough evidence (10 dates" in words.stdout
    answer = tvselect("compare", "rank_average", "--project", str(project), "--json", "--anytime", "--alpha", "0.1")
    found = json.loads(answer.stdout)
    assert found["kind"] == "comparison"
    assert found["comparison"]["rule"] == "anytime"
    assert found["comparison"]["threshold"] == 10
    assert list(found["comparison"]["challengers"]) == ["rank_average"]


def test_promoted_and_rolled_back(project: Path) -> None:
    arguments = ("promote", "rank_average", "--project", str(project), "--evidence", "@latest", *SETTINGS)
    refused = tvselect(*arguments)
    assert (refused.exit_code, "the evidence says: not enough evidence" in refused.stderr) == (2, True)
    moved = tvselect(*arguments, "--override", "--reason", "a test", "--json")
    assert moved.exit_code == 0, moved.stderr
    assert json.loads(moved.stdout)["promotion"]["to"] == "rank_average"
    shown = tvselect("config", "show", "--project", str(project), "--origin", "--set", "champion=@champion")
    assert "promotion (runs/audit.jsonl line 1)" in shown.stdout
    back = tvselect("rollback", "--project", str(project), "--reason", "enough")
    assert "profile v4: log_mps is champion, rank_average was" in back.stdout
    assert tvselect("verify", "--all", "--project", str(project)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "nobody"), "has no challenger 1: nobody"),
        (("compare", "--walk", "zz"), "there is no finished walk 'zz'"),
        (("compare", "--horizon", "3"), "the walk has no horizon 3"),
        (("promote", "rank_average", "--evidence", "@latest"), "of other settings than profile v4 has now"),
        (("rollback", "--reason", "x"), "nothing to roll back"),
        (("rollback",), "--reason"),
    ],
)
def test_wrong_usage_ends_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = tvselect(*arguments, "--project", str(project))
    assert ended.exit_code == 2
    assert said in ended.stderr
