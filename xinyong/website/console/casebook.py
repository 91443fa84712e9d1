"""What the pages of repairs and objections have in common: rows of lists, the time-line, limits, materials, acts.

A case is shown to the department it belongs to, to the credit centre and to the auditor; another department's and one
that never was look the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.catalog.book import Rulebook
from xinyong.disclosure.explaining import CONFIDENCE
from xinyong.foundation.accounts import ROLES
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.rights import casework, limits, materials, moves
from xinyong.rights.casework import DEPARTMENTS, Case, Step
from xinyong.rights.objection import opinion
from xinyong.rights.repair import adverse, standing
from xinyong.website import access, lending
from xinyong.website.console.base import Connection, Console, FormView, Row
from xinyong.website.console.centre.made import MadeList
from xinyong.website.console.columns import Column
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book, moment

FAR = date.max
LATE, SOON = "已超期", "将到期"
NOT_HERE = "没有这一件，或者不归本单位办理；请从列表重新打开。"
CHANNELS = {"online": "网上", "counter": "窗口代录", "upstream": "上级渠道", "office": "依职权"}


def unit(code: str, rules: Rulebook) -> str:
    known = rules.provider_by_code(code)
    return known.name if known else code


def subject_name(case: Case) -> str:
    name = case.name or "自然人"
    return f"{name}（利害关系人）" if case.concerned else name


def row(case: Case, rules: Rulebook, today: date) -> Row:
    """A line of a list. `urgency`: overdue, soon, or nothing."""
    limit = limits.current(case, rules)
    items = dict.fromkeys(item_name(r.item, rules, today) for r in case.records)
    return {
        "number": case.number, "shown": case.shown, "subject": subject_name(case), "state": case.state,
        "state_name": case.state_on(today), "authority": unit(case.authority, rules), "records": len(case.records),
        "items": "、".join(items), "at": case.at, "due": limit.due if limit else None,
        "stage": stage_of(limit), "urgency": urgency(limit, case, rules, today),
        "channel": CHANNELS[case.channel], "documents": "、".join(r.document for r in case.records if r.document),
    }  # fmt: skip


def item_name(code: str, rules: Rulebook, today: date) -> str:
    return next((i.name for i in rules.current_items(today) if i.code == code), code)


def stage_of(limit: limits.Limit | None) -> str:
    if limit is None:
        return ""
    return f"{limit.name}{'（暂定）' if limit.provisional else ''}{CONFIDENCE[limit.confidence]}"


def due_text(limit: limits.Limit | None) -> str:
    if limit is None:
        return ""
    doubt = "，日历未公布，暂定" if limit.provisional else ""
    return f"{limit.due}（{limit.name}{doubt}）{CONFIDENCE[limit.confidence]}"


def urgency(limit: limits.Limit | None, case: Case, rules: Rulebook, today: date) -> str:
    if limit is None:
        return ""
    if limit.overdue(today):
        return LATE
    warn = limits.days_of(rules, case.kind, "warn", today)
    return SOON if limits.within(today, warn, rules) >= limit.due else ""


def rows(cases: Iterable[Case], rules: Rulebook, today: date) -> list[Row]:
    """What is overdue first, then what is due soonest; closed ones last, newest first."""
    found = [row(case, rules, today) for case in sorted(cases, key=lambda k: -k.id)]
    return sorted(found, key=lambda r: r["due"] or FAR)


STATE_TAGS = {
    "granted": "good", "corrected": "good", "refused": "bad", "declined": "bad", "revoked": "bad", "dismissed": "bad",
    "kept": "plain", "withdrawn": "plain", "lifted": "plain", "incomplete": "plain",
}  # fmt: skip


def columns(address: str, kind: str, *, authority: bool) -> tuple[Column, ...]:
    """Of a list. `address`: the URL name of a case."""
    names = {name: STATE_TAGS.get(state, "warn") for state, name in moves.STATES[kind].items()}
    names[moves.SHIELD_OVER] = "plain"
    return (
        Column("shown", "编号", link=lambda r: reverse(address, args=[r["number"]])),
        Column("state_name", "状态", tag=lambda v: names.get(v, "plain")),
        Column("urgency", "期限", tag=lambda v: {LATE: "bad", SOON: "warn"}.get(v, "")),
        Column("due", "截止", "day"),
        Column("stage", "环节", sort=False),
        Column("subject", "信用主体"),
        Column("items", "事项"),
        *((Column("authority", "办理单位"),) if authority else ()),
        Column("at", "提交", "day"),
    )


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the time-line."""

    when: datetime
    name: str
    by: str
    texts: tuple[str, ...]


