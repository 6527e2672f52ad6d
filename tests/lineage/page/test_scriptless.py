import re

from tradingview_scraper.pipelines.selection.lineage.page.markup import Html, element
from tradingview_scraper.pipelines.selection.lineage.page.scriptless import scriptless_page


def test_sections_stand_in_order_and_nothing_but_the_style_is_allowed() -> None:
    page = scriptless_page("A <walk>", {"one": ("First", element("p", "1")), "two": ("Second", Html("<p>2</p>"))})
    assert "<title>A &lt;walk&gt;</title>" in page
    assert re.findall(r'<section id="(\w+)"', page) == ["one", "two"]
    assert re.findall(r'<a href="#(\w+)">', page) == ["one", "two"]
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy
    assert "<script" not in page
