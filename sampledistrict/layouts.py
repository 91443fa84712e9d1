"""The columns of every item's files: today's codes and names, and what older files called them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

from sampledistrict.columns import SPEC

ColumnKind = Literal["text", "date", "amount", "integer"]


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    label: str
    kind: ColumnKind = "text"
    old_code: str = ""  # name in the generation of 2015/2016
    old_label: str = ""
    alias: str = ""  # another name in use today


@dataclass(frozen=True, slots=True)
class Layout:
    item: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]  # codes of the columns that make two rows the same record
    decided: str = ""  # code of the decision date column
    doc_no: str = ""
    text: str = ""  # code of the longest free text column
    roles: tuple[tuple[str, str], ...] = ()  # name, kind, code, regno, org, id_type, id → column code
    required: tuple[str, ...] = ()  # some of the columns that must be filled

    def index(self, code: str) -> int:
        """Place of a column; -1 if the item has no such column."""
        return next((i for i, column in enumerate(self.columns) if column.code == code), -1)

    def role(self, name: str) -> int:
        """Place of the column that plays a part, whatever the item calls it; -1 if none does."""
        return next((self.index(code) for part, code in self.roles if part == name), -1)


def _roles(prefix: str) -> tuple[tuple[str, str], ...]:
    """Who is who in the party block of 2018."""
    parts = {
        "name": "XDR_MC", "kind": "XDR_LB", "code": "XDR_SHXYM", "regno": "XDR_GSZC", "org": "XDR_ZZJG",
        "id_type": "XDR_ZJLX", "id": "XDR_ZJHM",
    }  # fmt: skip
    return tuple((part, prefix + code) for part, code in parts.items())


_CODE_1 = "行政相对人代码_1(统一社会信用代码)"


def _party(prefix: str, representative: str, old: bool) -> tuple[Column, ...]:
    """Items 1 to 13 of the exchange standard of 2018, the same for permits and penalties."""
    rows = [
        ("XDR_MC", "行政相对人名称", "XDR" if prefix == "XK_" else "XDR_MC", "行政相对人名称"),
        ("XDR_LB", "行政相对人类别", "", ""),
        ("XDR_SHXYM", _CODE_1, "XDR_SHXYM", _CODE_1),
        ("XDR_GSZC", "行政相对人代码_2(工商注册号)", "XDR_GSDJ", "行政相对人代码_3(工商登记码)"),
        ("XDR_ZZJG", "行政相对人代码_3(组织机构代码)", "XDR_ZDM", "行政相对人代码_2(组织机构代码)"),
        ("XDR_SWDJ", "行政相对人代码_4(税务登记号)", "XDR_SWDJ", "行政相对人代码_4(税务登记号)"),
        ("XDR_SYDW", "行政相对人代码_5(事业单位证书号)", "", ""),
        ("XDR_SHZZ", "行政相对人代码_6(社会组织登记证号)", "", ""),
        (representative, "法定代表人", "FR", "法定代表人姓名"),
        ("FR_ZJLX", "法定代表人证件类型", "", ""),
        ("FR_ZJHM", "法定代表人证件号码", "", ""),
        ("XDR_ZJLX", "自然人证件类型", "", ""),
        ("XDR_ZJHM", "自然人证件号码", "XDR_SFZ", "行政相对人代码_5(居民身份证号)"),
    ]
    return tuple(
        Column(
            prefix + code, label, "text", prefix + oc if old and oc else "", ol if old else "",
            label.partition("(")[2].rstrip(")"),
        )
        for code, label, oc, ol in rows
    )  # fmt: skip


XZXK = Layout(
    "XZXK", "行政许可",
    (
        *_party("XK_", "FRDB", True),
        Column("XK_XKWS", "行政许可决定文书名称"),
        Column("XK_WSH", "行政许可决定文书号", "text", "XK_WSH", "行政许可决定书文号"),
        Column("XK_XKLB", "许可类别", "text", "XK_SPLB", "审批类别"),
        Column("XK_XKZS", "许可证书名称"),
        Column("XK_XKBH", "许可编号"),
        Column("XK_NR", "许可内容", "text", "XK_NR", "许可内容"),
        Column("XK_JDRQ", "许可决定日期", "date", "XK_JDRQ", "许可决定日期"),
        Column("XK_YXQZ", "有效期自", "date"),
        Column("XK_YXQZI", "有效期至", "date", "XK_JZQ", "许可截止期"),
        Column("XK_XKJG", "许可机关", "text", "XK_XZJG", "许可机关"),
        Column("XK_XKJGDM", "许可机关统一社会信用代码"),
        Column("XK_ZT", "当前状态", "text", "XK_ZT", "当前状态"),
        Column("XK_LYDW", "数据来源单位"),
        Column("XK_LYDWDM", "数据来源单位统一社会信用代码"),
        Column("BZ", "备注", "text", "BZ", "备注"),
    ),
    ("XK_XKJGDM", "XK_WSH", "subject", "XK_JDRQ"), "XK_JDRQ", "XK_WSH", "XK_NR", _roles("XK_"),
    tuple(f"XK_{code}" for code in "WSH XKWS XKLB NR JDRQ YXQZ XDR_MC XKJGDM".split()),
)  # fmt: skip

XZCF = Layout(
    "XZCF", "行政处罚",
    (
        *_party("CF_", "FRDB", True),
        Column("CF_WSH", "行政处罚决定书文号", "text", "CF_WSH", "行政处罚决定书文号"),
        Column("CF_WFXW", "违法行为类型"),
        Column("CF_SY", "违法事实", "text", "CF_SY", "处罚事由"),
        Column("CF_YJ", "处罚依据", "text", "CF_YJ", "处罚依据"),
        Column("CF_CFLB", "处罚类别", "text", "CF_CFLB1", "处罚类别1"),
        Column("CF_NR", "处罚内容", "text", "CF_JG", "处罚结果"),
        Column("CF_NR_FK", "罚款金额（万元）", "amount"),
        Column("CF_NR_WFFF", "没收违法所得、没收非法财物的金额（万元）", "amount"),
        Column("CF_NR_ZKDX", "暂扣或吊销证照名称及编号"),
        Column("CF_JDRQ", "处罚决定日期", "date", "CF_JDRQ", "处罚决定日期"),
        Column("CF_YXQ", "处罚有效期", "date"),
        Column("CF_GSJZQ", "公示截止期", "date", "CF_GSJZQ", "公示截止期"),
        Column("CF_CFJG", "处罚机关", "text", "CF_XZJG", "处罚机关"),
        Column("CF_CFJGDM", "处罚机关统一社会信用代码"),
        Column("CF_SJLY", "数据来源单位"),
        Column("CF_SJLYDM", "数据来源单位统一社会信用代码"),
        Column("BZ", "备注", "text", "BZ", "备注"),
        Column("KZ_CXLB", "处罚程序类别"),
        Column("KZ_SXCD", "失信程度"),
        Column("KZ_WFLY", "违法领域"),
    ),
    ("CF_CFJGDM", "CF_WSH", "subject", "CF_JDRQ"), "CF_JDRQ", "CF_WSH", "CF_SY", _roles("CF_"),
    tuple(f"CF_{code}" for code in "WSH WFXW SY YJ CFLB NR JDRQ XDR_MC CFJGDM".split()),
)  # fmt: skip

DJZC = Layout(
    "DJZC", "登记注册基本信息",
    (
        Column("DJ_MC", "主体名称", alias="企业名称"),
        Column("DJ_LB", "主体类别"),
        Column("DJ_ZTLX", "登记主体类型"),
        Column("DJ_SHXYM", "统一社会信用代码"),
        Column("DJ_GSZC", "注册号", alias="工商注册号"),
        Column("DJ_ZZJG", "组织机构代码"),
        Column("DJ_FRDB", "法定代表人", alias="法定代表人(负责人)"),
        Column("DJ_QYLX", "类型", alias="企业类型"),
        Column("DJ_CLRQ", "成立日期", "date", alias="设立日期"),
        Column("DJ_HZRQ", "核准日期", "date"),
        Column("DJ_YYQZ", "营业期限至", "date"),
        Column("DJ_ZS", "住所", alias="住所(经营场所)"),
        Column("DJ_ZCZB", "注册资本（万元）", "amount", alias="注册资本"),
        Column("DJ_JYFW", "经营范围"),
        Column("DJ_HYML", "行业门类"),
        Column("DJ_ZT", "经营状态", alias="登记状态"),
        Column("DJ_ZXRQ", "注销或吊销日期", "date"),
        Column("DJ_CYM", "曾用名", alias="曾用名称"),
        Column("DJ_CYMRQ", "曾用名停用日期"),
        Column("DJ_CYDM", "曾用代码"),
        Column("DJ_DJJG", "登记机关"),
        Column("DJ_DJJGDM", "登记机关统一社会信用代码"),
        Column("DJ_LYDW", "数据来源单位"),
        Column("DJ_LYDWDM", "数据来源单位统一社会信用代码"),
        Column("BZ", "备注"),
    ),
    ("DJ_SHXYM",), "DJ_HZRQ", text="DJ_JYFW",
    roles=(
        ("name", "DJ_MC"), ("kind", "DJ_LB"), ("code", "DJ_SHXYM"), ("regno", "DJ_GSZC"), ("org", "DJ_ZZJG"),
    ),
    required=("DJ_MC", "DJ_LB", "DJ_CLRQ", "DJ_HZRQ", "DJ_ZT"),
)  # fmt: skip


def _parse(block: str) -> Layout:
    """One item of `columns.SPEC`."""
    first, *lines = block.strip().splitlines()
    title, key, text = (part.strip() for part in first.split("|"))
    item, name = title.split(" ", 1)
    columns: list[Column] = []
    roles: dict[str, str] = {}
    required: list[str] = []
    for line in lines:
        if line.startswith("@"):
            columns += _standing(line.split(), roles)
        else:
            columns.append(_column(line, roles, required))
    return Layout(
        item, name, tuple(columns), tuple(key.split()), roles.get("decided", ""), roles.get("doc_no", ""),
        text, tuple(roles.items()), tuple(required),
    )  # fmt: skip


def _column(line: str, roles: dict[str, str], required: list[str]) -> Column:
    code, name, *marks = line.split()
    if code.endswith("*"):
        code = code[:-1]
        required.append(code)
    kind: ColumnKind = "text"
    for mark in marks:
        if mark.startswith("@"):
            roles[mark[1:]] = code
        else:
            kind = cast(ColumnKind, mark[1:])
    return Column(code, name, kind)


def _standing(words: list[str], roles: dict[str, str]) -> tuple[Column, ...]:
    """The party block or the reporting unit, with their roles."""
    if words[0] == "@party":
        roles.update(_roles(words[1]))
        roles["person"] = f"{words[1]}FRDB"
        block = _party(words[1], "FRDB", False)
        return tuple(replace(c, label=c.label.replace("行政相对人", words[2])) for c in block)
    roles |= {"source": f"{words[1]}LYDW", "source_code": f"{words[1]}LYDWDM"}
    return (
        Column(f"{words[1]}LYDW", "数据来源单位"),
        Column(f"{words[1]}LYDWDM", "数据来源单位统一社会信用代码"),
        Column("BZ", "备注"),
    )


OTHERS = tuple(_parse(block) for block in SPEC.strip().split("\n\n"))
LAYOUTS = {layout.item: layout for layout in (DJZC, XZXK, XZCF, *OTHERS)}
