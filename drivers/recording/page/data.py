"""What the run page shows, as plain data: a function of the selection alone, without time, run id or path.

Assets are columns, not records, and a column that several speak of (a factor, its gate, its probability) is held once.
Numbers are rounded to six digits, except conviction and whatever stands so near a threshold that rounding would show.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.recording.page.equal_weight import equal_weight_data
from tradingview_scraper.pipelines.selection.drivers.recording.page.input_dates import day, seen_scans, seen_tables
from tradingview_scraper.pipelines.selection.drivers.recording.page.matrix import matrix_data
from tradingview_scraper.pipelines.selection.drivers.recording.page.model_facts import model_facts
from tradingview_scraper.pipelines.selection.drivers.recording.page.numbers import DIGITS, Columns, rounded
from tradingview_scraper.pipelines.selection.drivers.recording.page.scorer_table import scorers_data
from tradingview_scraper.pipelines.selection.lineage.record.agreement import ranks
from tradingview_scraper.pipelines.selection.lineage.record.encoding import toml
from tradingview_scraper.pipelines.selection.lineage.record.figures import run_figures
from tradingview_scraper.pipelines.selection.lineage.record.headline import headline
from tradingview_scraper.pipelines.selection.lineage.record.pool_findings import pool_findings
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.gates import Gate

VERSION = "1.3"
SPARK_POINTS = 64
QUARANTINE_ROWS = 100
# Verdicts as one letter per asset: an unknown value that the gate lets through is `U`; whom the profile's list lets past
# is `w`, whom the gate itself does as a flagged benchmark `W`.
LETTERS = {
    ("pass", True, ""): "p",
    ("fail", False, ""): "f",
    ("unknown", False, ""): "u",
    ("unknown", True, ""): "U",
    ("waived", True, "benchmarks"): "w",
    ("waived", True, "is_benchmark"): "W",
}


def page_data(
    selection: Selection,
    documentation: Mapping[str, str] | None = None,
    fragility: Mapping[str, Any] | None = None,
    causality: str | None = None,
) -> dict[str, Any]:
    """All that the page shows.

    `documentation` says what a factor is, by name, `fragility` is the list's, if it was measured, `causality` what the project's
    certificates said of the profile, if they were asked.
    """
    context, settings = selection.context, selection.settings
    pool, standings = context.raw_pool, context.standings
    columns = Columns()
    # Gates first: where a factor has a gate, the gate decides what may be rounded.
    gates = _gates(selection, columns)
    scorers = scorers_data(selection, columns)
    features = _features(selection, columns, documentation or {})
    figures = run_figures(context, selection.distance, fragility)
    models = model_facts(selection)
    settings_text = toml(selection.graph.plan.stated.model_dump(exclude_none=True))
    winners = pool.index.get_indexer(context.winners.index)
    return {
        "version": VERSION,
        "profile": settings.profile,
        "first_day": day(context.returns.index[0]),
        "as_of": day(context.returns.index[-1]),
        "days": len(context.returns),
        "floor": settings.recruitment.floor,
        "reached_floor": selection.reached_floor,
        "rung": selection.rungs[-1].number,
        "headline": headline(selection.manifest, selection.rungs[-1].name, settings.recruitment.floor),
        "settings_digest": bytes_digest(settings_text),
        "settings": settings_text.decode(),
        "figures": {name: _number(value) for name, value in figures.values.items()},
        "figure_notes": dict(figures.notes),
        "findings": pool_findings(figures.values, settings.data.lookback),
        "inputs": [
            {"name": source.name, "rows": source.rows, "columns": source.columns, "digest": source.digest}
            for source in (*selection.sources, *selection.models)
        ],
        "tables": seen_tables(selection.tables, context.returns),
        "scans": seen_scans(selection.tables),
        "coverage": {name: value for name, value in selection.coverage.items() if name not in ("remarks", "scans")},
        "quarantine": _quarantine(selection.quarantine),
        "ladder": _ladder(selection),
        "gates": gates,
        "funnel": _funnel(selection),
        "assets": _assets(pool, standings),
        "columns": columns.values,
        "features": features,
        "scorers": scorers,
        "models": [{"scorer": name, "role": settings.scorers[name].role, **facts} for name, facts in models.items()],
        "winners": winners.tolist(),
        "sparks": _sparks(context.returns, context.winners.index),
        "curves": equal_weight_data(
            context.returns, context.winners["direction"], selection.coverage["benchmarks"]["found"]
        ),
        "directed": settings.clusters.directed,
        "matrix": matrix_data(
            selection.distance,
            pool.index,
            standings["cluster"].to_numpy(),
            winners,
            tree=selection.cluster_tree,
        ),
        **({} if fragility is None else {"fragility": fragility}),
        **({} if causality is None else {"causality": causality}),
    }


def _number(value: float) -> float | None:
    return None if value != value else value


def _matrix_of(decisions: pd.DataFrame, column: str, shape: tuple[int, int]) -> np.ndarray:
    """A column of the decisions as assets x gates."""
    values = decisions[column]
    content = values.to_numpy()
    matrix = np.empty(shape, dtype=content.dtype)
    matrix[decisions["symbol"].cat.codes, decisions["gate"].cat.codes] = content
    return matrix


def _gates(selection: Selection, columns: Columns) -> list[dict[str, Any]]:
    decisions = selection.decisions
    names = decisions["gate"].cat.categories
    shape = (len(selection.context.raw_pool), len(names))
    values, margins, passed = (_matrix_of(decisions, column, shape) for column in ("value", "margin", "passed"))
    verdicts, waivers = (_matrix_of(decisions, column, shape) for column in ("verdict", "waived_by"))
    thresholds = decisions.drop_duplicates("gate").set_index("gate")["threshold"]
    return [
        _gate(
            name,
            selection.settings.gates[name],
            float(thresholds[name]),
            columns.add(values[:, place], _delicate(values[:, place], margins[:, place])),
            "".join(
                LETTERS[key]
                for key in zip(verdicts[:, place], passed[:, place].tolist(), waivers[:, place], strict=True)
            ),
        )
        for place, name in enumerate(names)
    ]


def _gate(name: str, gate: Gate, threshold: float, column: int, verdicts: str) -> dict[str, Any]:
    return {
        "gate": name,
        "feature": gate.feature,
        "op": gate.op,
        "kind": gate.kind,
        "reason": gate.reason,
        "threshold": threshold,
        "column": column,
        "verdicts": verdicts,
    }


def _delicate(values: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Where rounding the value to `DIGITS` would be seen in the margin."""
    return np.asarray(np.abs(margins) < 100 * np.abs(values) * 10.0**-DIGITS)


