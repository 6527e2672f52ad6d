"""A page of sections in one HTML file: the look of a run's page, no script, and a policy that allows none."""

from collections.abc import Mapping

from tradingview_scraper.pipelines.selection.lineage.page.markup import Html, element, joined
from tradingview_scraper.pipelines.selection.lineage.page.page import content_policy, page_style


def scriptless_page(title: str, sections: Mapping[str, tuple[str, Html]]) -> str:
    """The page; `sections` are id to heading and content. The text depends on its arguments alone."""
    style = page_style()
    head = joined(
        [
            Html('<meta charset="utf-8">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{content_policy([style])}">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="color-scheme" content="light dark"><meta name="generator" content="tvselect">'),
            element("title", title),
            element("style", Html(style)),
        ]
    )
    first = next(iter(sections))
    links = [element("a", heading, href=f"#{name}") for name, (heading, _) in sections.items()]
    body = joined(
        [
            element("a", f"Skip to {sections[first][0]}", class_="skip", href=f"#{first}"),
            element(
                "header",
                element("strong", "tvselect"),
                element("nav", links, aria_label="Sections", data_testid="nav"),
                class_="top",
            ),
            element("main", element("h1", title), *(_section(name, *each) for name, each in sections.items())),
        ]
    )
    return f'<!doctype html>\n<html lang="en">\n{element("head", head)}\n{element("body", body)}\n</html>\n'


def _section(name: str, heading: str, content: Html) -> Html:
    return element(
        "section",
        element("h2", heading, id=f"{name}-h"),
        content,
        id=name,
        data_testid=name,
        aria_labelledby=f"{name}-h",
    )
