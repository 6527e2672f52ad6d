"""`fragility`, `run --fragility`, and what `explain` and the pages say of it: every figure shown is a recorded one."""

import json
import re
import shutil
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


@pytest.fixture(scope="module")
def measured(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that measured it, in a project of its own."""
    home = tmp_path_factory.mktemp("measured") / "project"
    shutil.copytree(project, home, ignore=shutil.ignore_patterns("runs", "reports"))
    asked = tvselect("run", "--fragility", str(DRAWS), "--json", "--project", str(home))
    assert asked.exit_code == 0, asked.output
    return home / "runs" / str(json.loads(asked.stdout)["run"]["run_id"])


def of_run(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "fragility.json").read_text())
    return document


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def test_a_run_says_before_what_it_costs(project: Path) -> None:
    plan = tvselect("run", "--fragility", "50", "--dry-run", "--project", str(project)).stdout
    assert "fragility 104 selections more" in plan  # the champion weighs four features
    assert "\nfragility" not in tvselect("run", "--dry-run", "--project", str(project)).stdout


def test_a_run_records_what_the_command_tells(measured: Path) -> None:
    project = str(measured.parents[1])
    opening, *_, closing = events(measured)
    found = of_run(measured)
    assert opening["fragility"] == {"draws": DRAWS}
    assert closing["fragility"].pop("milliseconds") > 0
    assert closing["fragility"] == {"draws": DRAWS, "selections": 2 * DRAWS + len(found["features"])}
    for kind, each in found["kinds"].items():
        shares = [row[kind] / each["draws"] for row in found["assets"] if row["winner"]]
        assert (
            closing["metrics"][f"list_stays.{kind}"] == each["mean_share"] == pytest.approx(sum(shares) / len(shares))
        )
        assert closing["metrics"][f"weakest_stays.{kind}"] == min(shares)
    assert "fragility.json" in {each["path"] for each in closing["artifacts"]}
    line = next(line for line in tvselect("show", "--project", project).stdout.splitlines() if "fragility" in line)
    assert all(f"{each['mean_share']:.4g} in " in line for each in found["kinds"].values())
    winner = next(row for row in found["assets"] if row["winner"])
    told = tvselect("explain", winner["asset"], "--project", project).stdout
    line = next(line for line in told.splitlines() if line.startswith("fragility"))
    assert re.findall(r"(\d+) of (\d+)", line) == shown_counts(winner, found)
    later = tvselect("fragility", "--draws", str(DRAWS), "--json", "--project", project).stdout
    kept = json.loads(later)["fragility"]
    assert {name: kept[name] for name in found} == found


def test_the_page_of_that_run_has_it(measured: Path, browser: Browser) -> None:
    found, page = of_run(measured), opened_page(browser, measured / "report.html")
    best = next(row for row in found["assets"] if row["winner"])
    assert re.findall(r"(\d+) of (\d+)", page.text("fragility")) == shown_counts(best, found)
    assert "bootstrap" in page.text("stays")
    assert not page.errors


def test_that_run_is_verified_and_comes_out_the_same_again(measured: Path) -> None:
    project = measured.parents[1]
    assert tvselect("verify", "--project", str(project)).exit_code == 0
    told = tvselect("reproduce", "--project", str(project))
    assert told.exit_code == 0, told.output


def test_what_was_changed_in_it_is_found_and_not_shown(measured: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(measured.parents[1], copy, ignore=shutil.ignore_patterns("reports"))
    path = copy / "runs" / measured.name / "fragility.json"
    path.write_text(path.read_text().replace('"winner": true', '"winner": false'))
    asset = next(row["asset"] for row in of_run(measured)["assets"])
    for command in (["verify"], ["explain", asset]):
        told = tvselect(*command, "--project", str(copy))
        assert told.exit_code == 4, told.output
        assert "fragility.json" in told.output


def test_a_run_that_was_not_asked_has_nothing_of_it(project: Path, found: dict[str, Any]) -> None:
    folder = project / "runs" / found["run_id"]
    assert not (folder / "fragility.json").exists()
    opening, *_, closing = events(folder)
    assert "fragility" not in {*opening, *closing}
    assert not [name for name in closing["metrics"] if "stays" in name]
