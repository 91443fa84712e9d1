"""Every reason for which a rulebook file is refused, and how to mend it.

A sentence names the file, the place in it, the problem and the mend. tests/catalog/bad holds an example
per code.
"""

from __future__ import annotations

from xinyong.kernel.errors import Refused

MENDS: dict[str, str] = {
    # the file
    "not_utf8": "请用 UTF-8 编码保存后重试",
    "not_yaml": "请按 YAML 语法改正（注意缩进、冒号后的空格和引号）后重试",
    "duplicate_key": "请只保留一处",
    "misplaced": "请按“items/事项代码/生效日期.yaml”“calendar/年份.yaml”存放，使路径与内容一致",
    "unknown_file": "请改为规则库认得的文件名，或移出规则库目录",
    # the schema
    "missing": "请补上这一项",
    "unexpected": "请删去，或对照样例改正拼写",
    "not_allowed": "请改为允许的取值之一",
    "wrong_type": "请改为规定的类型",
    "wrong_form": "请按规定的写法填写",
    "too_few": "请至少填写规定的个数",
    "too_many": "请减少到规定的个数",
    "repeated": "请去掉重复的值",
    "out_of_range": "请改为允许范围内的数",
    # references and sense
    "bad_date": "请填写日历上存在的日期，格式 2026-03-05",
    "dates_reversed": "请使起始日期不晚于截止日期",
    "periods_overlap": "请调整起止日期，使同一时间只有一个有效",
    "duplicate_id": "请只保留一条，或改用另一个编号",
    "duplicate_field": "请只保留一个，或改用另一个字段代码",
    "unknown_instrument": "请先在 instruments.yaml 登记该法律文件，或改正编号",
    "unknown_code_set": "请先在 code_sets.yaml 登记该代码集，或改正编号",
    "unknown_retention": "请先在 retention.yaml 登记该保存期限，或改正编号",
    "unknown_provider": "请先在 providers.yaml 登记该单位，或改正编号",
    "unknown_use": "请改成 sharing.yaml 里的用途，或者先登记该用途的规则",
    "unknown_class": "请改为 plan_classes.yaml 中登记的类别名称",
    "unknown_rule": "请先在 rules.yaml 登记该规则，或改正编号",
    "unknown_item": "请改为已有的事项代码",
    "unknown_role": "请改为系统认得的角色，见 docs 的角色表",
    "duplicate_role": "同一事项中一个角色只能给一个字段，请去掉多余的",
    "missing_role": "请给相应字段标上该角色",
    "unknown_check": "请改为系统认得的校验名",
    "unknown_field": "请改为本事项已有的字段代码",
    "unknown_key_part": "业务主键只能由 subject、角色或本事项的字段代码组成，请改正",
    "key_without_subject": "多当事人的事项，业务主键须含 subject，请补上",
    "key_without_part": "一文多项的事项，业务主键须有区分各项的字段，请补上",
    "ambiguous_alias": "请改写其中一个的名称或别名",
    "wider_than_item": "字段的公开范围不得宽于事项，请收窄字段的公开范围",
    "personal_without_mask": "个人证件号码须规定脱敏方式，请加上 mask: [前留位数, 后留位数]",
    "personal_unmarked": "请加上 personal: true 和 mask: [前留位数, 后留位数]",
    "personal_public": "个人证件号码不得向社会公开，请把 disclosure 改为 government 或 authorised",
    "public_text_unchecked": "向社会公开的长文本须经敏感内容检测，请加上 free_text: true",
    "publicity_not_public": "只有“社会公开”的事项才能公示，请改正 publicity 或 disclosure",
    "natural_public": "只含自然人的事项不得公开，请把 disclosure 改为 government 或 authorised",
    "condition_incomplete": "条件须指明字段和一种比较方式，或用 all / any 组合，请改正",
    "check_incomplete": "请补上这种校验所需的参数",
    "wrong_field_type": "请改用类型相符的字段",
    "value_splits": "请改写代码集的取值，使其不含分号、顿号和竖线，或取消 multiple",
    "late_without_channel": "请写明 channel: credit_china 或 gsxt，或删去 late_after_workdays",
    "code_set_maps_nowhere": "旧值须对应到现行取值之一，请改正",
    "bad_pattern": "请改为合法的正则表达式，不要用前后断言和反向引用",
    "outside_year": "请写当年存在的日期，格式 MM-DD 或 MM-DD..MM-DD",
    "off_and_worked": "同一天不能既放假又上班，请去掉其一",
    "admins_meet": "三员分立，一项权限只能归其中一个管理员，请改正",
    "template_places": "请使 body 中的 {名字} 与 values 一致；站外渠道只可用 platform 和 address",
    "not_for_a_rule": "规则只可直接认定轻微；一般和严重由人确认，请把 settles 改为 false",
    "bad_provider_code": "请核对统一社会信用代码的校验位",
    # the shipped edition
    "shipped_altered": "请恢复随产品发布的原文件，把改动放到本地规则库目录，并写明 based_on",
}


def rejection(code: str, file: str, place: str, problem: str) -> Refused:
    """The refusal for one defect: `file` as shown to people, `place` inside it, `problem` in Chinese."""
    where = f"规则库文件 {file}" + (f" 的 {place}" if place else "")
    return Refused(f"rulebook.{code}", f"{where}：{problem}。{MENDS[code]}。")
