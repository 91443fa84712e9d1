"""Reports for a list, in the background."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from report_desk import CENTER, CODE, COUNTER, OTHER, OWNER, PERSON, PERSON_ID, Office

from xinyong.kernel.errors import NotPermitted, Refused


def orders(*codes: str) -> list[Any]:
    from xinyong.services.creditreport.actions import Order

    return [Order(code, "其他") for code in codes]


def ordered(office: Office, *codes: str, who: Any = CENTER) -> int:
    from xinyong.services.creditreport import batches

    return batches.order(office.connection, who, orders(*codes), office.now, office.district.book)


def run(office: Office, batch: int) -> None:
    from xinyong.services.creditreport import batches

    batches.run(office.connection, batch, lambda: office.now, office.district.book)


def progress(office: Office, batch: int) -> Any:
    from xinyong.services.creditreport import batches

    return batches.progress(office.connection, CENTER, batch)[0]


def fetched(office: Office, batch: int, who: Any = CENTER) -> zipfile.ZipFile:
    from xinyong.services.creditreport import batches

    return zipfile.ZipFile(
        io.BytesIO(b"".join(batches.archive_of(office.connection, batch, who, office.now)))
    )


def test_a_batch_issues_what_it_can_and_lists_the_rest(known: Office) -> None:
    batch = ordered(known, CODE, OTHER)
    run(known, batch)
    found = progress(known, batch)
    assert (found.lines, found.issued, found.refused, found.done) == (2, 1, 1, True)
    with fetched(known, batch) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("清单.csv").decode("utf-8-sig"))))
        pdfs = [n for n in archive.namelist() if n.endswith(".pdf")]
    assert len(pdfs) == 1 and rows[1][3] == pdfs[0].removesuffix(".pdf")
    assert rows[2][1] == OTHER and "没有归集到这个主体" in rows[2][4]


def test_a_batch_that_was_interrupted_goes_on_where_it_was(
    known: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.services.creditreport import batches

    batch = ordered(known, CODE, CODE)

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(batches, "_pack", killed)
        with pytest.raises(KeyboardInterrupt):
            run(known, batch)
    assert batches.waiting(known.connection) == [batch]
    run(known, batch)
    assert known.district.one("SELECT count(*) FROM report_issue WHERE batch = %s", batch) == 2
    with fetched(known, batch) as archive:
        assert len(archive.namelist()) == 9


def test_the_archive_is_encrypted_and_ends_with_its_retention(known: Office) -> None:
    from xinyong.foundation import vault

    batch = ordered(known, CODE)
    run(known, batch)
    name, rule, until = (
        known.district.owner()
        .execute(
            "SELECT name, retention_rule, retained_until FROM vault_object WHERE retention_rule = 'REP_BATCH'"
        )
        .fetchone()
    )
    assert vault.path_of(name).read_bytes().startswith(vault.MAGIC) and until > known.today


def test_a_cancelled_batch_keeps_what_was_issued_and_does_no_more(known: Office) -> None:
    from xinyong.services.creditreport import batches

    batch = ordered(known, CODE, CODE)
    batches.cancel(known.connection, batch, CENTER, known.now)
    run(known, batch)
    found = progress(known, batch)
    assert (found.lines, found.cancelled, found.done) == (0, True, True)
    with pytest.raises(Refused, match="已经办完"):
        batches.cancel(known.connection, batch, CENTER, known.now)


def test_a_cell_that_a_spreadsheet_would_run_is_text(known: Office) -> None:
    batch = ordered(known, "=HYPERLINK(1)")
    run(known, batch)
    with fetched(known, batch) as archive:
        assert "'=HYPERLINK" in archive.read("清单.csv").decode()


@pytest.mark.parametrize(
    "who", [COUNTER, OWNER, replace(CENTER, role="department"), replace(CENTER, purpose="")]
)
def test_others_order_no_batch(known: Office, who: Any) -> None:
    with pytest.raises(NotPermitted):
        ordered(known, CODE, who=who)


def test_nobody_fetches_or_cancels_anothers_batch(known: Office) -> None:
    from xinyong.services.creditreport import batches

    batch = ordered(known, CODE)
    run(known, batch)
    other = replace(CENTER, name="另一位业务员")
    with pytest.raises(NotPermitted):
        fetched(known, batch, other)
    with pytest.raises(NotPermitted):
        batches.cancel(known.connection, batch, other, known.now)


@pytest.mark.parametrize("many", [0, 2_001])
def test_an_empty_or_endless_list_is_refused(known: Office, many: int) -> None:
    with pytest.raises(Refused) as refused:
        ordered(known, *[CODE] * many)
    assert refused.value.code == "report_batch_size"


def test_the_codes_of_a_list_are_sealed(known: Office) -> None:
    ordered(known, PERSON_ID)
    assert PERSON_ID not in known.district.one("SELECT orders FROM report_batch")
    assert PERSON


def test_the_worker_does_what_is_waiting(known: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from xinyong.services.creditreport.tasks import report_batches

    batch = ordered(known, CODE)
    assert report_batches(int(datetime.now(UTC).timestamp())) == 1
    assert progress(known, batch).done
    assert report_batches(int(datetime.now(UTC).timestamp())) == 0


def test_a_line_that_fails_holds_up_neither_its_batch_nor_another_and_is_done_later(
    known: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinyong.kernel.errors import Fault
    from xinyong.services.creditreport import actions, tasks

    first, second = ordered(known, OTHER, CODE), ordered(known, CODE)
    real = actions.issue

    def failing(c: Any, who: Any, one: Any, *given: Any) -> Any:
        if one.code == OTHER:
            raise ValueError("读不出")
        return real(c, who, one, *given)

    with monkeypatch.context() as m:
        m.setattr(actions, "issue", failing)
        with pytest.raises(Fault, match=f"report_batch:{first}:1"):
            tasks.report_batches.func(timestamp=0)
    found = {p.id: (p.issued, p.refused, p.done) for p in batches_of(known)}
    assert found == {first: (1, 0, False), second: (1, 0, True)}
    tasks.report_batches.func(timestamp=0)
    assert {p.id: p.done for p in batches_of(known)} == {first: True, second: True}


def batches_of(office: Office) -> Any:
    from xinyong.services.creditreport import batches

    return batches.progress(office.connection, CENTER)
