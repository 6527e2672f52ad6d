"""The user's modules: found in the project, read afresh, refused by name."""

import importlib
import sys
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.plugins import blamed, loaded_module, project_on_path
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


def project(folder: Path, text: str) -> Path:
    folder.mkdir()
    (folder / "own_plugins.py").write_text(text)
    return folder


def test_each_project_has_its_own_module_of_a_name(tmp_path: Path) -> None:
    before = list(sys.path), list(sys.meta_path)
    for number in (1, 2):
        with project_on_path(project(tmp_path / str(number), f"NUMBER = {number}\n")):
            assert number == loaded_module("own_plugins", "features.modules").NUMBER
            assert sys.path == before[0]
    assert (sys.path, sys.meta_path) == before


def test_what_anothers_code_raises_is_named_with_its_cause() -> None:
    with pytest.raises(ConfigurationError, match=r"^the feed raised KeyError: 'a'$") as raised, blamed("the feed"):
        raise KeyError("a")
    assert isinstance(raised.value.__cause__, KeyError)
    for nobodys in (KeyboardInterrupt, MemoryError):
        with pytest.raises(nobodys), blamed("the feed"):
            raise nobodys


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_library\n", "it needs 'no_such_library', missing for 'own_plugins'"),
        ("def (\n", "can't be imported: it raised SyntaxError"),
        ("nothing\n", "can't be imported: it raised NameError"),
    ],
)
def test_what_cannot_be_imported_is_refused_by_name(text: str, message: str, tmp_path: Path) -> None:
    with project_on_path(project(tmp_path / "one", text)), pytest.raises(ConfigurationError, match=message):
        loaded_module("own_plugins", "features.modules")


def test_nothing_of_the_folder_is_executed_that_no_setting_names(tmp_path: Path) -> None:
    folder = project(tmp_path / "one", "import own_neighbour\n")
    (folder / "own_neighbour.py").write_text("import json, own_helper\n")
    (folder / "own_helper.py").write_text("")
    for name in ("json", "hypothesis", "own_stranger"):
        (folder / f"{name}.py").write_text("raise SystemExit('executed')\n")
    for name in ("json", "hypothesis"):
        sys.modules.pop(name, None)
    with project_on_path(folder):
        loaded_module("own_plugins", "features.modules")
        assert Path(str(importlib.import_module("json").__file__)).parent.parent != folder
        importlib.import_module("hypothesis")
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("own_stranger")


def test_a_module_that_has_the_name_of_one_of_pythons_is_refused(tmp_path: Path) -> None:
    folder = project(tmp_path / "one", "")
    for name in ("json", "hypothesis"):
        (folder / f"{name}.py").write_text("raise SystemExit('executed')\n")
        with (
            project_on_path(folder),
            pytest.raises(ConfigurationError, match=f"'{name}' has the name of a module of this"),
        ):
            loaded_module(name, "features.modules")
