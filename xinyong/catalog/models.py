"""What of the rulebook the database must know: small numbers for items, and which edition was in force."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CatalogItem(models.Model):
    id = models.SmallAutoField(primary_key=True)
    code = models.TextField(unique=True)

    class Meta:
        db_table = "catalog_item"


class CatalogEdition(models.Model):
    """An item version as it stood when first used; the digest names the file's bytes."""

    item = models.ForeignKey(CatalogItem, models.PROTECT)
    version = models.TextField()
    source = models.TextField()
    digest = models.TextField()
    in_force_from = models.DateField()
    loaded = models.DateTimeField()

    class Meta:
        db_table = "catalog_edition"
        constraints = [models.UniqueConstraint(fields=["item", "digest"], name="catalog_edition_once")]


class CatalogLayout(models.Model):
    """Which field stands where in a canonical row (kernel.canonical); named by content."""

    layout = models.TextField(primary_key=True)
    fields = ArrayField(models.TextField())

    class Meta:
        db_table = "catalog_layout"
