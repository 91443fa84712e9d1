"""A random life of three subjects with everything that may befall them; what stands can be told again."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from sampledistrict.codes import regno, uscc
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

SUBJECTS = [
    ("91500152YY00000282", "重庆示例甲乙商贸有限公司", regno("500152", 77)),
    (uscc("91", "500152", "YY000010"), "重庆示例丙丁餐饮有限公司", regno("500152", 78)),
    (uscc("91", "500152", "YY000011"), "重庆示例戊己有限公司", regno("500152", 79)),
]
TRUE_NAME = "重庆示例真名有限公司"
CODES = [code for code, _, number in SUBJECTS for code in (code, number)]
OWN_WORDS = ("操作", "原记录号")
CLERK = Who("中心甲", "center")


class Life:
    """The hands that act, and what they got."""

    def __init__(self, district, penalty, registration, write_csv, undo, seed):
        self.district, self.penalty, self.registration = district, penalty, registration
        self.write, self.undo, self.rng = write_csv, undo, random.Random(seed)
        self.taken, self.log, self.files = [], [], 0

    def hand_in(self, rows, item="XZCF"):
        self.files += 1
        receipt = self.district.intake(self.write(rows, f"{self.files}.csv"), item)
        if not receipt.already_received:
            self.taken.append(receipt)
        return receipt

    def penalties(self):
        rng, rows = self.rng, []
        for _ in range(rng.randint(1, 4)):
            code, name, number = rng.choice(SUBJECTS)
            row = self.penalty(
                CF_XDR_SHXYM=code, CF_XDR_MC=rng.choice([name] * 6 + [TRUE_NAME]),
                CF_WSH=rng.choice(["一号", "二号"]), CF_JDRQ=rng.choice(["2026-11-16", "2026-11-17"]),
                CF_NR_FK=rng.choice(["0.1", "0.2"]), 操作=rng.choice([""] * 5 + ["新增", "更正", "撤销"]),
                原记录号=rng.choice([""] * 6 + ["一号", "二号"]),
            )  # fmt: skip
            if rng.random() < 0.25:
                row |= {"CF_XDR_LB": "个体工商户", "CF_XDR_SHXYM": "0" * 17 + "X", "CF_XDR_GSZC": number}
            rows.append(row)
        if rng.random() < 0.3:
            rows = [{**r, "失信程度": rng.choice(["一般", "严重", ""])} for r in rows]
        return self.hand_in(rows)

    def repeat(self):
        """A file of what stands, so that an undo meets repetitions."""
        rows = self.standing()
        return (
            self.hand_in([{**r, "SJC": ""} for r in self.rng.sample(rows, min(3, len(rows)))])
            if rows
            else None
        )

    def register(self):
        code, name, number = self.rng.choice(SUBJECTS)
        name = self.rng.choice([name, name, TRUE_NAME])
        row = self.registration(
            统一社会信用代码=code, 主体名称=name, 操作=self.rng.choice(["", "", "", "撤销"])
        )
        if self.rng.random() < 0.6:
            row["注册号"] = number
        if self.rng.random() < 0.3:
            row["曾用名"] = TRUE_NAME if name != TRUE_NAME else SUBJECTS[0][1]
        return self.hand_in([row], "DJZC")

    def undo_one(self):
        return self.undo(self.rng.choice(self.taken)) if self.taken else None

    def join(self):
        from xinyong.collection import subjects_actions

        pair = self.rng.sample(
            [a.subject["id"] for c in CODES if (a := self.district.archive(c)).found] or [""], 1
        )
        other = self.rng.choice(
            [a.subject["id"] for c in CODES if (a := self.district.archive(c)).found] or [""]
        )
        act = self.rng.choice(["merge", "split"])
        words = [pair[0], other, "试"] if act == "merge" else [self.some_part(), "试"]
        return getattr(subjects_actions, act)(self.district.connect(), CLERK, datetime.now(UTC), *words)

    def some_part(self):
        return str(self.district.one(
            "SELECT s.public_id FROM known_merge m JOIN credit_subject s ON s.id = m.loser"
            " WHERE m.known_to IS NULL ORDER BY m.id LIMIT 1") or "")  # fmt: skip

    def decide(self):
        from xinyong.collection.held import decide, list_held

        rows = list_held(self.district.connect(), "", self.district.book)
        if not rows:
            return None
        row = self.rng.choice(rows)
        receipt = decide(
            self.district.connect(), CLERK, datetime.now(UTC), row.submission, row.line, row.sheet,
            self.rng.random() < 0.8, "试", self.district.book,
        )  # fmt: skip
        if receipt is not None:
            self.taken.append(receipt)
        return receipt

    def step(self):
        acts = [self.penalties] * 7 + [self.repeat] * 3 + [self.register] * 4
        acts += [self.undo_one] * 4 + [self.join] * 2 + [self.decide] * 3
        act = self.rng.choice(acts)
        try:
            self.log.append((act.__name__, act()))
        except Refused as no:
            self.log.append((act.__name__, no.code))

    def standing(self):
        """Rows by header that say what stands, read from the stored rows."""
        from xinyong.catalog import registry
        from xinyong.kernel import canonical

        c = self.district.connect()
        found = c.execute(
            "SELECT v.payload FROM record_version v JOIN catalog_item i ON i.id = v.item AND i.code = 'XZCF'"
            " WHERE v.kind <> 'R' AND NOT EXISTS (SELECT 1 FROM record_version w"
            " WHERE w.record_id = v.record_id AND w.seq > v.seq) ORDER BY v.record_id"
        )
        layouts = registry.layouts(c)
        return [canonical.unpack(payload, layouts) for (payload,) in found.fetchall()]

    def answers(self, moment=None):
        found = [self.district.archive(code, known_at=moment).as_json() for code in CODES]
        return [{k: v for k, v in a.items() if k != "known_at"} for a in found]


@pytest.fixture
def life(district, penalty, registration, write_csv, undo):
    return lambda seed: Life(district, penalty, registration, write_csv, undo, seed)


@pytest.mark.parametrize("seed", [3, 11])
def test_past_answers_stay_what_stands_is_known_again_and_undoing_all_leaves_nothing(life, seed):
    it, asked = life(seed), []
    for _ in range(22):
        it.step()
        asked.append((datetime.now(UTC), it.answers()))
        each = {a["subject"]["id"]: a["records"] for a in asked[-1][1] if a["subject"]}
        records = [r["record"] for found in each.values() for r in found]
        assert len(set(records)) == len(records), it.log
    for n, (moment, then) in enumerate(asked):
        assert it.answers(moment) == then, (n, it.log[: n + 1])
    for r in it.taken:
        assert r.rows == r.new + r.duplicates + r.corrected + r.revoked + r.held + r.rejected
    rows = it.standing()
    if rows:
        again = it.hand_in([{**r, "DFBM": ""} for r in rows])
        assert (again.new, again.corrected, again.revoked, again.rejected) == (0, 0, 0, 0), (
            again.rules,
            it.log,
        )
    it.rng.shuffle(it.taken)
    for receipt in it.taken:
        try:
            it.undo(receipt)
        except Refused as no:
            assert no.code == "undone"
    assert it.standing() == [], it.log
    assert all(not a["records"] for a in it.answers())
