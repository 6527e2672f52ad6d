"""The page of a real run: its numbers against the run's files, and the page in a browser."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, expect

from support import market
from support.browser import CHROMIUM, Page, opened_page
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.ingestion.scanners import latest_scans
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE, implied
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.demo.market import simulated_market
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.drivers.recording.page.data import page_data
from tradingview_scraper.pipelines.selection.drivers.recording.page.matrix import block_means, matrix_data
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.lineage.page.page import page_html, page_parts
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest

SECTIONS = [
    "verdict",
    "winners",
    "inputs",
    "ladder",
    "funnel",
    "curves",
    "clusters",
    "assets",
    "explain",
    "scatter",
    "matrix",
    "scorers",
    "lineage",
    "record",
]
ONE_MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "demo"
    new_project(folder)
    return folder


@pytest.fixture(scope="module")
def folder(project: Path) -> Path:
    return run(project).folder


@pytest.fixture(scope="module")
def other(project: Path, folder: Path) -> Path:
    return run(project, settings={"gates.adx.threshold": 26}).folder


@pytest.fixture(scope="module")
def data(folder: Path) -> dict[str, Any]:
    return page_parts((folder / "report.html").read_text("utf-8"))[0]


def frame(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"{name}.parquet")


def test_the_page_is_small_and_of_the_run_alone(folder: Path, data: dict[str, Any]) -> None:
    text = (folder / "report.html").read_text("utf-8")
    assert len(text.encode()) < 0.6 * ONE_MEGABYTE
    assert set(re.findall(r"https?://[^\s\"'<\\]+", text)) == {"http://www.w3.org/2000/svg"}
    assert folder.name not in text
    assert str(folder.parent.parent) not in text
    assert "against" not in data


def test_a_page_of_five_hundred_assets_is_below_a_megabyte() -> None:
    large = simulated_market(assets=510, days=540)
    scans = list(latest_scans(large.scans.values(), None))
    selection = market.selected(candidates=scans, statistics=large.statistics, bars=large.bars)
    assert len(selection.context.raw_pool) >= 500
    assert len(artifact_files(selection)["report.html"]) < ONE_MEGABYTE


def test_two_runs_make_the_same_page_whatever_the_hash_seed(project: Path, folder: Path) -> None:
    code = f"from tradingview_scraper.pipelines.selection.drivers import run; print(run({str(project)!r}).folder)"
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "1"}
    answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    again = Path(answer.stdout.strip().splitlines()[-1])
    assert again != folder
    assert (again / "report.html").read_bytes() == (folder / "report.html").read_bytes()


def test_the_ledgers_digest_is_the_pages(folder: Path, data: dict[str, Any]) -> None:
    assert data["settings_digest"] == file_digest(folder / "settings.toml")
    assert data["settings"] == (folder / "settings.toml").read_text("utf-8")
    assert {entry["name"]: entry["digest"] for entry in data["artifacts"]} == {
        entry["name"]: file_digest(folder / entry["name"]) for entry in data["artifacts"]
    }
    assert {entry["name"] for entry in data["artifacts"]} >= {"decisions.parquet", "manifest.json", "lineage.svg"}


def test_assets_winners_and_scores_are_those_of_the_files(folder: Path, data: dict[str, Any]) -> None:
    standings, inference = frame(folder, "standings"), frame(folder, "inference")
    assets = data["assets"]
    assert assets["symbol"] == standings["symbol"].tolist()
    assert assets["conviction"] == standings["alpha_score"].tolist()
    assert assets["cluster"] == standings["cluster"].tolist()
    for name in ("direction", "outcome", "route"):
        assert [assets[name]["names"][code] for code in assets[name]["codes"]] == standings[name].tolist()
    order = standings.sort_values(["alpha_score", "symbol"], ascending=[False, True])["symbol"].tolist()
    assert sorted(assets["symbol"], key=dict(zip(assets["symbol"], assets["rank"], strict=True)).get) == order
    winners = json.loads((folder / "portfolio_candidates.json").read_text("utf-8"))
    assert [assets["symbol"][i] for i in data["winners"]] == [winner["symbol"] for winner in winners]
    for scorer in data["scorers"]:
        close(data["columns"][scorer["score"]], inference[f"{scorer['name']}.score"])
        for factor, place in scorer["probabilities"].items():
            close(data["columns"][place], inference[f"{scorer['name']}.p_{factor}"])


def close(shown: list[float | None], exact: pd.Series) -> None:
    np.testing.assert_allclose(np.array(shown, dtype=float), exact.to_numpy(), rtol=1e-5)


def test_features_and_gates_are_those_of_the_files(folder: Path, data: dict[str, Any]) -> None:
    features, decisions = frame(folder, "features"), frame(folder, "decisions")
    assert [feature["name"] for feature in data["features"]] == features.columns.drop("symbol").tolist()
    for feature in data["features"]:
        close(data["columns"][feature["column"]], features[feature["name"]])
        assert feature["text"]
    letters = {("pass", True): "p", ("fail", False): "f", ("unknown", False): "u", ("waived", True): "w"}
    for gate in data["gates"]:
        rows = decisions[decisions["gate"] == gate["gate"]]
        close(data["columns"][gate["column"]], rows["value"])
        assert gate["verdicts"] == "".join(letters[key] for key in zip(rows["verdict"], rows["passed"], strict=True))
        assert gate["threshold"] == rows["threshold"].iloc[0]
        sign = 1 if gate["op"][0] == ">" else -1
        margins = sign * (np.array(data["columns"][gate["column"]], dtype=float) - gate["threshold"])
        np.testing.assert_allclose(margins, rows["margin"].to_numpy(), rtol=0.02, atol=1e-12)
        assert ((margins >= 0) == (rows["margin"].to_numpy() >= 0)).all()


def test_the_funnel_adds_up(folder: Path, data: dict[str, Any]) -> None:
    decisions, standings = frame(folder, "decisions"), frame(folder, "standings")
    funnel = data["funnel"]
    assert funnel["pool"] == len(standings)
    assert funnel["eligible"] == standings["eligible"].sum() == data["ladder"][data["rung"] - 1]["eligible"]
    assert funnel["winners"] == sum(funnel["routes"].values()) == len(data["winners"])
    failed = decisions[~decisions["passed"]].groupby("gate")["symbol"].count()
    assert {step["gate"]: step["stops"] for step in funnel["steps"] if step["stops"]} == failed.to_dict()
    left = [funnel["pool"], *(step["left"] for step in funnel["steps"])]
    assert left == sorted(left, reverse=True)
    kinds = [step["kind"] for step in funnel["steps"]]
    assert kinds == sorted(kinds)
    assert sum(funnel["outcomes"].values()) == funnel["pool"]


def test_the_ladder_and_the_quarantine_are_those_of_the_files(folder: Path, data: dict[str, Any]) -> None:
    events = [json.loads(line) for line in (folder / "audit.jsonl").read_text("utf-8").splitlines()]
    climbed = [event for event in events if event["event"] == "rung.completed"]
    assert [(rung["eligible"], rung["winners"]) for rung in data["ladder"] if "winners" in rung] == [
        (event["eligible"], event["winners"]) for event in climbed
    ]
    assert events[-1]["metrics"] == data["figures"]
    quarantine = frame(folder, "quarantine")
    assert data["quarantine"]["rows"] == len(quarantine)
    assert data["quarantine"]["shown"][0][1] == quarantine["symbol"].iloc[0]


def test_the_matrix_is_the_correlation_that_was_clustered() -> None:
    selection = market.selection()
    told = page_data(selection)["matrix"]
    distance = selection.distance
    symbols = selection.context.raw_pool.index
    order = symbols[told["order"]]
    assert sorted(order) == sorted(symbols)
    levels = np.frombuffer(b64decode(told["values"]), dtype=np.uint8)
    expected = implied(distance.frame().loc[order, order].to_numpy())[np.triu_indices(len(order), 1)]
    np.testing.assert_allclose(levels / 127 - 1, expected, atol=0.5 / 127 + 1e-12)
    clusters = selection.context.clusters["cluster"]
    found = [cluster for cluster, _, length, _ in told["extents"] for _ in range(length)]
    assert found == clusters[order].tolist()
    assert len(told["extents"]) == clusters.nunique()


def test_a_large_matrix_is_one_of_block_means() -> None:
    rng = np.random.default_rng(1)
    returns = rng.normal(size=(100, 700)) + rng.normal(size=(100, 7)).repeat(100, axis=1)
    correlation = np.corrcoef(returns.T)
    distance = np.sqrt(np.clip((1 - correlation) / 2, 0, None))
    np.fill_diagonal(distance, 0)
    symbols = pd.Index([f"S{i}" for i in range(700)])
    cluster = np.arange(7).repeat(100) + 1
    given = Distances.of_square(distance, symbols)
    told = matrix_data(given, symbols, cluster, np.array([3, 500]), tree=NO_TREE)
    starts = told["starts"]
    assert len(starts) <= 600
    assert {start for _, start, _, _ in told["extents"]} <= set(starts)
    assert len(b64decode(told["values"])) == len(starts) * (len(starts) + 1) // 2
    among = np.frombuffer(b64decode(told["among_winners"]), dtype=np.uint8) / 127 - 1
    np.testing.assert_allclose(among, correlation[3, 500], atol=0.005)
    means = block_means(given, np.arange(700), np.array([0, 1, 300]))
    np.testing.assert_allclose(means[1, 2], correlation[1:300, 300:].mean())
    np.testing.assert_allclose(means[1, 1], (correlation[1:300, 1:300].sum() - 299) / (299 * 298))
    assert means[0, 0] == 1.0


def test_page_data_is_quick() -> None:
    selection = market.selection()
    page_data(selection)
    begun = time.process_time()
    page_data(selection)
    assert time.process_time() - begun < 0.3


def tvselect(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


def test_report_prints_where_the_page_lies(project: Path, folder: Path) -> None:
    answer = tvselect("report", folder.name, "--project", str(project))
    assert answer.exit_code == 0
    assert answer.stdout.strip() == str(project / "reports" / f"{folder.name}.html")


def test_report_against_another_run_leaves_both_folders_alone(project: Path, folder: Path, other: Path) -> None:
    before = sorted(path for run_folder in (folder, other) for path in run_folder.iterdir())
    answer = tvselect("report", other.name, "--against", folder.name, "--project", str(project))
    assert answer.exit_code == 0, answer.stderr
    page = project / "reports" / f"{other.name}-against-{folder.name}.html"
    assert answer.stdout.strip() == str(page)
    found = page_parts(page.read_text("utf-8"))[0]["against"]
    assert found["settings"] == [["gates.adx.threshold", 26.0, 20.0]]
    winners = [
        {row["symbol"] for row in json.loads((f / "portfolio_candidates.json").read_text())} for f in (other, folder)
    ]
    changes = {change: {row["asset"] for row in found["winners"] if row["change"] == change} for change in CHANGES}
    assert changes == {
        "came": winners[0] - winners[1],
        "went": winners[1] - winners[0],
        "stayed": winners[0] & winners[1],
    }
    assert all(row["why"] for row in found["winners"] if row["change"] != "stayed")
    assert sorted(path for run_folder in (folder, other) for path in run_folder.iterdir()) == before


CHANGES = ("came", "went", "stayed")


def test_report_refuses_what_it_cannot_do(project: Path, folder: Path, tmp_path: Path) -> None:
    assert tvselect("report", "no-such-run", "--project", str(project)).exit_code == 2
    failed = tmp_path / "runs" / "20260101-000000-abcdef"
    failed.mkdir(parents=True)
    (failed / "receipt.json").write_text('{"run_id": "20260101-000000-abcdef"}')
    answer = tvselect("report", "--project", str(tmp_path))
    assert answer.exit_code == 4
    assert "has no report.html" in answer.stderr
    (failed / "report.html").write_text("<p>")
    assert "no run page" in tvselect("report", "--project", str(tmp_path)).stderr


# The page in a browser.

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


@pytest.fixture
def page(browser: Browser, folder: Path) -> Iterator[Page]:
    """A fresh page of the run; whatever a test does, nothing may be requested or complained about."""
    path = folder / "report.html"
    found = opened_page(browser, path)
    yield found
    assert found.errors == []
    assert found.requests == [path.resolve().as_uri()]
    found.tab.close()


def focus(page: Page, testid: str) -> None:
    page.tab.get_by_test_id(testid).focus()


def middle(page: Page, selector: str) -> tuple[float, float]:
    """Where an element's middle is, once it is in view."""
    x, y = page.do(
        f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView({{block: 'center', behavior: 'instant'}});"
        "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] })()"
    )
    return x, y


