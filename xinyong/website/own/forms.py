"""What a subject fills in to grant or take back an authorisation."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms

from xinyong.catalog.regions import load_regions
from xinyong.disclosure import public_keys, signatures
from xinyong.disclosure.authorisations import LONGEST_PURPOSE, Terms
from xinyong.kernel.identifiers import check_uscc
from xinyong.website.public.asking import book

DAY = {"type": "date"}
ONCE, PERIOD = "once", "period"
LONGEST_REASON = 200


class GrantForm(forms.Form):
    recipient = forms.CharField(
        label="被授权机构的统一社会信用代码",
        max_length=18,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="银行、信用服务机构等的 18 位代码，请向对方索取。",
    )
    recipient_name = forms.CharField(
        label="被授权机构的名称", max_length=100, help_text="与代码一起核对，避免授权给别人。"
    )
    items = forms.MultipleChoiceField(label="允许看哪些信息", widget=forms.CheckboxSelectMultiple)
    purpose = forms.CharField(
        label="用途",
        max_length=LONGEST_PURPOSE,
        help_text="例如“贷前审查”。对方查询时填写的用途必须与这里一字不差，否则查不到。",
    )
    onward = forms.CharField(
        label="允许对方转给谁（可不填）",
        required=False,
        max_length=200,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="不填就不许转给任何人。要允许的，填对方的统一社会信用代码，几家用顿号隔开。",
    )
    once = forms.ChoiceField(
        label="可以用几次",
        choices=[(ONCE, "只能用一次，看过就失效"), (PERIOD, "有效期内可以多次使用")],
        initial=ONCE,
        widget=forms.RadioSelect,
    )
    begins = forms.DateField(label="从哪一天起", widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    ends = forms.DateField(label="到哪一天止（含当日）", widget=forms.DateInput(DAY, format="%Y-%m-%d"))

    def __init__(self, *given: Any, today: date, **named: Any) -> None:
        super().__init__(*given, **named)
        self.today = today
        for f in self.fields.values():
            f.error_messages["required"] = f"请填写“{f.label}”。"
            f.error_messages["invalid"] = f"“{f.label}”不能识别；请核对后重填。"
        offered = [(i.code, i.name) for i in book().current_items(today) if i.kind != "ledger"]
        self.fields["items"].choices = offered  # type: ignore[attr-defined]

    def clean_recipient(self) -> str:
        found = check_uscc(self.cleaned_data["recipient"].strip(), regions=load_regions())
        if not found.valid:
            raise forms.ValidationError("代码不正确（位数或校验位不对）；请向被授权机构核对。")
        return found.normalized

    def clean_onward(self) -> tuple[str, ...]:
        codes = re.split(r"[、，,;；\s]+", self.cleaned_data["onward"].strip())
        found = [check_uscc(code, regions=load_regions()) for code in codes if code]
        if not all(f.valid for f in found):
            raise forms.ValidationError("转给的机构的代码不正确（位数或校验位不对）；请核对，或留空。")
        return tuple(f.normalized for f in found)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        begins, ends = data.get("begins"), data.get("ends")
        if begins and begins < self.today:
            self.add_error("begins", "起始日不能早于今天；请改为今天或以后。")
        if begins and ends and ends < begins:
            self.add_error("ends", "截止日早于起始日；请核对。")
        return data

    def terms(self) -> Terms:
        """Only of a valid form. What is granted on-line can always be taken back."""
        d = self.cleaned_data
        return Terms(
            d["recipient"], tuple(d["items"]), d["purpose"].strip(), d["begins"], d["ends"], d["once"] == ONCE,
            onward=d["onward"],
        )  # fmt: skip


class HandedIn(forms.Form):
    """A file or what stands in it, pasted. `name`: under which the bytes are given on."""

    name: str
    largest: int
    file = forms.FileField(
        label="文件", required=False, error_messages={"empty": "所选的文件是空的；请重新选择。"}
    )
    text = forms.CharField(
        label="或者粘贴文字", required=False, widget=forms.Textarea({"rows": 4, "autocomplete": "off", "spellcheck": "false"})
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            self.take(data, ("file", "text"), self.name, self.largest)
        return data

    def take(self, data: dict[str, Any], fields: tuple[str, str], name: str, largest: int) -> None:
        """Of a file and a text one is given; its bytes under `name`."""
        file, text = data.get(fields[0]), (data.get(fields[1]) or "").strip()
        if bool(file) == bool(text):
            self.add_error(fields[0], "请选一个文件，或者粘贴文字，只交一样。")
        elif file and file.size > largest:
            self.add_error(fields[0], f"文件超过 {largest // 1000} KB，不是所要的文件；请重新选择。")
        else:
            data[name] = bytes(file.read()) if file else text.encode()


class SignForm(HandedIn):
    name, largest = "signature", signatures.LARGEST

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["file"].label = "签名文件"
        self.fields["text"].label = "或者粘贴签名（Base64 或十六进制）"


class KeyForm(HandedIn):
    """A key, and its signature under the text of the day."""

    name, largest = "key", public_keys.LARGEST
    signed_file = forms.FileField(
        label="登记书文本的签名文件", required=False, error_messages={"empty": "所选的文件是空的；请重新选择。"},
        help_text="用要登记的这把密钥签的；证明私钥在本主体手里。",
    )  # fmt: skip
    signed = forms.CharField(
        label="或者粘贴签名（Base64 或十六进制）", required=False, help_text="签名文件和粘贴的签名，交一样就行。",
        widget=forms.Textarea({"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["file"].label = "公钥或者证书的文件"
        self.fields[
            "file"
        ].help_text = "公钥：Ed25519 或 SM2；证书（X.509）：SM2、RSA、ECDSA 或 Ed25519。千万不要交私钥。"
        self.fields["text"].label = "或者粘贴公钥、证书（以 -----BEGIN 开头）"
        self.fields["text"].help_text = "文件和粘贴的文字，交一样就行。"

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            self.take(data, ("signed_file", "signed"), "signature", signatures.LARGEST)
        return data


class KeyEndForm(forms.Form):
    reason = forms.CharField(
        label="停用的原因",
        error_messages={"required": "请写明停用的原因。"},
        max_length=LONGEST_REASON,
        help_text="例如“密钥遗失”“经办人变更”。",
        widget=forms.Textarea({"rows": 3}),
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label="撤回的原因（选填）",
        required=False,
        max_length=LONGEST_REASON,
        help_text="填了的，随这份授权一起保存，例如“业务已办结”。",
        widget=forms.Textarea({"rows": 3}),
    )
