"""What a password must have besides length (GB/T 22239—2019, 8.1.4.1 a)."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError

KINDS = 3
ALPHABETS = (
    "abcdefghjkmnpqrstuvwxyz",
    "ABCDEFGHJKLMNPQRSTUVWXYZ",
    "23456789",
)  # nothing that looks like another
TEXT = "密码要包含大写字母、小写字母、数字、其他符号中的至少三种。"


def one_time() -> str:
    """Sixteen characters in four groups, all kinds among them; to be changed at the first login."""
    chosen = [secrets.choice(kind) for kind in ALPHABETS]
    chosen += [secrets.choice("".join(ALPHABETS)) for _ in range(16 - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "-".join("".join(chosen[i : i + 4]) for i in range(0, 16, 4))


class MixedCharacters:
    def validate(self, password: str, user: Any = None) -> None:
        """ValidationError: fewer than three kinds of characters."""
        kinds = (
            any(c.isupper() for c in password),
            any(c.islower() for c in password),
            any(c.isdigit() for c in password),
            any(not c.isalnum() for c in password),
        )
        if sum(kinds) < KINDS:
            raise ValidationError(TEXT, code="password_simple")

    def get_help_text(self) -> str:
        return TEXT
