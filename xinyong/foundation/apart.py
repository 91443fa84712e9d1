"""Jobs over many: what fails for one holds up no other, and at the end one fault tells of all that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from xinyong.kernel.errors import Fault

MOST_SAID = 5  # of what failed, in the fault's sentence
Failed = dict[str, str]  # what it was → why it failed


@contextmanager
def apart(failed: Failed | None, what: str) -> Iterator[None]:
    """What is raised within is noted in `failed` and goes no further; None: it is raised as it is.

    What is done within must leave nothing half done when it fails: a transaction, or a savepoint, of its own.
    """
    try:
        yield
    except Exception as e:
        if failed is None:
            raise
        failed[what] = f"{type(e).__name__}：{e}"


def some(failed: Mapping[str, str]) -> str:
    """The first of those that failed, and why, in words."""
    return "；".join(f"{what}：{why}" for what, why in list(failed.items())[:MOST_SAID])


def refuse(failed: Mapping[str, str]) -> None:
    """At the end of a job. Fault: some of it could not be done; doctor and the worker's log show it."""
    if failed:
        raise Fault(
            "not_all_done",
            f"{len(failed)} 项没能办理，其余的已经办完；下一次运行会再试，请按原因排除故障（{some(failed)}）。",
        )


__all__ = ["Failed", "apart", "refuse", "some"]