def cells(page: Page, testid: str, column: int, what: str = "innerText") -> list[str]:
    """A column of a table's body."""
    return page.do(
        f"[...document.querySelectorAll('[data-testid={testid}] tbody tr')].map(r => r.cells[{column}].{what})"
    )


def select(page: Page, testid: str, value: str) -> None:
    """Choose an option as a reader does."""
    page.tab.get_by_test_id(testid).select_option(value)


@in_browser
def test_each_section_shows_the_numbers_of_the_files(page: Page, folder: Path, data: dict[str, Any]) -> None:
    for section in SECTIONS:
        assert page.do(f"document.querySelector('[data-testid=\"{section}\"]').offsetHeight") > 60, section
    standings, coverage = frame(folder, "standings"), json.loads((folder / "coverage.json").read_text("utf-8"))
    value = "+document.querySelector('[data-figure=\"%s\"] [data-value]').dataset.value"
    assert page.do(value % "winners") == (standings["route"] != "").sum()
    assert page.do(value % "eligible") == standings["eligible"].sum()
    assert page.do(value % "winners_diversity") == data["figures"]["winners_diversity"]
    assert page.text("settings-digest") == file_digest(folder / "settings.toml")
    assert page.do("document.querySelector('[data-coverage=candidates]').textContent") == str(coverage["candidates"])
    assert page.text("quarantine").startswith(f"{len(frame(folder, 'quarantine'))} cells or rows set aside")
    rungs = page.do(
        "[...document.querySelectorAll('[data-testid=rungs] tbody tr')].map(r => r.cells[r.cells.length - 3].innerText)"
    )
    assert rungs[: data["rung"]] == [str(rung["winners"]) for rung in data["ladder"][: data["rung"]]]
    left = page.do(
        "[...document.querySelectorAll('[data-testid=funnel-steps] tbody tr')].map(r => +r.cells[2].innerText)"
    )
    assert left == [len(standings), *(step["left"] for step in data["funnel"]["steps"]), left[-2], left[-1]]
    assert left[-2:] == [standings["eligible"].sum(), (standings["route"] != "").sum()]
    winners = cells(page, "winners-table", 1)
    assert winners == [data["assets"]["symbol"][i] for i in data["winners"]]
    scores = [float(value) for value in cells(page, "winners-table", 6, "dataset.value")]
    assert scores == [data["assets"]["conviction"][i] for i in data["winners"]]
    assert page.do("+document.querySelector('[data-testid=rank-correlation-0] span').dataset.value") == pytest.approx(
        frame(folder, "inference")[["log_mps.score", "rank_average.score"]].corr("spearman").iloc[0, 1], abs=1e-8
    )


