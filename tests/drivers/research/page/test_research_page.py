"""The page of a walk: its numbers are the document's, and a browser shows it without a script and without asking for anything."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from support.walks import measured, walked
from tradingview_scraper.pipelines.selection.drivers.research.page.figure_cells import fixed
from tradingview_scraper.pipelines.selection.drivers.research.page.research_page import (
    research_html,
    research_page,
    sections,
    written_page,
)
from tradingview_scraper.pipelines.selection.lineage.record.trials import trial_count
from tradingview_scraper.pipelines.selection.schemas.errors import StorageError


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return measured()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, data: dict[str, Any]) -> Path:
    path = tmp_path_factory.mktemp("page") / "walk.html"
    path.write_text(research_html(data), encoding="utf-8")
    return path


def test_the_page_has_every_section_and_the_documents_figures(page: Path, data: dict[str, Any]) -> None:
    text = page.read_text("utf-8")
    for name in sections(data):
        assert f'data-testid="{name}"' in text
    document = data["document"]
    ic = document["information"]["log_mps"]["6"]["ic"]
    assert f"{fixed(ic['mean'], 1000, 0)} ({fixed(ic['error'], 1000, 0)})" in text
    worth = document["gates"]["adx"]["volatility"]
    assert f"{fixed(worth['mean'], 100, 2)} ({fixed(worth['error'], 100, 2)})" in text
    assert "7 trials known to the project" in text
    assert not re.findall(r"\bnan\b|\bNone\b|\binf\b", text)
    assert set(re.findall(r"https?://[^\s\"'<\\]+", text)) == set()
    assert len(text) < 300_000


def test_the_page_is_written_beside_the_runs_and_the_same_each_time(data: dict[str, Any]) -> None:
    project = walked().folder.parents[1]
    first = research_page(project, walked().folder.name[:6], 10.0)
    assert first == project / "reports" / f"walk-{walked().folder.name}.html"
    assert first.read_text("utf-8") == research_html({**data, "trials": trial_count(project)})


def test_a_page_that_cannot_be_written_is_refused(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(StorageError, match="can't be written"):
        written_page(tmp_path, data)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_browser_shows_it_without_a_script(browser: Browser, page: Path, width: int, scheme: Any) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(page.as_uri())
    assert asked == [page.as_uri()]
    assert said == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.evaluate("document.querySelectorAll('script').length") == 0
    shown = tab.evaluate("[...document.querySelectorAll('svg.curves')].filter((each) => each.clientWidth > 0).length")
    assert shown == 7
    tab.close()


def test_axe_finds_nothing(browser: Browser, page: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(page.as_uri())
    found = axe.Axe().run(tab).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found] == []
    context.close()
