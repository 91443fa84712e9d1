"""A record told to its subject in plain words: who sees it, until when, what ends it, by which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.disclosure.explaining import CONFIDENCE, HOW, at_end
from xinyong.disclosure.marks import RESTS_ON
from xinyong.disclosure.queries import Archive
from xinyong.rights import routes
from xinyong.rights.repair import conditions
from xinyong.website.own.asking import unit_name
from xinyong.website.public import presenting

GROUPS = (
    ("negative", "对本主体不利的信息"),
    ("positive", "守信、奖励等有利信息"),
    ("neutral", "许可、资质等一般信息"),
    ("registration", "登记信息"),
)
STATES = {
    "repaired": "已修复",
    "withdrawn": "已撤回",
    "groundless": "所依据的决定已不再有效",
    "shielded": "临时屏蔽",
    "pending": "程度待认定，未公示",
    "ended": "公示期已满",
    "overrun": "暂停公示",
}
STOPPED = ("repaired", "withdrawn", "groundless")
ROUTES = {
    "credit_china": "在“我要修复”里申请，也可以到区政务服务大厅信用窗口办理，由作出决定的单位审核",
    "gsxt": "通过国家企业信用信息公示系统，向作出决定的市场监督管理部门申请；在“我要修复”里提交的，由信用中心转办",
    "court": "向执行法院申请",
    "tax": "向主管税务机关申请",
}
NO_ROUTE = "这类信息没有单独的修复程序；情况已经变化的，向提供单位申请更新。"


@dataclass(frozen=True, slots=True)
class Mark:
    text: str
    since: str
    until: str
    by: str
    reason: str
    basis: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as its subject reads it. Days as ISO text; empty: there is none."""

    record: presenting.Record
    id: str  # internal record id, never shown
    item: str
    polarity: str
    by: str  # who decided, else who provided
    decided: str
    state: str
    public: bool
    stopped: bool
    until: str
    earliest: str  # the day from which repair can be applied for
    repairable: bool  # today
    seen_by: tuple[str, ...]
    ends: tuple[str, ...]
    repair: str
    basis: str
    shared: str  # for which purposes
    withheld: str
    sharing: str
    measures: tuple[str, ...]  # what such a record may bring, and what ends that
    measures_note: str
    degree: str
    marks: tuple[Mark, ...]

    @property
    def negative(self) -> bool:
        return self.polarity == "negative"


def entries(answer: Archive, book: Rulebook, today: date) -> list[Entry]:
    """All records: what is adverse first, of that what is public now first, newest first."""
    known = {r["record"]: _document(r, book.item(r["item"], today)) for r in answer.records}
    found = [_entry(r, book.item(r["item"], today), answer, known, book, today) for r in answer.records]
    order = {key: n for n, (key, _) in enumerate(GROUPS)}
    found.sort(key=lambda e: e.decided, reverse=True)
    found.sort(key=lambda e: (order[e.polarity], e.stopped, not e.public))
    return found


