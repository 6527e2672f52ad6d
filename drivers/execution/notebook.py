"""A selection in a notebook: as a table of its own, and as figures.

`selection_html` is what Jupyter shows: verdict, ladder, winners; one string without any resource from outside, the same for
the same selection. `Plots`, the `plot` of a selection, draws with matplotlib (imported when a figure is asked for) on given
axes or new ones, and returns them: `ladder`, `funnel`, `conviction`, `correlation`, `winners`. Colours are Okabe and Ito's,
and whatever a colour says, a shape, a hatch or a word says too.
"""

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import clustered_order, implied
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, offenders

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection

BLUE, VERMILION, GREEN, ORANGE, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#767676"
_CELL = "text-align:left;padding:1px 12px 1px 0"
# Outcome of an asset: colour, marker, label; drawn in this order.
_GROUPS = (("other", GREY, ".", "vetoed"), ("eligible", BLUE, "o", "eligible"), ("winner", VERMILION, "^", "winner"))


def selection_html(selection: "Selection") -> str:
    """The selection as HTML: verdict, ladder, winners with conviction."""
    settings = selection.settings
    reached = "reaches" if selection.reached_floor else "misses"
    last = selection.rungs[-1]
    verdict = (
        f"{len(selection.winners)} winners of {len(selection.context.raw_pool)} assets; rung {last.number} ({last.name}) "
        f"{reached} the floor of {settings.recruitment.floor}. Profile {settings.profile}, "
        f"data to {selection.context.returns.index[-1]:%Y-%m-%d}."
    )
    ladder = [(f"{rung.number} {rung.name}", rung.eligible, rung.winners) for rung in selection.rungs]
    strongest = max((abs(winner["alpha_score"]) for winner in selection.portfolio_candidates), default=0.0)
    winners = [
        (
            winner["symbol"],
            winner["direction"],
            winner["logic"],
            f"{winner['alpha_score']:.6g}",
            _bar(winner, strongest),
        )
        for winner in selection.portfolio_candidates
    ]
    return (
        f"<div><p><b>{escape(verdict)}</b></p>"
        f"{_table('Ladder', ('rung', 'eligible', 'winners'), ladder)}"
        f"{_table('Winners', ('symbol', 'direction', 'logic', 'conviction', ''), winners)}</div>"
    )


