"""Forms of a draft: the head of an item, one field, the whole text; from the content and back into it.

What is written is checked by the rulebook's own schema and checks, not here: here it only becomes data.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import yaml
from django import forms

from xinyong.catalog import placing
from xinyong.catalog.book import Rulebook
from xinyong.catalog.comparing import LABELS, WORDS
from xinyong.catalog.model import CHECKS, ROLES
from xinyong.kernel.errors import Refused

KINDS = ("法人及非法人组织", "个体工商户", "自然人")
CONFIDENCES = ("seen", "seen_in_report", "sample")
DISCLOSURES = ("public", "government", "authorised")
REQUIRED = [("no", "选填"), ("yes", "必填"), ("when", "按条件必填（写在下一项）")]
CONDITION_HELP = "例如：{field: CF_XDR_LB, equals: 自然人}；多个条件用 {all: [...]} 或 {any: [...]} 组合。"
LONGEST_TEXT = 200_000
DEFAULTS = {"kind": "records", "channel": "none"}  # what an item is that does not say
Content = dict[str, Any]


def _choices(values: Any, blank: str = "") -> list[tuple[str, str]]:
    found = [(v, WORDS.get(v, v)) for v in values]
    return [("", blank), *found] if blank else found


class Lines(forms.CharField):
    """A list of texts, one a line."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=20_000, **given)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return [line for line in lines if line]


