"""Verify: does the database still say what the trees were told, and are the trees those that were signed?

The attacker in mind is a database administrator who also holds the signing key: every row can be changed, the trees
rebuilt and signed again. What stays out of reach is a checkpoint that somebody else has: on a printed report, with
the witness, in a subject's hands. So `verify` takes such checkpoints too.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from xinyong.foundation.evidence import anchoring, audited, entries, published, sealing
from xinyong.foundation.evidence.own import Range, Reach, parsed
from xinyong.foundation.evidence.pieces import Order, Piece, joined
from xinyong.foundation.evidence.sealing import SQL, Sealed, last
from xinyong.foundation.evidence.trees import Checked, Checker, checkers
from xinyong.kernel.checkpoints import Checkpoint
from xinyong.kernel.merkle import ALGORITHMS, Algorithm
from xinyong.kernel.tiles import HASH

PIECE = 5_000  # entries read at a time
SHOWN = 1_000  # findings of one batch that are told one by one
NAMED = 20  # rows of a batch named in one finding
NAMES = {
    "record": "记录", "receipt": "回执", "audit": "审计", "erased": "删除登记", "look": "查询日志", "authorisation": "授权",
    "authorisation_end": "授权的使用、撤回或到期", "mark": "认定与标注", "report": "信用报告出具",
    "authorisation_signature": "授权的电子签名", "grantor_key": "签名密钥的登记", "grantor_key_end": "签名密钥的停用",
    "measure": "措施登记", "measure_basis": "措施的依据", "measure_act": "措施的解除、延续与更正",
    "batch": "批次登记", "publication": "批次的公布", "subject_merge": "主体的合并与拆分", "authorisation_onward": "授权的转授",
    "look_hold": "查询的保密", "look_hold_step": "保密的批准与解除",
    "case": "修复、异议等办件", "case_record": "办件所涉记录", "case_step": "办件的步骤", "case_file": "办件的材料",
    "look_challenge": "对查看的质疑", "look_challenge_step": "质疑的说明与答复",
    "person_request": "个人信息请求", "person_request_step": "个人信息请求的办理",
    "recall_cause": "召回的事由", "recall": "召回", "recall_confirmation": "召回的确认",
    "impact_assessment": "个人信息保护影响评估", "impact_signature": "影响评估的签署", "notice_read": "通知的查看",
    "notice": "通知", "recall_receiver": "召回的接收方",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was sealed. `kind`: changed missing surplus tree signature checkpoint."""

    kind: str
    what: str
    sentence: str


@dataclass(slots=True)
class Result:
    size: int
    checked: int = 0
    erased: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass(frozen=True, slots=True)
class Entry:
    """What was sealed together: one leaf, or (`leaf` None) many that stand in a table of their own."""

    id: int | None
    kind: str
    ref: str
    salt: bytes | None
    leaf: bytes | None
    first: int
    count: int

    @property
    def many(self) -> bool:
        return self.id is None or self.leaf is None


def verify(
    c: psycopg.Connection[Any],
    signed_by_us: Callable[[str, Algorithm], bool],
    witnessed: Sequence[tuple[Algorithm, Checkpoint]] = (),
    progress: Callable[[int], None] = lambda done: None,
) -> Result:
    """Everything sealed, against the database; in one snapshot. `witnessed`: checkpoints kept by others."""
    with c.transaction():
        c.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        sealed = last(c)
        work = _Work(c, sealed, Result(sealed.size), progress)
        kept = [*(_Kept(a, k.size, k.root, "外部留存") for a, k in witnessed), *work.anchored()]
        sizes = published.sizes(c, sealed)
        past = {a: [*sizes, *(k.size for k in kept if k.algorithm == a)] for a in ALGORITHMS}
        with checkers(sealed.size, past) as trees:
            work.entries(trees)
            checked = {a: checker.finish() for a, checker in trees.items()}
        work.trees(checked, signed_by_us)
        for found in published.unlike(c, sealed, checked, signed_by_us):
            work.found(*found)
        for k in kept:
            work.result.findings += _witness(k, checked[k.algorithm], sealed)
        work.emptied()
        work.strangers()
        work.bent()
        work.result.unsealed, work.result.unsealed_since = sealing.unsealed(c)
    return work.result


