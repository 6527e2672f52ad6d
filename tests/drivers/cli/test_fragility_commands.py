"""`fragility`, and what `explain` and the page say of it: every figure shown is a recorded one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.browser import opened_page
from support.command_line import tvselect

DRAWS = 2


@pytest.fixture(scope="module")
def found(project: Path, ran: Any) -> dict[str, Any]:
    """The figures of the run in the project, as the command tells them."""
    del ran
    asked = tvselect("fragility", "--draws", str(DRAWS), "--seed", "7", "--json", "--project", str(project))
    assert asked.exit_code == 0, asked.output
    document: dict[str, Any] = json.loads(asked.stdout)["fragility"]
    return document


def shown_counts(row: dict[str, Any], found: dict[str, Any]) -> list[tuple[str, str]]:
    return [(str(row[kind]), str(each["draws"])) for kind, each in found["kinds"].items()]


def test_it_is_kept_beside_the_record_which_stays_whole(project: Path, found: dict[str, Any]) -> None:
    (kept,) = (project / "reports").glob("*-fragility.json")
    assert json.loads(kept.read_text()) == found
    assert kept.name == f"{found['run_id']}-fragility.json"
    assert tvselect("verify", "--project", str(project)).exit_code == 0
    again = tvselect("fragility", "--draws", str(DRAWS), "--seed", "7", "--project", str(project))
    assert json.loads(kept.read_text()) == found
    for row in (each for each in found["assets"] if each["winner"]):
        line = next(line for line in again.stdout.splitlines() if line.startswith(f"{row['asset']} "))
        assert re.findall(r"(\d+)/(\d+)", line) == shown_counts(row, found)
    for each in found["features"]:
        line = next(line for line in again.stdout.splitlines() if line.startswith(f"without {each['feature']} "))
        assert all(name in line for name in (*each["go"], *each["come"]))
        assert ("is the same" in line) == (not each["go"] and not each["come"])
    for kind in found["kinds"].values():
        assert f"{kind['mean_share']:.3f} of the list stays" in again.stdout


def test_explain_says_how_often(project: Path, found: dict[str, Any]) -> None:
    winner, other = (next(row for row in found["assets"] if row["winner"] == won) for won in (True, False))
    for row, verb in ((winner, "stays"), (other, "comes")):
        told = tvselect("explain", row["asset"], "--project", str(project)).stdout
        line = next(line for line in told.splitlines() if line.startswith("fragility"))
        assert f"fragility   {verb} in " in line
        assert re.findall(r"(\d+) of (\d+)", line) == shown_counts(row, found)


def test_the_page_shows_the_shares_of_each_winner(project: Path, found: dict[str, Any], browser: Browser) -> None:
    path = Path(tvselect("report", "--project", str(project)).stdout.strip())
    page = opened_page(browser, path)
    rows = page.do(
        "[...document.querySelectorAll('[data-testid=winners-table] tbody tr')].map((row) => [row.cells[1].innerText, "
        "...[...row.cells].slice(-3).map((cell) => Number(cell.dataset.value ?? cell.innerText))])"
    )
    kinds = found["kinds"]
    assert rows == [
        [row["asset"], *(pytest.approx(row[kind] / each["draws"]) for kind, each in kinds.items())]
        for row in found["assets"]
        if row["winner"]
    ]
    assert "bootstrap" in page.text("stays")
    best = next(row for row in found["assets"] if row["winner"])
    assert page.text("explained-asset").startswith(best["asset"])
    assert re.findall(r"(\d+) of (\d+)", page.text("fragility")) == shown_counts(best, found)
    assert not page.errors


def test_the_page_of_the_run_itself_knows_nothing_of_it(project: Path, found: dict[str, Any]) -> None:
    page = (project / "runs" / found["run_id"] / "report.html").read_text()
    assert 'data-testid="stays"' not in page
