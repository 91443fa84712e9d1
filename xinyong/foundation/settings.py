"""Django settings. Everything a district may set is an environment variable (docs/settings.md)."""

from __future__ import annotations

import os
from datetime import timedelta

from xinyong.foundation import database, home, keys

DEBUG = False
SECRET_KEY = keys.derived("django-secret").hex()
ALLOWED_HOSTS = os.environ.get("XINYONG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
INSTALLED_APPS = [
    "xinyong.foundation",
    "xinyong.catalog",
    "xinyong.archive",
    "xinyong.disclosure",
    "xinyong.collection",
    "xinyong.regulation",
    "xinyong.rights",
    "xinyong.services",
    "xinyong.website",  # before the libraries, so that its templates win
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "xinyong.website.middleware.ContentSecurity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "xinyong.website.middleware.SessionClock",
    "xinyong.website.bodies.Bodies",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "xinyong.website.urls"
WSGI_APPLICATION = "xinyong.website.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xinyong.website.console.navigation.context",
            ]
        },
    }
]
DATABASES = database.django_settings()
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = home.folder("static")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PROCRASTINATE_ON_APP_READY = "xinyong.foundation.jobs.on_app_ready"

# Accounts (website/login, website/access.py)
AUTH_USER_MODEL = "foundation.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email", "provider", "subject_code")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "xinyong.foundation.passwords.MixedCharacters"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "console-home"
SESSION_ENGINE = "xinyong.foundation.sessions"
SESSION_IDLE = timedelta(minutes=int(os.environ.get("XINYONG_SESSION_IDLE_MINUTES", "30")))
SESSION_LONGEST = timedelta(hours=int(os.environ.get("XINYONG_SESSION_HOURS", "10")))
SESSIONS_AT_ONCE = int(os.environ.get("XINYONG_SESSIONS_AT_ONCE", "2"))
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose the session on the way back from the one-stop login
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "xinyong.website.errors.csrf_failure"
HTTPS = os.environ.get("XINYONG_HTTPS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
TRUSTED_PROXIES = [p for p in os.environ.get("XINYONG_TRUSTED_PROXIES", "").split(",") if p]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "django_cache"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}  # used codes and limits must be known to all worker processes

ACCOUNT_ADAPTER = "xinyong.website.login.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = 300
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": ""}  # website/login/attempts.py counts failures
MFA_ADAPTER = "xinyong.website.login.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_TOTP_TOLERANCE = 1  # clocks on closed networks drift
MFA_RECOVERY_CODES_SHOW_ONCE = True
SOCIALACCOUNT_ADAPTER = "xinyong.website.login.oidc.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
OIDC_CODE_CLAIM = os.environ.get("XINYONG_OIDC_CODE_CLAIM", "uscc")
SOCIALACCOUNT_PROVIDERS: dict[str, dict[str, object]] = {
    "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": []}
}
if os.environ.get("XINYONG_OIDC_ISSUER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "gov",
            "name": os.environ.get("XINYONG_OIDC_NAME", "政务服务统一身份认证"),
            "client_id": os.environ.get("XINYONG_OIDC_CLIENT_ID", ""),
            "secret": os.environ.get("XINYONG_OIDC_SECRET", ""),
            "settings": {"server_url": os.environ["XINYONG_OIDC_ISSUER"], "uid_field": "sub"},
        }
    ]