class Grounds(Lines):
    """Legal grounds: a registered instrument and an article, one a line."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return "\n".join(f"{b['instrument']} {b['article']}" for b in value)
        return value

    def to_python(self, value: Any) -> Any:
        pairs = [line.split(None, 1) for line in super().to_python(value)]
        if any(len(pair) < 2 for pair in pairs):
            raise forms.ValidationError(
                "每行先写法律文件的编号，空一格，再写条款，例如：XZCFF_2021 第四十八条。"
            )
        return [{"instrument": number, "article": article} for number, article in pairs]


class Tests(forms.CharField):
    """A condition as the rulebook writes it."""

    def __init__(self, **given: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
        super().__init__(required=False, max_length=4000, widget=widget, help_text=CONDITION_HELP, **given)

    def prepare_value(self, value: Any) -> Any:
        return flow(value) if isinstance(value, Mapping) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            made = placing.parsed(text)
        except Refused as e:
            raise forms.ValidationError(e.sentence) from e
        if not isinstance(made, dict):
            raise forms.ValidationError("条件应写成 {field: 字段代码, equals: 值} 的样子；请改正。")
        return made


def flow(value: Any) -> str:
    return yaml.safe_dump(
        value, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000
    ).strip()


class Head(forms.Form):
    """Everything of an item but its fields and row checks."""

    name = forms.CharField(label="名称", max_length=100)
    in_force_from = forms.DateField(label="生效日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                                    help_text="已有事项的新版从今天以后的某一天起用；此前收到的数据仍按原版处理。")  # fmt: skip
    in_force_to = forms.DateField(label="失效日期", required=False,
                                  widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))  # fmt: skip
    version = forms.CharField(label="版本号", required=False, max_length=40, help_text="不填就用生效日期。")
    description = forms.CharField(
        label="说明", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(label="种类", choices=_choices(("records", "registration", "ledger")))
    category = forms.ChoiceField(label="国家目录类别")
    plan_classes = forms.MultipleChoiceField(
        label="规划类别", required=False, widget=forms.CheckboxSelectMultiple
    )
    subject_kinds = forms.MultipleChoiceField(label="主体类别", required=False, choices=[(k, k) for k in KINDS],
                                              widget=forms.CheckboxSelectMultiple)  # fmt: skip
    basis = Grounds(label="依据", help_text="每行一条：法律文件编号，空一格，条款。")
    providers = forms.MultipleChoiceField(label="提供单位", required=False, widget=forms.CheckboxSelectMultiple,
                                          help_text="都不选就是任何单位都可以报送。")  # fmt: skip
    disclosure = forms.ChoiceField(label="公开范围", choices=_choices(DISCLOSURES))
    publicity = forms.ChoiceField(label="公示方式", choices=_choices(("open", "by_degree", "none")))
    natural_persons_public = forms.BooleanField(label="自然人信息公开", required=False)
    polarity = forms.ChoiceField(label="性质", choices=_choices(("positive", "negative", "neutral")))
    repair_route = forms.ChoiceField(
        label="修复途径", choices=_choices(("credit_china", "gsxt", "court", "tax", "none"))
    )
    frequency = forms.CharField(label="报送频率", max_length=20, help_text="例如：每日、每月、每年。")
    late_after_workdays = forms.IntegerField(
        label="报送时限（工作日）", required=False, min_value=1, max_value=365
    )
    channel = forms.ChoiceField(label="公示渠道", choices=_choices(("none", "credit_china", "gsxt")))
    retention = forms.ChoiceField(label="保存期限")
    business_key = Lines(label="业务主键", help_text="每行一个：subject（主体）、字段的角色或字段代码。")
    multi_party = forms.BooleanField(label="多当事人（一份文书，几个主体）", required=False)
    multi_item = forms.BooleanField(label="一文多项（一份文书，几项决定）", required=False)
    public_when = Tests(label="公开条件")
    confidence = forms.ChoiceField(label="可信度", choices=_choices(CONFIDENCES))

    def __init__(self, book: Rulebook, content: Mapping[str, Any], data: Any = None) -> None:
        super().__init__(data, initial=_first(content, self.base_fields))
        of_plan = [c.name for c in book.classes.values() if c.scheme == "plan_box_2"]
        national = [c.name for c in book.classes.values() if c.scheme != "plan_box_2"]
        offered = {
            "category": [(n, n) for n in dict.fromkeys(national)],
            "plan_classes": [(n, n) for n in dict.fromkeys(of_plan)],
            "providers": [(p.id, p.name) for p in book.providers.values()],
            "retention": [
                (r.id, f"{r.name}（{r.id}）") for r in book.retention.values() if r.applies_to == "records"
            ],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]

    def content(self, before: Mapping[str, Any]) -> Content:
        return _merged(before, self.cleaned_data)


class FieldForm(forms.Form):
    """One field of an item."""

    code = forms.CharField(
        label="字段代码", max_length=40, help_text="大写字母开头，只含大写字母、数字和下划线。"
    )
    name = forms.CharField(label="字段名称", max_length=100)
    position = forms.IntegerField(label="排在第几个", min_value=1, max_value=500)
    type = forms.ChoiceField(label="类型", choices=_choices(("text", "date", "amount", "integer", "number")))
    length = forms.IntegerField(label="最多字数", required=False, min_value=1, max_value=20_000)
    decimals = forms.IntegerField(label="小数位数", required=False, min_value=0, max_value=6)
    required = forms.ChoiceField(label="必填", choices=REQUIRED)
    required_when = Tests(label="按条件必填的条件")
    empty_when = Tests(label="须为空的条件")
    role = forms.ChoiceField(label="角色", required=False, choices=[("", "无"), *((r, r) for r in sorted(ROLES))],
                             help_text="系统凭角色认得这个字段：例如 subject_name 是主体名称，doc_no 是文书号。")  # fmt: skip
    aliases = Lines(label="别名", help_text="文件里可能出现的其他表头，每行一个。")
    code_set = forms.ChoiceField(label="代码集", required=False)
    code_set_level = forms.ChoiceField(
        label="取值不符时", required=False, choices=_choices(("error", "warning"), "退回")
    )
    multiple = forms.BooleanField(label="可填多值", required=False)
    check = forms.ChoiceField(
        label="校验", required=False, choices=[("", "无"), *((c, c) for c in sorted(CHECKS))]
    )
    disclosure = forms.ChoiceField(
        label="公开范围", required=False, choices=_choices(DISCLOSURES, "政务共享（默认）")
    )
    personal = forms.BooleanField(label="个人信息（加密保存，脱敏显示）", required=False)
    mask = forms.CharField(
        label="脱敏", required=False, max_length=7, help_text="前留几位,后留几位，例如：3,2。"
    )
    free_text = forms.BooleanField(label="自由文本（公开前查敏感内容）", required=False)
    extension = forms.BooleanField(label="本地扩展字段", required=False)
    retention = forms.ChoiceField(label="保存期限", required=False)
    note = forms.CharField(label="填写说明", required=False, max_length=500)
    confidence = forms.ChoiceField(
        label="代码和名称的可信度", required=False, choices=_choices(CONFIDENCES, "见原文（默认）")
    )
    rule_confidence = forms.ChoiceField(label="长度和规则的可信度", required=False,
                                        choices=_choices(CONFIDENCES, "样例，待确认（默认）"))  # fmt: skip

    def __init__(self, book: Rulebook, entry: Mapping[str, Any], position: int, data: Any = None) -> None:
        rule = entry.get("required", False)
        first = _first(entry, self.base_fields) | {
            "position": position, "mask": ",".join(map(str, entry.get("mask") or ())),
            "required": "when" if isinstance(rule, Mapping) else "yes" if rule else "no",
            "required_when": rule if isinstance(rule, Mapping) else None,
        }  # fmt: skip
        super().__init__(data, initial=first)
        kept = [r for r in book.retention.values() if r.applies_to == "records"]
        self.fields["code_set"].choices = [  # type: ignore[attr-defined]
            ("", "无"), *((s.id, f"{s.name}（{s.id}）") for s in book.code_sets.values())]  # fmt: skip
        self.fields["retention"].choices = [("", "随事项"), *((r.id, r.name) for r in kept)]  # type: ignore[attr-defined]

    def clean_mask(self) -> Any:
        text = self.cleaned_data["mask"].replace("，", ",").replace(" ", "")
        if not text:
            return None
        parts = text.split(",")
        if len(parts) != 2 or not all(p.isascii() and p.isdigit() for p in parts):
            raise forms.ValidationError("脱敏写成“前留几位,后留几位”，例如 3,2。")
        return [int(p) for p in parts]

    def entry(self, before: Mapping[str, Any]) -> Content:
        told = {
            k: v for k, v in self.cleaned_data.items() if k not in ("position", "required", "required_when")
        }
        rules = {"no": False, "yes": True, "when": self.cleaned_data["required_when"]}
        return _merged(before, {**told, "required": rules[self.cleaned_data["required"]]})


class Whole(forms.Form):
    """The draft as the rulebook writes it: row checks and whatever else the other forms do not have."""

    text = forms.CharField(label="全文（YAML）", max_length=LONGEST_TEXT, strip=False,
                           widget=forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "class": "catalogue-text"}),
                           help_text="日期、编号都按文字写；规则与样例见规则说明。")  # fmt: skip

    def clean_text(self) -> Content:
        try:
            made = placing.parsed(self.cleaned_data["text"])
        except Refused as e:
            raise forms.ValidationError(e.sentence) from e
        if not isinstance(made, dict):
            raise forms.ValidationError("全文应是一项目录：每行“名称: 内容”；请改正。")
        for part in ("fields", "row_checks"):
            if not isinstance(made.get(part, []), list) or not all(
                isinstance(e, dict) for e in made.get(part, [])
            ):
                raise forms.ValidationError(f"{part} 应是一组“- {{code: …}}”；请改正。")
        return made


def _first(content: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    return {k: content[k] for k in fields if k in content}


def _merged(before: Mapping[str, Any], given: Mapping[str, Any]) -> Content:
    """What is empty now and was nothing before stays as it was: a form adds no lines to a file."""
    made = deepcopy(dict(before))
    for key, value in given.items():
        value = value.isoformat() if isinstance(value, date) else value
        if value in ("", None, [], False):
            if made.get(key):
                del made[key]
        elif key in made or value != DEFAULTS.get(key):
            made[key] = value
    return made


class Begin(forms.Form):
    """What a draft begins as."""

    in_force_from = forms.DateField(
        label="生效日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class BeginNew(Begin):
    code = forms.RegexField(placing.CODE, label="事项代码", max_length=16, error_messages={
        "invalid": "事项代码由大写字母开头，只含大写字母、数字和下划线，例如 XZCF。"})  # fmt: skip
    name = forms.CharField(label="事项名称", max_length=100)
    like = forms.ChoiceField(label="以哪个事项为样", required=False,
                             help_text="选了就照抄它的字段和规则，再逐项修改；不选则给出通用的几个字段。")  # fmt: skip
    field_order = ("code", "name", "in_force_from", "like")

    def __init__(self, book: Rulebook, today: date, data: Any = None) -> None:
        super().__init__(data, initial={"in_force_from": today})
        found = [(i.code, f"{i.name}（{i.code}）") for i in book.current_items(today)]
        self.fields["like"].choices = [("", "不用样"), *found]  # type: ignore[attr-defined]


def skeleton(code: str, name: str, begins: date, book: Rulebook) -> Content:
    """A new item with the fields that nearly every item has; everything about it is a sample until somebody says."""

    def field(short: str, title: str, kind: str, **more: Any) -> Content:
        return {"code": f"{code}_{short}", "name": title, "type": kind, **more}

    return {
        "code": code, "name": name, "in_force_from": begins.isoformat(), "category": "行政管理信息",
        "subject_kinds": ["法人及非法人组织"],
        "basis": [{"instrument": "BXT_SD", "article": "待写明"}], "repair_route": "none", "disclosure": "government",
        "publicity": "none", "polarity": "neutral", "frequency": "每月", "retention": "REC_ADMIN",
        "business_key": ["authority_code", "doc_no", "subject", "decided"], "confidence": "sample",
        "fields": [
            field("MC", "主体名称", "text", length=200, role="subject_name", required=True),
            field("DM", "统一社会信用代码", "text", length=18, role="uscc", required=True, check="uscc"),
            field("WSH", "文书号", "text", length=128, role="doc_no", required=True),
            field("RQ", "决定日期", "date", role="decided", required=True),
            field("JG", "作出单位", "text", length=200, role="authority_name", required=True),
            field("JGDM", "作出单位统一社会信用代码", "text", length=18, role="authority_code", required=True, check="uscc"),
        ],
    }  # fmt: skip


def copied(raw: Mapping[str, Any], begins: date, **changes: Any) -> Content:
    """Another version, or another item, after a published one."""
    made = {k: v for k, v in deepcopy(dict(raw)).items() if k not in ("version", "in_force_to", "based_on")}
    return {**made, **changes, "in_force_from": begins.isoformat()}


def label(key: str) -> str:
    return LABELS.get(key, key)