def timeline(case: Case, rules: Rulebook, *, inside: bool) -> list[Happened]:
    """What happened. `inside`: staff read who did it; the subject reads which office."""
    steps = [s for s in case.steps if inside or s.kind != "warned"]
    return [
        Happened(
            s.at.astimezone(BEIJING),
            moves.STEPS[case.kind][s.kind],
            _by(s, rules, inside=inside),
            _texts(s, case) if inside or s.kind != moves.OPINION else (),  # not for who objects
        )
        for s in steps
    ]


def _by(s: Step, rules: Rulebook, *, inside: bool) -> str:
    if s.role == "subject":
        return "信息所属主体" if s.kind == moves.OPINION else "申请人"
    office = unit(s.provider, rules) if s.provider else {"counter": "政务大厅窗口"}.get(s.role, "区信用中心")
    return f"{s.actor}（{office}，{ROLES.get(s.role, '系统')}）" if inside and s.role in ROLES else office


def _texts(s: Step, case: Case) -> tuple[str, ...]:
    ground = adverse.GROUNDS.get(str(s.detail.get("ground", "")), "")
    said = [("情形：", ground), *_parts(s, case), ("", s.reason), ("依据：", s.basis), ("编号：", s.upstream)]
    said.append(("对方作出结果的日期：", str(s.detail.get("day", ""))))
    said.append(("", casework.unsealed(s.detail.get("statement", ""))))
    proof = "送达的凭证：" if s.kind == "served" else "窗口核对了："
    said.append(("送达：", f"{s.detail['on']}，{s.detail['way']}" if s.kind == "served" else ""))
    said.append((proof, casework.unsealed(s.detail.get("evidence", ""))))
    said.append(("陈述、申辩到：", str(s.detail.get("until", "")) if s.kind.endswith("noticed") else ""))
    said.append(("延长：", f"{s.detail['workdays']} 个工作日" if "workdays" in s.detail else ""))
    said.append(("补充文件：", f"{s.detail['files']} 个" if s.detail.get("files") else ""))
    return tuple(label + text for label, text in said if text)


def _parts(s: Step, case: Case) -> list[tuple[str, str]]:
    """Which records a result grants and which it refuses, where it doesn't say the same of all."""
    told = standing.of_step(s, case) if case.kind == standing.KIND else {}
    if len(told) == len(case.records) and len(set(told.values())) < 2:
        return []
    names = {r.record: r.document or r.item for r in case.records}
    return [
        (label, "、".join(names[r] for r, granted in told.items() if granted is key))
        for key, label in ((True, "准予："), (False, "不予："))
    ]


def outcomes(case: Case) -> dict[str, str]:
    """Record → its result in words, once one of the records of a repair has one."""
    known = standing.results(case) if case.kind == standing.KIND else {}
    if not known:
        return {}
    ended = next((s for s in case.steps if s.kind in moves.CLOSING), None)
    none = f"没有结果（{moves.STEPS[case.kind][ended.kind]}）" if ended else "还没有结果，继续办理"
    return {r: _outcome(known[r], case, r) if r in known else none for r in case.record_ids}


def _outcome(s: Step, case: Case, record: str) -> str:
    number = f"，编号 {s.upstream}" if s.upstream else ""
    if not standing.of_step(s, case)[record]:
        return f"不予修复（{s.day}{number}）"
    return f"准予修复（{s.day}{number}）{'，已撤销' if case.state == 'revoked' else ''}"


