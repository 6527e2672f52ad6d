"""`tune` as a person meets it."""

import json
import shutil
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.walks import walked
from tradingview_scraper.pipelines.selection.drivers.cli import tuning_commands
from tradingview_scraper.pipelines.selection.drivers.research.tuning.seeded_search import Axis

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


def test_thresholds_are_printed_as_a_profile(project: Path) -> None:
    pytest.importorskip("optuna")
    words = tvselect("tune", "thresholds", "--gate", "adx", "--project", str(project), *SEARCH)
    assert words.exit_code == 0, words.stderr
    assert "[profile.tuned.gates.adx]\nthreshold = " in words.stdout


def test_a_range_is_of_whole_numbers_where_both_ends_are() -> None:
    given = ("estimator__a=1,40", "estimator__b = 0.1, 40,log")
    found = tuning_commands._ranges(None, None, given)  # type: ignore[arg-type]
    axes = {name: tuning_commands._axis(*each) for name, each in found.items()}
    assert axes == {"estimator__a": Axis(1, 40, whole=True), "estimator__b": Axis(0.1, 40, log=True)}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--walk", "nothere"), "there is no finished walk"),
        (("--trials", "1"), "trials"),
        (("--horizon", "4"), "no horizon of 4 sessions"),
        (("--feature", "magic"), "the walk has no feature 'magic'"),
        (("--gate", "adx"), "--gate: only `tvselect tune thresholds` has a use for that"),
        (("thresholds", "--feature", "adx"), "--feature: only `tvselect tune weights`"),
        (("thresholds", "--gate", "history"), "history is no relaxable gate"),
        (("parameters", "--scorer", "mine"), "parameters take --scorer and at least one --range"),
        (("parameters", "--scorer", "mine", "--range", "a__b=2,1"), "write it as estimator__alpha=1.0,10000.0,log"),
        (("parameters", "--scorer", "mine", "--range", "a__b=0,1,log"), "write it as"),
        (
            ("parameters", "--scorer", "mine", "--range", "a__b=1,2"),
            "the walk has no learned scorer 'mine'; it has none",
        ),
    ],
)
def test_wrong_usage_ends_with_2(project: Path, arguments: tuple[str, ...], said: str) -> None:
    ended = tvselect("tune", "--project", str(project), *arguments)
    assert ended.exit_code == 2
    assert said in ended.stderr
