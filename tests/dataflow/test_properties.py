"""What holds of every selection, whatever comes in."""

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.market import candidates, longest, market, records, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

CUT = pd.Timestamp("2026-03-31")
SEVERAL = settings(max_examples=4, deadline=None)


def answer(run: Selection) -> dict[str, object]:
    """All that is decided, in an order of its own."""
    context = run.context
    groups = context.clusters.groupby("cluster").groups.values()
    decisions = context.decisions.astype({"symbol": str, "gate": str}).sort_values(["symbol", "gate"])
    return {
        "winners": [
            (winner["symbol"], winner["direction"], winner["alpha_score"]) for winner in run.portfolio_candidates
        ],
        "partition": {frozenset(members) for members in groups},
        "conviction": run.conviction.sort_index().to_dict(),
        "decisions": decisions.to_csv(index=False),
        "standings": context.standings.drop(columns="cluster").sort_index().to_csv(),
        "features": context.feature_store.sort_index().to_csv(),
        "rungs": [(rung.number, rung.eligible, rung.winners) for rung in run.rungs],
        "atoms": [atom.id for atom in context.atoms],
    }


def same(one: Selection, other: Selection) -> None:
    left, right = answer(one), answer(other)
    for part, value in left.items():
        assert value == right[part], part


@cache
def by_returns() -> Selection:
    return select(selection().context.returns, records(), market().statistics)


# -- the order of the input decides nothing


@SEVERAL
@given(seed=st.integers(0, 10**6))
def test_the_order_of_assets_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = selection().context.returns
    shuffled = returns.iloc[:, rng.permutation(returns.shape[1])]
    statistics = market().statistics.sample(frac=1, random_state=seed)
    same(select(shuffled, records(), statistics), by_returns())


@SEVERAL
@given(seed=st.integers(0, 10**6))
def test_the_order_of_bars_changes_nothing(seed: int) -> None:
    bars = market().bars
    # Of two rows with one key the first good one stays: these keep their order.
    keys = pd.util.hash_pandas_object(bars[["symbol", "date"]], index=False) ^ np.uint64(seed)
    shuffled = bars.iloc[np.argsort(keys.to_numpy(), kind="stable")]
    same(selected(bars=shuffled), selection())


def test_the_order_of_days_changes_nothing() -> None:
    returns = selection().context.returns
    same(select(returns.iloc[::-1], records(), market().statistics), by_returns())


def test_two_columns_of_one_bare_symbol_are_joined_whatever_their_order() -> None:
    returns = selection().context.returns.iloc[:, :2].set_axis(["BINANCE:AAA", "OKX:AAA"], axis=1)
    pools = [
        select(frame, candidates(["AAA"])).context.raw_pool.index.tolist() for frame in (returns, returns.iloc[:, ::-1])
    ]
    assert pools[0] == pools[1]


# -- the same input gives the same answer, and the caller's objects stay as they are


def test_a_second_run_is_bit_equal() -> None:
    assert selected().context == selection().context
    assert selected().context.digest() == selection().context.digest()


def test_the_callers_objects_stay_as_they_are() -> None:
    returns, statistics, bars = selection().context.returns.copy(), market().statistics.copy(), market().bars.copy()
    given = [{**record, "tags": ["x"]} for record in records()]
    before = [frame.copy() for frame in (returns, statistics, bars)]
    run = select(returns, given, statistics, bars=bars)
    for frame, kept in zip((returns, statistics, bars), before, strict=True):
        pd.testing.assert_frame_equal(frame, kept)
    run.portfolio_candidates[0]["tags"].append("y")
    assert given == [{**record, "tags": ["x"]} for record in records()]
    digest = run.context.digest()
    returns.iloc[:] = 0.0
    bars["close"] = 0.0
    assert run.context.digest() == digest


# -- causality


@cache
def as_of_cut() -> Selection:
    return selected(as_of=CUT)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -1.0, 0.0, 1e12])
def test_bars_after_the_date_change_nothing(poison: float) -> None:
    bars = market().bars.copy()
    later = bars["date"] > CUT
    assert later.sum() > 3000
    bars.loc[later, ["open", "high", "low", "close", "volume"]] = poison
    same(selected(bars=bars, as_of=CUT), as_of_cut())


