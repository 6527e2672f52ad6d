"""The system's Chromium, headless, driven by Playwright's synchronous API: for tests of pages.

`opened_page` opens a file in a tab of its own; a `Page` evaluates JavaScript, points, types, and remembers what was
requested and what went wrong. Playwright's own browsers are never downloaded: without a Chromium the tests are skipped.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright import sync_api as playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched() -> Iterator[playwright.Browser]:
    """A browser process of our own."""
    with playwright.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Page:
    """One tab. `errors` holds whatever was written to the console or raised, policy violations included."""

    tab: playwright.Page
    requests: list[str]
    errors: list[str]

    def do(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        return self.tab.evaluate(expression)

    def text(self, testid: str) -> str:
        return self.tab.get_by_test_id(testid).inner_text()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tab.keyboard.press(key)


def opened_page(
    browser: playwright.Browser, path: Path, *, width: int = 1280, scheme: Literal["light", "dark"] = "light"
) -> Page:
    """A new tab, sharing nothing with others, with a file in it that says that it is ready."""
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = Page(tab, [], [])
    tab.on("request", lambda request: page.requests.append(request.url))
    tab.on("console", lambda message: page.errors.append(f"console.{message.type}: {message.text}"))
    tab.on("pageerror", lambda error: page.errors.append(str(error)))
    tab.goto(path.resolve().as_uri())
    tab.wait_for_function("document.documentElement.dataset.ready")
    return page
