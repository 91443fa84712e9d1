from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from recall_desk import REGISTRATION, Desk, Subscriber


@pytest.fixture
def desk(district: Any, penalty: Callable[..., Any], write_csv: Callable[..., Any]) -> Desk:
    """Two penalties of a registered enterprise; nothing is waiting in the outbox."""
    from xinyong.foundation import setup

    setup.django()
    made = Desk(district, penalty, write_csv)
    district.intake(write_csv([REGISTRATION], "dj.csv"), "DJZC")
    rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2)]
    assert made.hand_in("cf.csv", *rows).new == 2
    made.work()
    return made


@pytest.fixture
def subscriber(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Subscriber]]:
    """Servers that take recalls; their hosts are on the list."""
    made: list[Subscriber] = []

    def start(mode: str = "confirms") -> Subscriber:
        one = Subscriber(mode)
        one.start()
        made.append(one)
        ports = ",".join(f"127.0.0.1:{s.server.server_address[1]}" for s in made)
        monkeypatch.setenv("XINYONG_RECALL_HOSTS", ports)
        return one

    yield start
    for one in made:
        one.stop()
