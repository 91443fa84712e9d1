"""Read one YAML file strictly: UTF-8, no key twice, dates and codes stay text."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from xinyong.catalog.rejections import rejection

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # a PyYAML built without libyaml: slower, same result
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


class DuplicateKey(Exception):
    """A mapping holds the same key twice; plain YAML would keep the last one in silence."""


class _StrictLoader(_Base):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise DuplicateKey(_repeated(node), node.start_mark.line + 1)
        return mapping


# Only true/false/null and plain whole numbers are not text: 2026-03-05, no, 00 and 1:30 stay as written.
_StrictLoader.yaml_implicit_resolvers = {}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:null|~|)$"), ["n", "~", ""])
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile("^-?(?:0|[1-9][0-9]{0,14})$"), list("-0123456789")
)


def _repeated(node: yaml.MappingNode) -> str:
    keys = [key.value for key, _ in node.value]
    return str(next(k for k in keys if keys.count(k) > 1))


@dataclass(frozen=True, slots=True)
class Document:
    """One rulebook file: `path` relative to its edition's folder, `data` as parsed, SHA-256 of the bytes."""

    path: str
    data: Any
    digest: str
    source: Literal["shipped", "local"]

    @property
    def shown(self) -> str:
        return self.path if self.source == "shipped" else f"（本地）{self.path}"


def read_document(root: Path, path: Path, source: Literal["shipped", "local"]) -> Document:
    """Read `path`, a file under `root`. Refused when it isn't UTF-8 or YAML, or repeats a key."""
    raw = path.read_bytes()
    name = path.relative_to(root).as_posix()
    document = Document(name, None, hashlib.sha256(raw).hexdigest(), source)
    return Document(name, _parse(raw, document.shown), document.digest, source)


def _parse(raw: bytes, shown: str) -> Any:
    try:
        return yaml.load(raw.decode("utf-8-sig"), Loader=_StrictLoader)
    except UnicodeDecodeError as e:
        raise rejection("not_utf8", shown, f"第 {e.start + 1} 个字节", "不是 UTF-8 编码的文字") from e
    except DuplicateKey as e:
        raise rejection(
            "duplicate_key", shown, f"第 {e.args[1]} 行起的一段", f"“{e.args[0]}”出现了两次"
        ) from e
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else 1
        raise rejection("not_yaml", shown, f"第 {line} 行附近", "不符合 YAML 语法") from e
    except yaml.YAMLError as e:
        raise rejection("not_yaml", shown, "", "含有 YAML 不允许的字符") from e
