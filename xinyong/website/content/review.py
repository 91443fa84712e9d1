"""三审三校: three persons who did not write the text read it, one after the other; the third reading publishes it.

Nobody holds a right to publish. What goes out is exactly the revision all three have read.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.models import Page, Revision, TaskState

from xinyong.foundation.models import Account
from xinyong.kernel.errors import NotPermitted, Refused
from xinyong.website.content import trail
from xinyong.website.content.forms import CHECKS
from xinyong.website.content.models import Article, ReviewStep
from xinyong.website.content.roles import may

STEPS = {1: "初审", 2: "复审", 3: "终审"}
NOT_YOURS = "您的角色不办理{step}；请交给有权的人办理。"
OWN_TEXT = "这篇稿件由您撰写或提交，不能由您审校；请交给其他人办理。"
TWICE = "您已经审过这一稿的另一步；三审要由三个人分别办理，请交给其他人。"
OTHER_DEPARTMENT = "这篇稿件不是本部门的；请由供稿部门的审核员或信用中心初审。"


def page_of(state: TaskState) -> Page:
    """The page a review is of, whatever page an address names."""
    page: Page = state.workflow_state.content_object.specific
    return page


def authors(page: Page) -> set[int]:
    """Account numbers of whoever wrote or sent in what is not published yet."""
    revisions = Revision.objects.for_instance(page)
    if page.live_revision_id:
        revisions = revisions.filter(pk__gt=page.live_revision_id)
    found = set(revisions.values_list("user_id", flat=True))
    if not page.live_revision_id:
        found.add(page.owner_id)
    state = page.current_workflow_state
    if state is not None:
        found.add(state.requested_by_id)
    return {number for number in found if number is not None}


def refusal(step: int, page: Page, account: Any) -> str | None:
    """Why `account` may not do this step on this page; None: it may."""
    if not account.is_active or not may(account.role, f"content.review{step}"):
        return NOT_YOURS.format(step=STEPS[step])
    writers = authors(page)
    if account.pk in writers:
        return OWN_TEXT
    if _has_passed(page, account):
        return TWICE
    if account.role == "department_reviewer" and _providers(writers) != {account.provider}:
        return OTHER_DEPARTMENT
    return None


def _has_passed(page: Page, account: Any) -> bool:
    steps = ReviewStep.objects.filter(page=page.pk, revision=page.latest_revision_id, passed=True)
    return steps.filter(account=account.pk).exists()


def _providers(numbers: set[int]) -> set[str]:
    return set(Account.objects.filter(pk__in=numbers).values_list("provider", flat=True))


def digest(revision: Revision) -> str:
    """SHA-256 of the text of a revision, as 64 hexadecimal digits."""
    text = json.dumps(revision.content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def decide(state: TaskState, account: Any, action: str, given: dict[str, Any]) -> None:
    """Pass a text or send it back. NotPermitted: author, repeated reviewer, wrong role. Refused: no proof remarks."""
    state = TaskState.objects.select_for_update().get(pk=state.pk)
    page, step, passed = page_of(state), state.task.specific.step, action == "approve"
    why = refusal(step, page, account)
    if why is not None:
        raise NotPermitted("review_not_yours", f"这一步不由您办理：{why}")
    if action not in ("approve", "reject") or state.status != TaskState.STATUS_IN_PROGRESS:
        raise Refused("review_over", "这一步审校已经办结或被作者撤回；请刷新页面。")
    remark, checks = _proof(given, passed)
    _keep(state, page, step, account, passed, checks, remark)
    (state.approve if passed else state.reject)(user=account, comment=remark)


def _proof(given: dict[str, Any], passed: bool) -> tuple[str, list[str]]:
    remark = str(given.get("comment") or "").strip()
    checks = [c for c, _ in CHECKS if c in (given.get("checks") or [])]
    if not remark:
        raise Refused("no_remark", "没有写校对意见；请写明校改了什么或为什么退回。")
    if passed and len(checks) < len(CHECKS):
        raise Refused("not_proofread", "校对项目没有全部勾选；请逐项核对后再通过，或退回修改。")
    return remark, checks


def _keep(
    state: TaskState, page: Page, step: int, account: Any, passed: bool, checks: list[str], remark: str
) -> None:
    kept = ReviewStep.objects.create(
        at=timezone.now(),
        page=page.pk,
        title=state.revision.object_str,
        revision=state.revision_id,
        digest=digest(state.revision),
        step=step,
        passed=passed,
        account=account.pk,
        reviewer=account.get_full_name(),
        role=account.role,
        checks=checks,
        remark=remark,
    )
    told = {"title": kept.title, "revision": kept.revision, "digest": kept.digest, "checks": checks}
    verb = "pass" if passed else "return"
    trail.note(
        trail.acting(account),
        f"content.review{step}.{verb}",
        f"article/{page.pk}",
        {**told, "remark": remark},
    )


def publish_reviewed(workflow_state: Any, user: Any = None) -> None:
    """What ends the three reviews. Refused unless three different people, none an author, passed this very text."""
    revision = workflow_state.current_task_state.revision
    page = workflow_state.content_object.specific
    steps = ReviewStep.objects.filter(
        page=page.pk, revision=revision.pk, digest=digest(revision), passed=True
    )
    persons = {s.step: s.account for s in steps}
    three = set(persons) == set(STEPS) and len(set(persons.values())) == len(STEPS)
    if not three or set(persons.values()) & authors(page) or not revision.is_latest_revision():
        raise Refused("not_reviewed", "这一稿没有经过三个人的完整审校，不能发布；请重新送审。")
    PublishPageRevisionAction(revision, user=user).execute(skip_permission_checks=True)


@transaction.atomic
def withdraw(page: Page, account: Any, reason: str) -> None:
    """Take an article off the site, or call off its publishing. It comes back through three reviews only."""
    if not account.is_active or not may(account.role, "content.withdraw"):
        raise NotPermitted("withdraw_not_yours", "您的角色不能撤下稿件；请由信用中心审核员办理。")
    if not isinstance(page, Article) or not (page.live or page.approved_schedule):
        raise Refused("not_published", "这篇稿件没有发布，也没有定时发布；不需要撤下。")
    if not reason.strip():
        raise Refused("no_reason", "没有写撤下理由；请写明为什么撤下。")
    page.revisions.update(approved_go_live_at=None)
    if page.live:
        UnpublishPageAction(page, user=account).execute(skip_permission_checks=True)
    trail.note(
        trail.acting(account),
        "content.withdraw",
        f"article/{page.pk}",
        {"title": page.title, "reason": reason.strip()},
    )
