"""The run page: one HTML file with its data, styles and script in it, which asks for nothing.

`page_html` fills the template with the static sections, the data as a JSON island, the lineage as SVG and a content policy
that allows just these styles and this script, by their digests. All that was decided is in the static sections, a module
each kind; the script adds search, sorting, CSV and pictures to point at. The text depends on its arguments alone.
`page_parts` reads data and picture back out of a page, so that two runs can be compared from their pages.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib import resources
from string import Template
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.asset_sections import (
    assets_html,
    clusters_html,
    winners_html,
)
from tradingview_scraper.pipelines.selection.lineage.page.curve_section import curves_html
from tradingview_scraper.pipelines.selection.lineage.page.difference_section import difference_html
from tradingview_scraper.pipelines.selection.lineage.page.input_section import inputs_html
from tradingview_scraper.pipelines.selection.lineage.page.outcome_sections import (
    funnel_html,
    ladder_html,
    title_text,
    verdict_html,
)

PACKAGE = "tradingview_scraper.pipelines.selection.lineage.page"
FILES = "assets"
_ISLAND = re.compile(r'<script id="data" type="application/json">(.*?)</script>', re.DOTALL)
_PICTURE = re.compile(r"<!--svg-->(.*)<!--/svg-->", re.DOTALL)
SECTIONS = {
    "verdict": verdict_html,
    "winners": winners_html,
    "against": difference_html,
    "funnel": funnel_html,
    "ladder": ladder_html,
    "inputs": inputs_html,
    "curves": curves_html,
    "clusters": clusters_html,
    "assets": assets_html,
}
"""Placeholder of the template to what fills it."""
_STYLES = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def page_html(data: Mapping[str, Any], svg: str) -> str:
    """The page of a run. `data` is plain JSON (`drivers.recording.page.data`); NaN in it is refused with `ValueError`."""
    style, script = page_style(), _script()
    return Template(_text("page.html")).substitute(
        policy=content_policy([style, *_STYLES.findall(svg)], script),
        title=escape(title_text(data)),
        matrix_of="directed returns" if data["directed"] else "returns",
        **{name: section(data) for name, section in SECTIONS.items()},
        style=style,
        svg=svg,
        data=island(data),
        script=script,
    )


def page_parts(page: str) -> tuple[dict[str, Any], str]:
    """Data and picture of a page that `page_html` made; `ValueError` where it is no such page."""
    data, picture = _ISLAND.search(page), _PICTURE.search(page)
    if data is None or picture is None:
        raise ValueError("it is no run page: its data or its picture is missing")
    return json.loads(data[1]), picture[1]


def island(data: Mapping[str, Any]) -> str:
    """JSON that no HTML parser mistakes for markup: `<` only as an escape."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def content_policy(styles: Sequence[str], script: str | None = None) -> str:
    """Nothing is allowed but what is in the page: these styles, and the script if it has one."""
    allowed = " ".join(f"'{_digest(style)}'" for style in styles)
    scripts = "" if script is None else f" script-src '{_digest(script)}';"
    return f"default-src 'none'; style-src {allowed};{scripts} base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def page_style() -> str:
    """The style sheet of all pages."""
    return _text("page.css")


@cache
def _script() -> str:
    """The modules in the order of their names, in one scope of their own."""
    modules = sorted(resources.files(PACKAGE).joinpath(FILES, "js").iterdir(), key=lambda module: module.name)
    body = "\n".join(module.read_text("utf-8") for module in modules if module.name.endswith(".js"))
    return f"(() => {{\n'use strict';\n{body}}})();\n"


@cache
def _text(name: str) -> str:
    return resources.files(PACKAGE).joinpath(FILES, name).read_text("utf-8")
