"""Who received which record, and what was taken back from whom.

Rows are only added, but for how far a subscriber has come.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RecallReceiver(models.Model):
    """A system of an institution, or (`system` empty) the institution itself, whose people got reports."""

    provider = models.TextField()
    system = models.TextField()
    role = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "recall_receiver"
        constraints = [models.UniqueConstraint(fields=["provider", "system"], name="recall_receiver_once")]


class Delivery(models.Model):
    """The first time a receiver was given a record. `reference`: the report it stood in, empty for the API.

    `known_at`: as of which publication, so that one who only ever got the corrected version is left in peace.
    """

    pk = models.CompositePrimaryKey("record_id", "receiver", "reference")
    record_id = models.UUIDField()
    receiver = models.BigIntegerField()
    reference = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    known_at = models.BigIntegerField()

    class Meta:
        db_table = "delivery"


class RecallCause(models.Model):
    """Why records are taken back. `records`, or (`born`) those that a batch changed."""

    cause = models.TextField(primary_key=True)
    kind = models.TextField()
    decided = models.DateTimeField()
    until = models.DateField(null=True)
    records = ArrayField(models.UUIDField(), null=True)
    born = models.IntegerField(null=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "recall_cause"


class Recall(models.Model):
    """What one receiver is told of one cause. Numbers rise in the order in which they become visible."""

    cause = models.TextField()
    receiver = models.BigIntegerField()
    at = models.DateTimeField()
    records = ArrayField(models.UUIDField())
    reports = ArrayField(models.TextField())

    class Meta:
        db_table = "recall"
        indexes = [
            models.Index(fields=["receiver", "id"], name="recall_of_receiver"),
            models.Index(fields=["cause", "receiver"], name="recall_of_cause"),
        ]


class RecallConfirmation(models.Model):
    """At most one: whoever says it again changes nothing. `way`: api, webhook or page."""

    recall = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    by = models.TextField()
    way = models.TextField()

    class Meta:
        db_table = "recall_confirmation"


class RecallSubscription(models.Model):
    """Where a receiver wants its recalls sent. The secret is sealed: signing needs it."""

    receiver = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    by = models.TextField()
    url = models.TextField()
    secret = models.TextField()

    class Meta:
        db_table = "recall_subscription"


class RecallSubscriptionEnd(models.Model):
    subscription = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()

    class Meta:
        db_table = "recall_subscription_end"


class RecallPush(models.Model):
    """How far a subscription has come: a queue, not a record of anything."""

    subscription = models.BigIntegerField(primary_key=True)
    receiver = models.BigIntegerField()
    sent = models.BigIntegerField(default=0)  # the last recall its server has taken
    attempts = models.IntegerField(default=0)  # failed ones in a row
    next_at = models.DateTimeField()

    class Meta:
        db_table = "recall_push"


class RecallAttempt(models.Model):
    """One request to a subscriber, and what came of it: sent, confirmed or failed."""

    subscription = models.BigIntegerField()
    at = models.DateTimeField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    outcome = models.TextField()
    detail = models.TextField(blank=True, default="")

    class Meta:
        db_table = "recall_attempt"
        indexes = [models.Index(fields=["subscription", "id"], name="recall_attempt_of")]
