"""The look log, marks, authorisations, and what is derived for the public's lists."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Look(models.Model):
    at = models.DateTimeField()
    actor = models.TextField()
    role = models.TextField()
    purpose = models.TextField()
    ground = models.TextField()
    subject = models.BigIntegerField(null=True)
    what = models.TextField()
    as_of = models.DateField()
    known_at = models.BigIntegerField()
    records = models.IntegerField()
    duty = models.TextField(db_default="")  # the registered statutory duty, if that was the ground
    authorisation = models.BigIntegerField(null=True)  # the authorisation, if that was
    provider = models.TextField(null=True)  # the unit it was made for, "": none; NULL: before looks said so

    class Meta:
        db_table = "look"
        indexes = [
            models.Index(fields=["subject", "at"], name="look_subject"),
            models.Index(
                fields=["authorisation"],
                name="look_authorised",
                condition=models.Q(authorisation__isnull=False),
            ),
        ]


class RecordMark(models.Model):
    """A mark on a record, or (`closes`) the end of one. Never changed; `xinyong.disclosure.marks` says which there are."""

    record_id = models.UUIDField()
    kind = models.TextField()
    value = models.TextField(db_default="")
    at = models.DateTimeField()
    until = models.DateField(null=True)  # of a shielding or an extension: its last day
    actor = models.TextField()
    role = models.TextField()
    provider = models.TextField()
    reason = models.TextField()
    basis = models.TextField(db_default="")
    act = models.UUIDField()  # marks of one decision, a batch
    closes = models.BigIntegerField(null=True, unique=True)

    class Meta:
        db_table = "record_mark"
        indexes = [
            models.Index(fields=["record_id", "id"], name="record_mark_record"),
            models.Index(fields=["act"], name="record_mark_act"),
            models.Index(fields=["value"], name="record_mark_rests_on", condition=models.Q(kind="rests_on")),
        ]


class Authorisation(models.Model):
    """授权: who lets whom see which items, for what, from when to when. Never changed."""

    number = models.UUIDField(unique=True)
    granted_at = models.DateTimeField()
    granted_by = models.TextField()
    origin = models.TextField()
    scheme = models.TextField()
    value = models.TextField()  # the grantor; a person's is a keyed hash
    recipient = models.TextField()
    items = ArrayField(models.TextField())
    purpose = models.TextField()
    once = models.BooleanField()
    begins = models.DateField()
    ends = models.DateField()
    revocable = models.BooleanField()
    evidence = models.TextField(db_default="")

    class Meta:
        db_table = "authorisation"
        indexes = [models.Index(fields=["value", "recipient"], name="authorisation_parties")]


class AuthorisationEnd(models.Model):
    """An authorisation ends early at most once: revoked, or used up."""

    authorisation = models.BigIntegerField(unique=True)
    kind = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(db_default="")

    class Meta:
        db_table = "authorisation_end"


class PublicListing(models.Model):
    """Derived, may be rebuilt: by which keys the public's lists find a record. What it says is read live.

    `shown_from`, `shown_until` (inclusive): the publicity window as last computed, to leave out what cannot be public.
    """

    record_id = models.UUIDField(primary_key=True)
    version = models.SmallIntegerField()
    col = models.TextField()  # the column 公示专栏, see `listing.COLUMNS`
    subject = models.BigIntegerField()
    decided = models.DateField()
    authority = models.TextField()
    classes = ArrayField(models.TextField())
    document = models.TextField()  # folded
    shown_from = models.DateField(null=True)
    shown_until = models.DateField(null=True)

    class Meta:
        db_table = "public_listing"
        indexes = [
            models.Index(fields=["col", "decided", "record_id"], name="listing_newest"),
            models.Index(fields=["col", "authority", "decided", "record_id"], name="listing_authority"),
            models.Index(fields=["subject", "col"], name="listing_subject"),
            models.Index(fields=["document"], opclasses=["text_pattern_ops"], name="listing_document"),
            models.Index(fields=["shown_until"], name="listing_ends"),
            GinIndex(fields=["classes"], name="listing_classes"),
        ]


class ListingState(models.Model):
    """One row: up to where the listing was brought, under which rules; and the key figures of that moment."""

    id = models.SmallIntegerField(primary_key=True)
    at = models.DateTimeField()
    day = models.DateField()
    publication = models.BigIntegerField()
    mark = models.BigIntegerField()
    rules = models.TextField()
    figures = models.JSONField()

    class Meta:
        db_table = "listing_state"


class DegreesWaiting(models.Model):
    """How many degrees each authority had not decided, as counted each night. The newest row is shown."""

    at = models.DateTimeField()
    waiting = models.JSONField()  # [authority, number, overdue, the earliest day due or null]

    class Meta:
        db_table = "degrees_waiting"


class PageVisit(models.Model):
    """How often pages of a kind were opened on a day. Nothing of who opened them is kept."""

    pk = models.CompositePrimaryKey("day", "kind")
    day = models.DateField()
    kind = models.TextField()
    visits = models.BigIntegerField()

    class Meta:
        db_table = "page_visit"