def test_bars_after_the_date_may_as_well_be_missing() -> None:
    bars = market().bars
    same(selected(bars=bars[bars["date"] <= CUT], as_of=CUT), as_of_cut())
    same(selected(bars=bars[bars["date"] <= CUT]), as_of_cut())
    assert as_of_cut().context.returns.index[-1] == CUT
    assert answer(as_of_cut())["winners"] != answer(selection())["winners"]


@SEVERAL
@given(seed=st.integers(0, 10**6), day=st.integers(120, 398))
def test_returns_after_the_date_change_nothing(seed: int, day: int) -> None:
    rng = np.random.default_rng(seed)
    returns = selection().context.returns.iloc[:, :25]
    as_of = returns.index[day - 1]
    poisoned = returns.copy()
    poisoned.iloc[day:] = rng.choice([np.nan, np.inf, -2.0, 5.0, 0.0], size=poisoned.iloc[day:].shape)
    given = candidates(returns.columns)
    same(select(poisoned, given, as_of=as_of), select(returns.iloc[:day], given))


# -- relaxation


@cache
def rungs_alone() -> list[Selection]:
    """The same market at ladders that end at the first, second, third and fourth rung."""
    ladder = [step.model_dump(exclude_unset=True) for step in selection().settings.ladder]
    return [selected({"recruitment.floor": 70, "ladder": ladder[:last]}) for last in (1, 2, 3, 4)]


def test_eligible_assets_only_grow_over_the_rungs() -> None:
    eligible = [set(run.context.standings.query("eligible").index) for run in rungs_alone()]
    assert all(before <= after for before, after in itertools.pairwise(eligible))
    assert len(eligible[0]) < len(eligible[-1])
    assert [rung.eligible for rung in longest().rungs] == [len(assets) for assets in eligible]


def test_a_ladder_that_ends_early_gives_what_the_loop_had_there() -> None:
    assert [len(run.portfolio_candidates) for run in rungs_alone()] == [rung.winners for rung in longest().rungs]
    same(rungs_alone()[-1], longest())


def test_thresholds_only_loosen() -> None:
    gates = longest().settings.active_gates
    for before, after in zip(longest().rungs, longest().rungs[1:], strict=False):
        for name, gate in gates.items():
            change = after.thresholds[name] - before.thresholds[name]
            assert change <= 0 if gate.floors else change >= 0
            assert change == 0 or gate.kind == "relaxable"


def test_conviction_is_bit_equal_over_the_rungs() -> None:
    first = rungs_alone()[0].context.inference_outputs
    for run in rungs_alone()[1:]:
        pd.testing.assert_frame_equal(run.context.inference_outputs, first, check_exact=True)


ALL = pytest.mark.parametrize("which", [0, 1, 2, 3])


@ALL
def test_no_winner_fails_a_hard_gate(which: int) -> None:
    run = rungs_alone()[which]
    decisions = run.decisions
    failed = decisions.loc[(decisions["kind"] == "hard") & ~decisions["passed"], "symbol"]
    assert failed.nunique() > 5
    assert not set(failed) & set(run.context.winners.index)


@ALL
def test_one_winner_an_identity(which: int) -> None:
    run = rungs_alone()[which]
    assert run.context.winners["identity"].is_unique
    assert run.context.raw_pool["identity"].duplicated().any()


@ALL
def test_unknown_never_passes(which: int) -> None:
    decisions = rungs_alone()[which].decisions
    unknown = decisions["value"].isna()
    assert unknown.any()
    assert (decisions.loc[unknown, "verdict"] == "unknown").all()
    assert not decisions.loc[unknown, "passed"].any()


@ALL
def test_verdicts_follow_from_values_and_thresholds(which: int) -> None:
    decisions = rungs_alone()[which].decisions
    gates = selection().settings.active_gates
    for name, rows in decisions[decisions["value"].notna()].groupby("gate", observed=True):
        floors = gates[str(name)].floors
        meets = rows["value"] >= rows["threshold"] if floors else rows["value"] <= rows["threshold"]
        margin = (rows["value"] - rows["threshold"]) * (1 if floors else -1)
        waived = rows["symbol"].isin(selection().settings.benchmarks) & (rows["kind"] == "relaxable")
        assert (rows["passed"] == (meets | waived)).all()
        assert (rows["margin"] == margin).all()


