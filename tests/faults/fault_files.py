"""A department's history for fault tests: files whose rows meet every fate, and what follows on one another."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from sampledistrict.codes import person_id, uscc

Row = dict[str, str]
AUTHORITY = "11500152YY0000239R"
OFFICE = "潼南区市场监督管理局"


@dataclass(frozen=True)
class Step:
    """One thing done: a file handed in, or (`undo`) the submission of an earlier step taken back."""

    path: Path
    item: str
    mode: str = "增量"
    undo: bool = False
    provider: str = ""
    received: str = ""

    def as_json(self) -> dict[str, object]:
        return {**self.__dict__, "path": str(self.path)}


def code(n: int) -> str:
    return uscc("91", "500152", f"YY{n:06d}")


def name(n: int) -> str:
    return f"重庆示例第{n}号商贸有限公司"


def penalty(n: int, subject: int | None = None, **changes: str) -> Row:
    """The n-th penalty, by default of the n-th subject."""
    s = n if subject is None else subject
    row = {
        "CF_XDR_MC": name(s), "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": code(s), "CF_FRDB": "示例甲",
        "CF_WSH": f"潼示罚〔2026〕{n}号", "CF_WFXW": "未按规定公示年度报告", "CF_SY": "经查，当事人未按期公示",
        "CF_YJ": "《企业信息公示暂行条例》第十八条", "CF_CFLB": "罚款", "CF_NR": "罚款人民币2000元",
        "CF_NR_FK": "0.2", "CF_JDRQ": f"2026-10-{1 + n % 28:02d}", "CF_YXQ": f"2029-10-{1 + n % 28:02d}",
        "CF_CFJG": OFFICE, "CF_CFJGDM": AUTHORITY, "CF_SJLY": OFFICE, "CF_SJLYDM": AUTHORITY,
        "操作": "", "原记录号": "",
    }  # fmt: skip
    return {**row, **changes}


def personal(n: int) -> Row:
    return penalty(
        n, CF_XDR_MC=f"示例某{n}", CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM=person_id("19800101", n),
    )  # fmt: skip


def licence(n: int, subject: int | None = None, **changes: str) -> Row:
    s = n if subject is None else subject
    row = {
        "XK_XDR_MC": name(s), "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": code(s), "XK_FRDB": "示例甲",
        "XK_XKWS": "准予行政许可决定书", "XK_WSH": f"潼示许〔2026〕{n}号", "XK_XKLB": "普通", "XK_NR": "食品经营",
        "XK_JDRQ": "2026-10-08", "XK_YXQZ": "2026-10-08", "XK_YXQZI": "2031-10-07", "XK_XKJG": OFFICE,
        "XK_XKJGDM": AUTHORITY, "XK_ZT": "1", "XK_LYDW": OFFICE, "XK_LYDWDM": AUTHORITY,
    }  # fmt: skip
    return {**row, **changes}


def registration(n: int, **changes: str) -> Row:
    row = {
        "主体名称": name(n), "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code(n),
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": OFFICE, "曾用名": "",
    }  # fmt: skip
    return {**row, **changes}


def write_csv(path: Path, rows: list[Row], encoding: str = "utf-8") -> Path:
    columns = list(dict.fromkeys(k for r in rows for k in r))
    with open(path, "w", newline="", encoding=encoding) as f:
        writer = csv.DictWriter(f, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: list[Row]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    return path


def history(folder: Path) -> list[Step]:
    """Registration, a first load, a second with corrections and withdrawals, a registration that disowns, an undo."""
    first = [penalty(n) for n in range(1, 90)] + [personal(n) for n in range(90, 100)]
    first += [penalty(100, CF_NR_FK="两千"), penalty(101, 3, CF_XDR_MC="重庆示例别家有限公司"), penalty(5)]
    second = [penalty(n, CF_NR_FK="0.3") for n in range(1, 21)] + [penalty(n) for n in range(21, 31)]
    second += [penalty(n, 操作="撤销") for n in range(31, 36)] + [penalty(n) for n in range(110, 140)]
    second += [
        penalty(n, 操作="更正", 原记录号=f"潼示罚〔2026〕{n}号", CF_JDRQ="2026-10-30") for n in (40, 41)
    ]
    second += [penalty(42, 43)]  # another subject under a known document: held
    known = [registration(n, 曾用名="重庆示例旧名有限公司") for n in range(1, 50)]
    other = [registration(n, 主体名称=f"重庆示例真名{n}有限公司") for n in range(60, 70)]
    last = [penalty(n) for n in range(140, 160)] + [penalty(n, CF_NR_FK="0.7") for n in range(1, 11)]
    steps = [
        Step(write_csv(folder / "known.csv", known), "DJZC"),
        Step(write_csv(folder / "first.csv", first), "XZCF"),
        Step(write_csv(folder / "second.csv", second), "XZCF"),
        Step(write_csv(folder / "other.csv", other), "DJZC"),
        Step(write_jsonl(folder / "last.jsonl", last), "XZCF"),
        Step(folder / "last.jsonl", "XZCF", undo=True),
    ]
    return steps
