"""What the source can raise and find, errors with their sentences: read from the syntax tree, nothing is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xinyong.catalog.rejections import MENDS

KINDS = {"Refused": 2, "NotPermitted": 2, "Fault": 1}
ENDS = "_end"  # cli.output: errors that are not ours end in a sentence of ours
HANDED_ON = "refused"  # collection.intake: keeps a receipt and refuses with the sentence it is given
HOLE = "…"


@dataclass(frozen=True, slots=True)
class Raised:
    """`sentences` in the order of the source; what is filled in at run time stands as …"""

    code: str
    exit_code: int
    group: str
    sentences: tuple[str, ...]


def raised_errors(root: Path) -> list[Raised]:
    """One entry per code, sorted; of a code that several places raise, every sentence."""
    found: dict[str, tuple[int, str, list[str]]] = {}
    for path in sorted(root.rglob("*.py")):
        for code, status, sentence in _raised(ast.parse(path.read_text("utf-8"))):
            entry = found.setdefault(code, (status, _group(path, root), []))
            if sentence and sentence not in entry[2]:
                entry[2].append(sentence)
    for code, mend in MENDS.items():
        found[f"rulebook.{code}"] = (2, "rulebook", [f"规则库文件 {HOLE}：{HOLE}。{mend}。"])
    return [Raised(c, s, g, tuple(sentences)) for c, (s, g, sentences) in sorted(found.items())]


def _group(path: Path, root: Path) -> str:
    parts = path.relative_to(root).parts
    return "reading" if parts[:2] == ("collection", "reading") else parts[0]


def _raised(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    known = _assigned(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or len(call.args) < 2:
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        code = call.args[0]
        if name == HANDED_ON and len(call.args) == 3:
            yield "prohibited_data", 2, text_of(call.args[2], known)
        if name in (*KINDS, ENDS) and isinstance(code, ast.Constant) and isinstance(code.value, str):
            yield code.value, KINDS.get(name, 1), _unless_hole(text_of(call.args[1], known))


def _unless_hole(sentence: str) -> str:
    return "" if sentence == HOLE else sentence


def _assigned(tree: ast.AST) -> dict[str, ast.expr]:
    """Names that stand for a text somewhere in the file."""
    assignments = (n for n in ast.walk(tree) if isinstance(n, ast.Assign) and len(n.targets) == 1)
    return {
        n.targets[0].id: n.value
        for n in assignments
        if isinstance(n.targets[0], ast.Name)
        and isinstance(n.value, ast.Constant | ast.JoinedStr | ast.BinOp)
    }


def text_of(node: ast.expr, known: dict[str, ast.expr]) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part, {}) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left, known) + text_of(node.right, known)
    if isinstance(node, ast.Name) and node.id in known:
        return text_of(known[node.id], {})
    return HOLE


LEVELS = ("error", "held", "warning", "review")
SETTLED = {"x": "error", "h": "held"}  # fates by which collection.settle says it


def rule_levels(root: Path) -> dict[str, set[str]]:
    """Rule → levels, where the source says them next to each other in so many words.

    Either (rule, …, level) in a call or a tuple, or `_fate(row, fate, rule, …)`, or `_hold(row, rule, …)`.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            rule, level = _said(node)
            if rule and level:
                found.setdefault(rule, set()).add(level)
    return found


def _said(node: ast.AST) -> tuple[str, str]:
    given = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
    words = [str(a.value) if isinstance(a, ast.Constant) else "" for a in given] + [""] * 3
    name = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
    if name == "_hold":
        return words[1], "held"
    if name == "_fate":
        return words[2], SETTLED.get(words[1], "")
    return (words[0], words[2]) if words[2] in LEVELS else ("", "")
