"""Verdicts at other thresholds are those that a walk with these thresholds gives; a walk that says otherwise is refused."""

from pathlib import Path

import pytest

from support.walks import walk, walked
from tradingview_scraper.pipelines.selection.drivers.research.tuning.regated import regated
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

OTHER = {"adx": 26.0, "entropy": 0.93, "momentum": 0.04}


def test_its_own_thresholds_give_the_verdicts_of_the_walk() -> None:
    panel = walked().panel
    found = regated(panel, walked().asked["settings"])
    own = {name: gate.threshold for name, gate in found.gates.items()}
    assert set(own) == {"entropy", "efficiency", "adx", "net_edge", "momentum"}
    assert (found.eligible(own) == panel.filter(like="gate.").all(axis=1)).all()


def test_other_thresholds_give_the_verdicts_of_a_walk_with_them(tmp_path: Path) -> None:
    there = walk(tmp_path, settings={f"gates.{name}.threshold": value for name, value in OTHER.items()}).panel
    panel = walked().panel
    same = panel["date"].isin(there["date"].unique()).to_numpy()
    found = regated(panel, walked().asked["settings"], tuple(OTHER)).on(same)
    passed = there.filter(like="gate.").all(axis=1)
    assert (found.eligible(OTHER) == passed.to_numpy()).all()
    assert 0 < passed.sum() < len(passed)
    own = panel.loc[same].filter(like="gate.").all(axis=1)
    assert (own.to_numpy() != passed.to_numpy()).any()


@pytest.mark.parametrize("name", ["history", "random_walk", "magic"])
def test_hard_absent_and_unknown_gates_are_refused(name: str) -> None:
    with pytest.raises(
        ConfigurationError, match=rf"{name} is no relaxable gate .*; there are entropy, efficiency, adx, "
    ):
        regated(walked().panel, walked().asked["settings"], (name,))


def test_a_walk_whose_verdicts_are_others_is_refused() -> None:
    panel = walked().panel.copy()
    panel["feature.adx"] += 15.0
    with pytest.raises(ConfigurationError, match=r"tune: adx gives other verdicts than in the walk for \d+ of"):
        regated(panel, walked().asked["settings"])


def test_whom_a_gate_has_let_past_it_lets_past_at_any_threshold() -> None:
    panel = walked().panel.copy()
    name = panel["symbol"].iloc[0]
    panel.loc[panel["symbol"] == name, "gate.entropy"] = True
    panel.loc[panel["symbol"] == name, "feature.permutation_entropy"] = 0.99
    found = regated(panel, walked().asked["settings"], ("entropy",))
    passed = found.eligible({"entropy": 0.0})
    others = panel.filter(like="gate.").drop(columns="gate.entropy").all(axis=1)
    assert (passed == (others & (panel["symbol"] == name))).all()