@dataclass(frozen=True, slots=True)
class _Kept:
    """A state of a tree that somebody outside has. `root` None: only its size is known."""

    algorithm: Algorithm
    size: int
    root: bytes | None
    who: str


@dataclass(slots=True)
class _Work:
    c: psycopg.Connection[Any]
    sealed: Sealed
    result: Result
    progress: Callable[[int], None]
    runs: dict[int, list[Entry]] = field(default_factory=dict)  # by the first leaf of a run
    rows: dict[str, list[Range]] = field(default_factory=lambda: defaultdict(list))  # sealed, by kind
    empty: dict[bytes, tuple[Entry, int]] = field(
        default_factory=dict
    )  # leaf → entry and number of an emptied row
    memo: dict[str, Any] = field(default_factory=dict)  # of those who make these
    closed: dict[tuple[str, str], Any] = field(
        default_factory=dict
    )  # documents of closing leaves, as it is now

    def found(self, kind: str, what: str, sentence: str) -> None:
        self.result.findings.append(Finding(kind, what, sentence))

    def entries(self, trees: Mapping[Algorithm, Checker]) -> None:
        """Every entry's documents against its leaves; its leaves go to the checkers."""
        expected = 0
        for run in self._runs():
            if run[0].first != expected:
                self.found(*_gap(expected, run[0].first))
            expected = run[-1].first + (run[-1].count if run[-1].many else 1)
            if run[0].id is None:
                self.found(
                    "missing",
                    f"第 {run[0].first} 条",
                    f"存证登记第 {run[0].first} 条起的 {run[0].count} 条内容被删去。",
                )
            else:
                self.runs[run[0].first] = run
                (self._many if run[0].many else self._single)(run, trees)
            self.result.checked += expected - run[0].first
            self.result.kinds[run[0].kind or ""] += expected - run[0].first
            self.progress(self.result.checked)
        if expected != self.sealed.size:
            self.found(*_gap(expected, self.sealed.size))

    def _runs(self) -> Iterator[list[Entry]]:
        """Neighbouring single leaves of one kind together; everything else alone."""
        with self.c.cursor(name="evidence_entries", binary=True) as cursor:
            cursor.itersize = PIECE
            cursor.execute(SQL["entries_sealed"], {"size": self.sealed.size})
            while piece := [Entry(*row) for row in cursor.fetchmany(PIECE)]:
                alike = groupby(
                    enumerate(piece), lambda e: (e[1].kind, e[1].first - e[0], e[0] if e[1].many else -1)
                )
                for _, members in alike:
                    yield [entry for _, entry in members]

    def _single(self, run: list[Entry], trees: Mapping[Algorithm, Checker]) -> None:
        for checker in trees.values():
            checker.begin(run[0].kind, run[0].first)
            checker.add(b"".join((e.leaf or b"").ljust(HASH)[:HASH] for e in run))
            checker.end(None)
        documents = _documents(self.c, run, self.closed)
        for e in run:
            document = documents.get(e.ref)
            what = f"{e.kind} {e.ref}"
            if document is None:
                self.found(
                    "missing",
                    what,
                    f"“{what}”（{named(e.kind)}）已封存（日志第 {e.first} 条），数据库里却没有了。",
                )
            elif entries.leaf(e.salt or b"", entries.canonical(document)) != e.leaf:
                self.found(
                    "changed",
                    what,
                    f"“{what}”（{named(e.kind)}）与封存时不同（日志第 {e.first} 条）：{self._where(e)}。",
                )

    def _where(self, e: Entry) -> str:
        """What was changed, as far as it can be told."""
        closing = next((k for k in entries.closings().values() if k.kind == e.kind), None)
        if closing is None:
            return "内容被改动"
        try:
            found = closing.where(self.c, e.ref)
        except ValueError:
            found = []  # the rows were changed beyond reading, which is a finding of its own
        told = "、".join(found[:NAMED]) + (f"等 {len(found)} 处" if len(found) > NAMED else "")
        return f"{told or '有记录'}的主体、类别、日期或行号被改动"

    def _many(self, run: list[Entry], trees: Mapping[Algorithm, Checker]) -> None:
        e = run[0]
        for checker in trees.values():
            checker.begin(e.kind, e.first)
        read, wrong, at = list[Piece](), list[int](), 0
        for piece in self._pieces(e):
            for checker in trees.values():
                checker.add(piece.leaves)
            for n in piece.empty:
                self.empty[piece.leaves[n * HASH : (n + 1) * HASH]] = e, int(piece.numbers[n])
            read.append(replace(piece, leaves=b""))
            wrong += [at + n for n in piece.wrong]
            at += len(piece.numbers)
        order, numbers = joined(read)
        for checker in trees.values():
            checker.end(order)
        self._told(e, [int(numbers[n]) for n in wrong[:SHOWN]], at)
        if closing := entries.closings().get(e.kind):
            self.closed[closing.kind, e.ref] = closing.document(
                self.c, e.ref, _beside(read, order), self.memo
            )

    def _pieces(self, e: Entry) -> Iterator[Piece]:
        """The rows of an entry; of one that was changed beyond reading none, which is a finding."""
        source = entries.sources().get(f"{e.kind}s")
        try:
            if e.kind in entries.own():
                self.rows[e.kind] += parsed(e.ref)
            if source is None:
                raise ValueError(e.kind)
            yield from source(self.c, e.ref)
        except ValueError:
            what = f"{e.kind} {e.ref}"
            self.found(
                "changed",
                what,
                f"“{what}”的存证登记被改动（日志第 {e.first} 条起），认不出它说的是哪些内容。",
            )

    def _told(self, e: Entry, wrong: list[int], at: int) -> None:
        for number in sorted(wrong):
            self.found("changed", f"{e.kind} {e.ref}:{number}", _row(e, number, "与封存时不同：内容被改动"))
        if at != e.count:
            kind, word = ("missing", "有内容被删去") if at < e.count else ("surplus", "有内容是后来塞进去的")
            where = f"批次 {e.ref}" if e.kind == "record" else f"{named(e.kind)} {e.ref}"
            self.found(kind, f"{e.kind} {e.ref}", f"{where} 封存时有 {e.count} 条，现在有 {at} 条：{word}。")

    def trees(
        self, checked: Mapping[Algorithm, Checked], signed_by_us: Callable[[str, Algorithm], bool]
    ) -> None:
        """What the checkers found: leaves that are not those of the tree, a tree that is not the signed one."""
        offsets: dict[int, int] = {}
        for found in checked.values():
            for first, offset in found.wrong:
                offsets[first] = min(offset, offsets.get(first, offset))
        for first, offset in sorted(offsets.items()):
            self._moved(self.runs[first], offset)
        for a in ALGORITHMS if self.sealed.size else ():
            self._signed(a, checked[a].root, signed_by_us)
            for level in checked[a].stale:
                self.found(
                    "tree", a, f"存证日志的 {a} 树第 {level} 层的文件与摘要值不符：用它作的证明和瓦片会出错；"
                    "请运行 xinyong ledger rebuild 重建。",
                )  # fmt: skip

    def _signed(self, a: Algorithm, root: bytes, signed_by_us: Callable[[str, Algorithm], bool]) -> None:
        """The signed note is what counts: the columns beside it are its copy."""
        size, note = self.sealed.size, published.parsed(self.sealed.notes[a])
        if root != self.sealed.roots[a]:
            self.found("tree", a, f"存证日志的 {a} 树与第 {size} 条处的检查点不符：树的文件被改动或截断。")
        if not signed_by_us(self.sealed.notes[a], a):
            self.found("signature", a, f"第 {size} 条处的检查点（{a}）签名无效。")
        if note is None or (note.size, note.root) != (size, root):
            self.found(
                "signature", a, f"存证日志的 {a} 树与第 {size} 条处签了名的检查点不符：日志在签名之后被改写。"
            )

    def _moved(self, run: list[Entry], offset: int) -> None:
        """From here on a run's leaves are not the tree's."""
        e = run[0]
        if not e.many:
            e = run[min(offset, len(run) - 1)]
            what = f"{e.kind} {e.ref}"
            self.found(
                "changed", what, f"“{what}”（{named(e.kind)}）的存证登记被改动（日志第 {e.first} 条）。"
            )
            return
        number = _number_at(self.c, e, offset)
        what = f"{e.kind} {e.ref}:{number}"
        if not any(f.what == what for f in self.result.findings):
            self.found(
                "changed",
                what,
                _row(e, number, f"与日志第 {e.first + offset} 条不同：内容被改动或有行被增删"),
            )

    def anchored(self) -> list[_Kept]:
        """What witnesses have signed, by the receipts that are kept here. One that is not theirs is a finding."""
        found = []
        for k in anchoring.kept(self.c):
            if not k.genuine:
                self.found(
                    "checkpoint", f"{k.size} 条",
                    f"见证者 {k.anchor} 对 {k.size} 条处检查点（{k.algorithm}）的联署与本库现存的检查点对不上：检查点或回执被改动。",
                )  # fmt: skip
            found.append(_Kept(k.algorithm, k.size, k.root if k.genuine else None, f"见证者 {k.anchor} 留存"))
        return found

    def emptied(self) -> None:
        """Rows that say nothing any more, of which no erasure says that it took them."""
        registered = audited.erased_leaves(self.c) if self.empty else frozenset()
        for leaf, (e, number) in self.empty.items():
            if leaf in registered:
                self.result.erased += 1
            else:
                what = "的内容没有了，删除登记里也没有它：不是依规则删除的，是被清空的"
                self.found("changed", f"{e.kind} {e.ref}:{number}", _row(e, number, what))

    def strangers(self) -> None:
        """What stands in the tables without the log knowing it, or is known and does not stand there."""
        for kind, statement in entries.strangers().items():
            for (ref,) in self.c.execute(statement).fetchall():  # type: ignore[arg-type]
                what = f"{kind} {ref}"
                self.found(
                    "surplus", what, f"“{what}”（{named(kind)}）没有存证登记：是绕过系统写进数据库的。"
                )
        for kind, statement in entries.missing().items():
            for (ref,) in self.c.execute(statement).fetchall():  # type: ignore[arg-type]
                self.found(
                    "missing", f"{kind} {ref}", f"批次 {ref} 有回执，却没有{named(kind)}：被删去或改动。"
                )
        for closing in entries.closings().values():
            for found in closing.end(self.c, self.memo):
                self.found(*found)
        self._out_of_the_trees()
        for kind, table in entries.own().items():
            reach = self.sealed.reach.get(kind, Reach())
            for number in table.strangers(self.c, self.rows[kind], reach)[:SHOWN]:
                what = f"{kind} {number}"
                self.found(
                    "surplus", what, f"“{what}”（{named(kind)}）不在存证日志里：是绕过系统写进数据库的。"
                )

    def bent(self) -> None:
        """Tables with row security or rules: the site may read something else there than a verification does."""
        for (table,) in self.c.execute(SQL["bent"]).fetchall():
            self.found(
                "changed", table, f"数据表 {table} 被加上了行级安全策略或改写规则：网站读到的可能与这里核对的不是同样的内容。"
                "本系统从不设置这些，请数据库管理员说明并去掉。",
            )  # fmt: skip

    def _out_of_the_trees(self) -> None:
        """Entries that no sealing took up and none will: without a place, or with one that the trees do not have."""
        for kind, ref in sealing.passed(self.c, self.sealed, SHOWN):
            what = f"{kind} {ref}"
            self.found(
                "surplus",
                what,
                f"“{what}”（{named(kind)}）的存证登记从未封存，也不会再封存：是绕过系统写进去的。",
            )
        beyond = {"size": self.sealed.size, "limit": SHOWN}
        for kind, ref, first in self.c.execute(SQL["beyond"], beyond).fetchall():
            what = f"{kind} {ref}".strip() or f"第 {first} 条"
            self.found(
                "surplus", what, f"“{what}”（{named(kind)}）写着封存在日志第 {first} 条，日志只有 {self.sealed.size} 条："
                "它从未封存，是绕过系统写进去的。",
            )  # fmt: skip


