"""Every address of the site, as the URLconf has them, with something in their parameters; helpers of the site's tests."""

from __future__ import annotations

import browsing
import processes
from test_walk import API, OFFICE, PARAMETER, Address, collected

ROLES = ("public", "subject", "department", "department_reviewer", "center", "center_reviewer", "bank", "counter",
         "auditor", "system_admin", "security_admin", "audit_admin")  # fmt: skip
"""The least powerful first."""

__all__ = ["API", "OFFICE", "PARAMETER", "ROLES", "Address", "addresses", "browsing", "processes"]


def addresses() -> list[Address]:
    """Without the API, which asks for tokens."""
    return [a for a in collected() if not a.route.startswith(API)]
