"""Codes that fail the check digit but were confirmed by the registration authority."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


def exceptions(folder: Path) -> frozenset[str]:
    """Codes that fail the check digit but were confirmed by the registration authority, one a line."""
    register = folder / "code_exceptions.txt"
    try:
        known = register.stat()
    except FileNotFoundError:
        return frozenset()
    return _exceptions(register, known.st_mtime_ns, known.st_size)


@lru_cache(maxsize=2)
def _exceptions(register: Path, changed: int, size: int) -> frozenset[str]:
    """Read once for each state of the file: a server runs for months, and the register grows."""
    lines = (line.split("#")[0].strip().upper() for line in register.read_text("utf-8").splitlines())
    return frozenset(line for line in lines if line)
