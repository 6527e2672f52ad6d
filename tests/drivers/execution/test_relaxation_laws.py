"""The laws of relaxation, on generated markets, pools and settings: whatever comes in, the ladder keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.drivers.execution.climb import RungResult
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.drivers.testing import pools, returns, setting_changes
from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError
from tradingview_scraper.pipelines.selection.schemas.frames import OUTCOMES
from tradingview_scraper.pipelines.selection.schemas.gates import RECRUIT_ORDER

KINDS = ("trend", "fall", "ordinary", "trend", "gaps", "late", "ties", "still", "twin", "inverse twin", "extreme")
LAX = {"data.strangers": "allow", "data.max_age_days": 40_000, "checks.units.severity": "off"}
ALL_RUNGS = 1000
FEW = settings(
    max_examples=4,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@st.composite
def ladders(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A strict rung and up to four that loosen three gates by and by, and recruit more."""
    count = draw(st.integers(1, 4))
    numbers = st.floats(0.1, 1.0)
    factors = {
        gate: sorted(draw(st.lists(numbers, min_size=count, max_size=count)))[::-1] for gate in ("efficiency", "adx")
    }
    entropy = sorted(draw(st.lists(st.floats(1.0, 1.5), min_size=count, max_size=count)))
    rules = sorted(
        draw(st.lists(st.sampled_from(RECRUIT_ORDER), min_size=count, max_size=count)), key=RECRUIT_ORDER.index
    )
    steps = [
        {
            "name": f"rung {place}",
            "scale": {"entropy": entropy[place], **{gate: by[place] for gate, by in factors.items()}},
        }
        for place in range(count)
    ]
    return [{"name": "strict"}, *({**step, "recruit": rule} for step, rule in zip(steps, rules, strict=True))]


@dataclass(frozen=True)
class Case:
    """One generated input, and how to select from it."""

    market: pd.DataFrame
    pool: list[dict[str, Any]]
    settings: dict[str, Any]

    def selected(self, **changes: Any) -> Selection:
        """The selection, some settings of it changed."""
        return select(self.market, self.pool, settings={**self.settings, **changes})


@st.composite
def cases(draw: st.DrawFn, **fixed: Any) -> tuple[Case, Selection]:
    """An input, and its selection with a floor that nothing reaches: every rung of a generated ladder is climbed."""
    market = draw(returns(assets=(3, 12), days=(70, 110), kinds=KINDS))
    pool = draw(pools(list(market.columns)))
    changes = draw(setting_changes(sections=("gates", "clusters", "recruitment", "scoring_universe"), most=2))
    told = {
        **LAX,
        **changes,
        "ladder": draw(ladders()),
        "recruitment.floor": ALL_RUNGS,
        "unattainable": "allow",
        **fixed,
    }
    case = Case(market, pool, told)
    try:
        return case, case.selected()
    except SelectionError:
        assume(False)
        raise


@FEW
@given(found=cases())
def test_thresholds_loosen_eligible_grow_and_no_route_crosses_a_hard_gate(found: tuple[Case, Selection]) -> None:
    _, run = found
    assert len(run.rungs) == len(run.settings.ladder)
    gates = run.settings.active_gates
    before: pd.Series | None = None
    thresholds: Sequence[float] = ()
    for rung in run.rungs:
        standings, decisions = rung.context.standings, rung.context.decisions
        now = [rung.thresholds[name] * (-1 if gate.floors else 1) for name, gate in gates.items()]
        assert all(later >= earlier for earlier, later in zip(thresholds, now, strict=False))
        hard = [name for name, gate in gates.items() if gate.kind == "hard"]
        assert all(rung.thresholds[name] == gates[name].threshold for name in hard)
        assert before is None or not (before & ~standings["eligible"]).any()
        failed = decisions[decisions["gate"].isin(hard) & ~decisions["passed"]]["symbol"]
        assert not set(failed) & set(rung.context.winners.index)
        assert not set(failed) & set(standings.index[standings["sound"] | standings["eligible"]])
        assert set(standings["outcome"]) <= set(OUTCOMES)
        before, thresholds = standings["eligible"], now


@FEW
@given(found=cases(), order=st.randoms(use_true_random=False))
def test_gates_commute(found: tuple[Case, Selection], order: Random) -> None:
    _, run = found
    names = list(run.settings.active_gates)
    order.shuffle(names)
    turned = run.held.climbed(inputs={"gates": {name: run.settings.gates[name] for name in names}})
    for rung, other in zip(run.rungs, turned.rungs, strict=True):
        pd.testing.assert_frame_equal(rung.context.standings, other.context.standings)
        pd.testing.assert_frame_equal(rung.context.winners, other.context.winners)
        by_name = [
            each.context.decisions.astype({"symbol": str, "gate": str}).sort_values(
                ["symbol", "gate"], ignore_index=True
            )
            for each in (rung, other)
        ]
        pd.testing.assert_frame_equal(*by_name)


@FEW
@given(found=cases(**{"recruitment.duplicate_correlation": 1}), floor=st.integers(1, 13))
def test_the_floor_is_met_exactly_when_it_can_be(found: tuple[Case, Selection], floor: int) -> None:
    """Without duplicates a list that fills holds each identity that is sound once, if the floor asks for so many."""
    case, _ = found
    run = case.selected(**{"recruitment.floor": floor})
    counts = [rung.winners for rung in run.rungs]
    assert all(count < floor for count in counts[:-1])
    assert run.reached_floor == (counts[-1] >= floor)
    if not run.settings.rungs()[len(counts) - 1].fills:
        assert counts[-1] >= floor or len(counts) == len(run.settings.ladder)
        return
    possible = run.context.raw_pool.loc[run.context.standings["sound"], "identity"].nunique()
    without = int((run.winners["route"] != "fill").sum())
    assert counts[-1] == max(without, min(floor, possible))
    assert run.reached_floor == (max(possible, without) >= floor)


@FEW
@given(found=cases(), place=st.integers(0, 4))
def test_winners_of_a_rung_that_sufficed_do_not_hang_on_later_rungs(found: tuple[Case, Selection], place: int) -> None:
    case, run = found
    rung = run.rungs[min(place, len(run.rungs) - 1)]
    alone = case.selected(ladder=case.settings["ladder"][: rung.number])
    same(rung, alone.rungs[-1])
    # Where the floor is what this rung reaches first, nothing after it is climbed.
    if rung.winners > max((each.winners for each in run.rungs[: rung.number - 1]), default=0):
        enough = case.selected(**{"recruitment.floor": rung.winners})
        assert len(enough.rungs) == rung.number
        pd.testing.assert_frame_equal(enough.winners, rung.context.winners)


@FEW
@given(found=cases(), place=st.integers(0, 4))
def test_a_climb_resumed_at_any_rung_equals_the_whole(found: tuple[Case, Selection], place: int) -> None:
    """From the values of the stages that run once alone, as the first rung left them."""
    case, run = found
    first = case.selected(ladder=case.settings["ladder"][:1])
    rungs = run.settings.rungs()[min(place, len(run.rungs) - 1) :]
    resumed = first.held.climbed(rungs=rungs)
    for rung, other in zip(run.rungs[-len(rungs) :], resumed.rungs, strict=True):
        assert rung.number == other.number
        same(rung, other)


def same(one: RungResult, other: RungResult) -> None:
    """Two rungs decided the same."""
    for name in ("inference_outputs", "decisions", "standings", "winners"):
        pd.testing.assert_frame_equal(getattr(one.context, name), getattr(other.context, name))
