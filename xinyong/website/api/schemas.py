"""What goes in and out, as the OpenAPI description shows it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from ninja import Field, Schema


class Problem(Schema):
    """RFC 9457。code 不变，detail 是给人看的一句话。"""

    type: str
    title: str
    status: int
    code: str
    detail: str


class Name(Schema):
    name: str
    former: bool
    since: str | None = Field(None, description="自何日起使用")
    until: str | None = Field(None, description="用到何日")


class SubjectOut(Schema):
    """信用主体。自然人不能用接口按代码公开查到。"""

    id: str = Field(description="公开编号")
    code: str | None = Field(description="统一社会信用代码或工商注册号")
    scheme: Literal["uscc", "regno", "person"]
    kind: str = Field(description="主体类别")
    name: str
    status: str
    former_codes: list[str] = []
    names: list[Name] = []


class Found(Schema):
    id: str
    code: str | None
    scheme: str
    kind: str
    name: str
    status: str
    former_names: list[str] = []


class SearchOut(Schema):
    found: list[Found]


class ArchiveOut(Schema):
    """一个主体的信用档案；records 的 fields 以目录的数据项名称为键。"""

    subject: SubjectOut
    as_of: date
    asked_as: str
    ground: str = Field(description="查询依据")
    counts: dict[str, int] = Field(description="目录代码 → 条数")
    records: list[dict[str, Any]]
    next: str | None = Field(None, description="下一页的 cursor；没有了为空")


class ItemBrief(Schema):
    code: str
    name: str
    category: str
    disclosure: str = Field(description="public 社会公开、government 政务共享、authorised 授权查询")
    version: str
    confidence: str = Field(description="seen 见到原文、seen_in_report 见于报道、sample 样例待确认")


class ItemField(Schema):
    code: str
    name: str
    type: str
    length: int | None
    required: bool = Field(description="无条件必填")
    disclosure: str
    aliases: list[str]
    note: str


class ItemOut(ItemBrief):
    fields: list[ItemField]
    business_key: list[str]
    repair_route: str
    frequency: str


class CatalogOut(Schema):
    edition: str
    items: list[ItemBrief]


class UploadOut(Schema):
    """一次报送。outcome：running 处理中、taken 已入库、refused 被退回、cancelled 已取消、failed 平台出错。"""

    id: str
    item: str
    mode: str
    filename: str
    size: int
    received_at: datetime
    stage: str
    rows_done: int
    outcome: Literal["running", "taken", "refused", "cancelled", "failed"]
    submission: int | None = Field(None, description="批次号（回执号）")
    already_received: bool = False
    code: str = ""
    detail: str = ""
    receipt: dict[str, Any] | None = None


class ReportIn(Schema):
    """purpose 是十五种用途之一。"""

    code: str = Field(max_length=64, description="主体代码")
    purpose: str = Field(max_length=64)
    profile: str = Field("", max_length=64, description="报告版式；空为公共信用信息报告")
    note: str = Field("", max_length=100)
    name: str = Field("", max_length=100, description="自然人姓名")
    authorisation: str = Field("", max_length=64)
    duty: str = Field("", max_length=64)


class ReportOut(Schema):
    """files：文件名 → base64。"""

    number: str
    records: int
    files: dict[str, str]


class VerifyOut(Schema):
    """standing：current 内容未变、changed 内容已有变化、unclear 今天无法判断。"""

    number: str
    issued_on: date
    title: str
    issuer: str
    standing: str
    name: str
    code: str
    pdf_sha256: str
    json_sha256: str


class CheckpointOut(Schema):
    """存证日志的检查点，C2SP signed note。"""

    size: int
    sha256: str
    sm3: str
    keys: list[str] = Field(description="验签公钥")


class ProofOut(Schema):
    kind: str
    leaf: str
    index: int
    size: int
    paths: dict[str, list[str]]
    checkpoints: dict[str, str]


class GrowthOut(Schema):
    sha256: list[str]
    sm3: list[str]
