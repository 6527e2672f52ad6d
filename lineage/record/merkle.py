"""The Merkle tree over the lines of a log: roots and proofs (RFC 6962, section 2.1; checked as RFC 9162 has it).

Who keeps a root of the first n lines can tell later, from these lines alone, that none was changed, added or removed.
Who has no more than one line can be shown with some 17 hashes that it is among 100,000 (`inclusion_proof`, `included`),
and that a later root continues an earlier one (`consistency_proof`, `consistent`).

A `Node` gives the hash of a complete subtree: `node(level, index)` is of the 2^level leaves from index * 2^level on. It may
look into a list (`nodes`) or into tiles on disk (`log_tiles`). In this order: hashes, roots, proofs, their checks.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Node = Callable[[int, int], bytes]
EMPTY = sha256(b"").digest()
"""The root of no lines at all."""


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry; a prefix tells it from that of two subtrees."""
    return sha256(b"\0" + entry).digest()


def joined(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees, the left one complete."""
    return sha256(b"\1" + left + right).digest()


def nodes(leaves: Sequence[bytes]) -> Node:
    """The complete subtrees over these leaf hashes, all computed at once: 100,000 leaves take 0.1 s."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]  # an odd one at the end has no complete parent: zip leaves it out
        levels.append([joined(left, right) for left, right in zip(below[::2], below[1::2], strict=False)])
    return lambda level, index: levels[level][index]


def root(node: Node, size: int, start: int = 0) -> bytes:
    """The root over `size` leaves from `start` on, which is a multiple of the largest power of two in `size`."""
    peaks, at = [], start
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            peaks.append(node(level, at >> level))
            at += 1 << level
    found = peaks.pop() if peaks else EMPTY
    while peaks:
        found = joined(peaks.pop(), found)
    return found


def inclusion_proof(node: Node, index: int, size: int, start: int = 0) -> list[bytes]:
    """What, with the hash of leaf `index` (from 0), gives the root over `size` leaves; from below."""
    if size == 1:
        return []
    split = _split(size)
    if index < split:
        return [*inclusion_proof(node, index, split, start), root(node, size - split, start + split)]
    return [*inclusion_proof(node, index - split, size - split, start + split), root(node, split, start)]


def consistency_proof(node: Node, first: int, second: int) -> list[bytes]:
    """What shows that the root over `second` leaves continues the one over `first` of them (0 < first <= second)."""
    return _subproof(node, first, second, 0, True)


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected: bytes) -> bool:
    """Whether a proof shows that a leaf hash is the one at `index` (from 0) under the root over `size` leaves."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = joined(step, found)
            place, last = _upwards(place, last)
        else:
            found = joined(found, step)
        place, last = place >> 1, last >> 1
    return last == 0 and found == expected


def consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the leaves under the first root are the beginning of those under the second."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    steps = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not steps:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = joined(step, old), joined(step, new)
            place, last = _upwards(place, last)
        else:
            new = joined(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _subproof(node: Node, first: int, size: int, start: int, whole: bool) -> list[bytes]:
    if first == size:
        return [] if whole else [root(node, size, start)]
    split = _split(size)
    if first <= split:
        return [*_subproof(node, first, split, start, whole), root(node, size - split, start + split)]
    return [*_subproof(node, first - split, size - split, start + split, False), root(node, split, start)]


def _upwards(place: int, last: int) -> tuple[int, int]:
    """Past the levels on which the path has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last
