"""Where state lives: everything stands under `XINYONG_HOME` (default ./var)."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of all state, created with access for its owner only."""
    path = Path(os.environ.get("XINYONG_HOME") or "var").absolute()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def folder(*parts: str) -> Path:
    """A folder below the home, created 0700."""
    path = home().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def local_rulebook() -> Path:
    """Local editions of rules, beside the shipped ones; survives an upgrade."""
    return folder("rulebook")
