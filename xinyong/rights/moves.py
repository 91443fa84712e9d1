"""Which step may follow which: the three procedures as tables. What state a case is in follows from its steps alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """A kind of step: from which states it may be taken, and the state after it ("": it stays)."""

    sources: frozenset[str]
    target: str = ""


Machine = Mapping[str, Move]
NEW = ""  # before the first step


def _move(target: str, *sources: str) -> Move:
    return Move(frozenset(sources), target)


_DECIDABLE = ("accepted", "noticed", "defended")
# of some records; the others wait on
PART_GRANTED, PART_REFUSED = "upstream_granted_part", "upstream_refused_part"
PARTS = (PART_GRANTED, PART_REFUSED)
_OPEN = ("submitted", "incomplete", "pushed", "forwarded", *_DECIDABLE)
REPAIR: Machine = {
    "submitted": _move("submitted", NEW),
    "incomplete": _move("incomplete", "submitted"),
    "supplemented": _move("submitted", "incomplete"),
    "pushed": _move("pushed", "submitted"),
    "forwarded": _move("forwarded", "submitted"),
    "accepted": _move("accepted", "pushed"),
    "declined": _move("declined", "pushed"),
    "extended": _move("", *_DECIDABLE),
    "noticed": _move("noticed", "accepted"),
    "served": _move("", "noticed", "revoke_noticed"),
    "defended": _move("defended", "noticed"),
    "granted": _move("granted", *_DECIDABLE),
    "refused": _move("refused", "noticed", "defended"),
    "withdrawn": _move("withdrawn", *_OPEN),
    PART_GRANTED: _move("", *_OPEN),
    PART_REFUSED: _move("", "forwarded"),
    "upstream_granted": _move("granted", NEW, *_OPEN),
    "upstream_refused": _move("refused", NEW, "forwarded"),  # what is ours we refuse after a hearing only
    "revoke_noticed": _move("revoke_noticed", "granted"),
    "revoke_defended": _move("revoke_defended", "revoke_noticed"),
    "revoke_dropped": _move("granted", "revoke_noticed", "revoke_defended"),
    "revoked": _move("revoked", "revoke_noticed", "revoke_defended"),
    "warned": _move("", *_OPEN, "revoke_noticed", "revoke_defended"),
}
RAISED = "raised"  # the first step of an objection to another's record: not marked until standing was checked
OPINION = "opinion"  # what the record's own subject says of such an objection
_UNCHECKED = ("submitted", RAISED)
OBJECTION: Machine = {
    "submitted": _move("submitted", NEW),
    RAISED: _move(RAISED, NEW),
    "forwarded": _move("forwarded", *_UNCHECKED),
    "dismissed": _move("dismissed", *_UNCHECKED),
    "extended": _move("", "forwarded"),
    OPINION: _move("", "forwarded"),
    "corrected": _move("corrected", "forwarded"),
    "kept": _move("kept", "forwarded"),
    "withdrawn": _move("withdrawn", *_UNCHECKED, "forwarded"),
    "warned": _move("", *_UNCHECKED, "forwarded"),
}
SHIELDING: Machine = {
    "shielded": _move("shielded", NEW),
    "lifted": _move("lifted", "shielded"),
}
MACHINES: Mapping[str, Machine] = {"repair": REPAIR, "objection": OBJECTION, "shielding": SHIELDING}
CLOSING = (
    "declined", "granted", "refused", "withdrawn", "upstream_granted", "upstream_refused", "dismissed", "corrected",
    "kept", "lifted", "revoke_dropped", "revoked",
)  # fmt: skip
REOPENING = ("revoke_noticed",)  # what was closed is being decided once more
# what a part granted stands, whichever way the rest ends
_REST_ENDED = ("declined", "refused", "withdrawn", "upstream_refused")
STATES: Mapping[str, Mapping[str, str]] = {
    "repair": {
        "submitted": "待核对材料", "incomplete": "待补正", "pushed": "待受理", "forwarded": "已转办，等待结果",
        "accepted": "已受理，待决定", "noticed": "拟不予修复，待陈述申辩", "defended": "已陈述申辩，待决定",
        "granted": "准予修复", "refused": "不予修复", "declined": "不予受理", "withdrawn": "申请已撤回",
        "revoke_noticed": "拟撤销修复，待陈述申辩", "revoke_defended": "拟撤销修复，已陈述申辩", "revoked": "修复已撤销",
    },
    "objection": {
        "submitted": "待转办", RAISED: "待核对利害关系", "forwarded": "核查中", "dismissed": "不予受理", "corrected": "已更正",
        "kept": "维持原信息", "withdrawn": "异议已撤回",
    },
    "shielding": {"shielded": "临时屏蔽中", "lifted": "屏蔽已解除"},
}  # fmt: skip
SHIELD_OVER = "屏蔽已到期"  # what a shielding is called after its last day
STEPS: Mapping[str, Mapping[str, str]] = {
    "repair": {
        "submitted": "提交申请", "incomplete": "一次告知补正", "supplemented": "补正", "pushed": "转认定单位",
        "forwarded": "转办其他渠道", "accepted": "受理", "declined": "不予受理", "extended": "延长办理期限",
        "noticed": "告知拟不予修复", "served": "已送达", "defended": "陈述、申辩", "granted": "准予修复", "refused": "不予修复",
        "withdrawn": "撤回申请", "upstream_granted": "上级渠道准予修复", "upstream_refused": "上级渠道不予修复",
        PART_GRANTED: "上级渠道准予修复一部分，其余还没有结果", PART_REFUSED: "上级渠道不予修复一部分，其余还没有结果",
        "revoke_noticed": "告知拟撤销修复", "revoke_defended": "陈述、申辩", "revoke_dropped": "不撤销修复",
        "revoked": "撤销修复", "warned": "到期提醒",
    },
    "objection": {
        "submitted": "提出异议，记录已标注", RAISED: "利害关系人提出异议，核对以前不标注", "forwarded": "转提供单位核查",
        "dismissed": "不予受理", "extended": "延长办理期限", OPINION: "信息所属主体说明意见", "corrected": "核查属实，已更正",
        "kept": "核查后维持原信息", "withdrawn": "撤回异议", "warned": "到期提醒",
    },
    "shielding": {"shielded": "凭裁定临时屏蔽", "lifted": "解除屏蔽"},
}  # fmt: skip
LABELS = {"repair": "XF", "objection": "YY", "shielding": "PB"}  # how the short numbers of cases begin


def allowed(kind: str, state: str, step: str) -> bool:
    """Whether a case of this kind may take this step from this state."""
    move = MACHINES[kind].get(step)
    return move is not None and state in move.sources


def over(steps: Iterable[str]) -> bool:
    """Whether nothing is to be decided any more after these steps."""
    last = [step for step in steps if step in CLOSING or step in REOPENING][-1:]
    return bool(last) and last[0] in CLOSING


def follow(kind: str, steps: Iterable[str]) -> str:
    """The state after these steps. ValueError: a step that may not be taken there, so that no case lies."""
    state, granted = NEW, False
    for step in steps:
        if not allowed(kind, state, step):
            raise ValueError(f"{kind}: {step!r} may not follow {state!r}")
        state = "granted" if granted and step in _REST_ENDED else MACHINES[kind][step].target or state
        granted = granted or step == PART_GRANTED
    return state


__all__ = [
    "CLOSING",
    "LABELS",
    "MACHINES",
    "NEW",
    "OPINION",
    "PARTS",
    "PART_GRANTED",
    "PART_REFUSED",
    "RAISED",
    "REOPENING",
    "SHIELD_OVER",
    "STATES",
    "STEPS",
    "Move",
    "allowed",
    "follow",
    "over",
]
