"""What the login library asks of us: sign-up closed, lock-out, secrets sealed, the second factor kept."""

from __future__ import annotations

import base64
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.forms import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from xinyong.foundation import keys
from xinyong.foundation.accounts import STAFF
from xinyong.kernel.errors import Refused
from xinyong.website import access
from xinyong.website.login import attempts, trail

RECENT = 300  # seconds after which a second factor is changed only by proving oneself again
ISSUER = "信用潼南"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "用户名或密码不对；请核对后重试。",
        "too_many_login_attempts": "连续出错次数过多，已暂停登录；请 15 分钟后重试。",
        "rate_limited": "操作过于频繁；请稍后重试。",
        "incorrect_password": "密码不对；请重新输入。",
        "enter_current_password": "当前密码不对；请重新输入。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, request: HttpRequest, level: int, *args: Any, **given: Any) -> None:
        """Only what says something of its own: the library's stock messages stay away."""
        if given.get("message"):
            super().add_message(request, level, *args, **given)

    def get_client_ip(self, request: HttpRequest) -> str:
        return access.origin(request) or "0.0.0.0"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console-home")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("home")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("console-home")

    def is_reauthentication_required(self, *, app: str, **given: Any) -> bool:
        """Not for who has just logged in."""
        request = context.request
        records = get_authentication_records(request, request.user)
        return not any(time.time() - r["at"] < RECENT for r in records)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            attempts.check(credentials.get("username", ""), access.origin(request))
        except Refused as e:
            trail.failed(request, credentials.get("username", ""), "locked")
            raise ValidationError(e.sentence, code=e.code) from None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        name = credentials.get("username", "")
        attempts.note(name, access.origin(request), "password", succeeded=False)
        trail.failed(request, name, "password")


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "验证码不对或已经用过；请输入最新的一组数字。",
        "cannot_delete_authenticator": "您的角色必须使用第二道验证，不能停用最后一种方式；请先添加另一种。",
        "cannot_generate_recovery_codes": "请先设置第二道验证，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(keys.provider().wrap(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return keys.provider().unwrap(base64.b64decode(encrypted_text)).decode()

    def get_totp_issuer(self) -> str:
        return ISSUER

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.username)

    def _get_site_name(self) -> str:
        return ISSUER

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Staff keep one."""
        if authenticator.user.role not in STAFF:
            return True
        others = Authenticator.objects.filter(user=authenticator.user).exclude(pk=authenticator.pk)
        return others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return f"安全密钥 {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"
