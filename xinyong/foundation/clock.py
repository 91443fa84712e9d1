"""A machine's clock that was set back: what was changed later by it is not changed again "before" that.

A term that is over, of a shielding, would run again; an authorisation that ran out gets an end of its own in the night
after (`disclosure.authorisations.run_out`). Only what bears a later moment itself can be guarded; `doctor` tells of the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from xinyong.kernel.beijing import BEIJING
from xinyong.kernel.errors import Refused

WAITED = timedelta(minutes=1)  # longer than anybody waits for a lock with the clock already read


def not_back(now: datetime, newest: datetime | None, what: str) -> None:
    """Refused: `newest`, the moment of the last change of `what`, has not come yet."""
    if newest is not None and now < newest - WAITED:
        raise Refused(
            "clock_back",
            f"服务器的时钟早于{what}上一次变动的时间（{newest.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}）；"
            "请系统管理员校准时钟后重试，本次没有办理。",
        )


__all__ = ["WAITED", "not_back"]
