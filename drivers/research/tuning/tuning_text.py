"""A search, for people: what it is worth out of fold, what it chose, and that this is no verdict."""

from collections.abc import Iterator, Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.record.encoding import toml


def tuning_text(found: Mapping[str, Any]) -> str:
    """The search for a terminal."""
    return "\n".join(
        [*_head(found), "", *_folds(found), "", *_worth(found), "", answer_toml(found).rstrip(), "", *_end(found)]
    )


def answer_toml(found: Mapping[str, Any]) -> str:
    """The choice for `tvselect.toml`: a challenger of the profile that was walked, or a profile with other gates."""
    return toml(found["answer"]).decode()


def _head(found: Mapping[str, Any]) -> Iterator[str]:
    trials, ahead = found["trials"], found["horizon"]
    yield (
        f"{found['what']} of {found['scorer']} over walk {found['walk']}, {found['dates']} dates, {ahead} "
        f"{'session' if ahead == 1 else 'sessions'} ahead"
    )
    yield (
        f"{trials['searches']} searches of {trials['each']} trials, seed {found['seed']}; the project's ledger now counts "
        f"{trials['project']} trials"
    )


def _folds(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'rank IC x 1000':26} {'dates':>6} {'searched on':>12} {'in fold':>8} {'out of fold':>12} {'as it is':>9}"
    for fold in found["folds"]:
        inside, out, present = (_thousandths(fold[name]) for name in ("in_fold", "out_of_fold", "present"))
        span = f"{fold['from']} to {fold['to']}"
        yield f"{span:26} {fold['dates']:>6} {fold['searched_on']:>12} {inside:>8} {out:>12} {present:>9}"


def _worth(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"rank IC of the {found['measure']} x 1000 (standard error)"
    yield f"as it is                   {_with_error(found['present']['ic'])}"
    yield f"tuned, out of fold         {_with_error(found['out_of_fold']['tuned'])}"
    yield f"difference, out of fold    {_with_error(found['out_of_fold']['difference'])}"
    yield f"tuned, on what it has seen {_with_error(found['tuned']['ic'])}"
    if "eligible" in found["tuned"]:
        shares = (f"{100 * found[name]['eligible']:.0f} %" for name in ("present", "tuned"))
        yield "eligible, as it is and tuned: " + ", ".join(shares)


def _with_error(found: Mapping[str, float | None]) -> str:
    return f"{_thousandths(found['mean'])} ({_thousandths(found['error'])})"


def _thousandths(value: float | None) -> str:
    return "?" if value is None else f"{1000 * value:.0f}"


def _end(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"This is no verdict: the {found['what']} were chosen by the dates that they are shown on."
    if found["what"] == "thresholds":
        yield "Add the profile to tvselect.toml and walk with it over dates that no search has seen, beside the one there is."
    else:
        yield "Add the challenger to tvselect.toml, walk over dates that no search has seen, and ask `tvselect compare`, which"
        yield "knows every trial."
