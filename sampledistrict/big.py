"""Large files for the benches: penalties by the million, and the registration of those they name.

Every row is a function of the seed and of its place, so that two files with neighbouring `start` are parts of
one stock, and a file with `change_fraction` is the same stock with some rows changed in content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sampledistrict import codes, vocab
from sampledistrict.layouts import DJZC, XZCF
from sampledistrict.matters import OFFENCES, Offence
from sampledistrict.providers import BY_ID, DECIDERS
from sampledistrict.subjects import LAST_DAY, ORGANISATION, SHOP, body

CHUNK = 50_000
COLUMNS = 30  # of the exchange standard; the local extension columns are left out
_VARIANTS = 60
_FINES = (500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 86_400)  # 元
_REGISTRAR = BY_ID["SCJG"]
Hashes = NDArray[np.uint64]


@dataclass(slots=True)
class BigSummary:
    """What a big file holds; `expected` counts fates if every subject is registered and the rows are new."""

    rows: int = 0
    bytes: int = 0
    changed: int = 0
    expected: Counter[str] = field(default_factory=Counter)
    defects: Counter[str] = field(default_factory=Counter)


def big_registration(path: Path, subjects: int = 100_000, seed: int = 1) -> BigSummary:
    """A registration CSV (UTF-8) that makes the subjects of `big_xzcf` known."""
    people = _people(subjects, seed)
    summary = BigSummary()
    with path.open("wb") as out:
        summary.bytes += out.write(_line([column.label for column in DJZC.columns]))
        for first in range(0, subjects, CHUNK):
            chunk = people[first : first + CHUNK]
            summary.bytes += out.write(b"".join(_line(_registration(person)) for person in chunk))
            summary.rows += len(chunk)
    summary.expected["new"] = summary.rows
    return summary


def big_xzcf(
    path: Path,
    rows: int = 1_000_000,
    seed: int = 1,
    subjects: int = 100_000,
    encoding: str = "utf-8",
    change_fraction: float = 0.0,
    year_range: tuple[int, int] = (2021, 2026),
    start: int = 0,
    defect_fraction: float = 0.01,
) -> BigSummary:
    """A CSV of 行政处罚, 30 columns, about 500 bytes a row in UTF-8.

    `start` is the place of the first row in the stock; `change_fraction` of the rows get another content
    under the same key; `defect_fraction` are defective (counted in the result by kind and expected fate).
    """
    stock = _Stock(seed, subjects, year_range, change_fraction, defect_fraction)
    summary = BigSummary(rows=rows)
    with path.open("wb") as out:
        summary.bytes += out.write(_line([c.label for c in XZCF.columns[:COLUMNS]], encoding))
        for first in range(start, start + rows, CHUNK):
            places = np.arange(first, min(first + CHUNK, start + rows), dtype=np.uint64)
            summary.bytes += out.write("".join(stock.lines(places, summary)).encode(encoding))
    summary.expected["new"] = rows - summary.expected["rejected"] - summary.expected["held"]
    return summary


def mix(places: Hashes, seed: int, stream: int) -> Hashes:
    """Independent 64-bit numbers for places, by the splitmix64 finaliser."""
    odd = np.uint64(0x9E3779B97F4A7C15)
    offset = np.uint64((seed * 0xD1342543DE82EF95 + stream * 0xA0761D6478BD642F + 1) % (1 << 64))
    x = (places + offset) * odd
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    category: str
    code: str
    representative: str
    founded: date


def _people(count: int, seed: int) -> list[_Person]:
    h = mix(np.arange(count, dtype=np.uint64), seed, 1).tolist()
    prefixes = [("91", "92", "91", "92", "93")[n % 5] for n in h]
    regions = [("500152", "500223", "500152", "500000")[n // 8 % 4] for n in h]
    usccs = codes.uscc_column(prefixes, regions, [body(i, "B") for i in range(count)])
    return [_person(i, n, code) for i, (n, code) in enumerate(zip(h, usccs, strict=True))]


def _person(serial: int, h: int, code: str) -> _Person:
    core = vocab.core(serial, 5)
    if code[1] == "2":
        name = f"潼南区示例{core}{vocab.SHOP_TRADES[h // 64 % 20]}"
    elif code[1] == "3":
        name = f"重庆市潼南区示例{core}{vocab.FARM_TRADES[h // 64 % 8]}专业合作社"
    else:
        name = f"重庆示例{core}{vocab.COMPANY_TRADES[h // 64 % 30]}有限公司"
    founded = date(2005, 1, 4) + timedelta(days=h // 4096 % 5700)
    return _Person(name, SHOP if code[1] == "2" else ORGANISATION, code, vocab.person(h % 100_000), founded)


def _registration(person: _Person) -> list[str]:
    known = {
        "DJ_MC": person.name, "DJ_LB": person.category, "DJ_SHXYM": person.code, "DJ_ZZJG": person.code[8:17],
        "DJ_ZTLX": SHOP if person.category == SHOP else "企业法人", "DJ_FRDB": person.representative,
        "DJ_CLRQ": person.founded.isoformat(), "DJ_HZRQ": person.founded.isoformat(), "DJ_ZT": "存续",
        "DJ_DJJG": _REGISTRAR.name, "DJ_DJJGDM": _REGISTRAR.code, "DJ_LYDW": _REGISTRAR.name,
        "DJ_LYDWDM": _REGISTRAR.code,
    }  # fmt: skip
    return [known.get(column.code, "") for column in DJZC.columns]


def _line(values: list[str], encoding: str = "utf-8") -> bytes:
    return (",".join(values) + "\r\n").encode(encoding)


class _Stock:
    """The endless stock of penalties that a seed and a number of subjects stand for."""

    def __init__(
        self, seed: int, subjects: int, years: tuple[int, int], change_fraction: float, defect_fraction: float
    ) -> None:
        self.seed, self.count = seed, subjects
        self.changes, self.faults = _share(change_fraction), _share(defect_fraction)
        self.people = _people(subjects, seed)
        self.parties = [_party(person) for person in self.people]
        self.cases = _cases()
        self.heads = [f"潼{p.short}罚决〔" for p in DECIDERS]
        self.tails = [f"{p.name},{p.code},{p.name},{p.code},\r\n" for p in DECIDERS]
        self.days = _days(years)

    def lines(self, places: Hashes, summary: BigSummary) -> list[str]:
        who = self._whose(places).tolist()
        what = (mix(places, self.seed, 3) % np.uint64(len(self.cases))).tolist()
        when = (mix(places, self.seed, 4) % np.uint64(len(self.days))).tolist()
        parties, cases, days = self.parties, self.cases, self.days
        heads, tails = self.heads, self.tails
        out = [
            f"{parties[s]}{heads[c.decider]}{days[d][0]}〕{n}号,{c.opening}{n}{c.rest}{days[d][1]}{tails[c.decider]}"
            for s, t, d, n in zip(who, what, when, places.tolist(), strict=True)
            for c in (cases[t],)
        ]
        self._spoil(out, places, who, summary)
        return out

    def _whose(self, places: Hashes) -> Hashes:
        """Few subjects are punished often, most of them seldom."""
        share = mix(places, self.seed, 2).astype(np.float64) / 2.0**64
        return (share**1.3 * self.count).astype(np.uint64)

    def _spoil(self, lines: list[str], places: Hashes, who: list[int], summary: BigSummary) -> None:
        fault = mix(places, self.seed, 5)
        change = mix(places, self.seed, 6)
        faulty = fault < self.faults
        for at in np.flatnonzero(faulty).tolist():
            kind, effect, apply = _FAULTS[int(fault[at]) // 7 % len(_FAULTS)]
            values = lines[at][:-2].split(",")
            apply(values, self.people[(who[at] + 1) % self.count].code)
            lines[at] = ",".join(values) + "\r\n"
            summary.defects[kind] += 1
            summary.expected[effect] += effect != "new"
        changed = np.flatnonzero((change < self.changes) & ~faulty).tolist()
        summary.changed += len(changed)
        for at in changed:
            values = lines[at][:-2].split(",")
            values[_AT["CF_NR"]] += "（复核后更正）"
            lines[at] = ",".join(values) + "\r\n"


def _share(fraction: float) -> np.uint64:
    return np.uint64(min(int(fraction * 2.0**64), (1 << 64) - 1))


@dataclass(frozen=True, slots=True)
class _Case:
    """The middle of a row: from the kind of offence to the licence, cut where the case number goes."""

    decider: int
    opening: str
    rest: str


def _cases() -> list[_Case]:
    listed = []
    for decider, provider in enumerate(DECIDERS):
        for offence in OFFENCES[provider.domain]:
            listed += [_case(decider, offence, v) for v in range(_VARIANTS)]
    return listed


def _case(decider: int, offence: Offence, variant: int) -> _Case:
    fine = _FINES[variant % len(_FINES)]
    taken = (variant * 37 % 90 + 1) * 100
    facts = offence.facts.format(n=variant + 2, m=variant * 35 + 50)
    parts = [f"罚款人民币{fine}元" if p == "罚款" else p for p in offence.penalties.split(";")]
    rest = [
        f"号现场检查笔录在卷佐证。{facts}", offence.ground, offence.penalties,
        "责令改正；" + "；".join(parts),
        f"{fine / 10_000:.6f}" if "罚款" in offence.penalties else "",
        f"{taken / 10_000:.6f}" if "没收" in offence.penalties else "",
        f"{offence.licence}示例{variant:05d}" if offence.licence else "",
    ]  # fmt: skip
    return _Case(decider, f"{offence.kind},经查，第", ",".join(rest) + ",")


def _party(person: _Person) -> str:
    return (
        f"{person.name},{person.category},{person.code},,{person.code[8:17]},,,,{person.representative},,,,,"
    )


def _days(years: tuple[int, int]) -> list[tuple[int, str]]:
    first, last = date(years[0], 1, 1), min(date(years[1], 12, 31), LAST_DAY)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day.year, f"{day.isoformat()},{(day + timedelta(days=1095)).isoformat()},,") for day in days]


_AT = {column.code: i for i, column in enumerate(XZCF.columns)}
Apply = Callable[[list[str], str], None]


def _fill(code: str, value: str) -> Apply:
    def apply(values: list[str], neighbour: str) -> None:
        values[_AT[code]] = value

    return apply


def _substitute(values: list[str], neighbour: str) -> None:
    code = values[_AT["CF_XDR_SHXYM"]]
    values[_AT["CF_XDR_SHXYM"]] = code[:12] + ("7" if code[12] != "7" else "4") + code[13:]


def _swap(values: list[str], neighbour: str) -> None:
    code = values[_AT["CF_XDR_SHXYM"]]
    at = next((i for i in range(10, 17) if code[i] != code[i + 1]), 2)
    values[_AT["CF_XDR_SHXYM"]] = code[:at] + code[at + 1] + code[at] + code[at + 2 :]


def _copy_neighbour(values: list[str], neighbour: str) -> None:
    values[_AT["CF_XDR_SHXYM"]], values[_AT["CF_XDR_ZZJG"]] = neighbour, ""


def _lower(values: list[str], neighbour: str) -> None:
    values[_AT["CF_XDR_SHXYM"]] = values[_AT["CF_XDR_SHXYM"]].lower()


def _no_amount(values: list[str], neighbour: str) -> None:
    values[_AT["CF_CFLB"]], values[_AT["CF_NR_FK"]] = "罚款", ""


def _future(values: list[str], neighbour: str) -> None:
    values[_AT["CF_JDRQ"]] = values[_AT["CF_YXQ"]] = "2062-05-05"


_FAULTS: tuple[tuple[str, str, Apply], ...] = (
    ("code_substituted", "rejected", _substitute),
    ("code_swapped", "rejected", _swap),
    ("code_copied", "held", _copy_neighbour),
    ("code_lower_case", "new", _lower),
    ("required_missing", "rejected", _fill("CF_WFXW", "")),
    ("fine_without_amount", "rejected", _no_amount),
    ("date_impossible", "rejected", _fill("CF_JDRQ", "2024-02-30")),
    ("date_in_future", "rejected", _future),
    ("category_unknown", "rejected", _fill("CF_CFLB", "罚金")),
    ("amount_with_unit", "rejected", _fill("CF_NR_FK", "五千元")),
)
