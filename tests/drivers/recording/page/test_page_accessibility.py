"""axe finds nothing on the page: wide and narrow, light and dark, folded open, and without the page's script."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from support.browser import CHROMIUM, Page, opened_page
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.recording.run import run
from tradingview_scraper.pipelines.selection.drivers.review.report import report

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")


def violations(page: Page) -> list[str]:
    """Rule and place of whatever axe finds."""
    page.do("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    found = axe.Axe().run(page.tab).response
    assert len(found["passes"]) > 30
    return [f"{each['id']}: {node['html'][:200]}" for each in found["violations"] for node in each["nodes"]]


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    browser: Browser, sample_run: SampleRun, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = opened_page(browser, sample_run.folder / "report.html", width=width, scheme=scheme)
    assert violations(page) == []
    page.tab.close()


def test_axe_finds_nothing_without_the_pages_script(browser: Browser, sample_run: SampleRun, tmp_path: Path) -> None:
    text = (sample_run.folder / "report.html").read_text("utf-8")
    still = re.sub("<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "data-scripted hidden" in still
    (tmp_path / "still.html").write_text(still.replace("<html", '<html data-ready="1"'), "utf-8")
    page = opened_page(browser, tmp_path / "still.html")
    assert violations(page) == []
    page.tab.close()


def test_axe_finds_nothing_on_a_page_with_turnover(browser: Browser, own_run: SampleRun, tmp_path: Path) -> None:
    run(own_run.project, as_of="2026-06-29")
    page = opened_page(browser, report(own_run.project, "@latest", output=tmp_path / "page.html"))
    assert page.text("turnover")
    assert violations(page) == []
    page.tab.close()


def test_axe_would_find_something(browser: Browser, sample_run: SampleRun) -> None:
    page = opened_page(browser, sample_run.folder / "report.html")
    page.do("document.querySelector('nav').append(Object.assign(document.createElement('a'), {href: '#verdict'}))")
    assert any(found.startswith("link-name") for found in violations(page))
    page.tab.close()
