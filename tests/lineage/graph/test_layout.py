"""Coordinates of lineage graphs: boxes apart, lanes in order, borders on one row, in whatever order the input comes."""

from itertools import combinations, pairwise
from random import Random

import pytest

from tradingview_scraper.pipelines.selection.lineage.graph.layout import (
    LANES,
    Box,
    Edge,
    Layout,
    Node,
    arrange,
    label,
    text_width,
)


def _random_graph(seed: int, size: int, density: float) -> tuple[list[Node], list[Edge]]:
    """Nodes over all stages; edges follow the stages but for a few, which go back without closing a cycle."""
    rng = Random(seed)
    stages = sorted((rng.choice(LANES) for _ in range(size)), key=LANES.index)
    if seed % 3 == 0:
        rng.shuffle(stages)
    nodes = [
        Node(f"n{i:03d}{'x' * rng.randrange(12)}", stage, f"m{rng.randrange(3)}", rng.choice(("value", "border")))
        for i, stage in enumerate(stages)
    ]
    edges = [Edge(a.name, b.name) for a, b in combinations(nodes, 2) if rng.random() < density]
    return nodes, edges


def _wide_stage(count: int) -> tuple[list[Node], list[Edge]]:
    factors = [f"factor_{i:02d}" for i in range(count)]
    nodes = [Node("returns", "ingestion", "ingestion"), Node("store", "features", "features")]
    nodes += [Node(name, "features", "features.trend", "factor") for name in factors]
    return nodes, [edge for name in factors for edge in (Edge("returns", name), Edge(name, "store"))]


def _apart(a: Box, b: Box) -> bool:
    return a.right < b.x or b.right < a.x or a.bottom < b.y or b.bottom < a.y


def _inside(inner: Box, outer: Box) -> bool:
    return outer.x < inner.x and inner.right < outer.right and outer.y + 20 < inner.y and inner.bottom < outer.bottom


def _lane_of(layout: Layout, name: str) -> str:
    return next(stage for stage, lane in layout.lanes.items() if _inside(layout.boxes[name], lane))


@pytest.mark.parametrize("seed", range(12))
def test_boxes_keep_apart_and_stay_in_their_lanes(seed: int) -> None:
    nodes, edges = _random_graph(seed, 10 + 8 * seed, 0.06)
    layout = arrange(nodes, edges)
    assert set(layout.boxes) == {node.name for node in nodes}
    assert layout.edges == tuple(sorted(edges, key=lambda e: (e.source, e.target)))
    assert sorted(name for column in layout.columns for name in column) == sorted(layout.boxes)
    assert all(_apart(a, b) for a, b in combinations(layout.boxes.values(), 2))
    assert all(_lane_of(layout, n.name) == n.stage for n in nodes if n.stage != "input")
    for column in layout.columns:
        boxes = [layout.boxes[name] for name in column]
        assert len({(box.x, box.width) for box in boxes}) == 1
        assert all(b.y - a.bottom >= 12 for a, b in pairwise(boxes))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    nodes, edges = _random_graph(seed, 60, 0.06)
    layout = arrange(nodes, edges)
    for shuffle in range(3):
        rng = Random(shuffle)
        assert arrange(rng.sample(nodes, len(nodes)), rng.sample(edges, len(edges))) == layout


def test_lanes_stand_left_to_right_in_the_order_of_the_stages() -> None:
    layout = arrange([Node(stage, stage, "m") for stage in reversed(LANES[1:])], [])
    assert tuple(layout.lanes) == LANES[1:]
    assert all(a.right < b.x for a, b in pairwise(layout.lanes.values()))
    assert len({(lane.y, lane.height) for lane in layout.lanes.values()}) == 1
    assert max(lane.right for lane in layout.lanes.values()) < layout.width


def test_edges_within_a_stage_never_run_right_to_left_nor_up_a_column() -> None:
    nodes, edges = _random_graph(1, 90, 0.05)
    layout = arrange(nodes, edges)
    place = {name: (i, j) for i, column in enumerate(layout.columns) for j, name in enumerate(column)}
    inner = [e for e in edges if _lane_of(layout, e.source) == _lane_of(layout, e.target)]
    assert len(inner) > 10
    assert all(place[edge.source] < place[edge.target] for edge in inner)


