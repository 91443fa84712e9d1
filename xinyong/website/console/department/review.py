"""审核: the reviewer decides how serious the department's records are, several in one act."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from xinyong.collection import changes
from xinyong.disclosure import actions, undecided
from xinyong.disclosure.rules import degrees_for
from xinyong.disclosure.undecided import Due
from xinyong.foundation import audit
from xinyong.kernel.errors import Refused
from xinyong.kernel.publicity import DEGREES
from xinyong.website import lending
from xinyong.website.console.base import Connection, Console
from xinyong.website.console.department import parts

SHOWN = 100


class Degree(forms.Form):
    degree = forms.ChoiceField(label="失信程度", choices=[("", "请选择"), *((d, d) for d in DEGREES)])
    reason = forms.CharField(
        label="理由", max_length=parts.LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如：按本部门裁量基准，罚款幅度属一般情形。",
    )  # fmt: skip
    basis = forms.CharField(label="依据（文书或条文）", max_length=parts.LONGEST_REASON, required=False)

    def offer(self, due: list[Due]) -> None:
        """Only degrees that some of these decisions may be."""
        book, today = parts.book(), parts.today()
        known = {d for day in {r.decided for r in due} | {None} for d in degrees_for(book, day, today)}
        choices = [("", "请选择"), *((d, d) for d in DEGREES if d in known)]
        self.fields["degree"].choices = choices  # type: ignore[attr-defined]


class Review(Console):
    action, title, template = "record.confirm", "审核：失信程度认定", "console/department/review.html"
    intro = "本部门作出决定、还没有认定失信程度的记录，决定早的在前。认定前不公示；系统建议只供参考，由审核员认定。"

    def get(self) -> HttpResponse:
        return self._page(Degree(), [])

    def post(self) -> HttpResponse:
        form, chosen = Degree(self.request.POST), self.request.POST.getlist("record")
        if not chosen:
            form.is_valid()
            form.add_error(None, "没有选择记录；请在清单里勾选后再提交。")
        if form.is_valid():
            d = form.cleaned_data
            try:
                act = lending.act(
                    lambda c: actions.decide_degree(
                        c, self.who, parts.now(), chosen, d["degree"], d["reason"], d["basis"]
                    )
                )
            except Refused as e:
                form.add_error(None, e.sentence)
            else:
                messages.success(self.request, f"已认定 {len(act.marks)} 条为“{d['degree']}”。")
                return HttpResponseRedirect(reverse("department-review"))
        return self._page(form, chosen, 400)

    def _page(self, form: Degree, chosen: list[str], status: int = 200) -> HttpResponse:
        after = self.request.GET.get("after", undecided.FIRST)
        good = len(after) == 32 and set(after) <= set("0123456789abcdef")
        rows = lending.act(lambda c: self._due(c, after if good else undecided.FIRST))
        form.offer(rows)
        names = parts.item_names()
        shown = [{"due": r, "item": names.get(r.item, r.item), "chosen": r.record in chosen} for r in rows]
        following = rows[-1].record if len(rows) == SHOWN else ""
        waiting, _ = lending.ask(lambda c: changes.waiting(c, self.who.provider, parts.today()))
        buttons = [(f"更正与撤回（待审核 {waiting} 项）", reverse("department-review-changes"))]
        return self.page({"form": form, "rows": shown, "following": following, "buttons": buttons}, status)

    def _due(self, c: Connection, after: str) -> list[Due]:
        """The department's own; that its reviewer looked is noted."""
        if not self.who.provider:
            return []
        rows = undecided.tasks_due(
            c, parts.book(), parts.today(), self.who.provider, limit=SHOWN, after=after
        )
        told: dict[str, Any] = {"records": len(rows)}
        audit.record(c, self.who, parts.now(), "record.confirm", "undecided", told)
        return rows
