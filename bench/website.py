"""The API and the public pages over a real socket, with many subjects and records behind them.

*API look-up*: one subject by code with a token of the centre, through login, rate limit, permission, duty, disclosure
and the look log; no authorisation is looked for, as it would be for a bank. The rival is `bench.bare_view`: Django
with one indexed SELECT and none of that, on the same server with as many processes and threads. Both are asked by
the same client in turn.

    python -m bench.website [--quick | --full]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from socket import socket
from statistics import median
from typing import Any
from urllib.parse import quote

from bench import archive_scale, load
from bench.common import Line, scratch, settle_down, table, take
from sampledistrict.big import big_registration

SIZES = {"quick": 100_000, "usual": 1_000_000, "full": 10_000_000}
PER_SUBJECT, WORKERS, THREADS = 10, 2, 4
ROUNDS, SECONDS, ASKED = 3, 8.0, 200
PATIENCE = 1_800.0  # seconds for the lists to be made


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to ask for."""

    codes: list[str]
    names: list[str]
    subjects: list[str]  # public ids
    token: str


def run(records: int) -> list[Line]:
    with scratch():
        known = _filled(records)
        held = f"{records // PER_SUBJECT:,} subjects, {records:,} records"
        with _server(_site(), "/healthz") as site:
            lines = _pages(site, known, held)
            with _server([sys.executable, "-m", "granian", *_bare()], f"/subject/{known.codes[0]}") as bare:
                lines += _look_up(site, bare, known, held)
    return lines


def _site() -> list[str]:
    command = "from xinyong.cli.main import run; run()"
    return [sys.executable, "-c", command, "serve", "--workers", str(WORKERS)]


def _bare() -> list[str]:
    given = f"--interface wsgi --workers {WORKERS} --blocking-threads {THREADS} --log-level error"
    return [*given.split(), "bench.bare_view:application"]


def _filled(records: int) -> Known:
    from pathlib import Path

    from xinyong.catalog.loading import load_rulebook
    from xinyong.foundation import database

    place, book, subjects = Path(os.environ["XINYONG_HOME"]), load_rulebook(), records // PER_SUBJECT
    big_registration(place / "registration.csv", subjects=subjects)
    take(place / "registration.csv", "DJZC", book)
    for start in range(0, records, archive_scale.PART):
        rows = min(archive_scale.PART, records)
        archive_scale._penalties(place / "penalties.csv", rows, start, subjects, book)
    settle_down()
    with database.connect_app(autocommit=True) as c:
        return _known(c)


def _known(c: Any) -> Known:
    from xinyong.foundation import tokens
    from xinyong.foundation.audit import Who

    rows = c.execute(
        "SELECT s.value, n.name, s.public_id FROM credit_subject s JOIN subject_name n ON n.subject_id = s.id"
        " WHERE s.scheme = 'uscc' ORDER BY md5(s.value) LIMIT 5000"
    ).fetchall()
    now = datetime.now(UTC)
    new = tokens.NewToken(
        "bench", "center", "", ("api.look",), now + timedelta(days=1), False, "", 100_000_000
    )
    _, secret = tokens.create(c, new, Who("bench", "system"), now)
    return Known([r[0] for r in rows], [r[1] for r in rows], [str(r[2]) for r in rows], secret)


@contextmanager
def _server(command: Sequence[str], ready: str) -> Iterator[int]:
    """A server on a free port; its port once `ready` answers."""
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        port = int(s.getsockname()[1])
    env = {**os.environ, "XINYONG_API_ANONYMOUS_PER_MINUTE": "100000000"}
    process = subprocess.Popen([*command, "--port", str(port)], env=env, start_new_session=True)
    try:
        _until_ready(f"http://127.0.0.1:{port}{ready}", process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"{address} does not answer")


# the API


def _look_up(site: int, bare: int, known: Known, held: str) -> list[Line]:
    headers = {"Authorization": f"Bearer {known.token}", "X-Purpose": "bench"}
    ours_at = [f"/api/v1/subjects/{code}" for code in known.codes]
    bare_at = [f"/subject/{code}" for code in known.codes]
    load.ask(site, ours_at, 2, headers=headers)  # warm
    load.ask(bare, bare_at, 2)
    pairs = [
        (
            _answered(load.ask(site, ours_at, SECONDS, headers=headers))["per_second"],
            _answered(load.ask(bare, bare_at, SECONDS))["per_second"],
        )
        for _ in range(ROUNDS)
    ]
    rate = median(ours for ours, _ in pairs)
    calm = _answered(load.ask(site, ours_at, SECONDS, rate=rate / 2, headers=headers))["latencies"]
    return [
        Line(
            "API, one subject by code",
            f"{rate:,.0f} requests/s",
            f"{median(b for _, b in pairs):,.0f} requests/s",
            median(ours / b for ours, b in pairs),
            "≥ 0.6",
            f"{held}; rival: Django with one SELECT; ours with token, permission, disclosure and look log",
        ),
        Line(
            "API, latency at half that load",
            f"p99 {load.quantile(calm, 0.99):.1f} ms (p50 {load.quantile(calm, 0.5):.1f})",
            "",
            None,
            "p99 < 25 ms",
            f"requests due at fixed times, {rate / 2:,.0f} a second",
        ),
    ]


def _answered(found: dict[str, Any]) -> dict[str, Any]:
    if found["wrong"]:
        raise AssertionError(f"{found['wrong']} answers other than 200")
    return found


# searches and pages


def _pages(site: int, known: Known, held: str) -> list[Line]:
    headers = {"Authorization": f"Bearer {known.token}", "X-Purpose": "bench"}
    lines = []
    for what, words in _words(known).items():
        targets = [f"/api/v1/search?q={quote(word)}" for word in words]
        lines.append(_timed(f"Name search, {what}", site, targets, held, headers))
    for what, targets in _addresses(known).items():
        lines.append(_timed(f"Public page, {what}", site, targets, held, {}))
    return lines


def _timed(what: str, site: int, targets: list[str], held: str, headers: dict[str, str]) -> Line:
    """One visitor after another."""
    load.ask(site, targets[:20], 1, connections=1, headers=headers)
    found = _answered(load.ask(site, targets, SECONDS, connections=1, headers=headers))["latencies"]
    told = f"p95 {load.quantile(found, 0.95):.1f} ms (p50 {load.quantile(found, 0.5):.1f})"
    return Line(what, told, "", None, "p95 < 100 ms", f"{held}; {len(found)} requests")


def _words(known: Known) -> dict[str, list[str]]:
    """Two-character words as often as names have them, and the commonest of all."""
    rng = random.Random(1)
    pairs = Counter(a + b for name in known.names for a, b in pairwise(name))
    six = [name[6:12] for name in known.names if len(name) > 11]
    return {
        "six characters": rng.sample(six, min(ASKED, len(six))),
        "two characters": rng.choices(list(pairs), list(pairs.values()), k=ASKED),
        "commonest two characters": [word for word, _ in pairs.most_common(20)],
    }


def _addresses(known: Known) -> dict[str, list[str]]:
    from xinyong.disclosure.listing import COLUMNS

    return {
        "home": ["/"],
        "search by name": [f"/search?q={quote(name[4:9])}" for name in known.names[:ASKED]],
        "subject": [f"/subject/{s}" for s in known.subjects[:ASKED]],
        "lists of 公示": [f"/publicity/{slug}" for slug in COLUMNS],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("quick", "full"):
        parser.add_argument(f"--{name}", action="store_true")
    options = parser.parse_args()
    print(table(run(SIZES["quick" if options.quick else "full" if options.full else "usual"])))


if __name__ == "__main__":
    main()
