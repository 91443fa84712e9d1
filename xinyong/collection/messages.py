"""What a rule's hit means to the person who has to mend the row: problem and suggestion."""

from __future__ import annotations

from xinyong.catalog.model import Item

LEVELS = {"error": "错误", "held": "待核", "warning": "提示", "review": "人工核对"}

TEXTS = {
    "required": ("必填项为空", "请补填"),
    "required_when": ("按本行其他内容，此项必填", "请补填，或核对相关列"),
    "must_be_empty": ("按本行其他内容，此项应为空", "请删除此项，或核对相对人类别"),
    "too_long": ("超过规定长度", "请缩短"),
    "control_character": ("含不可见的控制字符", "请删除后重新录入该单元格"),
    "bad_date": ("不是有效日期", "请写成 2026-03-05"),
    "bad_number": ("不是数字", "请只填数字"),
    "amount_not_a_number": ("不是数字", "请只填以万元为单位的数字"),
    "amount_too_many_decimals": ("小数超过六位", "金额单位是万元，最多六位小数"),
    "amount_negative": ("金额为负数", "请核对"),
    "amount_too_large": ("金额过大", "请核对单位是否为万元"),
    "amount_unit_in_text": ("金额里写了单位", "请只填以万元为单位的数字，如 2000 元填 0.2"),
    "code_set": ("不在规定取值之内", "请从下拉列表中选择"),
    "old_spelling": ("用的是旧写法，已按现行取值入库", "以后请填现行取值"),
    "uscc_length": ("统一社会信用代码不是 18 位", "请核对是否多位或漏位"),
    "uscc_alphabet": (
        "统一社会信用代码含不允许的字符",
        "代码不用 I、O、S、V、Z；请核对是否应为 1、0、5、U、2",
    ),
    "uscc_authority": ("统一社会信用代码第 1 位不是登记管理部门代码", "请核对首位"),
    "uscc_category": ("统一社会信用代码第 2 位与登记管理部门不符", "请核对第二位"),
    "uscc_region": ("统一社会信用代码第 3–8 位不是行政区划码", "请核对"),
    "uscc_check_digit": ("统一社会信用代码校验位不符", "请与营业执照核对"),
    "uscc_placeholder": ("使用了无代码占位码", "有统一社会信用代码的请补填"),
    "uscc_region_unknown": ("代码中的行政区划查不到", "请核对"),
    "uscc_region_historical": ("代码中的行政区划已撤销或更名（旧码照常有效）", ""),
    "uscc_org_check_digit": ("代码中的组织机构代码校验位不符", "请与登记机关核对"),
    "uscc_exception_confirmed": ("校验位不符，但登记机关已确认", ""),
    "trimmed": ("首尾空格已去除", ""),
    "uscc_normalized_case": ("小写字母已转为大写", ""),
    "uscc_normalized_width": ("全角字符已转为半角", ""),
    "uscc_normalized_space": ("已去除空格", ""),
    "uscc_normalized_hyphen": ("已去除连字符", ""),
    "person_id_invalid": ("身份证号码不正确", "请核对号码与证件类型"),
    "regno_invalid": ("工商注册号校验不符", "请核对"),
    "orgcode_invalid": ("组织机构代码校验不符", "请核对"),
    "personal_data": ("公开的文字里有个人信息（证件号、手机号、卡号或住址）", "公开副本自动遮盖；建议改写"),
    "prohibited_content": ("文字疑似涉及禁止采集的个人信息", "请人工核对"),
    "no_identity": ("没有可以认定主体的代码", "请补填统一社会信用代码、工商注册号或证件号码"),
    "extra_cells": ("这一行的单元格比标题多，内容可能错位", "请检查是否有没加引号的逗号"),
    "operation": ("“操作”只能是 新增、更正、撤销", "请改正或留空"),
    "erased_record": ("该记录已依规删除，不再收录", "如认为删除有误，请联系信用中心"),
    "new_with_prior": ("“新增”的行又填了原记录号", "是更正请将“操作”改为更正；是新增请清空原记录号"),
    "not_your_record": ("原记录号是别的单位报送的记录", "请核对原记录号；别的单位的记录由该单位更正或撤销"),
    "unknown_record": ("找不到要更正或撤销的记录", "请核对原记录号或文书号"),
    "R12_not_a_provider": ("这个机关代码不在本区部门库", "请核对代码；市级以上机关可忽略"),
    "R14_name_code": (
        "代码与名称对不上：此代码属于另一名称的主体",
        "请核对代码或名称（常见：误抄了相邻行的代码）",
    ),
    "correction_of": ("同一机关同一文号已有另一主体或另一日期的记录", "请说明是更正还是新增"),
}


TAKEN_AWAY = (
    "登记信息确认该代码属于另一名称的主体，原已入库的记录转为待核",
    "确属该主体的请接受；否则请退回，改正代码后重新报送",
)
REGISTERED = ("与已登记的名称不一致，且未列明曾用名", "请补填曾用名，或核对代码")


def text_of(rule: str, item: Item) -> tuple[str, str]:
    """(problem, suggestion); an item's own row checks speak for themselves."""
    for check in item.row_checks:
        if check.rule == rule:
            return check.message, check.suggestion
    if rule == "R14_name_code" and item.kind == "registration":
        return REGISTERED
    return TEXTS.get(rule, (rule, ""))
