"""The departments, towns and others who hand in files."""

from __future__ import annotations

from dataclasses import dataclass

from sampledistrict.codes import uscc


@dataclass(frozen=True, slots=True)
class Provider:
    id: str
    code: str
    name: str
    short: str  # as it stands in document numbers
    domain: str  # which penalties and permits it decides
    registers: tuple[str, ...] = ()  # kinds of registering office that it is


def _p(id: str, serial: int, name: str, short: str, domain: str, *registers: str) -> Provider:
    return Provider(id, uscc("11", "500152", f"YY9000{serial:02d}"), name, short, domain, registers)


PROVIDERS = (
    _p("scjg", 1, "重庆市潼南区市场监督管理局", "市监", "市场监管", "市监", "编办", "司法", "民政", "民宗", "工会", "农业"),
    _p("yjgl", 2, "重庆市潼南区应急管理局", "应急", "安全生产"),
    _p("sthj", 3, "重庆市潼南区生态环境局", "环", "生态环境"),
)
