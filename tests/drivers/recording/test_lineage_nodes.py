"""The nodes of a real graph as the document has them, beside what the plan and Hamilton say; columns read: test_columns.py."""

from functools import cache
from typing import Any

import pytest

from support.market import selection
from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.drivers.execution import plan as builder
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.recording.lineage_nodes import graph_nodes, table_columns
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS, VALIDATING


@cache
def nodes() -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in graph_nodes(selection().graph)}


def test_every_node_of_the_graph_is_there_once() -> None:
    listed = [node["name"] for node in graph_nodes(selection().graph)]
    assert sorted(listed) == sorted({node.name for node in selection().graph.nodes})


def test_stages_kinds_and_what_every_rung_runs_anew() -> None:
    graph, plan = selection().graph, selection().plan
    assert {name for name, node in nodes().items() if node["reexecuted"]} == set(graph.rerun)
    assert {name for name, node in nodes().items() if node["validated"]} == {*VALIDATING} & {*nodes()}
    assert {name for name, node in nodes().items() if node["kind"] == "input"} == set(graph.inputs)
    assert {name for name, node in nodes().items() if node["kind"] == "factor"} == set(plan.declarations)
    assert {name for name, node in nodes().items() if node["kind"] == "border"} == set(BORDERS.values())
    for name, node in nodes().items():
        assert node["stage"] == ("input" if node["kind"] == "input" else graph.stages[name])
        assert node["dependencies"] == sorted(graph.reads[name])


def test_an_input_has_no_module_no_words_and_reads_nothing() -> None:
    for node in nodes().values():
        if node["kind"] == "input":
            assert (node["module"], node["documentation"], node["reads"]) == ("", "", [])
        else:
            assert node["module"]
    assert nodes()["decisions"]["module"] == "policy.nodes"
    assert nodes()["decisions"]["documentation"].startswith("One row per asset and gate: value, threshold,")


def test_code_has_a_version_and_a_setting_has_none_but_the_bucketizer_that_is_code() -> None:
    versions = {name: node["version"] for name, node in nodes().items()}
    for name, node in nodes().items():
        assert bool(versions[name]) == (node["kind"] != "input" or name == "bucketizer"), name
    assert versions["decisions"] != versions["gate_verdicts"]


def test_a_factor_says_what_was_declared_and_what_the_profile_makes_of_it() -> None:
    plan = selection().plan
    for name, declared in plan.declarations.items():
        found = nodes()[name]["declared"]
        assert (found["low"], found["high"], found["nullable"]) == (declared.low, declared.high, declared.nullable)
        assert found["weight"] == plan.settings.active_weights.get(name, 0.0)
        assert found["probability"] == plan.settings.probabilities.get(name, declared.probability)
    assert [name for name, node in nodes().items() if "declared" in node and name not in plan.declarations] == []


def test_weights_and_maps_of_the_profile_win() -> None:
    changed = resolved_settings("v4", settings={"weights.momentum": 0.25, "probabilities.momentum": "rank_desc"})
    found = {node["name"]: node for node in graph_nodes(Graph(builder.plan(changed.settings)))}
    assert (found["momentum"]["declared"]["weight"], found["momentum"]["declared"]["probability"]) == (
        0.25,
        "rank_desc",
    )
    assert found["momentum"]["version"] == nodes()["momentum"]["version"]


def test_columns_of_tables_are_sorted_with_the_names_of_the_index() -> None:
    tables = selection().tables
    found = table_columns(tables)
    assert list(found) == ["bars", "candidates", "statistics"]
    assert tables.bars is not None
    assert found["bars"] == sorted(tables.bars.columns)
    assert found["candidates"] == sorted({key for record in tables.candidates for key in record})


def test_a_matrix_of_returns_has_no_columns_by_name() -> None:
    returns = selection().context.returns
    assert table_columns(Tables(candidates=[{"b": 1}, {"a": 2}], returns=returns)) == {
        "candidates": ["a", "b"],
        "returns": [],
    }


@pytest.mark.parametrize("name", ["gate_verdicts", "decisions", "standings"])
def test_what_a_node_reads_is_among_its_dependencies(name: str) -> None:
    node = nodes()[name]
    read = {each["source"].partition(".")[0] for each in node["reads"]}
    assert read
    assert read <= {dependency.partition(".")[0] for dependency in node["dependencies"]}
