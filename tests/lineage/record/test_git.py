"""Git answers about the folder that it is asked about, asks nothing back, and is quoted where it refuses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.git import (
    GitError,
    git_bytes,
    git_text,
    require_identity,
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


def repository(folder: Path, message: str) -> Path:
    folder.mkdir()
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    for arguments in (("init", "-q"), ("commit", "-q", "--allow-empty", "-m", message)):
        subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True)
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return repository(tmp_path / "here", "here")


def subject(folder: Path) -> str:
    return git_text(folder, "log", "-1", "--format=%s")


def test_bytes_are_whole_and_text_loses_its_last_newline(here: Path) -> None:
    assert git_bytes(here, "log", "-1", "--format=%s") == b"here\n"
    assert subject(here) == "here"


def test_no_inherited_variable_sends_a_command_elsewhere(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = repository(tmp_path / "there", "there")
    shown = git_text(here, "rev-parse", "--local-env-vars").split()
    configuring = {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG"}
    for name in {*shown, "GIT_NAMESPACE", "GIT_NOTES_REF"} - configuring:
        monkeypatch.setenv(name, str(there / ".git"))
    assert subject(here) == "here"
    assert git_text(here, "rev-parse", "--show-toplevel") == str(here.resolve())
    # What a caller sets on purpose does count.
    assert git_text(here, "log", "-1", "--format=%s", environment={"GIT_DIR": str(there / ".git")}) == "there"


def test_a_refusal_ends_with_what_git_said_last(here: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"git rev-parse refuses in 'here': fatal: Needed a single revision"):
        git_bytes(here, "rev-parse", "--verify", "nothing")
    with pytest.raises(GitError, match="no folder 'gone'"):
        git_bytes(tmp_path / "gone", "status")


@pytest.mark.parametrize(
    ("script", "said"),
    [("echo one >&2; echo two >&2; echo three >&2; exit 3", "three"), ("exit 3", "exit code 3")],
)
def test_of_a_refusal_the_last_line_is_quoted_or_else_the_exit_code(here: Path, script: str, said: str) -> None:
    with pytest.raises(GitError) as caught:
        git_bytes(here, "say", "more", settings=(f"alias.say=!f() {{ {script}; }}; f",))
    assert str(caught.value) == f"git say refuses in 'here': {said}"


def test_a_machine_without_git_is_told_so(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match="can't be started in 'here': No such file"):
        git_bytes(here, "status")


def test_hooks_and_monitors_of_the_repository_are_not_started(here: Path) -> None:
    trace = here / "started"
    for name in ("post-commit", "reference-transaction", "monitor"):
        hook = here / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
        hook.chmod(0o755)
    git_bytes(here, "config", "core.fsmonitor", str(here / ".git/hooks/monitor"))
    who = ("user.name=t", "user.email=t@example.org")
    git_bytes(here, "commit", "--allow-empty", "-m", "again", settings=who)
    git_bytes(here, "status")
    assert not trace.exists()


def test_nothing_is_asked(here: Path) -> None:
    assert git_text(here, "-c", "alias.say=!echo $GIT_TERMINAL_PROMPT", "say") == "0"
    assert git_bytes(here, "-c", "alias.read=!cat", "read") == b""


def test_who_commits_must_be_known(here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    git_bytes(here, "config", "user.useConfigOnly", "true")
    with pytest.raises(GitError, match=r"doesn't know who commits .*user\.name"):
        require_identity(here)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(name, "t")
    require_identity(here)
