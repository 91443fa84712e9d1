"""Every checkpoint that was ever published: none is missing, and each is what its note says, signed, and a past of the trees.

The newest one is the state of the log and is checked with it (`checking`); these are what strangers keep and compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import psycopg

from xinyong.foundation.evidence.sealing import SQL, Sealed, of_row
from xinyong.foundation.evidence.trees import Checked
from xinyong.kernel.checkpoints import Checkpoint, parse
from xinyong.kernel.merkle import ALGORITHMS, Algorithm

AT_ONCE = 1_000
Told = tuple[str, str, str]  # kind, what, sentence


def parsed(note: str) -> Checkpoint | None:
    try:
        return parse(note)[0]
    except ValueError:
        return None


def sizes(c: psycopg.Connection[Any], newest: Sealed) -> list[int]:
    """Of all checkpoints before this one."""
    return [size for (size,) in c.execute(SQL["sizes_before"], [newest.size]).fetchall()]


def unlike(
    c: psycopg.Connection[Any],
    newest: Sealed,
    checked: Mapping[Algorithm, Checked],
    signed_by_us: Callable[[str, Algorithm], bool],
) -> Iterator[Told]:
    """What is wrong with the checkpoints before the newest. `checked`: the trees' roots at all their sizes."""
    expected, differ = 1, dict[Algorithm, list[Sealed]]()
    for sealed in [*_before(c, newest), newest]:
        if sealed.number != expected:
            yield _missing(expected, sealed.number)
        expected = max(expected, sealed.number) + 1
        for a in ALGORITHMS if sealed is not newest else ():
            yield from _note(sealed, a, signed_by_us)
            if checked[a].past.get(sealed.size) != sealed.roots[a]:
                differ.setdefault(a, []).append(sealed)
    for a, some in differ.items():
        first = some[0]
        yield (
            "checkpoint", f"{first.size} 条",
            f"第 {first.number} 号检查点（{first.size} 条，{a}）{'起有 ' + str(len(some)) + ' 个检查点' if len(some) > 1 else ''}"
            "与存证日志当时的状态不符：检查点的登记被改动，或者日志在签发之后被改写。",
        )  # fmt: skip


def _before(c: psycopg.Connection[Any], newest: Sealed) -> Iterator[Sealed]:
    with c.cursor(name="evidence_checkpoints") as cursor:
        cursor.itersize = AT_ONCE
        for row in cursor.execute(SQL["all_before"], [newest.size]):
            yield of_row(row)


def _missing(expected: int, found: int) -> Told:
    if found < expected:
        return (
            "checkpoint",
            f"检查点 {found}",
            f"第 {found} 号检查点排在第 {expected - 1} 号之后：编号被改动。",
        )
    which = f"第 {expected} 号" if found == expected + 1 else f"第 {expected} 至 {found - 1} 号"
    return "checkpoint", f"检查点 {expected}", f"{which}检查点没有了，或者编号被改动。"


def _note(sealed: Sealed, a: Algorithm, signed_by_us: Callable[[str, Algorithm], bool]) -> Iterator[Told]:
    note, what = parsed(sealed.notes[a]), f"检查点 {sealed.number}"
    which = f"第 {sealed.number} 号检查点（{sealed.size} 条，{a}）"
    if note is None or (note.size, note.root) != (sealed.size, sealed.roots[a]):
        yield "signature", what, f"{which}的文本与登记的条数、摘要值不符：被改动。"
    elif not signed_by_us(sealed.notes[a], a):
        yield "signature", what, f"{which}签名无效：文本或签名被改动。"


__all__ = ["parsed", "sizes", "unlike"]
