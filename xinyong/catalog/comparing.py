"""Two versions of an item (or of a code set, a calendar year) side by side, change by change, for a person to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Raw = Mapping[str, Any]
LABELS = {
    "code": "代码", "name": "名称", "version": "版本号", "in_force_from": "生效日期", "in_force_to": "失效日期",
    "category": "国家目录类别", "plan_classes": "规划类别", "subject_kinds": "主体类别", "basis": "依据",
    "providers": "提供单位", "repair_route": "修复途径", "disclosure": "公开范围",
    "natural_persons_public": "自然人信息是否公开", "publicity": "公示方式", "polarity": "性质", "frequency": "报送频率",
    "late_after_workdays": "报送时限（工作日）", "channel": "公示渠道", "retention": "保存期限", "business_key": "业务主键",
    "multi_party": "多当事人", "multi_item": "一文多项", "confidence": "可信度", "description": "说明", "kind": "种类",
    "public_when": "公开条件", "type": "类型", "length": "长度", "decimals": "小数位数", "aliases": "别名", "role": "角色",
    "required": "必填", "empty_when": "须为空的条件", "code_set": "代码集", "code_set_level": "取值不符时", "multiple": "可填多值",
    "check": "校验", "mask": "脱敏", "personal": "个人信息", "free_text": "自由文本", "extension": "扩展字段", "note": "备注",
    "rule_confidence": "规则可信度", "rule": "校验编号", "level": "级别", "message": "提示", "suggestion": "建议",
    "field": "字段", "other": "对照字段", "value": "数值", "when": "条件", "then": "要求", "values": "取值",
    "old_values": "旧写法", "other_prefix": "自由填写前缀", "year": "年份", "days_off": "放假", "workdays": "调休上班",
    "id": "编号", "order": "次序",
}  # fmt: skip
WORDS = {
    "public": "社会公开", "government": "政务共享", "authorised": "授权查询", "open": "直接公示", "by_degree": "认定失信程度后公示",
    "none": "无", "positive": "守信", "negative": "失信", "neutral": "中性", "credit_china": "信用中国",
    "gsxt": "企业信用信息公示系统", "court": "法院", "tax": "税务", "records": "信用记录", "registration": "登记信息",
    "ledger": "应报台账", "seen": "见原文", "seen_in_report": "见于报道", "sample": "样例，待确认", "text": "文本",
    "date": "日期", "amount": "金额", "integer": "整数", "number": "数字", "error": "退回", "warning": "提示",
}  # fmt: skip
LEFT_OUT = ("based_on",)
PARTS = {"fields": ("code", "字段"), "row_checks": ("rule", "行校验")}


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a comparison. kind: 新增 | 删除 | 修改 | 移动."""

    where: str
    what: str
    kind: str
    before: str
    after: str


def changes(before: Raw | None, after: Raw) -> list[Change]:
    """Head first, then fields and row checks by their code. `before` None: all of it is new."""
    old = before or {}
    keys = [k for k in dict.fromkeys([*after, *old]) if k not in PARTS and k not in LEFT_OUT]
    found = [change for k in keys if (change := _value("", k, old.get(k), after.get(k)))]
    for part, (key, label) in PARTS.items():
        found += _entries(label, key, old.get(part) or (), after.get(part) or ())
    return found


def _value(where: str, key: str, before: Any, after: Any) -> Change | None:
    if before == after:
        return None
    kind = "新增" if before is None else "删除" if after is None else "修改"
    return Change(where, LABELS.get(key, key), kind, words(before), words(after))


def _entries(label: str, key: str, before: Sequence[Raw], after: Sequence[Raw]) -> list[Change]:
    old = {str(e.get(key)): e for e in before if isinstance(e, Mapping)}
    new = {str(e.get(key)): e for e in after if isinstance(e, Mapping)}
    found = [_whole(label, e, key, "删除") for code, e in old.items() if code not in new]
    for code, entry in new.items():
        if code not in old:
            found.append(_whole(label, entry, key, "新增"))
            continue
        was, where = old[code], f"{label} {code}{_name(entry)}"
        keys = dict.fromkeys([*entry, *was])
        found += [change for k in keys if (change := _value(where, k, was.get(k), entry.get(k)))]
    return found + _moved(label, list(old), list(new))


def _whole(label: str, entry: Raw, key: str, kind: str) -> Change:
    told = "；".join(f"{LABELS.get(k, k)}：{words(v)}" for k, v in entry.items() if k != key)
    shown = ("", told) if kind == "新增" else (told, "")
    return Change(f"{label} {entry.get(key)}{_name(entry)}", "全部", kind, *shown)


def _name(entry: Raw) -> str:
    return f"（{entry['name']}）" if entry.get("name") else ""


def _moved(label: str, old: list[str], new: list[str]) -> list[Change]:
    """The order of what stands in both."""
    was, now = [c for c in old if c in new], [c for c in new if c in old]
    if was == now:
        return []
    return [Change(label, LABELS["order"], "移动", "、".join(was), "、".join(now))]


def words(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return _condition(value) if _is_condition(value) else _pairs(value)
    if isinstance(value, list | tuple):
        return "、".join(words(v) for v in value)
    return WORDS.get(str(value), str(value))


def _is_condition(value: Raw) -> bool:
    return bool({"field", "all", "any"} & set(value)) and "instrument" not in value


def _pairs(value: Raw) -> str:
    if set(value) == {"instrument", "article"}:
        return f"{value['instrument']} {value['article']}"
    return "，".join(f"{LABELS.get(k, k)} {words(v)}" for k, v in value.items())


def _condition(value: Raw) -> str:
    for key, joint in (("all", "，且"), ("any", "，或")):
        if value.get(key):
            return "（" + joint.join(_condition(v) for v in value[key]) + "）"
    name = value.get("field", "")
    if "present" in value:
        return f"填写了 {name}" if value["present"] else f"{name} 为空"
    for key, says in (("equals", "为"), ("one_of", "为"), ("contains_any", "含"), ("starts_with", "开头是")):
        if key in value:
            given = value[key]
            return f"{name} {says} {' 或 '.join(given) if isinstance(given, list) else given}"
    return str(name)


__all__ = ["LABELS", "WORDS", "Change", "changes", "words"]
