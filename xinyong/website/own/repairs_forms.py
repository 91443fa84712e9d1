"""What is filled in to apply for a repair: by the subject itself, or by a window or an office for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from xinyong.disclosure.explaining import STATES as ENDED
from xinyong.disclosure.queries import Archive
from xinyong.kernel.errors import Refused
from xinyong.rights import casework, materials
from xinyong.rights.materials import Upload
from xinyong.rights.repair.actions import Application
from xinyong.website.public import asking
from xinyong.website.public.asking import book

TOGETHER = 60 << 20  # bytes of the files of one form
AREA = forms.Textarea(attrs={"rows": 4})
HOW = f"PDF、JPG 或 PNG，每个不超过 {materials.LARGEST >> 20} MB，可以选多个。"


class Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files under one label; what they are is found out from their content by `materials`."""

    widget = Files
    default_error_messages = {
        "empty": "所选的文件是空的；请重新选择。",
        "invalid": "文件没有传上来；请重新选择。",
    }

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        one = super().clean
        given = data if isinstance(data, list | tuple) else [data]
        return [one(d, initial) for d in given if d] if any(given) else []


@dataclass(frozen=True, slots=True)
class Offered:
    """A record that may be chosen."""

    address: str
    title: str
    item: str
    decided: str
    state: str


def offered(found: Archive, adverse: bool, busy: Collection[str] = ()) -> list[Offered]:
    """Those of the archive: the adverse ones alone, or all but what has ended; without those that are `busy`."""
    today = asking.question().today
    shown = []
    for r in found.records:
        item = book().item(r["item"], today)
        state = r["clocks"]["publicity"]["state"]
        if (
            r["record"] in busy
            or state in ("repaired", "withdrawn")
            or (adverse and item.polarity != "negative")
        ):
            continue
        number = item.by_role("doc_no")
        title = r["fields"].get(number.name, "") if number else ""
        said = "正在公示" if r["public"] else ENDED.get(state, "没有公示")
        shown.append(Offered(r["public_id"], title or item.name, item.name, r["decided"] or "", said))
    return shown


class Whose(forms.Form):
    """The first step of a window: whose code."""

    code = forms.CharField(
        label="统一社会信用代码、注册号或身份证号码",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    purpose = forms.CharField(widget=forms.HiddenInput, required=False)


class Chosen(forms.Form):
    """Records are chosen, and more is said of them by subclasses."""

    records = forms.MultipleChoiceField(
        label="涉及的信息",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "没有选择信息；请勾选后提交。"},
    )

    def __init__(self, offered: Sequence[Offered], data: Any = None, files: Any = None, **named: Any) -> None:
        super().__init__(data, files, **named)
        self.fields["records"].choices = [(o.address, o.title) for o in offered]  # type: ignore[attr-defined]
        for name, f in self.fields.items():
            if name != "records":
                f.error_messages["required"] = f"请填写“{f.label}”。"
            f.error_messages["invalid_choice"] = "所选的不在可选范围内，或者已经结束；请刷新后重新选择。"


class WithFiles(Chosen):
    """One field for each material of the rulebook."""

    case = "repair"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        day = asking.question().today
        self.material_fields = []
        for m in book().case_rules("material", day):
            if m.case != self.case:
                continue
            name = f"file_{m.id.lower()}"
            self.fields[name] = FilesField(
                label=m.name,
                required=False,
                help_text=f"{m.text}。{HOW}",
                widget=Files({"accept": materials.ACCEPT}),
            )
            self.material_fields.append((m.id, name))

    def uploads(self) -> tuple[Upload, ...]:
        """Read into memory: what is larger than allowed is told by its size before."""
        return uploads_of(self.cleaned_data, self.material_fields)


def uploads_of(cleaned: Any, fields: Sequence[tuple[str, str]]) -> tuple[Upload, ...]:
    """Refused: more than one application can hold, before anything is read."""
    given = [(material, f) for material, name in fields for f in cleaned.get(name) or ()]
    if len(given) > materials.MOST or sum(f.size for _, f in given) > TOGETHER:
        raise Refused(
            "case_files_large",
            f"文件太多或太大：一次最多 {materials.MOST} 个、合计 {TOGETHER >> 20} MB；请压缩、合并后重新选择。",
        )
    return tuple(Upload(material, f.name, f.read(materials.LARGEST + 1)) for material, f in given)


