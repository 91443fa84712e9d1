"""目录的起草、审核与发布: a draft is data; published it becomes a file of the local edition, beside the shipped one.

Item versions go through two persons. Code sets and calendars are put in force by one, with a reason: the matrix
asks for no second. Whatever goes in force has passed the loader's own schema and checks, laid over what is in force.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Json

from xinyong.catalog import permissions, placing, schema
from xinyong.catalog.book import Rulebook
from xinyong.catalog.editions import EDITION, SHIPPED
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.registers import entry_digest
from xinyong.catalog.yamlfile import Document, read_document
from xinyong.foundation import audit, locks, named_sql
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import NotPermitted, Refused

SQL = named_sql.load(Path(__file__).parent / "sql" / "drafts.sql")
LOCK = locks.CATALOGUE_DRAFTS
STATES = {
    "saved": "起草中", "submitted": "待审核", "returned": "退回修改", "published": "已发布", "discarded": "已作废",
}  # fmt: skip
OPEN = ("saved", "submitted", "returned")
LONGEST_NOTE = 500
EDIT, REVIEW = "catalogue.edit", "catalogue.review"
ACTIONS = {"code_set": "codeset.edit", "calendar": "calendar.edit"}
Raw = Mapping[str, Any]
Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Draft:
    id: int
    kind: str
    key: str
    opened: datetime
    opened_by: str
    number: int  # of the last step
    state: str
    at: datetime
    by: str
    note: str
    content: dict[str, Any]
    authors: tuple[str, ...]

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def editable(self) -> bool:
        return self.state in ("saved", "returned")


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from going in force. `path`: into the content; empty: the whole."""

    path: tuple[str | int, ...]
    place: str
    sentence: str


# what is there


def listed(c: Connection, kind: str = "", key: str = "", limit: int = 500) -> list[Draft]:
    """Newest first."""
    asked = {"id": None, "kind": kind, "key": key, "limit": limit}
    return [_draft(row) for row in c.execute(SQL["drafts"], asked)]


def one(c: Connection, number: int) -> Draft:
    """Refused: there is none."""
    row = c.execute(SQL["drafts"], {"id": number, "kind": "", "key": "", "limit": 1}).fetchone()
    if row is None:
        raise Refused("no_draft", f"没有编号为 {number} 的草稿；请返回草稿清单重新选择。")
    return _draft(row)


def _draft(row: Sequence[Any]) -> Draft:
    *head, content, authors = row
    return Draft(*head, content, tuple(authors))


def steps(c: Connection, number: int) -> list[tuple[Any, ...]]:
    """(number, kind, at, by, role, note) in order."""
    return c.execute(SQL["steps"], [number]).fetchall()


def raw_item(root: Path, code: str, begins: date) -> dict[str, Any] | None:
    """A published item version as it was written, the local one first; None: there is none."""
    name = f"items/{code}/{begins:%Y-%m-%d}.yaml"
    for folder in (root, SHIPPED):
        path = folder / name
        if path.is_file():
            return dict(read_document(folder, path, "shipped").data)
    return None


