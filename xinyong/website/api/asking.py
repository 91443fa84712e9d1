"""Operations that read: subjects, archives, search, catalogue, reports' verification, the evidence log."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from xinyong.catalog.model import Item
from xinyong.disclosure import queries
from xinyong.disclosure.queries import Archive, Question
from xinyong.foundation.evidence import notes, proofs
from xinyong.kernel.errors import NotPermitted
from xinyong.rights.recall import deliveries
from xinyong.services.creditreport import numbers
from xinyong.services.creditreport import queries as reports
from xinyong.website import access, lending
from xinyong.website.api import paging, schemas
from xinyong.website.api.callers import Caller, operation
from xinyong.website.api.problems import Problem
from xinyong.website.public.asking import book

router = Router(tags=["查询"])
LONGEST, PAGE = 100, 100
REGISTRATION = "DJZC"
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 413, 422, 429, 503), schemas.Problem)


def _caller(request: HttpRequest) -> Caller:
    return request.caller  # type: ignore[attr-defined,no-any-return]


def _question(caller: Caller, **more: Any) -> Question:
    return Question(caller.who, caller.now, caller.today, **more)


def _may_look(caller: Caller) -> None:
    """A token sees what is not public only for a stated purpose; without the scope it is the public."""
    if caller.token is not None:
        if "api.look" not in caller.token.scopes:
            raise NotPermitted("scope", "这个令牌不能查询信用档案；需要的，请向信用中心申请增加。")
        access.require(caller.who, "api.look")


@router.get("/subjects/{code}", response={200: schemas.SubjectOut, **PROBLEMS}, summary="一个主体")
@operation("public.search")
def subject(request: HttpRequest, code: str) -> Any:
    """按代码查一个主体：名称、曾用名、登记状态。不含信用记录。"""
    caller = _caller(request)
    _may_look(caller)
    q = _question(caller, items=(REGISTRATION,))
    return _subject(lending.ask_one(lambda c: queries.archive(c, code[:LONGEST], q, book())))


def _subject(answer: Archive) -> dict[str, Any]:
    if not answer.found or answer.subject is None:
        raise Problem(404, "no_subject", "没有可以公开的这个主体；请核对代码。")
    names = [
        {"name": n["name"], "former": n["former"], "since": n["from"], "until": n["to"]} for n in answer.names
    ]
    return {**answer.subject, "names": names}


@router.get(
    "/subjects/{code}/archive",
    response={200: schemas.ArchiveOut, 410: schemas.Problem, **PROBLEMS},
    summary="信用档案",
)
@operation("public.search")
def archive(
    request: HttpRequest,
    code: str,
    as_of: date | None = Query(None, description="查哪一天的情况"),
    known_at: datetime | None = Query(None, description="当时所知；公众不能用"),
    item: list[str] = Query([], description="目录代码，可以多个", max_length=50),
    duty: str = Query("", max_length=64, description="法定职责编号"),
    authorisation: str = Query("", max_length=64, description="授权编号"),
    cursor: str = Query("", max_length=200),
    limit: int = Query(PAGE, ge=1, le=PAGE),
) -> Any:
    """带令牌时按角色、职责或授权回答，用途写在 purpose 参数或 X-Purpose 头里（百分号编码）；不带令牌只答公开信息。

    凭“只能用一次”的授权查询的，一次全部给出，不分页：limit、cursor 不起作用，next 为空。
    """
    caller = _caller(request)
    _may_look(caller)
    if as_of and as_of > caller.today:
        raise Problem(422, "date_future", "as_of 在将来；请给出今天或以前的日期。")
    if known_at and known_at.tzinfo is None:
        raise Problem(422, "known_at_zone", "known_at 要写明时区，例如 2026-03-05T09:30:00+08:00。")
    for wanted in item:
        if wanted not in book().items:
            raise Problem(
                422, "item_unknown", f"没有代码为“{access.one_line(wanted)[:64]}”的目录事项；请核对 item。"
            )
    paging.check(cursor)  # before the look is made, which may use an authorisation up
    more = {
        "as_of": as_of,
        "known_at": known_at,
        "items": tuple(item),
        "duty": duty,
        "authorisation": authorisation,
    }

    def look(c: Any) -> tuple[Archive, dict[str, Any], Any, str | None]:
        answer = queries.archive(c, code[:LONGEST], _question(caller, **more), book())
        found = _subject(answer)
        records, following = _page(answer, cursor, limit)
        if caller.token is not None:  # who was given it can be told when it stops
            deliveries.given(c, caller.who, caller.now, [r["record"] for r in records], answer.known_at)
        return answer, found, records, following

    answer, found, records, following = lending.ask(look)
    told = {
        "as_of": answer.as_of,
        "asked_as": answer.asked_as,
        "ground": answer.ground,
        "counts": answer.counts,
    }
    return {**told, "subject": found, "records": list(records), "next": following}


def _page(answer: Archive, cursor: str, limit: int) -> tuple[Sequence[dict[str, Any]], str | None]:
    """The next page would be another look, for which an authorisation that serves once is no ground any more."""
    if answer.used_up:
        return answer.records, None
    return paging.page(answer.records, lambda r: str(r["public_id"]), cursor, limit)


@router.get(
    "/search", response={200: schemas.SearchOut, **PROBLEMS}, summary="按名称、代码或拼音首字母查主体"
)
@operation("public.search")
def search(
    request: HttpRequest,
    q: str = Query(..., min_length=1, max_length=LONGEST),
    limit: int = Query(20, ge=1, le=50),
) -> Any:
    """最多 50 个；不能翻页遍历。自然人不能按名称查到。"""
    caller = _caller(request)
    _may_look(caller)
    if not q.isprintable():
        raise Problem(422, "bad_text", "检索内容含有不能识别的字符；请输入名称、代码或拼音首字母。")
    return {"found": lending.ask(lambda c: queries.search(c, q, _question(caller), limit))}


@router.get("/catalog/items", response={200: schemas.CatalogOut, **PROBLEMS}, summary="目录")
@operation("public.api")
def catalog(request: HttpRequest) -> Any:
    items = book().current_items(_caller(request).today)
    return {"edition": book().edition.id, "items": [_brief(i) for i in items]}


@router.get(
    "/catalog/items/{code}", response={200: schemas.ItemOut, **PROBLEMS}, summary="一个目录事项及其数据项"
)
@operation("public.api")
def catalog_item(request: HttpRequest, code: str) -> Any:
    today = _caller(request).today
    item = next((i for i in book().current_items(today) if i.code == code.upper()), None)
    if item is None:
        raise Problem(404, "no_item", "没有这个目录事项；请用目录里的代码。")
    fields = [
        {"code": f.code, "name": f.name, "type": f.type, "length": f.length, "required": f.required is True,
         "disclosure": f.disclosure, "aliases": list(f.aliases), "note": f.note}
        for f in item.fields
    ]  # fmt: skip
    more = {
        "business_key": list(item.business_key),
        "repair_route": item.repair_route,
        "frequency": item.frequency,
    }
    return {**_brief(item), **more, "fields": fields}


def _brief(item: Item) -> dict[str, Any]:
    names = ("code", "name", "category", "disclosure", "version", "confidence")
    return {name: getattr(item, name) for name in names}


@router.get("/verify/{number}", response={200: schemas.VerifyOut, **PROBLEMS}, summary="核验信用报告")
@operation("public.verify")
def verify(request: HttpRequest, number: str) -> Any:
    """报告是否真实、内容今天是否有变化。个人报告只答真实与否。"""
    caller, plain = _caller(request), numbers.canonical(number[:LONGEST])
    found = (
        lending.ask(lambda c: reports.verify(c, plain, caller.now, caller.today, book())) if plain else None
    )
    if found is None:
        raise Problem(404, "no_report", "没有这个编号的报告；请核对编号。")
    return asdict(found)


@router.get(
    "/ledger/checkpoint", response={200: schemas.CheckpointOut, **PROBLEMS}, summary="存证日志的检查点"
)
@operation("public.verify")
def checkpoint(request: HttpRequest, size: int | None = Query(None, ge=1, le=2**62)) -> Any:
    """可以留存；以后凭它查出任何改动（tools/verify.py）。"""
    now = _caller(request).now

    def read(c: Any) -> dict[str, Any]:
        state = proofs.state(c, size)
        if not state.notes:
            raise Problem(404, "not_found", "存证日志还没有检查点；请过一分钟再试。")
        return {"size": state.size, **state.notes, "keys": [str(v) for v in notes.verifiers(c, now)]}

    return lending.ask(read)


@router.get(
    "/ledger/proof/{leaf}", response={200: schemas.ProofOut, **PROBLEMS}, summary="一条记录在日志里的证明"
)
@operation("public.verify")
def proof(
    request: HttpRequest,
    leaf: str,
    kind: str = Query("record", max_length=20),
    size: int | None = Query(None, ge=1, le=2**62),
) -> Any:
    """leaf 是摘要值（十六进制）：记录的写在信用主体的“信息副本”文件里，旁边有盐值和原文可以重算。证明本身不含内容。"""
    try:
        raw = bytes.fromhex(leaf)
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Problem(
            422,
            "leaf",
            "leaf 应为 64 位十六进制数：记录的在“信息副本”文件的 leaf 一栏；其他内容的，请向信用中心索取证明。",
        )
    return lending.ask(lambda c: proofs.of_leaf(c, kind, raw, size)).as_json()


@router.get(
    "/ledger/growth", response={200: schemas.GrowthOut, **PROBLEMS}, summary="新日志完整保留旧日志的证明"
)
@operation("public.verify")
def growth(
    request: HttpRequest,
    old: int = Query(..., ge=0, le=2**62),
    size: int | None = Query(None, ge=1, le=2**62),
) -> Any:
    found = lending.ask(lambda c: proofs.growth(c, old, size))
    return {a: [h.hex() for h in path] for a, path in found.items()}


__all__ = ["router"]
