"""Check rulebook documents against the JSON Schemas in rulebook/schema and say in Chinese what is wrong.

jsonschema is imported on first use: shipped files were checked when their manifest was written, so an
installation without local files never needs it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinyong.catalog.rejections import MENDS, rejection
from xinyong.catalog.yamlfile import Document

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_SCHEMAS = Path(__file__).resolve().parent.parent / "rulebook" / "schema"
_TYPES = {
    "string": "文字",
    "integer": "整数",
    "boolean": "true 或 false",
    "object": "键值对",
    "array": "列表",
    "null": "空",
}


@cache
def _validator(kind: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = [json.loads(p.read_text("utf-8")) for p in sorted(_SCHEMAS.glob("*.schema.json"))]
    registry: Any = Registry().with_resources([(s["$id"], Resource.from_contents(s)) for s in schemas])
    return Draft202012Validator(registry.get(f"xinyong:{kind}").contents, registry=registry)


def check_schema(document: Document, kind: str) -> None:
    """Refuse `document`, when it does not fit the schema `kind`, with its first defect by place."""
    errors = sorted(
        _validator(kind).iter_errors(document.data), key=lambda e: [str(p) for p in e.absolute_path]
    )
    if errors:
        code, problem = _explain(errors[0])
        raise rejection(code, document.shown, place(document.data, list(errors[0].absolute_path)), problem)


def every_defect(document: Document, kind: str) -> list[tuple[list[str | int], str]]:
    """All that does not fit the schema `kind`, by place: path into the document, and a sentence for its author."""
    errors = sorted(
        _validator(kind).iter_errors(document.data), key=lambda e: [str(p) for p in e.absolute_path]
    )
    found = [(list(e.absolute_path), *_explain(e)) for e in errors]
    return [(path, f"{problem}。{MENDS[code]}。") for path, code, problem in found]


def place(data: Any, path: Sequence[str | int]) -> str:
    """`fields[3]（CF_WSH）.length`: where in the document, with the entry's code or id for the eye."""
    shown, here = "", data
    for step in path:
        here = here[step]
        shown += f"[{step + 1}]" if isinstance(step, int) else ("." if shown else "") + step
        if isinstance(step, int) and isinstance(here, dict):
            label = here.get("code") or here.get("id") or here.get("rule")
            shown += f"（{label}）" if label else ""
    return shown or "顶层"


def _explain(error: ValidationError) -> tuple[str, str]:
    code, say = _EXPLANATIONS[str(error.validator)]
    return code, say(error.instance, error.validator_value, error.schema)


def _missing(instance: Any, wanted: Any, _: Any) -> str:
    return f"缺少 {'、'.join(k for k in wanted if k not in instance)}"


def _unexpected(instance: Any, _: Any, schema: Any) -> str:
    return f"含有不认得的项（{'、'.join(str(k) for k in instance if k not in schema['properties'])}）"


def _wrong_type(instance: Any, wanted: Any, _: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return f"应为{'或'.join(_TYPES[n] for n in names)}，现为 {_short(instance)}"


def _short(instance: Any) -> str:
    text = json.dumps(instance, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"


_EXPLANATIONS: dict[str, tuple[str, Callable[[Any, Any, Any], str]]] = {
    "required": ("missing", _missing),
    "additionalProperties": ("unexpected", _unexpected),
    "type": ("wrong_type", _wrong_type),
    "enum": (
        "not_allowed",
        lambda i, w, _: f"取值 {_short(i)} 不在允许的取值之内（{'、'.join(map(str, w))}）",
    ),
    "pattern": ("wrong_form", lambda i, w, _: f"{_short(i)} 的写法不对"),
    "minLength": ("too_few", lambda i, w, _: f"至少要有 {w} 个字符"),
    "minItems": ("too_few", lambda i, w, _: f"至少要有 {w} 个值"),
    "minProperties": ("too_few", lambda i, w, _: f"至少要有 {w} 项"),
    "maxItems": ("too_many", lambda i, w, _: f"最多只能有 {w} 个值"),
    "uniqueItems": ("repeated", lambda i, w, _: "有重复的值"),
    "minimum": ("out_of_range", lambda i, w, _: f"{i} 小于允许的最小值 {w}"),
    "maximum": ("out_of_range", lambda i, w, _: f"{i} 大于允许的最大值 {w}"),
}
