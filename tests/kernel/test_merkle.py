"""The tree against RFC 6962's published example, an independent library, and a naive reading of the text."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from xinyong.kernel import merkle, tiles
from xinyong.kernel.merkle import ALGORITHMS, NODE

# The eight inputs and their roots in the reference implementation that came with RFC 6962.
INPUTS = [bytes.fromhex(x) for x in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Grown:
    """A tree that grew in steps, kept as tiles."""

    def __init__(self, algorithm: merkle.Algorithm = "sha256") -> None:
        self.algorithm, self.size, self.edge = algorithm, 0, []
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.nodes = tiles.nodes_of(algorithm, lambda level, number: self.tiles[level, number])

    def add(self, leaves: list[bytes]) -> Grown:
        hashes = merkle.leaf_hashes(self.algorithm, leaves)
        self.edge, levels = merkle.grow(self.algorithm, self.size, self.edge, hashes)
        for level, number, data in tiles.touched(self.size, levels, lambda *at: self.tiles[at]):
            self.tiles[level, number] = data
        self.size += len(leaves)
        return self

    @property
    def root(self) -> bytes:
        return merkle.root_of_edge(self.algorithm, self.edge)


def naive(algorithm: merkle.Algorithm, leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word by word."""
    if len(leaves) < 2:
        return hashlib.new(algorithm, b"\0" + leaves[0] if leaves else b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.new(algorithm, NODE + naive(algorithm, leaves[:k]) + naive(algorithm, leaves[k:])).digest()


def numbered(n: int) -> list[bytes]:
    return [i.to_bytes(4, "big") for i in range(n)]


@pytest.mark.parametrize("count", range(1, 9))
def test_roots_are_those_published_with_rfc_6962(count: int) -> None:
    assert Grown().add(INPUTS[:count]).root.hex() == ROOTS[count - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Grown().root == hashlib.sha256(b"").digest()


def test_sm3_is_that_of_the_standard_s_example() -> None:
    """GB/T 32905-2016 appendix A.1: the message abc."""
    assert (
        merkle.hasher("sm3")(b"abc").hex()
        == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(st.lists(st.integers(0, 70), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_tree_that_grew_in_steps_is_the_tree_made_at_once(
    algorithm: merkle.Algorithm, steps: list[int]
) -> None:
    leaves, grown, at = numbered(sum(steps)), Grown(algorithm), 0
    for n in steps:
        grown.add(leaves[at : at + n])
        at += n
        assert grown.root == naive(algorithm, leaves[:at])
        assert merkle.root(algorithm, at, grown.nodes) == grown.root


@given(st.integers(1, 700), st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_are_those_of_an_independent_library(size: int, data: st.DataObject) -> None:
    leaves, other = numbered(size), InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    grown = Grown().add(leaves)
    assert grown.root == other.get_root()
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = merkle.inclusion_proof("sha256", index, size, grown.nodes)
    # That library lists the leaf's own hash too, and the path as it is walked from the leaf.
    assert set(path) <= set(other.prove_inclusion(index + 1, size).path)
    chain = merkle.consistency_proof("sha256", old, size, grown.nodes)
    assert merkle.consistent("sha256", old, other.get_root(old), size, other.get_root(), chain)


@given(st.integers(1, 700), st.data())
@settings(max_examples=100, deadline=None)
def test_a_leaf_s_proof_leads_to_the_root_and_no_other_leaf_s_does(size: int, data: st.DataObject) -> None:
    leaves = numbered(size)
    grown, index = Grown("sm3").add(leaves), data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof("sm3", index, size, grown.nodes)
    mine, other = merkle.leaf_hashes("sm3", [leaves[index], b"other"])
    assert merkle.root_from_inclusion("sm3", mine, index, size, path) == grown.root
    assert merkle.root_from_inclusion("sm3", other, index, size, path) != grown.root


@given(st.integers(2, 400), st.data())
@settings(max_examples=100, deadline=None)
def test_a_tree_with_one_old_leaf_changed_is_not_consistent(size: int, data: st.DataObject) -> None:
    old, changed = data.draw(st.integers(1, size - 1)), data.draw(st.integers(0, size - 1))
    leaves = numbered(size)
    before = Grown().add(leaves[:old]).root
    after = Grown().add([*leaves[:changed], b"changed", *leaves[changed + 1 :]])
    path = merkle.consistency_proof("sha256", old, size, after.nodes)
    assert merkle.consistent("sha256", old, before, size, after.root, path) == (changed >= old)


@given(st.integers(2, 300), st.data())
@settings(max_examples=60, deadline=None)
def test_a_proof_with_a_hash_too_many_or_too_few_is_refused(size: int, data: st.DataObject) -> None:
    grown, index = Grown().add(numbered(size)), data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof("sha256", index, size, grown.nodes)
    leaf = merkle.leaf_hashes("sha256", [numbered(size)[index]])[0]
    for wrong in (path[:-1], [*path, grown.root]):
        with pytest.raises(ValueError, match="the proof is too"):
            merkle.root_from_inclusion("sha256", leaf, index, size, wrong)


def test_a_proof_is_refused_for_a_leaf_or_a_size_that_is_not_there() -> None:
    grown = Grown().add(numbered(3))
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_proof("sha256", 3, 3, grown.nodes)
    with pytest.raises(ValueError, match="does not begin"):
        merkle.consistency_proof("sha256", 4, 3, grown.nodes)


@pytest.mark.parametrize(
    ("number", "width", "name"),
    [
        (0, 256, "tile/0/000"),
        (67, 5, "tile/0/067.p/5"),
        (1234067, 256, "tile/0/x001/x234/067"),
        (1000, 256, "tile/0/x001/000"),
    ],
)
def test_tiles_are_named_as_c2sp_names_them(number: int, width: int, name: str) -> None:
    assert tiles.path(0, number, width) == name


def test_a_full_tile_is_written_once() -> None:
    """What is served as a static file may be cached for ever."""
    grown = Grown().add(numbered(256))
    before = dict(grown.tiles)
    grown.add(numbered(600))
    assert all(grown.tiles[at] == data for at, data in before.items() if len(data) == 256 * 32)
    assert tiles.width(856, 0, 3) == 856 - 768 and tiles.width(856, 1, 0) == 3
