"""授权登记: authorisations given on paper, entered at the window; and what a bank or agency was authorised to see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse

from xinyong.disclosure import looks, signatures
from xinyong.disclosure.authorisations import MADE, PERSON, Authorisation, grantor_of
from xinyong.disclosure.signatures import Signed
from xinyong.foundation.audit import Who
from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused
from xinyong.kernel.names import fold_name
from xinyong.rights import materials, papers
from xinyong.website import lending
from xinyong.website.console.base import (
    Asked,
    Choice,
    Column,
    Connection,
    Console,
    DetailView,
    FormView,
    ListView,
    Row,
    Text,
)
from xinyong.website.console.department import parts
from xinyong.website.errors import error_page
from xinyong.website.own import signed
from xinyong.website.own.authorisations import items_named
from xinyong.website.own.forms import GrantForm

STATES = {"有效": "good", "未生效": "warn", "已使用": "plain", "已撤回": "bad", "已到期": "plain"}
SHORT, USES = 8, 20
NATURAL = "自然人"
UNSIGNED = "没有这份授权的电子签名；请从列表重新打开。"
GONE = "没有这份授权，或者不是本单位登记的；请从列表重新打开。"
HOW = (
    "机构不能为自己登记授权：请信用主体在“我的授权”里网上授权，或者由本人（单位凭授权委托书）到政务大厅窗口，"
    "凭书面授权书登记。登记以后这里立即能看到，授权人也会收到通知，可以随时撤回。"
)


class _Authorisations(ListView):
    """Of one institution. `which`: the list of `rights.papers`; `page`: the name of one's own page."""

    which: ClassVar[str]
    order, unique = "granted_at DESC", "id"
    filters = (
        Choice("state", "情况", "state = %(state)s", [(s, s) for s in STATES]),
        Text("purpose", "用途", "purpose LIKE %(purpose)s", like=True),
    )

    def scope(self, who: Who) -> tuple[str, Mapping[str, Any]]:
        return "true", {"provider": who.provider, "today": parts.today()}

    def rows(self, c: Connection, asked: Asked) -> list[Row]:
        return told(c, super().rows(c, asked))


def told(c: Connection, rows: list[Row]) -> list[Row]:
    """With names for the codes, one look-up for all of them."""
    today, book = parts.today(), parts.book()
    codes = [code for r in rows for code in (r["recipient"], *r["onward"], r["value"])]
    names = papers.named(c, [code for code in codes if len(code) == 18], today, book)
    return [
        {
            **r, "shown": r["number"][:SHORT], "recipient_name": names.get(r["recipient"], r["recipient"]),
            "grantor": NATURAL if r["scheme"] == PERSON else names.get(r["value"], r["value"]),
            "onward_names": "、".join(names.get(code, code) for code in r["onward"]),
            "named_items": items_named(r["items"], today), "made_as": MADE[r["made"]], "term": f"{r['begins']} 至 {r['ends']}",
        }
        for r in rows
    ]  # fmt: skip


def _columns(page: str, other: Column) -> tuple[Column, ...]:
    return (
        Column("shown", "编号", link=lambda r: reverse(page, args=[r["number"]]), sort=False),
        Column("grantor", "授权人", sort=False),
        other,
        Column("named_items", "信息事项", sort=False),
        Column("purpose", "用途"),
        Column("made_as", "怎样作出", sort=False),
        Column("ends", "截止", "day"),
        Column("state", "情况", tag=lambda v: STATES.get(v, "plain")),
        Column("uses", "用过", "number"),
    )


class Registered(_Authorisations):
    action, title, which, source = papers.ACTION, "授权登记", "registered", papers.SQL["registered"]
    intro = "本单位凭书面授权登记的授权。登记后授权人立即在“我的授权”里看到并收到通知，可以随时撤回。"
    columns = _columns("authorisation-registered", Column("recipient_name", "被授权机构", sort=False))
    empty = "还没有登记过授权。"

    def buttons(self) -> list[tuple[str, str]]:
        return [("登记书面授权", reverse("authorisation-register-new"))]


class Received(_Authorisations):
    action, title, which, source = papers.RECEIVED, "收到的授权", "received", papers.SQL["received"]
    intro = HOW
    columns = _columns("authorisation-received-one", Column("recipient_name", "授权给", sort=False))
    empty = "还没有收到授权。"


