"""The tree against RFC 6962's own recursive definitions, and proofs against all wrong ones."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import merkle

LEAVES = [merkle.leaf(str(n).encode()) for n in range(70)]


def tree(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    found: dict[tuple[int, int], bytes] = {}
    for size, each in enumerate(leaves):
        for level, place, value in merkle.appended(lambda *at: found[at], size, [each]):
            assert (level, place) not in found
            found[level, place] = value
    return found


def found_in(found: dict[tuple[int, int], bytes]) -> merkle.Nodes:
    return lambda *at: found[at]


NODES = tree(LEAVES)


def nodes(level: int, place: int) -> bytes:
    return NODES[level, place]


def mth(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:split]) + mth(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(70))
def test_roots_are_those_of_the_definition(size: int) -> None:
    assert merkle.root(nodes, size) == mth(LEAVES[:size])


def test_known_roots() -> None:
    """The test vectors of RFC 6962's reference implementation (certificate-transparency)."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
    inputs.append("606162636465666768696a6b6c6d6e6f")
    leaves = [merkle.leaf(bytes.fromhex(text)) for text in inputs]
    found = tree(leaves)
    assert merkle.root(lambda *at: found[at], 8).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def test_many_at_once_are_as_one_after_the_other() -> None:
    found: dict[tuple[int, int], bytes] = {}
    for start, end in ((0, 3), (3, 4), (4, 40), (40, 70)):
        made = list(merkle.appended(found_in(found), start, LEAVES[start:end]))
        found |= {(level, place): value for level, place, value in made}
    assert found == NODES


@given(st.data())
def test_inclusion_holds_for_the_very_leaf_only(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 70))
    position = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion(nodes, position, size)
    root = merkle.root(nodes, size)
    assert merkle.holds_inclusion(LEAVES[position], position, size, proof, root)
    other = data.draw(st.integers(0, 69))
    if other != position:
        assert not merkle.holds_inclusion(LEAVES[other], position, size, proof, root)
    wrong = data.draw(st.integers(0, size))
    if wrong != position:
        assert not merkle.holds_inclusion(LEAVES[position], wrong, size, proof, root)
    assert not merkle.holds_inclusion(LEAVES[position], position, size, (*proof, root), root)
    if proof:
        assert not merkle.holds_inclusion(LEAVES[position], position, size, proof[:-1], root)
        changed = data.draw(st.integers(0, len(proof) - 1))
        broken = [hashlib.sha256(p).digest() if n == changed else p for n, p in enumerate(proof)]
        assert not merkle.holds_inclusion(LEAVES[position], position, size, broken, root)


@given(st.data())
def test_consistency_holds_for_true_beginnings_only(data: st.DataObject) -> None:
    second = data.draw(st.integers(1, 70))
    first = data.draw(st.integers(1, second))
    proof = merkle.consistency(nodes, first, second)
    old, new = merkle.root(nodes, first), merkle.root(nodes, second)
    assert merkle.holds_consistency(first, second, old, new, proof)
    forged = mth([*LEAVES[: first - 1], merkle.leaf(b"forged")])
    assert not merkle.holds_consistency(first, second, forged, new, proof)
    if first < second:
        assert not merkle.holds_consistency(first, second, old, forged, proof)
        assert not merkle.holds_consistency(first, second, old, new, proof[:-1])
    assert not merkle.holds_consistency(first, second, old, new, (*proof, old))


@pytest.mark.parametrize("size", [1, 2, 1000, 1 << 40])
def test_a_proof_is_short_however_large_the_tree(size: int) -> None:
    asked: list[tuple[int, int]] = []

    def read(level: int, place: int) -> bytes:
        asked.append((level, place))
        return bytes(32)

    proof = merkle.inclusion(read, size // 2, size)
    assert len(proof) <= max(size - 1, 1).bit_length()
    assert len(asked) <= 2 * size.bit_length() ** 2


def test_places_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="5"):
        merkle.inclusion(nodes, 5, 5)
    with pytest.raises(ValueError, match="0"):
        merkle.consistency(nodes, 0, 5)
    assert not merkle.holds_inclusion(LEAVES[0], 0, 0, (), merkle.EMPTY)
    assert not merkle.holds_consistency(0, 5, merkle.EMPTY, merkle.root(nodes, 5), ())
