"""A small town whose inhabitants are curious about each other."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sampledistrict.codes import uscc
from tests.conftest import District, _clone, _drop, _point_django_at
from xinyong.foundation.audit import Who

_numbers = itertools.count(1)
AUTHORITY = "11500152YY0000239R"
CODE, NAME = "91500152YY00000282", "重庆示例甲乙商贸有限公司"
OTHER, OTHER_NAME = uscc("91", "500152", "YY000088"), "重庆示例丙丁餐饮有限公司"
BANK = uscc("91", "500152", "YY000777")
WRONG = "91500152YY00000283"
PERSON, PERSON_ID = "示例丙丁戊", "110105199003077710"
OWNER = Who("示例企业", "subject", CODE, "web", "")

OWNED = {
    "department-upload": ("upload", ""),
    "department-upload-cancel": ("upload", ""),
    "department-submission": ("submission", ""),
    "department-rejects": ("submission", ""),
    "department-undo": ("submission", ""),
    "department-rows": ("submission", ""),
    "department-row": ("submission", "?line=3"),
    "department-held-row": ("held", "?line=2"),
    "department-record-correct": ("record", ""),
    "department-record-withdraw": ("record", ""),
    "own-authorisation-revoke": ("authorisation", ""),
    "report-done": ("report", ""),
    "report-file": ("report", ""),
    "report-batch-one": ("batch", "?purpose=看看"),
    "report-batch-download": ("batch", "?purpose=看看"),
    "own-message": ("message", ""),
    "console-message": ("post", ""),
}
"""URL name → what its number is of, and a query that it needs."""


def registered(name: str, code: str, **more: str) -> dict[str, str]:
    row = {
        "主体名称": name, "主体类别": "法人及非法人组织", "登记主体类型": "企业法人", "统一社会信用代码": code,
        "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续", "登记机关": "潼南区市场监督管理局",
    }  # fmt: skip
    return {**row, **more}


def lately(days: int) -> str:
    """A date some days ago: windows open and close by the calendar."""
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def penal(**changes: str) -> dict[str, str]:
    """One correct 行政处罚 row by field code, decided five months ago; give what should differ."""
    row = {
        "CF_XDR_MC": NAME, "CF_XDR_LB": "法人及非法人组织", "CF_XDR_SHXYM": CODE, "CF_FRDB": "示例甲",
        "CF_WSH": "潼示罚〔2026〕1号", "CF_WFXW": "未按规定公示年度报告", "CF_SY": "经查，当事人未按规定期限公示年度报告",
        "CF_YJ": "《企业信息公示暂行条例》第十八条", "CF_CFLB": "罚款", "CF_NR": "罚款人民币2000元", "CF_NR_FK": "0.2",
        "CF_JDRQ": lately(150), "CF_YXQ": "2099-11-18", "CF_CFJG": "潼南区市场监督管理局", "CF_CFJGDM": AUTHORITY,
        "CF_SJLY": "潼南区市场监督管理局", "CF_SJLYDM": AUTHORITY,
    }  # fmt: skip
    return {**row, **changes}


def opened(role: str, name: str = "", **given: Any) -> Any:
    """An account of somebody new."""
    import signing_in

    return signing_in.open_account(role, name or f"示例{role}{next(_numbers)}", **given)


def as_role(role: str, name: str = "", **given: Any) -> Any:
    """A browser in which somebody new of the role has logged in, second factor used."""
    import signing_in

    return signing_in.browser() if role == "public" else signing_in.signed_in(opened(role, name, **given))


class Shared(District):
    """A district for many tests: one connection of the owner's does for all that is asked."""

    _owner: Any = None

    def owner(self) -> Any:
        if self._owner is None or self._owner.closed:
            self._owner = super().owner()
        return self._owner


