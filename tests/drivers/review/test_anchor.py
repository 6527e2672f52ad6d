"""A checkpoint that is signed, kept elsewhere or noted in git shows what no chain can: a cut end, a ledger written anew."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.review.anchor import (
    VERSION,
    anchored,
    noted,
    noted_heads,
    read_head,
    signature_problem,
    sound_head,
    statement,
    written_head,
)
from tradingview_scraper.pipelines.selection.drivers.review.programs import answered
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.lineage.record import ledger
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, read_checkpoint
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import grown, tree_head
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "desk", "-f", str(path)], check=True)
    return path


@pytest.fixture
def signers(key: Path, tmp_path: Path) -> Path:
    path = tmp_path / "allowed_signers"
    path.write_text(f"desk@example.org {key.with_suffix('.pub').read_text()}")
    return path


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def repository(own_run: SampleRun) -> SampleRun:
    git(own_run.project, "init", "-q")
    git(own_run.project, "config", "user.name", "t")
    git(own_run.project, "config", "user.email", "t@example.org")
    git(own_run.project, "add", ".")
    git(own_run.project, "commit", "-q", "-m", "start")
    return own_run


def kinds(run: SampleRun, **options: object) -> list[str]:
    return [problem["kind"] for problem in verified(run.project, **options)["problems"]]  # type: ignore[arg-type]


def rewritten(path: Path) -> None:
    """The project's ledger begun anew, with only what came last."""
    events = list(ledger.read(path))
    path.unlink()
    for event in events[:1]:
        ledger.append(
            path,
            {name: value for name, value in event.items() if name not in ("schema", "seq", "prev", "ts")},
        )
    shutil.rmtree(path.parent / "log")
    grown(path.parent)


@needs_ssh
def test_a_signed_head_is_verified_and_recorded(own_run: SampleRun, key: Path, signers: Path) -> None:
    assert kinds(own_run, allowed_signers=signers) == ["signature"]
    before = tree_head(own_run.project / "runs")
    done = anchored(own_run.project, None, key=key)
    assert done["ledger"] == "runs/audit.jsonl"
    assert read_checkpoint((own_run.project / "runs/checkpoint").read_bytes()) == before
    assert done["head"].startswith("1:")
    *_, last = ledger.read(own_run.project / "runs/audit.jsonl")
    assert (last["event"], last["run_id"], last["head"]["size"]) == ("ledger.anchored", None, 1)
    assert last["tags"] == {"method": "ssh", "place": "runs/checkpoint"}
    assert kinds(own_run, allowed_signers=signers, everything=True) == []