@in_browser
def test_search_by_keyboard_explains_an_asset(page: Page, folder: Path) -> None:
    standings = frame(folder, "standings")
    vetoed = standings.loc[standings["outcome"] == "vetoed", "symbol"].iloc[-1]
    focus(page, "search")
    page.tab.keyboard.insert_text(vetoed[:4].lower())
    assert page.do("document.querySelectorAll('[data-testid=search-list] [role=option]').length") >= 1
    page.press("ArrowDown", "ArrowUp", "Escape")
    assert page.do("document.querySelector('[data-testid=search-list]').hidden")
    page.do("document.querySelector('[data-testid=search]').select()")
    page.tab.keyboard.insert_text(vetoed)
    page.press("Enter")
    assert page.text("explained-asset").strip() == vetoed
    verdicts = [text[2:] for text in cells(page, "gates-table", 6)]
    decisions = frame(folder, "decisions")
    decisions = decisions[decisions["symbol"] == vetoed]
    assert cells(page, "gates-table", 0) == decisions["gate"].tolist()
    words = {"pass": "passes", "fail": "fails", "unknown": "fails (unknown)"}
    assert verdicts == decisions["verdict"].map(words).tolist()
    stopping = decisions.loc[~decisions["passed"], "gate"].iloc[0]
    assert stopping in page.text("story")
    page.do("document.querySelector('[data-testid=search]').select()")
    page.tab.keyboard.insert_text("no such asset")
    assert page.text("search-list") == "no such asset in the pool"


