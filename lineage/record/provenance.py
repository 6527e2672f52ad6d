"""Which code ran: digests of source folders, and the state of a git work tree."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TypedDict

from tradingview_scraper.pipelines.selection.lineage.record.git import GitError, git_text
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest, json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SOURCE_PATTERNS = ("*.py", "*.toml", "*.json")

# For a work tree that is hashed and thrown away.
_SCRATCH_SETTINGS = (
    "core.splitIndex=false",  # would write beside the real index
    "core.safecrlf=false",  # would stop at mixed line ends
    "core.compression=0",  # objects that are thrown away at once need neither packing
    "core.fsync=none",  # nor a disk
)


class GitState(TypedDict):
    """What a git work tree holds. `tree` names its very content; None, and dirty, where git could not read it all."""

    commit: str | None
    tree: str | None
    dirty: bool


def tree_digest(folder: Path, patterns: Sequence[str] = SOURCE_PATTERNS) -> str:
    """The digest of a folder's source files: their relative paths and bytes, in the order of the paths.

    Left out: hidden folders (`.git`, `.venv`), `__pycache__`, links to folders, names that match no pattern.

    Raises:
        ConfigurationError: there is no such folder.
        OSError: a file or folder can't be read.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder.name}: there is no such folder of sources")
    files = {path.relative_to(folder).as_posix(): path for path in _sources(folder, patterns)}
    return json_digest([[name, file_digest(files[name])] for name in sorted(files)])


def git_state(folder: Path) -> GitState | None:
    """Commit and exact content of the work tree that holds `folder`; None outside one, or without git.

    The tree is the one that git would commit after `git add -A`: changed and untracked files count, ignored ones don't.
    Nothing is written into the repository, for index and new objects are temporary. (Git renews the time stamps of
    objects that it finds there, and a filter such as LFS does what it does.) Git reads every file of the work tree, so
    what is large and not source should be ignored.

    Raises:
        OSError: the temporary folder can't be made.
    """
    top = _answer(folder, "rev-parse", "--show-toplevel")
    objects = _answer(folder, "rev-parse", "--git-path", "objects")
    if top is None or objects is None:
        return None
    commit = _answer(folder, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    committed = commit and _answer(folder, "rev-parse", f"{commit}^{{tree}}")
    with tempfile.TemporaryDirectory(prefix="git-state-") as scratch:
        tree = _work_tree(Path(top), commit, Path(folder, objects).resolve(), Path(scratch))
    return GitState(commit=commit, tree=tree, dirty=tree is None or tree != committed)


def _work_tree(top: Path, commit: str | None, objects: Path, scratch: Path) -> str | None:
    quoted = str(objects).replace("\\", "\\\\").replace('"', '\\"')
    aside = {
        "GIT_INDEX_FILE": str(scratch / "index"),
        "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"',
    }
    (scratch / "objects").mkdir()
    # A fresh index rather than a copy: flags such as assume-unchanged would hide changes.
    start = ("read-tree", commit) if commit else ("read-tree", "--empty")
    for step in (start, ("add", "--all")):
        if _answer(top, *step, **aside) is None:
            return None
    return _answer(top, "write-tree", **aside)


def _answer(folder: Path, *arguments: str, **environment: str) -> str | None:
    """What git answers; None if there is no git, or it refuses."""
    try:
        return git_text(folder, *arguments, settings=_SCRATCH_SETTINGS, environment=environment)
    except GitError:
        return None


def _sources(folder: Path, patterns: Sequence[str]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        yield from (Path(parent, name) for name in files if any(fnmatch(name, pattern) for pattern in patterns))


def _raise(error: OSError) -> None:
    raise error
