"""Materials are what their content says, not what they are called; they are kept encrypted and handed to few."""

from __future__ import annotations

from typing import Any

import pytest
from case_desk import CENTRE, JPG, NOW, OWNER, PDF, PNG, TODAY, Desk
from hypothesis import given
from hypothesis import strategies as st

from xinyong.kernel.errors import Refused
from xinyong.rights import materials
from xinyong.rights.materials import LARGEST, Upload, type_of


@pytest.mark.parametrize(("data", "type_"), [(PDF, "pdf"), (PNG, "png"), (JPG, "jpg")])
def test_a_file_is_known_by_its_content(data: bytes, type_: str) -> None:
    assert type_of(data) == type_


@pytest.mark.parametrize(
    "data",
    [b"MZ" + PDF, PDF[:-7], PNG[:-8], JPG[:-2], b"<html>%PDF-%%EOF</html>", b"%PDF-", b"PK\x03\x04"],
)
def test_what_is_cut_off_or_something_else_is_not_taken(data: bytes) -> None:
    assert type_of(data) == ""


@given(st.binary(max_size=300))
def test_chance_bytes_are_hardly_ever_a_document(data: bytes) -> None:
    assert type_of(data) == "" or data[:4] in (b"%PDF", b"\x89PNG") or data[:3] == b"\xff\xd8\xff"


def test_a_file_that_cannot_be_taken_stops_the_application(desk: Desk) -> None:
    record = desk.penalty()
    for upload, sentence in (
        (Upload("MATERIAL_PROOF", "票据.pdf", b"MZ\x90"), "不看文件名，只看内容"),
        (Upload("MATERIAL_PROOF", "空.pdf", b""), "是空的或超过"),
        (Upload("MATERIAL_PROOF", "大.pdf", PDF + bytes(LARGEST) + b"%%EOF"), "是空的或超过 10 MB"),
        (Upload("MATERIAL_NONE", "a.pdf", PDF), "材料种类不认识"),
        (Upload("MATERIAL_EVIDENCE", "a.pdf", PDF), "材料种类不认识"),
    ):
        with pytest.raises(Refused, match=sentence):
            desk.apply(record, files=(upload,))
    assert desk.district.one("SELECT count(*) FROM rights_case") == 0


def test_materials_lie_encrypted_in_the_vault_and_come_back_as_they_were(desk: Desk) -> None:
    from xinyong.foundation import vault

    case = desk.apply(desk.penalty(), files=desk.uploads("MATERIAL_PROOF"))
    [kept] = materials.of_case(desk.c, case)
    assert b"%PDF" not in vault.path_of(kept.vault).read_bytes()
    _, data = materials.read(desk.c, CENTRE, NOW, case, kept.id)
    assert b"".join(data).startswith(PDF)
    assert desk.district.one("SELECT count(*) FROM audit_entry WHERE action = 'repair.file'") == 1
    assert (
        desk.district.one("SELECT retention_rule FROM vault_object WHERE name = %s", kept.vault)
        == "CASE_FILE"
    )


def test_the_same_file_under_two_labels_is_stored_once(desk: Desk) -> None:
    both = tuple(Upload(m, "同一份.pdf", PDF) for m in ("MATERIAL_PROOF", "MATERIAL_OTHER"))
    case = desk.apply(desk.penalty(), files=both)
    first, second = materials.of_case(desk.c, case)
    assert first.vault == second.vault and first.material != second.material
    assert b"".join(materials.read(desk.c, CENTRE, NOW, case, second.id)[1]) == PDF


def test_a_name_with_a_path_in_it_keeps_its_last_part(desk: Desk) -> None:
    case = desk.apply(desk.penalty(), files=(Upload("MATERIAL_PROOF", "..\\..\\etc/票据.pdf", PDF),))
    assert [k.name for k in materials.of_case(desk.c, case)] == ["票据.pdf"]


def test_what_the_subject_wrote_is_sealed_in_the_database(desk: Desk) -> None:
    case = desk.apply(desk.penalty(), statement="当事人示例自述", contact="13812345678")
    stored = desk.district.one("SELECT detail::text FROM rights_case WHERE id = %s", case.id)
    assert "自述" not in stored and "1381234" not in stored
    trail = desk.district.one("SELECT string_agg(detail::text, '') FROM audit_entry")
    events = desk.district.one("SELECT string_agg(body::text, '') FROM event")
    assert "自述" not in trail + events and "1381234" not in trail + events


def test_everything_that_is_missing_is_named_at_once(desk: Desk) -> None:
    from xinyong.rights.repair import actions

    case: Any = desk.apply(desk.penalty(), files=(), public=False)
    assert actions.missing(desk.c, case, desk.book, TODAY) == [
        "信用修复承诺书",
        "履行完义务的证明",
        "同意公开信用承诺",
    ]
    with pytest.raises(Refused, match="信用修复承诺书、履行完义务的证明、同意公开信用承诺"):
        desk.do("push", CENTRE, case)
    case = desk.do("ask_more", CENTRE, case, ["信用修复承诺书", "履行完义务的证明"])
    assert case.state == "incomplete"
    case = desk.do("supplement", OWNER, case, desk.uploads(), True)
    assert desk.do("push", CENTRE, case).state == "pushed"