@in_browser
def test_what_is_waived_for_a_benchmark_is_not_said_to_be_passed(
    page: Page, folder: Path, data: dict[str, Any]
) -> None:
    decisions = frame(folder, "decisions").query("symbol == 'SPY'")
    waived = decisions.loc[decisions["verdict"] == "waived", "gate"].tolist()
    assert waived
    page.do("document.querySelector('[data-testid=search]').select()")
    focus(page, "search")
    page.tab.keyboard.type("SPY")
    page.press("Enter")
    assert page.text("explained-asset").strip().startswith("SPY")
    story = page.text("story")
    assert "passes every gate from" not in story
    assert all(f"{gate} (waived by benchmarks)" in story for gate in waived)
    words = {"pass": "\u2713 passes", "waived": "~ waived (benchmarks)"}
    assert cells(page, "gates-table", 6) == decisions["verdict"].map(words).tolist()
    assert data["headline"] in page.text("verdict")


@in_browser
def test_pointing_at_the_scatter_names_the_asset(page: Page, data: dict[str, Any]) -> None:
    x, y = middle(page, "[data-testid=scatter-plot]")
    named = ""
    for step in range(-40, 41):
        page.tab.mouse.move(x + 10 * step, y - 40)
        if not page.do("document.getElementById('tip').hidden"):
            named = page.text("tip")
            break
    assert named.split()[0] in data["assets"]["symbol"]
    assert "conviction" in named
    page.tab.mouse.click(x + 10 * step, y - 40)
    assert page.text("explained-asset").strip() == named.split()[0]
    assert page.do("location.hash") == f"#asset-{named.split()[0]}"


