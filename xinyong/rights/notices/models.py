"""Notices, who read them, and what became of the reminders outside. Rows are only added, but for the queue."""

from __future__ import annotations

from django.db import models


class Notice(models.Model):
    """One notice as it was written, with the template and its period. `body` is sealed, and
    goes when its retention ends.

    `kind`: subject (value: its code, a person's as a keyed hash), provider or role. `page`: a URL name.
    """

    at = models.DateTimeField()
    template = models.TextField()
    version = models.TextField()
    kind = models.TextField()
    value = models.TextField()
    title = models.TextField()
    body = models.TextField()
    page = models.TextField(blank=True)
    about = models.TextField(blank=True)

    class Meta:
        db_table = "notice"
        indexes = [
            models.Index(fields=["kind", "value", "id"], name="notice_inbox"),
            models.Index(fields=["about"], name="notice_about"),
        ]


class NoticeRead(models.Model):
    """The first time an account opened a notice."""

    pk = models.CompositePrimaryKey("notice", "account")
    notice = models.BigIntegerField()
    account = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "notice_read"


class NoticeSending(models.Model):
    """A reminder to one account by one channel. The address is looked up when it is sent, and not kept."""

    notice = models.BigIntegerField()
    channel = models.TextField()
    account = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "notice_sending"
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel", "account"], name="notice_sending_once")
        ]


class NoticeResult(models.Model):
    """送达: what came of one attempt: delivered, failed (again later), refused or given_up.

    `version`: of the text that was sent.
    """

    sending = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    outcome = models.TextField()
    reason = models.TextField(blank=True)
    version = models.TextField(blank=True)

    class Meta:
        db_table = "notice_result"


class NoticeDue(models.Model):
    """A queue: what is still to be sent, and when it is tried next."""

    sending = models.BigIntegerField(primary_key=True)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "notice_due"


class NoticeContact(models.Model):
    """An account's number for reminders by SMS, sealed; the newest row counts, empty: none wanted. Older ones are emptied."""

    account = models.TextField()
    at = models.DateTimeField()
    channel = models.TextField()
    address = models.TextField(blank=True)

    class Meta:
        db_table = "notice_contact"
        indexes = [models.Index(fields=["account", "id"], name="notice_contact_of")]
