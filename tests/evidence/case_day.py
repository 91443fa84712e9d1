"""One day at a desk: what of it is a leaf stands in the tables, and is sealed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sampledistrict.codes import person_id
from xinyong.foundation.audit import Who

CODE, BANK, ORGAN = "91500152YY00000282", "91500152YY0000706H", "11500152YY0000239R"
PERSON = person_id("19800101", 1)
OWNER, REVIEWER = Who("示例甲", "subject", CODE), Who("部门审核员", "department_reviewer", ORGAN)
TELLER, TOOK = Who("示例行员", "bank", BANK, purpose="贷前审查"), Who("系统:示例系统", "bank", BANK)
CENTRE, SECOND = Who("示例业务员", "center"), Who("示例审核员", "center_reviewer")
WINDOW = Who("示例窗口员", "counter", purpose="凭本人证件办理")
STATEMENT, DEFENCE, DOUBT, SEEN = "罚款已经缴清", "我方没有违法", "没有业务往来", "核对了身份证原件"
TABLES = {
    "case": "rights_case", "case_record": "rights_case_record", "case_step": "rights_case_step",
    "case_file": "rights_case_file", "look_challenge": "look_challenge", "look_challenge_step": "look_challenge_step",
    "person_request": "person_request", "person_request_step": "person_request_step", "recall_cause": "recall_cause",
    "recall": "recall", "recall_confirmation": "recall_confirmation", "impact_assessment": "impact_assessment",
    "impact_signature": "impact_signature", "notice_read": "notice_read",
    "notice": "notice", "recall_receiver": "recall_receiver",
}  # fmt: skip


@dataclass
class Desk:
    """What one day brought: a repair with a hearing, a challenged look, a person's copy, a recall, an assessment."""

    life: Any
    case: Any = None

    @property
    def log(self) -> Any:
        return self.life.log

    @property
    def c(self) -> Any:
        return self.life.c

    @property
    def book(self) -> Any:
        return self.log.district.book

    def at(self, n: int) -> datetime:
        return self.life.now + timedelta(seconds=n)

    def repair(self) -> None:
        from xinyong.rights import casework
        from xinyong.rights.casework import CaseRecord, Opening, Said

        record = CaseRecord(self.log.record(2), "XZCF", "潼示罚〔2026〕1号", 1)
        detail = {
            "statement": casework.sealed(STATEMENT),
            "contact": casework.sealed("13900000000"),
            "edition": "示例",
        }
        given = Opening(
            "repair", "uscc", CODE, "示例商贸", "online", ORGAN, str(uuid.uuid4()), (record,), "credit_china", "", detail
        )  # fmt: skip
        with self.c.transaction():
            case = casework.opened(self.c, OWNER, self.at(1), given, "submitted", Said())
            for n, (who, step, said) in enumerate([
                (CENTRE, "pushed", Said("材料齐全")),
                (REVIEWER, "accepted", Said("受理")),
                (REVIEWER, "noticed", Said("尚未满期", "第六条", detail={"until": "2026-12-01"})),
                (OWNER, "defended", Said(detail={"statement": casework.sealed(DEFENCE)})),
                (REVIEWER, "granted", Said("已经履行", "第七条", detail={"granted": [record.record], "days": 3})),
            ], 2):  # fmt: skip
                case = casework.take(self.c, who, self.at(n), case, step, said)
            self.c.execute(casework.SQL["file"], {
                "case": case.id, "at": self.at(9), "actor": OWNER.name, "material": "proof", "name": "示例某缴款书.pdf",
                "type": "pdf", "size": 5, "digest": "ab" * 32, "vault": "cases/示例",
            })  # fmt: skip
        self.case = case

    def challenge(self) -> None:
        from xinyong.disclosure import looks
        from xinyong.rights.persons import challenges

        self.life.grant()
        self.life.look()
        seen = looks.looks_of(self.c, OWNER, others=True, today=self.life.today)[0]
        now, today = self.at(10), self.life.today
        k = challenges.challenge(self.c, OWNER, now, today, seen.reference, DOUBT, self.book)
        challenges.explain(self.c, TELLER, self.at(11), k.number, "贷前审查", self.book)
        challenges.answer(
            self.c, SECOND, self.at(12), today, k.number, "lawful", "有授权", "授权书", self.book
        )

    def copy(self) -> None:
        from xinyong.rights.persons import requests
        from xinyong.rights.persons.requests import Wish

        wish = Wish("copy", PERSON, SEEN, reason="想看看")
        r = requests.ask(self.c, WINDOW, self.at(13), self.life.today, wish, self.book)
        requests.hand_over(self.c, WINDOW, self.at(14), r.number, "cd" * 32)

    def recall(self) -> None:
        from xinyong.rights.recall import actions, deliveries

        record = self.log.record(2)
        deliveries.given(self.c, TOOK, self.at(15), [record], 99, "示例报告")
        with self.c.transaction():
            why = actions.Cause("test:1", "repaired", self.at(16), date(2027, 1, 1), [record], 7)
            self.c.execute(actions.SQL["add_cause"], {
                "cause": why.cause, "kind": why.kind, "decided": why.decided, "until": why.until,
                "records": list(why.records), "born": why.born, "at": self.at(17),
            })  # fmt: skip
            why = actions.Cause("test:1", "repaired", self.at(16), None, [record])
            [number] = actions.issue(self.c, why, self.at(17))
        receivers = deliveries.receivers(self.c, BANK, "示例系统")
        actions.confirm(self.c, TOOK, self.at(18), number, receivers, "api")

    def assess(self) -> None:
        from xinyong.rights.persons import assessments

        parts = dict.fromkeys(assessments.PARTS, "示例内容")
        a = assessments.write(self.c, CENTRE, self.at(19), self.life.today, "示例评估", parts, self.book)
        assessments.sign(self.c, SECOND, self.at(20), a.number, True, "同意", self.book)

    def read(self) -> None:
        from xinyong.rights.notices import inbox

        number = self.noticed("X", "provider", BANK, "示例事项")
        assert inbox.opened(self.c, TELLER, self.at(22), number)

    def noticed(self, template: str, kind: str, value: str, about: str) -> int:
        from xinyong.foundation import keys

        row = self.c.execute(
            "INSERT INTO notice (at, template, version, kind, value, title, body, page, about)"
            " VALUES (%s, %s, '1', %s, %s, '示例', %s, '', %s) RETURNING id",
            [self.at(21), template, kind, value, keys.seal("示例内容"), about],
        ).fetchone()
        return int(row[0])

    def whole_day(self) -> None:
        for part in (self.repair, self.challenge, self.copy, self.recall, self.assess, self.read):
            part()
        self.seal()

    def seal(self) -> None:
        self.log.sealed = self.log.seal()

    def found(self) -> list[tuple[str, str]]:
        return [(f.kind, f.what.split(" ")[0]) for f in self.log.verify().findings]

    def said(self) -> str:
        return "\n".join(f.sentence for f in self.log.verify().findings)
