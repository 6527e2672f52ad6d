"""Layers of settings, their order, their origins, and what is refused."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.drivers.execution.profiles import BUILT_IN, flat_names, resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

TOML = """
[base]
clusters.threshold = 0.6
recruitment.top_n = 3

[profile.mine]
extends = "v4"
recruitment.top_n = 4

[profile.child]
extends = "mine"
recruitment.floor = 20
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "tvselect.toml").write_text(TOML)
    return tmp_path


@pytest.mark.parametrize("profile", BUILT_IN)
def test_built_in_profiles_are_whole(profile: str) -> None:
    resolved = resolved_settings(profile)
    assert resolved.settings.profile == profile
    assert all(origin.startswith("built-in") for origin in resolved.origins.values())


def test_the_higher_layer_wins_and_is_named(project: Path) -> None:
    resolved = resolved_settings(
        "child",
        project=project,
        environment={"TVSELECT__CLUSTERS__MAX_CLUSTERS": "11", "HOME": "x"},
        command_line=["clusters.shrinkage=0.05", "features.modules=[]"],
        settings={"weights.momentum": 9.0},
    )
    settings, origins = resolved.settings, resolved.origins
    assert (settings.clusters.threshold, origins["clusters.threshold"]) == (0.6, "tvselect.toml [base]")
    assert (settings.recruitment.top_n, origins["recruitment.top_n"]) == (4, "tvselect.toml [profile.mine]")
    assert (settings.recruitment.floor, origins["recruitment.floor"]) == (20, "tvselect.toml [profile.child]")
    assert (settings.clusters.max_clusters, origins["clusters.max_clusters"]) == (11, "environment")
    assert (settings.clusters.shrinkage, origins["clusters.shrinkage"]) == (0.05, "command line")
    assert (settings.weights["momentum"], origins["weights.momentum"]) == (9.0, "settings=")
    assert origins["clusters.lookbacks"] == "built-in v4"


def test_a_variable_names_markets_and_assets_as_they_are_written() -> None:
    given = {
        "TVSELECT__FEATURES__ANNUALISATION__CRYPTO": "300",
        "TVSELECT__FEATURES__ANNUALISATION__DEFAULT": "250",
        "TVSELECT__DATA__RATES__EUR": "1.1",
        "TVSELECT__DATA__EXCLUDE__BTCUSDT": "no",
        "TVSELECT__SCORERS__RANK_AVERAGE__ENABLED": "false",
    }
    settings = resolved_settings(environment=given).settings
    assert settings.features.annualisation == {"CRYPTO": 300, "default": 250}
    assert settings.data.rates == {"EUR": 1.1}
    assert settings.data.exclude == {"BTCUSDT": "no"}
    assert not settings.scorers["rank_average"].enabled


def test_every_oddity_of_v3_4_differs_from_v4() -> None:
    v4, old = resolved_settings("v4"), resolved_settings("v3.4")
    stated = [name for name, origin in old.origins.items() if origin == "built-in v3.4"]
    new, before = flat_names(v4.settings.model_dump()), flat_names(old.settings.model_dump())
    # nan != nan, so an unset value counts as different from itself, as it should not be stated twice.
    assert [name for name in stated if new.get(name) == before[name]] == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"clusters.treshold": 1},
            r"clusters\.treshold: unknown setting; did you mean clusters\.threshold\? \(from settings=\)",
        ),
        ({"colour": "red"}, "colour: unknown setting"),
        ({"recruitment.floor": 0}, r"recruitment\.floor: must be a whole number >= 1, got 0"),
        ({"scorers.log_mps.role": "challenger"}, "exactly one enabled scorer must have the role champion"),
        ({"ladder": [{"name": "a"}, {"name": "b", "scale": {"adx": 1.5}}]}, "rung 2 .b. tightens 'adx'"),
        (
            {"ladder": [{"name": "a"}, {"name": "b", "scale": {"adx": float("inf")}}]},
            "must be a finite number, got inf",
        ),
        (
            {"gates.entropy.threshold": 2, "ladder": [{"name": "a"}, {"name": "b", "scale": {"entropy": 1.7e308}}]},
            "by less",
        ),
        ({"features.annualisation.crypto": 300}, "a market is written in capitals"),
        ({"features.random_walk_band": [0.6, 0.4]}, "0.6 is above 0.4"),
        ({"ladder": [{"name": "a"}, {"name": "b", "scale": {"health": 0.5}}]}, "relaxes 'health', a hard gate"),
        ({"ladder": [{"name": "a"}, {"name": "b", "set": {"nope": 1}}]}, "names the gate 'nope'"),
        ({"gates.mine": {"feature": "adx", "op": "==", "threshold": 1, "kind": "hard"}}, r"gates\.mine\.op"),
    ],
)
def test_what_is_wrong_is_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        resolved_settings(settings=settings)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "it holds"),
        ("[profile.a]\nextends = 'b'", "extends 'b', which there isn't"),
        ("[profile.a]\nextends = 'b'\n[profile.b]\nextends = 'a'", "extends itself"),
        ("[profile", "can't be read"),
    ],
)
def test_a_broken_project_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "tvselect.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        resolved_settings("a", project=tmp_path)


def test_an_unknown_profile_lists_those_there_are(project: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no profile 'v5'; there are child, mine, v3\.4, v4"):
        resolved_settings("v5", project=project)


def test_a_key_of_the_users_own_may_hold_dots() -> None:
    given = {"data": {"exclude": {"BRK.B": "a"}}, "data.exclude.BF.B": "b"}
    found = resolved_settings("v4", settings=given, command_line=["data.exclude.RDS.A=c"])
    assert dict(found.settings.data.exclude) == {"RDS.A": "c", "BRK.B": "a", "BF.B": "b"}
    assert found.origins["data.exclude.BRK.B"] == "settings="
    # As TOML writes it; the quotes are none of the name.
    for quote in "\"'":
        quoted = resolved_settings("v4", command_line=[f"data.exclude.{quote}BRK.B{quote}=d"])
        assert dict(quoted.settings.data.exclude) == {"BRK.B": "d"}
