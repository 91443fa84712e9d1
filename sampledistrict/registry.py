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
FULL_AGAIN = ("MZJ", date(2024, 1, 5))  # a second 全量, in which some subjects are missing
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

    def batches(self) -> Iterator[Batch]:
        """First the stock, one full file an office; then increments, and one office's full file again."""
        news = self._news()
        for day in (STOCK_DAY, *HANDINGS):
            for provider in PROVIDERS:
                again = (provider.id, day) == FULL_AGAIN
                told = self._whole(provider, day, news) if again else news.get((provider.registers, day), [])
                if told:
                    yield _batch(provider, day, [self._row(s, day) for s in told], again)

    def state(self, day: date) -> list[Row]:
        """Every registered subject as it stands on a day."""
        known = [s for s in self.subjects if registered(s) and handed_in(s.founded) <= day]
        return [self._row(s, day) for s in known]

    def _news(self) -> dict[tuple[str, date], list[Subject]]:
        """Whom the files must tell of, by kind of office and day."""
        news: dict[tuple[str, date], list[Subject]] = {}
        for subject in filter(registered, self.subjects):
            events = (subject.founded, subject.renamed, subject.ended)
            for day in {handed_in(event) for event in events if event is not None}:
                news.setdefault((subject.kind.registrar, day), []).append(subject)
        return news

    def _whole(
        self, provider: Provider, day: date, news: dict[tuple[str, date], list[Subject]]
    ) -> list[Subject]:
        """Everybody an office has registered by a day, but for one in nine that has no news."""
        told = news.get((provider.registers, day), [])
        mine = [s for s in self.subjects if registered(s) and s.kind.registrar == provider.registers]
        return [s for s in mine if s in told or (handed_in(s.founded) < day and s.serial % 9)]

    def _row(self, subject: Subject, day: date) -> Row:
        return Row(self.values(subject, day), subject, subject.founded, defects=subject.traits)

    def values(self, subject: Subject, day: date) -> list[str]:
        """The registration as it stands on a day, in the order of the item's columns."""
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
        known |= dict.fromkeys(("DJ_DJJG", "DJ_LYDW"), office.name)
        known |= dict.fromkeys(("DJ_DJJGDM", "DJ_LYDWDM"), office.code)
        return [known.get(column.code, "") for column in DJZC.columns]


def _batch(provider: Provider, day: date, rows: list[Row], again: bool) -> Batch:
    container: Container = "csv" if len(rows) > 3000 else "xlsx"
    style = Style(container, "label", ("iso",), titles=1 if container == "xlsx" else 0)
    batch = Batch("DJZC", DJZC, provider, day, "全量" if again or day == STOCK_DAY else "增量", style, rows)
    if again:
        batch.features.append("full_again")
        batch.note = "第二次全量，缺少若干以前报送过的主体"
    return batch