def _funnel(selection: Selection) -> dict[str, Any]:
    """How many are left after each gate, hard ones first; how many each stops, and stops alone."""
    decisions, standings = selection.decisions, selection.context.standings
    names = list(decisions["gate"].cat.categories)
    passed = _matrix_of(decisions, "passed", (len(standings), len(names)))
    failures = (~passed).sum(axis=1)
    order = sorted(names, key=lambda name: selection.settings.gates[name].kind != "hard")
    left = np.ones(len(standings), dtype=bool)
    steps = []
    for name in order:
        passes = passed[:, names.index(name)]
        left &= passes
        steps.append(
            {
                "gate": name,
                "kind": selection.settings.gates[name].kind,
                "left": int(left.sum()),
                "stops": int((~passes).sum()),
                "stops_alone": int((~passes & (failures == 1)).sum()),
            }
        )
    routes = standings.loc[standings["route"] != "", "route"].value_counts()
    outcomes = standings["outcome"].value_counts()
    return {
        "pool": len(standings),
        "steps": steps,
        "eligible": int(standings["eligible"].sum()),
        "winners": len(selection.context.winners),
        "routes": {name: int(routes[name]) for name in sorted(routes.index)},
        "outcomes": {name: int(outcomes[name]) for name in sorted(outcomes.index)},
    }


