"""From checked texts to identity, business key, canonical row and digests, vectorised."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from xinyong.catalog.model import Item
from xinyong.foundation import keys
from xinyong.kernel import canonical, digests
from xinyong.kernel.documents import fold_document_expr
from xinyong.kernel.identifiers_tables import PLACEHOLDER
from xinyong.kernel.masking import mask_name
from xinyong.kernel.names import fold_name_expr
from xinyong.kernel.text import flags, replace_where

NATURAL = "自然人"
SEP = canonical.SEPARATOR
# A sole trader's tax number of old was the trader's ID number, with two digits after it at times.
ID_AS_TAX_NUMBER = (
    r"^[1-8]\d{5}(?:\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}"
    r"|(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[0-9X])[0-9A-Z]{0,2}$"
)


def map_distinct(column: pl.Series, function: Callable[[str], str]) -> pl.Series:
    """Apply a slow function once per distinct value; null stays null."""
    distinct = column.drop_nulls().unique()
    if not len(distinct):
        return column
    images = pl.Series([function(v) for v in distinct.to_list()], dtype=pl.String)
    return column.replace_strict(distinct, images, default=None, return_dtype=pl.String)


class Keyer:
    """Adds the working columns of one item's rows. All names begin with an underscore."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.fields = [f.code for f in item.fields]
        self.layout = canonical.layout_id(item.code, self.fields)
        self.personal = [f.code for f in item.fields if f.personal]
        self.tax_numbers = [f.code for f in item.fields if f.check == "taxno" and not f.personal]

    def _code(self, role: str) -> str | None:
        f = self.item.by_role(role)
        return f.code if f else None

    def _role(self, role: str) -> pl.Expr:
        code = self._code(role)
        return pl.col(code) if code else pl.lit(None, dtype=pl.String)

    def identity(self, frame: pl.DataFrame) -> pl.DataFrame:
        """_kind _scheme _value _folded _shown: whose row it claims to be."""
        frame = frame.with_columns(
            self._kind().alias("_kind"), fold_name_expr(self._role("subject_name")).alias("_folded")
        )
        person, uscc, regno = pl.col("_kind") == NATURAL, self._role("uscc"), self._role("regno")
        has_code = uscc.is_not_null() & (uscc != PLACEHOLDER) & ~person
        scheme = (
            pl.when(has_code)
            .then(pl.lit("uscc"))
            .when(person & self._role("person_id").is_not_null())
            .then(pl.lit("person"))
            .when(~person & regno.is_not_null())
            .then(pl.lit("regno"))
        )
        value = pl.when(has_code).then(uscc).when(~person).then(regno)
        frame = frame.with_columns(scheme.alias("_scheme"), value.alias("_value"))
        frame = frame.with_columns(self._role("subject_name").alias("_shown"))
        return self._persons(frame) if (frame["_scheme"] == "person").any() else frame

    def _kind(self) -> pl.Expr:
        given = self._role("subject_kind")
        only = self.item.subject_kinds[0] if len(self.item.subject_kinds) == 1 else None
        uscc = self._role("uscc")
        derived = (
            pl.when(uscc.str.starts_with("92"))
            .then(pl.lit("个体工商户"))
            .otherwise(pl.lit("法人及非法人组织"))
        )
        no_code = uscc.is_null() & self._role("person_id").is_not_null()
        derived = pl.when(no_code).then(pl.lit(NATURAL)).otherwise(derived)
        return pl.lit(only) if only else pl.coalesce(given, derived)

    def _persons(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Natural persons are known by keyed hashes of number and name, and shown masked."""
        person = frame["_scheme"] == "person"
        ids, names = frame[self._code("person_id") or ""], frame["_folded"]
        hashed = map_distinct(ids.filter(person), lambda v: keys.hmac_hex("person", v.upper()))
        folded = map_distinct(names.filter(person), lambda v: keys.hmac_hex("person-name", v))
        shown = map_distinct(frame["_shown"].filter(person), mask_name)
        places = pl.arange(0, frame.height, eager=True).filter(person)
        return frame.with_columns(
            frame["_value"].scatter(places, hashed),
            frame["_folded"].scatter(places, folded),
            frame["_shown"].scatter(places, shown),
        )

    def sealed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Personal identifiers leave this step encrypted."""
        filled = [c for c in self.personal if frame[c].null_count() < frame.height]
        frame = frame.with_columns(map_distinct(frame[c], keys.seal).alias(c) for c in filled)
        return frame.with_columns(self._tax_numbers(frame))

    def _tax_numbers(self, frame: pl.DataFrame) -> list[pl.Series]:
        sealed = []
        for column in (frame[code] for code in self.tax_numbers):
            personal = flags(column, ID_AS_TAX_NUMBER)
            if personal.any():
                some = map_distinct(column.filter(personal), keys.seal)
                sealed.append(replace_where(column, personal, some))
        return sealed

    def keyed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """_payload _key _record _key8 _row8 _doc8 _decided _from _to."""
        decided, start, end = self._date("decided"), self._date("valid_from"), self._date("valid_to")
        empty = {f for f in self.fields if frame[f].null_count() == frame.height}
        frame = frame.with_columns(fold_document_expr(self._role("doc_no")).alias("_number"))
        frame = frame.with_columns(
            canonical.pack_expr(self.layout, self.fields, empty).alias("_payload"),
            self._key().alias("_key"),
            self._document().alias("_doc"),
            decided.alias("_decided"),
            pl.coalesce(start, decided).alias("_from"),
            end.alias("_to"),
        )
        dated = "_decided" if "decided" in self.item.business_key and self._code("decided") else None
        frame = frame.with_columns(digests.record_id_expr("_key", dated).alias("_record"))
        return frame.with_columns(
            digests.digest_expr("_record").alias("_key8"),
            digests.digest_expr("_payload").alias("_row8"),
            digests.digest_expr("_doc").alias("_doc8"),
        ).drop("_number")

    def _date(self, role: str) -> pl.Expr:
        return self._role(role).str.to_date("%Y-%m-%d", strict=False)

    def _key(self) -> pl.Expr:
        parts = [pl.lit(self.item.code)]
        for part in self.item.business_key:
            if part == "subject":
                parts += [pl.col("_scheme"), pl.col("_value")]
            else:
                code = self._code(part) or part
                parts.append(pl.col("_number" if code == self._code("doc_no") else code))
        return pl.concat_str([p.fill_null("") for p in parts], separator=SEP)

    def _document(self) -> pl.Expr:
        """Authority and folded document number, null where either is missing."""
        if self._code("doc_no") is None or self._code("authority_code") is None:
            return pl.lit(None, dtype=pl.String)
        return pl.concat_str([self._role("authority_code"), pl.col("_number")], separator=SEP)
