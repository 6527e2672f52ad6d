"""The SVG of a lineage graph: complete, well formed, clear of boxes, and the same for every order and hash seed."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from random import Random
from xml.etree import ElementTree

import pytest

from tradingview_scraper.pipelines.selection.lineage.graph.drawing import Edge, Node, svg
from tradingview_scraper.pipelines.selection.lineage.graph.layout import arrange

Point = tuple[float, float]
SVG = "{http://www.w3.org/2000/svg}"
# One line a module: its stage, its name, its nodes as name<sources; `!` marks a border.
PIPELINE = """
input inputs : provider as_of lookback_days universe annualisation adx_window hurst_lags cost_rate weights
input inputs : linkage_method max_clusters rung gates top_n floor timescale settings
ingestion ingestion : candidates<provider,as_of,universe instruments<provider bars<provider,as_of,lookback_days
ingestion ingestion : returns<bars high<bars low<bars close<bars statistics<provider,returns
ingestion ingestion : raw_pool<candidates,instruments,statistics ingested!<raw_pool,returns,settings
features features.trend : momentum<returns,annualisation directed_momentum<momentum,candidates adx<plus_di,minus_di
features features.trend : plus_di<high,low,close,adx_window minus_di<high,low,close,adx_window
features features.trend : momentum_short<returns momentum_long<returns ma_distance<close trend_strength<close
features features.risk : volatility<returns,annualisation stability<returns fragility<returns,volatility beta<returns
features features.risk : antifragility<returns survival<returns,fragility skewness<returns kurtosis<returns
features features.risk : drawdown<returns downside<returns
features features.liquidity : liquidity<close,statistics cost<liquidity,volatility,cost_rate spread<high,low
features features.complexity : permutation_entropy<returns entropy<permutation_entropy efficiency<close
features features.complexity : hurst<returns,hurst_lags hurst_clean<hurst random_walk_distance<hurst_clean
features features.complexity : toxic_hurst<hurst_clean,directed_momentum autocorrelation<returns
features features.derived : net_edge<directed_momentum,cost tradable<liquidity,instruments history<returns
features features : feature_store<momentum,directed_momentum,adx,plus_di,minus_di,volatility,stability,fragility,beta
features features : engineered!<ingested,feature_store
inference inference.log_mps : log_mps.probabilities<scored_metrics log_mps.conviction<log_mps.probabilities,weights
inference inference.rank_average : rank_average.ranks<scored_metrics rank_average.conviction<rank_average.ranks
inference inference : scored_metrics<momentum,stability,liquidity,survival,efficiency,entropy,scoring_universe
inference inference : scoring_universe<tradable,rung,gates inference_outputs<log_mps.conviction,rank_average.conviction
inference inference : inferred!<engineered,inference_outputs
partitioning partitioning : correlation<returns distance<correlation linkage<distance,linkage_method
partitioning partitioning : clusters<linkage,max_clusters partitioned!<inferred,clusters
policy policy : gate_values<feature_store,gates verdicts<gate_values,rung eligible<verdicts
policy policy : standings<eligible,inference_outputs,clusters winners<standings,top_n,floor
policy policy : decisions<verdicts,eligible,winners decided!<partitioned,decisions,winners
synthesis synthesis : atoms<winners,candidates,timescale manifest<atoms synthesized!<decided,atoms,manifest
"""
STORED = (
    "skewness kurtosis drawdown downside cost spread entropy efficiency hurst_clean random_walk_distance toxic_hurst"
)
VALIDATED = {"returns", "candidates", "feature_store", "clusters", "winners"}


@cache
def _pipeline() -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    nodes, edges = [], [Edge(name, "feature_store") for name in STORED.split()]
    for line in PIPELINE.strip().splitlines():
        head, items = line.split(" : ")
        stage, module = head.split()
        for item in items.split():
            marked, _, sources = item.partition("<")
            name = marked.rstrip("!")
            kind = "border" if marked != name else "input" if stage == "input" else "value"
            again = stage in {"inference", "policy"}
            nodes.append(Node(name, stage, module, kind, name in VALIDATED, again, title=f"The {name} of each asset."))
            edges += [Edge(source, name) for source in sources.split(",") if source]
    return tuple(nodes), tuple(edges)


@cache
def _picture() -> str:
    return svg(*_pipeline(), title="Selection")


def _tree(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def _drawn_nodes(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {g.attrib["data-name"]: g for g in root.iter(f"{SVG}g") if "data-name" in g.attrib}


def _classes(element: ElementTree.Element) -> set[str]:
    return set(element.attrib["class"].split())


def _drawn_edges(root: ElementTree.Element) -> dict[tuple[str, str], ElementTree.Element]:
    paths = [path for path in root.iter(f"{SVG}path") if "data-source" in path.attrib]
    return {(path.attrib["data-source"], path.attrib["data-target"]): path for path in paths}


def _legend(root: ElementTree.Element) -> list[str]:
    group = next(g for g in root.iter(f"{SVG}g") if g.get("class") == "legend")
    return [text.text or "" for text in group.iter(f"{SVG}text") if text.get("class") != "sign"]


def _along(path: str) -> list[Point]:
    """Points on a path of M, H, V and C commands, as a reader's eye follows it."""
    points: list[Point] = []
    here: Point = (0, 0)
    for command, arguments in re.findall(r"([A-Z])([^A-Z]+)", path):
        numbers = [float(number) for number in arguments.split()]
        if command == "C":
            stops = [here, *zip(numbers[::2], numbers[1::2], strict=True)]
        else:
            x, y = {"M": numbers, "H": [numbers[0], here[1]], "V": [here[0], numbers[0]]}[command]
            stops = [here, here, (x, y), (x, y)]
        if command != "M":
            points += [_on_curve(stops, step / 24) for step in range(25)]
        here = stops[-1]
    return points


