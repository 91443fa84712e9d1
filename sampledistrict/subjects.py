"""Everybody who lives in the fictitious district: organisations, shops and natural persons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sampledistrict import codes, vocab

ORGANISATION, SHOP, PERSON = "法人及非法人组织", "个体工商户", "自然人"
STOCK_DAY = date(2021, 1, 4)  # the day of the first full registration file
LAST_DAY = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of subject: its two leading code characters, share in ten thousand, registering office."""

    label: str
    prefix: str
    share: int
    registrar: str
    name: Callable[[int, int], str]

    @property
    def legal_form(self) -> str:
        """主体类别 of the public platforms' code table, by name."""
        if self.prefix[0] == "9":
            return "个体工商户" if self.prefix == "92" else "企业法人"
        return {"11": "机关法人", "12": "事业单位法人", "51": "社会团体法人"}.get(self.prefix, "其他组织")


@dataclass(slots=True)
class Subject:
    serial: int
    kind: Kind
    category: str
    code: str  # 18 characters; the placeholder for a shop without one; empty for a natural person
    name: str
    founded: date
    regno: str = ""
    person: str = ""  # legal representative or operator; empty for a natural person
    id_no: str = ""
    former: tuple[str, ...] = ()
    renamed: date | None = None  # the day on which the last entry of `former` ceased to be the name
    ended: date | None = None
    status: str = "存续"
    town: str = ""
    capital: float = 0.0  # 万元
    odd_org: bool = False  # the embedded organisation code fails its own check digit

    @property
    def org_code(self) -> str:
        """The embedded organisation code; empty where there is none or where it is odd."""
        return "" if self.odd_org or self.code in ("", codes.PLACEHOLDER) else self.code[8:17]

    @property
    def truth(self) -> str:
        """What stands for this subject in the truth file: never an ID number."""
        if self.category == PERSON:
            return f"person:{self.serial}"
        return self.code if self.code != codes.PLACEHOLDER else f"regno:{self.regno}"

    @property
    def traits(self) -> list[str]:
        """What every row about this subject shows: an odd embedded code, the region of before 2015."""
        old = self.code[2:8] == "500223"
        return ["org_check_wrong"] * self.odd_org + ["region_historical"] * old


