"""Accounts, sessions, the audit trail, events and stored originals. What must never change is granted that way in `setup`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from xinyong.foundation import accounts

OWN_COLUMNS = ("password", "last_login", "display_name", "email")


class AccountManager(BaseUserManager["Account"]):
    """Accounts are opened by `foundation.accounts`; here is only what the framework asks for."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser, PermissionsMixin):
    """Who acts and who may log in. Nobody is a superuser: the database refuses one."""

    username = models.CharField(max_length=150, unique=True)
    display_name = models.TextField()
    role = models.TextField(blank=True, default="")  # empty: not granted yet
    proposed_role = models.TextField(blank=True, default="")
    provider = models.TextField(blank=True, default="")  # the department's or institution's unified code
    subject_code = models.TextField(blank=True, default="")  # of a subject, once verified
    claimed_code = models.TextField(blank=True, default="")  # of a subject, before that
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=False)
    must_change_password = models.BooleanField(default=False)
    created = models.DateTimeField()
    created_by = models.TextField(blank=True, default="")
    granted_by = models.TextField(blank=True, default="")
    verified = models.DateTimeField(null=True)
    verified_by = models.TextField(blank=True, default="")

    objects = AccountManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        db_table = "account"
        constraints = [
            models.CheckConstraint(condition=Q(is_superuser=False), name="account_no_superuser"),
            models.CheckConstraint(condition=Q(role__in=["", *accounts.HELD]), name="account_role_known"),
            models.CheckConstraint(
                condition=Q(is_active=False) | ~Q(role=""), name="account_active_has_role"
            ),
        ]

    def save(self, *args: Any, **given: Any) -> None:
        """A library that saves the whole row writes only what is the holder's own: never a role it read earlier."""
        if not self._state.adding and given.get("update_fields") is None:
            given["update_fields"] = OWN_COLUMNS
        super().save(*args, **given)

    def get_full_name(self) -> str:
        return self.display_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()


class Session(AbstractBaseSession):
    """A session in use, with what is needed to limit, list and end it."""

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="sessions")
    started = models.DateTimeField()
    last_seen = models.DateTimeField()
    origin = models.TextField(blank=True, default="")

    class Meta:
        db_table = "account_session"

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        from xinyong.foundation.sessions import SessionStore

        return SessionStore


class LoginAttempt(models.Model):
    """A try at a password or a second factor; a success or an unlocking ends what failed before."""

    at = models.DateTimeField()
    username = models.TextField()  # as typed, in lower case: also of nobody
    origin = models.TextField()
    kind = models.TextField()  # password, second, unlock
    succeeded = models.BooleanField()

    class Meta:
        db_table = "account_attempt"
        indexes = [
            models.Index(fields=["username", "at"], name="account_attempt_name"),
            models.Index(fields=["origin", "at"], name="account_attempt_origin"),
        ]


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


class EventHandler(models.Model):
    """Which handler wants which kind of event; `foundation.events` reads and writes it."""

    name = models.TextField()
    kind = models.TextField()
    since = models.BigIntegerField()  # the last event that was there before it: not handled

    class Meta:
        db_table = "event_handler"
        constraints = [models.UniqueConstraint(fields=["name", "kind"], name="event_handler_once")]


class EventTodo(models.Model):
    """What a handler has not handled yet. A trigger adds it with the event; handling takes it away."""

    pk = models.CompositePrimaryKey("event_id", "handler")
    event_id = models.BigIntegerField()
    handler = models.TextField()
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "event_todo"


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


class SigningKey(models.Model):
    """A pair of keys the platform signs with; `private` is wrapped by the key provider. Only grows."""

    id = models.TextField(primary_key=True)
    algorithm = models.TextField()
    generation = models.IntegerField()
    public = models.BinaryField()
    private = models.BinaryField()
    made = models.DateTimeField()

    class Meta:
        db_table = "signing_key"
        constraints = [models.UniqueConstraint(fields=["algorithm", "generation"], name="signing_key_once")]
