"""Ways out of the folder: in addresses, in names of files, in what is packed for download."""

from __future__ import annotations

import io
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from abused import AUTHORITY, CODE, Town, as_role, penal
from signing_in import browser

WAYS = (
    "../settings.py", "..%2f..%2fsettings.py", "%2e%2e/%2e%2e/etc/passwd", "....//....//etc/passwd", "..\\..\\etc\\passwd",
    "/etc/passwd", "//etc/passwd", "%00", "x%00.png", "..%c0%af..%c0%afetc/passwd", "%252e%252e%252fetc/passwd", "~/.ssh/id_rsa",
    "file:///etc/passwd", "keys/master.key", ".env", "C:\\boot.ini",
)  # fmt: skip
PLACES = (
    "/static/", "/static/site/", "/c/media/images/", "/c/files/1/", "/c/templates/", "/c/", "/record/", "/subject/", "/verify/",
    "/publicity/", "/report/file/",
)  # fmt: skip
GIVEN_AWAY = (b"root:", b"SECRET_KEY", b"PRIVATE KEY", b"Traceback", b"xinyong/website")


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


@pytest.mark.parametrize("place", PLACES)
def test_no_address_leads_out_of_its_folder(town: Town, place: str) -> None:
    wrong, client = [], browser()
    for way in WAYS:
        for tail in ("", ".xlsx") if "templates" in place else ("/pdf", "") if "report" in place else ("",):
            answer = client.get(place + way + tail)
            data = sent(answer)
            if answer.status_code not in (301, 302, 400, 404, 405) or any(g in data for g in GIVEN_AWAY):
                wrong.append((place + way + tail, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", ["department", "center", "subject"])
def test_nor_does_one_inside(town: Town, role: str) -> None:
    client, wrong = as_role(role), []
    number, batch = town.owned["submission"], town.owned["batch"]
    for way in WAYS:
        for place in (f"/console/department/submissions/{number}/rejects.{way}", f"/console/department/templates/{way}",
                      f"/console/department/entry/{way}", f"/console/department/records/{way}/correct",
                      f"/report/file/{way}/pdf", f"/report/file/{town.owned['report']}/{way}",
                      f"/report/batch/{batch}/{way}", f"/content-admin/{way}"):  # fmt: skip
            answer = client.get(place)
            moved = answer.status_code == 301 and answer.url.startswith("/content-admin/")  # a slash is added
            if (answer.status_code not in (302, 403, 404, 400) and not moved) or any(
                g in sent(answer) for g in GIVEN_AWAY
            ):
                wrong.append((place, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    "name",
    ["../../evil.csv", "..\\..\\evil.csv", "/etc/cron.d/evil.csv", "a/b/evil.csv", "….csv", "C:evil.csv"],
)
def test_a_file_handed_in_is_kept_under_a_number_and_named_without_its_path(town: Town, name: str) -> None:
    from xinyong.foundation import home

    before = {p for p in home.home().rglob("*") if "postgres" not in str(p)}
    body = b"a,b\n1,2\n"
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("x.csv", body)
    file._name = name  # else the test's own class cleans it
    answer = as_role("department").post(
        "/console/department/submit", {"item": "XZCF", "mode": "增量", "file": file}
    )
    assert answer.status_code in (302, 400)
    new = {p for p in home.home().rglob("*") if "postgres" not in str(p)} - before
    assert all("evil" not in p.name for p in new) and {p.parent.name for p in new if p.suffix == ".csv"} <= {
        "inbox"
    }
    kept = town.district.one("SELECT filename FROM upload ORDER BY at DESC LIMIT 1")
    assert "/" not in kept and "\\" not in kept


def test_over_the_api_a_name_stays_a_name_too(town: Town, token: Any) -> None:
    _, secret = token()
    for name in ("../../evil.csv", "..%2fevil.csv", "evil\r\nX-Injected: 1.csv", 'a"; filename="b.csv'):
        part = f'Content-Disposition: form-data; name="file"; filename="{quote(name, safe="/.%; =")}"'
        body = f'--b\r\n{part}\r\n\r\na,b\r\n--b\r\nContent-Disposition: form-data; name="item"\r\n\r\nXZCF\r\n--b--\r\n'
        headers = {"Authorization": f"Bearer {secret}"}
        answer = browser().generic(
            "POST", "/api/v1/submissions", body, "multipart/form-data; boundary=b", headers=headers
        )
        assert answer.status_code in (202, 400, 422), answer.content.decode()
        assert "X-Injected" not in answer.headers


def test_no_name_within_a_packed_report_has_a_path(town: Town) -> None:
    client = as_role("subject", subject_code=CODE)
    data = sent(client.get(f"/report/file/{town.owned['report']}/zip"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    assert len(names) == 4 and not any("/" in n or "\\" in n or n.startswith(".") for n in names)


def test_nor_has_one_within_a_packed_batch(town: Town) -> None:
    from datetime import UTC, datetime

    from xinyong.services.creditreport import batches

    number = int(town.owned["batch"])
    batches.run(town.district.connect(), number, lambda: datetime.now(UTC), town.district.book)
    data = sent(as_role("center", "示例center").get(f"/report/batch/{number}/download", {"purpose": "查看"}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
    assert names and not any("/" in n or "\\" in n or n.startswith(".") for n in names)


@pytest.mark.parametrize("name", ['x"; filename="evil.html', "x\r\nSet-Cookie: a=b", "＂x", "x\u202efdp.exe"])
def test_a_name_never_breaks_out_of_a_header(town: Town, name: str) -> None:
    """What is downloaded is named by numbers and by the catalogue; the department's name for a file is not in headers."""
    row = penal(CF_WSH="潼示罚〔2026〕77号", CF_XDR_SHXYM="91500152YY00000283")
    path = town.write_csv([row], "named.csv")
    receipt = town.district.intake(path, "XZCF", provider=AUTHORITY, filename=f"{name}.csv")
    answer = as_role("department").get(f"/console/department/submissions/{receipt.submission}/rejects.csv")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert (
        answer.headers["Content-Disposition"].isascii()
        and "evil" not in answer.headers["Content-Disposition"]
    )
