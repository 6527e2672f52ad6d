"""A plan, and the inputs that a graph is executed with."""

from pathlib import Path

import pandas as pd
import pytest

from support.market import SETTINGS, selection, settings
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from tradingview_scraper.pipelines.selection.drivers.execution.graph import built_driver
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs, plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError

FACTOR = (
    "import pandas as pd\n\nfrom tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor\n\n\n"
    "@factor(low=0.0, high=1.0)\ndef calm(returns: pd.DataFrame, calm_window: int) -> pd.Series:\n"
    "    return 1.0 - returns.tail(calm_window).isna().mean()\n"
)


def test_what_the_settings_name_is_loaded() -> None:
    found = plan(settings())
    assert list(found.scorers) == list(settings().active_scorers)
    assert isinstance(found.scorers["log_mps"], LogMps)
    assert isinstance(found.bucketizer, WardBucketizer)
    assert (found.user_modules, found.places) == ((), {})
    assert {*settings().active_weights} <= found.declarations.keys()
    assert {module.__name__ for module in found.modules} <= found.stages.keys()


def test_the_nodes_that_call_a_component_are_nodes_and_name_their_key() -> None:
    graph = selection().graph
    named = graph.plan.component_nodes
    assert named.keys() <= graph.modules.keys()
    assert named["cluster_labels"] == "clusters.bucketizer 'ward'"
    assert named["rank_average.conviction"] == "scorers.rank_average.kind 'rank_average'"
    assert named["tables"].startswith("data.provider ")


def test_inputs_are_those_that_the_graph_asks_for() -> None:
    graph, rung = selection().graph, settings().rungs()[1]
    given = inputs(graph.plan, rung)
    provider = MemoryProvider(None, [], None, None)
    date = pd.Timestamp("2026-01-01")
    dates = {"as_of": date, "moment": None, "pinned_session": None}
    assert ingestion_inputs(provider, date) == {"provider": provider, **dates}
    asked = {v.name for v in built_driver(graph.plan).list_available_variables() if v.is_external_input}
    wired = {"factors", "scored", "gated", "scorers", "hamilton.enable_power_user_mode"}
    assert asked - given.keys() - wired == {"provider", *dates}
    assert given["rung"] is rung
    assert given["champion"] == "log_mps"
    assert given["weights"] == {name: settings().weights_of(name) for name in settings().active_scorers}
    assert given["min_seats"] == settings().compat.min_seats
    assert "modules" not in given


def test_a_users_factor_is_found_with_its_place_and_its_parameter(tmp_path: Path) -> None:
    (tmp_path / "own_calm.py").write_text(FACTOR)
    named = {**SETTINGS, "features.modules": ["own_calm"], "features.parameters": {"calm_window": 9}}
    with project_on_path(tmp_path):
        found = plan(resolved_settings("v4", settings=named).settings)
        assert [module.__name__ for module in found.user_modules] == ["own_calm"]
        assert found.places.keys() == {"calm"}
        assert (found.declarations["calm"].low, found.declarations["calm"].high) == (0.0, 1.0)
        assert inputs(found, found.settings.rungs()[0])["calm_window"] == 9
        with pytest.raises(FactorError, match="reads 'calm_window', which there isn't"):
            plan(resolved_settings("v4", settings={**SETTINGS, "features.modules": ["own_calm"]}).settings)


def test_a_parameter_that_nothing_reads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "own_calm.py").write_text(FACTOR)
    named = {**SETTINGS, "features.modules": ["own_calm"]}
    with project_on_path(tmp_path):
        for parameters, said in (
            (
                {"calm_windo": 9},
                r"features\.parameters\.calm_windo: no function .* reads it; did you mean calm_window\?",
            ),
            ({"calm_window": 9, "momentum_window": 9}, r"momentum_window: the dataflow has an input of this name"),
        ):
            with pytest.raises((ConfigurationError, FactorError), match=said):
                plan(
                    resolved_settings(
                        "v4", settings={**named, "features.parameters": {"calm_window": 1, **parameters}}
                    ).settings
                )


def test_what_does_not_fit_is_refused() -> None:
    for name, value in (("weights.nope", 1.0), ("scorers.log_mps.kind", "nope"), ("clusters.bucketizer", "nope")):
        with pytest.raises(ConfigurationError, match="nope"):
            plan(resolved_settings("v4", settings={**SETTINGS, name: value}).settings)
