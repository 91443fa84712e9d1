"""Dated values, providers, legal instruments, retention and prohibited data as shipped."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import polars as pl
import pytest
from reference_tables import shared_rows
from stdnum.cn import uscc

from xinyong.catalog.loading import Rulebook
from xinyong.kernel.errors import Refused


def test_a_value_is_asked_as_of_a_date(book: Rulebook) -> None:
    assert book.value("SGS_T1", date(2018, 7, 25)) == 7
    with pytest.raises(Refused, match="SGS_T1 在 2018-07-24 没有有效的取值"):
        book.value("SGS_T1", date(2018, 7, 24))


def test_a_rule_without_a_beginning_always_holds(book: Rulebook) -> None:
    assert book.value("OBJECTION_TOTAL", date(1990, 1, 1)) == 7


def test_a_rule_that_ended_no_longer_answers(book: Rulebook) -> None:
    assert book.value("PUB_527_SERIOUS", date(2023, 4, 30)) == MappingProxyType(
        {"degree": "严重", "min": "6M", "max": "3Y"}
    )
    with pytest.raises(Refused):
        book.value("PUB_527_SERIOUS", date(2023, 5, 1))


def test_an_unknown_rule_is_refused_by_name(book: Rulebook) -> None:
    with pytest.raises(Refused, match="没有编号为“SGS_T9”的规则"):
        book.value("SGS_T9", date(2026, 1, 1))


@pytest.mark.parametrize(
    ("rule", "day", "value"),
    [
        ("GSXT_T1", date(2022, 1, 1), 20),
        ("AQ_T1", date(2022, 1, 1), 7),
        ("REVOKE_T1", date(2022, 1, 1), 3),
        ("REPAIR_ACCEPT", date(2026, 1, 1), 3),
        ("REPAIR_FEEDBACK", date(2026, 1, 1), 10),
        ("DISCLOSE_MAX", date(2026, 1, 1), "5Y"),
        ("CODE_ERR_TARGET", date(2026, 1, 1), "0.0001"),
        ("LOG_KEEP", date(2026, 1, 1), "6M"),
    ],
)
def test_seed_rules_hold_the_researched_values(book: Rulebook, rule: str, day: date, value: object) -> None:
    assert book.value(rule, day) == value


def test_the_late_limit_depends_on_channel_and_date(book: Rulebook) -> None:
    penalty, registration = book.item("XZCF", date(2026, 1, 1)), book.item("DJZC", date(2026, 1, 1))
    assert book.late_limit(penalty, date(2026, 1, 1)) == 7
    assert book.late_limit(penalty, date(2018, 7, 24)) is None  # no limit was in force yet
    assert book.late_limit(registration, date(2026, 1, 1)) is None


def test_the_two_channels_have_their_own_late_limits(book: Rulebook) -> None:
    market = replace(book.item("XZCF", date(2026, 1, 1)), channel="gsxt")
    assert book.late_limit(market, date(2026, 1, 1)) == 20
    assert book.late_limit(market, date(2021, 8, 31)) is None


def test_an_item_is_asked_as_of_a_date(book: Rulebook) -> None:
    assert book.item("XZXK", date(2018, 7, 25)).version == "2018.1"
    with pytest.raises(Refused, match="XZXK 在 2018-07-24 没有有效版本（最早自 2018-07-25 起）"):
        book.item("XZXK", date(2018, 7, 24))
    with pytest.raises(Refused, match="没有代码为“XZXX”的目录事项"):
        book.item("XZXX", date(2026, 1, 1))


def test_every_provider_has_a_fictitious_code_with_both_check_digits(book: Rulebook) -> None:
    for provider in book.providers.values():
        assert uscc.is_valid(provider.code)
        assert provider.code.startswith("11500152YY")
    assert len({p.code for p in book.providers.values()}) == len(book.providers)


def test_every_town_and_street_of_the_district_is_a_provider(book: Rulebook) -> None:
    rows = [r for r in shared_rows("gbt2260/chongqing_townships_mca.csv") if r["county_code"] == "500152"]
    towns = {p.id: p.name for p in book.providers.values() if p.kind == "town"}
    assert len(rows) == 23 and set(towns) == {f"TOWN_{r['code9']}" for r in rows}
    assert all(r["name"] in towns[f"TOWN_{r['code9']}"] for r in rows)


def test_a_replaced_instrument_names_its_successor(book: Rulebook) -> None:
    trial = book.instruments["FGW_58"]
    assert (trial.in_force_to, trial.superseded_by) == (date(2026, 3, 31), "FGW_36")
    assert book.instruments["FGW_36"].in_force_from == date(2026, 4, 1)


def test_every_instrument_in_the_register_is_named_once(book: Rulebook) -> None:
    real = [i.number for i in book.instruments.values() if i.level != "系统设定"]
    assert len(set(real)) == len(real)


def test_source_files_have_a_dated_retention(book: Rulebook) -> None:
    rule = book.retention["SRC_FILE"]
    assert (rule.applies_to, rule.base, rule.months) == ("source_file", "received", 36)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("宗教信仰", "RELIGION"), ("基因检测结果", "GENE"), ("DNA编号", "GENE"), ("右手指纹", "FINGERPRINT"),
        ("血型", "BLOOD"), ("既往病史", "DISEASE"), ("疾病名称", "DISEASE"), ("人脸照片", "BIOMETRIC"),
    ],
)  # fmt: skip
def test_columns_of_prohibited_data_are_recognised(book: Rulebook, column: str, kind: str) -> None:
    found = {p.id for p in book.prohibited if any(re.search(pattern, column) for pattern in p.columns)}
    assert kind in found


@pytest.mark.parametrize("code", ["XZXK", "XZCF", "DJZC", "ZCZY", "SFCP", "XFTS"])
def test_no_shipped_column_is_taken_for_prohibited_data(book: Rulebook, code: str) -> None:
    item = book.item(code, date(2026, 1, 1))
    texts = [text for f in item.fields for text in (f.name, f.code, *f.aliases)]
    patterns = [pattern for p in book.prohibited if p.action == "refuse" for pattern in p.columns]
    assert not [(text, p) for text in texts for p in patterns if re.search(p, text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("本人信仰佛教", "RELIGION"), ("血型：O", "BLOOD"), ("确诊为肺癌", "DISEASE"), ("A型血", "BLOOD")],
)
def test_content_of_prohibited_data_is_recognised(book: Rulebook, text: str, kind: str) -> None:
    found = {p.id for p in book.prohibited if any(re.search(pattern, text) for pattern in p.content)}
    assert kind in found


@pytest.mark.parametrize(
    "text", ["未按规定设置消防通道", "食品经营许可", "建筑工程高级工程师", "法定代表人变更"]
)
def test_ordinary_content_is_not_taken_for_prohibited_data(book: Rulebook, text: str) -> None:
    assert not [p.id for p in book.prohibited for pattern in p.content if re.search(pattern, text)]


def test_patterns_mean_the_same_to_the_vectorised_engine(book: Rulebook) -> None:
    texts = ["本人信仰佛教", "血型：O", "rh阴性", "DNA 鉴定", "dna鉴定", "患有高血压病", "普通内容", "A型血"]
    column = pl.Series(texts)
    for pattern in (p for kind in book.prohibited for p in (*kind.columns, *kind.content)):
        assert column.str.contains(pattern).to_list() == [bool(re.search(pattern, t)) for t in texts], pattern


def test_each_prohibited_kind_rests_on_a_read_statute_or_says_it_is_a_sample(book: Rulebook) -> None:
    for kind in book.prohibited:
        instruments = {basis.instrument for basis in kind.basis}
        assert instruments <= {"ZXYGLTL", "PIPL"} or kind.confidence == "sample"