@contextmanager
def founded() -> Iterator[District]:
    """A database of its own, at which Django points meanwhile."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import home, setup
    from xinyong.website import lending

    before, name = os.environ.get("XINYONG_DATABASE_NAME", ""), f"town_{os.getpid()}_{next(_numbers)}"
    _clone(name)
    with pytest.MonkeyPatch.context() as m:
        m.setenv("XINYONG_DATABASE_NAME", name)
        _point_django_at(name)
        home.folder("static")
        setup.django(whole=True)
        lending.close_all()
        district = Shared(home.home(), name, load_rulebook())
        try:
            yield district
        finally:
            lending.close_all()
            for c in district.opened:
                c.close()
            _point_django_at(before)
            _drop(name)


@dataclass(eq=False)
class Town:
    district: Any
    folder: Path
    owned: dict[str, str] = field(default_factory=dict)

    def write_csv(self, rows: list[dict[str, str]], name: str) -> Path:
        path = self.folder / f"{next(_numbers)}.csv" if "/" in name else self.folder / name
        columns = list(dict.fromkeys(k for r in rows for k in r))
        with open(path, "w", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def hand_in(self, rows: list[dict[str, str]], name: str, item: str = "XZCF", **options: Any) -> Any:
        return self.district.intake(self.write_csv(rows, name), item, provider=AUTHORITY, **options)

    def fill(self) -> None:
        self.hand_in([registered(NAME, CODE), registered(OTHER_NAME, OTHER)], "登记.csv", "DJZC")
        good = penal(KZ_SXCD="一般", CF_JDRQ=lately(200))
        bad = penal(CF_WSH="潼示罚〔2026〕2号", CF_XDR_SHXYM=WRONG)
        first = self.hand_in([good, bad], "处罚.csv")
        again = self.hand_in([{**good, "CF_JDRQ": lately(201)}], "待核.csv")
        assert (first.new, first.rejected, again.held) == (1, 1, 1), (first, again)
        self.owned = {
            "submission": str(first.submission), "held": str(again.submission), "upload": self._upload(good),
            "record": self._record(), "authorisation": self._authorisation(), "report": self._report(),
            "batch": str(self._batch()), "message": self._message("subject", CODE),
            "post": self._message("provider", AUTHORITY),
        }  # fmt: skip

    def _upload(self, row: dict[str, str]) -> str:
        from xinyong.collection import uploads

        data = self.write_csv([row], "在途.csv").read_bytes()
        who = Who("示例department", "department", AUTHORITY)
        with self.district.connect(autocommit=False) as c:
            return uploads.receive(c, who, datetime.now(UTC), [data], "在途.csv", "XZCF")

    def _record(self) -> str:
        found = self.district.archive(CODE, "department", AUTHORITY)
        return next(str(r["record"]) for r in found.records if "行政处罚决定书文号" in r["fields"])

    def _authorisation(self) -> str:
        from xinyong.disclosure.authorisations import Terms, grant

        now = datetime.now(UTC)
        terms = Terms(BANK, ("DJZC", "XZCF"), "贷前审查", now.date(), now.date() + timedelta(days=9))
        made = grant(self.district.app, OWNER, now, now.date(), CODE, terms, self.district.book)
        return str(made.number)

    def _report(self) -> str:
        from xinyong.services.creditreport.actions import Order, issue

        now = datetime.now(UTC) + timedelta(seconds=2)
        made = issue(self.district.app, OWNER, Order(CODE, "政府采购"), now, now.date(), self.district.book)
        return str(made.number)

    def _batch(self) -> int:
        from xinyong.services.creditreport import batches
        from xinyong.services.creditreport.actions import Order

        who, now = Who("示例center", "center", "", "web", "年度核查"), datetime.now(UTC)
        return int(batches.order(self.district.app, who, [Order(CODE, "其他")], now, self.district.book))

    def _message(self, kind: Any, value: str) -> str:
        from xinyong.rights.notices.actions import Recipient, notify

        values = {"case": "示例", "records": "1", "due": "明天"}
        with self.district.connect(autocommit=False) as c:
            return str(
                notify(c, datetime.now(UTC), "REPAIR_RECEIVED", Recipient(kind, value), values, "测试")
            )

    def public_id(self, code: str = CODE) -> str:
        return str(self.district.one("SELECT public_id FROM credit_subject WHERE value = %s", code))

    def relist(self) -> None:
        """Bring the public's lists up to date, as the worker does every minute."""
        from xinyong.disclosure import listing_job

        now = datetime.now(UTC)
        listing_job.refresh(self.district.app, self.district.book, now.date(), now)
