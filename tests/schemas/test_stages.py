"""The list of stages against the dataflow itself."""

import itertools

from support.market import selection
from support.paths import ROOT
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS, REEXECUTED, STAGES


def test_the_stages_are_the_folders_of_the_dataflow() -> None:
    folders = {path.parent.name for path in (ROOT / "dataflow").glob("*/nodes.py")}
    assert folders == {*STAGES}


def test_each_border_is_a_node_of_its_stage_and_reads_the_border_before() -> None:
    graph = selection().graph
    for stage, border in BORDERS.items():
        assert graph.stages[border] == stage
    for before, after in itertools.pairwise(STAGES):
        assert BORDERS[before] in graph.reads[BORDERS[after]]


def test_at_a_further_rung_all_of_the_reexecuted_run_and_of_others_one_border() -> None:
    graph = selection().graph
    assert {name for name, stage in graph.stages.items() if stage in REEXECUTED} <= graph.rerun
    assert {name for name in graph.rerun if graph.stages[name] not in REEXECUTED} == {BORDERS["partitioning"]}