class RegisterForm(GrantForm):
    grantor = forms.CharField(
        label="授权人的代码", max_length=40, widget=forms.TextInput({"autocomplete": "off"}),
        help_text="单位填统一社会信用代码或工商注册号；自然人填身份证号码，只保存号码的密钥散列。请核对授权人（单位核对委托书）和授权书的签名、盖章。",
    )  # fmt: skip
    paper = forms.CharField(label="授权书的编号", required=False, max_length=papers.LONGEST_PAPER)
    scan = forms.FileField(
        label="授权书的扫描件", required=False, widget=forms.FileInput({"accept": materials.ACCEPT}),
        help_text=f"PDF、JPG 或 PNG，不超过 {materials.LARGEST >> 20} MB，加密保存。编号和扫描件至少要有一样。",
        error_messages={"empty": "所选的文件是空的；请重新选择。", "invalid": "文件没有传上来；请重新选择。"},
    )  # fmt: skip
    field_order = (
        "grantor", "recipient", "recipient_name", "items", "purpose", "once", "begins", "ends", "onward", "paper", "scan",
    )  # fmt: skip
    hints: ClassVar[dict[str, str]] = {
        "recipient": "授权书上写的银行、信用服务机构等的 18 位代码。",
        "purpose": "照授权书写，一字不差；对方查询时填写的用途必须与这里相同。",
        "items": "只勾选授权书上写明的。",
        "onward": "授权书没有写明允许转给谁的，不填。写明的填代码，几家用顿号隔开。",
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for name, text in self.hints.items():
            self.fields[name].help_text = text
        self.fields["onward"].label = "允许对方转给谁"

    def clean_grantor(self) -> str:
        try:
            code = str(self.cleaned_data["grantor"]).strip()
            grantor_of(code, self.today)
            return code
        except Refused as no:
            raise forms.ValidationError(no.sentence) from None

    def clean_scan(self) -> bytes | None:
        file = self.cleaned_data["scan"]
        if not file:
            return None
        if file.size > materials.LARGEST:
            raise forms.ValidationError(f"扫描件超过 {materials.LARGEST >> 20} MB；请压缩后重新选择。")
        data = bytes(file.read())
        try:
            papers.type_of(data)
        except Refused as no:
            raise forms.ValidationError(no.sentence) from None
        return data

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors.keys() & {"paper", "scan"} and not (data.get("paper") or data.get("scan")):
            self.add_error("paper", "请写明授权书的编号，或者上传扫描件。")
        return data


class New(FormView):
    """One step: a file cannot be carried over a second page. What is wrong stands on the form with all that was typed."""

    action, title, submit = papers.ACTION, "登记书面授权", "登记"
    template = "console/registered_new.html"
    form: RegisterForm
    intro = "登记后立即生效，授权人会收到通知。被授权机构按代码登记，名称用来核对。"

    def make_form(self, data: Any = None) -> RegisterForm:
        today = parts.today()
        files = self.request.FILES if data is not None else None
        self.form = RegisterForm(data, files, today=today, initial={"begins": today})
        return self.form

    def about(self) -> dict[str, Any]:
        return {"back": reverse("authorisation-register")}

    def done(self, c: Connection, data: dict[str, Any], at: datetime) -> Authorisation:
        now, today, book = parts.now(), parts.today(), parts.book()
        self._same_name(c, data["recipient"], data["recipient_name"], today)
        terms = self.form.terms()
        return papers.register(
            c, self.who, now, today, data["grantor"], terms, data["paper"], data["scan"], book
        )

    def _same_name(self, c: Connection, code: str, name: str, today: date) -> None:
        known = papers.named(c, [code], today, parts.book())[code]
        if known != code and fold_name(known) != fold_name(name):
            raise Refused(
                "recipient", f"被授权机构的代码登记的名称是“{known}”，与填写的不一致；请核对代码和名称。"
            )

    def target(self, answer: Authorisation) -> str:
        messages.success(self.request, "授权已经登记，授权人可以在“我的授权”里看到，也已收到通知。")
        return reverse("authorisation-registered", args=[answer.number])


class _One(DetailView):
    """Its terms and each use of it."""

    template = "console/registered_one.html"
    which: ClassVar[str]
    back: ClassVar[str]
    package: ClassVar[str] = ""  # page that gives text and signature, of which paper has none

    def load(self, c: Connection) -> Mapping[str, Any] | None:
        row = papers.one(c, self.who, parts.today(), str(self.kwargs["number"]), self.which)
        if row is None:
            return None
        r = told(c, [row])[0]
        used = looks.uses(c, [r["id"]], USES).get(r["id"], [])
        uses = [(u.at.astimezone(BEIJING), u.records, u.purpose) for u in used]
        kept = self.which == "registered" and papers.scan_of(r["evidence"])
        scan = reverse("authorisation-paper", args=[r["number"]]) if kept else ""
        by = signatures.of(c, [r["id"]]).get(r["id"])
        package = reverse(self.package, args=[r["number"]]) if by and self.package else ""
        return {"r": r, "facts": facts_of(r) + (signed.facts(by) if by else []), "tag": STATES[r["state"]],
                "uses": uses, "scan": scan, "package": package, "back": reverse(self.back)}  # fmt: skip


def coded(name: str, code: str) -> str:
    """A name with its code, where there is one and the name is not the code itself."""
    return f"{name}（{code}）" if code and code != name else name


def facts_of(r: Row) -> list[tuple[str, str]]:
    ended = r["ended_at"].astimezone(BEIJING) if r["ended_at"] else None
    granted, by = r["granted_at"].astimezone(BEIJING), f"　{r['granted_by']}" if r["evidence"] else ""
    facts = [
        ("编号", r["number"]), ("授权人", coded(r["grantor"], "" if r["scheme"] == PERSON else r["value"])),
        ("被授权机构", coded(r["recipient_name"], r["recipient"])),
        ("信息事项", r["named_items"]), ("用途", r["purpose"]), ("次数", "只能用一次" if r["once"] else "有效期内多次"),
        ("期限", r["term"]), ("可以转给", r["onward_names"] or "不许转给任何人"),
        ("怎样作出", r["made_as"]), ("凭据", papers.paper_of(r["evidence"])),
        ("登记" if r["made"] == "paper" else "作出", f"{granted:%Y-%m-%d %H:%M}" + by),
        ("结束", f"{ended:%Y-%m-%d %H:%M}　{r['state']}" if ended else ""), ("用过", f"{r['uses']} 次"),
    ]  # fmt: skip
    return [(label, text) for label, text in facts if text]


class RegisteredOne(_One):
    action, title, which, back = papers.ACTION, "登记的授权", "registered", "authorisation-register"


class ReceivedOne(_One):
    action, title, which, back = papers.RECEIVED, "收到的授权", "received", "authorisation-received"
    package = "authorisation-received-package"


class Every(_Authorisations):
    action, title, which, source = papers.READ, "授权核对", "every", papers.SQL["every"]
    intro = (
        "全部授权和作出的方式。电子签名的可以下载核验包，独立核验；自然人只显示“自然人”。每次打开都记入审计。"
    )
    columns = _columns("authorisation-every-one", Column("recipient_name", "被授权机构", sort=False))
    filters = (*_Authorisations.filters, Choice("made", "怎样作出", "made = %(made)s", list(MADE.items())))
    empty = "没有授权。"


class EveryOne(_One):
    action, title, which, back = papers.READ, "授权核对", "every", "authorisation-every"
    package = "authorisation-every-package"


class _Package(Console):
    """Text, signature and key, for whoever may open the authorisation; another's and an unsigned one look the same."""

    which: ClassVar[str]

    def get(self) -> HttpResponse:
        number = str(self.kwargs["number"])
        found = lending.ask(lambda c: self._signed(c, number))
        return signed.package(found, number) if found else error_page(404, UNSIGNED)

    def _signed(self, c: Connection, number: str) -> Signed | None:
        row = papers.one(c, self.who, parts.today(), number, self.which)
        return signatures.of(c, [row["id"]]).get(row["id"]) if row else None


class ReceivedPackage(_Package):
    action, which = papers.RECEIVED, "received"


class EveryPackage(_Package):
    action, which = papers.READ, "every"


class Paper(Console):
    """The scan, for the institution that registered it; that it was read is noted."""

    action = papers.ACTION

    def get(self) -> HttpResponse:
        number, now, today = str(self.kwargs["number"]), parts.now(), parts.today()
        try:
            kind, chunks = lending.act(lambda c: papers.read(c, self.who, now, today, number, parts.book()))
        except Refused as no:
            return error_page(404, no.sentence)
        answer = StreamingHttpResponse(chunks, content_type=materials.CONTENT_TYPES[kind])
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="authorisation-{number[:SHORT]}.{kind}"'
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer  # type: ignore[return-value]


__all__ = [
    "Every", "EveryOne", "EveryPackage", "New", "Paper", "Received", "ReceivedOne", "ReceivedPackage", "Registered",
    "RegisteredOne",
]  # fmt: skip
