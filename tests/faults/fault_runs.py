"""Starting the driver, the command line and whole homes for fault tests."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path
from random import Random
from typing import Any

from fault_files import Step

HERE = Path(__file__).parent
PATIENCE = 600  # seconds; generous, nothing is judged by time
CLI = [sys.executable, "-c", "from xinyong.cli.main import run; run()"]


@dataclass
class Ended:
    status: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        return self.status == -9

    def one_sentence(self) -> str:
        """What a person saw: a single line, no traceback."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        assert len(lines) == 1 and "Traceback" not in self.err, self.err
        return lines[0]


@dataclass
class Runner:
    """Drives one installation: a home, and in it (or elsewhere) a database."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    runs: int = 0
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            **self.environment,
            "PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parents[1]))),
        }

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command, env=self.env(), text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End what a failing test left behind."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def cli(self, *arguments: str | Path) -> Ended:
        return finish(self.start([*CLI, *map(str, arguments)]))

    def spec(self, steps: list[Step], **more: Any) -> Path:
        self.runs += 1
        path = self.folder / f"spec{self.runs}.json"
        path.write_text(json.dumps({"steps": [s.as_json() for s in steps], "batch": 40, **more}))
        return path

    def drive(self, steps: list[Step], **more: Any) -> Ended:
        return finish(self.started(steps, **more))

    def started(self, steps: list[Step], **more: Any) -> subprocess.Popen[str]:
        return self.start([sys.executable, str(HERE / "fault_driver.py"), str(self.spec(steps, **more))])

    def dumped(self, steps: list[Step], **more: Any) -> list[str]:
        """Do the steps to the end and return the dump."""
        path = self.folder / "dump.txt"
        ended = self.drive(steps, dump=str(path), **more)
        assert ended.status == 0, ended.err + self.faults()
        return path.read_text("utf-8").split("\n")

    def faults(self) -> str:
        """The end of the installation's fault log."""
        log = Path(self.env()["XINYONG_HOME"]) / "log" / "faults.log"
        return log.read_text("utf-8")[-3000:] if log.exists() else ""

    def resumed(self, steps: list[Step], **more: Any) -> tuple[Ended, list[Step]]:
        """Drive until the end or the fault; returns also the steps that are to be done (again)."""
        done = self.folder / "done.txt"
        done.unlink(missing_ok=True)
        ended = self.drive(steps, done=str(done), **more)
        return ended, steps[len(done.read_text().splitlines()) if done.exists() else 0 :]


@dataclass
class Undisturbed:
    """The dump of a run that nothing disturbed, and the points it passed: label → times, per step."""

    dump: list[str]
    labels: list[dict[str, int]]

    def pick(self, random: Random, step: int, label: str | None = None) -> list[Any]:
        """A point of the step: a label by chance, then which pass of it by chance."""
        chosen = label or random.choice(sorted(self.labels[step]))
        return [step, chosen, random.randint(1, self.labels[step][chosen])]


def differences(mine: list[str], theirs: list[str]) -> str:
    """What differs, short enough to read."""
    return "\n".join(list(unified_diff(theirs, mine, "undisturbed", "disturbed", n=0, lineterm=""))[:40])


def finish(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err)


def first_line(process: subprocess.Popen[str]) -> str:
    """What it says first; a process that says nothing fails the test instead of holding it up."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    assert ready, "a process said nothing"
    return process.stdout.readline().strip()


def copy_home(source: Path, target: Path) -> Path:
    """A stopped installation once more."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
    return target


def stop(home: Path) -> None:
    """Whatever a test left running under this home."""
    from xinyong.foundation import cluster

    before = os.environ.get("XINYONG_HOME")
    os.environ["XINYONG_HOME"] = str(home)
    try:
        cluster.crash()
    finally:
        if before is None:
            del os.environ["XINYONG_HOME"]
        else:
            os.environ["XINYONG_HOME"] = before