def _ladder(selection: Selection) -> list[dict[str, Any]]:
    climbed = {rung.number: rung for rung in selection.rungs}
    return [
        {
            "rung": rung.number,
            "name": rung.name,
            "recruit": rung.recruit,
            "thresholds": {name: rung.thresholds[name] for name in selection.settings.active_gates},
            **(
                {"eligible": found.eligible, "winners": found.winners, "executed": len(found.executed)}
                if (found := climbed.get(rung.number))
                else {}
            ),
        }
        for rung in selection.settings.rungs()
    ]


def _assets(pool: pd.DataFrame, standings: pd.DataFrame) -> dict[str, Any]:
    symbols = pool.index
    conviction = standings["alpha_score"].to_numpy()
    return {
        "symbol": symbols.tolist(),
        "scanner": _unless_same(pool["scanner_symbol"], symbols),
        "identity": _unless_same(pool["identity"], symbols),
        **{name: _coded(pool[name]) for name in ("logics", "market", "sector")},
        **{name: _coded(standings[name]) for name in ("direction", "outcome", "route")},
        "eligible": _flags(standings["eligible"]),
        "sound": _flags(standings["sound"]),
        "conviction": [_number(value) for value in conviction.tolist()],
        "cluster": standings["cluster"].tolist(),
        "cluster_rank": rounded(standings["rank"].tolist()),
        "rank": ranks(conviction, symbols.to_numpy(dtype=str)).tolist(),
    }


def _unless_same(values: pd.Series, symbols: pd.Index) -> list[str | None]:
    return [None if value == symbol else value for value, symbol in zip(values.tolist(), symbols, strict=True)]


def _coded(values: pd.Series) -> dict[str, Any]:
    codes, names = pd.factorize(values, sort=True)
    return {"names": [str(name) for name in names], "codes": codes.tolist()}


def _flags(values: pd.Series) -> str:
    return "".join("1" if value else "0" for value in values.tolist())


def _features(selection: Selection, columns: Columns, documentation: Mapping[str, str]) -> list[dict[str, Any]]:
    store, settings = selection.context.feature_store, selection.settings
    return [
        {
            "name": name,
            "text": documentation.get(name, "").split("\n")[0],
            "weight": settings.weights_of(settings.champion).get(name, 0.0),
            "column": columns.add(store[name].to_numpy()),
        }
        for name in store.columns
    ]


def _sparks(returns: pd.DataFrame, winners: pd.Index) -> list[list[float | int | None]]:
    """Cumulative simple return of each winner at evenly spread days; None before its first observation."""
    daily = returns[winners].to_numpy()
    seen = np.cumsum(~np.isnan(daily), axis=0) > 0
    growth = np.where(seen, np.cumprod(1.0 + np.nan_to_num(daily), axis=0) - 1.0, np.nan)
    days = np.unique(np.linspace(0, len(daily) - 1, min(SPARK_POINTS, len(daily))).round().astype(int))
    return [rounded(growth[days, place].tolist(), digits=4) for place in range(len(winners))]


def _quarantine(quarantine: pd.DataFrame) -> dict[str, Any]:
    """The first rows that ingestion set aside, and how many there are."""
    return {
        "rows": len(quarantine),
        "columns": [str(name) for name in quarantine.columns],
        "shown": [[_cell(value) for value in row] for row in quarantine.head(QUARANTINE_ROWS).itertuples(index=False)],
    }


def _cell(value: Any) -> str | float | None:
    if isinstance(value, pd.Timestamp):
        return day(value)
    if isinstance(value, float | int):
        return float(value) if np.isfinite(value) else str(float(value))
    return None if value is None or value is pd.NaT else str(value)
