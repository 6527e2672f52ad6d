"""Fragility of a list: how often each winner stays where the past is drawn anew, or the score is another.

`fragility` selects again and again from the same pool, with the whole relaxation each time:
* `block_bootstrap`: the returns' days are drawn in blocks, the same for all assets (`redrawn_returns`);
* `jitter`: each return is a little larger or smaller;
* `leave_one_out`: each weighted feature of the champion is left out once; an enumeration, so it has no error.
An asset stays where it is among the winners again. Draws hang on the seed alone: the first 50 of 100 are those of 50.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tradingview_scraper.pipelines.selection.drivers.execution.other_returns import OtherReturns
from tradingview_scraper.pipelines.selection.drivers.execution.progress import drawing
from tradingview_scraper.pipelines.selection.drivers.execution.redrawn_returns import drawn_days, jittered, on_days
from tradingview_scraper.pipelines.selection.drivers.execution.result import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

BLOCK_BOOTSTRAP, JITTER, LEAVE_ONE_OUT = "block_bootstrap", "jitter", "leave_one_out"
BLOCK_DAYS = 20
"""Mean length of a block, about a month of trading: orders of five days and weeks of high volatility stay whole."""
SIZE = 0.1
"""Of the jitter: a tenth of each return, about."""
SEED = 1
"""What draws hang on where nobody says otherwise."""
Progress = Callable[[int, int], None]


def fragility(
    selection: Selection,
    *,
    draws: int,
    seed: int = SEED,
    block_days: float = BLOCK_DAYS,
    jitter: float = SIZE,
    progress: Progress = lambda done, whole: None,
) -> dict[str, Any]:
    """The figures as a document: per kind the draws, the mean share of winners that stay and its standard error, the mean
    Jaccard index with the list; per asset that ever wins in how many draws it does; per feature left out who goes and comes.

    Raises `ConfigurationError` where nobody won, and what the executed nodes raise.
    """
    won = [str(name) for name in selection.winners.index]
    if not won:
        raise ConfigurationError("nobody won: there is no list whose fragility could be told")
    features = _features_left_out(selection.settings)
    whole = selections_more(selection.settings, draws)
    lists: dict[str, list[list[str]]] = {BLOCK_BOOTSTRAP: [], JITTER: [], LEAVE_ONE_OUT: []}
    for kind, found in _lists(selection, draws, seed, block_days, jitter, features):
        lists[kind].append(found)
        progress(sum(map(len, lists.values())), whole)
    return {
        "draws": draws,
        "seed": seed,
        "block_days": block_days,
        "jitter": jitter,
        "kinds": {kind: _figures(won, found, drawn=kind != LEAVE_ONE_OUT) for kind, found in lists.items()},
        "assets": _assets(won, lists),
        "features": [
            {"feature": name, "go": [each for each in won if each not in found], "come": sorted(set(found) - set(won))}
            for name, found in zip(features, lists[LEAVE_ONE_OUT], strict=True)
        ],
    }


def fragility_to_record(selection: Selection, draws: int) -> dict[str, Any] | None:
    """The figures that a run records; None where nobody asked for any (0 draws), or nobody won."""
    return fragility(selection, draws=draws, progress=drawing) if draws and len(selection.winners) else None


def selections_more(settings: SelectionSettings, draws: int) -> int:
    """What it costs: how often is selected again."""
    return 2 * draws + len(_features_left_out(settings))


def _features_left_out(settings: SelectionSettings) -> list[str]:
    """The features that the champion weighs; none where it has a single one, without which there is no score."""
    weights = settings.weights_of(settings.champion)
    return list(weights) if len(weights) > 1 else []


def _lists(
    selection: Selection, draws: int, seed: int, block_days: float, jitter: float, features: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Kind and winners of each draw."""
    again, returns = OtherReturns(selection), selection.context.returns
    for draw in range(draws):
        # A generator per kind and draw, so that neither number nor order of other draws matters.
        rows = drawn_days(len(returns), block_days, np.random.default_rng([seed, 0, draw]))
        yield BLOCK_BOOTSTRAP, _names(again.climbed(on_days(returns, rows)).winners.index)
        noisy = jittered(returns, jitter, np.random.default_rng([seed, 1, draw]))
        yield JITTER, _names(again.climbed(noisy).winners.index)
    settings = selection.settings
    weights = {name: settings.weights_of(name) for name in settings.active_scorers}
    for feature in features:
        own = {name: weight for name, weight in weights[settings.champion].items() if name != feature}
        climb = selection.held.climbed(inputs={"weights": {**weights, settings.champion: own}})
        yield LEAVE_ONE_OUT, _names(climb.winners.index)


def _names(index: Any) -> list[str]:
    return [str(name) for name in index]


def _figures(won: Sequence[str], lists: Sequence[Sequence[str]], *, drawn: bool) -> dict[str, Any]:
    kept = [len(set(won) & set(found)) for found in lists]
    shares = [count / len(won) for count in kept]
    overlaps = [count / (len(won) + len(found) - count) for count, found in zip(kept, lists, strict=True)]
    return {
        "draws": len(lists),
        "mean_share": _mean(shares),
        "standard_error": _error(shares) if drawn else None,
        "mean_jaccard": _mean(overlaps),
        "winners": _mean([float(len(found)) for found in lists]),
    }


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _error(values: Sequence[float]) -> float | None:
    """The standard error of their mean; None of fewer than two."""
    if len(values) < 2:
        return None
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def _assets(won: Sequence[str], lists: Mapping[str, Sequence[Sequence[str]]]) -> list[dict[str, Any]]:
    """The winners in their order, then who else ever wins, the most frequent first: in how many draws of each kind."""
    counts = {kind: Counter(name for found in each for name in found) for kind, each in lists.items()}
    others = {name for count in counts.values() for name in count} - set(won)
    order = sorted(others, key=lambda name: (*(-count[name] for count in counts.values()), name))
    return [
        {"asset": name, "winner": name in won, **{kind: count[name] for kind, count in counts.items()}}
        for name in [*won, *order]
    ]
