"""What a profile answers as of one date under other futures and other pasts, held against its answer with the future cut off.

1. With all that is dated later cut off: the answer that the others are held against;
2. with later rows unknown, infinite, huge or shuffled (`other_futures`);
3. with what is older than any window cut off, or shuffled;
4. factor by factor, with what is older than the window that it declares cut off, or shuffled (`windows`);
5. after a selection as of the last date, in the same process, the profile's modules loaded anew before it: what a component
   keeps from there must not show.
Of several components that differ those are named that nothing before them explains.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.ingestion.horizon import window_days
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import provider_of
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selector
from tradingview_scraper.pipelines.selection.drivers.recording.request import Request
from tradingview_scraper.pipelines.selection.drivers.research.causality.answers import KINDS, READS, Answers, answers
from tradingview_scraper.pipelines.selection.drivers.research.causality.other_futures import (
    CUT,
    PASTS,
    POISONS,
    copied,
    with_other_future,
    with_other_past,
)
from tradingview_scraper.pipelines.selection.drivers.research.causality.windows import window_findings
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS

AFTERWARDS = "after a later date"
FUTURES = (*POISONS, AFTERWARDS)
OLDER = {past: f"older rows {past}" for past in (CUT, *PASTS)}
WINDOWS = "windows"
TRIALS = 1 + len(FUTURES) + len(OLDER) + 1

Finding = Mapping[str, str]
"""`kind` and `component`, and `what` is wrong with it."""


@dataclass(frozen=True)
class Trial:
    """One of them: its name, what was found, and whether there was anything to try."""

    name: str
    findings: Sequence[Finding] = ()
    made: bool = True
    components: frozenset[tuple[str, str]] = frozenset()
    """All that answered, by kind and name."""


def date_trials(request: Request, data: Path, date: pd.Timestamp, scratch: Path) -> Iterator[Trial]:
    """The trials of a date, in order, on copies of the data folder below `scratch`.

    Raises what a selection with the future cut off raises: a fault of the profile or of the data is none of causality.
    """
    settings = request.resolved.settings.data
    cut = with_other_future(data, date, CUT, scratch / "cut")
    with loaded_anew(request) as selector:

        def answered(place: Path) -> Answers:
            return answers(selector.selected(provider_of(settings, place), date))

        base = answered(cut)
        yield Trial(CUT, components=frozenset(base))
        for poison in POISONS:
            place = with_other_future(data, date, poison, scratch / poison)
            yield Trial(poison, _held(base, answered, place))
        days = window_days(settings)
        for past, name in OLDER.items():
            place = scratch / name.replace(" ", "_")
            older = days is not None and with_other_past(cut, date - pd.Timedelta(days=days), past, place) > 0
            yield Trial(name, _held(base, answered, place) if older else (), made=older)
        yield Trial(WINDOWS, window_findings(selector.graph, provider_of(settings, cut), date))
    whole = copied(data, scratch / "whole")
    with loaded_anew(request) as selector:
        selector.selected(provider_of(settings, whole), None)
        yield Trial(AFTERWARDS, _held(base, answered, cut))


@contextmanager
def loaded_anew(request: Request) -> Iterator[Selector]:
    """A selector of the profile; the project's own modules are loaded anew and know nothing of before."""
    with project_on_path(request.project):
        yield Selector(plan(request.resolved.settings, request.project / MODELS))


def _held(base: Answers, answered: Callable[[Path], Answers], place: Path) -> Sequence[Finding]:
    """The components whose answers on a data folder differ though none does that such a component reads."""
    try:
        given = answered(place)
    except SelectionError as error:
        return [_raised(str(error))]
    differing = [each for each in sorted({*base, *given}) if base.get(each) != given.get(each)]
    explained = {kind for kind in KINDS if {of for of, _ in differing} & {*READS[kind]}}
    return [
        {"kind": kind, "component": name, "what": "another answer"} for kind, name in differing if kind not in explained
    ]


def _raised(message: str) -> Finding:
    """An error that only another future or past raises, by the stage and the component that its message names."""
    stage, quoted = message.partition(":")[0], message.split("`")
    kind = {"ingestion": "ingestion", "features": "factor"}.get(stage, "list")
    return {"kind": kind, "component": quoted[1] if len(quoted) > 2 else "selection", "what": f"raises: {message}"}