def _on_curve(stops: list[Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * stop[i] for w, stop in zip(weights, stops, strict=True)) for i in (0, 1))
    return x, y


def test_every_node_and_edge_is_drawn() -> None:
    nodes, edges = _pipeline()
    root = _tree(_picture())
    drawn = _drawn_nodes(root)
    assert len(nodes) > 80
    assert set(drawn) == {node.name for node in nodes}
    assert set(_drawn_edges(root)) == {(edge.source, edge.target) for edge in edges}
    assert len({g.attrib["id"] for g in drawn.values()}) == len(nodes)
    for node in nodes:
        group = drawn[node.name]
        assert group.attrib["tabindex"] == "0"
        assert group.attrib["data-module"] == node.module
        assert group[0].tag == f"{SVG}title"
        assert node.title in (group[0].text or "")
        assert node.name in [text.text for text in group.iter(f"{SVG}text")]


def test_proportions_suit_a_page() -> None:
    root = _tree(_picture())
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    assert 1 < width / height < 3
    assert root.attrib["viewBox"] == f"0 0 {width} {height}"


def test_edges_run_clear_of_boxes_and_end_at_their_own() -> None:
    nodes, edges = _pipeline()
    back = [Edge("decisions", "zz_report"), Edge("manifest", "zz_log")]
    nodes += (Node("zz_report", "features", "features"), Node("zz_log", "ingestion", "ingestion"))
    boxes = arrange(nodes, (*edges, *back)).boxes
    for ends, path in _drawn_edges(_tree(svg(nodes, (*edges, *back), title="Selection"))).items():
        points = _along(path.attrib["d"])
        for name, box in boxes.items():
            hit = any(box.x < x < box.right and box.y < y < box.bottom for x, y in points)
            assert not hit, f"{ends} crosses {name}"
        for name, (x, y) in zip(ends, (points[0], points[-1]), strict=True):
            box = boxes[name]
            assert box.x <= x <= box.right, ends
            assert box.y <= y <= box.bottom, ends


def test_the_order_of_the_input_does_not_matter() -> None:
    nodes, edges = _pipeline()
    rng = Random(7)
    shuffled = svg(rng.sample(nodes, len(nodes)), rng.sample(edges, len(edges)), title="Selection")
    assert shuffled == _picture()


def test_the_hash_seed_does_not_matter() -> None:
    nodes, edges = _pipeline()
    code = (
        "import sys\n"
        "from tradingview_scraper.pipelines.selection.lineage.graph.drawing import Edge, Node, svg\n"
        f"text = svg({set(nodes)!r}, {set(edges)!r}, title='Selection')\n"
        "sys.stdout.buffer.write(text.encode())"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, env=os.environ | {"PYTHONHASHSEED": seed}
        )
        for seed in ("0", "4711")
    ]
    assert {process.communicate(timeout=60)[0] for process in running} == {_picture().encode()}


