"""v4's `v3.4` profile held against answers of v3.4 itself, part by part.

`compared` takes two answers in v3.4's shape (`drivers.migration.incumbent`) apart: raw features, metrics, scores, kappa
and shrinkage, partition, then rung by rung thresholds, vetoes, winners and the clusters' winners. Each `Part` counts;
`verdict_of` judges.
`drivers.migration.parity_report` reads the cases and shows what came out.

What a processor can't change must be equal: features, metrics, partition, vetoes, winners, rungs. What it can change has
bounds, for `log`, `exp` and least squares have other last bits on another kernel. A score is exp of a sum of logs, so an
error of one ulp of a log score of -8.5 is eight to sixteen ulp of the score: scores are bounded by 4 ulp *of their
logarithm*, and the plain distance is reported beside it. H is bounded by 16 ulp, what is derived from it by what that
makes of it, kappa and shrinkage by 1e-9 of themselves.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from tradingview_scraper.pipelines.selection.drivers.migration.incumbent import METRICS, RAW_FEATURES

SCORE_ULP = 4
HURST_ULP = 16
# 1 - 2 |H - 0.5| doubles the error of H and can cancel nearly all of its digits: an absolute bound, in ulp of 1.
HURST_CLEAN_ABSOLUTE = 2 * HURST_ULP * 2.0**-52
RELATIVE = 1e-9
SHOWN = 3
IDENTICAL, WITHIN, DIFFERENT = "identical", "within-ulp", "different"

Answer = Mapping[str, Any]
Bound = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Part:
    """One thing compared: how often, how often equal (to the bit, where it is a number) and how often within bounds."""

    name: str
    compared: int
    equal: int
    within: int
    ulp: int | None
    """The largest distance in ulp; None where nothing is a number."""
    offenders: tuple[str, ...]
    """The first that aren't equal."""


def verdict_of(parts: Iterable[Part]) -> str:
    """`identical`, `within-ulp` or `different`."""
    held = list(parts)
    if all(part.equal == part.compared for part in held):
        return IDENTICAL
    return WITHIN if all(part.within == part.compared for part in held) else DIFFERENT


def compared(actual: Answer, expected: Answer) -> list[Part]:
    """Every part of an answer that the expected one has, compared."""
    parts = []
    for name in RAW_FEATURES:
        mine, theirs = (
            {asset: raw[name] for asset, raw in found["raw_features"].items()}
            for found in both(actual, expected, "raw_features")
        )
        parts.append(numbers(f"raw {name}", mine, theirs, at_most(HURST_ULP) if name == "hurst" else at_most(0)))
    for name in METRICS:
        mine, theirs = (found["raw_metrics"].get(name, {}) for found in both(actual, expected, "raw_metrics"))
        parts.append(numbers(f"metric {name}", mine, theirs, near_half if name == "hurst_clean" else at_most(0)))
    parts.append(numbers("score", actual["alpha_scores"], expected["alpha_scores"], of_the_log))
    for name in ("kappa", "shrinkage"):
        parts.append(close(name, actual[name], expected[name]))
    if "clusters" in expected:
        parts.append(things("partition", companions(actual["clusters"]), companions(expected["clusters"])))
    return [*parts, *compared_rungs(actual, expected)]


def both(actual: Answer, expected: Answer, name: str) -> tuple[Answer, Answer]:
    """Both answers, or two empty ones where the expected one lacks this part."""
    return (actual, expected) if name in expected else ({name: {}}, {name: {}})


def compared_rungs(actual: Answer, expected: Answer) -> list[Part]:
    """Rungs, thresholds, vetoes, winners with their scores and the clusters' winners, rung by rung and at the end."""
    mine, theirs = [actual], [expected]
    if "stages" in expected:
        mine, theirs = [*actual["stages"], actual], [*expected["stages"], expected]
    climbed = [{"rungs": [stage["relaxation_stage"] for stage in found]} for found in (mine, theirs)]
    parts = [things("rungs", *climbed)]
    places = [f"rung {stage['relaxation_stage']}" for stage in theirs[:-1]] + ["end"]
    pairs = list(zip(places, mine, theirs, strict=False))
    for name, found in (
        ("thresholds", [(place, thresholds(one, other)) for place, one, other in pairs]),
        ("vetoes", [(place, vetoes(one, other, expected)) for place, one, other in pairs]),
        ("winners", [(place, things("", *aligned(one["winners"], other["winners"]))) for place, one, other in pairs]),
        ("winners' score", [(place, winners_scores(one, other)) for place, one, other in pairs]),
        ("selected by cluster", [(place, chosen(one, other, actual, expected)) for place, one, other in pairs]),
    ):
        parts.append(added(name, found))
    return parts


