"""Login forms: the library's, in our words and with our lock-out."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as SecondReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password

from xinyong.kernel.errors import Refused
from xinyong.website import access
from xinyong.website.login import attempts
from xinyong.website.login.codes import unified_code

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


def _plain(field: forms.Field, label: str) -> None:
    field.label = label
    field.widget.attrs.pop("placeholder", None)


class Login(LoginForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields.pop("remember", None)
        _plain(self.fields["login"], "用户名")
        _plain(self.fields["password"], "密码")
        self.fields["password"].help_text = ""


class Reauthenticate(ReauthenticateForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        _plain(self.fields["password"], "密码")


class ChangePassword(ChangePasswordForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        for name, label in (
            ("oldpassword", "当前密码"),
            ("password1", "新密码"),
            ("password2", "再输一次新密码"),
        ):
            _plain(self.fields[name], label)
            self.fields[name].help_text = ""

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        if cleaned.get("password1") and cleaned.get("password1") == cleaned.get("oldpassword"):
            self.add_error("password1", "新密码不能与当前密码相同；请换一个。")
        return cleaned


class _LockedOut:
    """A second factor is guessed no oftener than a password."""

    user: Any

    def clean_code(self) -> str:
        try:
            attempts.check(self.user.username, access.origin(context.request))
        except Refused as e:
            raise forms.ValidationError(e.sentence, code=e.code) from None
        return str(super().clean_code())  # type: ignore[misc]


class Second(_LockedOut, AuthenticateForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        _plain(self.fields["code"], "动态口令或恢复码")
        self.fields["code"].widget.attrs.update(CODE)


class SecondAgain(_LockedOut, SecondReauthenticateForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        _plain(self.fields["code"], "动态口令或恢复码")
        self.fields["code"].widget.attrs.update(CODE)


class ActivateTotp(ActivateTOTPForm):
    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        _plain(self.fields["code"], "应用上显示的六位数字")
        self.fields["code"].widget.attrs.update(CODE)


class Register(forms.Form):
    """An enterprise asks for an account; nothing is shown to it before the centre has verified it."""

    username = forms.CharField(label="用户名", max_length=60, help_text="登录时用，以后不能改。")
    display_name = forms.CharField(label="单位名称", max_length=200)
    code = forms.CharField(label="统一社会信用代码", max_length=30)
    contact = forms.EmailField(label="联系邮箱", help_text="信用中心核验时联系用。")
    password = forms.CharField(
        label="密码", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    again = forms.CharField(
        label="再输一次密码", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["password"].help_text = "".join(
            f"{t.rstrip('。')}。" for t in password_validators_help_texts()
        )

    def clean_code(self) -> str:
        code = unified_code(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("统一社会信用代码不对；请核对营业执照上的 18 位代码。")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = dict(super().clean() or {})
        if not self.errors:
            if cleaned["password"] != cleaned["again"]:
                self.add_error("again", "两次输入的密码不同；请重新输入。")
            self._check_strength(cleaned)
        return cleaned

    def _check_strength(self, cleaned: dict[str, Any]) -> None:
        from xinyong.foundation.models import Account

        like = Account(
            username=cleaned["username"], display_name=cleaned["display_name"], email=cleaned["contact"]
        )
        try:
            validate_password(cleaned["password"], like)
        except forms.ValidationError as e:
            self.add_error("password", e)
