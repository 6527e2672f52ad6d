"""The user's modules: found in the project, read afresh, refused by name."""

import sys
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.plugins import (
    loaded_class,
    loaded_module,
    project_on_path,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def project(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "own_plugins.py").write_text(text)
    return folder


def test_each_project_has_its_own_module_of_a_name(tmp_path: Path) -> None:
    before = list(sys.path)
    for number in (1, 2):
        with project_on_path(project(tmp_path / str(number), f"NUMBER = {number}\n")):
            assert number == loaded_module("own_plugins").NUMBER
    assert sys.path == before


def test_a_class_must_be_of_the_kind(tmp_path: Path) -> None:
    with project_on_path(project(tmp_path / "one", "class Own(dict):\n    pass\n\n\nthing = 1\n")):
        assert loaded_class("own_plugins:Own", dict, "scorers.x.kind").__name__ == "Own"
        for path, base in (("own_plugins:Own", list), ("own_plugins:thing", dict), ("own_plugins:Gone", dict)):
            with pytest.raises(ConfigurationError, match=f"'{path}' names no subclass of {base.__name__}"):
                loaded_class(path, base, "scorers.x.kind")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_library\n", "it needs 'no_such_library', missing for 'own_plugins'"),
        ("def (\n", "can't be imported: SyntaxError"),
        ("nothing\n", "can't be imported: NameError"),
    ],
)
def test_what_cannot_be_imported_is_refused_by_name(text: str, message: str, tmp_path: Path) -> None:
    with project_on_path(project(tmp_path / "one", text)), pytest.raises(ConfigurationError, match=message):
        loaded_module("own_plugins")