@ALL
def test_every_route_keeps_its_rule(which: int) -> None:
    run = rungs_alone()[which]
    standings, winners = run.context.standings, run.context.winners
    assert (
        set(winners["route"])
        <= [
            {"ranked", "benchmark"},
            {"ranked", "benchmark"},
            {"ranked", "benchmark", "representative"},
            set(standings["route"]),
        ][which]
    )
    assert standings.loc[winners.index[winners["route"].isin(["ranked", "benchmark"])], "eligible"].all()
    assert not standings.loc[winners.index[winners["route"].isin(["representative"])], "eligible"].any()
    ranked = winners[winners["route"] == "ranked"]
    assert ranked.groupby(["cluster", "direction"]).size().max() <= run.settings.recruitment.top_n
    served = set(standings.loc[standings["eligible"], "cluster"])
    assert not served & set(winners.loc[winners["route"] == "representative", "cluster"])


# -- degenerate sizes


SIZES = {
    "one asset": (400, 1),
    "two assets": (400, 2),
    "one asset, ten rows": (10, 1),
    "two rows": (2, 30),
    "ten rows": (10, 30),
    "thirty-one rows": (31, 12),
}
UNANSWERED = ("one asset, ten rows", "two rows")
"""v3.4 fails where no asset has ten returns: the one of ten rows missed a day."""


def last(days: int, assets: int) -> pd.DataFrame:
    """That much of the market's returns."""
    return selection().context.returns.iloc[-days:, -assets:]


def test_fewer_days_than_a_profile_needs_are_refused() -> None:
    with pytest.raises(DataContractError, match=r"1 days of returns for 30 assets .* it takes 2"):
        select(last(1, 30), candidates(last(1, 30).columns))
    for days in (2, 9):
        with pytest.raises(DataContractError, match="none of 30 assets has 10 returns in the last 120 rows"):
            select(last(days, 30), candidates(last(days, 30).columns), profile="v3.4")
    assert len(select(last(10, 30), candidates(last(10, 30).columns), profile="v3.4").conviction) == 30


@pytest.mark.parametrize(
    ("size", "profile"),
    [(size, profile) for size in SIZES for profile in ("v4", "v3.4") if profile == "v4" or size not in UNANSWERED],
)
def test_degenerate_sizes_give_an_answer(size: str, profile: str) -> None:
    days, assets = SIZES[size]
    returns = last(days, assets)
    run = select(returns, candidates(returns.columns), profile=profile)
    context = run.context
    assert context.feature_store.shape[0] == len(context.clusters) == len(context.standings) == assets
    assert context.decisions.shape[0] == assets * len(run.settings.active_gates)
    assert np.isfinite(run.conviction).all()
    assert not run.reached_floor or len(run.portfolio_candidates) >= 15
    if days < 60 and profile == "v4":
        assert run.portfolio_candidates == []


@pytest.mark.parametrize("value", [np.nan, 0.0, 0.001, -0.01])
def test_a_pool_that_never_moves_has_no_winners(value: float) -> None:
    index = pd.date_range("2025-01-01", periods=200)
    returns = pd.DataFrame(value, index=index, columns=[f"A{number}" for number in range(20)])
    run = select(returns, candidates(returns.columns))
    assert np.isfinite(run.conviction).all()
    assert run.conviction.nunique() == 1
    if value in (0.0,) or np.isnan(value):
        assert run.portfolio_candidates == []
        assert set(run.context.standings["outcome"]) == {"hard veto"}


@SEVERAL
@given(seed=st.integers(0, 10**6))
def test_gaps_anywhere_give_an_answer_and_the_rules_hold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = selection().context.returns.iloc[-150:, :30]
    holed = returns.mask(rng.random(returns.shape) < rng.random())
    run = select(holed, candidates(returns.columns))
    standings = run.context.standings
    assert standings.loc[run.context.winners.index, "sound"].all()
    few = holed.notna().sum() < 60
    assert not standings.loc[few[few].index, "sound"].any()
    assert np.isfinite(run.conviction).all()