@in_browser
def test_the_scatter_is_walked_by_keyboard_and_its_axes_change(page: Page, folder: Path, data: dict[str, Any]) -> None:
    select(page, "scatter-x", "adx")
    focus(page, "scatter-plot")
    page.press("Home")
    lowest = frame(folder, "features").set_index("symbol")["adx"].idxmin()
    assert page.text("tip").startswith(lowest)
    page.press("ArrowRight", "ArrowLeft")
    assert page.text("tip").startswith(lowest)
    page.press("Enter")
    assert page.text("explained-asset").strip() == lowest
    select(page, "scatter-x", "momentum")
    page.do("document.querySelector('[data-testid=scatter-xlog]').click()")
    negative = int((frame(folder, "features")["momentum"] <= 0).sum())
    assert page.text("scatter-plot-note").startswith(f"{negative} assets not shown: unknown, zero or negative")


@in_browser
def test_the_matrix_is_read_by_pointer_and_keyboard(page: Page, data: dict[str, Any]) -> None:
    page.tab.mouse.move(*middle(page, "[data-testid=matrix-plot]"))
    assert "correlation" in page.text("tip") or "cluster" in page.text("tip")
    focus(page, "matrix-plot")
    page.press("Escape", "ArrowDown", "ArrowRight")
    order = [data["assets"]["symbol"][i] for i in data["matrix"]["order"]]
    assert [line.split(",")[0] for line in page.text("tip").splitlines()[:2]] == order[:2]
    select(page, "matrix-view", "winners")
    page.press("ArrowDown")
    won = {data["assets"]["symbol"][i] for i in data["winners"]}
    assert page.text("tip").split(",")[0] in won


