"""Django settings. Everything a district may set is an environment variable (docs/settings.md)."""

from __future__ import annotations

import os

from xinyong.foundation import database, home, keys

DEBUG = False
SECRET_KEY = keys.derived("django-secret").hex()
ALLOWED_HOSTS = os.environ.get("XINYONG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "xinyong.foundation",
    "xinyong.catalog",
    "xinyong.archive",
    "xinyong.disclosure",
    "xinyong.collection",
    "xinyong.website",
]
MIDDLEWARE = [
    "xinyong.website.middleware.ContentSecurity",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
ROOT_URLCONF = "xinyong.website.urls"
WSGI_APPLICATION = "xinyong.website.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
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
