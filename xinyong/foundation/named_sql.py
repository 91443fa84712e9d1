"""Hand-written SQL lives in `.sql` files: `-- name: one-line purpose`, then the statement."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def load(path: Path) -> dict[str, str]:
    """Name → statement."""
    statements: dict[str, list[str]] = {}
    name = ""
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("-- ") and ":" in line:
            name = line[3:].split(":")[0].strip()
            statements[name] = []
        elif name:
            statements[name].append(line)
    return {k: "\n".join(v).strip() for k, v in statements.items()}
