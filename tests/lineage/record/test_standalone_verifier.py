"""The file that each run folder has: it judges as the package does, and as the run's page does, without either."""

import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT
from support.record_in_node import NODE, page_check
from support.sample import SampleRun
from support.tampering import FOLDERS
from support.three_verifiers import disagreement, tampered, verdicts
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored
from tradingview_scraper.pipelines.selection.lineage.record import standalone_verifier
from tradingview_scraper.pipelines.selection.lineage.record.standalone_verifier import folder_problems

SOURCE = ROOT / "lineage/record/standalone_verifier.py"
needs_node = pytest.mark.skipif(NODE is None, reason="node is not installed")


def said(folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit code and lines of the file in a folder, by a Python that sees no package."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_it_is_one_short_file_of_the_standard_library() -> None:
    text = SOURCE.read_text("utf-8")
    assert len(text.splitlines()) < 160
    imports = {line.split()[1] for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert imports <= {*sys.stdlib_module_names}


def test_every_run_has_it_and_it_runs_alone(own_run: SampleRun, tmp_path: Path) -> None:
    assert (own_run.folder / "verify.py").read_bytes() == SOURCE.read_bytes()
    nothing = "checked against nothing from outside: a record rewritten whole would pass"
    assert said(own_run.folder) == (0, ["all as the run left it", nothing])
    anchored(own_run.project, None, output=tmp_path / "kept")
    assert said(own_run.folder, "--checkpoint", str(tmp_path / "kept")) == (0, ["all as the run left it"])
    (own_run.folder / "gates.json").write_text("{}")
    code, lines = said(own_run.folder, "--checkpoint", str(tmp_path / "kept"))
    assert (code, lines) == (4, ["gates.json: changed"])
    alone = (own_run.folder).rename(tmp_path / own_run.run_id)
    assert said(alone)[1][1] == "not checked against the project's ledger: --log FILE"


def test_links_are_no_files(own_run: SampleRun) -> None:
    log = (own_run.project / "runs/audit.jsonl").read_bytes()
    for name in ("gates.json", "receipt.json", "audit.jsonl"):
        (own_run.folder / name).symlink_to((own_run.folder / name).rename(own_run.project / name))
    (own_run.folder / "more").symlink_to(own_run.project)
    assert sorted(folder_problems(own_run.folder, log, None)) == [
        *(("audit.jsonl", "a link"), ("gates.json", "a link")),
        *(("more", "extra: the run didn't write it"), ("receipt.json", "a link")),
    ]


def test_a_checkpoint_of_something_else_is_told(own_run: SampleRun, tmp_path: Path) -> None:
    anchored(own_run.project, own_run.run_id, output=tmp_path / "kept")
    assert said(own_run.folder, "--checkpoint", str(tmp_path / "kept"))[0] == 0
    for content in (
        b"",
        b"\xff",
        b"tvselect/runs/other/audit.jsonl\n1\nAAAA\n",
        b"tvselect/runs/audit.jsonl\nx\nAAAA\n",
    ):
        (tmp_path / "kept").write_bytes(content)
        assert said(own_run.folder, "--checkpoint", str(tmp_path / "kept"))[0] == 4


@needs_node
def test_the_three_agree_on_what_was_tampered_with(sample_run: SampleRun, tmp_path: Path) -> None:
    """Given a checkpoint all of it is found; without one what was forged whole is not, by none of them."""
    with page_check() as page:
        whole = verdicts(sample_run.folder, None, page)
        assert whole == ([], [], []), disagreement("nothing", whole)
        for way, folder, kept in tampered(sample_run.project, sample_run.run_id, tmp_path, 1 + len(FOLDERS), seed=1):
            found = verdicts(folder, kept, page)
            assert found.package, disagreement(way, found)
            assert found.agree, disagreement(way, found)
            if way == "forged":
                bare = verdicts(folder, None, page)
                assert bare == ([], [], []), disagreement(way, bare)


def test_it_says_what_it_is() -> None:
    assert "without tvselect" in str(standalone_verifier.__doc__)
