"""The one way to git: what it answers about the repository that holds a folder, or an error with its last line.

The repository is the folder's own, whatever the environment says: of the inherited `GIT_*` variables only those that name
a person or configure git itself are handed on. Inside a git hook the others point at the hook's repository and index.
No program of the repository's settings is started but its content filters, nothing is asked, nothing is fetched.
"""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

_HANDED_ON = (
    "GIT_AUTHOR_",
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMITTER_",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_EXEC_PATH",
)
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
_SETTINGS = ("core.fsmonitor=false", f"core.hooksPath={os.devnull}", "color.ui=false")


class GitError(ConfigurationError):
    """Git is not installed, or refuses."""


def git_bytes(
    folder: Path, *arguments: str, settings: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> bytes:
    """What git writes on stdout when it is started in `folder`.

    `settings` (`name=value`) and `environment` come on top of what every command gets.

    Raises:
        GitError: git is not installed, the folder isn't there, or git refuses.
    """
    stated = [part for setting in (*_SETTINGS, *settings) for part in ("-c", setting)]
    if not folder.is_dir():
        raise GitError(f"git: there is no folder {folder.name!r}")
    try:
        done = subprocess.run(
            ["git", "--no-pager", *stated, *arguments],
            cwd=folder,
            env={**_inherited(os.environ), **_ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise GitError(f"git can't be started in {folder.name!r}: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise GitError(f"git {arguments[0]} refuses in {folder.name!r}: {said[-1]}")
    return done.stdout


def git_text(
    folder: Path, *arguments: str, settings: Sequence[str] = (), environment: Mapping[str, str] | None = None
) -> str:
    """What git writes on stdout, as text without the last newline; a file name may hold any byte.

    Raises:
        GitError: as `git_bytes`.
    """
    return os.fsdecode(git_bytes(folder, *arguments, settings=settings, environment=environment)).rstrip("\n")


def require_identity(folder: Path) -> None:
    """Check that git knows in whose name it would commit.

    Raises:
        GitError: it doesn't, or it is not installed.
    """
    for role in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        try:
            git_bytes(folder, "var", role)
        except GitError as error:
            raise GitError(
                f"git doesn't know who commits ({error}); say `git config user.name NAME` and "
                "`git config user.email ADDRESS` in the project"
            ) from None


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if not name.startswith("GIT_") or name.startswith(_HANDED_ON)
    }
