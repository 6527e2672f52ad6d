"""A run's page as data and as static tables: what a reader without JavaScript has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.lineage.page.page import page_parts


@dataclass
class Table:
    """A table's texts, row by row, with the ids and links of each row."""

    rows: list[list[str]] = field(default_factory=list)
    values: list[list[str | None]] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    links: list[list[str]] = field(default_factory=list)

    def column(self, place: int) -> list[str]:
        return [row[place] for row in self.rows]


class StaticPage(HTMLParser):
    """The page as an HTML parser reads it: tables and texts by their test ids, all ids, all links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: dict[str, Table] = {}
        self.texts: dict[str, str] = {}
        self.headings: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self._table: Table | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        testid = found.get("data-testid")
        if tag not in ("meta", "link", "br", "input"):
            self._open.append((tag, testid))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag == "table" and testid:
            self._table = self.tables.setdefault(testid, Table())
        if tag in ("h1", "h2", "h3"):
            self.headings.append((tag, ""))
        if self._table is None:
            return
        if tag == "tr":
            self._table.rows.append([])
            self._table.values.append([])
            self._table.ids.append(found.get("id"))
            self._table.links.append([])
        elif tag == "td":
            self._table.rows[-1].append("")
            self._table.values[-1].append(found.get("data-value"))
        elif tag == "a":
            self._table.links[-1].append(str(found.get("href")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag == "table" and self._table is not None:
            head = [place for place, row in enumerate(self._table.rows) if not row]
            for place in reversed(head):
                for part in (self._table.rows, self._table.values, self._table.ids, self._table.links):
                    del part[place]
            self._table = None

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if "script" in tags or "style" in tags:
            return
        for _, testid in self._open:
            if testid:
                self.texts[testid] = self.texts.get(testid, "") + data
        if tags and tags[-1] in ("h1", "h2", "h3"):
            self.headings[-1] = (self.headings[-1][0], self.headings[-1][1] + data)
        if self._table is not None and "td" in tags:
            self._table.rows[-1][-1] += data


@pytest.fixture(scope="session")
def folder(sample_run: SampleRun) -> Path:
    return sample_run.folder


@pytest.fixture(scope="session")
def still(folder: Path) -> StaticPage:
    """The page of the sample run, without its script."""
    return StaticPage((folder / "report.html").read_text("utf-8"))


@pytest.fixture(scope="session")
def data(folder: Path) -> dict[str, Any]:
    return page_parts((folder / "report.html").read_text("utf-8"))[0]


@pytest.fixture(scope="session")
def parsed() -> Callable[[str], StaticPage]:
    """A parser of markup."""
    return StaticPage
