"""What it would take: confirmed by other settings, and none smaller among all sets of gates."""

from functools import cache
from itertools import combinations

import pytest

from support.market import selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection
from tradingview_scraper.pipelines.selection.drivers.review import counterfactual
from tradingview_scraper.pipelines.selection.drivers.review.counterfactual import Takes, what_it_takes
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

OUTCOMES = ("winner", "vetoed", "hard veto", "identity taken")


@cache
def answers() -> dict[str, tuple[str, list[Takes]]]:
    """Two assets per outcome: what became of them, and what it would take."""
    standings = selection().context.standings
    chosen = [symbol for outcome in OUTCOMES for symbol in standings.index[standings["outcome"] == outcome][:2]]
    return {symbol: (standings.loc[symbol, "outcome"], what_it_takes(selection(), symbol)) for symbol in chosen}


def wins(symbol: str, run: Selection) -> bool:
    return symbol in run.winners.index


def test_each_kind_of_outcome_has_an_answer() -> None:
    assert {outcome for outcome, _ in answers().values()} >= {"winner", "vetoed", "hard veto"}
    assert any(found for outcome, found in answers().values() if outcome == "winner")
    assert any(found for outcome, found in answers().values() if outcome == "vetoed")


def test_gates_and_thresholds_are_confirmed_by_other_settings() -> None:
    """Another way than the search's: a whole selection with the settings changed. The ladder scales no hard gate's threshold."""
    gates, confirmed = selection().context.settings.active_gates, set()
    for symbol, (outcome, found) in answers().items():
        for takes in (each for each in found if each.place is None):
            if takes.gates_off:
                changed = {f"gates.{gate}.enabled": False for gate in takes.gates_off}
            elif gates[takes.gate].kind == "hard":
                changed = {f"gates.{takes.gate}.threshold": takes.after}
            else:
                continue
            assert wins(symbol, selected(changed)) != (outcome == "winner")
            confirmed.add("gates" if takes.gates_off else "threshold")
    assert confirmed == {"gates", "threshold"}


def test_no_smaller_set_of_gates_would_do() -> None:
    relaxable = [name for name, gate in selection().context.settings.active_gates.items() if gate.kind == "relaxable"]
    for symbol, (outcome, found) in answers().items():
        for takes in found:
            if takes.place is None and takes.gates_off and outcome != "winner":
                for size in range(len(takes.gates_off)):
                    for off in combinations(relaxable, size):
                        assert not wins(symbol, selected({f"gates.{gate}.enabled": False for gate in off}))
                return
    pytest.fail("no asset that gates alone keep out")


def test_the_place_next_to_the_one_found_does_not_do() -> None:
    for symbol, (outcome, found) in answers().items():
        for takes in (each for each in found if each.place is not None and not each.gates_off):
            search = counterfactual._Search(selection(), symbol)
            nearer = takes.place + (-1 if outcome == "winner" else 1)
            assert search._changed(search._climbed(place=takes.place))
            assert nearer == search._place() or not search._changed(search._climbed(place=nearer))


def test_an_unknown_asset_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="NOBODY isn't in the pool"):
        what_it_takes(selection(), "NOBODY")
