"""Columns that repeat few values: work is done once per value and handed out to the rows."""

from __future__ import annotations

import polars as pl

_SAMPLE, _FRESH = 2_000, 1_900  # with more values than that in the first rows, the column repeats too little
_SHARE = 8  # so many rows per value at least, or working on the values is no gain


def few_distinct(series: pl.Series) -> pl.Series | None:
    """The distinct values of a String series, nulls left out; None if there are too many to be worth it."""
    if len(series) < 2 * _SAMPLE or series.head(_SAMPLE).n_unique() > _FRESH:
        return None
    values = series.drop_nulls().unique()
    return values if len(values) * _SHARE <= len(series) else None


def handed_out(series: pl.Series, values: pl.Series, images: pl.Series) -> pl.Series:
    """The series with each of its distinct `values` replaced by its image; null stays null."""
    if not len(values):
        return series.cast(images.dtype)
    return series.replace_strict(values, images, return_dtype=images.dtype)
