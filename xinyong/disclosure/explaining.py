"""The clocks in words: what is on me, until when, what ends it, by which rule and article."""

from __future__ import annotations

from datetime import date
from typing import Any

from xinyong.disclosure.marks import KINDS, Marks, newest
from xinyong.disclosure.publicity import Clocks, Degree
from xinyong.disclosure.rules import CHANNELS
from xinyong.kernel.publicity import PublicityRule, Use, Window

CONFIDENCE = {"seen": "", "seen_in_report": "（据报道，原文待核）", "sample": "（样例，待确认）"}
BASES = {"decision_date": "决定日期", "instrument_date": "认定文书日期", "publicity_date": "首次公示日期"}
HOW = {"person": "由人认定", "rule": "由规则认定", "reported": "由认定单位填报", "": "尚未认定"}
REPORTED = {
    "absent": "",
    "equal": "报送的公示截止期与计算一致。",
    "earlier": "报送的公示截止期早于计算值，以计算值为准。",
    "later": "报送的公示截止期晚于计算值，以计算值为准。",
    "incomparable": "报送了公示截止期，但本记录不公示或没有期限，不采用。",
}
STATES = {
    "closed_item": "目录规定不向社会公开。",
    "closed_row": "报送单位标明不向社会公开，或决定已变更、撤销。",
    "closed_person": "自然人的信息只归集、转报，不公示。",
    "repaired": "已经修复，停止公示、共享和使用。",
    "withdrawn": "决定已撤回或撤销，停止公示、共享和使用。",
    "groundless": "所依据的决定已不再有效，停止公示、共享和使用；请认定单位办理移出或者撤销。",
    "undated": "缺少起算日期，无法计算公示期，不公示；请认定单位补齐日期。",
    "no_rule": "没有适用的公示规则，不公示；请信用中心补充规则。",
}
REASONS = {
    "": "",
    "excluded": "该用途不含这类记录",
    "repaired": "已经修复",
    "withdrawn": "决定已撤回或撤销",
    "groundless": "所依据的决定已不再有效",
    "shielded": "临时屏蔽期间",
    "retention_over": "保存期已届满",
    "no_rule": "今天没有这一用途的规则",
}

EXTENSION = KINDS["extension"].shown
AT_END = "公示自动停止；共享和使用不因此停止"
AFTER_END = "要停止的仍须申请修复。仍有义务没有履行的，由认定单位按行业主管部门的规定处理"


def at_end(when: str = "到最长公示期", *, repairable: bool = True) -> str:
    """What the end of publicity ends and what it doesn't, wherever people are told of it."""
    return f"{when}，{AT_END}{f'，{AFTER_END}' if repairable else ''}。"


def sentence(w: Window, today: date, extended: date | None = None) -> str:
    """Why a record is public or not, and what ends it, with rule and article. `extended`: see `_extended`."""
    said = _head(w, today, extended)
    if w.rule is None:
        return said
    return f"{said}依据：{_cited(w.rule)}。{REPORTED[w.reported]}"


def _head(w: Window, today: date, extended: date | None) -> str:
    if w.state in STATES:
        return STATES[w.state]
    if w.state == "pending":
        return f"失信程度尚未认定，认定前不公示；{_to_be_decided(w, today)}。"
    if w.state == "shielded":
        return "按法院裁定临时屏蔽，期间停止公示、共享和使用。"
    if w.state == "unpublished":
        return "按规则不公示。"
    return _dated(w, extended)


def _to_be_decided(w: Window, today: date) -> str:
    if w.task_due is None:
        return "应尽快认定"
    late = "，已经超过期限" if today > w.task_due else ""
    return f"应在 {w.task_due} 前认定{'（工作日历未公布，暂算）' if w.provisional else ''}{late}"


def _dated(w: Window, extended: date | None) -> str:
    if w.rule is None:
        return "目录规定向社会公开，没有设公示期限。"
    if w.state == "ended":
        return f"公示期已于 {w.until} 届满，自动停止公示；共享和使用不因此停止。"
    if w.state == "overrun":
        return (
            f"最长公示期已于 {w.until} 届满，仍有义务未履行：暂停公示，由认定单位按行业主管部门规定处理；"
            "共享和使用不停止。"
        )
    if extended:
        return f"最长公示期已于 {w.until} 届满，{EXTENSION}至 {extended}（含当日）{_repair(w)}。"
    until = f"公示至 {w.until}（含当日）" if w.until else "公示到移出为止"
    return f"{until}{_runs(w)}{_repair(w)}。"


