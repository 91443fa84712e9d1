"""Start-up, installation and upgrade: the steps between a bare home and a working platform."""

from __future__ import annotations

import os
from typing import Any

import psycopg
from psycopg import sql

from xinyong.foundation import database

UPDATABLE = {"vault_object": ("wrapped_key",)}
DELETABLE = ("digest_block",)
FREE_PREFIXES = ("procrastinate_",)  # the job queue lives on updates


def django() -> None:
    """Load Django once; cheap to call again."""
    import django as framework
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xinyong.foundation.settings")
    if not apps.ready:
        framework.setup()


def ready() -> None:
    """What every command that touches data calls first: Django, the server, a fit database."""
    django()
    database.require()


def initialise() -> list[str]:
    """Create or upgrade the database; returns what was done. Idempotent, also for several processes at once."""
    from django.core.management import call_command

    with database.one_at_a_time():
        database.create()
        django()
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        with database.connect_owner() as c:
            if database.app_role():
                grant(c, database.app_role())
    return ["database", "migrations", "grants"]


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
