"""Training: the panel of past dates, then a model at each date of a schedule, as a file with its card.

1. `panel_walk`: a walk of the profile without its learned scorers; what it knew at each date are the features. It lies in
   `walks/panels/`, goes on where it was stopped, and is shared by all scorers that ask for the same dates.
2. At each fit the data as of the date says what became of earlier candidates (`training_rows`); nothing later is read.
3. `trained`: fit, measure, write. A model that is there and comes of the same rows, parameters and libraries is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import (
    CARD,
    FILE,
    named,
    read_card,
    refuse_pickles,
    shaping_settings,
)
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.selection import timestamp
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.executors.executor_choice import HERE, ExecutorChoice
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_bytes import model_bytes
from tradingview_scraper.pipelines.selection.drivers.research.learning.training_rows import training_rows
from tradingview_scraper.pipelines.selection.drivers.research.walks.outcomes import outcomes_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_dates import Itinerary, step_of
from tradingview_scraper.pipelines.selection.drivers.research.walks.walk_forward import (
    Progress,
    WalkForward,
    walk_request,
)
from tradingview_scraper.pipelines.selection.lineage.record.encoding import document
from tradingview_scraper.pipelines.selection.lineage.record.files import made_folder, write_atomically
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import (
    ConfigurationError,
    DataContractError,
    VerificationError,
)
from tradingview_scraper.pipelines.selection.schemas.learning import LEARNED, Learning, learning_settings
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS
from tradingview_scraper.pipelines.selection.schemas.settings import ScorerSettings, SelectionSettings

LIBRARIES = ("numpy", "scikit-learn", "scipy", "skops")
PLAIN = {"log_mps": ScorerSettings(kind="log_mps", role="champion")}
"""The champion of a training panel where a profile has learned scorers only; features don't hang on it."""


@dataclass(frozen=True)
class Trained:
    """One model, as it lies there now."""

    place: Path
    card: Mapping[str, Any]
    kept: bool
    """It was there already."""


def learned_scorers(settings: SelectionSettings) -> tuple[str, ...]:
    """The active scorers that are trained, in the profile's order."""
    return tuple(name for name, scorer in settings.active_scorers.items() if scorer.kind == LEARNED)


def learning_of(settings: SelectionSettings, scorer: str) -> Learning:
    """How a scorer learns. Raises `ConfigurationError` where there is none of that name, or it isn't learned."""
    if scorer not in settings.scorers or settings.scorers[scorer].kind != LEARNED:
        there = ", ".join(name for name, each in settings.scorers.items() if each.kind == LEARNED) or "none"
        raise ConfigurationError(
            f'there is no learned scorer {scorer!r}; the profile has {there} (kind = "{LEARNED}" in scorers.NAME)'
        )
    return learning_settings(scorer, settings.scorers[scorer].parameters)


def fit_dates(sessions: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp, every: int) -> pd.DatetimeIndex:
    """The first session on or after `start`, then each `every`-th up to `end`."""
    found = sessions[(sessions >= start) & (sessions <= end)][::every]
    if not len(found):
        raise DataContractError(
            f"learning: there is no session from {start.date()} to {end.date()}; the data has sessions from "
            f"{sessions[0].date()} to {sessions[-1].date()}"
        )
    return found


def train_request(
    request: Request,
    scorer: str,
    start: str,
    end: str,
    *,
    every: str | None,
    entry_lag: int,
    replacing: bool,
    executor: ExecutorChoice = HERE,
    walking: Progress | None = None,
    fitting: Progress | None = None,
) -> list[Trained]:
    """A project's models of a scorer, from `start` to `end`, every so many sessions (None: the scorer's own `every`).

    Call it inside `project_on_path(request.project)`; see `trained`.
    """
    learning = learning_of(request.resolved.settings, scorer)
    step = learning.settings.every if every is None else step_of(every)
    first, last = timestamp(start, request.moment), timestamp(end, request.moment)
    assert first is not None
    assert last is not None
    sessions = outcomes_of(Graph(without_learned(request).plan), request.provider, request.moment)[0].sessions
    return trained(
        request,
        scorer,
        fit_dates(sessions, first, last, step),
        sessions,
        request.project / MODELS,
        entry_lag=entry_lag,
        replacing=replacing,
        executor=executor,
        walking=walking,
        fitting=fitting,
    )


