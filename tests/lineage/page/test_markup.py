"""Markup: text stays text, numbers for people, anchors."""

import pytest

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Cell,
    Column,
    Html,
    anchor,
    asset_link,
    element,
    joined,
    listed,
    number,
    percent,
    row,
    shown_number,
    table,
)


def test_whatever_is_no_markup_is_escaped() -> None:
    assert element("p", "<b>&", Html("<i>x</i>"), ["a", None, "<"]) == "<p>&lt;b&gt;&amp;<i>x</i>a&lt;</p>"
    assert element("a", "x", title='"<', hidden=True, id_="y", data_z=0, no=None) == (
        '<a title="&quot;&lt;" hidden id="y" data-z="0">x</a>'
    )
    assert joined(["a"]) + "<" == "a&lt;"
    assert listed(["a", Html("<b>b</b>")]) == "a, <b>b</b>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "\u2013"),
        (0.0, "0"),
        (12, "12"),
        (1234567.0, "1\u202f234\u202f567"),
        (-0.5, "\u22120.5"),
        (0.0241332, "0.02413"),
        (5.17278e-05, "5.173e\u22125"),
        (-123456.7, "\u2212123\u202f457"),
        (9999.96, "10000"),
        (1e300, "1e+300"),
    ],
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert shown_number(value) == shown


def test_shares_are_percentages() -> None:
    assert percent(-0.16666) == "\u221216.7\u202f%"
    assert percent(None) == "\u2013"


def test_a_cell_has_the_exact_value_behind_what_it_shows() -> None:
    columns = [Column("a", numeric=True), Column("b")]
    assert row(columns, [number(1 / 3), Cell("x", "y", "z")]) == (
        f'<tr><td class="num" data-value="{1 / 3}">0.3333</td><td class="z" data-value="y">x</td></tr>'
    )
    assert row(columns, [number(7), "t"]) == '<tr><td class="num">7</td><td>t</td></tr>'
    assert 'data-value=""' in row(columns, [number(None), ""])


def test_a_table_scrolls_by_keyboard_and_names_itself() -> None:
    found = table("the-name", "Caption <", [Column("a", picture=True)], [], sortable=False)
    assert found.startswith('<div class="wide" tabindex="0" role="group" aria-label="Table: the name">')
    assert "<caption>Caption &lt;</caption>" in found
    assert 'scope="col" data-picture>a' in found
    assert "data-sortable" not in found


@pytest.mark.parametrize("symbol", ["BINANCE:BTC.P", "a b", "x#y", '"><script>', "\u00e9%20"])
def test_an_anchor_has_no_character_that_ends_it(symbol: str) -> None:
    assert not set(anchor(symbol)) & set(' "<>#')
    assert f'href="#{anchor(symbol)}"' in asset_link(symbol)
