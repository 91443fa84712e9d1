"""Operations of systems that were given records: fetch recalls, confirm them, have them sent."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from xinyong.foundation.tokens import Token
from xinyong.kernel.errors import NotPermitted
from xinyong.rights.recall import actions, deliveries
from xinyong.rights.recall.actions import KINDS
from xinyong.website import access, lending
from xinyong.website.api.asking import PROBLEMS
from xinyong.website.api.callers import Caller, operation
from xinyong.website.api.problems import Problem

router = Router(tags=["召回"])
SCOPES = frozenset({"api.recall", "api.look", "api.report"})  # whoever may fetch records may let go of them
PAGE = 100
LAST = 2**62


class RecallOut(Schema):
    """一次召回：收到过的记录停止使用、已更正或有变化。records 是查询接口给出的 public_id，reports 是含这些记录的报告编号。"""

    id: int
    issued_at: datetime
    decided_at: datetime = Field(description="停止、更正的决定时间")
    kind: str = Field(description="；".join(f"{kind} {text}" for kind, text in KINDS.items()))
    text: str
    until: str | None = Field(None, description="临时屏蔽的最后一日")
    records: list[str]
    reports: list[str]
    confirmed_at: datetime | None = None


class RecallsOut(Schema):
    """next：下次请求用的 cursor，没有新的召回时与本次相同；请保存。"""

    recalls: list[RecallOut]
    next: str


class ConfirmedOut(Schema):
    id: int
    confirmed_at: datetime = Field(description="第一次确认的时间；重复确认不改变它")


class SubscribeIn(Schema):
    """institution 为真：接收发给本单位（工作人员领取的报告）的召回；否则接收发给本系统的。"""

    url: str = Field(max_length=500)
    institution: bool = False


class SubscribedOut(Schema):
    id: int
    secret: str = Field(description="推送的签名密钥，只给这一次")


class SubscriptionOut(Schema):
    id: int
    url: str
    since: datetime


class SubscriptionsOut(Schema):
    subscriptions: list[SubscriptionOut]


class EndedOut(Schema):
    count: int


def _caller(request: HttpRequest) -> tuple[Caller, Token]:
    """A system with a token that may fetch records at all."""
    caller: Caller = request.caller  # type: ignore[attr-defined]
    if caller.token is None:
        raise NotPermitted(
            "token_missing", "召回只发给持有令牌的系统；请在 Authorization 中写明“Bearer 令牌”。"
        )
    if not caller.token.scopes & SCOPES:
        raise NotPermitted("scope", "这个令牌不能获取信用信息，没有召回可取；需要的，请向信用中心申请增加。")
    access.require(caller.who, "api.recall")
    return caller, caller.token


def _receivers(c: Any, token: Token) -> list[int]:
    return deliveries.receivers(c, token.provider, token.system)


@router.get("/recalls", response={200: RecallsOut, **PROBLEMS}, summary="收取召回")
@operation("public.api")
def recalls(
    request: HttpRequest,
    cursor: str = Query("", max_length=20, description="上次回答里的 next；空为从头"),
    limit: int = Query(PAGE, ge=1, le=PAGE),
) -> Any:
    """按发布顺序给出发给本系统和本单位的召回，已确认的也在内。"""
    _, token = _caller(request)
    if cursor and not (cursor.isascii() and cursor.isdigit() and int(cursor) < LAST):
        raise Problem(422, "cursor", "cursor 不是本接口给出的；请使用上一页回答里的 next。")
    after = int(cursor or 0)
    found = lending.ask(lambda c: actions.feed(c, _receivers(c, token), after, limit))
    return {"recalls": [r.as_json() for r in found], "next": str(found[-1].id if found else after)}


@router.post(
    "/recalls/{number}/confirmation", response={200: ConfirmedOut, **PROBLEMS}, summary="确认一次召回"
)
@operation("public.api")
def confirmation(request: HttpRequest, number: int) -> Any:
    """已停止使用（或已重新获取）后确认。重复确认得到第一次确认的时间，不产生新的结果。"""
    caller, token = _caller(request)
    if not 0 < number < LAST:
        raise Problem(404, "no_recall", "没有这个编号的召回；请核对编号。")

    def work(c: Any) -> datetime:
        return actions.confirm(c, caller.who, caller.now, number, _receivers(c, token), "api")

    return {"id": number, "confirmed_at": lending.act(work).astimezone(UTC)}


@router.get("/recall-subscriptions", response={200: SubscriptionsOut, **PROBLEMS}, summary="推送地址")
@operation("public.api")
def subscriptions(request: HttpRequest) -> Any:
    _, token = _caller(request)
    found = lending.ask(lambda c: actions.subscription(c, _receivers(c, token)))
    return {"subscriptions": [{"id": n, "url": url, "since": at} for n, url, at in found]}


@router.post("/recall-subscriptions", response={201: SubscribedOut, **PROBLEMS}, summary="登记推送地址")
@operation("public.api")
def subscribe(request: HttpRequest, wanted: SubscribeIn) -> Any:
    """以新的地址代替原来的。主机须由平台的系统管理员列入允许推送的名单。推送和回答的签名见接口说明。"""
    caller, token = _caller(request)

    def work(c: Any) -> tuple[int, str]:
        system = "" if wanted.institution else token.system
        if wanted.institution and not token.provider:
            raise Problem(422, "no_institution", "这个令牌没有所属单位；请登记发给本系统的召回。")
        receiver = deliveries.receiver(c, token.provider, system, token.role, caller.now)
        return actions.subscribe(c, caller.who, caller.now, receiver, wanted.url)

    number, secret = lending.act(work)
    return Status(201, {"id": number, "secret": secret})


@router.delete("/recall-subscriptions", response={200: EndedOut, **PROBLEMS}, summary="不再推送")
@operation("public.api")
def unsubscribe(request: HttpRequest) -> Any:
    """召回仍可收取。"""
    caller, token = _caller(request)
    ended = lending.act(lambda c: actions.unsubscribe(c, caller.who, caller.now, _receivers(c, token)))
    return {"count": ended}


__all__ = ["router"]
