"""Both profiles resolve; what is unknown or wrong is refused by name, with the layer that it came from."""

import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tradingview_scraper.pipelines.selection.drivers.execution.profiles import (
    BUILT_IN,
    Resolved,
    leaves,
    resolved_settings,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings, by_market


def resolved(profile: str = "v4", **layers: Any) -> Resolved:
    return resolved_settings(profile, **layers)


@pytest.mark.parametrize("profile", BUILT_IN)
def test_the_origin_of_every_value_is_known(profile: str) -> None:
    found = resolved(profile)
    assert set(leaves(found.settings.model_dump(exclude_unset=True))) - set(found.origins) == {"profile"}
    assert set(found.origins.values()) <= {"built-in v4", f"built-in {profile}"}


def test_the_incumbent_differs_where_it_says_so() -> None:
    v4, old = resolved().settings, resolved("v3.4").settings
    assert (v4.universe, old.universe) == ("candidates", "returns")
    assert (v4.features.annualisation["CRYPTO"], old.features.annualisation["CRYPTO"]) == (365, 252)
    assert math.isnan(v4.compat.unknown_hurst)
    assert old.compat.unknown_hurst == 0.5
    assert {gate for gate in v4.active_gates if gate not in old.active_gates} >= {"history", "liveness", "adx"}
    assert all(old.gates[name].unknown == "pass" for name in old.active_gates)
    assert "adx" not in v4.active_weights
    assert old.active_weights["adx"] == 1.0
    assert list(old.active_scorers) == ["log_mps"]


def test_layers_override_one_another_in_order(tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(
        "[base]\nclusters.threshold = 0.1\nclusters.max_clusters = 11\nrecruitment.floor = 1\n"
        "recruitment.top_n = 1\nclusters.shrinkage = 0.1\n"
        "[profile.own]\nclusters.max_clusters = 12\nrecruitment.floor = 2\nrecruitment.top_n = 2\n"
        "clusters.shrinkage = 0.2\n"
    )
    found = resolved(
        "own",
        project=tmp_path,
        environment={
            "TVSELECT__RECRUITMENT__FLOOR": "3",
            "TVSELECT__RECRUITMENT__TOP_N": "3",
            "TVSELECT__CLUSTERS__SHRINKAGE": "0.3",
        },
        command_line=["recruitment.top_n=4", "clusters.shrinkage=0.4"],
        settings={"clusters.shrinkage": 0.5},
    )
    chosen, origin = found.settings, found.origins
    assert (chosen.clusters.threshold, origin["clusters.threshold"]) == (0.1, "tvselect.toml [base]")
    assert (chosen.clusters.max_clusters, origin["clusters.max_clusters"]) == (12, "tvselect.toml [profile.own]")
    assert (chosen.recruitment.floor, origin["recruitment.floor"]) == (3, "environment")
    assert (chosen.recruitment.top_n, origin["recruitment.top_n"]) == (4, "command line")
    assert (chosen.clusters.shrinkage, origin["clusters.shrinkage"]) == (0.5, "settings=")
    assert origin["clusters.lookbacks"] == "built-in v4"


def test_nested_and_dotted_settings_are_the_same() -> None:
    nested = resolved(settings={"gates": {"adx": {"threshold": 25}}}).settings
    dotted = resolved(settings={"gates.adx.threshold": 25}).settings
    assert nested.model_dump_json() == dotted.model_dump_json()
    assert nested.gates["adx"].threshold == 25


def test_a_gate_is_one_line() -> None:
    line = 'gates.volume={feature="liquidity", op=">=", threshold=0.2, kind="relaxable"}'
    gates = resolved(command_line=[line]).settings.active_gates
    assert gates["volume"].feature == "liquidity"
    assert len(gates) == len(resolved().settings.active_gates) + 1


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"stranger": 1}, "stranger: unknown setting"),
    ({"features.entropy_windw": 60}, "features.entropy_windw: unknown setting"),
    ({"features": 3}, "features: "),
    ({"features.entropy_window": "many"}, "features.entropy_window: "),
    ({"features.entropy_order": 9}, "features.entropy_order: "),
    ({"clusters.shrinkage": 1.5}, "clusters.shrinkage: "),
    ({"clusters.inertia": 1.0}, "clusters.inertia: "),
    ({"clusters.held": [["A"]]}, "clusters.held"),
    ({"clusters.held": [["A LONG", "B LONG"], ["A SHORT"]]}, "each asset is in one group, got 1: A twice"),
    (
        {"clusters.inertia": 0.1, "compat.winner_direction": "momentum"},
        "clusters.inertia goes by the candidates' directions",
    ),
    ({"data.bars": "bars.parquet"}, "data.bars: "),
    ({"weights.momentum": math.nan}, "weights.momentum: "),
    ({"weights.Momentum": 1.0}, "weights.Momentum"),
    ({"probabilities.momentum": "softmax"}, "probabilities.momentum: "),
    ({"gates.adx.kind": "soft"}, "gates.adx.kind: "),
    ({"gates.mine": {"feature": "adx"}}, "gates.mine.op: "),
    ({"recruitment.floor": 0}, "recruitment.floor: "),
    ({"ladder": []}, "ladder: "),
    ({"ladder": [{"name": "a"}, {"name": "b", "scale": {"adx": 2.0}}]}, "tightens 'adx'"),
    ({"scorers.log_mps.enabled": False}, "exactly one enabled scorer"),
    ({"scorers.rank_average.role": "champion"}, "exactly one enabled scorer"),
    ({"synthesis.timescale": "daily"}, "synthesis.timescale: "),
    ({"universe": "everything"}, "universe: "),
]