def thresholds(one: Answer, other: Answer) -> Part:
    """A rung's active thresholds."""
    return numbers("thresholds", one["active_thresholds"], other["active_thresholds"], at_most(0))


def vetoes(one: Answer, other: Answer, expected: Answer) -> Part:
    """Every asset's vetoes, with their reason texts; those of one gate in the order of v3.4."""
    mine, theirs = (
        {str(symbol): found["vetoes"].get(symbol, []) for symbol in {**expected["alpha_scores"], **found["vetoes"]}}
        for found in (one, other)
    )
    return things("vetoes", mine, theirs)


def winners_scores(one: Answer, other: Answer) -> Part:
    """The winners' scores, by symbol."""
    mine, theirs = ({str(won["symbol"]): won["alpha_score"] for won in found["winners"]} for found in (one, other))
    return numbers("winners' score", mine, theirs, of_the_log)


def aligned(mine: Sequence[Answer], theirs: Sequence[Answer]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Place to winner without the score, for both; where v3.4's scores tie, whose order it leaves open, by symbol."""
    bare = [
        [{key: value for key, value in one.items() if key != "alpha_score"} for one in found]
        for found in (mine, theirs)
    ]
    places = tied_places([winner["alpha_score"] for winner in theirs])
    one, other = (sorted_within(found, places, lambda winner: str(winner["symbol"])) for found in bare)
    return {f"#{place}": w for place, w in enumerate(one, 1)}, {f"#{place}": w for place, w in enumerate(other, 1)}


def tied_places(values: Sequence[float]) -> list[int]:
    """The lengths of the runs of equal values."""
    return [len(list(run)) for _, run in groupby(values)]


def sorted_within(entries: Sequence[Any], lengths: Sequence[int], key: Callable[[Any], str]) -> list[Any]:
    """The entries with those of each run in order; what is beyond the runs stays as it is."""
    result: list[Any] = []
    for length in lengths:
        result += sorted(entries[len(result) : len(result) + length], key=key)
    return result + list(entries[len(result) :])


def chosen(one: Answer, other: Answer, actual: Answer, expected: Answer) -> Part:
    """`selected_by_cluster`, the clusters named by their members where these are known: labels may be renumbered."""
    ties = expected["alpha_scores"]
    mine, theirs = (
        {
            members.get(label, label): {"size": entry["size"], "selected": list(entry["selected"])}
            for label, entry in ((str(label), entry) for label, entry in stage["selected_by_cluster"].items())
        }
        for stage, members in ((one, named(actual, expected)), (other, named(expected, expected)))
    )
    for cluster, entry in theirs.items():
        lengths = tied_places([ties[symbol] for symbol in entry["selected"]])
        for found in (entry, mine.get(cluster, {"selected": []})):
            found["selected"] = sorted_within(found["selected"], lengths, str)
    return things("selected by cluster", mine, theirs)


def named(answer: Answer, expected: Answer) -> dict[str, str]:
    """Label to the members' names, where the partition is known."""
    if "clusters" not in expected:
        return {}
    return {str(answer["clusters"][symbol]): members for symbol, members in companions(answer["clusters"]).items()}


def companions(clusters: Mapping[str, int]) -> dict[str, str]:
    """Asset to the members of its cluster, itself among them."""
    members: dict[int, list[str]] = {}
    for symbol, label in clusters.items():
        members.setdefault(label, []).append(str(symbol))
    return {str(symbol): " ".join(sorted(members[label])) for symbol, label in clusters.items()}


def numbers(name: str, mine: Mapping[str, float | None], theirs: Mapping[str, float | None], bound: Bound) -> Part:
    """Two sets of named numbers, None being unknown; a name that one of them lacks is beyond all bounds."""
    keys = list({**theirs, **mine})
    here = np.array([number(mine.get(key)) for key in keys], dtype=np.float64)
    there = np.array([number(theirs.get(key)) for key in keys], dtype=np.float64)
    shared = np.array([key in mine and key in theirs for key in keys], dtype=bool)
    distance = ulp_distance(here, there)
    equal = shared & (distance == 0)
    within = shared & (equal | bound(here, there))
    offenders = [
        f"{keys[at]} {float(here[at])!r} not {float(there[at])!r} ({distance[at]} ulp)"
        for at in np.flatnonzero(~equal)[:SHOWN]
    ]
    largest = int(distance.max()) if len(keys) else None
    return Part(name, len(keys), int(equal.sum()), int(within.sum()), largest, tuple(offenders))


def things(name: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Part:
    """Two sets of named things that are equal or not."""
    keys = list({**theirs, **mine})
    unlike = [key for key in keys if key not in mine or key not in theirs or plain(mine[key]) != plain(theirs[key])]
    offenders = tuple(f"{key}: {str(mine.get(key))[:120]} not {str(theirs.get(key))[:120]}" for key in unlike[:SHOWN])
    count = len(keys) - len(unlike)
    return Part(name, len(keys), count, count, None, offenders)


def close(name: str, mine: float, theirs: float) -> Part:
    """One number that counts as equal within 1e-9: eigenvalues depend on the BLAS kernel."""
    equal = int(math.isclose(mine, theirs, rel_tol=RELATIVE, abs_tol=0.0))
    distance = int(ulp_distance(np.array([mine]), np.array([theirs]))[0])
    return Part(name, 1, equal, equal, distance, () if equal else (f"{mine!r} not {theirs!r}",))


def plain(value: Any) -> Any:
    """The same with None for NaN, which is equal to itself."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def number(value: float | None) -> float:
    """NaN for None."""
    return math.nan if value is None else float(value)


def at_most(ulp: int) -> Bound:
    """The bound of so many ulp."""
    return lambda here, there: ulp_distance(here, there) <= ulp


def near_half(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The bound of what is derived from H."""
    return np.asarray(np.abs(here - there) <= HURST_CLEAN_ABSOLUTE)


def of_the_log(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The bound of scores: 4 ulp of the logarithm, whose absolute error is a score's relative one."""
    magnitude = np.maximum(1.0, np.abs(np.log(np.maximum(there, np.finfo(np.float64).tiny))))
    return np.asarray(ulp_distance(here, there) <= SCORE_ULP * np.spacing(magnitude) / np.spacing(1.0))


def ulp_distance(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """How many doubles lie between two, across zero too; 0 between two NaN, the largest count where one is NaN."""
    one, other = (positions(np.asarray(values, dtype=np.float64)) for values in (here, there))
    steps = np.maximum(one, other).astype(np.uint64) - np.minimum(one, other).astype(np.uint64)
    unknown = np.isnan(here), np.isnan(there)
    steps = np.where(unknown[0] != unknown[1], np.iinfo(np.uint64).max, steps)
    return np.where(unknown[0] & unknown[1], np.uint64(0), steps)


def positions(values: np.ndarray) -> np.ndarray:
    """Doubles on the line of integers on which neighbours differ by one and both zeros are 0."""
    bits = np.ascontiguousarray(values).view(np.int64)
    return np.where(bits >= 0, bits, np.iinfo(np.int64).min - bits)


def added(name: str, parts: Iterable[tuple[str, Part]]) -> Part:
    """The sum of one thing's parts, offenders with the place that they come from."""
    held = list(parts)
    distances = [part.ulp for _, part in held if part.ulp is not None]
    offenders = [f"{place}: {text}" for place, part in held for text in part.offenders]
    return Part(
        name,
        sum(part.compared for _, part in held),
        sum(part.equal for _, part in held),
        sum(part.within for _, part in held),
        max(distances, default=None),
        tuple(offenders[:SHOWN]),
    )
