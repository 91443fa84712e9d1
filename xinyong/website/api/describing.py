"""The docs page: the OpenAPI description as tables, so that it needs neither script nor another site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[Parameter]
    answers: list[tuple[str, str]]


PLACES = {"path": "路径", "query": "查询串", "header": "请求头"}
MEANINGS = {
    "200": "成功", "201": "已出具", "202": "已收到，后台处理", "400": "请求有误", "401": "需要有效令牌", "403": "没有权限",
    "404": "没有找到", "409": "正在处理", "410": "已有变化", "413": "内容过大", "422": "内容不符合要求", "429": "过于频繁", "503": "暂不可用",
}  # fmt: skip


def sections(schema: dict[str, Any]) -> list[tuple[str, list[Operation]]]:
    """(tag, operations) in the order of the paths."""
    found: dict[str, list[Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, given in methods.items():
            found.setdefault((given.get("tags") or ["其他"])[0], []).append(
                _operation(path, method, given, schema)
            )
    return list(found.items())


def _operation(path: str, method: str, given: dict[str, Any], schema: dict[str, Any]) -> Operation:
    parameters = [
        Parameter(
            p["name"], PLACES.get(p["in"], p["in"]), _kind(p["schema"]), p.get("required", False), _note(p)
        )
        for p in given.get("parameters", [])
    ] + _body(given, schema)
    answers = [(str(code), MEANINGS.get(str(code), "")) for code in given["responses"]]
    anchor = given["operationId"].rsplit(".", 1)[-1]
    return Operation(
        anchor,
        method.upper(),
        path,
        given.get("summary", ""),
        given.get("description", ""),
        parameters,
        answers,
    )


def _note(p: dict[str, Any]) -> str:
    return str(p.get("description") or p["schema"].get("description") or "")


def _body(given: dict[str, Any], schema: dict[str, Any]) -> list[Parameter]:
    found = []
    for kind, content in given.get("requestBody", {}).get("content", {}).items():
        shape = _resolved(content["schema"], schema)
        for name, p in shape.get("properties", {}).items():
            place = "表单" if kind.startswith("multipart") else "JSON"
            found.append(
                Parameter(
                    name, place, _kind(p), name in shape.get("required", []), str(p.get("description", ""))
                )
            )
    return found


def _resolved(shape: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = shape.get("$ref")
    return schema["components"]["schemas"][reference.rsplit("/", 1)[-1]] if reference else shape


KINDS = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "是否",
    "array": "列表",
    "object": "对象",
}
FORMATS = {"date": "日期", "date-time": "时刻", "binary": "文件"}


def _kind(p: dict[str, Any]) -> str:
    options = [o for o in p.get("anyOf", [p]) if o.get("type") != "null"]
    first = options[0] if options else p
    return FORMATS.get(first.get("format", "")) or KINDS.get(first.get("type", ""), "")