class Plots:
    """Figures of one selection; each takes `ax` to draw on, and returns the axes."""

    def __init__(self, selection: "Selection") -> None:
        self._selection = selection

    def ladder(self, ax: "Axes | None" = None) -> "Axes":
        """Eligible assets and winners a rung, against the floor."""
        rungs, floor = self._selection.rungs, self._selection.settings.recruitment.floor
        axes, places = _axes(ax), np.arange(len(rungs))
        eligible = axes.bar(places - 0.2, [rung.eligible for rung in rungs], 0.38, color=BLUE, label="eligible")
        winners = axes.bar(
            places + 0.2, [rung.winners for rung in rungs], 0.38, color=ORANGE, hatch="//", label="winners"
        )
        for bars in (eligible, winners):
            axes.bar_label(bars)
        axes.axhline(floor, color=VERMILION, linestyle="--", label=f"floor of {floor}")
        axes.set_xticks(places, [f"{rung.number} {rung.name}" for rung in rungs])
        return _told(axes, "Ladder of relaxation", "rung", "assets (count)")

    def funnel(self, ax: "Axes | None" = None) -> "Axes":
        """How many assets are left after each gate, hard ones first; below them, eligible assets and winners."""
        steps = _left_after_gates(self._selection)
        axes = _axes(ax, height=0.3 * len(steps) + 1.5)
        labels, counts = [name for name, _ in steps], [count for _, count in steps]
        colours = [GREY] + [BLUE] * (len(steps) - 3) + [GREEN, ORANGE]
        axes.bar_label(axes.barh(labels, counts, color=colours), padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.1)
        return _told(axes, "From pool to winners", "assets left (count)", "after the gate", legend=False)

    def conviction(self, feature: str, ax: "Axes | None" = None) -> "Axes":
        """Conviction of each asset against one of its features; unknown values are counted in the title.

        Raises `ConfigurationError` where there is no such feature.
        """
        store, standings = self._selection.context.feature_store, self._selection.context.standings
        if feature not in store:
            raise ConfigurationError(f"there is no feature {feature!r}; there are {offenders(store.columns, shown=40)}")
        values = store[feature].to_numpy(dtype=float)
        scores = self._selection.conviction.reindex(store.index).to_numpy(dtype=float)
        winner = store.index.isin(self._selection.context.winners.index)
        eligible = standings["eligible"].reindex(store.index).to_numpy(dtype=bool) & ~winner
        known = np.isfinite(values) & np.isfinite(scores)
        masks = {"winner": winner, "eligible": eligible, "other": ~winner & ~eligible}
        axes = _axes(ax)
        for group, colour, marker, label in _GROUPS:
            kept = masks[group] & known
            axes.scatter(
                values[kept], scores[kept], s=28, c=colour, marker=marker, alpha=0.75, label=f"{label} ({kept.sum()})"
            )
        missing = int((~known).sum())
        title = f"Conviction against {feature}" + (f" ({missing} assets unknown)" if missing else "")
        return _told(axes, title, f"{feature} (its own unit)", "conviction (champion's score)")

    def correlation(self, ax: "Axes | None" = None) -> "Axes":
        """The correlations that clustering saw, in the order of its dendrogram, with the borders of the clusters."""
        distance, clusters = self._selection.distance, self._selection.context.clusters["cluster"]
        labels = clusters.reindex(distance.assets).to_numpy()
        order = clustered_order(distance, labels, self._selection.cluster_tree)
        axes = _axes(ax, height=6.0, width=7.0)
        image = axes.imshow(
            implied(distance.square()[np.ix_(order, order)]), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest"
        )
        for border in np.flatnonzero(labels[order][1:] != labels[order][:-1]) + 0.5:
            axes.axhline(border, color="black", linewidth=0.4)
            axes.axvline(border, color="black", linewidth=0.4)
        axes.figure.colorbar(image, ax=axes, label="correlation (-1 to 1)")
        title = f"Correlation of {len(order)} assets in {len(np.unique(labels))} clusters"
        return _told(axes, title, "asset, by dendrogram", "asset, by dendrogram", legend=False)

    def winners(self, ax: "Axes | None" = None) -> "Axes":
        """The winners' conviction, best first; shorts are hatched."""
        won = self._selection.portfolio_candidates
        axes = _axes(ax, height=0.28 * len(won) + 1.5)
        for direction, colour, hatch in (("LONG", BLUE, ""), ("SHORT", ORANGE, "//")):
            kept = [(place, winner) for place, winner in enumerate(won) if winner["direction"] == direction]
            axes.barh(
                [place for place, _ in kept],
                [winner["alpha_score"] for _, winner in kept],
                color=colour,
                hatch=hatch,
                label=f"{direction} ({len(kept)})",
            )
        axes.set_yticks(range(len(won)), [winner["symbol"] for winner in won])
        axes.invert_yaxis()
        return _told(axes, f"{len(won)} winners", "conviction (champion's score)", "asset")


def _left_after_gates(selection: "Selection") -> list[tuple[str, int]]:
    decisions, standings = selection.decisions, selection.context.standings
    passed = decisions.pivot(index="symbol", columns="gate", values="passed").astype(bool)
    gates = selection.settings.gates
    left = np.ones(len(passed), dtype=bool)
    steps = [("pool", len(standings))]
    for name in sorted(decisions["gate"].cat.categories, key=lambda name: gates[name].kind != "hard"):
        left &= passed[name].to_numpy()
        steps.append((f"{name} ({gates[name].kind})", int(left.sum())))
    return [*steps, ("eligible", int(standings["eligible"].sum())), ("winners", len(selection.winners))]


def _axes(ax: "Axes | None", height: float = 4.5, width: float = 7.5) -> "Axes":
    """The given axes, or those of a new figure. Raises `ConfigurationError` where matplotlib is missing."""
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ConfigurationError(f"plots need matplotlib ({error}): pip install 'tvselect[plot]'") from None
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]


def _told(axes: "Axes", title: str, x: str, y: str, *, legend: bool = True) -> "Axes":
    axes.set(title=title, xlabel=x, ylabel=y)
    if legend:
        axes.legend()
    return axes


def _bar(winner: dict[str, Any], strongest: float) -> str:
    share = abs(winner["alpha_score"]) / strongest if strongest > 0 else 0.0
    return "\u2588" * max(1, round(16 * share))


def _table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    top = "".join(f'<th scope="col" style="{_CELL}">{escape(head)}</th>' for head in heads)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    titled = f'<caption style="text-align:left">{escape(caption)}</caption>'
    return f"<table>{titled}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _cells(row: Iterable[object]) -> str:
    return "".join(f'<td style="{_CELL}">{escape(str(cell))}</td>' for cell in row)
