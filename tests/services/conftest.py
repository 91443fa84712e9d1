"""A subject with a registration and two penalties, and a natural person with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from report_desk import PERSON, PERSON_ID, Office, registration


@pytest.fixture
def office(district: Any) -> Office:
    from xinyong.foundation import setup

    setup.django()
    return Office(district, datetime.now(UTC) + timedelta(seconds=2), district.connect())


@pytest.fixture
def known(office: Office, penalty: Callable[..., Any], write_csv: Callable[..., Any]) -> Office:
    """The office, with a subject of whom something is kept."""
    rows = [
        penalty(KZ_CXLB="普通程序", KZ_SXCD="一般"),
        penalty(CF_WSH="潼示罚〔2026〕2号", CF_NR="罚款人民币1000元", CF_NR_FK="0.1", KZ_CXLB="简易程序"),
    ]
    office.district.intake(write_csv([registration()], "dj.csv"), "DJZC")
    receipt = office.district.intake(write_csv(rows, "cf.csv"), "XZCF")
    assert receipt.accepted == 2, receipt.rules
    return office


@pytest.fixture
def person(office: Office, penalty: Callable[..., Any], write_csv: Callable[..., Any]) -> Office:
    """The office, with a natural person of whom a penalty is kept."""
    row = penalty(
        CF_XDR_MC=PERSON, CF_XDR_LB="自然人", CF_XDR_SHXYM="", CF_FRDB="", CF_XDR_ZJLX="身份证",
        CF_XDR_ZJHM=PERSON_ID, CF_WSH="潼示罚〔2026〕9号",
    )  # fmt: skip
    receipt = office.district.intake(write_csv([row], "person.csv"), "XZCF")
    assert receipt.accepted == 1, receipt.rules
    return office
