"""What a plan is refused for."""

from types import ModuleType

import pytest

from support.market import SETTINGS, selection
from tradingview_scraper.pipelines.selection.drivers.execution.checks import (
    attainable_range,
    refuse_unattainable,
    refuse_unknown_arguments,
    refuse_unknown_names,
    taken_names,
    user_places,
)
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

DECLARED = selection().plan.declarations


def changed(**values: object) -> SelectionSettings:
    names = {name.replace("__", "."): value for name, value in values.items()}
    return resolved_settings("v4", settings={**SETTINGS, **names}).settings


def module(text: str, name: str = "own") -> ModuleType:
    made = ModuleType(name)
    exec(compile(text, f"{name}.py", "exec"), made.__dict__)
    return made


def test_a_name_is_taken_by_whoever_has_it() -> None:
    taken = taken_names(changed(), ["as_of"])
    assert taken["as_of"] == "an input of the dataflow"
    assert taken["log_mps"] == "a scorer of the profile"
    assert taken["direction"] == "a column of the pool"
    assert taken["momentum"] == "the features stage"
    assert taken["standings"] == "the policy stage"


def test_functions_of_the_user_have_a_place_each_and_a_name_of_their_own() -> None:
    one, other = module("def calm(returns): ...\ndef _own(x): ...\n"), module("def calm(returns): ...\n", "other")
    assert list(user_places([one], {})) == ["calm"]
    with pytest.raises(FactorError, match="the name 'calm' is taken by the features stage; choose another"):
        user_places([one], {"calm": "the features stage"})
    with pytest.raises(FactorError, match=r"the name 'calm' is taken by `calm` \(own, line 1\)"):
        user_places([one, other], {})


def test_an_argument_that_there_isnt_is_refused_with_near_names() -> None:
    refuse_unknown_arguments(module("def calm(returns, window=3): ...\n"), ["returns"])
    with pytest.raises(FactorError, match=r"reads 'retruns', which there isn't; did you mean returns\?"):
        refuse_unknown_arguments(module("def calm(retruns): ...\n"), ["bars", "returns"])
    with pytest.raises(FactorError, match=r"did you mean returns, raw_pool, bars\?"):
        refuse_unknown_arguments(module("def calm(zzzz): ...\n"), ["momentum"])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weights.nope", 1.0, r"weights\.nope: there is no factor 'nope'; there are .*momentum"),
        ("probabilities.nope", "rank", r"probabilities\.nope: there is no factor"),
        ("scorers.rank_average.weights.nope", 1.0, r"scorers\.rank_average\.weights\.nope: there is no factor 'nope'"),
        ("gates.adx.feature", "nope", r"gates\.adx: there is no factor 'nope'"),
        ("gates.entropy.threshold", 1.0, r"gates\.entropy: permutation_entropy .* can never fail"),
    ],
)
def test_a_name_that_is_no_factors_is_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        refuse_unknown_names(changed(**{name.replace(".", "__"): value}), DECLARED)


def test_nothing_to_score_by_is_refused_and_the_default_is_not() -> None:
    refuse_unknown_names(changed(), DECLARED)
    none = changed(**{f"weights__{name}": 0.0 for name in changed().active_weights})
    with pytest.raises(ConfigurationError, match="nothing to score by"):
        refuse_unknown_names(none, DECLARED)
    with pytest.raises(ConfigurationError, match=r"scorers\.log_mps\.weights: .*nothing to score by"):
        refuse_unknown_names(changed(scorers__log_mps__weights={"momentum": 0.0}), DECLARED)


@pytest.mark.parametrize(
    ("op", "threshold", "refused"),
    [
        (">=", 0.0, True),
        (">=", 0.1, False),
        (">", 0.0, False),
        (">", -0.1, True),
        ("<=", 1.0, True),
        ("<=", 0.9, False),
        ("<", 1.0, False),
        ("<", 1.1, True),
    ],
)
def test_a_gate_that_nothing_fails_is_refused_at_the_edge(op: str, threshold: float, refused: bool) -> None:
    feature = next(name for name, each in DECLARED.items() if (each.low, each.high) == (0.0, 1.0))
    gate = {"feature": feature, "op": op, "threshold": threshold, "kind": "hard"}
    settings = changed(gates__edge=gate)
    if refused:
        with pytest.raises(ConfigurationError, match=rf"gates\.edge: {feature} {op} .* can never fail"):
            refuse_unattainable("edge", settings, DECLARED[feature])
    else:
        refuse_unattainable("edge", settings, DECLARED[feature])


def test_entropy_reaches_as_far_as_its_window_lets_it() -> None:
    low, high = attainable_range("permutation_entropy", changed(), DECLARED["permutation_entropy"])
    assert (low, round(high, 4)) == (0.0, 0.9929)
    adx = DECLARED["adx"]
    assert attainable_range("adx", changed(), adx) == (adx.low, adx.high)
