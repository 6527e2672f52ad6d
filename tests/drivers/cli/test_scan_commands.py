"""`tvselect scan` on the command line: what it prints, and how it ends."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.command_line import tvselect
from support.scanner import Scanner, install_stand_in, rows, says, serving

DESK = '[base.scanners.trend]\nmarkets = ["crypto"]\ncolumns = ["close", "update_mode", "ADX"]\n'


@pytest.fixture
def scanner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scanner]:
    install_stand_in(monkeypatch)
    (tmp_path / "tvselect.toml").write_text(DESK)
    with serving(rows(3)) as server:
        monkeypatch.setenv("TVSELECT__SCANNING__BASE_URL", server.url)
        monkeypatch.setenv("TVSELECT__SCANNING__BACKOFF_SECONDS", "0.01")
        yield server


def test_scan_stores_and_reports(scanner: Scanner, tmp_path: Path) -> None:
    done = tvselect("scan", "--project", str(tmp_path), "--json")
    assert done.exit_code == 0
    (scan,) = json.loads(done.stdout)["scan"]["scans"]
    assert (scan["name"], scan["rows"], scan["refused"]) == ("trend_crypto", 3, None)
    assert (tmp_path / "data" / scan["file"]).is_file()


@pytest.mark.parametrize(
    ("content", "status", "code", "message"),
    [
        ({"error": "slow down"}, 429, 1, "trend_crypto answered by HTTP 429"),
        ({"error": "unknown field"}, 400, 2, "trend_crypto answered by HTTP 400"),
        ({"data": [], "totalCount": 7}, 200, 3, "trend_crypto sent 0 of the 7 rows"),
    ],
)
def test_a_refusal_ends_with_the_code_of_its_kind(
    scanner: Scanner, tmp_path: Path, content: object, status: int, code: int, message: str
) -> None:
    scanner.always = says(content, status)
    done = tvselect("scan", "--project", str(tmp_path))
    assert (done.exit_code, message in done.stderr) == (code, True), done.stderr
    assert done.stderr.strip().count("\n") == 0
    assert done.stdout.startswith("trend_crypto: refused; the answers are in refused_scans/trend_crypto_")


def test_without_the_extra_scan_and_doctor_name_it(tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(DESK)
    done = tvselect("scan", "--project", str(tmp_path))
    assert (done.exit_code, "pip install 'tvselect[tradingview]'" in done.stderr) == (2, True)
    checked = tvselect("doctor", "--project", str(tmp_path))
    assert "scanners  scan: the extra `tradingview` isn't installed" in checked.stdout
