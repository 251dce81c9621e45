"""Merkle trees as RFC 6962 (section 2.1) and RFC 9162 define them, over SHA-256.

A tree of any size is kept as its *full* nodes only: those over 2^level leaves from a multiple of
2^level on, which never change once they are there. ``Nodes`` finds them; appending, proving and
checking cost a logarithm of the size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

#: (level, index) → the full node over the leaves index·2^level … (index+1)·2^level - 1.
Nodes = Callable[[int, int], bytes]

EMPTY = hashlib.sha256(b"").digest()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def appended(nodes: Nodes, size: int, leaves: Sequence[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """The full nodes (level, index, hash) that come to be when leaf hashes are added to ``size``."""
    fresh: dict[tuple[int, int], bytes] = {}
    for index, each in enumerate(leaves, size):
        level, place, value = 0, index, each
        fresh[level, place] = value
        yield level, place, value
        while place & 1:
            sibling = fresh.get((level, place - 1)) or nodes(level, place - 1)
            level, place, value = level + 1, place >> 1, parent(sibling, value)
            fresh[level, place] = value
            yield level, place, value


def frontier(size: int) -> list[tuple[int, int]]:
    """The full nodes that make up the tree of this size: all that appending and the root need."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def root(nodes: Nodes, size: int) -> bytes:
    """MTH of the first ``size`` leaves."""
    return _hash(nodes, 0, size) if size else EMPTY


def inclusion(nodes: Nodes, position: int, size: int) -> tuple[bytes, ...]:
    """PATH(position, D[size]): that the leaf is in the tree of this size."""
    if not 0 <= position < size:
        raise ValueError(position)
    return tuple(_path(nodes, position, 0, size))


def consistency(nodes: Nodes, first: int, second: int) -> tuple[bytes, ...]:
    """PROOF(first, D[second]): that the larger tree begins with the smaller one."""
    if not 0 < first <= second:
        raise ValueError(first)
    return tuple(_subproof(nodes, first, 0, second, whole=True))


def holds_inclusion(
    leaf_hash: bytes, position: int, size: int, proof: Sequence[bytes], expected: bytes
) -> bool:
    """Whether the proof leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= position < size:
        return False
    place, last, value = position, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = parent(sibling, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = parent(value, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and value == expected


def holds_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            older, newer = parent(sibling, older), parent(sibling, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = parent(newer, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and older == first_root and newer == second_root


def _split(count: int) -> int:
    """The largest power of two below the count (count > 1)."""
    return 1 << (count - 1).bit_length() - 1


def _hash(nodes: Nodes, start: int, count: int) -> bytes:
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    half = _split(count)
    return parent(_hash(nodes, start, half), _hash(nodes, start + half, count - half))


def _path(nodes: Nodes, position: int, start: int, count: int) -> Iterator[bytes]:
    if count == 1:
        return
    half = _split(count)
    if position < half:
        yield from _path(nodes, position, start, half)
        yield _hash(nodes, start + half, count - half)
    else:
        yield from _path(nodes, position - half, start + half, count - half)
        yield _hash(nodes, start, half)


def _subproof(nodes: Nodes, first: int, start: int, count: int, *, whole: bool) -> Iterator[bytes]:
    if first == count:
        if not whole:
            yield _hash(nodes, start, count)
        return
    half = _split(count)
    if first <= half:
        yield from _subproof(nodes, first, start, half, whole=whole)
        yield _hash(nodes, start + half, count - half)
    else:
        yield from _subproof(nodes, first - half, start + half, count - half, whole=False)
        yield _hash(nodes, start, half)