def _runs(w: Window) -> str:
    if w.rule is None or w.begins is None:
        return ""
    base = BASES[w.rule.base]
    assumed = f"（缺{base}，按决定日期起算，对主体更有利）" if w.assumed_base else ""
    return f"，自{base} {w.begins} 起算{assumed}"


def _repair(w: Window) -> str:
    return f"；{w.earliest_repair} 起可申请修复，提前停止公示" if w.earliest_repair else "；不能提前停止公示"


def _cited(rule: PublicityRule) -> str:
    return f"{rule.instrument} {rule.article}，{rule.name}{CONFIDENCE[rule.confidence]}"


def _extended(w: Window, until: date | None, today: date) -> date | None:
    """The last day of publicity that goes on past its maximum, as the sector's authority laid down; None: it doesn't."""
    return until if w.state == "open" and w.until and w.until < today else None


def for_the_public(w: Window, marks: Marks, today: date) -> dict[str, Any]:
    """What everyone may know of a public record's clock: its end, its ground and how sure it is, and that it is disputed."""
    mark = newest(marks, "extension")
    extended = _extended(w, mark.until if mark else None, today)
    said = {
        "until": _iso(extended or w.until),
        "extended": EXTENSION if extended else "",
        "basis": f"{w.rule.instrument} {w.rule.article}{CONFIDENCE[w.rule.confidence]}" if w.rule else "",
        "marks": [KINDS[m.kind].shown for m in marks if KINDS[m.kind].public],
    }
    return {"publicity": said}


def for_insiders(c: Clocks, today: date, measures: dict[str, Any] | None = None) -> dict[str, Any]:
    """Everything, for the subject and for staff. `measures`: the third clock (`disclosure.measures.told`)."""
    extended = {channel: _extended(w, c.facts.extended_until, today) for channel, w in c.windows.items()}
    windows = {channel: _window(w, today, extended[channel]) for channel, w in c.windows.items()}
    return {
        "publicity": windows.pop(c.ours.channel),
        "elsewhere": list(windows.values()),
        "sharing": {
            "until": _iso(c.facts.retained_until),
            "sentence": _shared(c),
            "purposes": [_use(u) for u in c.uses],
        },
        "measures": measures or {"sentence": "", "possible": []},
        "degree": _degree(c.degree),
        "marks": [m.as_json() for m in c.marks],
    }


def _window(w: Window, today: date, extended: date | None) -> dict[str, Any]:
    return {
        "channel": w.channel,
        "channel_name": CHANNELS[w.channel],
        "state": w.state,
        "public": w.public,
        "begins": _iso(w.begins),
        "earliest_repair": _iso(w.earliest_repair),
        "until": _iso(extended or w.until),
        "rule": w.rule.rule if w.rule else "",
        "line": w.rule.id if w.rule else "",
        "instrument": w.rule.instrument if w.rule else "",
        "article": w.rule.article if w.rule else "",
        "confidence": w.rule.confidence if w.rule else "",
        "kinder": w.kinder,
        "reported": w.reported,
        "task": w.task,
        "task_due": _iso(w.task_due),
        "sentence": sentence(w, today, extended) + ("新规则对主体更有利，按新规则。" if w.kinder else ""),
    }


def _shared(c: Clocks) -> str:
    if c.stopped:
        return f"{REASONS[c.stopped]}，停止共享和使用。"
    until = f"，最迟到 {c.facts.retained_until}（保存期届满）" if c.facts.retained_until else ""
    return f"公示期满不影响共享和使用；修复、撤销后停止{until}。"


def _use(u: Use) -> dict[str, Any]:
    rule = u.rule
    return {
        "purpose": u.purpose,
        "name": rule.name if rule else u.purpose,
        "shared": u.shared,
        "reason": REASONS[u.reason],
        "basis": f"{rule.instrument} {rule.article}" if rule else "",
        "confidence": rule.confidence if rule else "",
    }


def _degree(d: Degree) -> dict[str, Any]:
    said = f"{d.value}（{HOW[d.how]}：{d.by}）" if d.value else HOW[""]
    return {
        "value": d.value,
        "how": d.how,
        "by": d.by,
        "reason": d.reason,
        "rule": d.rule,
        "article": d.article,
        "confidence": d.confidence,
        "proposed": d.proposed,
        "sentence": said + CONFIDENCE.get(d.confidence, ""),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
