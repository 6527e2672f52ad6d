"""Two answers in v3.4's shape held against each other, bit for bit.

`v4_answer` is v4's answer under the `v3.4` profile; `disagreements` names every part in which two answers differ. Only
the numbers of the clusters are free, for they are names: the partition and the order of the clusters are not.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import incumbent_answer, incumbent_settings

Answer = Mapping[str, Any]
EXACT = ("alpha_scores", "raw_metrics", "raw_features", "shrinkage", "spec_version")
OF_A_STAGE = ("relaxation_stage", "active_thresholds", "vetoes", "winners", "selected_by_cluster")
KAPPA_TOLERANCE = 1e-9


def v4_answer(
    returns: pd.DataFrame,
    candidates: Sequence[Mapping[str, Any]],
    stats: pd.DataFrame | None,
    case: Mapping[str, Any],
    changed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """v4's answer under the `v3.4` profile and a case's settings, some of them changed (dotted names)."""
    chosen = {**incumbent_settings(case), **(changed or {})}
    return incumbent_answer(select(returns, candidates, stats, profile="v3.4", settings=chosen), candidates, case)


def known(value: Any) -> Any:
    """The same with None for NaN, which is equal to itself."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, Mapping):
        return {key: known(entry) for key, entry in value.items()}
    return [known(entry) for entry in value] if isinstance(value, list) else value


def members(clusters: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """Label to the sorted members of the cluster."""
    found: dict[str, list[str]] = {}
    for symbol, label in clusters.items():
        found.setdefault(str(label), []).append(symbol)
    return {label: tuple(sorted(symbols)) for label, symbols in found.items()}


def comparable(answer: Answer) -> dict[str, Any]:
    """An answer's parts by name, clusters by their members, NaN as None; without kappa."""
    names = members(answer["clusters"])
    parts = {name: known(answer[name]) for name in EXACT}
    parts["partition"] = sorted(names.values())
    for number, stage in enumerate((*answer["stages"], answer), start=1):
        where = "answer" if number > len(answer["stages"]) else f"stage {number}"
        for name in OF_A_STAGE:
            parts[f"{where}: {name}"] = known(stage[name])
        selected = stage["selected_by_cluster"].items()
        parts[f"{where}: selected_by_cluster"] = [[names[label], entry] for label, entry in selected]
    return parts


def disagreements(actual: Answer, expected: Answer) -> list[str]:
    """The parts in which two answers differ, each with what they say; empty where they are the same."""
    mine, theirs = comparable(actual), comparable(expected)
    found = [
        f"{name}: {first(mine.get(name), theirs.get(name))}" for name in mine | theirs if differ(mine, theirs, name)
    ]
    if not math.isclose(actual["kappa"], expected["kappa"], rel_tol=KAPPA_TOLERANCE, abs_tol=0.0):
        found.append(f"kappa: {actual['kappa']!r}, not {expected['kappa']!r}")
    return found


def differ(mine: Mapping[str, Any], theirs: Mapping[str, Any], name: str) -> bool:
    """Whether a part differs or is missing on one side."""
    return name not in mine or name not in theirs or mine[name] != theirs[name]


def first(mine: Any, theirs: Any) -> str:
    """The first place in which two values differ, in words."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in {**theirs, **mine}:
            if key not in mine or key not in theirs or mine[key] != theirs[key]:
                return f"[{key}] {first(mine.get(key), theirs.get(key))}"
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (one, other) in enumerate(zip(mine, theirs, strict=True)):
            if one != other:
                return f"[{number}] {first(one, other)}"
    return f"{str(mine)[:300]}, not {str(theirs)[:300]}"