def files(
    kept: Sequence[materials.Kept], rules: Rulebook, day: date, others: Collection[materials.Kept] = ()
) -> list[dict[str, Any]]:
    """`others`: those that the subject of the record handed in, where it isn't the applicant."""
    names = {m.id: m.name for m in rules.case_rules("material", day)}
    return [
        {"id": k.id, "material": ("所属主体的" if k in others else "") + names.get(k.material, k.material), "name": k.name, "type": k.type.upper(),
         "size": f"{max(1, k.size >> 10):,} KB", "at": k.at.astimezone(BEIJING)}
        for k in kept
    ]  # fmt: skip


def mine(who: Who, case: Case | None) -> Case | None:
    """The case, if `who` may see it: a department only its own, once it was handed over."""
    if case is None or who.role not in DEPARTMENTS:
        return case
    handed = case.last("pushed", "forwarded", "shielded", *standing.RESULTS)
    return case if who.provider and who.provider == case.authority and handed else None


def may_open(who: Who) -> bool:
    """The auditor reads which materials there are, and opens none."""
    return who.role != "auditor"


def attached(kept: materials.Kept, data: Iterable[bytes]) -> HttpResponse:
    """A material to take away; never shown inside a page of ours."""
    response = HttpResponse(b"".join(data), content_type=materials.CONTENT_TYPES[kept.type])
    response.headers["Content-Disposition"] = f'attachment; filename="{kept.digest[:12]}.{kept.type}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class CaseList(MadeList):
    """Cases as lines, those that the visitor may see; where there are more than a list takes, it says so."""

    def cases(self, c: Connection) -> list[Case]:
        raise NotImplementedError

    def made(self, c: Connection) -> list[Row]:
        found = self.cases(c)
        self.cut(found, casework.MOST_LISTED, "件")
        return rows([k for k in found if mine(self.who, k)], book(), moment()[1])


class CasePage(Console):
    """One case for staff. `kind`, and what `more` adds to the page."""

    kind: ClassVar[str]
    back: ClassVar[Mapping[str, str]]  # role → URL name of its list
    file_page: ClassVar[str]
    template = "console/case.html"

    def get(self) -> HttpResponse:
        found = lending.ask(self.load)
        return error_page(404, NOT_HERE) if found is None else self.page(found)

    def load(self, c: Connection) -> dict[str, Any] | None:
        now, today = moment()
        rules = book()
        case = mine(self.who, casework.load(c, str(self.kwargs["number"]), self.kind))
        if case is None:
            return None
        kept = materials.of_case(c, case)
        statement = casework.unsealed(case.detail.get("statement", ""))
        return {
            "title": f"{self.title} {case.shown}", "case": case, "facts": self.facts(case, rules, today),
            "limits": [(stage_of(x), x.begins, f"{x.due}", x.overdue(today) and x.stage in limits.running(case)) for x in limits.all_of(case, rules)],
            "files": files(kept, rules, today, opinion.split(case, kept)[1]), "file_page": self.file_page if may_open(self.who) else "",
            "statement": statement,
            "timeline": timeline(case, rules, inside=True), "acts": self.acts(c, case),
            "back": reverse(self.back[self.who.role]), **self.more(c, case, rules, now, today),
        }  # fmt: skip

    def facts(self, case: Case, rules: Rulebook, today: date) -> list[tuple[str, Any]]:
        limit = limits.current(case, rules)
        late = urgency(limit, case, rules, today)
        facts = [
            ("状态", case.state_on(today)), ("办理截止", f"{due_text(limit)}{' ' + late if late else ''}"),
            ("信用主体", subject_name(case)), ("代码", case.value if case.name else ""),
            ("办理单位", unit(case.authority, rules)), ("来源", CHANNELS[case.channel]),
            ("提交时间", f"{case.at.astimezone(BEIJING):%Y-%m-%d %H:%M}"),
            ("联系方式", casework.unsealed(case.detail.get("contact", ""))),
        ]  # fmt: skip
        return [(label, text) for label, text in facts if text]

    def acts(self, c: Connection, case: Case) -> list[tuple[str, str]]:
        """(label, address) of what the visitor may do next."""
        raise NotImplementedError

    def more(self, c: Connection, case: Case, rules: Rulebook, now: datetime, today: date) -> dict[str, Any]:
        return {}


