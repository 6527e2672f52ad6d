"""`scan` in a project: what is whole is stored, what isn't ends it, and a run reads what was stored."""

import json
import shutil
from pathlib import Path

import pytest

from support.lakes import market_folder
from support.market import SETTINGS
from support.scanner import Scanner, install_stand_in, says
from tradingview_scraper.pipelines.selection.drivers.execution.findings import table_lines
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.lakehouse.ingest_project import ingested
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.scanning.scan_project import scan_text, scanned, scanner_lines
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, DataContractError

TWO = """
[base.scanners.first]
markets = ["crypto"]
columns = ["close", "update_mode", "ADX"]
[base.scanners.second]
markets = ["crypto", "america"]
columns = ["close", "update_mode", "ADX"]
"""
LIVE = """
[base.scanners.live]
markets = ["crypto"]
columns = ["close", "update_mode", "ADX"]
meta = { direction = "LONG", logic = "live", market = "CRYPTO" }
"""


@pytest.fixture(autouse=True)
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    install_stand_in(monkeypatch)


def quick(scanner: Scanner) -> list[str]:
    return [f"scanning.base_url={scanner.url}", "scanning.page_rows=10", "scanning.backoff_seconds=0.01"]


def test_one_refusal_keeps_no_other_scan_back(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(TWO)
    page = [lambda handler, body: handler.answer(handler.page(body))] * 3
    scanner.faults = [says(b"", 503), *page, says({"data": 1}), *page]
    report, error = scanned(tmp_path, command_line=quick(scanner))
    assert [(scan["name"], scan["rows"], scan["requests"]) for scan in report["scans"]] == [
        ("first_crypto", 23, 4),
        ("second_crypto", 0, 1),
        ("second_america", 23, 3),
    ]
    assert type(error) is DataContractError
    assert str(error).startswith("scan: 1 of 3 refused: second_crypto sent JSON that is no page")
    files = [scan["file"] for scan in report["scans"]]
    assert [(tmp_path / "data" / str(name)).is_file() for name in files] == [True, True, True]
    assert [str(name).partition("/")[0] for name in files] == ["scans", "refused_scans", "scans"]
    assert [path for path, _ in scanner.requests][-1] == "/america/scan"
    text = scan_text(report)
    assert (
        f"first_crypto: 23 rows, 4 requests, 1 of them in vain: {files[0]}\n  in vain: answered by HTTP 503\n" in text
    )
    assert f"second_crypto: refused; the answers are in {files[1]}" in text


def test_only_those_that_are_named_are_asked(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(TWO)
    report, error = scanned(tmp_path, only=["first"], command_line=quick(scanner))
    assert error is None
    assert [scan["name"] for scan in report["scans"]] == ["first_crypto"]
    with pytest.raises(ConfigurationError, match="there is no scanner 'frist'; did you mean first"):
        scanned(tmp_path, only=["frist"], command_line=quick(scanner))


def test_a_profile_without_scanners_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the profile v4 names no scanner: write \[base\.scanners\.NAME\]"):
        scanned(tmp_path)


def test_what_should_be_known_is_said(scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(LIVE)
    for row in scanner.held:
        row["d"] = [1.0, "delayed_streaming_900", None]
    asked = [*quick(scanner), "scanners.live.limit=7", 'data.scans=["export/*.json"]']
    lines = scan_text(scanned(tmp_path, command_line=asked)[0]).splitlines()
    assert lines[0].startswith("live_crypto: 7 rows, 23 match, 1 request: scans/live_crypto_")
    assert lines[1:] == [
        "  delayed: 7 delayed_streaming_900",
        "  no row has a value of 1: ADX",
        "  no run will read it: it is under none of the patterns of data.scans",
    ]
    asked = [*quick(scanner), 'scanners.live.columns=["a","b","c"]']
    text = scan_text(scanned(tmp_path, data=tmp_path / "other", command_line=asked)[0])
    assert "whether its rows are delayed isn't known" in text
    assert len(list((tmp_path / "other" / "scans").iterdir())) == 1


def test_doctor_s_line_says_who_is_asked_or_why_nobody_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(LIVE)
    settings = resolved_settings(project=tmp_path).settings
    assert scanner_lines(settings) == ["scanners  live_crypto: `tvselect scan` asks by tradingview-scraper unknown"]
    monkeypatch.undo()
    (line,) = scanner_lines(settings)
    assert line.startswith("scanners  scan: the extra `tradingview` isn't installed")
    assert scanner_lines(resolved_settings().settings) == []


def test_a_run_reads_the_scan_and_says_so_from_folder_and_lakehouse_alike(scanner: Scanner, tmp_path: Path) -> None:
    shutil.copytree(market_folder(), tmp_path / "data")
    exports = sorted((tmp_path / "data" / "scans").glob("crypto_long*"))
    records = json.loads(exports[-1].read_text())["data"]
    for path in (tmp_path / "data" / "scans").iterdir():
        path.unlink()
    scanner.held = [{"s": record["symbol"], "d": [1.0, "streaming", 25.0]} for record in records]
    (tmp_path / "tvselect.toml").write_text(LIVE)
    report, error = scanned(tmp_path, command_line=quick(scanner))
    assert (error, report["scans"][0]["rows"]) == (None, len(records))
    settings = {**SETTINGS, "data.max_age_days": 1_000_000}
    found = [run(tmp_path, settings=settings)]
    ingested(tmp_path, tmp_path / "data")
    found.append(run(tmp_path, settings={**settings, "data.provider": "lakehouse"}))
    for each in found:
        (asked,) = each.selection.tables.asked
        assert f"asked {asked}" in table_lines(each.selection.tables)
        assert asked.startswith(f"live_crypto of {scanner.url}/crypto/scan at ")
        assert f"candidates were asked of a live scanner: {asked}" in each.selection.coverage["notes"]
        assert each.selection.coverage["candidate_records"] == len(records)
        assert set(each.selection.winners["logic"]) == {"live"}
    assert (found[0].folder / "decisions.parquet").read_bytes() == (found[1].folder / "decisions.parquet").read_bytes()
