"""What is wrong with this installation, and the mend. Looks only; works where nothing works yet."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, Protocol

import psycopg

from xinyong.foundation import cluster, database, erasures, events, home, setup, sweep
from xinyong.foundation.jobs import STALLED_AFTER
from xinyong.kernel.beijing import day_of
from xinyong.kernel.errors import Fault, XinyongError

GB = 1 << 30
AHEAD = 60  # days for which the calendar must be known
Level = Literal["fault", "warning", "ok"]
Connection = psycopg.Connection[Any]


class LocalConflict(Protocol):
    @property
    def sentence(self) -> str: ...


class Book(Protocol):
    """What the doctor asks of the rulebook."""

    @property
    def conflicts(self) -> Sequence[LocalConflict]: ...
    @property
    def calendar(self) -> Mapping[int, object]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `ok` None: it could not be looked at. `sentence`: what is wrong and the mend, in Chinese."""

    name: str
    ok: bool | None
    level: Level
    sentence: str


def _good(name: str, sentence: str) -> Check:
    return Check(name, True, "ok", sentence)


def _warn(name: str, sentence: str) -> Check:
    return Check(name, False, "warning", sentence)


def _fault(name: str, sentence: str) -> Check:
    return Check(name, False, "fault", sentence)


def _unseen(name: str, sentence: str) -> Check:
    return Check(name, None, "warning", sentence)


def examine(book: Book | XinyongError, now: datetime) -> list[Check]:
    """All checks, the ground first. `book`: the rulebook, or the error that loading it raised."""
    checks = [_home()]
    if not checks[0].ok:
        return checks
    checks += [_disk(), _keyring(), _environment(), _rulebook(book)]
    if not isinstance(book, XinyongError):
        checks.append(_calendar(book, day_of(now)))
    return checks + _database(now)


# the ground


def _home() -> Check:
    try:
        path = home.home()
        with tempfile.NamedTemporaryFile(dir=path):
            pass
    except OSError as e:
        where = os.environ.get("XINYONG_HOME") or "var"
        return _fault(
            "home",
            f"数据目录 {where} 不可写（{e.strerror}）；请改正目录权限，或用 XINYONG_HOME 指定另一个目录。",
        )
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return _fault(
            "home", f"数据目录 {path} 的权限是 {mode:04o}，别的用户也能进入；请执行 chmod 700 {path}。"
        )
    return _good("home", f"数据目录 {path} 可写，仅属主可进入。")


def _disk() -> Check:
    free = shutil.disk_usage(home.home()).free
    told = f"数据目录所在磁盘剩余 {free / GB:.1f} GB"
    if free < 500 << 20:
        return _fault("disk", f"{told}，不足 0.5 GB，报送会失败；请立即清理或扩容。")
    if free < 2 * GB:
        return _warn("disk", f"{told}，不足 2 GB；请尽快清理或扩容。")
    return _good("disk", f"{told}。")


