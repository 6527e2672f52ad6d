"""Ladders that are climbed again: a challenger's, and those without a part of the policy."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from support.market import longest, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

ROLES = {"scorers.log_mps.role": "challenger", "scorers.rank_average.role": "champion"}
SCORERS = '''
import pandas as pd
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps


class Vandal(LogMps):
    """Spoils whatever it is given."""

    def probabilities(self, scoring):
        found = super().probabilities(scoring)
        scoring.metrics.iloc[:, :] = 0.0
        scoring.features["momentum"] = -1.0
        scoring.direction[:] = "SHORT"
        scoring.weights.clear()
        return found


class Tired(LogMps):
    """Can't score a pool that is real."""

    def conviction(self, probabilities, scoring):
        if scoring.as_of is not None and len(probabilities) > 50:
            raise ZeroDivisionError("nobody is left")
        return super().conviction(probabilities, scoring)
'''


def challenged(kind: str, folder: Path, **settings: Any) -> Selection:
    (folder / "own_sides.py").write_text(SCORERS)
    entry = {"kind": f"own_sides:{kind}", "role": "challenger"}
    return selected({"scorers.mine": entry, **settings}, project=folder)


def test_a_challengers_ladder_is_that_of_the_profile_with_the_roles_exchanged() -> None:
    turned = selected(ROLES)
    for challengers, champion in ((selection(), turned), (turned, selection())):
        (found,) = challengers.challengers.values()
        pd.testing.assert_frame_equal(found.winners, champion.winners)
        pd.testing.assert_frame_equal(found.context.standings, champion.context.standings)
        assert [(rung.number, rung.winners, rung.eligible) for rung in found.rungs] == [
            (rung.number, rung.winners, rung.eligible) for rung in champion.rungs
        ]


def test_only_what_reads_the_champion_is_executed_anew_and_nothing_is_counted() -> None:
    run = selected({"recruitment.floor": 70})
    before = {name: list(seconds) for name, seconds in run.executions.items()}
    rungs = run.challengers["rank_average"].rungs
    assert [rung.number for rung in rungs] == [1, 2, 3, 4]
    own = {"inference_outputs", "inferred", "partitioned", "standings", "winners", "decided"}
    assert all(set(rung.executed) == own for rung in rungs)
    assert {name: list(seconds) for name, seconds in run.executions.items()} == before
    assert run.challengers is run.challengers


def test_a_ladder_without_a_change_is_the_one_that_was_climbed() -> None:
    again = selection().held.climbed()
    assert [rung.winners for rung in again.rungs] == [rung.winners for rung in selection().rungs]
    assert all(rung.executed == () for rung in again.rungs)
    assert again.winners.equals(selection().winners)


def test_a_challenger_may_need_further_rungs_than_the_champion() -> None:
    floor = {"recruitment.floor": selection().rungs[0].winners}
    run = selected(floor)
    assert len(run.rungs) == 1
    assert len(run.held.climbed().rungs) == 1  # as many as the floor are enough
    # In one cluster there are too few seats at the rung that was enough for the champion.
    clusters = run.context.clusters.assign(cluster=1)
    further = run.held.climbed(inputs={"champion": "rank_average"}, overrides={"clusters": clusters})
    anew = selected({**floor, "clusters.threshold": 0, "clusters.max_clusters": 1, **ROLES})
    assert len(further.rungs) > 1
    assert [rung.winners for rung in further.rungs] == [rung.winners for rung in anew.rungs]
    pd.testing.assert_frame_equal(further.winners, anew.winners)
    assert {*further.rungs[-1].executed} >= {"gate_verdicts", "rank_average.conviction"}


def test_without_relaxable_gates_it_is_the_profile_without_them() -> None:
    run = selection()
    hard = {name: gate for name, gate in run.settings.active_gates.items() if gate.kind == "hard"}
    relaxable = [name for name in run.settings.active_gates if name not in hard]
    found = run.held.climbed(inputs={"gates": hard})
    anew = selected({**{f"gates.{name}.enabled": False for name in relaxable}, "ladder": [{"name": "strict"}]})
    pd.testing.assert_frame_equal(found.winners, anew.winners)
    assert found.rungs[0].eligible == anew.rungs[0].eligible > run.rungs[0].eligible


def test_without_relaxation_clusters_or_conviction() -> None:
    run = longest()
    strict = run.held.climbed(rungs=run.settings.rungs()[:1])
    assert strict.winners.equals(run.rungs[0].context.winners)
    one = run.held.climbed(overrides={"clusters": run.context.clusters.assign(cluster=1)})
    assert one.rungs[0].winners < run.rungs[0].winners
    flat = run.context.inference_outputs.assign(alpha_score=1.0)
    assert set(run.held.climbed(overrides={"inference_outputs": flat}).winners["alpha_score"]) == {1.0}


def test_weights_may_be_changed_too() -> None:
    run = selection()
    equal = {name: dict.fromkeys(run.settings.weights_of(name), 1.0) for name in run.settings.active_scorers}
    found = run.held.climbed(inputs={"weights": equal})
    anew = selected({"weights": dict.fromkeys(run.settings.active_weights, 1.0)})
    pd.testing.assert_frame_equal(found.winners, anew.winners)


def test_what_reaches_further_back_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"another data: .* Select anew"):
        selection().held.climbed(inputs={"data": selection().settings.data})


def test_a_challenger_that_spoils_what_it_is_given_changes_nothing(tmp_path: Path) -> None:
    run = challenged("Vandal", tmp_path)
    assert run.context.inference_outputs[selection().context.inference_outputs.columns].equals(
        selection().context.inference_outputs
    )
    assert run.winners.equals(selection().winners)
    assert run.challengers["mine"].winners.equals(run.winners)
    assert run.challengers["rank_average"].winners.equals(selection().challengers["rank_average"].winners)


def test_a_challenger_that_raises_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"scorers\.mine\.kind 'own_sides:Tired'.*nobody is left"):
        challenged("Tired", tmp_path)
