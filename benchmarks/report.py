"""Measurements as tables: ours beside the baselines, how each grows, what was asked of it."""

import math
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measured import Cost
from benchmarks.works import STAGES


def found(costs: Sequence[Cost], work: str, assets: int, days: int, missing: float = 0.0) -> Cost | None:
    """One measurement, None where it wasn't made."""
    wanted = (work, assets, days, missing)
    return next((cost for cost in costs if (cost.work, cost.assets, cost.days, cost.missing) == wanted), None)


def exponent(costs: Sequence[Cost], work: str, what: str, along: str) -> float | None:
    """By which power of `along` (assets or days) a cost grows, from the two largest sizes that differ in nothing else.

    `what` is `cpu`, `peak_mb` or a stage. None where there are no two such sizes.
    """
    other = "days" if along == "assets" else "assets"
    mine = [cost for cost in costs if cost.work == work and not cost.missing]
    groups = [
        [cost for cost in mine if getattr(cost, other) == size] for size in {getattr(cost, other) for cost in mine}
    ]
    pairs = [sorted(group, key=lambda cost: int(getattr(cost, along)))[-2:] for group in groups if len(group) > 1]
    if not pairs:
        return None
    low, high = max(pairs, key=lambda pair: (getattr(pair[1], along), getattr(pair[1], other)))
    values = [value_of(cost, what) for cost in (low, high)]
    if min(values) <= 0:
        return None
    return math.log(values[1] / values[0]) / math.log(getattr(high, along) / getattr(low, along))


def value_of(cost: Cost, what: str) -> float:
    """CPU seconds, MB, or the seconds of a stage."""
    return float(cost.stages[what] if what in cost.stages else getattr(cost, what))


def ratios(costs: Sequence[Cost], assets: int, days: int) -> dict[str, float]:
    """How many times as long the plain version of each stage takes, and of the whole; v3.4's `per asset` beside it."""
    ours, plain = found(costs, "ours", assets, days), found(costs, "plain", assets, days)
    if ours is None or plain is None:
        return {}
    given = {stage: plain.stages[stage] / ours.stages[stage] for stage in STAGES}
    given["whole"] = plain.cpu / ours.cpu
    literal = found(costs, "v3.4 (reference)", assets, days)
    if literal is not None:
        given["v3.4"] = literal.stages["per asset"] * assets / ours.cpu
    return given


def sizes_table(costs: Sequence[Cost]) -> list[str]:
    """A row per size of ours, Markdown: CPU, clock, memory, stages in milliseconds, the baselines."""
    head = ["assets x days", "missing", "CPU s", "clock s", "MB", *(f"{stage} ms" for stage in STAGES), "plain CPU s"]
    rows = []
    for cost in (each for each in costs if each.work == "ours"):
        plain = found(costs, "plain", cost.assets, cost.days, cost.missing)
        rows.append(
            [
                _size(cost),
                f"{cost.missing:.0%}" if cost.missing else "",
                *(_short(value) for value in (cost.cpu, cost.seconds, cost.peak_mb)),
                *(_short(1000 * cost.stages[stage]) for stage in STAGES),
                "" if plain is None else _short(plain.cpu),
            ]
        )
    return _markdown(head, rows)


def growth_table(costs: Sequence[Cost]) -> list[str]:
    """By which power of assets and of days each stage grows, Markdown."""
    rows = []
    for what in (*STAGES, "cpu", "peak_mb"):
        grown = [exponent(costs, "ours", what, along) for along in ("assets", "days")]
        rows.append([what, *("" if each is None else f"{each:.1f}" for each in grown)])
    return _markdown(["", "assets", "days"], rows)


def parts_table(costs: Sequence[Cost]) -> list[str]:
    """What a library, or v3.4, takes for a part of a selection, Markdown."""
    rows = [
        [
            cost.work,
            f"{cost.assets:,} x {cost.days:,}",
            _short(cost.cpu),
            ", ".join(_stage(*each) for each in cost.stages.items()),
        ]
        for cost in costs
        if cost.work not in ("ours", "plain")
    ]
    return _markdown(["work", "assets x days", "CPU s", "of which"], rows)


def _size(cost: Cost) -> str:
    return f"{cost.assets:,} x {cost.days:,}"


def _stage(name: str, seconds: float) -> str:
    return f"{name} {_short(1000 * seconds)} ms"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def plot(costs: Sequence[Cost], path: Path) -> None:
    """Seconds of each stage over the number of assets, at the most days that were measured, both axes logarithmic, as SVG."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mine = [cost for cost in costs if cost.work == "ours" and not cost.missing]
    days = max(cost.days for cost in mine)
    shown = sorted((cost for cost in mine if cost.days == days), key=lambda cost: cost.assets)
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        for stage in STAGES:
            axes.loglog(
                [cost.assets for cost in shown], [cost.stages[stage] for cost in shown], marker="o", label=stage
            )
        axes.set(xlabel=f"assets, {days:,} days", ylabel="seconds of the clock")
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None})
