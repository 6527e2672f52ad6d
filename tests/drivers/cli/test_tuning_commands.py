"""`tune` as a person meets it."""

import json
import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.walks import walked

SEARCH = ("--trials", "2", "--folds", "2", "--horizon", "1", "--embargo", "0")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tune")
    shutil.copytree(walked().folder, folder / "walks" / walked().folder.name)
    return folder


def test_it_prints_words_or_a_document(project: Path) -> None:
    pytest.importorskip("optuna")
    place = ("--project", str(project))
    words = tvselect("tune", *place, *SEARCH)
    assert words.exit_code == 0, words.stderr
    assert "[profile.v4.scorers.tuned.weights]" in words.stdout
    found = json.loads(tvselect("tune", *place, "--walk", walked().folder.name[:6], *SEARCH, "--json").stdout)["tuning"]
    assert (found["walk"], found["trials"]["searches"]) == (walked().folder.name, 3)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--walk", "nothere"), "there is no finished walk"),
        (("--trials", "1"), "trials"),
        (("--horizon", "4"), "no horizon of 4 sessions"),
        (("--feature", "magic"), "the walk has no feature 'magic'"),
    ],
)
def test_wrong_usage_ends_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = tvselect("tune", "--project", str(project), *arguments)
    assert ended.exit_code == 2
    assert said in ended.stderr
