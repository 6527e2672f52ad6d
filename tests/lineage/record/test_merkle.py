"""The tree is RFC 6962's: roots of the reference vectors, proofs that hold, and none that holds for anything else."""

from hypothesis import given
from hypothesis import strategies as st

from tradingview_scraper.pipelines.selection.lineage.record import merkle

# The entries and roots of Certificate Transparency's reference implementation.
ENTRIES = [
    *("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"),
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
MANY = [merkle.leaf_hash(str(number).encode()) for number in range(70)]


def by_definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, word for word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else merkle.EMPTY
    split = max(2**power for power in range(8) if 2**power < len(leaves))
    return merkle.joined(by_definition(leaves[:split]), by_definition(leaves[split:]))


def root(size: int) -> bytes:
    return merkle.root(merkle.nodes(MANY), size)


def test_roots_are_those_of_the_reference() -> None:
    node = merkle.nodes(LEAVES)
    assert [merkle.root(node, size).hex() for size in range(len(ROOTS))] == ROOTS


def test_roots_of_every_size_are_those_of_the_definition() -> None:
    assert [root(size) for size in range(71)] == [by_definition(MANY[:size]) for size in range(71)]


def test_every_line_is_shown_to_be_in_every_tree_and_nothing_else_is() -> None:
    node = merkle.nodes(MANY)
    for size in (*range(1, 20), 33, 64, 70):
        for index in range(size):
            proof = merkle.inclusion_proof(node, index, size)
            assert merkle.included(MANY[index], index, size, proof, root(size))
            assert not merkle.included(MANY[index - 1], index, size, proof, root(size)) or size == 1
            assert not merkle.included(MANY[index], index + 1, size, proof, root(size))
            assert not merkle.included(MANY[index], index, size, [*proof, proof[0] if proof else b""], root(size))
            assert not merkle.included(MANY[index], index, size, proof[:-1], root(size)) or not proof
    assert not merkle.included(MANY[0], -1, 1, [], root(1))


def test_every_tree_is_shown_to_continue_every_earlier_one_and_no_other() -> None:
    node = merkle.nodes(MANY)
    for second in (*range(1, 20), 33, 64, 70):
        for first in range(1, second + 1):
            proof = merkle.consistency_proof(node, first, second)
            assert merkle.consistent(first, root(first), second, root(second), proof)
            assert not merkle.consistent(first, root(first - 1), second, root(second), proof)
            assert not merkle.consistent(first, root(first), second, root(second - 1), proof)
            assert not merkle.consistent(first, root(first), second, root(second), [*proof, root(1)])
            assert not merkle.consistent(first, root(first), second, root(second), proof[1:]) or not proof
    assert not merkle.consistent(0, merkle.EMPTY, 1, root(1), [])
    assert not merkle.consistent(2, root(2), 1, root(1), [])


@given(st.data())
def test_a_proof_with_a_changed_step_shows_nothing(data: st.DataObject) -> None:
    node, second = merkle.nodes(MANY), data.draw(st.integers(2, 70))
    first = data.draw(st.integers(1, second - 1))
    for proof in (merkle.consistency_proof(node, first, second), merkle.inclusion_proof(node, first, second)):
        place = data.draw(st.integers(0, len(proof) - 1))
        proof[place] = merkle.leaf_hash(proof[place])
        assert not merkle.consistent(first, root(first), second, root(second), proof)
        assert not merkle.included(MANY[first], first, second, proof, root(second))


def test_a_proof_of_a_hundred_thousand_lines_is_seventeen_hashes() -> None:
    leaves = [merkle.leaf_hash(number.to_bytes(4, "big")) for number in range(100_000)]
    node = merkle.nodes(leaves)
    proof = merkle.inclusion_proof(node, 54_321, len(leaves))
    assert len(proof) == 17
    assert merkle.included(leaves[54_321], 54_321, len(leaves), proof, merkle.root(node, len(leaves)))