def test_borders_stand_on_one_row_below_all_others() -> None:
    nodes = [Node(f"value_{s}", s, s) for s in LANES[1:]] + [Node(f"border_{s}", s, s, "border") for s in LANES[1:]]
    edges = [Edge(f"value_{s}", f"border_{s}") for s in LANES[1:]]
    layout = arrange(nodes, edges)
    spine = {layout.boxes[f"border_{s}"].y for s in LANES[1:]}
    assert len(spine) == 1
    assert max(layout.boxes[f"value_{s}"].bottom for s in LANES[1:]) < spine.pop()


def test_inputs_stand_left_in_the_first_stage_that_reads_them() -> None:
    inputs = [Node(name, "input", "inputs", "input") for name in ("rung", "as_of", "unread")]
    nodes = [*inputs, *(Node(s, s, s) for s in ("ingestion", "inference", "policy"))]
    edges = [Edge("rung", "policy"), Edge("rung", "inference"), Edge("as_of", "ingestion")]
    layout = arrange(nodes, edges)
    assert _lane_of(layout, "rung") == "inference"
    assert _lane_of(layout, "as_of") == _lane_of(layout, "unread") == "ingestion"
    assert layout.boxes["rung"].right < layout.boxes["inference"].x
    assert arrange(inputs, []).lanes.keys() == {"input"}


@pytest.mark.parametrize("count", [30, 60, 100])
def test_a_wide_stage_wraps_into_several_columns(count: int) -> None:
    layout = arrange(*_wide_stage(count))
    columns = {layout.boxes[f"factor_{i:02d}"].x for i in range(count)}
    assert len(columns) >= 2
    assert layout.height < 1400
    assert 0.5 < layout.width / layout.height < 3
    firsts = [layout.boxes[column[0]] for column in layout.columns if column[0].startswith("factor")]
    assert all((a.y - b.y) % 32 == 16 for a, b in pairwise(firsts)), "wrapped columns stand half a row apart"


def test_an_empty_graph_and_a_single_node() -> None:
    assert arrange([], []).boxes == {}
    assert arrange([Node("a", "policy", "m")], []).lanes.keys() == {"policy"}


def test_a_repeated_edge_counts_once() -> None:
    nodes = [Node("a", "policy", "m"), Node("b", "policy", "m")]
    assert arrange(nodes, [Edge("a", "b"), Edge("a", "b")]).edges == (Edge("a", "b"),)


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        ([Node("a", "policy", "m"), Node("a", "features", "m")], [], "two nodes are named 'a'"),
        ([Node("a", "nowhere", "m")], [], "'a' has the unknown word 'nowhere'"),
        ([Node("a", "policy", "m", "thing")], [], "'a' has the unknown word 'thing'"),
        ([Node("a", "policy", "m", change="new")], [], "'a' has the unknown word 'new'"),
        ([Node("a", "policy", "m")], [Edge("a", "b")], "'a' -> 'b' names the unknown node 'b'"),
        ([Node("a", "policy", "m")], [Edge("b", "a")], "'b' -> 'a' names the unknown node 'b'"),
        ([Node("a", "policy", "m")], [Edge("a", "a")], "cycle: a -> a"),
        ([Node(n, "policy", "m") for n in "ab"], [Edge("a", "b", "new")], "'a' -> 'b' has an unknown"),
        ([Node(n, "policy", "m") for n in "ab"], [Edge("a", "b"), Edge("a", "b", "added")], "or a second change"),
    ],
)
def test_what_cannot_be_drawn_is_named(nodes: list[Node], edges: list[Edge], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arrange(nodes, edges)


def test_the_same_cycle_is_named_for_every_order_of_the_input() -> None:
    nodes = [Node(n, "policy", "m") for n in "abcdef"]
    edges = [Edge(*pair) for pair in ("ab", "bc", "ca", "de", "ed", "cf")]
    messages = set()
    for seed in range(5):
        rng = Random(seed)
        with pytest.raises(ValueError, match="cycle") as caught:
            arrange(rng.sample(nodes, 6), rng.sample(edges, 6))
        messages.add(str(caught.value))
    assert len(messages) == 1


def test_labels_fit_their_boxes() -> None:
    names = ["a", "permutation_entropy", "log_mps.conviction", "漢字" * 5, "x" * 200]
    layout = arrange([Node(name, "features", "m") for name in names], [])
    assert all(text_width(label(name)) + 18 < layout.boxes[name].width for name in names)
    assert len(label("x" * 200)) <= 34
    assert text_width("漢") == text_width("ab") > text_width("a")
