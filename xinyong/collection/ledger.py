"""应报台账: what departments say they decided, against which reporting is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import psycopg

from xinyong.catalog.model import Item


def apply(
    c: psycopg.Connection[Any], item: Item, rows: pl.DataFrame, fates: npt.NDArray[np.uint8], batch: int
) -> None:
    """Each accepted ledger row is the newest word on its department, item and month."""