@in_browser
def test_tables_are_sorted_by_what_is_behind_their_cells(page: Page, data: dict[str, Any]) -> None:
    header = "document.querySelector('[data-testid=winners-table] th:nth-child(%d)')"
    page.do(f"{header % 2}.querySelector('button').click()")
    assert cells(page, "winners-table", 1) == sorted(cells(page, "winners-table", 1))
    assert page.do(f"{header % 2}.getAttribute('aria-sort')") == "ascending"
    page.do(f"{header % 7}.querySelector('button').click()")
    scores = sorted((data["assets"]["conviction"][i] for i in data["winners"]), reverse=True)
    assert [float(value) for value in cells(page, "winners-table", 6, "dataset.value")] == scores
    page.do(f"{header % 7}.querySelector('button').click()")
    assert [float(value) for value in cells(page, "winners-table", 6, "dataset.value")] == scores[::-1]


@in_browser
@pytest.mark.parametrize("testid", ["winners-table", "clusters-table", "assets-table"])
def test_a_row_leads_to_the_explanation_of_its_asset_by_keyboard(page: Page, testid: str) -> None:
    link = page.tab.locator(f"[data-testid={testid}] tbody a[href^='#asset-']").nth(3)
    name = link.inner_text()
    link.focus()
    page.press("Enter")
    assert page.text("explained-asset").strip() == name
    assert page.do("location.hash") == f"#asset-{name}"
    assert page.do("document.activeElement.dataset.testid") == "explanation"


@in_browser
def test_an_address_opens_the_page_at_an_asset(browser: Browser, folder: Path) -> None:
    name = frame(folder, "standings")["symbol"].iloc[-1]
    tab = browser.new_page()
    tab.goto(f"{(folder / 'report.html').resolve().as_uri()}#asset-{name}")
    tab.wait_for_function("document.documentElement.dataset.ready")
    assert tab.get_by_test_id("explained-asset").inner_text().strip() == name
    tab.close()


@in_browser
def test_without_script_an_address_leads_to_the_assets_row(browser: Browser, folder: Path) -> None:
    name = frame(folder, "standings")["symbol"].iloc[-1]
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{(folder / 'report.html').resolve().as_uri()}#asset-{name}")
    assert tab.locator("tr:target td").first.inner_text() == name
    assert tab.get_by_test_id("explain").is_hidden()
    assert tab.get_by_test_id("theme").is_hidden()
    assert tab.get_by_test_id("winners").is_visible()
    context.close()


@in_browser
def test_a_table_is_saved_as_it_is_shown(page: Page, folder: Path, data: dict[str, Any], tmp_path: Path) -> None:
    page.tab.get_by_test_id("assets-table-search").fill("SHORT")
    page.do("document.querySelector('[data-testid=assets-table] th:nth-child(1) button').click()")
    with page.tab.expect_download() as download:
        page.tab.get_by_test_id("assets-table-csv").click()
    assert download.value.suggested_filename == f"v4-{data['as_of']}-assets-table.csv"
    download.value.save_as(tmp_path / "assets.csv")
    saved = pd.read_csv(tmp_path / "assets.csv", keep_default_na=False)
    standings = frame(folder, "standings")
    shorts = standings[standings["direction"] == "SHORT"].sort_values("symbol")
    assert saved["asset"].tolist() == shorts["symbol"].tolist()
    assert saved["conviction"].tolist() == shorts["alpha_score"].tolist()
    assert saved["cluster"].tolist() == shorts["cluster"].tolist()
    with page.tab.expect_download() as download:
        page.tab.get_by_test_id("winners-table-csv").click()
    download.value.save_as(tmp_path / "winners.csv")
    winners = pd.read_csv(tmp_path / "winners.csv")
    assert winners["asset"].tolist() == [data["assets"]["symbol"][i] for i in data["winners"]]
    assert "cumulative return" not in winners
    page.requests[:] = [place for place in page.requests if not place.startswith("blob:")]