@needs_ssh
def test_a_run_is_signed_on_its_own(own_run: SampleRun, key: Path, signers: Path) -> None:
    arguments = ["--project", str(own_run.project)]
    result = CliRunner().invoke(main, ["anchor", own_run.run_id, "--sign", str(key), *arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["anchor"]["place"] == f"runs/{own_run.run_id}/checkpoint"
    result = CliRunner().invoke(main, ["verify", own_run.run_id, "--allowed-signers", str(signers), *arguments])
    assert result.exit_code == 0, result.output


@needs_ssh
def test_what_contradicts_the_signed_head_is_found(own_run: SampleRun, key: Path, signers: Path) -> None:
    anchored(own_run.project, None, key=key)
    rewritten(own_run.project / "runs/audit.jsonl")
    assert "rewritten" in kinds(own_run)  # even without knowing who may sign
    kept = own_run.project / "runs/checkpoint"
    kept.write_text(kept.read_text().replace("\n1\n", "\n2\n"))
    assert "signature" in kinds(own_run, allowed_signers=signers)


@needs_ssh
def test_a_stranger_s_signature_is_refused(own_run: SampleRun, key: Path, tmp_path: Path) -> None:
    anchored(own_run.project, None, key=key)
    other = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
    (tmp_path / "strangers").write_text(f"x@example.org {other.with_suffix('.pub').read_text()}")
    problems = verified(own_run.project, allowed_signers=tmp_path / "strangers")["problems"]
    assert problems[0]["message"].startswith("none of the allowed signers made checkpoint.sig")


@needs_ssh
def test_a_statement_copied_from_another_run_is_refused(own_run: SampleRun, key: Path) -> None:
    anchored(own_run.project, None, key=key)
    for name in ("checkpoint", "checkpoint.sig"):
        shutil.copy(own_run.project / "runs" / name, own_run.folder / name)
    assert kinds(own_run) == ["signature"]


@needs_git
def test_a_git_note_is_verified(repository: SampleRun) -> None:
    done = anchored(repository.project, None, git_note=True)
    assert done["place"] == git(repository.project, "rev-parse", "HEAD").strip()
    note = git(repository.project, "notes", "--ref=tvselect-audit", "show", "HEAD")
    assert note.strip() == f"tvselect-audit v1 runs/audit.jsonl {done['head']}"
    anchored(repository.project, None, git_note=True)  # a second one stands beside it
    assert kinds(repository, git_notes=True) == []
    rewritten(repository.project / "runs/audit.jsonl")
    assert kinds(repository) == []
    assert kinds(repository, git_notes=True) == ["rewritten", "truncated"]


@needs_git
def test_a_project_in_a_folder_of_its_repository_has_its_own_notes(own_run: SampleRun) -> None:
    top = own_run.project.parent
    git(top, "init", "-q")
    git(top, "config", "user.name", "t")
    git(top, "config", "user.email", "t@example.org")
    git(top, "commit", "-q", "--allow-empty", "-m", "start")
    anchored(own_run.project, own_run.run_id, git_note=True)
    assert f" copy/runs/{own_run.run_id}/audit.jsonl " in git(top, "notes", "--ref=tvselect-audit", "show", "HEAD")
    assert kinds(own_run, git_notes=True) == []


def test_what_can_t_be_anchored_says_why(own_run: SampleRun, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="either --git-note, or --sign KEYFILE"):
        anchored(own_run.project, None)
    (tmp_path / "nokey").write_text("no key")
    with pytest.raises(ConfigurationError, match="ssh-keygen"):
        anchored(own_run.project, None, key=tmp_path / "nokey")
    with pytest.raises(ConfigurationError, match="git"):
        anchored(own_run.project, None, git_note=True)
    with (own_run.project / "runs/audit.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(VerificationError, match="a broken ledger isn't anchored"):
        anchored(own_run.project, None, key=tmp_path / "nokey")
    assert not (own_run.project / "runs/checkpoint").exists()
    with pytest.raises(ConfigurationError, match="either --git-note, or --sign KEYFILE"):
        anchored(own_run.project, None, key=tmp_path / "nokey", git_note=True)


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("cat; echo one >&2; echo two >&2", ("in\n", "two")),
        ("echo x", ("x\n", "exit code 0")),
        ("echo x; echo one >&2; echo two >&2; echo three >&2; exit 1", (None, "three")),
        ("exit 255", (None, "exit code 255")),
        ("kill -9 $$", (None, "exit code -9")),
    ],
)
def test_what_a_program_answers_by_hand(script: str, answer: tuple[str | None, str]) -> None:
    assert answered(["sh", "-c", script], b"in\n") == answer
    assert answered(["there-is-no-such-program"]) == (None, "there-is-no-such-program is not installed")


@needs_git
def test_the_notes_of_all_commits_are_read(repository: SampleRun) -> None:
    project, folder = repository.project, repository.project / "runs"
    heads = [ledger.Head(size, HASH) for size in (1, 2, 3)]
    assert noted_heads(project, folder) == []
    for head in heads:
        git(project, "commit", "-q", "--allow-empty", "-m", "more")
        commit = git(project, "rev-parse", "HEAD").strip()
        assert noted(project, folder, head) == noted(project, folder, head) == ("git note", commit)
    noted(project, repository.folder, ledger.Head(9, HASH))
    assert sorted(noted_heads(project, folder)) == heads
    assert noted_heads(project, repository.folder) == [ledger.Head(9, HASH)]


@needs_git
def test_an_inherited_redirection_can_t_send_a_note_elsewhere(
    repository: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-q", "--allow-empty", "-m", "not the project's")
    commit = git(repository.project, "rev-parse", "HEAD").strip()
    with monkeypatch.context() as inside_a_hook:
        inside_a_hook.setenv("GIT_DIR", str(other / ".git"))
        inside_a_hook.setenv("GIT_WORK_TREE", str(other))
        inside_a_hook.setenv("GIT_NAMESPACE", "stranger")
        place = anchored(repository.project, None, git_note=True)["place"]
        assert kinds(repository, git_notes=True) == []
    assert place == commit
    assert git(other, "for-each-ref", "refs/notes", "refs/namespaces") == ""
    assert "tvselect-audit v1" in git(repository.project, "notes", "--ref=tvselect-audit", "show", commit)


@needs_git
def test_a_note_without_a_committer_is_refused_by_name(
    repository: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository.project, "config", "--unset", "user.name")
    git(repository.project, "config", "--unset", "user.email")
    git(repository.project, "config", "user.useConfigOnly", "true")  # else git takes login and host for a name
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"who commits.*user\.name"):
        anchored(repository.project, None, git_note=True)
    events = [event["event"] for event in ledger.read(repository.project / "runs/audit.jsonl")]
    assert "ledger.anchored" not in events


def test_a_long_text_that_is_no_head_is_shown_by_its_beginning() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_head("9" * 80 + "8" * 80)
    assert str(caught.value).startswith(f"'{'9' * 80}' is no head")


HASH = "0123456789abcdef" * 4


def test_a_head_is_written_as_it_is_read() -> None:
    assert read_head(f"12:{HASH}") == ledger.Head(12, HASH)
    assert written_head(read_head(f"0:{HASH}")) == f"0:{HASH}"


@pytest.mark.parametrize(
    "text", ["", "12", ":", f":{HASH}", f"x:{HASH}", f"-1:{HASH}", f"1:{HASH[:-1]}", f"1:{HASH}0", f"1:{HASH.upper()}"]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no head: write SIZE:HASH as `tvselect run` printed it"):
        read_head(text)


KEPT = Checkpoint("runs/a/audit.jsonl", 7, bytes(range(32)))
STATED = KEPT.text().decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (STATED.replace("runs/a/", "runs/b/"), "checkpoint speaks of runs/b/audit.jsonl, not of runs/a/audit.jsonl"),
        (STATED.replace("tvselect/", "tvselect-audit v1/"), "it is no checkpoint: its lines are"),
        (STATED.replace("\n7\n", "\n07\n"), "it is no checkpoint: its lines are"),
        (b"\xff", "it is no checkpoint ("),
    ],
)
def test_a_statement_speaks_of_its_own_ledger(content: str | bytes, words: str, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a"
    folder.mkdir(parents=True)
    assert statement(tmp_path, folder) is None
    (folder / "checkpoint").write_bytes(KEPT.text())
    assert statement(tmp_path, folder) == KEPT
    (folder / "checkpoint").write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(VerificationError) as caught:
        statement(tmp_path, folder)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (("checkpoint.sig",), "there is no checkpoint"),
        (("checkpoint",), "there is no checkpoint.sig"),
        ((), "there is no checkpoint and no checkpoint.sig"),
    ],
)
def test_a_signature_needs_both_files(there: tuple[str, ...], words: str, tmp_path: Path) -> None:
    for name in there:
        (tmp_path / name).touch()
    assert signature_problem(tmp_path / "checkpoint", tmp_path / "signers") == words


