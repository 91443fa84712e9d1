"""Which database, under which role, and whether it is fit for use.

`DATABASE_URL` names a given PostgreSQL (15 or newer); without it the private cluster serves.
The owner migrates; the application works as the role `xinyong_app`, which can only add to
audit, leaf and submission tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from xinyong.foundation import cluster, locks
from xinyong.kernel.errors import Fault

OWNER = "xinyong_owner"
APP = "xinyong_app"
EXTENSIONS = ("pg_trgm",)
OLDEST = 150000
SETUP_LOCK = locks.SETUP


def url() -> str | None:
    return os.environ.get("DATABASE_URL") or None


def embedded() -> bool:
    return url() is None


def app_role() -> str:
    """The role the application works as; empty: the login role itself (doctor warns)."""
    return os.environ.get("XINYONG_APP_ROLE", APP)


def name() -> str:
    return os.environ.get("XINYONG_DATABASE_NAME") or "xinyong"


def _parameters() -> dict[str, Any]:
    given = url()
    if given is None:
        return {"host": str(cluster.socket_folder()), "dbname": name()}
    try:
        return dict(conninfo_to_dict(given))
    except psycopg.ProgrammingError as e:
        raise Fault(
            "database_url", f"DATABASE_URL 不是有效的连接串（{e}）；请写成 postgresql://用户:口令@主机/库名。"
        ) from e


def _django(parameters: dict[str, Any], user: str | None, role: str) -> dict[str, Any]:
    known = {"host": "HOST", "port": "PORT", "dbname": "NAME", "user": "USER", "password": "PASSWORD"}
    settings: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True}
    options = {k: v for k, v in parameters.items() if k not in known}
    for key, django_key in known.items():
        settings[django_key] = str(parameters.get(key) or "")
    if user:
        settings["USER"] = user
    if role:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    return {**settings, "OPTIONS": {**options, "application_name": "xinyong"}}


def django_settings() -> dict[str, dict[str, Any]]:
    """`default`: the application's role; `owner`: for migrations and erasures."""
    parameters = _parameters()
    if embedded():
        app = _django(parameters, app_role() or OWNER, "")
        owner = _django(parameters, OWNER, "")
    else:
        app = _django(parameters, None, app_role())
        owner = _django(parameters, None, "")
    owner["TEST"] = {"MIRROR": "default"}
    return {"default": app, "owner": owner}


def owner_conninfo() -> str:
    parameters = _parameters()
    if embedded():
        parameters["user"] = OWNER
    return psycopg.conninfo.make_conninfo(**parameters)


def app_conninfo() -> str:
    parameters = _parameters()
    if embedded():
        parameters["user"] = app_role() or OWNER
    elif app_role():
        parameters["options"] = f"{parameters.get('options', '')} -c role={app_role()}".strip()
    return psycopg.conninfo.make_conninfo(**parameters)


def connect_app(*, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A connection as the application's role, outside Django, for bulk work."""
    if embedded():
        cluster.acquire()
    try:
        return psycopg.connect(app_conninfo(), autocommit=autocommit)
    except psycopg.OperationalError as e:
        if "does not exist" in str(e):
            raise Fault("not_initialised", "还没有初始化：请先运行 xinyong init。") from e
        raise Fault(
            "no_database",
            f"连不上数据库 {public_name()}：{str(e).strip().splitlines()[0]}；请检查数据库服务后重试。",
        ) from e


def public_name() -> str:
    """Where the data is, without the password, for messages."""
    p = _parameters()
    return f"{p.get('host', 'localhost')}/{quote(str(p.get('dbname', '')))}"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Nobody else creates or upgrades meanwhile. The private server's own database is there before ours."""
    if embedded():
        cluster.acquire()
        conninfo = cluster.conninfo(cluster.SUPERUSER, "postgres")
    else:
        conninfo = owner_conninfo()
    with psycopg.connect(conninfo, autocommit=True) as c:
        c.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
        yield


def create() -> None:
    """Create what is missing: roles, database, extensions. Idempotent."""
    if embedded():
        cluster.acquire()
        with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, "postgres"), autocommit=True) as c:
            _create_role(c, OWNER, login=True)
            _create_role(c, APP, login=True)
            _create_database(c)
    with psycopg.connect(owner_conninfo(), autocommit=True) as c:
        if not embedded() and app_role():
            _create_app_role(c)
        for extension in EXTENSIONS:
            c.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