def grouped(some: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """In the order of GROUPS, only those there are."""
    rows = list(some)
    groups = [(name, [e for e in rows if e.polarity == key]) for key, name in GROUPS]
    return [(name, of) for name, of in groups if of]


def counts(found: Iterable[Entry]) -> dict[str, int]:
    rows = list(found)
    adverse = [e for e in rows if e.negative]
    return {
        "adverse": len(adverse),
        "public": sum(e.public for e in adverse),
        "repairable": sum(e.repairable for e in adverse),
        "stopped": sum(e.stopped for e in adverse),
        "positive": sum(e.polarity == "positive" for e in rows),
        "neutral": sum(e.polarity == "neutral" for e in rows),
    }


def _document(r: Mapping[str, Any], item: Item) -> str:
    return presenting.text_of(r, item, "doc_no") or item.name


def _entry(
    r: Mapping[str, Any], item: Item, answer: Archive, known: Mapping[str, str], book: Rulebook, today: date
) -> Entry:
    clocks, window = r["clocks"], r["clocks"]["publicity"]
    stopped = window["state"] in STOPPED
    earliest = (window["earliest_repair"] or "") if item.repair_route != "none" and not stopped else ""
    uses = clocks["sharing"]["purposes"]
    runs = r["public"] or any(u["shared"] for u in uses)  # repair ends more than publicity
    repairable = bool(earliest) and runs and earliest <= today.isoformat()
    by = presenting.text_of(r, item, "authority_name") or unit_name(r["provider"], {})
    bar = conditions.barring(window, book) if item.repair_route != "none" else None
    return Entry(
        record=presenting.record(r, item, answer.subject, book),
        id=r["record"],
        item=item.name,
        polarity="registration" if item.kind == "registration" else item.polarity,
        by=by,
        decided=r["decided"] or "",
        state=_state(r, window),
        public=r["public"],
        stopped=stopped,
        until=(window["until"] or "") if r["public"] else "",
        earliest=earliest,
        repairable=repairable,
        seen_by=_seen_by(r, clocks),
        ends=_ends(r, item, window, stopped, bool(bar)),
        repair=f"{conditions.BARRED}依据：{bar}。"
        if bar
        else _repair(
            item, routes.code_of(book, item.repair_route, by, today), window, stopped, earliest, repairable
        ),
        basis=_basis(window),
        shared="、".join(u["name"] for u in uses if u["shared"]),
        withheld="；".join(f"{u['name']}（{u['reason']}）" for u in uses if not u["shared"]),
        sharing=clocks["sharing"]["sentence"],
        measures=tuple(map(_measure, clocks["measures"]["possible"])),
        measures_note=clocks["measures"]["sentence"],
        degree=_degree(clocks["degree"]) if item.publicity == "by_degree" else "",
        marks=tuple(_mark(m, known) for m in clocks["marks"]),
    )


def _state(r: Mapping[str, Any], window: Mapping[str, Any]) -> str:
    return "正在公示" if r["public"] else STATES.get(window["state"], "不公示")


def _seen_by(r: Mapping[str, Any], clocks: Mapping[str, Any]) -> tuple[str, ...]:
    """The public, channel by channel; who else may look is the same for all and stands once on the page."""
    window = clocks["publicity"]
    can = "能看到" if r["public"] else "看不到"
    others = [f"{w['channel_name']}：{w['sentence']}" for w in clocks["elsewhere"]]
    return (f"社会公众在本站{can}。{window['sentence']}", *others)


def _ends(
    r: Mapping[str, Any], item: Item, window: Mapping[str, Any], stopped: bool, barred: bool
) -> tuple[str, ...]:
    if stopped:
        return ("已经停止公示、共享和使用，不需要再办理。",)
    said = []
    if r["public"] and window["until"]:
        lasting = item.polarity == "negative" and item.repair_route != "none" and not barred
        said.append(at_end(f"{window['until']} 以后", repairable=lasting))
    if r["public"] and not window["until"] and item.polarity == "negative":
        said.append("没有按日期自动停止公示的规定，移出或者修复以后停止。")
    if window["state"] == "pending":
        said.append("认定单位确定失信程度以后才决定是否公示。")
    if item.polarity == "negative" and item.repair_route != "none" and not barred:
        said.append("修复申请获准以后，停止公示、共享和使用。")
    return (*said, "信息有误，或者决定已经变更、撤销的：提出异议，核实以后更正或停止。")


def _repair(
    item: Item, route: str, window: Mapping[str, Any], stopped: bool, earliest: str, repairable: bool
) -> str:
    if item.polarity != "negative" or stopped:
        return ""
    if item.repair_route == "none":
        return NO_ROUTE
    how = ROUTES[route]
    if repairable:
        return f"自 {earliest} 起已经可以申请。{how}。"
    if earliest:
        return f"{earliest} 起可以申请，要先纠正失信行为、履行完义务。{how}。"
    if window["state"] == "open":
        return f"按适用的规则不能提前停止公示。其他修复事项：{how}。"
    return f"目前没有在公示，最早可以申请的日期暂不能算出。需要的，{how}。"


def _basis(window: Mapping[str, Any]) -> str:
    if not window["instrument"]:
        return ""
    kinder = "；新规则对本主体更有利，按新规则" if window["kinder"] else ""
    return f"{window['instrument']} {window['article']}{CONFIDENCE[window['confidence']]}{kinder}"


def _measure(m: Mapping[str, Any]) -> str:
    return f"{m['name']}（{m['organ']}，{m['basis']}）：{m['sentence']}"


def _degree(d: Mapping[str, Any]) -> str:
    """Without the name of who decided."""
    if not d["value"]:
        return HOW[""]
    cited = f"，{d['article']}" if d["article"] else ""
    return f"{d['value']}（{HOW[d['how']]}{cited}）{CONFIDENCE.get(d['confidence'], '')}"


def _mark(m: Mapping[str, Any], known: Mapping[str, str]) -> Mark:
    """`known`: what the records of the answer are called; another one has no name here."""
    by = unit_name(m["provider"], {}) if m["provider"] else "信用中心"
    value = {"met": "义务已履行", "unmet": "义务未履行"}.get(m["value"], m["value"])
    if m["kind"] == RESTS_ON:
        value = known.get(m["value"], "") + ("（已不再有效）" if m["lost"] else "")
    text = f"{m['text']}：{value}" if value else m["text"]
    return Mark(text, m["at"][:10], m["until"] or "", by, m["reason"], m["basis"])


__all__ = ["Entry", "Mark", "counts", "entries", "grouped"]