def named(kind: str) -> str:
    """What a kind of leaf is called; kinds of later parts go by their own name."""
    return NAMES.get(kind, kind)


def _gap(start: int, end: int) -> tuple[str, str, str]:
    where = f"第 {start} 条"
    return "missing", where, f"存证日志第 {start} 至 {end - 1} 条在数据库里没有登记：登记被删去或改动。"


def _row(e: Entry, number: int, what: str) -> str:
    where = f"批次 {e.ref} 第 {number} 行的记录" if e.kind == "record" else f"{named(e.kind)}第 {number} 号"
    return f"{where}{what}。"


def _beside(read: Sequence[Piece], order: Order | None) -> npt.NDArray[np.uint8]:
    """What stands in the rows beside their leaves, in the order of the tree."""
    parts = [p.beside for p in read if p.beside is not None]
    whole = np.concatenate(parts) if parts else np.empty((0, 8), np.uint8)
    return whole if order is None else np.take(whole, order, axis=0)


def _witness(k: _Kept, checked: Checked, sealed: Sealed) -> Iterator[Finding]:
    """A checkpoint kept elsewhere must be the state these trees had then."""
    then = f"{k.size} 条"
    if k.size > sealed.size:
        yield Finding(
            "checkpoint",
            then,
            f"{k.who}的检查点有 {then}，本库的存证日志只有 {sealed.size} 条：有内容被删去。",
        )
    elif k.root is not None and checked.past.get(k.size) != k.root:
        yield Finding(
            "checkpoint",
            then,
            f"本库的存证日志在 {then}处的状态与{k.who}的检查点不同：此前的内容被改动后重新封存。",
        )


def _documents(
    c: psycopg.Connection[Any], run: list[Entry], closed: Mapping[tuple[str, str], Any]
) -> Mapping[str, Any]:
    """Reference → what the database says now; what is gone is left out."""
    kind, refs = run[0].kind, [e.ref for e in run]
    if kind in {closing.kind for closing in entries.closings().values()}:
        return {ref: closed[kind, ref] for ref in refs if (kind, ref) in closed}
    if kind in audited.READ:
        return audited.documents(kind, c, refs)
    read = entries.sources().get(kind)
    found = {}
    for ref in refs if read else ():
        try:
            found[ref] = read(c, ref)
        except ValueError:
            continue  # the reference was changed beyond reading
    return {ref: document for ref, document in found.items() if document is not None}


def _number_at(c: psycopg.Connection[Any], e: Entry, offset: int) -> int:
    """The number of the row that stands at this place of an entry; 0: it has no row any more."""
    source = entries.sources().get(f"{e.kind}s")
    try:
        order, numbers = joined(list(source(c, e.ref)) if source else [])
    except ValueError:
        return 0
    if not len(numbers):
        return 0
    at = min(offset, len(numbers) - 1)
    return int(numbers[at if order is None else order[at]])
