"""A selection in a notebook: its table and its figures agree with it."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from support.market import longest, selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


class Cells(HTMLParser):
    """The rows of all tables; raises where a tag isn't closed as it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "td":
            self.rows[-1].append(data)


def test_it_renders_itself() -> None:
    found = selection()
    html = found._repr_html_()
    rows = Cells(html).rows
    shown = [row[:4] for row in rows if len(row) == 5]
    assert shown == [
        [w["symbol"], w["direction"], w["logic"], f"{w['alpha_score']:.6g}"] for w in found.portfolio_candidates
    ]
    ladder = [row for row in rows if len(row) == 3]
    assert ladder == [[f"{rung.number} {rung.name}", str(rung.eligible), str(rung.winners)] for rung in found.rungs]
    assert f"{len(found.portfolio_candidates)} winners of {len(found.context.raw_pool)} assets" in html


def test_it_needs_nothing_from_outside_and_is_the_same_each_time() -> None:
    html = selection()._repr_html_()
    assert html == selection()._repr_html_()
    for foreign in ("http", "<script", "<link", "<img", "src=", "url("):
        assert foreign not in html


def test_names_are_no_markup() -> None:
    found = selection()
    renamed = replace(
        found, portfolio_candidates=[{**found.portfolio_candidates[0], "symbol": "<script>alert(1)</script>"}]
    )
    assert "<script" not in renamed._repr_html_()
    assert replace(found, portfolio_candidates=[])._repr_html_()


def test_a_missing_matplotlib_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match=r"tvselect\[plot\]"):
        selection().plot.ladder()


class TestFigures:
    @pytest.fixture(autouse=True)
    def pyplot(self) -> Iterator[Any]:
        matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
        matplotlib.use("agg")
        from matplotlib import pyplot

        yield pyplot
        pyplot.close("all")

    def test_each_is_labelled(self) -> None:
        plot = longest().plot
        for axes in (plot.ladder(), plot.funnel(), plot.winners(), plot.correlation(), plot.conviction("adx")):
            assert axes.get_title()
            assert axes.get_xlabel()
            assert axes.get_ylabel()
            axes.figure.canvas.draw()

    def test_the_ladder_shows_the_rungs(self) -> None:
        found = longest()
        axes = found.plot.ladder()
        eligible, winners = ([bar.get_height() for bar in bars] for bars in axes.containers)
        assert eligible == [rung.eligible for rung in found.rungs]
        assert winners == [rung.winners for rung in found.rungs]

    def test_the_funnel_ends_at_the_winners(self) -> None:
        found = selection()
        widths = [bar.get_width() for bar in found.plot.funnel().containers[0]]
        assert widths[0] == len(found.context.raw_pool)
        assert widths[1:-2] == sorted(widths[1:-2], reverse=True)
        assert widths[-2:] == [int(found.context.standings["eligible"].sum()), len(found.portfolio_candidates)]

    def test_conviction_shows_every_asset_or_says_how_many_not(self) -> None:
        found = selection()
        axes = found.plot.conviction("entropy")
        drawn = sum(len(points.get_offsets()) for points in axes.collections)
        unknown = int(found.context.feature_store["entropy"].isna().sum())
        assert drawn + unknown == len(found.context.raw_pool)
        assert unknown == 0 or f"{unknown} assets unknown" in axes.get_title()
        with pytest.raises(ConfigurationError, match="there is no feature 'nope'"):
            found.plot.conviction("nope")

    def test_the_correlation_matrix_is_one(self) -> None:
        axes = selection().plot.correlation()
        shown = axes.images[0].get_array()
        assert shown.shape == (len(selection().context.raw_pool),) * 2
        assert abs(shown.diagonal() - 1).max() < 1e-12
        assert abs(shown - shown.T).max() < 1e-12

    def test_winners_on_given_axes(self, pyplot: Any) -> None:
        _, given = pyplot.subplots()
        axes = selection().plot.winners(given)
        assert axes is given
        assert len(axes.patches) == len(selection().portfolio_candidates)
