"""A search for weights, for people: what it is worth out of fold, the weights, and that this is no verdict."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.research.tuning.tuning import TUNED
from tradingview_scraper.pipelines.selection.lineage.record.encoding import toml


def tuning_text(found: Mapping[str, Any]) -> str:
    """The search for a terminal."""
    return "\n".join(
        [*_head(found), "", *_folds(found), "", *_worth(found), "", challenger_toml(found).rstrip(), "", *_end()]
    )


def challenger_toml(found: Mapping[str, Any]) -> str:
    """The weights as a challenger of the profile that was walked."""
    scorer = {"kind": found["kind"], "role": "challenger", "weights": found["tuned"]["weights"]}
    if found["parameters"]:
        scorer["parameters"] = found["parameters"]
    return toml({"profile": {found["profile"]: {"scorers": {TUNED: scorer}}}}).decode()


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    trials = found["trials"]
    yield f"weights of {found['scorer']} over walk {found['walk']}, {found['dates']} dates, {found['horizon']} sessions ahead"
    yield (
        f"{trials['searches']} searches of {trials['each']} trials, seed {found['seed']}; the project's ledger now counts "
        f"{trials['project']} trials"
    )


def _folds(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'rank IC x 1000':26} {'dates':>6} {'searched on':>12} {'in fold':>8} {'out of fold':>12} {'as it is':>9}"
    for fold in found["folds"]:
        numbers = (1000 * fold[name] for name in ("in_fold", "out_of_fold", "champion"))
        inside, out, present = (f"{number:.0f}" for number in numbers)
        span = f"{fold['from']} to {fold['to']}"
        yield f"{span:26} {fold['dates']:>6} {fold['searched_on']:>12} {inside:>8} {out:>12} {present:>9}"


def _worth(found: Mapping[str, Any]) -> Iterator[str]:
    yield "rank IC x 1000 (standard error)"
    yield f"as it is                   {_with_error(found['champion']['ic'])}"
    yield f"tuned, out of fold         {_with_error(found['out_of_fold']['tuned'])}"
    yield f"difference, out of fold    {_with_error(found['out_of_fold']['difference'])}"
    yield f"tuned, on what it has seen {_with_error(found['tuned']['ic'])}"


def _with_error(found: Mapping[str, float | None]) -> str:
    mean, error = ("?" if found[name] is None else f"{1000 * (found[name] or 0.0):.0f}" for name in ("mean", "error"))
    return f"{mean} ({error})"


def _end() -> Iterator[str]:
    yield "This is no verdict: the weights were chosen by the dates that they are shown on. Add the challenger to tvselect.toml,"
    yield "walk over dates that no search has seen, and ask `tvselect compare`, which knows every trial."
