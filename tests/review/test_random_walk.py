"""A random life of three subjects: past answers stay, no row is doubled, totals add up."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from sampledistrict.codes import uscc
from xinyong.kernel.errors import Refused

SUBJECTS = [
    ("91500152YY00000282", "重庆示例甲乙商贸有限公司"),
    (uscc("91", "500152", "YY000010"), "重庆示例丙丁餐饮有限公司"),
    (uscc("91", "500152", "YY000011"), "重庆示例戊己有限公司"),
]


def answers(district, moment=None):
    return [district.archive(code, known_at=moment).as_json() for code, _ in SUBJECTS]


def comparable(found):
    return [{k: v for k, v in a.items() if k != "known_at"} for a in found]


def rows(rng, penalty):
    made = []
    for _ in range(rng.randint(1, 4)):
        code, name = rng.choice(SUBJECTS)
        if rng.random() < 0.15:
            name = "重庆示例别家有限公司"
        made.append(
            penalty(
                CF_XDR_SHXYM=code, CF_XDR_MC=name, CF_WSH=rng.choice(["一号", "二号"]),
                CF_JDRQ=rng.choice(["2026-11-16", "2026-11-17"]), CF_NR_FK=rng.choice(["0.1", "0.2"]),
                操作=rng.choice(["", "", "", "新增", "更正", "撤销"]),
                原记录号=rng.choice(["", "", "", "", "一号", "二号"]),
            )
        )  # fmt: skip
    return made


def registrations(rng, registration):
    code, name = rng.choice(SUBJECTS)
    if rng.random() < 0.3:
        name = "重庆示例真名有限公司"
    return [registration(统一社会信用代码=code, 主体名称=name, 操作=rng.choice(["", "", "撤销"]))]


@pytest.mark.parametrize("seed", (1, 2))
def test_past_answers_never_change_and_nothing_is_doubled(
    district, penalty, registration, write_csv, undo, seed
):
    rng, asked, taken = random.Random(seed), [], []
    for step in range(14):
        kind = rng.random()
        try:
            if kind < 0.6:
                taken.append(district.intake(write_csv(rows(rng, penalty), f"{step}.csv"), "XZCF"))
            elif kind < 0.8:
                taken.append(
                    district.intake(write_csv(registrations(rng, registration), f"{step}.csv"), "DJZC")
                )
            elif taken:
                undo(rng.choice(taken))
        except Refused:
            pass
        asked.append((datetime.now(UTC), comparable(answers(district))))
        live = [
            (a["subject"]["code"], r["fields"]["行政处罚决定书文号"], r["decided"])
            for a in answers(district)
            for r in a["records"]
            if r["item"] == "XZCF"
        ]
        assert len(live) == len(set(live)), f"doubled after step {step}"
    for step, (moment, then) in enumerate(asked):
        assert comparable(answers(district, moment)) == then, f"answer of step {step} changed"
    for r in taken:
        assert r.rows == r.new + r.duplicates + r.corrected + r.revoked + r.held + r.rejected