class Applying(WithFiles):
    statement = forms.CharField(
        label="申请理由",
        max_length=casework.LONGEST,
        widget=AREA,
        help_text="写明怎样纠正了失信行为、怎样履行了义务。",
    )
    contact = forms.CharField(
        label="联系电话", max_length=100, required=False, help_text="只给办理的人看，加密保存。",
        widget=forms.TextInput({"autocomplete": "tel"}),
    )  # fmt: skip
    public = forms.BooleanField(
        label="我承诺所提交的材料真实有效，愿意承担违反承诺的责任，并同意公开信用承诺", required=False,
        help_text="公开作出信用承诺是修复的条件之一；不同意的，信用中心会告知补正。",
    )  # fmt: skip

    def application(self) -> Application:
        d = self.cleaned_data
        return Application(
            tuple(d["records"]), d["statement"], d["contact"], bool(d["public"]), self.uploads()
        )


SAID = (("granted", "准予修复"), ("refused", "不予修复"))
SILENT = "还没有结果"


def result_field(label: str, live: Sequence[tuple[str, str]] = SAID) -> forms.ChoiceField:
    """What another channel says of one record. Silence is chosen as well, and stands there before."""
    return forms.ChoiceField(label=label, choices=[("open", SILENT), *live], initial="open")


def result_day() -> forms.DateField:
    return forms.DateField(
        label="对方作出结果的日期",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


def results(cleaned: Any) -> dict[str, bool]:
    """By what the fields `r_…` are called: whether it was granted; without those of which nothing is said."""
    said = {name[2:]: value for name, value in cleaned.items() if name.startswith("r_")}
    return {key: value == "granted" for key, value in said.items() if value in ("granted", "refused")}


def some_result(form: forms.Form) -> dict[str, Any]:
    """Of a form with such fields. ValidationError: it says nothing of any record."""
    asked = any(name.startswith("r_") for name in form.fields)
    if asked and not form.errors and not results(form.cleaned_data):
        raise forms.ValidationError("没有写明任何一条信息的结果；请至少选一条准予或者不予修复。")
    return form.cleaned_data


class FromUpstream(forms.Form):
    upstream = forms.CharField(label="对方的编号", max_length=100)
    day = result_day()
    reason = forms.CharField(label="结果的说明", max_length=casework.LONGEST, widget=AREA)

    def __init__(self, offered: Sequence[Offered], data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        told = {f"r_{o.address}": result_field(f"{o.title}（{o.item}，{o.state}）") for o in offered}
        self.fields = {**told, **self.fields}

    def clean(self) -> dict[str, Any]:
        return some_result(self)


class Ruling(Chosen):
    ruling = forms.CharField(
        label="裁定书文号", max_length=100, help_text="例如：（2026）渝0152破申1号裁定。"
    )
    until = forms.DateField(
        label="屏蔽到哪一天止（含当日）", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(label="理由", max_length=casework.LONGEST, widget=AREA)


class Supplement(forms.Form):
    """What was missing is added."""

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)
        self.material_fields = []
        for m in book().case_rules("material", asking.question().today):
            if m.case == "repair":
                name = f"file_{m.id.lower()}"
                widget = Files({"accept": materials.ACCEPT})
                self.fields[name] = FilesField(label=m.name, required=False, help_text=HOW, widget=widget)
                self.material_fields.append((m.id, name))
        self.fields["public"] = forms.BooleanField(label="同意公开信用承诺", required=False)

    def uploads(self) -> tuple[Upload, ...]:
        return uploads_of(self.cleaned_data, self.material_fields)


class Defence(forms.Form):
    statement = forms.CharField(
        label="陈述、申辩", max_length=casework.LONGEST, widget=AREA, error_messages={"required": "请写明陈述、申辩的内容。"},
        help_text="认定单位作出决定前会看到。",
    )  # fmt: skip
    file_other = FilesField(
        label="补充材料", required=False, help_text=HOW, widget=Files({"accept": materials.ACCEPT})
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)

    def uploads(self) -> tuple[Upload, ...]:
        return uploads_of(self.cleaned_data, [("MATERIAL_OTHER", "file_other")])


class Withdraw(forms.Form):
    reason = forms.CharField(
        label="撤回的原因", max_length=200, widget=AREA, error_messages={"required": "请写明撤回的原因。"}
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files)


__all__ = [
    "Applying",
    "Chosen",
    "Defence",
    "FromUpstream",
    "Offered",
    "Ruling",
    "Supplement",
    "Whose",
    "Withdraw",
    "offered",
    "result_day",
    "result_field",
    "results",
    "some_result",
]
