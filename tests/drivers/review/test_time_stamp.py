"""An authority's time stamp of a checkpoint is checked by `openssl`: a local authority, made for the test."""

import shutil
import subprocess
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.anchor import anchored
from tradingview_scraper.pipelines.selection.drivers.review.time_stamp import (
    answer_of,
    request_of,
    stamped_at,
    time_stamp_problem,
    written_request,
)
from tradingview_scraper.pipelines.selection.drivers.review.verify import verified
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
CONFIGURATION = """
[stamps]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
ess_cert_id_alg = sha256
[extension]
extendedKeyUsage = critical,timeStamping
"""
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """Who stamps, and the certificate by which it is known."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "own.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self._asked("req", "-x509", *NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Authority")
        self._asked("req", *NEW_KEY, "-keyout", "own.key", "-out", "own.csr", "-subj", "/CN=Stamps")
        signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "own.pem")
        self._asked("x509", "-req", "-in", "own.csr", *signed, "-extfile", "own.cnf", "-extensions", "extension")

    @property
    def certificate(self) -> Path:
        """Of the authority, in PEM."""
        return self.folder / "ca.pem"

    def stamp(self, checkpoint: Path) -> None:
        """Answer the request that lies beside a checkpoint."""
        signer = ("-config", "own.cnf", "-section", "stamps", "-signer", "own.pem", "-inkey", "own.key")
        files = ("-queryfile", str(request_of(checkpoint)), "-out", str(answer_of(checkpoint)))
        self._asked("ts", "-reply", *signer, *files)

    def _asked(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@needs_openssl
def test_a_stamp_is_of_its_checkpoint_and_of_its_authority_alone(authority: Authority, tmp_path: Path) -> None:
    checkpoint = tmp_path / "kept"
    checkpoint.write_text("tvselect/runs/audit.jsonl\n1\n\n")
    assert time_stamp_problem(checkpoint, authority.certificate) == (
        "there is no kept.tsr: the answer to kept.tsq belongs there"
    )
    assert written_request(checkpoint) == request_of(checkpoint)
    authority.stamp(checkpoint)
    assert time_stamp_problem(checkpoint, authority.certificate) is None
    assert stamped_at(checkpoint).endswith("GMT")
    other = Authority(tmp_path / "other")
    assert "is no time stamp of kept by these authorities" in (time_stamp_problem(checkpoint, other.certificate) or "")
    checkpoint.write_text("tvselect/runs/audit.jsonl\n2\n\n")
    assert "is no time stamp of kept by these authorities" in (
        time_stamp_problem(checkpoint, authority.certificate) or ""
    )


@needs_openssl
def test_verify_says_when_a_checkpoint_was_seen(authority: Authority, own_run: SampleRun, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = anchored(own_run.project, None, output=kept, time_stamp=True)
    assert done["request"] == "kept.tsq"
    asked = {"checkpoint": kept, "authorities": authority.certificate}
    before = verified(own_run.project, **asked)  # type: ignore[arg-type]
    assert [problem["kind"] for problem in before["problems"]] == ["time stamp"]
    authority.stamp(kept)
    found = verified(own_run.project, **asked)  # type: ignore[arg-type]
    assert found["ok"]
    stamped = f"the checkpoint kept, seen by a time-stamp authority on {stamped_at(kept)}"
    assert found["against"][0].startswith(stamped)


def test_a_stamp_needs_a_checkpoint_of_its_own(own_run: SampleRun, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--time-stamp needs --output FILE"):
        anchored(own_run.project, None, key=tmp_path / "id", time_stamp=True)
    (tmp_path / "ca.pem").write_text("")
    said = tvselect("verify", "--project", str(own_run.project), "--time-stamp-authority", str(tmp_path / "ca.pem"))
    assert said.exit_code == ConfigurationError.exit_code
    assert "--time-stamp-authority needs --checkpoint FILE" in said.stderr


def test_without_openssl_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match="no time stamp can be asked for: openssl is not installed"):
        written_request(tmp_path / "kept")
