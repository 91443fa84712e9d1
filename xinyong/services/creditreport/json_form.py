"""The report as JSON for other systems: the same content under the same number, in one spelling."""

from __future__ import annotations

import json
from typing import Any


def encode(body: dict[str, Any]) -> bytes:
    """UTF-8, keys sorted, no spaces, a line end at the end (RFC 8785 in spirit: there are no fractions)."""
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode() + b"\n"
