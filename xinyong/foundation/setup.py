"""Start-up, installation and upgrade: the steps between a bare home and a working platform."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import psycopg
from psycopg import sql

from xinyong.foundation import database

LEAN, WHOLE = "xinyong.foundation.settings", "xinyong.website.settings"
LAST_APP = "xinyong.website.content"
ACCOUNT_COLUMNS = (
    "password last_login display_name role proposed_role provider subject_code claimed_code email is_active"
    " must_change_password granted_by verified verified_by"
)  # not the name, nor who opened it when; and never is_superuser
UPDATABLE = {
    "vault_object": ("wrapped_key",),
    "account": tuple(ACCOUNT_COLUMNS.split()),
    "page_visit": ("visits",),
    "upload_state": ("stage", "done", "at", "cancelled"),
    "api_answer": ("status", "body"),
    "event_todo": ("attempts", "next_at", "error"),  # queues: the rows tell what is to be done, not what was
    "recall_push": ("sent", "attempts", "next_at"),
    "notice_due": ("attempts", "next_at"),
    "notice_contact": ("address",),  # a number that another replaces goes at once
}
DELETABLE = (
    "api_nonce",
    "api_answer",
    "digest_block",
    "public_listing",
    "listing_state",
    *("event_todo", "recall_push", "notice_due"),
    "record_change_cells",  # what a proposed correction says of people; gone when it is confirmed or not
)  # derived, may be rebuilt
FREE_PREFIXES = (
    "procrastinate_",  # the job queue lives on updates
    *("account_", "auth_", "django_", "mfa_", "socialaccount_"),  # logins, sessions, second factors
    *("wagtail", "taggit_", "content_"),  # editorial content
)


def django(*, whole: bool = False) -> None:
    """Load Django once; cheap to call again. `whole`: with the apps only the website and the migrations need."""
    import django as framework
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", WHOLE if whole else LEAN)
    if not apps.ready:
        framework.setup()
    if whole and not apps.is_installed(LAST_APP):
        raise RuntimeError(f"Django was loaded with {LEAN} in a process that needs {WHOLE}")


def ready(*, whole: bool = False) -> None:
    """What every command that touches data calls first: Django, the server, a fit database."""
    django(whole=whole)
    database.require()


def initialise() -> list[str]:
    """Create or upgrade the database; returns what was done. Idempotent, also for several processes at once."""
    from django.core.management import call_command

    with database.one_at_a_time():
        database.create()
        django(whole=True)
        with _default_is_owner():
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        with database.connect_owner() as c:
            if database.app_role():
                grant(c, database.app_role())
        _prepare()
    return ["database", "migrations", "grants"]


def _prepare() -> None:
    """Each installed part's `initial` module, found by name: the foundation imports nothing above it."""
    from django.conf import settings

    for name in settings.INSTALLED_APPS:
        if name.startswith("xinyong.") and find_spec(f"{name}.initial"):
            import_module(f"{name}.initial").prepare()


@contextmanager
def _default_is_owner() -> Iterator[None]:
    """Data migrations of libraries use the default connection, whatever the migration runs on."""
    from django.db import connections

    connection = connections["default"]
    connection.close()
    application, connection.settings_dict = connection.settings_dict, connections["owner"].settings_dict
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = application


def grant(c: psycopg.Connection[Any], role: str) -> None:
    """The application may read and add; it changes or deletes nothing but what is listed above."""
    name = sql.Identifier(role)
    c.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
    for (table,) in c.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
        _grant_table(c, name, table)
    for (view,) in c.execute("SELECT viewname FROM pg_views WHERE schemaname = 'public'").fetchall():
        c.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(view), name))
    c.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
    c.execute(sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(name))


def _grant_table(c: psycopg.Connection[Any], role: sql.Identifier, table: str) -> None:
    target = sql.Identifier(table)
    c.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(target, role))
    rights = "SELECT, INSERT"
    if table.startswith(FREE_PREFIXES):
        rights = "SELECT, INSERT, UPDATE, DELETE"
    elif table in DELETABLE:
        rights = "SELECT, INSERT, DELETE"
    c.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), target, role))
    for column in UPDATABLE.get(table, ()):
        c.execute(sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(sql.Identifier(column), target, role))
