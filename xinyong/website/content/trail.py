"""Everything editors do stands in the platform's audit trail, written in the transaction of what it tells."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, transaction
from django.db.models.signals import post_save
from django.utils import timezone

from xinyong.foundation import audit
from xinyong.foundation.audit import SYSTEM, Who

ORIGIN = "content-admin"


def connect() -> None:
    from wagtail.models import ModelLogEntry, PageLogEntry

    for entry in (PageLogEntry, ModelLogEntry):
        post_save.connect(_copy, sender=entry, dispatch_uid=f"content-trail-{entry.__name__}")


def no_mail() -> None:
    """Editors see what waits for them on their first page; nothing is sent out of the closed network."""
    from wagtail.models import TaskState, WorkflowState
    from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted

    mails = {
        "group_approval_task_submitted": (task_submitted, TaskState),
        "workflow_state_submitted": (workflow_submitted, WorkflowState),
        "workflow_state_rejected": (workflow_rejected, WorkflowState),
        "workflow_state_approved": (workflow_approved, WorkflowState),
    }
    for name, (signal, sender) in mails.items():
        signal.disconnect(sender=sender, dispatch_uid=f"{name}_email_notification")


def acting(account: Any) -> Who:
    """The person behind a log-in; nobody logged in: the system."""
    if account is None or not getattr(account, "pk", None):
        return SYSTEM
    return Who(account.username, account.role, account.provider, ORIGIN)


def note(who: Who, action: str, target: str, detail: dict[str, Any]) -> None:
    """One audit entry on Django's own connection, so that it stands or falls with the change."""
    connection = connections["default"]
    connection.ensure_connection()
    plain = json.loads(json.dumps(detail, cls=DjangoJSONEncoder, ensure_ascii=False))
    with transaction.atomic():
        audit.record(connection.connection, who, timezone.now(), action, target, plain)


def _copy(sender: Any, instance: Any, created: bool, **_: Any) -> None:
    if not created:
        return
    kind = instance.content_type.model if instance.content_type_id else "object"
    number = getattr(instance, "page_id", None) or getattr(instance, "object_id", "")
    action = "content." + instance.action.removeprefix("wagtail.")
    detail = {"title": instance.label, "revision": instance.revision_id, **instance.data}
    note(acting(instance.user), action, f"{kind}/{number}", detail)
