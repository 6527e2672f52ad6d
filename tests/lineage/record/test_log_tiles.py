"""The tree on disk is the one over the ledger's lines, however it grew, and proofs come from its tiles alone."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.lineage.record import ledger, merkle
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import leaf_hashes
from tradingview_scraper.pipelines.selection.lineage.record.log_tiles import (
    grown,
    tile_files,
    tile_node,
    tile_path,
    tree_head,
)

WIDE = 70_000  # three rows: 274 tiles, 2, 1


def lined(runs: Path, first: int, last: int) -> None:
    """Lines of a ledger, as far as its tree looks at them."""
    with (runs / "audit.jsonl").open("ab") as file:
        file.writelines(b'{"seq":%d}\n' % number for number in range(first, last + 1))


def on_disk(runs: Path) -> dict[str, bytes]:
    folder = runs / "log"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def by_hand(runs: Path) -> dict[str, bytes]:
    leaves = leaf_hashes(runs / "audit.jsonl")
    return {**dict(tile_files(merkle.nodes(leaves), len(leaves))), "checkpoint": tree_head(runs).text()}


@pytest.mark.parametrize(
    ("row", "number", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (1, 999, 256, "tile/1/999"),
        (0, 1000, 256, "tile/0/x001/000"),
        (2, 1234067, 7, "tile/2/x001/x234/067.p/7"),
    ],
)
def test_the_path_of_a_tile_by_hand(row: int, number: int, width: int, path: str) -> None:
    assert tile_path(row, number, width) == path


@pytest.mark.parametrize("steps", [(1, 2, 3), (255, 256, 257), (256, 512), (1, 600), (3, 3, 40)])
def test_a_tree_that_grew_is_the_tree_of_all_lines(steps: tuple[int, ...], tmp_path: Path) -> None:
    before = 0
    for size in steps:
        lined(tmp_path, before + 1, size)
        head, before = grown(tmp_path), size
        leaves = leaf_hashes(tmp_path / "audit.jsonl")
        assert (head.ledger, head.size, head.root) == (
            "runs/audit.jsonl",
            size,
            merkle.root(merkle.nodes(leaves), size),
        )
        assert tree_head(tmp_path) == head
    assert on_disk(tmp_path) == by_hand(tmp_path)


def test_a_wide_tree_gives_proofs_from_its_tiles(tmp_path: Path) -> None:
    lined(tmp_path, 1, WIDE)
    first = grown(tmp_path)
    lined(tmp_path, WIDE + 1, WIDE + 5)  # read from behind, and only these
    head, leaves = grown(tmp_path), leaf_hashes(tmp_path / "audit.jsonl")
    assert on_disk(tmp_path) == by_hand(tmp_path)
    node = tile_node(tmp_path / "log", head.size)
    for index in (0, 255, 65_535, 65_536, WIDE + 4):
        proof = merkle.inclusion_proof(node, index, head.size)
        assert merkle.included(leaves[index], index, head.size, proof, head.root)
    proof = merkle.consistency_proof(node, first.size, head.size)
    assert merkle.consistent(first.size, first.root, head.size, head.root, proof)


def test_what_a_kill_left_is_made_up_for(tmp_path: Path) -> None:
    lined(tmp_path, 1, 300)
    head = grown(tmp_path)
    (tmp_path / "log/checkpoint").write_bytes(b"no checkpoint")
    assert tree_head(tmp_path).size == 0
    assert grown(tmp_path) == head
    with (tmp_path / "audit.jsonl").open("ab") as file:
        file.write(b'{"torn')
    assert grown(tmp_path) == head
    assert on_disk(tmp_path) == by_hand(tmp_path)


def test_a_tree_longer_than_its_ledger_stays(tmp_path: Path) -> None:
    lined(tmp_path, 1, 9)
    head, kept = grown(tmp_path), on_disk(tmp_path)
    lines = (tmp_path / "audit.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "audit.jsonl").write_bytes(b"".join(lines[:7]))
    assert grown(tmp_path) == head
    assert on_disk(tmp_path) == kept


def test_a_tree_over_real_lines(tmp_path: Path) -> None:
    for number in range(3):
        ledger.append(tmp_path / "audit.jsonl", {"event": "stage.completed", "run_id": "r", "number": number})
        grown(tmp_path)
    assert on_disk(tmp_path) == by_hand(tmp_path)