def test_marks_tell_validated_reexecuted_and_changed_nodes_without_colour() -> None:
    nodes = [
        Node("plain", "policy", "policy"),
        Node("checked", "policy", "policy", validated=True),
        Node("again", "policy", "policy", reexecuted=True),
        *(Node(change, "policy", "policy", change=change) for change in ("added", "removed", "changed")),
    ]
    edges = [Edge("plain", "added", "added"), Edge("plain", "removed", "removed"), Edge("plain", "changed")]
    root = _tree(svg(nodes, edges, title="Marks"))
    drawn = _drawn_nodes(root)
    marks = {
        name: {e.get("class") for e in g.iter()} - {"box", "stripe", None, g.get("class")} for name, g in drawn.items()
    }
    assert marks["plain"] == set()
    assert marks["checked"] == {"check"}
    assert marks["again"] == {"dot"}
    assert {name: t.text for name, g in drawn.items() for t in g.iter(f"{SVG}text") if t.get("class") == "sign"} == {
        "added": "+",
        "removed": "\N{MINUS SIGN}",
        "changed": "~",
    }
    assert {"validated", "reexecuted", "added", "removed", "changed"} <= set().union(*map(_classes, drawn.values()))
    assert "added" in _classes(_drawn_edges(root)["plain", "added"])
    assert "removed" in _classes(_drawn_edges(root)["plain", "removed"])
    assert "diff" in _classes(root)
    assert _legend(root) == ["policy", "validated", "re-executed at this rung", "added", "removed", "changed"]


def test_rungs_are_drawn_alike_but_for_their_marks() -> None:
    nodes, edges = _pipeline()
    first = [replace(node, reexecuted=False, validated=False) for node in nodes]
    texts = [_picture(), svg(first, edges, title="Selection")]
    boxes = [
        {n: (r := g.find(f"{SVG}rect")) is not None and r.attrib for n, g in _drawn_nodes(_tree(t)).items()}
        for t in texts
    ]
    assert boxes[0] == boxes[1]
    assert "re-executed" not in texts[1]


def test_the_legend_names_every_module_and_tells_alike_colours_apart() -> None:
    modules = [f"features.m{i}" for i in range(9)]
    root = _tree(svg([Node(m, "features", m) for m in modules], [], title="Modules"))
    assert _legend(root) == modules
    drawn = _drawn_nodes(root)
    looks = {
        (frozenset(_classes(g)), stripe.get("stroke-dasharray"))
        for g in drawn.values()
        for stripe in g.iter(f"{SVG}path")
        if stripe.get("class") == "stripe"
    }
    assert len(looks) == len(modules)


@pytest.mark.parametrize("name", ['a"b', "a'b", "<script>", "a&b", "a]]>b", "ä漢 🙂", "a\\b", "bell\x07", "}</style>"])
def test_names_titles_and_modules_are_escaped(name: str) -> None:
    nodes = [Node(name, "policy", name, title=name), Node("other", "policy", "m")]
    root = _tree(svg(nodes, [Edge(name, "other")], title=name))
    shown = name.replace("\x07", "\ufffd")
    assert set(_drawn_nodes(root)) == {shown, "other"}
    assert set(_drawn_edges(root)) == {(shown, "other")}
    assert shown in _legend(root)
    title, style = root.find(f"{SVG}title"), root.find(f"{SVG}style")
    assert title is not None
    assert style is not None
    assert title.text == shown
    assert not list(style), "a name must not open an element in the style sheet"
    assert name not in (style.text or "") or name.isalnum()


def test_ids_of_similar_names_differ() -> None:
    names = ["a.b", "a_b", "a-b", "a-2e-b", "a b", "A.b"]
    root = _tree(svg([Node(name, "policy", "m") for name in names], [], title="Ids"))
    assert len({g.attrib["id"] for g in _drawn_nodes(root).values()}) == len(names)


def test_pictures_share_a_page() -> None:
    """Every id and every rule of a picture carries its name, which comes from its title."""
    first, second = (svg(*_pipeline(), title=f"rung {i}") for i in (1, 2))
    ids = [set(re.findall(r' id="([^"]+)"', text)) for text in (first, second)]
    assert not ids[0] & ids[1]
    style = _tree(first).find(f"{SVG}style")
    assert style is not None
    assert style.text is not None
    rules = [line for line in style.text.splitlines() if "{" in line and not line.startswith("@")]
    assert all(line.startswith("#dag") for line in rules)


def test_the_picture_needs_nothing_else() -> None:
    text = _picture()
    assert "prefers-color-scheme:dark" in text
    assert text.count("http") == 1, "only the namespace"
    assert not re.search(r"<script|<image|<foreignObject|@import|url\(| style=| on\w+=", text)
    assert len(text) < 150_000


def test_an_empty_graph_is_a_picture() -> None:
    assert _drawn_nodes(_tree(svg([], [], title="Nothing"))) == {}


def test_what_cannot_be_drawn_is_named() -> None:
    with pytest.raises(ValueError, match="unknown node 'b'"):
        svg([Node("a", "policy", "m")], [Edge("a", "b")], title="Selection")
