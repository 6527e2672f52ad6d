"""Digests of files and source trees, and what git says of a work tree, without a trace in the repository."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.provenance import git_state, tree_digest
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


def test_bytes_and_files(tmp_path: Path) -> None:
    content = b"abc" * 1_000_000
    (tmp_path / "x").write_bytes(content)
    assert bytes_digest(b"abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(tmp_path / "x") == bytes_digest(content)
    with pytest.raises(FileNotFoundError):
        file_digest(tmp_path / "y")


def test_values_are_hashed_by_their_canonical_json() -> None:
    assert json_digest({"b": 1.0, "a": (1,)}) == bytes_digest(b'{"a":[1],"b":1}')
    with pytest.raises(TypeError):
        json_digest({1, 2})


def sources(folder: Path) -> Path:
    for name, text in {"a.py": "1", "sub/b.py": "2", "sub/profile.toml": "3", "schema.json": "4"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_tree_is_its_paths_and_bytes(tmp_path: Path) -> None:
    one, two = sources(tmp_path / "one"), sources(tmp_path / "two")
    pairs = [["a.py", "1"], ["schema.json", "4"], ["sub/b.py", "2"], ["sub/profile.toml", "3"]]
    expected = json_digest([[name, bytes_digest(text.encode())] for name, text in pairs])
    assert tree_digest(one) == tree_digest(two) == expected
    for name in ("a.pyc", "notes.md", ".git/x.py", ".venv/y.py", "__pycache__/z.py"):
        (two / name).parent.mkdir(exist_ok=True)
        (two / name).write_text("ignored")
    assert tree_digest(two) == expected
    assert tree_digest(two, ("*.md",)) != tree_digest(one, ("*.md",))
    for name in ("Capital/x.py", "__pycache/x.py", "~/x.py"):
        before = tree_digest(two)
        (two / name).parent.mkdir()
        (two / name).touch()
        assert tree_digest(two) != before


@pytest.mark.parametrize("change", ["edit", "rename", "add", "remove", "move bytes to the next file"])
def test_each_change_of_a_tree_counts(tmp_path: Path, change: str) -> None:
    tree = sources(tmp_path / "tree")
    before = tree_digest(tree)
    if change == "edit":
        (tree / "sub/b.py").write_text("2 ")
    elif change == "rename":
        (tree / "a.py").rename(tree / "c.py")
    elif change == "add":
        (tree / "empty.py").touch()
    elif change == "remove":
        (tree / "a.py").unlink()
    else:
        (tree / "a.py").write_text("")
        (tree / "schema.json").write_text("14")
    assert tree_digest(tree) != before


def test_of_all_folders_only_hidden_ones_and_caches_are_left_out(tmp_path: Path) -> None:
    for name in ("A", "_a", "__init", "__pycache_", "z", ".z", "__pycache__"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").write_text(name)
    names = ["A", "__init", "__pycache_", "_a", "z"]
    assert tree_digest(tmp_path) == json_digest([[f"{name}/x.py", bytes_digest(name.encode())] for name in names])


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing: there is no such folder"):
        tree_digest(tmp_path / "missing")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@x", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed work tree with one ignored file."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = sources(tmp_path / 'project: "ü"')
    (folder / ".gitignore").write_text("*.parquet\n")
    (folder / "data.parquet").write_text("data")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")
    return folder


def insides(repository: Path) -> dict[str, tuple[int, bytes]]:
    """All content, and when it was written; of an object git renews the time when it would have written it again."""
    files = [path for path in (repository / ".git").rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns * ("objects" not in path.parts), path.read_bytes()) for path in files}


def staged_tree(repository: Path, copy: Path) -> str:
    """What git itself makes of the work tree, in a copy."""
    shutil.copytree(repository, copy)
    git(copy, "add", "--all")
    return git(copy, "write-tree")


@needs_git
def test_a_clean_work_tree(repository: Path) -> None:
    commit, tree = git(repository, "rev-parse", "HEAD"), git(repository, "rev-parse", "HEAD^{tree}")
    assert git_state(repository) == git_state(repository / "sub") == {"commit": commit, "tree": tree, "dirty": False}


@needs_git
@pytest.mark.parametrize("change", ["edited", "untracked", "removed", "executable", "hidden by a flag", "nothing"])
def test_the_tree_is_what_is_there(repository: Path, tmp_path: Path, change: str) -> None:
    if change == "edited":
        (repository / "a.py").write_text("edited")
    elif change == "untracked":
        (repository / "sub/new.py").write_text("new")
    elif change == "removed":
        (repository / "a.py").unlink()
    elif change == "executable":
        (repository / "a.py").chmod(0o755)
    elif change == "hidden by a flag":
        git(repository, "update-index", "--assume-unchanged", "a.py")
        (repository / "a.py").write_text("edited")
    (repository / "data.parquet").write_text("ignored files do not count")
    state, commit = git_state(repository), git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--no-assume-unchanged", "a.py")
    expected = staged_tree(repository, tmp_path / "copy")
    assert state == {"commit": commit, "tree": expected, "dirty": change != "nothing"}


@needs_git
@pytest.mark.parametrize("setting", ["core.splitIndex", "core.untrackedCache", "core.fsmonitor"])
def test_nothing_is_written_into_the_repository(repository: Path, setting: str) -> None:
    git(repository, "config", setting, "true")
    (repository / "a.py").write_text("edited")
    (repository / "new.py").write_text("new" * 1000)
    before = insides(repository)
    state = git_state(repository)
    assert state is not None
    assert state["dirty"]
    assert insides(repository) == before


@needs_git
def test_a_repository_without_a_commit(repository: Path, tmp_path: Path) -> None:
    shutil.rmtree(repository / ".git")
    git(repository, "init", "--quiet")
    expected = staged_tree(repository, tmp_path / "copy")
    assert git_state(repository) == {"commit": None, "tree": expected, "dirty": True}


@needs_git
def test_a_linked_work_tree(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "linked"))
    (repository / "a.py").write_text("edited in the other one")
    state = git_state(tmp_path / "linked")
    assert state is not None
    assert not state["dirty"]


@needs_git
def test_what_git_cannot_read_whole_is_dirty(repository: Path) -> None:
    (repository / "inner").mkdir()
    git(repository / "inner", "init", "--quiet")  # without a commit: `git add` refuses it
    assert git_state(repository) == {"commit": git(repository, "rev-parse", "HEAD"), "tree": None, "dirty": True}


@needs_git
def test_inside_a_hook_of_another_repository(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = git_state(repository)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert git_state(repository) == expected
    assert not (tmp_path / "index").exists()


def test_no_work_tree_no_git_or_no_folder(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None
    assert git_state(repository / ".git") is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(repository) is None
