"""Where this installation can be reached from outside: it stands in every report's QR code."""

from __future__ import annotations

import os


def site() -> str:
    """`XINYONG_SITE_URL` without a slash at the end."""
    return os.environ.get("XINYONG_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