def _company(serial: int, draw: int) -> str:
    trade = vocab.COMPANY_TRADES[draw % len(vocab.COMPANY_TRADES)]
    form = vocab.COMPANY_FORMS[draw // 97 % len(vocab.COMPANY_FORMS)][0]
    core = vocab.core(serial, 4)
    return f"示例{core}{trade}（重庆）{form}" if draw % 6 == 0 else f"重庆示例{core}{trade}{form}"


def _shop(serial: int, draw: int) -> str:
    return f"潼南区示例{vocab.core(serial, 4)}{vocab.SHOP_TRADES[draw % len(vocab.SHOP_TRADES)]}"


def _farm(serial: int, draw: int) -> str:
    trade = vocab.FARM_TRADES[draw % len(vocab.FARM_TRADES)]
    return f"重庆市潼南区示例{vocab.core(serial, 4)}{trade}专业合作社"


def _named(pattern: str) -> Callable[[int, int], str]:
    def name(serial: int, draw: int) -> str:
        town = vocab.TOWNS[draw % len(vocab.TOWNS)]
        return pattern.format(core=vocab.core(serial, 4), town=town)

    return name


KINDS = (
    Kind("企业", "91", 3900, "市监", _company),
    Kind("个体工商户", "92", 4200, "市监", _shop),
    Kind("农民专业合作社", "93", 260, "市监", _farm),
    Kind("机关", "11", 30, "编办", _named("重庆市潼南区示例{core}局")),
    Kind("事业单位", "12", 90, "编办", _named("重庆市潼南区{town}示例{core}服务中心")),
    Kind("群众团体", "13", 3, "编办", _named("重庆市潼南区示例{core}联合会")),
    Kind("外交其他", "29", 1, "编办", _named("示例{core}驻潼南联络处")),
    Kind("律师执业机构", "31", 10, "司法", _named("重庆示例{core}律师事务所")),
    Kind("基层法律服务所", "33", 5, "司法", _named("重庆市潼南区示例{core}法律服务所")),
    Kind("司法鉴定机构", "34", 2, "司法", _named("重庆示例{core}司法鉴定所")),
    Kind("文化其他", "49", 1, "编办", _named("示例{core}文化中心")),
    Kind("社会团体", "51", 60, "民政", _named("重庆市潼南区示例{core}协会")),
    Kind("民办非企业单位", "52", 70, "民政", _named("重庆市潼南区示例{core}幼儿园")),
    Kind("基金会", "53", 1, "民政", _named("重庆示例{core}慈善基金会")),
    Kind("旅游其他", "69", 1, "编办", _named("示例{core}旅游代表处")),
    Kind("宗教活动场所", "71", 12, "民政", _named("重庆市潼南区{town}示例{core}寺")),
    Kind("基层工会", "81", 60, "编办", _named("重庆示例{core}厂工会委员会")),
    Kind("军队事业单位", "A1", 1, "编办", _named("示例{core}服务站")),
    Kind("组级集体经济组织", "N1", 60, "农业", _named("潼南区{town}示例{core}村一组股份经济合作社")),
    Kind("村级集体经济组织", "N2", 110, "农业", _named("潼南区{town}示例{core}村股份经济合作联合社")),
    Kind("其他组织", "Y1", 3, "编办", _named("重庆市潼南区示例{core}业主委员会")),
    Kind("自然人", "", 1120, "", lambda serial, draw: f"示例某{vocab.STEMS[draw % 22]}{serial:05d}"),
)


def make_subjects(count: int, rng: np.random.Generator, letter: str = "") -> list[Subject]:
    """`count` subjects of all kinds; `letter` marks the code bodies of a population of its own."""
    kinds = _kinds_of(count)
    draws = rng.integers(0, 1 << 30, size=(count, 6))
    return [_subject(i, kind, letter, draws[i].tolist()) for i, kind in enumerate(kinds)]


def _kinds_of(count: int) -> list[Kind]:
    """At least one of every kind, the rest by share, companies taking what rounding leaves."""
    wanted = [max(1, kind.share * count // 10_000) for kind in KINDS]
    wanted[0] = max(1, wanted[0] + count - sum(wanted))
    listed = [kind for kind, n in zip(KINDS, wanted, strict=True) for _ in range(n)]
    return listed[:count]


def _subject(serial: int, kind: Kind, letter: str, draws: list[int]) -> Subject:
    if not kind.prefix:
        return _natural_person(serial, kind, draws)
    founded = _founding_day(draws[0])
    region = _region(draws[1], founded)
    category = SHOP if kind.prefix == "92" else ORGANISATION
    subject = Subject(
        serial, kind, category, codes.uscc(kind.prefix, region, body(serial, letter)),
        kind.name(serial, draws[2]), founded, person=vocab.person(draws[3]),
        town=vocab.TOWNS[draws[4] % len(vocab.TOWNS)], capital=float((draws[4] // 64 % 500 + 1) * 2),
    )  # fmt: skip
    _registration_number(subject, region, draws[3])
    if draws[4] % 250 == 7 and subject.code != codes.PLACEHOLDER:
        subject.odd_org = True
        subject.code = codes.uscc_with_bad_org_check(kind.prefix, region, body(serial, letter))
    _life(subject, draws[5])
    return subject


def newcomer(serial: int, received: date, draw: int) -> Subject:
    """A company founded shortly before a registration file is handed in."""
    kind = KINDS[0]
    code = codes.uscc(kind.prefix, "500152", body(serial, "R"))
    name = _company(serial, draw).replace("示例", "示例新", 1)
    founded = received - timedelta(days=20)
    return Subject(
        -1, kind, ORGANISATION, code, name, founded, person=vocab.person(draw), town=vocab.TOWNS[0]
    )


def body(serial: int, letter: str = "") -> str:
    """Eight characters of organisation code, marked as fiction by the leading YY."""
    if letter:
        return f"YY{letter}{_five(serial)}"
    return f"YY{1000 + (serial * 7919 + 104_729) % 999_000:06d}"  # the first thousand are the departments'


def _five(serial: int) -> str:
    digits = ""
    for _ in range(5):
        serial, digit = divmod(serial, 31)
        digits = codes.ALPHABET[digit] + digits
    return digits


def _natural_person(serial: int, kind: Kind, draws: list[int]) -> Subject:
    birth = date(1955, 1, 1) + timedelta(days=draws[0] % 17_000)
    number = codes.person_id(birth.strftime("%Y%m%d"), serial)
    return Subject(serial, kind, PERSON, "", kind.name(serial, draws[2]), date(2019, 1, 1), id_no=number)


def _founding_day(draw: int) -> date:
    if draw % 100 < 82:
        return date(2004, 3, 1) + timedelta(days=draw // 100 % 6100)
    return STOCK_DAY + timedelta(days=draw // 100 % 1750)


def _region(draw: int, founded: date) -> str:
    """Registering office: 潼南区 since 2015, 潼南县 before (and by habit long after), the city."""
    if draw % 100 < 9:
        return "500000"
    if draw % 100 < 10:
        return "500112"  # a district of the city that has since been merged away
    old = 70 if founded.year < 2016 else 15
    return "500223" if draw // 100 % 100 < old else "500152"


def _registration_number(subject: Subject, region: str, draw: int) -> None:
    if subject.kind.prefix[:1] != "9" or subject.founded.year > 2015:
        return
    lead = 6 if subject.category == SHOP else 1
    subject.regno = codes.regno(region, lead * 10_000_000 + subject.serial)
    if subject.category == SHOP and draw % 100 < 4:
        subject.code = codes.PLACEHOLDER


def _life(subject: Subject, draw: int) -> None:
    """Former names for some, the end of others; nothing that lies after the last day."""
    if subject.code == codes.PLACEHOLDER:
        return
    start = max(subject.founded, STOCK_DAY)
    if draw % 100 < 6:
        subject.former = (subject.name.replace("示例", "示例原", 1),)
        day = max(subject.founded + timedelta(days=30), start + timedelta(days=draw // 100 % 1500 - 400))
        subject.renamed = min(day, LAST_DAY - timedelta(days=90))
    elif draw % 100 < 12 and subject.kind.prefix[:1] == "9":
        day = start + timedelta(days=200 + draw // 100 % 1700)
        if day < LAST_DAY - timedelta(days=90):
            subject.ended, subject.status = day, "注销"
