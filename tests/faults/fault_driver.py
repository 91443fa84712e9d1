"""Runs a history in a process of its own and can be told to die, or to kill the server, at a counted point.

`python fault_driver.py SPEC.json`. The spec: {steps, batch, die: [step, label, n] | null, how: "self" | "server",
labels: file for the labels of every step, done: file to append to after each step, dump: file for the final dump}.
Points are counted per step and label, so that the order in which threads run does not matter.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Points:
    """Counts what passes; strikes once at the chosen one."""

    def __init__(self, die: list[Any] | None, how: str) -> None:
        self.die = tuple(die) if die else None
        self.how = how
        self.steps: list[Counter[str]] = []
        self.lock = threading.Lock()

    def passes(self, label: str) -> None:
        if not self.steps:
            return
        with self.lock:
            self.steps[-1][label] += 1
            struck = self.die == (len(self.steps) - 1, label, self.steps[-1][label])
        if struck:
            self.strike()

    def strike(self) -> None:
        if self.how == "self":
            os.kill(os.getpid(), signal.SIGKILL)
        from xinyong.foundation import cluster

        cluster.crash()

    def around(self, owner: Any, name: str, label: Callable[..., str]) -> None:
        """Every call of `owner.name` passes two points: before and after."""
        real = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            text = label(*args)
            self.passes(f"< {text}")
            answer = real(*args, **options)
            self.passes(f"> {text}")
            return answer

        setattr(owner, name, counted)


_publishing: set[int] = set()


def statement(connection: Any, query: Any, *rest: Any) -> str:
    text = " ".join(str(query).split()[:3])
    if text == "INSERT INTO publication":
        _publishing.add(id(connection))
    return text


def commitment(connection: Any) -> str:
    """The commit that makes a batch visible has a name of its own."""
    return "publishing commit" if id(connection) in _publishing else "commit"


def lose_answers(points: Points) -> None:
    """A commit that the server did and whose answer never arrives: the point `lost answer`."""
    import psycopg

    real = psycopg.Connection.commit

    def commit(c: Any) -> None:
        real(c)
        if id(c) in _publishing and points.die == (len(points.steps) - 1, "lost answer", 1):
            points.strike()
            c.execute("SELECT 1")  # as the commit would have: the server is gone
        _publishing.discard(id(c))

    psycopg.Connection.commit = commit  # type: ignore[method-assign]


def instrument(points: Points) -> None:
    import psycopg

    from xinyong.foundation import vault

    points.around(psycopg.Connection, "execute", statement)
    lose_answers(points)
    points.around(psycopg.Connection, "commit", commitment)
    points.around(psycopg.Copy, "write", lambda *_: "copy")
    points.around(psycopg.Copy, "write_row", lambda *_: "copy row")
    points.around(psycopg.Copy, "__exit__", lambda *_: "copy end")
    points.around(vault, "_encrypt", lambda *_: "encrypt")
    points.around(os, "fsync", lambda *_: "fsync")
    points.around(Path, "rename", lambda *_: "rename")


def act(step: dict[str, Any], book: Any, points: Points) -> None:
    from xinyong.collection.intake import Request, intake
    from xinyong.foundation.audit import Who

    who = Who("信用中心业务员", "center")
    if step["undo"]:
        take_back(Path(step["path"]).name, who)
        return
    day = date.fromisoformat(step["received"]) if step["received"] else None
    request = Request(Path(step["path"]), step["item"], who, AT, step["provider"], step["mode"], day)
    intake(request, book, lambda stage, done: points.passes("progress"))


def take_back(filename: str, who: Any) -> None:
    from xinyong.collection.undo import undo
    from xinyong.foundation import database
    from xinyong.kernel.errors import Refused

    with database.connect_app() as c:
        row = c.execute("SELECT id FROM submission WHERE filename = %s ORDER BY id", [filename]).fetchone()
        assert row is not None
        try:
            undo(c, row[0], "误报", who, AT)
        except Refused as e:
            if e.code != "undone":
                raise


def perform(steps: list[dict[str, Any]], batch: int, points: Points, done: Path | None) -> None:
    """A step that is refused for what it is (a sample file may be) is done too."""
    from xinyong.catalog.loading import load_rulebook
    from xinyong.collection import intake as module
    from xinyong.kernel.errors import Refused

    module.BATCH = batch
    book = load_rulebook()
    for n, step in enumerate(steps):
        points.steps.append(Counter())
        try:
            act(step, book, points)
        except Refused as e:
            if e.code == "busy":
                raise
        if done:
            with open(done, "a") as f:
                f.write(f"{n}\n")


def main(spec: dict[str, Any]) -> None:
    from xinyong.cli import output
    from xinyong.foundation import cluster, database

    points = Points(spec.get("die"), spec.get("how", "self"))
    instrument(points)
    try:
        with output.guarded():
            perform(spec["steps"], spec["batch"], points, Path(spec["done"]) if spec.get("done") else None)
            points.steps.append(Counter())  # what follows is no step
            if spec.get("dump"):
                import fault_dump

                with database.connect_owner() as c:
                    lines = fault_dump.dump(c)
                    lines += [f"half done {fault_dump.unpublished(c)} lost {fault_dump.orphans(c)}"]
                Path(spec["dump"]).write_text("\n".join(lines), "utf-8")
    finally:
        if spec.get("labels"):
            Path(spec["labels"]).write_text(json.dumps(points.steps, ensure_ascii=False))
        cluster.release()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
