"""Actors, the audit trail, events and stored originals. All but `VaultObject.wrapped_key` only grow."""

from __future__ import annotations

from django.db import models


class Actor(models.Model):
    """Who acts. The permission matrix and logins come with the website."""

    name = models.TextField(unique=True)
    role = models.TextField()
    provider = models.TextField(blank=True, default="")
    created = models.DateTimeField()

    class Meta:
        db_table = "actor"


class AuditEntry(models.Model):
    """What was done: who, when, from where, what, why. Never changed, never deleted."""

    at = models.DateTimeField(db_index=True)
    actor = models.TextField()
    role = models.TextField()
    origin = models.TextField()
    action = models.TextField()
    target = models.TextField()
    purpose = models.TextField(blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"


class Event(models.Model):
    """Outbox: written in the transaction of what it tells; handled at least once."""

    at = models.DateTimeField()
    kind = models.TextField()
    body = models.JSONField()

    class Meta:
        db_table = "event"


class EventHandled(models.Model):
    event = models.OneToOneField(Event, models.PROTECT, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "event_handled"


class VaultObject(models.Model):
    """A stored original: encrypted under its own data key, named by an HMAC of its content."""

    name = models.TextField(primary_key=True)
    wrapped_key = models.BinaryField()
    size = models.BigIntegerField()
    stored = models.DateTimeField()
    retained_until = models.DateField()
    retention_rule = models.TextField()

    class Meta:
        db_table = "vault_object"


class Erasure(models.Model):
    """What was erased, under which rule and article; what it said is gone."""

    at = models.DateTimeField()
    actor = models.TextField()
    target = models.TextField()
    rule = models.TextField()
    instrument = models.TextField()
    article = models.TextField()
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "erasure"