def raw_entry(root: Path, kind: str, key: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """(shipped, local) of a code set or a calendar year as written."""
    found = [_raw_entry(folder, kind, key) for folder in (SHIPPED, root)]
    return found[0], found[1]


def _raw_entry(folder: Path, kind: str, key: str) -> dict[str, Any] | None:
    path = folder / ("code_sets.yaml" if kind == "code_set" else f"calendar/{key}.yaml")
    if not path.is_file():
        return None
    data = read_document(folder, path, "shipped").data
    if kind == "calendar":
        return dict(data)
    return next((dict(e) for e in data["code_sets"] if e["id"] == key), None)


def strangers(c: Connection, root: Path) -> list[str]:
    """Local files that were not put in force here, or were changed since: somebody wrote them by hand."""
    placed = dict(c.execute(SQL["placed"]).fetchall())
    found = [p for p in sorted(root.rglob("*.y*ml")) if p.name != EDITION]
    names = [(p.relative_to(root).as_posix(), placing.digest(p.read_bytes())) for p in found]
    return [name for name, digest in names if placed.get(name) != digest]


# what is wrong


def problems(kind: str, content: Raw, root: Path) -> list[Problem]:
    """Every defect by the schema; without one, the first that the loader's cross-checks find. Empty: it would load."""
    name, schema_kind, data = _file(kind, content, root)
    document = Document(name, data, "", "local")
    found = [_problem(kind, data, path, text) for path, text in schema.every_defect(document, schema_kind)]
    if found:
        return found
    try:
        with tempfile.TemporaryDirectory() as folder:
            load_rulebook(_staged(root, Path(folder), name, data))
    except Refused as e:
        path, sentence = placing.path_in(e.sentence, content), placing.without_file(e.sentence)
        return [Problem(path, "", sentence.partition("：")[2] if path else sentence)]
    return []


def _problem(kind: str, data: Any, path: list[str | int], text: str) -> Problem:
    own = path[2:] if kind == "code_set" else path
    return Problem(tuple(own), schema.place(data, path), text)


def _staged(root: Path, folder: Path, name: str, data: Any) -> Path:
    """The local edition as it would be."""
    for path in root.rglob("*.y*ml"):
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(placing.as_yaml(data), "utf-8")
    return folder


def _file(kind: str, content: Raw, root: Path) -> tuple[str, str, Any]:
    """(path, schema, what the whole file would hold)."""
    if kind == "item":
        return f"items/{content.get('code')}/{content.get('in_force_from')}.yaml", "item", dict(content)
    if kind == "calendar":
        return f"calendar/{content.get('year')}.yaml", "calendar", dict(content)
    path = root / "code_sets.yaml"
    kept = read_document(root, path, "local").data["code_sets"] if path.is_file() else []
    others = [e for e in kept if e["id"] != content.get("id")]
    return "code_sets.yaml", "code_sets", {"code_sets": [dict(content), *others]}


def effective(content: Raw, book: Rulebook, today: date) -> None:
    """Refused: the version would reach back, or stand in the place of one that cannot be changed any more."""
    known = book.items.get(str(content.get("code")), ())
    begins = date.fromisoformat(str(content["in_force_from"]))
    same = next((i for i in known if i.in_force_from == begins), None)
    if same is not None and (same.source == "shipped" or begins <= today):
        raise Refused(
            "version_fixed",
            f"{same.code} 自 {begins} 起的版本已经发布，不能改动；请改用今天以后的另一个生效日期，另立新版。",
        )
    if known and begins <= today:
        raise Refused(
            "version_backdated",
            f"已有事项的新版不能倒填生效日期（{begins}）；请改为 {today} 以后的日期，已报送的数据仍按原版处理。",
        )


# an item's draft


def open_item(c: Connection, who: Who, now: datetime, book: Rulebook, content: Raw, note: str = "") -> int:
    """Begin a draft of an item version; its number. NotPermitted; Refused: one is open for this item already."""
    permissions.require(book.permissions, who, EDIT)
    code = str(content.get("code") or "")
    if not placing.CODE.fullmatch(code):
        raise Refused("item_code", "事项代码由大写字母开头，只含大写字母、数字和下划线，例如 XZCF；请改正。")
    with c.transaction():
        _lock(c)
        waiting = next((d for d in listed(c, "item", code) if d.open), None)
        if waiting:
            raise Refused(
                "draft_open",
                f"{code} 已有一份没有办结的草稿（编号 {waiting.id}）；请在那份上修改，或先作废。",
            )
        number = _open(c, "item", code, who, now)
        _step(c, number, 1, "saved", who, now, note, content)
    return number


def save(
    c: Connection, who: Who, now: datetime, book: Rulebook, number: int, content: Raw, note: str = ""
) -> None:
    """Keep another state of a draft. Refused: it is under review or closed; the item's code would change."""
    permissions.require(book.permissions, who, EDIT)
    with c.transaction():
        _lock(c)
        draft = one(c, number)
        if not draft.editable:
            raise Refused(
                "draft_closed", f"这份草稿是“{STATES[draft.state]}”，不能修改；需要时请先退回，或另立草稿。"
            )
        if str(content.get("code")) != draft.key:
            raise Refused("draft_code", f"草稿的事项代码是 {draft.key}，不能改成别的；要改请作废后另立。")
        if dict(content) != draft.content:
            _step(c, number, draft.number + 1, "saved", who, now, note, content)


def submit(
    c: Connection, who: Who, now: datetime, book: Rulebook, root: Path, number: int, note: str
) -> None:
    """Send a draft to review. Refused: it would not load, it would reach back, nothing said of why."""
    permissions.require(book.permissions, who, EDIT)
    note = _said(note, "送审要写明修订理由和依据")
    with c.transaction():
        _lock(c)
        draft = one(c, number)
        if not draft.editable:
            raise Refused("draft_closed", f"这份草稿是“{STATES[draft.state]}”，不能送审。")
        _sound(draft, book, root, now)
        _step(c, number, draft.number + 1, "submitted", who, now, note)


def _sound(draft: Draft, book: Rulebook, root: Path, now: datetime) -> None:
    found = problems(draft.kind, draft.content, root)
    if found:
        more = f"（另有 {len(found) - 1} 处）" if len(found) > 1 else ""
        at = f"{found[0].place}：" if found[0].place else ""
        raise Refused("draft_faulty", f"草稿还不合要求{more}：{at}{found[0].sentence}")
    effective(draft.content, book, day_of(now))


def give_back(c: Connection, who: Who, now: datetime, book: Rulebook, number: int, note: str) -> None:
    """The reviewer sends a draft back. NotPermitted; Refused: no reason, not under review."""
    permissions.require(book.permissions, who, REVIEW)
    note = _said(note, "退回要写明理由")
    with c.transaction():
        _lock(c)
        draft = _under_review(c, number)
        _step(c, number, draft.number + 1, "returned", who, now, note)


def discard(c: Connection, who: Who, now: datetime, book: Rulebook, number: int, note: str) -> None:
    """Close a draft unpublished. NotPermitted; Refused: no reason, closed."""
    permissions.require(book.permissions, who, EDIT)
    note = _said(note, "作废要写明理由")
    with c.transaction():
        _lock(c)
        draft = one(c, number)
        if not draft.editable:
            raise Refused(
                "draft_closed", f"这份草稿是“{STATES[draft.state]}”，不能作废；待审核的请审核员退回。"
            )
        _step(c, number, draft.number + 1, "discarded", who, now, note)


def publish(
    c: Connection, who: Who, now: datetime, book: Rulebook, root: Path, number: int, note: str = ""
) -> str:
    """A second person puts the draft in force, as a file of the local edition; returns its path.

    `c` is in no transaction: the file is put there last, and taken back if the commit fails.
    NotPermitted: no reviewer, or one who wrote on it. Refused: not under review, would not load, would reach back.
    """
    permissions.require(book.permissions, who, REVIEW)
    with placing.taken_back() as placed, c.transaction():
        _lock(c)
        draft = _under_review(c, number)
        if who.name in draft.authors:
            raise NotPermitted("own_draft", "自己起草的目录不能由自己审核发布；请另一位审核员办理。")
        _sound(draft, book, root, now)
        name, _, data = _file(draft.kind, draft.content, root)
        written = placing.as_yaml(data)
        told = {"path": name, "digest": placing.digest(written.encode())}
        _step(c, number, draft.number + 1, "published", who, now, note.strip(), None, **told)
        placed.put(root, name, written)
    return name


def _under_review(c: Connection, number: int) -> Draft:
    draft = one(c, number)
    if draft.state != "submitted":
        raise Refused("draft_not_submitted", f"这份草稿是“{STATES[draft.state]}”，没有送审；请刷新清单。")
    return draft


# code sets and calendars


def put(
    c: Connection, who: Who, now: datetime, book: Rulebook, root: Path, kind: str, content: Raw, reason: str
) -> str:
    """Put a local code set or calendar year in force, with a reason; returns the file's path.

    `c` is in no transaction, as for `publish`. NotPermitted; Refused: no reason, would not load.
    """
    permissions.require(book.permissions, who, ACTIONS[kind])
    reason = _said(reason, "修改要写明理由和依据")
    key = str(content["year"] if kind == "calendar" else content["id"])
    content = _based(content, kind, key, root)
    with placing.taken_back() as placed, c.transaction():
        _lock(c)
        if found := problems(kind, content, root):
            raise Refused("draft_faulty", f"还不合要求：{found[0].sentence}")
        number = _open(c, kind, key, who, now)
        _step(c, number, 1, "saved", who, now, reason, content)
        name, _, data = _file(kind, content, root)
        written = placing.as_yaml(data)
        told = {"path": name, "digest": placing.digest(written.encode())}
        _step(c, number, 2, "published", who, now, reason, None, **told)
        placed.put(root, name, written)
    return name


def _based(content: Raw, kind: str, key: str, root: Path) -> dict[str, Any]:
    """With the shipped text it stands in for named, so that a later shipped text shows as a conflict."""
    made = {k: v for k, v in content.items() if k != "based_on"}
    shipped, _ = raw_entry(root, kind, key)
    if shipped is None:
        return made
    path = SHIPPED / f"calendar/{key}.yaml"
    based = entry_digest(shipped) if kind == "code_set" else placing.digest(path.read_bytes())
    return {**made, "based_on": based}


# steps


def _lock(c: Connection) -> None:
    c.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _said(note: str, what: str) -> str:
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Refused("no_reason", f"{what}（不超过 {LONGEST_NOTE} 字）；请补填后重试。")
    return note


def _open(c: Connection, kind: str, key: str, who: Who, now: datetime) -> int:
    row = c.execute(SQL["open"], {"kind": kind, "key": key, "at": now, "by": who.name}).fetchone()
    assert row is not None
    return int(row[0])


def _step(
    c: Connection, draft: int, number: int, kind: str, who: Who, now: datetime, note: str,
    content: Raw | None = None, path: str = "", digest: str = "",
) -> None:  # fmt: skip
    values = {"draft": draft, "number": number, "kind": kind, "at": now, "by": who.name, "role": who.role}
    held = Json(dict(content)) if content is not None else None  # json keeps a file's order, jsonb does not
    c.execute(SQL["step"], {**values, "note": note, "content": held, "path": path, "digest": digest})
    told = {"note": note, **({"path": path, "digest": digest} if path else {})}
    audit.record(c, who, now, f"catalogue.{kind}", str(draft), told)
    audit.emit(c, now, f"catalog.draft_{kind}", {"draft": draft, "path": path})


__all__ = ["ACTIONS", "OPEN", "STATES", "Draft", "Problem", "discard", "effective", "give_back", "listed", "one", "open_item",
           "problems", "publish", "put", "raw_entry", "raw_item", "save", "steps", "strangers", "submit"]  # fmt: skip