def trained(
    request: Request,
    scorer: str,
    dates: pd.DatetimeIndex,
    sessions: pd.DatetimeIndex,
    models: Path,
    *,
    entry_lag: int,
    replacing: bool,
    executor: ExecutorChoice = HERE,
    walking: Progress | None = None,
    fitting: Progress | None = None,
) -> list[Trained]:
    """A scorer's models at these dates, sessions of the data, below the folder `models`.

    `walking` is told of the dates of the panel, `fitting` of the models. Raises `ConfigurationError` where a model lies there
    that comes of something else and isn't to be replaced, `DataContractError` where there is too little to learn from.
    """
    learning = learning_of(request.resolved.settings, scorer)
    panel = panel_walk(request, learning, dates, sessions, entry_lag, executor=executor, progress=walking).panel
    home = models / scorer
    made_folder(home, exist_ok=True)
    refuse_pickles(home)
    found = []
    for each in _models(request, scorer, learning, panel, dates, home, entry_lag, replacing):
        found.append(each)
        if fitting is not None:
            fitting(len(found), len(dates))
    return found


def panel_walk(
    request: Request,
    learning: Learning,
    dates: pd.DatetimeIndex,
    sessions: pd.DatetimeIndex,
    entry_lag: int,
    *,
    executor: ExecutorChoice = HERE,
    progress: Progress | None = None,
) -> WalkForward:
    """The walk whose dates models of these dates learn from: every `stride` sessions from `train` before the first fit on."""
    stride = learning.settings.stride
    first = max(int(sessions.searchsorted(dates[0])) - learning.settings.train, 0)
    return walk_request(
        without_learned(request),
        Itinerary(sessions[first], dates[-1], f"{stride}d", (stride,), entry_lag),
        executor=executor,
        progress=progress,
        panel_only=True,
    )


def without_learned(request: Request) -> Request:
    """The request without its learned scorers: the first of the others decides."""
    settings = request.resolved.settings
    others = {name: each for name, each in settings.active_scorers.items() if each.kind != LEARNED} or PLAIN
    first = settings.champion if settings.champion in others else next(iter(others))
    scorers = {
        name: each.model_copy(update={"role": "champion" if name == first else "challenger"})
        for name, each in others.items()
    }
    plainer = settings.model_copy(update={"scorers": scorers})
    return replace(request, resolved=replace(request.resolved, settings=plainer), plan=plan(plainer))


def _models(
    request: Request,
    scorer: str,
    learning: Learning,
    panel: pd.DataFrame,
    dates: Sequence[pd.Timestamp] | pd.DatetimeIndex,
    home: Path,
    entry_lag: int,
    replacing: bool,
) -> Iterator[Trained]:
    # Here: scikit-learn takes a second to import, and most walks teach nobody.
    from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fits
    from tradingview_scraper.pipelines.selection.drivers.research.learning.model_cards import model_card, model_identity

    graph = Graph(without_learned(request).plan)
    settings = request.resolved.settings
    libraries = {name: metadata.version(name) for name in LIBRARIES}
    for date in dates:
        place = home / f"{date.date()}{FILE}"
        outcomes, _ = outcomes_of(graph, request.provider, None, date)
        try:
            rows = training_rows(panel[panel["date"] <= date], outcomes, learning.settings, entry_lag)
        except (DataContractError, ConfigurationError) as error:
            raise type(error)(f"{scorer} of {date.date()}: {error}") from None
        identity = plain(
            model_identity(
                scorer,
                rows,
                usable_from=outcomes.sessions[-1],
                parameters=settings.scorers[scorer].parameters,
                entry_lag=entry_lag,
                shaping=shaping_settings(settings),
                libraries=libraries,
                turned=learning.settings.turned_features,
            )
        )
        there = _there(place, identity, replacing)
        if there is not None:
            yield Trained(place, there, kept=True)
            continue
        with threadpool_limits(1):
            found = fits(scorer, learning, rows)
            content = model_bytes(found.model)
            card = model_card(identity, content, found, rows, learning.settings)
        write_atomically(place, content)
        write_atomically(place.with_suffix(CARD), document(card))
        yield Trained(place, plain(card), kept=False)


def _there(place: Path, identity: Mapping[str, Any], replacing: bool) -> dict[str, Any] | None:
    """The card of a model that is there and is this one; None where there is none, or it is to be replaced."""
    if not place.exists() and not place.with_suffix(CARD).exists():
        return None
    try:
        card = read_card(place)
        same = all(card.get(name) == value for name, value in identity.items())
        if same and file_digest(place) == card["file"]["digest"]:
            return card
    except (VerificationError, OSError):
        same = True  # a fit that was cut, or a file that was changed: this is what belongs there
    if not replacing and not same:
        raise ConfigurationError(
            f"{named(place)} is there, of other rows, parameters or libraries; runs may have used it: move it and its card "
            "away, or give --replace"
        )
    return None
