"""`python docs/generate.py`: write the pages that come from the code and the rulebook.

`--check` writes nothing and ends with 1 when a page is stale; tests/docs does the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from source_errors import Raised, raised_errors, rule_levels

from xinyong.catalog.book import Rulebook
from xinyong.catalog.loading import load_rulebook
from xinyong.catalog.model import ROLES, Basis, CodeSet, Field, Item
from xinyong.catalog.permissions import Action
from xinyong.catalog.windows import FEN_PER_WAN, MeasureLine
from xinyong.collection.messages import TEXTS
from xinyong.collection.template import basis_of, doubts, remarks, requirement, values_of
from xinyong.disclosure.publicity import LIST_TERM
from xinyong.disclosure.rules import CHANNELS, cited, ruleset
from xinyong.foundation.accounts import ROLES as ACCOUNT_ROLES
from xinyong.kernel.publicity import PublicityRule

DOCS = Path(__file__).resolve().parent
NOTE = "<!-- 本页由 python docs/generate.py 生成，请勿手工修改。 -->\n"
DISCLOSURES = {"public": "社会公开", "government": "政务共享", "authorised": "授权查询"}
CONFIDENCE = {"seen": "见原文", "seen_in_report": "见于报道", "sample": "样例，待确认"}
TYPES = {"text": "文字", "date": "日期", "amount": "金额（万元）", "integer": "整数", "number": "数字"}
RETURNED, HELD, WARNED, NEVER = "退回", "待核", "提示", "目前不会出现"
LEVELS = {"error": RETURNED, "held": HELD, "warning": WARNED, "review": "提示，人工核对"}

# What a rule's hit leads to, where the source does not say it next to the rule's name.
CODE_PARTS = ("length", "alphabet", "authority", "category", "region", "check_digit")
AMOUNTS = ("not_a_number", "too_many_decimals", "negative", "too_large", "unit_in_text")
CODE_NOTES = ("region_unknown", "region_historical", "org_check_digit", "exception_confirmed",
              "normalized_case", "normalized_width", "normalized_space", "normalized_hyphen")  # fmt: skip
FATES = {
    **{f"uscc_{part}": RETURNED for part in CODE_PARTS},
    **{f"amount_{problem}": RETURNED for problem in AMOUNTS},
    **{f"uscc_{note}": WARNED for note in CODE_NOTES},
    **dict.fromkeys(("regno_invalid", "orgcode_invalid"), WARNED),
    "required": "退回；补录文件整列没有的，提示",
    "code_set": "退回；个别本地扩展字段只提示",
    "uscc_placeholder": "提示；不许用占位码的字段退回",
    "prohibited_content": "提示，人工核对；只涉及自然人的事项整份退回",
}

ROLE_NAMES = {
    "subject_name": "主体名称", "subject_kind": "主体类别", "uscc": "统一社会信用代码", "regno": "工商注册号",
    "orgcode": "组织机构代码", "taxno": "税务登记号", "instno": "事业单位证书号", "socno": "社会组织登记证号",
    "person_id_type": "自然人证件类型", "person_id": "自然人证件号码", "legal_rep": "法定代表人",
    "legal_rep_id_type": "法定代表人证件类型", "legal_rep_id": "法定代表人证件号码", "doc_no": "文书号",
    "decided": "决定日期", "valid_from": "有效期起", "valid_to": "有效期止", "status": "当前状态",
    "authority_name": "作出机关名称", "authority_code": "作出机关代码", "source_name": "数据来源单位名称",
    "source_code": "数据来源单位代码", "public_until": "公示截止日", "degree": "失信程度", "domain": "违法领域",
    "procedure": "处罚程序类别", "remark": "备注",
    "kinds": "处罚类别", "fine": "罚款金额", "instrument_dated": "认定文书日期", "first_public": "首次公示日期",
    "removed": "移出日期", "revoked": "撤销或变更标志", "repair_state": "修复状态",
}  # fmt: skip


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines) + "\n"


def items(book: Rulebook) -> list[Item]:
    return [item for _, versions in sorted(book.items.items()) for item in versions]


# 规则说明.md


def rules_page(book: Rulebook) -> str:
    found = rule_levels(DOCS.parent / "xinyong" / "collection")
    general = [(f"`{rule}`", fate_of(rule, found), *text) for rule, text in TEXTS.items()]
    parts = [
        NOTE,
        "# 规则说明\n",
        "退回与待核表的“规则”一栏写的就是下面的编号。怎样改、怎样再交，见[部门信息员手册](部门信息员手册.md)。\n",
        "- **退回**：这一行没有入库，改好再交。\n- **待核**：这一行不进任何人的档案，等本单位说明。\n"
        "- **提示**：这一行已经入库，请顺手核对。\n",
        "## 通用规则\n",
        table(("规则", "后果", "问题", "怎么改"), general),
        "## 各事项自己的规则\n",
        "这些规则写在规则库的事项文件里，跟着目录版本走。",
        "没有另外注明的，都是样例，尚未与标准原文核对。\n",
        *(_item_rules(item) for item in items(book) if item.row_checks),
    ]
    return "\n".join(parts)


def fate_of(rule: str, found: dict[str, set[str]]) -> str:
    """What a hit leads to; NEVER where the source nowhere names the rule."""
    return FATES.get(rule) or "或".join(LEVELS[level] for level in sorted(found.get(rule, ()))) or NEVER


def _item_rules(item: Item) -> str:
    names = {f.code: f.name for f in item.fields}
    rows = [
        (f"`{c.rule}`", LEVELS[c.level], names.get(c.field or "", "整行"), c.message, c.suggestion)
        for c in item.row_checks
    ]
    return f"### {item.code} {item.name}\n\n" + table(("规则", "后果", "字段", "问题", "怎么改"), rows)


# 数据字典.md


def dictionary_page(book: Rulebook) -> str:
    parts = [
        NOTE,
        "# 数据字典\n",
        f"随产品规则库 {book.edition.id} 版（{book.edition.published} 发布）的全部目录事项。",
        "本区自己加的事项用 `xinyong catalog` 查看。\n",
        "“可信程度”：见原文（文件原文已看到）、见于报道、样例（待确认）。字段一栏说的是代码与名称；"
        "长度、必填与取值另有“规则样例，待确认”的注记。\n",
        "列名可以写字段代码、名称或别名，大小写、全角半角和空格都不计较。\n",
        table(("代码", "名称", "字段数", "公开属性", "报送频率", "可信程度"), map(_item_line, items(book))),
        *(_item_section(item, book) for item in items(book)),
        "## 代码集\n",
        table(("编号", "名称", "取值", "可信程度"), map(_code_set, book.code_sets.values())),
        "## 字段角色\n",
        "事项文件里 `role` 可以写的值。系统凭它认出主体、日期和文书号，不凭字段名。\n",
        table(("角色", "含义"), ((f"`{r}`", ROLE_NAMES[r]) for r in sorted(ROLES))),
    ]
    return "\n".join(parts)


def _item_line(item: Item) -> tuple[str, ...]:
    shown = DISCLOSURES[item.disclosure], item.frequency, CONFIDENCE[item.confidence]
    return (f"[{item.code}](#{_anchor(item)})", item.name, str(len(item.fields)), *shown)


def _anchor(item: Item) -> str:
    return "".join(ch for ch in f"{item.code}-{item.name}".lower() if ch not in "（）")


def _item_section(item: Item, book: Rulebook) -> str:
    head = ("代码", "名称", "类型", "长度", "何时必填", "公开属性", "可信程度", "说明与取值")
    facts = [f"版本 {item.version}，{item.in_force_from} 起施行。业务主键：{'、'.join(item.business_key)}。"]
    if item.description:
        facts.append(item.description.rstrip("。") + "。")
    facts += [f"依据：{basis_of(b, book)}。" for b in item.basis]
    rows = (_field(f, item, book) for f in item.fields)
    return f"## {item.code} {item.name}\n\n" + "\n".join(facts) + "\n\n" + table(head, rows)


def _field(f: Field, item: Item, book: Rulebook) -> tuple[str, ...]:
    told = [remarks(f), values_of(f, book), "本地扩展字段" if f.extension else ""]
    told += [f"别名：{'、'.join(f.aliases)}" if f.aliases else ""]
    doubt = "、".join(filter(None, (CONFIDENCE[f.confidence], _rule_doubt(f))))
    length = str(f.length or "")
    head = (f"`{f.code}`", f.name, TYPES[f.type], length, requirement(f, item), DISCLOSURES[f.disclosure])
    return (*head, doubt, "。".join(t.rstrip("。") for t in told if t))


def _rule_doubt(f: Field) -> str:
    return "" if f.confidence == "sample" else doubts(f)


def _code_set(codes: CodeSet) -> tuple[str, ...]:
    values = "、".join(codes.values) + (f"；其他写作“{codes.other_prefix}…”" if codes.other_prefix else "")
    return (f"`{codes.id}`", codes.name, values, CONFIDENCE[codes.confidence])


# 错误代码.md

GROUPS = {
    "reading": "读文件（整份退回）",
    "collection": "报送与办理",
    "archive": "查询时点",
    "disclosure": "查询与权限",
    "catalog": "目录与规则",
    "rulebook": "规则库文件",
    "foundation": "数据库、密钥、备份与存储",
    "cli": "命令行",
    "regulation": "措施登记",
    "rights": "修复、异议、通知和个人权益",
    "services": "信用报告",
    "website": "网站",
    "kernel": "核心",
}


def errors_page(book: Rulebook) -> str:
    found = raised_errors(DOCS.parent / "xinyong")
    parts = [
        NOTE,
        "# 错误代码\n",
        '加了 `--json` 的命令出错时打印 `{"error": {"code": …, "sentence": …}}`；不加时只打印那句话。',
        "退出码 2 是交来的东西不能收，改了再试；退出码 1 是这套安装出了问题，找维护人员。"
        "网站上对应 400、403 和 500（数据库连不上是 503）。\n",
        "句子里的 … 是当时的文件名、行号、数字等。\n",
    ]
    for group, title in GROUPS.items():
        rows = [_error(e) for e in found if e.group == group]
        if rows:
            parts += [f"## {title}\n", table(("代码", "退出码", "句子"), rows)]
    return "\n".join(parts)


def _error(e: Raised) -> tuple[str, str, str]:
    return (f"`{e.code}`", str(e.exit_code), "<br>".join(e.sentences))


# 权限矩阵.md


def permissions_page(book: Rulebook) -> str:
    parts = [
        NOTE,
        "# 权限矩阵\n",
        "谁能做什么。网站、接口与命令都只问这一张表（规则库的 permissions.yaml），测试以每个角色走遍每个网址来核对。\n",
        "- **三员分立**：系统管理员、安全管理员、审计管理员之间没有共同的权限，装入规则库时检查；没有超级用户。\n"
        "- **第二道验证**：公众和信用主体以外的角色，每次登录都要用第二道验证。\n"
        "- **写明用途**：标有“用途”的，打开前要写明办什么事。**记审计**：每次打开都记入审计日志；改动一律另行记入。\n",
    ]
    for area in dict.fromkeys(a.area for a in book.permissions.values()):
        rows = [_permission(a) for a in book.permissions.values() if a.area == area]
        parts += [f"## {area}\n", table(("编号", "权限", "角色", "要求", "说明"), rows)]
    return "\n".join(parts)


def _permission(action: Action) -> tuple[str, ...]:
    asked = [text for text, on in (("用途", action.purpose), ("记审计", action.logged)) if on]
    roles = (
        "所有人"
        if "public" in action.roles
        else "、".join(n for r, n in ACCOUNT_ROLES.items() if r in action.roles)
    )
    return (f"`{action.id}`", action.name, roles, "、".join(asked), action.note)


# 公示规则.md

BASES = {"decision_date": "决定日期", "instrument_date": "认定文书日期", "publicity_date": "首次公示日期"}
PUBLISHED = {"yes": "公示", "no": "不公示", "if_needed": "原则上不公示"}


def publicity_page(book: Rulebook) -> str:
    rules = ruleset(book)
    parts = [
        NOTE,
        "# 公示规则\n",
        "每条记录有三个时钟：公示期、共享使用期、措施自己的期限。公示期满只停止公示；修复、撤销才停止共享和使用。",
        "下表按次序逐条试，用决定日有效的第一条；后来的规则对主体更有利的，用后来的（`PUB_KINDER`）。\n",
        "标“样例”的取值未经核对，上线前请以正式文本为准，在本地规则库改。\n",
        "## 公示期\n",
        table(
            ("适用", "渠道", "公示", "最短", "最长", "起算", "施行", "依据", "可信程度"),
            map(_window_line, rules.rules),
        ),
        "## 最长公示期满，义务没有履行\n",
        "第 36 号令：到期仍未纠正、未履行的，按行业主管部门规定。各行业的规定系统不知道，所以期满前问认定单位义务是否履行："
        "最长公示期满前若干个工作日（`DUTIES_ASK`，样例）告知认定单位一次，并在“标注”列到期满为止。"
        "认定单位在平台没有可用账号的，改告知报送这条记录的单位，报送单位也没有的告知信用中心，请其转告；"
        "以后开立账号的，不再补告知，在“标注”里能看到。"
        "登记“尚未履行”的，期满不算结束，列在“标注”等认定单位处理；一直没有登记的，按已履行处理，期满自动停止公示，以后仍可登记。\n",
        "**待业主决定。** 期满而义务未履行、认定单位还没有处理的，本平台暂停公示，共享和使用照常：没有见到哪一条允许默认超过最长期限公示，"
        "公示过的又收不回来。认定单位写明行业主管部门的规定后，公示继续到写明的日期。"
        "要改为处理以前继续公示的，由业主依据行业主管部门的规定决定；理由见 [ADR 0011](adr/0011-three-clocks.md)。\n",
        "## 名单的管理期限\n",
        _list_term(book),
        "## 失信程度\n",
        "没有认定程度的不公示，应在作出决定之日起七个工作日内认定。规则只直接认定轻微；其余是建议，由人确认。"
        "“审核”里决定早的在前；到期前（`DEGREE_WARN`，样例）和逾期时各告知认定单位一次，逾期的同时告知信用中心，"
        "信用中心在“程度认定”看各单位待认定和逾期的件数："
        "每天统计一次，页面和导出文件的末行写明截至什么时间，装好以后第一次统计以前写明还没有统计。"
        "认定单位没有可用账号的，同样改告知报送单位或者信用中心，请其转告。"
        "只有已经失效的规则才有的程度（2019 年规定的特定严重），只能用于那条规则有效期间作出的决定；"
        "审核页、修复告知书不给其他决定选，系统也不接受。\n",
        table(
            ("规则", "程度", "效力", "依据", "可信程度"),
            (
                (r.name, r.degree, "直接认定" if r.settles else "建议", _cited(book, r.basis), CONFIDENCE[r.confidence])
                for r in book.degrees
            ),
        ),
        "## 共享使用\n",
        "报告按自己的用途取信息；部门凭法定职责查询的，按该职责登记的用途（`duties.yaml` 的 `use`），按规则不得用于这一用途的不在答复里。"
        "认定、报送它的单位，信用中心，审计员和信用主体本人仍能看到；经授权的查询以授权的事项为限。\n",
        table(
            ("用途", "不含", "依据", "可信程度"),
            (
                (r.name, "、".join((*r.procedures_excluded, *r.degrees_excluded)) or "—",
                 f"{r.instrument} {r.article}", CONFIDENCE[r.confidence])
                for r in rules.sharing
            ),
        ),
        "## 措施期\n",
        "措施由法律规定的机关作出，本平台不作出措施。下表说明哪些措施可以依附在什么记录上、最长多久、什么使它提前解除。"
        "公示期满不解除任何措施；所依据的每一条记录在同一时点都有效，随依据的措施才有效。\n",
        "名单、名录等依据另一条决定作出的，由认定单位在“标注”里写明。那条决定被撤销、修复或者屏蔽的，条目的依据失效，"
        "随之停止公示、共享和使用，收到过的系统会收到召回；恢复的，随之恢复。依据只有一层：被依据的记录不能再依据别的记录。\n",
        table(
            ("措施", "事项", "作出机关", "期限", "提前解除", "依据", "可信程度"),
            ((line.name, line.item, line.organ, _term(line), _lifted(line), _cited(book, line.basis),
              CONFIDENCE[line.confidence]) for line in book.measures),
        ),
    ]  # fmt: skip
    return "\n".join(parts)


LIST_TERMS = {
    "ends": "列入决定写明的管理期限届满的，次日起不再列入：停止公示，依据它的记录失去依据，收到过的系统收到召回，保存期从届满之日起算，"
    "与移出相同，不等报送移出日期；写明更早移出的按移出日期。登记了义务尚未履行的，届满不算结束：暂停公示，列在“标注”等认定单位处理，"
    "共享和使用不停止，以后登记已经履行的，随即结束。",
    "removal": "列入决定写明的管理期限届满的，不自动移出，以报送的移出日期为准。",
}


def _list_term(book: Rulebook) -> str:
    rule = book.rules[LIST_TERM][-1]
    sure = f"依据：{_cited(book, rule.basis)}，{CONFIDENCE[rule.confidence]}。"
    return f"{LIST_TERMS[str(rule.value)]}开关是 `{LIST_TERM}`，{sure}\n"


LIFTED = {
    "repaired": "修复",
    "withdrawn": "撤销",
    "groundless": "依据失效",
    "shielded": "临时屏蔽",
    "removed": "移出",
    "gone": "保存期满",
}


def _term(line: MeasureLine) -> str:
    months = f"{line.least} 至 {line.most} 个月" if line.least != line.most else f"{line.most} 个月"
    if line.follows == "basis":
        return f"随依据，{months}" if line.most else "随依据"
    return months if line.most else "终身"


def _lifted(line: MeasureLine) -> str:
    named = line.lifted_by or (tuple(LIFTED) if line.follows == "basis" else ())
    return "、".join(LIFTED[state] for state in named) or "—"


def _window_line(r: PublicityRule) -> tuple[str, ...]:
    fine = f"罚款不超过 {r.fine_at_most / FEN_PER_WAN:g} 万元" if r.fine_at_most else ""
    parts = (*r.items, *r.degrees, *r.domains, *r.procedures, *r.kinds_any, *r.kinds_only, fine)
    begins, ends = r.in_force_from or "始终", r.in_force_to or "今"
    removed = "移出即止" if r.until_removed else ""
    return (
        "、".join(p for p in parts if p), CHANNELS[r.channel], PUBLISHED[r.publish],
        "—" if r.minimum is None else "履行完即可" if r.minimum == 0 else f"{r.minimum} 个月",
        "，".join(p for p in ("" if r.maximum is None else f"{r.maximum} 个月", removed) if p) or "—",
        BASES[r.base], f"{begins} 至 {ends}", f"{r.instrument} {r.article}", CONFIDENCE[r.confidence],
    )  # fmt: skip


def _cited(book: Rulebook, basis: Basis) -> str:
    return f"{cited(book.instruments.get(basis.instrument), basis.instrument)} {basis.article}"


PAGES: dict[str, Callable[[Rulebook], str]] = {
    "公示规则.md": publicity_page,
    "规则说明.md": rules_page,
    "数据字典.md": dictionary_page,
    "错误代码.md": errors_page,
    "权限矩阵.md": permissions_page,
}


def stale(book: Rulebook) -> list[str]:
    """Names of pages that do not say what they would say if written now."""
    written = {name: DOCS / name for name in PAGES if (DOCS / name).exists()}
    return [n for n, make in PAGES.items() if n not in written or written[n].read_text("utf-8") != make(book)]


def main() -> int:
    book = load_rulebook()
    if "--check" in sys.argv[1:]:
        found = stale(book)
        sys.stdout.write("".join(f"已过时：docs/{name}\n" for name in found))
        return 1 if found else 0
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(book), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