@pytest.mark.parametrize(("settings", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_wrong_settings_are_refused_by_name_and_layer(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolved(settings=settings)
    text = str(caught.value)
    assert message in text
    assert caught.value.exit_code == 2
    assert len(text) < 600


def test_the_layer_of_a_wrong_setting_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"clusters\.shrinkage: .* \(from command line\)"):
        resolved(command_line=["clusters.shrinkage=3"], settings={"clusters.threshold": 1})


def test_a_secret_in_a_wrong_setting_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        resolved(settings={"features.entropy_window": "s3cret"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[base\n", "can't be read"),
        ("[bases]\nx = 1\n", "bases"),
        ("[profile.a]\nextends = 'b'\n", "'b', which there isn't"),
        ("[profile.a]\nextends = 'b'\n[profile.b]\nextends = 'a'\n", "extends itself"),
    ],
)
def test_a_project_file_that_is_wrong_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "tvselect.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        resolved("a", project=tmp_path)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"'v5'; there are v3\.4, v4"):
        resolved("v5")


@pytest.mark.parametrize("assignment", ["nothing", "=1", ""])
def test_what_is_no_assignment_is_refused(assignment: str) -> None:
    with pytest.raises(ConfigurationError, match=r"section\.key=value"):
        resolved(command_line=[assignment])


def test_settings_are_frozen_and_not_the_callers() -> None:
    weights = {"momentum": 2.0}
    found = resolved(settings={"weights": weights}).settings
    weights["momentum"] = 3.0
    assert found.weights["momentum"] == 2.0
    with pytest.raises(ValidationError, match="frozen"):
        found.universe = "returns"
    with pytest.raises(ValidationError, match="frozen"):
        found.clusters.threshold = 1.0


def test_settings_survive_json() -> None:
    found = resolved("v3.4").settings
    assert SelectionSettings.model_validate_json(found.model_dump_json()) == found


def test_by_market_falls_back_to_default() -> None:
    assert by_market({"CRYPTO": 365, "default": 252}, "CRYPTO") == 365
    assert by_market({"CRYPTO": 365, "default": 252}, "FOREX") == 252
    with pytest.raises(ConfigurationError, match="FOREX"):
        by_market({"CRYPTO": 365}, "FOREX")
