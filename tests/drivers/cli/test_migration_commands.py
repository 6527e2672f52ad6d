"""`parity` and `shadow` as a person meets them; what they find: tests/drivers/migration/."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.migration import parity_report, shadow_report


@pytest.mark.parametrize(("holds", "code"), [(True, 0), (False, 4)])
def test_parity_ends_with_four_if_any_case_differs(
    holds: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def checked(cases: Any, answers: Any, tell: Any) -> list[Any]:
        asked.append((cases, answers))
        return []

    monkeypatch.setattr(parity_report, "checked", checked)
    monkeypatch.setattr(parity_report, "passed", lambda reports: holds)
    ended = tvselect("parity", str(tmp_path), "--json")
    assert ended.exit_code == code
    assert json.loads(ended.stdout)["kind"] == "parity"
    assert asked == [((tmp_path,), None)]
    assert ("some cases differ from v3.4" in ended.stderr) is not holds


def test_parity_wants_a_case_that_is_there(tmp_path: Path) -> None:
    assert tvselect("parity").exit_code == 2
    assert tvselect("parity", str(tmp_path / "nothing")).exit_code == 2


def test_shadow_prints_or_writes_and_with_json_does_both(
    sample_run: SampleRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = {"assets": 3}
    monkeypatch.setattr(shadow_report, "shadow_document", lambda *_: document)
    monkeypatch.setattr(shadow_report, "shadow_text", lambda found: f"{found['assets']} assets")
    given = ("shadow", "--project", str(sample_run.project))
    assert tvselect(*given).stdout == "3 assets\n"
    output = tmp_path / "shadow.md"
    assert tvselect(*given, "--output", str(output)).stdout == ""
    assert output.read_text().strip() == "3 assets"
    both = tvselect(*given, "--output", str(output), "--json")
    assert json.loads(both.stdout)["shadow"] == document
