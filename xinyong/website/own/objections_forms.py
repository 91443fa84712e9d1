"""What is filled in to object: by the subject itself, by whoever is concerned, or by a window for them."""

from __future__ import annotations

from typing import Any

from django import forms

from xinyong.rights import applying, casework, materials
from xinyong.rights.materials import Upload
from xinyong.rights.objection import actions, concerned
from xinyong.website.own.repairs_forms import AREA, HOW, Files, FilesField, WithFiles, uploads_of


class Objecting(WithFiles):
    case = "objection"

    about = forms.ChoiceField(
        label="异议的类型", choices=list(actions.ABOUT.items()), widget=forms.RadioSelect, initial="record"
    )
    statement = forms.CharField(
        label="哪一项有误，正确的内容是什么",
        max_length=casework.LONGEST,
        widget=AREA,
        help_text="写得越具体，核查越快。",
    )

    def objecting(self) -> actions.Objecting:
        d = self.cleaned_data
        return actions.Objecting(tuple(d["records"]), d["about"], d["statement"], self.uploads())


class Concerned(WithFiles):
    """Of another's record, by its public number."""

    case = "objection"

    record = forms.CharField(
        label="信息的编号",
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text="从信息的公开页面点“对这条信息提出异议”，会自动填好；也可以粘贴那一页的网址。",
    )
    about = forms.ChoiceField(
        label="异议的类型", choices=list(concerned.ABOUT.items()), widget=forms.RadioSelect, initial="record"
    )
    concern = forms.CharField(
        label="与这条信息的利害关系",
        max_length=casework.LONGEST,
        widget=AREA,
        help_text="例如：名称被误写进这条信息；是信息中写到的受害人、合作方。信用中心据此核对。",
    )
    statement = forms.CharField(
        label="哪一项有误，正确的内容是什么", max_length=casework.LONGEST, widget=AREA
    )

    def __init__(self, data: Any = None, files: Any = None, **named: Any) -> None:
        super().__init__((), data, files, **named)
        del self.fields["records"]

    def clean_record(self) -> str:
        """An address ends in the number."""
        return number_in(self.cleaned_data["record"])

    def concern_stated(self) -> concerned.Concern:
        d = self.cleaned_data
        return concerned.Concern(d["record"], d["about"], d["concern"], d["statement"], self.uploads())


class AtWindow(Concerned):
    code = forms.CharField(
        label="提出人的统一社会信用代码、注册号或身份证号码",
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="身份证号码只保存密钥散列。",
    )
    evidence = forms.CharField(
        label="核对了什么证件",
        max_length=applying.LONGEST_EVIDENCE,
        help_text="例如：营业执照和法定代表人身份证原件；代办的写明委托书和代办人的证件。",
    )
    purpose = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("code", "evidence", "record", "about", "concern", "statement")

    def shown(self) -> applying.Shown:
        return applying.Shown(self.cleaned_data["code"], self.cleaned_data["evidence"])


class Opinion(forms.Form):
    """What the record's own subject says of another's objection."""

    statement = forms.CharField(
        label="您的意见", max_length=casework.LONGEST, widget=AREA, error_messages={"required": "请写明您的意见。"},
        help_text="例如：信息属实，依据是哪份文书；或者哪里确实有误。提供单位答复以前会看到，提出人看不到。",
    )  # fmt: skip
    file_evidence = FilesField(
        label="证明材料", required=False, help_text=HOW, widget=Files({"accept": materials.ACCEPT})
    )

    def uploads(self) -> tuple[Upload, ...]:
        return uploads_of(self.cleaned_data, [("MATERIAL_EVIDENCE", "file_evidence")])


def number_in(text: str) -> str:
    """The number of a record, also where the address of its page was given."""
    return text.strip().partition("?")[0].rstrip("/").rpartition("/")[2]


__all__ = ["AtWindow", "Concerned", "Objecting", "Opinion", "number_in"]
