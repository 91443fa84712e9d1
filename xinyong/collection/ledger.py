"""应报台账: what departments say they decided, against which reporting is measured.

Without a ledger a month's 上报率 cannot be computed, and says so; it is never taken as 100 %.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.archive import publication
from xinyong.catalog import registry
from xinyong.catalog.book import Rulebook
from xinyong.catalog.model import Item
from xinyong.collection import door, receipts
from xinyong.collection.receipts import Receipt
from xinyong.foundation import audit
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Refused

MONTH = re.compile(r"^(20\d\d)[-/年.](0?[1-9]|1[0-2])月?$")
ZERO = "零报告"
NOBODY = 0  # ledger rows are about a department's work, in no subject's archive
ENTRY = "INSERT INTO ledger_entry (provider, item_code, month, decided, born, line) VALUES (%s, %s, %s, %s, %s, %s)"


def month_of(text: str) -> date | None:
    """`2026-03`, `2026/3`, `2026年3月` → the month's first day."""
    found = MONTH.match(text.strip())
    return date(int(found[1]), int(found[2]), 1) if found else None


def without_subject(frame: pl.DataFrame) -> pl.DataFrame:
    """Ledger rows belong to nobody's archive and are therefore nobody's to disagree about."""
    return frame.with_columns(pl.lit(NOBODY, dtype=pl.Int64).alias("_subject"), pl.lit(True).alias("_agrees"))


def apply(
    c: psycopg.Connection[Any], item: Item, rows: pl.DataFrame, fates: npt.NDArray[np.uint8], batch: int
) -> None:
    """Each accepted ledger row is the newest word on its department, item and month."""
    taken = rows.filter(np.isin(fates[rows["_g"].to_numpy()], [ord("n"), ord("c")]))
    named = {f.name: f.code for f in item.fields}
    for r in taken.iter_rows(named=True):
        month = month_of(r[named["月份"]])
        if month is not None:
            values = (r[named["部门统一社会信用代码"]], r[named["事项代码"]], month, int(r[named["应报数"]]))
            c.execute(ENTRY, [*values, batch, r["_line"]])


def zero_report(
    c: psycopg.Connection[Any], book: Rulebook, item: str, provider: str, month: str, who: Who, at: datetime
) -> Receipt:
    """零报告: the department decided nothing of this item in this month."""
    first = month_of(month)
    if first is None:
        raise Refused("bad_month", f"月份“{month}”不认识；请写成 2026-03。")
    code = door.provider_of(provider, book)
    if not code:
        raise Refused("provider", "零报告要写明是哪个单位报的；请加 --provider。")
    found = book.item(item.strip().upper(), first)
    item = found.code
    registry.register(c, [found])
    batch = publication.next_batch(c)
    receipt = Receipt(
        submission=batch, item=item, item_digest=found.digest, edition=book.edition.id, provider=code,
        mode=ZERO, filename="", sha256=sha256(f"{code}:{item}:{first}".encode()).hexdigest(), size=0,
        received_at=at, received_on=at.date(), received_by=who.name, reason=f"{first:%Y-%m} 零报告",
    )  # fmt: skip
    receipts.save(c, receipt, registry.item_number(c, item))
    c.execute(ENTRY, [code, item, first, 0, batch, 0])
    audit.record(c, who, at, "intake.zero", str(batch), {"item": item, "month": first.isoformat()})
    publication.publish(c, batch)
    c.commit()
    return receipt


REPORTED = """
SELECT count(*) FROM record_version v
JOIN publication p ON p.batch = v.born
JOIN submission s ON s.id = v.born
WHERE v.kind <> 'R' AND s.item_code = %(item)s AND s.provider = %(provider)s
  AND NOT EXISTS (SELECT 1 FROM record_version n JOIN publication q ON q.batch = n.born
                  WHERE n.record_id = v.record_id AND n.seq > v.seq)
  AND v.decided >= %(month)s AND v.decided < %(month)s + interval '1 month'
"""
OWED = """
SELECT l.decided FROM ledger_entry l JOIN publication p ON p.batch = l.born
WHERE l.item_code = %(item)s AND l.provider = %(provider)s AND l.month = %(month)s
  AND NOT EXISTS (SELECT 1 FROM publication u WHERE u.undoes = l.born)
ORDER BY p.seq DESC, l.line DESC LIMIT 1
"""


def reporting(c: psycopg.Connection[Any], item: str, provider: str, month: date) -> dict[str, Any]:
    """上报率 of one month: `owed`, `reported`, `rate`. Without a ledger owed and rate are None: 无法计算.

    A month with nothing owed and nothing reported is 1.0; more reported than owed means that the ledger is
    wrong, and the rate is None.
    """
    values = {"item": item, "provider": provider, "month": month}
    reported = c.execute(REPORTED, values).fetchone()
    owed = c.execute(OWED, values).fetchone()
    assert reported is not None
    if owed is None:
        return {"owed": None, "reported": reported[0], "rate": None}
    if reported[0] > owed[0]:
        return {"owed": owed[0], "reported": reported[0], "rate": None}
    rate = 1.0 if owed[0] == 0 else reported[0] / owed[0]
    return {"owed": owed[0], "reported": reported[0], "rate": rate}
