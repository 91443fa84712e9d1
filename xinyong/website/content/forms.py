"""What editors and reviewers fill in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify
from pypinyin import lazy_pinyin
from wagtail.admin.forms import WagtailAdminPageForm

CHECKS = (
    ("text", "文字：错别字、标点、病句、数字用法已校"),
    ("facts", "事实：日期、文号、数据、单位名称与来源核对一致"),
    ("rights", "权益：没有可识别的自然人信息，虚构内容已标明，图片有替代文字"),
)
LONGEST_REMARK = 2000
LONGEST_SLUG = 60  # characters


class WrittenForm(WagtailAdminPageForm):  # type: ignore[misc]
    """An address left empty is made of the title's pinyin."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = "网址的最后一段，用字母、数字和短横；可以不填，由标题的拼音生成。"

    def clean(self) -> dict[str, Any]:
        if not self.cleaned_data.get("slug") and self.cleaned_data.get("title"):
            made = (
                slugify("-".join(lazy_pinyin(self.cleaned_data["title"])))[:LONGEST_SLUG].strip("-")
                or "wenzhang"
            )
            parent = self.parent_page or self.instance.get_parent()
            number, slug = 1, made
            while not self.instance._slug_is_available(
                slug, parent, self.instance if self.instance.pk else None
            ):
                number += 1
                slug = f"{made}-{number}"
            self.cleaned_data["slug"] = self.instance.slug = slug
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class ApproveForm(forms.Form):
    checks = forms.MultipleChoiceField(
        label="校对项目（逐项核对后勾选）", choices=CHECKS, widget=forms.CheckboxSelectMultiple
    )
    comment = forms.CharField(
        label="校对意见",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REMARK,
        help_text="写明校改了什么；没有改动时写“无改动”。",
    )

    def clean_checks(self) -> list[str]:
        checks: list[str] = self.cleaned_data["checks"]
        if len(checks) < len(CHECKS):
            raise forms.ValidationError("三项都核对过才能通过；有一项不合格请退回修改。")
        return checks


class ReturnForm(forms.Form):
    comment = forms.CharField(
        label="退回理由",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REMARK,
        help_text="写清要改哪里，作者会看到。",
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="撤下理由", widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_REMARK
    )
