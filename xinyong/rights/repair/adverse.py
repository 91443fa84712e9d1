"""What a decision against the subject says: the ground of a withdrawal and what follows from it, the basis, where to turn.

The ground is chosen by who notices the withdrawal, and the subject is heard on it; who decides may choose no other. Only
false materials bar the subject for a time, and no machine takes a withdrawal without a ground for one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from xinyong.catalog.book import Rulebook
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.kernel.errors import Refused
from xinyong.kernel.publicity import months_of
from xinyong.rights import moves
from xinyong.rights.casework import Case, Step
from xinyong.rights.repair import conditions, standing
from xinyong.rights.repair.conditions import Condition

KIND = "repair"
BASIS = "依据（文书或条文）"
FALSE, OTHER = "false_materials", "other"
GROUNDS: Mapping[str, str] = {FALSE: "材料虚假或者承诺严重不实", OTHER: "其他"}
REMEDY = "对本决定不服的，可以依法申请行政复议或者提起行政诉讼。"  # as the templates of notices.yaml say it
ELSEWHERE = "对结果不服的，可以按作出结果的机关告知的途径依法提出。"
ABROAD = ("upstream_refused", moves.PART_REFUSED)


def known(ground: str) -> str:
    """The ground. Refused: none of them."""
    if ground not in GROUNDS:
        raise Refused("revoke_ground", f"请选择撤销的情形：{'或者'.join(GROUNDS.values())}。")
    return ground


def heard_on(case: Case) -> str:
    """The ground on which the newest notice heard the subject; of a notice that names none, not false materials."""
    told = case.last("revoke_noticed")
    return str(told.detail.get("ground") or OTHER) if told else OTHER


def as_heard(case: Case, ground: str) -> str:
    """The ground. Refused: none, or another than the subject was heard on."""
    if known(ground) != heard_on(case):
        raise Refused(
            "revoke_ground_other",
            f"告知拟撤销时的情形是“{GROUNDS[heard_on(case)]}”，申请人没有就“{GROUNDS[ground]}”陈述、申辩过；"
            "要按这一情形撤销的，请先办理“不撤销修复”，再重新告知。",
        )
    return ground


def intended(ground: str, book: Rulebook, today: date) -> str:
    """What is intended, with its ground and what would follow: completes “拟…”."""
    follows = "，".join(
        f"撤销后 {_long(str(line.parameters['period']))}内不能再申请修复{CONFIDENCE[line.confidence]}"
        for line in conditions.after_false(book, today)
        if ground == FALSE
    )
    return f"以“{GROUNDS[ground]}”的情形撤销修复{'，' + follows if follows else ''}"


def decided(ground: str, book: Rulebook, day: date) -> str:
    """The ground of a withdrawal of this day, and until when it bars; "": none was kept."""
    until = [
        f"{conditions.bar_over(line, day)} 以前不能再申请修复{CONFIDENCE[line.confidence]}"
        for line in conditions.after_false(book, day)
        if ground == FALSE
    ]
    return "，".join([GROUNDS[ground], *until]) if ground in GROUNDS else ""


def _long(period: str) -> str:
    months = months_of(period)
    return f"{months} 个月" if months % 12 else f"{months // 12} 年"


def unmet(found: Mapping[str, Sequence[Condition]], granted: Iterable[str]) -> dict[str, list[Condition]]:
    """Record → its conditions that the machine found not to be met, of those that are granted."""
    of = {record: [k for k in found.get(record, ()) if k.met is False] for record in granted}
    return {record: lacking for record, lacking in of.items() if lacking}


def against(
    case: Case, granted: Iterable[str], found: Mapping[str, Sequence[Condition]], sure: bool
) -> list[str]:
    """The records that are granted though a condition isn't met. Refused: there are some, and nobody said to be sure."""
    lacking = unmet(found, granted)
    names = {r.record: r.document or r.item for r in case.records}
    if lacking and not sure:
        said = "；".join(
            f"{names[r]}：{k.name}（{k.found.rstrip('。')}）" for r, ks in lacking.items() for k in ks
        )
        raise Refused("condition_unmet", f"系统核对为不具备：{said}。仍要准予的，请勾选确认，并写明理由。")
    return list(lacking)


def told(case: Case, book: Rulebook) -> list[tuple[str, str]]:
    """For the subject, label and text: the ground and basis of each decision against it, and where to turn."""
    if case.kind != KIND:
        return []
    steps = [s for s in case.steps if _goes_against(s)]
    found = [(label, text) for s in steps for label, text in _of_step(s, book) if text]
    turn = dict.fromkeys(ELSEWHERE if s.kind in ABROAD else REMEDY for s in steps)
    return [*found, *(("不服的", text) for text in turn)]


def _goes_against(s: Step) -> bool:
    partly = s.kind in standing.GRANTS and bool(s.detail.get("refused"))
    return partly or s.kind in ("declined", "refused", "revoked", *ABROAD)


def _of_step(s: Step, book: Rulebook) -> list[tuple[str, str]]:
    name = moves.STEPS[KIND]["refused" if s.kind in standing.GRANTS else s.kind]
    return [(f"{name}的情形", decided(s.detail.get("ground", ""), book, s.day)), (f"{name}的依据", s.basis)]


__all__ = [
    "BASIS", "ELSEWHERE", "FALSE", "GROUNDS", "OTHER", "REMEDY", "against", "as_heard", "decided", "heard_on", "intended",
    "known", "told", "unmet",
]  # fmt: skip
