"""A plan's graph against the selection that it gave."""

from pathlib import Path

import pytest

from support.market import longest, selected, selection
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph, built_driver, module_of
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError


def test_a_further_rung_executes_what_the_graph_says() -> None:
    found = longest()
    for rung in found.rungs[1:]:
        assert {*rung.executed} == found.graph.rerun


def test_every_node_has_a_module_and_a_stage() -> None:
    graph = selection().graph
    names = {node.name for node in graph.nodes}
    assert graph.modules.keys() == graph.stages.keys() == names - graph.inputs
    assert {"rung", "provider", "weights"} <= graph.inputs
    assert all(graph.plan.stages[module] == graph.stages[name] for name, module in graph.modules.items())
    assert {module_of(node) for node in graph.nodes if node.name == "log_mps.conviction"} == {
        graph.modules["log_mps.conviction"]
    }
    assert {graph.stages[name] for name in graph.synthesis} == {"synthesis"}


def test_what_a_rung_reads_from_elsewhere_are_nodes_that_do_not_run_again() -> None:
    graph = selection().graph
    read = graph.read_from_elsewhere(graph.rerun)
    assert read == sorted(read)
    assert {"scored_metrics", "raw_pool"} & {*read}
    assert not {*read} & (graph.rerun | graph.inputs)
    assert all(any(name in graph.reads[each] for each in graph.rerun) for name in read)
    assert graph.read_from_elsewhere({"decisions", "gate_verdicts"}) == sorted(
        (graph.reads["decisions"] | graph.reads["gate_verdicts"]) - {"gate_verdicts"} - graph.inputs
    )


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "import pandas as pd\n\ndef strange(winners: pd.DataFrame) -> pd.Series:\n    return winners['alpha_score']\n",
            ConfigurationError,
            "read inference or policy, but their stages run only once: .*strange",
        ),
        (
            "import pandas as pd\n\ndef strange(returns: dict) -> pd.Series:\n    return pd.Series()\n",
            FactorError,
            "features: the graph can't be built: ",
        ),
    ],
)
def test_what_can_not_be_wired_is_refused(text: str, error: type[Exception], message: str, tmp_path: Path) -> None:
    declared = "from tradingview_scraper.pipelines.selection.dataflow.features.declaration import factor\n"
    text = declared + text.replace("def strange", "@factor(low=0, high=1)\ndef strange")
    (tmp_path / "own_strange.py").write_text(text)
    with pytest.raises(error, match=message) as raised:
        selected({"features.modules": ["own_strange"]}, project=tmp_path)
    assert "\n" not in str(raised.value)


def test_building_twice_gives_the_same_graph() -> None:
    plan = selection().plan
    one, other = Graph(plan), built_driver(plan)
    assert {node.name for node in one.nodes} == {v.name for v in other.list_available_variables()}
    assert one.rerun == selection().graph.rerun