class CaseFile(Console):
    """A material, for who works on the case; each download is in the audit trail."""

    kind: ClassVar[str]

    def get(self) -> HttpResponse:
        def asked(c: Connection) -> HttpResponse | None:
            case = mine(self.who, casework.load(c, str(self.kwargs["number"]), self.kind))
            if case is None or not may_open(self.who):
                return None
            return attached(*materials.read(c, self.who, moment()[0], case, self.kwargs["file"]))

        return lending.act(asked) or error_page(404, NOT_HERE)


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done with a case. `forms`: what it asks; `step`: which step it takes, "" if it depends."""

    label: str
    form: type[forms.Form]
    steps: tuple[str, ...]
    intro: str = ""
    done: str = "已办理。"


class CaseAct(FormView):
    """One act on one case. The functions below check the permission again, and the case's state."""

    kind: ClassVar[str]
    acts: ClassVar[Mapping[str, Act]]
    case_page: ClassVar[str]
    case: Case
    act: Act

    def dispatch(self) -> HttpResponse:
        found = lending.ask(lambda c: mine(self.who, casework.load(c, str(self.kwargs["number"]), self.kind)))
        act = self.acts.get(self.kwargs["act"])
        if found is None or act is None:
            return error_page(404, NOT_HERE)
        self.case, self.act = found, act
        return super().dispatch()

    def heading(self) -> str:
        return self.act.label

    def make_form(self, data: Any = None) -> forms.Form:
        form = self.act.form(data)
        if hasattr(form, "offer"):
            form.offer(self.case)
        return form

    def about(self) -> dict[str, Any]:
        facts = [
            ("编号", self.case.shown),
            ("状态", self.case.state_on(moment()[1])),
            ("信用主体", subject_name(self.case)),
        ]
        facts += [("文书号", r.document) for r in self.case.records if r.document]
        return {"facts": facts, "intro": self.act.intro, "submit": self.act.label, "back": self.address()}

    def address(self) -> str:
        return reverse(self.case_page, args=[self.case.number])

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Any:
        return self.perform(c, self.kwargs["act"], data, moment()[0])

    def perform(self, c: Connection, act: str, data: dict[str, Any], now: datetime) -> Any:
        raise NotImplementedError

    def target(self, answer: Any) -> str:
        messages.success(self.request, self.act.done)
        return self.address()


def offered(case: Case, who: Who, acts: Mapping[str, Act], action: str, page: str) -> list[tuple[str, str]]:
    """Of these acts those that the visitor may do with the case as it stands."""
    if not access.may(who.role, action):
        return []
    live = [(key, act) for key, act in acts.items() if any(case.may(step) for step in act.steps)]
    return [(act.label, reverse(page, args=[case.number, key])) for key, act in live]


AREA = forms.Textarea(attrs={"rows": 4})


class Nothing(forms.Form):
    pass


class Reason(forms.Form):
    reason = forms.CharField(
        label="理由", max_length=casework.LONGEST, widget=AREA, help_text="会告知申请人。"
    )


class ReasonBasis(Reason):
    basis = forms.CharField(label="依据（文书或条文）", max_length=300, required=False)


__all__ = [
    "CHANNELS", "Act", "CaseAct", "CaseFile", "CaseList", "CasePage", "Nothing", "Reason", "ReasonBasis", "attached", "columns",
    "due_text", "files", "mine", "moment", "offered", "outcomes", "row", "rows", "subject_name", "timeline", "unit",
]  # fmt: skip