def _create_role(c: psycopg.Connection[Any], role: str, *, login: bool) -> None:
    if c.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    kind = sql.SQL("LOGIN" if login else "NOLOGIN")
    try:
        c.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(role), kind))
    except psycopg.errors.DuplicateObject:
        return


def _create_app_role(c: psycopg.Connection[Any]) -> None:
    try:
        _create_role(c, app_role(), login=False)
        member = c.execute("SELECT pg_has_role(current_user, %s, 'MEMBER')", [app_role()]).fetchone()
        if member and member[0]:
            return
        c.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(app_role())))
    except psycopg.errors.InsufficientPrivilege as e:
        raise Fault(
            "app_role",
            f"数据库用户无权建立应用角色 {app_role()}；请由数据库管理员执行 CREATE ROLE {app_role()} 并授予该用户，"
            "或设置 XINYONG_APP_ROLE= （空）后重试。",
        ) from e


def _create_database(c: psycopg.Connection[Any]) -> None:
    if c.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name()]).fetchone():
        return
    template = (
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
    )
    try:
        c.execute(sql.SQL(template).format(sql.Identifier(name()), sql.Identifier(OWNER)))
    except psycopg.errors.DuplicateDatabase:
        return


def connect_owner() -> psycopg.Connection[Any]:
    """A connection as the owner; a clear sentence where there is no database."""
    if embedded():
        cluster.acquire()
    try:
        return psycopg.connect(owner_conninfo())
    except psycopg.OperationalError as e:
        if "does not exist" in str(e):
            raise Fault("not_initialised", "还没有初始化：请先运行 xinyong init。") from e
        raise Fault(
            "no_database",
            f"连不上数据库 {public_name()}：{str(e).strip().splitlines()[0]}；请检查 DATABASE_URL 与数据库服务。",
        ) from e


def require() -> None:
    """Refuse a database that would answer wrongly. One sentence per fault."""
    problems = list(defects())
    if problems:
        raise problems[0]


def defects() -> list[Fault]:
    with connect_owner() as c:
        return [*_server_defects(c), *_missing_extensions(c), *_pending(c)]


def _server_defects(c: psycopg.Connection[Any]) -> list[Fault]:
    found = []
    if c.info.server_version < OLDEST:
        found.append(
            Fault("server_old", f"PostgreSQL 版本过旧（{c.info.server_version // 10000}）；需要 15 或更新。")
        )
    row = c.execute(
        "SELECT datctype, pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    if row[0] in ("C", "POSIX"):
        found.append(
            Fault(
                "lc_ctype",
                "数据库的 LC_CTYPE 是 C，中文检索会悄悄查不到；请用 LC_CTYPE 'C.UTF-8' 重建数据库。",
            )
        )
    if row[1] != "UTF8":
        found.append(Fault("encoding", f"数据库编码是 {row[1]}；请用 UTF8 重建数据库。"))
    return found


def _missing_extensions(c: psycopg.Connection[Any]) -> list[Fault]:
    have = {r[0] for r in c.execute("SELECT extname FROM pg_extension")}
    return [
        Fault("extension", f"数据库缺少扩展 {e}；请由管理员执行 CREATE EXTENSION {e} 后重试。")
        for e in EXTENSIONS
        if e not in have
    ]


def _pending(c: psycopg.Connection[Any]) -> list[Fault]:
    from django.db.migrations.loader import MigrationLoader

    if not c.execute("SELECT to_regclass('django_migrations')").fetchone()[0]:  # type: ignore[index]
        return [Fault("not_initialised", "还没有初始化：请先运行 xinyong init。")]
    applied = {tuple(r) for r in c.execute("SELECT app, name FROM django_migrations")}
    loader = MigrationLoader(None, ignore_no_migrations=True)
    missing = [k for k in loader.disk_migrations if k not in applied]
    if missing:
        return [Fault("migrations", f"数据库结构落后 {len(missing)} 步；请运行 xinyong upgrade-db。")]
    return []