@in_browser
def test_a_csv_holds_no_formula(browser: Browser, folder: Path, tmp_path: Path) -> None:
    told, svg = page_parts((folder / "report.html").read_text("utf-8"))
    names = ["=1+1", "+A", "-A", "@A", 'a"b,c', "\t=1"]
    symbols = [*names, *told["assets"]["symbol"][len(names) :]]
    path = tmp_path / "odd.html"
    path.write_text(page_html({**told, "assets": {**told["assets"], "symbol": symbols}}, svg), "utf-8")
    page = opened_page(browser, path)
    with page.tab.expect_download() as download:
        page.tab.get_by_test_id("assets-table-csv").click()
    download.value.save_as(tmp_path / "odd.csv")
    with (tmp_path / "odd.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "@", "\t")]
    assert not [cell for row in rows for cell in row if cell[:1] == "-" and not is_number(cell)]
    assert {"'=1+1", "'+A", "'-A", "'@A", 'a"b,c', "'=1"} <= {row[0] for row in rows}
    page.tab.close()


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def reached(name: str, neighbours: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = neighbours[waiting.pop()] - found
        found |= new
        waiting += new
    return found


@in_browser
def test_the_lineage_lights_what_a_node_is_made_from(page: Page, folder: Path) -> None:
    nodes = {node["name"]: node for node in json.loads((folder / "lineage.json").read_text("utf-8"))["nodes"]}
    drawn = set(page.do("[...document.querySelectorAll('#lineage-figure .node[data-name]')].map(n => n.dataset.name)"))
    reads = {name: drawn.intersection(node["dependencies"]) for name, node in nodes.items() if name in drawn}
    read_by = {name: {other for other, read in reads.items() if name in read} for name in drawn}
    page.do("document.querySelector('#lineage-figure [data-name=momentum]').focus()")
    lit = set(page.do("[...document.querySelectorAll('#lineage-figure .node.related')].map(n => n.dataset.name)"))
    assert lit == {"momentum"} | reached("momentum", reads) | reached("momentum", read_by)
    assert "adx" not in lit
    assert page.text("lineage-note").startswith("momentum (features")
    page.press("ArrowRight")
    assert page.do("document.activeElement.dataset.name") not in (None, "momentum")
    page.do("document.activeElement.blur()")
    page.tab.locator("#lineage-figure [data-name=adx]").hover()
    assert page.text("lineage-note").startswith("adx (features")


@in_browser
def test_dark_follows_the_system_and_the_reader(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    drawn = "getComputedStyle(document.querySelector('#lineage-figure svg')).backgroundColor"
    light = page.do(paper), page.do(drawn)
    page.do("document.querySelector('[data-testid=theme]').click()")
    dark = page.do(paper), page.do(drawn)
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert page.do("document.querySelector('[data-testid=theme]').getAttribute('aria-pressed')") == "true"
    page.do("document.querySelector('[data-testid=theme]').click()")
    assert (page.do(paper), page.do(drawn)) == light


@in_browser
def test_dark_by_the_systems_choice(browser: Browser, folder: Path) -> None:
    page = opened_page(browser, folder / "report.html", scheme="dark")
    assert page.do("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"
    assert page.errors == []


@in_browser
def test_tab_reaches_every_section(page: Page) -> None:
    where = "(document.activeElement.closest('section') || document.body).id"
    visited: set[str] = set()
    for section in SECTIONS:
        # From its heading on: the assets have hundreds of links.
        page.do(f"(h => {{ h.tabIndex = -1; h.focus(); }})(document.getElementById('{section}-h'))")
        page.press("Tab")
        visited.add(page.do(where))
    assert visited == set(SECTIONS)


@in_browser
def test_print_shows_no_controls_and_all_plots(page: Page) -> None:
    page.tab.emulate_media(media="print")
    assert page.do("getComputedStyle(document.querySelector('.top')).display") == "none"
    assert page.do("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert page.do("document.querySelector('[data-testid=scatter-plot]').offsetHeight") > 100
    assert len(page.tab.pdf(print_background=True)) > 50_000


@in_browser
def test_a_page_against_another_run(browser: Browser, project: Path, folder: Path, other: Path, tmp_path: Path) -> None:
    target = tmp_path / "against.html"
    answer = tvselect(
        "report", other.name, "--against", folder.name, "--output", str(target), "--project", str(project)
    )
    assert answer.exit_code == 0, answer.stderr
    page = opened_page(browser, target)
    assert page.do("document.getElementById('against').offsetHeight") > 60
    assert "gates.adx.threshold" in page.text("against-settings")
    assert page.errors == []
    assert page.requests == [target.resolve().as_uri()]


@in_browser
def test_the_page_stands_on_a_narrow_screen(browser: Browser, folder: Path) -> None:
    page = opened_page(browser, folder / "report.html", width=320)
    page.do("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.do("document.documentElement.scrollWidth") <= 320
    # What is wider than the screen scrolls in a frame of its own, by keyboard too.
    cut = """[...document.querySelectorAll('main *')].filter(each => each.getBoundingClientRect().right > 321
        && !each.closest('.wide, pre')).map(each => each.outerHTML.slice(0, 80))"""
    assert page.do(cut) == []
    assert page.do("[...document.querySelectorAll('.wide, pre')].every(each => each.tabIndex === 0)")
    assert page.errors == []
    page.tab.close()


@in_browser
def test_paper_has_every_static_row_and_cuts_nothing(page: Page, folder: Path) -> None:
    page.tab.set_viewport_size({"width": 688, "height": 900})  # A4 without its margins
    page.tab.get_by_test_id("assets-table-search").fill("no such asset")
    page.tab.emulate_media(media="print")
    shown = (
        "[...document.querySelectorAll('[data-testid=assets-table] tbody tr')].filter(row => row.offsetHeight).length"
    )
    assert page.do(shown) == len(frame(folder, "standings"))
    assert page.do("document.querySelector('[data-testid=figures]').getBoundingClientRect().height") > 100
    cut = """[...document.querySelectorAll('main td, main th, main p, main dd, main pre, main svg.curves')].filter(
        each => each.offsetParent && each.getBoundingClientRect().right > 690).map(each => each.outerHTML.slice(0, 80))"""
    assert page.do(cut) == []


@in_browser
def test_the_page_checks_the_record_that_it_is_given(browser: Browser, folder: Path, tmp_path: Path) -> None:
    page = opened_page(browser, folder / "report.html")
    chosen, verdict = page.tab.get_by_test_id("record-folder"), page.tab.get_by_test_id("record-verdict")
    chosen.set_input_files(folder)
    expect(verdict).to_contain_text(f"{folder.name}: all as the run left it")
    expect(verdict).to_contain_text("checked against nothing from outside")
    changed = tmp_path / folder.name
    shutil.copytree(folder, changed)
    (changed / "manifest.json").write_bytes((changed / "manifest.json").read_bytes().replace(b'"LONG"', b'"SHORT"', 1))
    chosen.set_input_files(changed)
    expect(verdict).to_contain_text("manifest.json: changed")
    assert page.errors == []
    page.tab.close()
