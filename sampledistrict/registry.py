"""Registration files: the whole stock first, then what changed, quarter by quarter."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date

from sampledistrict.codes import PLACEHOLDER
from sampledistrict.layouts import DJZC
from sampledistrict.providers import PROVIDERS, Provider
from sampledistrict.rows import Batch, Container, Row, Style
from sampledistrict.subjects import LAST_DAY, PERSON, STOCK_DAY, Subject

QUARTERS = tuple(
    date(year, month, 5) for year in range(2021, 2027) for month in (1, 4, 7, 10) if (year, month) > (2021, 1)
)
HANDINGS = tuple(day for day in QUARTERS if day <= LAST_DAY)


def registrar(subject: Subject) -> Provider:
    """The office that registers this kind of subject."""
    return next(p for p in PROVIDERS if p.registers == subject.kind.registrar)


def registered(subject: Subject) -> bool:
    """Neither a natural person nor a shop that never got an 18-character code."""
    return subject.category != PERSON and subject.code != PLACEHOLDER


def handed_in(event: date) -> date:
    """The day of the first registration file that can tell of an event."""
    if event < STOCK_DAY:
        return STOCK_DAY
    place = bisect_right(HANDINGS, event)
    return HANDINGS[place] if place < len(HANDINGS) else date.max


class Registry:
    """Who is known to the platform on which day, and under which names."""

    def __init__(self, subjects: list[Subject]) -> None:
        self.subjects = subjects
        self._since = [handed_in(s.founded) if registered(s) else s.founded for s in subjects]
        self._renamed = [handed_in(s.renamed) if s.renamed else date.min for s in subjects]

    def active(self, serial: int, received: date) -> bool:
        """Registered in an earlier file and not ended by then."""
        subject = self.subjects[serial]
        return self._since[serial] < received and (subject.ended is None or received < subject.ended)

    def name(self, serial: int, received: date) -> str:
        """The name by which the platform knows the subject when a file comes in."""
        subject = self.subjects[serial]
        return subject.former[0] if subject.former and received <= self._renamed[serial] else subject.name

    def knows_former(self, serial: int, received: date) -> bool:
        return bool(self.subjects[serial].former) and received > self._renamed[serial]

    def batches(self) -> Iterator[Batch]:
        """First the stock, one full file an office; then increments."""
        for mode, day in [("全量", STOCK_DAY), *(("增量", day) for day in HANDINGS)]:
            for provider in PROVIDERS:
                rows = [r for s in self.subjects if (r := self._row(s, provider, day)) is not None]
                if rows:
                    yield _batch(provider, day, rows, mode == "全量")

    def _row(self, subject: Subject, provider: Provider, day: date) -> Row | None:
        if not registered(subject) or subject.kind.registrar != provider.registers:
            return None
        events = [e for e in (subject.founded, subject.renamed, subject.ended) if e is not None]
        if day not in {handed_in(e) for e in events}:
            return None
        return Row(self._values(subject, day), subject, subject.founded, defects=subject.traits)

    def _values(self, subject: Subject, day: date) -> list[str]:
        renamed = bool(subject.former) and self._renamed[subject.serial] <= day
        ended = subject.ended is not None and handed_in(subject.ended) <= day
        last = max(e for e in (subject.founded, subject.renamed, subject.ended) if e and handed_in(e) <= day)
        known = {
            "DJ_MC": subject.former[0] if subject.former and not renamed else subject.name,
            "DJ_LB": subject.category, "DJ_ZTLX": subject.kind.legal_form, "DJ_SHXYM": subject.code,
            "DJ_GSZC": subject.regno, "DJ_ZZJG": subject.org_code, "DJ_FRDB": subject.person,
            "DJ_QYLX": subject.kind.label,
            "DJ_CLRQ": subject.founded.isoformat(), "DJ_HZRQ": last.isoformat(),
            "DJ_YYQZ": "2099-12-31", "DJ_ZS": f"重庆市潼南区{subject.town}示例路{subject.serial % 300 + 1}号",
            "DJ_ZCZB": f"{subject.capital:.6f}" if subject.kind.prefix in ("91", "93") else "",
            "DJ_JYFW": "以登记的经营范围为准（示例）", "DJ_ZT": "注销" if ended else "存续",
            "DJ_ZXRQ": subject.ended.isoformat() if ended and subject.ended else "",
        }  # fmt: skip
        if renamed and subject.renamed:
            known |= {"DJ_CYM": subject.former[0], "DJ_CYMRQ": subject.renamed.isoformat()}
        office = registrar(subject)
        known |= {
            "DJ_DJJG": office.name,
            "DJ_DJJGDM": office.code,
            "DJ_LYDW": office.name,
            "DJ_LYDWDM": office.code,
        }
        return [known.get(column.code, "") for column in DJZC.columns]


def _batch(provider: Provider, day: date, rows: list[Row], whole: bool) -> Batch:
    container: Container = "csv" if len(rows) > 3000 else "xlsx"
    style = Style(container, "label", ("iso",), titles=1 if container == "xlsx" else 0)
    return Batch("DJZC", DJZC, provider, day, "全量" if whole else "增量", style, rows)
