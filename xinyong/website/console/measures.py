"""措施登记: an organ's own list, the whole register for centre and auditor, one measure, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse

from xinyong.disclosure import identity
from xinyong.foundation.accounts import ROLES
from xinyong.kernel.beijing import BEIJING
from xinyong.regulation.measures import actions, queries, words
from xinyong.regulation.measures.standing import Registered
from xinyong.website import access, lending
from xinyong.website.console import casebook
from xinyong.website.console.base import Choice, Column, Connection, Console, FormView, Row, Text
from xinyong.website.console.centre.made import MadeList
from xinyong.website.errors import error_page
from xinyong.website.public.asking import book

NOT_HERE = "没有这项措施，或者不是本单位登记的；请从列表重新打开。"
TAGS = {"in_force": "bad", "not_begun": "warn", "overrun": "warn"}
NAMED = {words.STATES[state]: tag for state, tag in TAGS.items()}
NOW, OVER, TODO = "在执行", "已结束", "待处理"
GROUPS = [(name, name) for name in (NOW, OVER)]
INTRO = (
    "措施由法律规定的机关作出，本平台不作出措施，只登记。是否还在执行，每次打开时按所依据的记录现在的状态计算："
    "依据修复、撤销、移出的，随之解除；法律写定期限的，期满为止。"
)
AREA = forms.Textarea(attrs={"rows": 3})


def day_field(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    made = forms.DateField(
        label=label, help_text=help_text, required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    made.error_messages["invalid"] = f"“{label}”不是日期；请写成 2026-01-31。"
    return made


def row(r: Registered, subjects: Mapping[int, Mapping[str, Any]]) -> Row:
    m, subject = r.measure, subjects.get(r.measure.subject)
    return {
        "number": m.number, "document": m.document, "name": m.rule.name, "subject": subject_name(subject),
        "state": words.state(r), "group": NOW if r.current else OVER, "todo": TODO if r.task else "",
        "until": r.window.until if r.current else None, "decided": m.decided, "organ": m.organ_name,
    }  # fmt: skip


def subject_name(subject: Mapping[str, Any] | None) -> str:
    return str(subject["name"] or subject["code"]) if subject else "（主体已不存在）"


def columns(*, organ: bool) -> tuple[Column, ...]:
    return (
        Column("document", "决定书文号", link=lambda r: reverse("measure", args=[r["number"]])),
        Column("name", "措施"),
        Column("subject", "信用主体"),
        Column("state", "状态", tag=lambda v: NAMED.get(v, "plain")),
        Column("until", "到期", "day"),
        Column("decided", "决定日期", "day"),
        *((Column("organ", "作出机关"),) if organ else ()),
    )


class _List(MadeList):
    """What has to be decided first, then what is in force, then what is over; newest first."""

    title, intro = "措施登记", INTRO
    filters = (
        Choice("group", "状态", "true", GROUPS),
        Choice("todo", "待办", "true", [(TODO, "只看待处理")]),
        Text("subject", "主体名称", "true"),
        Text("document", "决定书文号", "true"),
    )

    def found(self, c: Connection, today: date) -> list[Registered]:
        raise NotImplementedError

    def made(self, c: Connection) -> Sequence[Row]:
        today = casebook.moment()[1]
        found = self.found(c, today)
        self.cut(found, queries.MOST, "项")
        subjects = identity.titles(c, {r.measure.subject for r in found}, today)
        found.sort(key=lambda r: (not r.task, not r.current))
        return [row(r, subjects) for r in found]


class Own(_List):
    action = queries.SEE
    columns = columns(organ=False)
    empty = "本部门没有登记过措施。"

    def found(self, c: Connection, today: date) -> list[Registered]:
        return queries.of_organ(c, self.who, today, book())

    def buttons(self) -> Sequence[tuple[str, str]]:
        if not access.may(self.who.role, actions.REGISTER):
            return ()
        return (("登记一项措施", reverse("department-measure-find")),)


class Everyone(_List):
    action = queries.READ
    columns = columns(organ=True)
    filters = (*_List.filters, Text("organ", "作出机关", "true"))
    empty = "还没有登记过措施。"

    def found(self, c: Connection, today: date) -> list[Registered]:
        return queries.everything(c, self.who, today, book())


class One(Console):
    """One measure: how it stands and why, what it rests on, what was done with it."""

    action, title, template = queries.CASE, "登记的措施", "console/measures/one.html"

    def get(self) -> HttpResponse:
        found = lending.ask(self._load)
        return error_page(404, NOT_HERE) if found is None else self.page(found)

    def _load(self, c: Connection) -> dict[str, Any] | None:
        now, today = casebook.moment()
        r = queries.one(c, self.who, now, today, str(self.kwargs["number"]), book())
        if r is None:
            return None
        subject = identity.titles(c, [r.measure.subject], today).get(r.measure.subject)
        return {
            "title": f"{self.title} {r.measure.document}", "state": words.state(r), "tag": TAGS.get(r.state, "plain"),
            "sentence": words.sentence(r, book()), "facts": facts(r, subject), "grounds": grounds(r),
            "history": history(r), "acts": self._acts(r), "back": reverse(self._list()),
        }  # fmt: skip

    def _list(self) -> str:
        return "department-measures" if self.who.role in queries.DEPARTMENTS else "centre-measures"

    def _acts(self, r: Registered) -> list[tuple[str, str]]:
        if not access.may(self.who.role, actions.CHANGE) or r.measure.end is not None:
            return []
        wanted = [key for key in ACTS if key != "extend" or r.task]
        return [
            (ACTS[key].title, reverse("measure-act", args=[r.measure.number, key]))
            for key in sorted(wanted, key=lambda k: k != "extend")
        ]


def facts(r: Registered, subject: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    m = r.measure
    told = [
        ("措施", m.rule.name), ("信用主体", subject_name(subject)), ("代码", subject["code"] if subject else ""),
        ("法律依据", words.law(m.rule)), ("作出机关", m.organ_name), ("决定书文号", m.document), ("事由", m.reason),
        ("告知日期", f"{m.notified_on}"), ("陈述、申辩", m.heard), ("决定日期", f"{m.decided}"),
        ("起始日期", f"{m.begins}"), ("期限", words.term(m)), ("到期", f"{r.window.until or ''}"),
        ("登记人", f"{m.by}（{m.at.astimezone(BEIJING):%Y-%m-%d %H:%M}）"), ("所用规则", f"{m.rule.id}，{m.edition} 版"),
    ]  # fmt: skip
    return [(label, text) for label, text in told if text]


def grounds(r: Registered) -> list[dict[str, Any]]:
    """What it rests on, each with how it stands now."""
    return [
        {
            "title": words.title(g, book()), "decided": f"{s.decided or ''}", "state": words.basis_state(s),
            "tag": "good" if s.state == "in_force" else "warn", "lifts": s in r.lifting,
        }
        for g, s in zip(r.measure.grounds, r.bases, strict=True)
    ]  # fmt: skip


def history(r: Registered) -> list[dict[str, Any]]:
    m = r.measure
    first = {"at": m.at.astimezone(BEIJING), "name": "登记", "by": _by(m.by, m.role), "texts": [m.reason]}
    return [first] + [
        {
            "at": a.at.astimezone(BEIJING), "name": words.ACTS[a.kind] + (f"到 {a.until}" if a.until else ""),
            "by": _by(a.by, a.role), "texts": [t for t in (a.reason, f"依据：{a.basis}" if a.basis else "") if t],
        }
        for a in m.acts
    ]  # fmt: skip


def _by(name: str, role: str) -> str:
    return f"{name}（{ROLES.get(role, role)}）"


class OfSubject(Console):
    """Measures of one subject, for who looks at its archive on a duty; the look is logged as one."""

    action, title, template = "record.look", "登记的措施", "console/measures/subject.html"
    intro = INTRO + (
        "部门看得到现在执行、尚未开始和到期待处理的；已经结束的，只有作出机关、信用中心和审计员看得到。"
        "没有登记的不等于没有作出，以作出机关的决定书为准。"
    )

    def get(self) -> HttpResponse:
        now, today = casebook.moment()
        public_id = str(self.kwargs["public_id"])

        def asked(c: Connection) -> Any:
            subject = identity.by_public_id(c, public_id, None).subject
            if subject is None or subject.natural:
                return None
            found = queries.of_subject(c, self.who, now, today, public_id, book())
            return found, identity.titles(c, [subject.id], today)[subject.id]

        answer = lending.ask(asked)
        if answer is None:
            return error_page(404, "没有这个主体，或者是自然人；对自然人的措施不在这里登记。")
        found, subject = answer
        lines = [self._line(r) for r in sorted(found, key=lambda r: not r.current)]
        facts = [("信用主体", subject["name"]), ("代码", subject["code"]), ("用途", self.who.purpose)]
        back = (
            f"{reverse('console-look-subject', args=[public_id])}?{urlencode({'purpose': self.who.purpose})}"
        )
        return self.page({"facts": facts, "lines": lines, "back": back})

    def _line(self, r: Registered) -> dict[str, Any]:
        m = r.measure
        mine = self.who.role not in queries.DEPARTMENTS or self.who.provider == m.organ
        return {
            "name": m.rule.name, "state": words.state(r), "tag": TAGS.get(r.state, "plain"), "law": words.law(m.rule),
            "organ": m.organ_name, "document": m.document, "sentence": words.sentence(r, book()),
            "address": reverse("measure", args=[m.number]) if mine else "",
        }  # fmt: skip


class Reason(forms.Form):
    reason = forms.CharField(
        label="理由", max_length=actions.LONGEST, widget=AREA, help_text="会告知信用主体。"
    )


class Lift(Reason):
    basis = forms.CharField(label="依据（文书或条文）", max_length=300, required=False)
    title: ClassVar[str] = "解除这项措施"
    intro: ClassVar[str] = "提前解除，即时生效，并告知信用主体。解除以后不能恢复；要再采取的，另行作出决定。"


class Mistaken(Reason):
    title: ClassVar[str] = "更正：登记有误"
    intro: ClassVar[str] = "这项措施没有作出过，或者登记错了。更正以后不作数，登记和更正都留痕。"


class Extend(Reason):
    until = day_field("延续到", "含当日。")
    basis = forms.CharField(label="行业主管部门的规定（文件和条款）", max_length=300)
    field_order = ("until", "basis", "reason")
    title: ClassVar[str] = "延续这项措施"
    intro: ClassVar[str] = "最长期限已满、义务仍未履行的，只能按行业主管部门的规定延续；没有规定的，请解除。"


ACTS: dict[str, Any] = {"lift": Lift, "extend": Extend, "mistaken": Mistaken}


class Act(FormView):
    """Lift, extend or correct. Another organ's measure and none at all look the same."""

    action, template = actions.CHANGE, "console/department/form.html"
    found: Registered

    def dispatch(self) -> HttpResponse:
        now, today = casebook.moment()
        number = str(self.kwargs["number"])
        found = lending.ask(lambda c: queries.one(c, self.who, now, today, number, book()))
        if found is None or self.kwargs["act"] not in ACTS:
            return error_page(404, NOT_HERE)
        self.found = found
        return super().dispatch()

    def heading(self) -> str:
        return str(ACTS[self.kwargs["act"]].title)

    def make_form(self, data: Any = None) -> forms.Form:
        made: forms.Form = ACTS[self.kwargs["act"]](data)
        return made

    def address(self) -> str:
        return reverse("measure", args=[self.found.measure.number])

    def about(self) -> dict[str, Any]:
        m = self.found.measure
        facts = [("措施", m.rule.name), ("决定书文号", m.document), ("状态", words.state(self.found))]
        intro = ACTS[self.kwargs["act"]].intro
        return {"facts": facts, "intro": intro, "submit": self.heading(), "back": self.address()}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Any:
        now, today = casebook.moment()
        number, reason, who = self.found.measure.number, data["reason"], self.who
        if self.kwargs["act"] == "mistaken":
            return actions.mistaken(c, who, now, today, number, reason, book())
        if self.kwargs["act"] == "extend":
            return actions.extend(c, who, now, today, number, data["until"], reason, data["basis"], book())
        return actions.lift(c, who, now, today, number, reason, data["basis"], book())

    def target(self, answer: Any) -> str:
        messages.success(self.request, "已办理，并告知信用主体。")
        return self.address()


__all__ = ["Act", "Everyone", "OfSubject", "One", "Own", "day_field"]
