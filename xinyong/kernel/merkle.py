"""Merkle trees of the evidence log (存证): RFC 6962 §2.1 over SHA-256 (GB/T 32905 SM3 for the second tree).

A leaf's hash is H(0x00 ‖ leaf), a node's H(0x01 ‖ left ‖ right). The tree only grows to the right, so a subtree of
2^k leaves that is full never changes: `Node(level, index)` names it, and whoever stores those needs nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

from gmssl_pyx import sm3_hash  # type: ignore[import-untyped]

Algorithm = Literal["sha256", "sm3"]
ALGORITHMS: tuple[Algorithm, ...] = ("sha256", "sm3")
LEAF, NODE = b"\0", b"\1"
SIZE = 32  # bytes of a hash


class Nodes(Protocol):
    """Where full subtrees come from: the hash of the one at `index` among those of 2^`level` leaves."""

    def __call__(self, level: int, index: int) -> bytes: ...


def hasher(algorithm: Algorithm) -> Callable[[bytes], bytes]:
    if algorithm == "sha256":
        sha256 = hashlib.sha256
        return lambda data: sha256(data).digest()
    sm3: Callable[[bytes], bytes] = (
        sm3_hash  # half the time of hashlib.new("sm3", …), which looks it up each time
    )
    return sm3


def leaf_hashes(algorithm: Algorithm, leaves: Sequence[bytes]) -> list[bytes]:
    h = hasher(algorithm)
    return [h(LEAF + leaf) for leaf in leaves]


def hash_each(algorithm: Algorithm, head: bytes, data: bytes, width: int) -> list[bytes]:
    """H(head ‖ part) of each `width` bytes of `data`: a million hashes at a time, so without a call too many."""
    if algorithm == "sha256":
        sha256 = hashlib.sha256
        return [sha256(head + data[i : i + width]).digest() for i in range(0, len(data), width)]
    h = hasher(algorithm)
    return [h(head + data[i : i + width]) for i in range(0, len(data), width)]


def empty_root(algorithm: Algorithm) -> bytes:
    return hasher(algorithm)(b"")


def grow(
    algorithm: Algorithm, size: int, edge: Sequence[bytes], hashes: Sequence[bytes]
) -> tuple[list[bytes], list[tuple[int, list[bytes]]]]:
    """Append leaf hashes to a tree of `size` leaves whose right edge is `edge` (full subtrees, largest first).

    Returns the new edge, and per level from 0 up (index of the first new full subtree, their hashes).
    """
    left = _by_level(size, edge)
    new, levels, level = list(hashes), [], 0
    after: list[bytes] = []
    total = size + len(new)
    while total >> level:
        start = size >> level
        levels.append((start, new))
        row = ([left[level]] if start & 1 else []) + new
        if (total >> level) & 1:
            after.append(row[-1])
        pairs = b"".join(row[:-1] if len(row) & 1 else row)
        new = hash_each(algorithm, NODE, pairs, 2 * SIZE)
        level += 1
    return after[::-1], levels


def _by_level(size: int, edge: Sequence[bytes]) -> dict[int, bytes]:
    """Level → the full subtree of the right edge there: one for each bit of the size."""
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    if len(levels) != len(edge):
        raise ValueError(f"an edge of {len(edge)} hashes does not belong to {size} leaves")
    return dict(zip(reversed(levels), edge, strict=True))


def root_of_edge(algorithm: Algorithm, edge: Sequence[bytes]) -> bytes:
    if not edge:
        return empty_root(algorithm)
    h = hasher(algorithm)
    found = edge[-1]
    for left in reversed(edge[:-1]):
        found = h(NODE + left + found)
    return found


def edge_of(size: int, nodes: Nodes) -> list[bytes]:
    """The full subtrees a tree of `size` leaves ends with, largest first."""
    found, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            found.append(nodes(level, start >> level))
            start += 1 << level
    return found


def root(algorithm: Algorithm, size: int, nodes: Nodes) -> bytes:
    return root_of_edge(algorithm, edge_of(size, nodes))


def _range(h: Callable[[bytes], bytes], nodes: Nodes, start: int, end: int) -> bytes:
    """MTH of leaves [start, end), where start is a multiple of the smallest power of two that holds them."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(size)
    return h(
        NODE
        + nodes((middle - start).bit_length() - 1, start // (middle - start))
        + _range(h, nodes, middle, end)
    )


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (> 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(algorithm: Algorithm, index: int, size: int, nodes: Nodes) -> list[bytes]:
    """RFC 6962 §2.1.1, leaf end first. ValueError: no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    h, start, end, path = hasher(algorithm), 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(h, nodes, middle, end))
            end = middle
        else:
            path.append(_range(h, nodes, start, middle))
            start = middle
    return path[::-1]


def consistency_proof(algorithm: Algorithm, old: int, size: int, nodes: Nodes) -> list[bytes]:
    """RFC 6962 §2.1.2: that the tree of `size` leaves begins with the tree of `old`. ValueError: old > size."""
    if not 0 <= old <= size:
        raise ValueError(f"a tree of {size} leaves does not begin with one of {old}")
    if old in (0, size):
        return []
    h, start, end, path, whole = hasher(algorithm), 0, size, [], True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(h, nodes, middle, end))
            end = middle
        else:
            path.append(_range(h, nodes, start, middle))
            start, whole = middle, False
    if not whole:
        path.append(_range(h, nodes, start, end))
    return path[::-1]


def root_from_inclusion(
    algorithm: Algorithm, leaf_hash: bytes, index: int, size: int, path: Sequence[bytes]
) -> bytes:
    """The root that a leaf and its proof lead to (RFC 9162 §2.1.3.2). ValueError: the proof's length is wrong."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    h, at, last, found = hasher(algorithm), index, size - 1, leaf_hash
    for node in path:
        if last == 0:
            raise ValueError("the proof is too long")
        if at & 1 or at == last:
            found = h(NODE + node + found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = h(NODE + found + node)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("the proof is too short")
    return found


def consistent(
    algorithm: Algorithm, old: int, old_root: bytes, size: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the new tree begins with the old one (RFC 9162 §2.1.4.2)."""
    if old == size:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == empty_root(algorithm)
    if old > size or not path:
        return False
    h = hasher(algorithm)
    steps = list(path) if old & (old - 1) else [old_root, *path]
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for node in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = h(NODE + node + first), h(NODE + node + second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = h(NODE + second + node)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