@needs_ssh
def test_a_signature_of_another_content_is_refused(own_run: SampleRun, key: Path, signers: Path) -> None:
    anchored(own_run.project, None, key=key)
    kept = own_run.project / "runs/checkpoint"
    assert signature_problem(kept, signers) is None
    kept.write_bytes(kept.read_bytes() + b"\n")
    assert str(signature_problem(kept, signers)).startswith("checkpoint.sig doesn't belong to checkpoint (")


def test_a_program_that_is_not_there_is_named(
    own_run: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="refuses the key k: ssh-keygen is not installed"):
        anchored(own_run.project, None, key=tmp_path / "k")


def test_of_a_broken_ledger_the_problems_are_counted_and_the_first_is_told(own_run: SampleRun) -> None:
    path = own_run.project / "runs/audit.jsonl"
    with path.open("a") as file:
        file.write("{}\n")
    problems = ledger.verify(path).problems
    with pytest.raises(VerificationError) as caught:
        sound_head(path)
    first = f"the first at line {problems[0].line} ({problems[0].message})"
    assert str(caught.value).startswith(f"audit.jsonl: {len(problems)} problems, {first}; a broken")


def test_one_way_of_anchoring_is_asked_for(tmp_path: Path) -> None:
    for options in ({}, {"key": tmp_path, "git_note": True}):
        with pytest.raises(ConfigurationError) as caught:
            anchored(tmp_path, None, **options)  # type: ignore[arg-type]
        assert str(caught.value) == "anchor: say either --git-note, or --sign KEYFILE, --output FILE or both"


@needs_git
def test_heads_are_read_from_the_notes_of_all_commits(repository: SampleRun) -> None:
    """Each once, of this ledger and version only; a message that looks like one is no note."""
    project, runs = repository.project, repository.project / "runs"
    heads = [ledger.Head(number, HASH) for number in (1, 2, 3)]
    assert noted_heads(project, runs) == []
    line = f"{VERSION} runs/audit.jsonl {written_head(heads[2])}"
    for number, head in enumerate(heads[:2]):
        git(project, "commit", "-q", "--allow-empty", "-m", f"{line}\n\n{line}" if number else "plain")
        assert noted(project, runs, head) == ("git note", git(project, "rev-parse", "HEAD").strip())
    noted(project, runs, heads[0])
    noted(project, repository.folder, heads[2])
    git(project, "notes", "--ref=tvselect-audit", "append", "-m", line.replace("v1", "v2"), "HEAD")
    assert sorted(noted_heads(project, runs)) == heads[:2]
    assert noted_heads(project, repository.folder) == [heads[2]]


@pytest.mark.parametrize(
    ("script", "answer"),
    [
        ("echo one; echo two >&2; echo three >&2", ("one\n", "three")),
        ("echo one; echo a >&2; echo b >&2; echo c >&2; exit 3", (None, "c")),
        ("exit 3", (None, "exit code 3")),
        ("cat", ("given", "exit code 0")),
    ],
)
def test_a_program_answers_and_says(script: str, answer: tuple[str | None, str]) -> None:
    assert answered(["sh", "-c", script], b"given") == answer


def test_a_program_that_is_missing_says_so() -> None:
    assert answered(["no-such-program-anywhere"]) == (None, "no-such-program-anywhere is not installed")