def _keyring() -> Check:
    if os.environ.get("XINYONG_KEY_PROVIDER"):
        return _good("keys", "密钥由 XINYONG_KEY_PROVIDER 指定的模块保管。")
    path = home.home() / "keys" / "keyring.json"
    if not path.exists():
        return _no_keyring(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        return _fault("keys", f"密钥库 {path} 的权限是 {mode:04o}，别的用户也能读；请执行 chmod 600 {path}。")
    try:
        ring = json.loads(path.read_text())
        generations = len(ring["wrapping"])
    except (OSError, ValueError, KeyError, TypeError):
        return _fault("keys", f"密钥库 {path} 读不出来；请从密钥备份恢复这个文件，不要重新初始化。")
    if (path.parent / "rotation.unfinished").exists():
        return _warn("keys", "上次更换密钥没有做完；请再运行一次 xinyong rotate-keys，它会接着做完。")
    return _good("keys", f"密钥库可读，共 {generations} 代；请确认另有一份离线备份。")


def _no_keyring(path: Path) -> Check:
    if any(home.folder("originals").glob("??/*")):
        return _fault(
            "keys", f"密钥库 {path} 不见了，原件都无法解密；请从密钥备份恢复这个文件，不要重新初始化。"
        )
    return _warn("keys", "还没有密钥库；请先运行 xinyong init。")


def _environment() -> Check:
    production = os.environ.get("XINYONG_ENV") == "production"
    if production and database.embedded():
        return _warn(
            "embedded",
            "生产环境正在使用内置数据库；请安装 PostgreSQL 15 或更新版本，用 DATABASE_URL 指定，并做好备份。",
        )
    return _good("embedded", "内置数据库（试用）。" if database.embedded() else "使用给定的 PostgreSQL。")


def _rulebook(book: Book | XinyongError) -> Check:
    if isinstance(book, XinyongError):
        return _fault("rulebook", f"规则库读不出来：{book.sentence}")
    if book.conflicts:
        told = " ".join(c.sentence for c in book.conflicts[:5])
        return _warn("rulebook", f"本地规则有 {len(book.conflicts)} 处与随版规则冲突，需人工确认：{told}")
    return _good("rulebook", "规则库可读，本地规则与随版规则没有冲突。")


def _calendar(book: Book, today: date) -> Check:
    missing = sorted({d.year for d in (today, today + timedelta(days=AHEAD))} - set(book.calendar))
    if missing:
        years = "、".join(map(str, missing))
        return _warn(
            "calendar",
            f"没有 {years} 年的放假安排，涉及这些年份的工作日期限是暂定结果；国务院办公厅公布后，"
            f"请把日历文件放进 {home.local_rulebook() / 'calendar'}。",
        )
    return _good("calendar", f"放假安排覆盖今天和今后 {AHEAD} 天。")


# the database


def _database(now: datetime) -> list[Check]:
    if database.embedded() and not cluster.data().exists():
        return [_unseen("database", "还没有初始化数据库；请先运行 xinyong init。")]
    try:
        with database.connect_owner() as c:
            c.read_only = True
            return [_good("database", f"数据库 {database.public_name()} 可以连接。"), *_inside(c, now)]
    except XinyongError as e:
        return [_fault("database", e.sentence)]
    except psycopg.Error as e:
        return [_fault("database", f"数据库连接中断（{_first_line(e)}）；请检查数据库服务后重试。")]


def _inside(c: Connection, now: datetime) -> list[Check]:
    defects = _defects()
    if any(d.name in ("not_initialised", "migrations") for d in defects):
        return defects
    looks: list[Callable[[Connection], Check]] = [
        _rights,
        _originals,
        _erasures,
        lambda c: _clock(c, now),
        _jobs,
        _events,
        lambda c: _sealed(c, now),
        _witnessed,
    ]
    return defects + [_looked(c, look) for look in looks]


def _looked(c: Connection, look: Callable[[Connection], Check]) -> Check:
    """A look that fails says so and doesn't keep the others from theirs."""
    try:
        with c.transaction():
            return look(c)
    except psycopg.Error as e:
        name = getattr(look, "__name__", "clock").strip("_<>")
        return _unseen(name, f"这一项没有检查成：{_first_line(e)}。")


def _first_line(e: Exception) -> str:
    return next(iter(str(e).strip().splitlines()), type(e).__name__)


def _defects() -> list[Check]:
    if not database.embedded() or (home.home() / "keys" / "keyring.json").exists():
        setup.django(whole=True)
    else:
        return [_unseen("not_initialised", "没有密钥库，数据库结构未检查；请先处理密钥库。")]
    found: list[Fault] = database.defects()
    checks = [_fault(f.code, f.sentence) for f in found]
    return checks or [_good("server", "数据库版本、字符集、扩展和结构都符合要求。")]


PRIVILEGES = """
SELECT t.tablename, p.privilege
FROM pg_tables t CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege)
WHERE t.schemaname = 'public'
  AND (has_table_privilege(%(role)s, quote_ident(t.tablename), p.privilege)
       OR p.privilege = 'UPDATE' AND has_any_column_privilege(%(role)s, quote_ident(t.tablename), 'UPDATE'))
ORDER BY 1, 2
"""


def _rights(c: Connection) -> Check:
    role = database.app_role()
    row = c.execute("SELECT current_user = %s", [role]).fetchone()
    if not role or (row and row[0]):
        return _warn(
            "roles",
            "应用以数据库属主的身份运行，审计与报送记录没有防改保护；请建立应用角色并用 XINYONG_APP_ROLE 指定。",
        )
    if not c.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return _fault("roles", f"数据库里没有应用角色 {role}；请运行 xinyong upgrade-db。")
    excess = [(t, p) for t, p in c.execute(PRIVILEGES, {"role": role}) if not _permitted(t, p)]
    if excess:
        told = "、".join(f"{t}（{p}）" for t, p in excess[:6])
        return _fault(
            "roles",
            f"应用角色 {role} 有权改动只可追加的表：{told}；请运行 xinyong upgrade-db 重新授权，并查明是谁授予的。",
        )
    return _good("roles", f"应用角色 {role} 对审计、版本和报送各表只能查询和追加。")


def _permitted(table: str, privilege: str) -> bool:
    if table.startswith(setup.FREE_PREFIXES):
        return privilege != "TRUNCATE"
    if privilege == "UPDATE":
        return table in setup.UPDATABLE
    return privilege == "DELETE" and table in setup.DELETABLE


def _originals(c: Connection) -> Check:
    known = {r[0] for r in c.execute("SELECT name FROM vault_object WHERE length(wrapped_key) > 0")}
    stored = sweep.stored_files().keys()
    missing, orphans = sorted(known - stored), stored - known
    if missing:
        return _fault(
            "originals",
            f"{len(missing)} 份原件不在 originals 目录中（如 {missing[0][:12]}…）；请从备份恢复 originals 目录。",
        )
    if orphans:
        return _warn(
            "originals",
            f"originals 目录里有 {len(orphans)} 份没有对应报送的文件；后台任务每小时清理（一小时以内的除外）。",
        )
    return _good("originals", f"{len(known)} 份原件齐全，没有多余文件。")


def _erasures(c: Connection) -> Check:
    waiting = erasures.unfinished(c)
    if waiting:
        return _fault(
            "erasures",
            f"有 {len(waiting)} 次删除记入了 erasures.jsonl 但没有做完；后台任务会补做，请确认 xinyong worker 在运行。",
        )
    return _good("erasures", "记录在案的删除都已完成。")


def _clock(c: Connection, now: datetime) -> Check:
    row = c.execute("SELECT max(at), clock_timestamp() FROM publication").fetchone()
    assert row is not None
    if row[0] and row[0] > row[1]:
        return _fault(
            "clock",
            f"最近一次入库的时间 {row[0]:%Y-%m-%d %H:%M:%S} 晚于数据库现在的时间，时钟曾被拨动；请校准服务器时钟。",
        )
    if abs(row[1] - now) > timedelta(minutes=1):
        return _warn("clock", "本机与数据库的时钟相差一分钟以上；请在两台机器上启用时间同步。")
    return _good("clock", "时钟正常。")


JOBS = """
SELECT count(*) FILTER (WHERE j.status = 'doing'
           AND (w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => %(stalled)s))),
       count(*) FILTER (WHERE j.status = 'todo' AND j.task_name LIKE '%%retry_stalled'
           AND coalesce(j.scheduled_at, now()) < now() - interval '10 minutes'),
       count(*) FILTER (WHERE j.status = 'failed')
FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
"""


def _jobs(c: Connection) -> Check:
    row = c.execute(JOBS, {"stalled": STALLED_AFTER}).fetchone()
    assert row is not None
    stalled, overdue, failed = row
    if stalled or overdue:
        return _warn(
            "jobs",
            f"{stalled} 个后台任务停在半途，{overdue} 个早该开始；请确认 xinyong worker 在运行，它会自行接续。",
        )
    if failed:
        return _warn("jobs", f"{failed} 个后台任务失败；请查看 worker 的日志。")
    return _good("jobs", "后台任务没有积压。")


def _events(c: Connection) -> Check:
    waiting, failing, often = events.standing(c)
    if not failing:
        return _good("events", f"{waiting} 个事件等待处理，没有失败的。")
    first = events.troubled(c)[0]
    told = f"{first['kind']}（编号 {first['event_id']}，由 {first['handler']} 处理）：{first['error']}"
    said = f"{failing} 个事件没有处理成，其后果（如召回、通知）还没有发生，会自动重试；最早的是 {told}。"
    return _fault("events", f"{said}已失败多次，请排除原因。") if often else _warn("events", said)


def _sealed(c: Connection, now: datetime) -> Check:
    from xinyong.foundation.evidence import sealing, watching

    waiting, since = sealing.unsealed(c)
    if since is not None and now - since > watching.BOUND:
        return _warn(
            "evidence",
            f"存证日志有 {waiting} 项没有封存，最早的已有 {(now - since).total_seconds():.0f} 秒（应在"
            f" {watching.BOUND.total_seconds():.0f} 秒以内），这期间的改动查不出来；请确认 xinyong worker 在运行。",
        )
    return _good("evidence", "存证日志封存及时。")


def _witnessed(c: Connection) -> Check:
    from xinyong.foundation.evidence import sealing, watching

    found = watching.keepers(c, sealing.last(c))
    if not found:
        return _warn(
            "witnesses",
            "存证日志没有见证者：同时掌握数据库和签名私钥的人可以改写整本日志而不被发现；"
            "请在平台以外的单位运行 witness.py，并设置 XINYONG_WITNESSES。",
        )
    ahead = [k.name for k in found if k.ahead]
    if ahead:
        return _fault(
            "witnesses",
            f"见证者 {'、'.join(ahead)} 已见证的条数比本库的存证日志多：有内容被删去，或恢复了旧备份；"
            "请保留现场，用 xinyong ledger verify 核验。",
        )
    unknown = [k.name for k in found if not k.keyed]
    if unknown:
        return _warn(
            "witnesses",
            f"没有登记见证者 {'、'.join(unknown)} 的公钥，它的联署无法核对，不算数；"
            "请把它启动时打印的公钥写入 XINYONG_WITNESS_KEY。",
        )
    behind = [k.name for k in found if k.behind]
    if behind:
        return _warn(
            "witnesses", f"见证者 {'、'.join(behind)} 没有最新的检查点；请核对它是否在运行，封存后会再送。"
        )
    return _good("witnesses", f"{len(found)} 个见证者都有最新的检查点。")


def worst(checks: Collection[Check]) -> Level:
    """The level the whole stands at."""
    levels = {c.level for c in checks}
    return "fault" if "fault" in levels else "warning" if "warning" in levels else "ok"
