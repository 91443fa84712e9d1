"""What a new installation begins with: groups, the three reviews, columns and first content. Idempotent."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from xinyong.foundation.audit import SYSTEM
from xinyong.website.content import trail

FIRST = Path(__file__).parent / "first"
GROUPS = {
    "department": "内容：部门信息员",
    "department_reviewer": "内容：部门审核员",
    "center": "内容：信用中心业务员",
    "center_reviewer": "内容：信用中心审核员",
}
PAGE_RIGHTS = {"department": ("add_page",), "center": ("add_page", "change_page")}
FILE_RIGHTS = (
    ("wagtaildocs", "add_document"),
    ("wagtaildocs", "choose_document"),
    ("wagtailimages", "add_image"),
    ("wagtailimages", "choose_image"),
)
WORKFLOW = "三审三校"


@transaction.atomic
def prepare() -> None:
    """Called by `init` after the migrations, as the application's role."""
    from wagtail.models import Workflow

    root = _root()
    _groups(root)
    if not Workflow.objects.filter(name=WORKFLOW).exists():
        _workflow(root)
    _load(root)


def _root() -> Any:
    """The content root, in place of the page Wagtail greets with."""
    from wagtail.models import Page, Site

    from xinyong.website.content.models import ContentHome

    found = ContentHome.objects.first()
    if found is None:
        Page.objects.filter(depth=2).delete()
        found = Page.get_first_root_node().add_child(
            instance=ContentHome(title="动态与知识", slug="content", live=True)
        )
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "root_page": found, "site_name": "信用潼南"}
    )
    return found


def _groups(root: Any) -> None:
    """Rights to write, none to publish. Wagtail's own groups, which may publish, go."""
    from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

    Group.objects.filter(name__in=("Moderators", "Editors")).delete()
    collection = Collection.get_first_root_node()
    enter = Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    for role, name in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set([enter])
        writes = role in PAGE_RIGHTS
        for codename in PAGE_RIGHTS.get(role, ()):
            right = Permission.objects.get(content_type__app_label="wagtailcore", codename=codename)
            GroupPagePermission.objects.get_or_create(group=group, page=root, permission=right)
        for app, codename in FILE_RIGHTS if writes else ():
            right = Permission.objects.get(content_type__app_label=app, codename=codename)
            GroupCollectionPermission.objects.get_or_create(
                group=group, collection=collection, permission=right
            )


def _workflow(root: Any) -> None:
    from wagtail.models import Task, Workflow, WorkflowPage, WorkflowTask

    from xinyong.website.content.models import ReviewTask
    from xinyong.website.content.review import STEPS

    Workflow.objects.update(active=False)
    Task.objects.update(active=False)
    workflow = Workflow.objects.create(name=WORKFLOW)
    for step, name in STEPS.items():
        task = ReviewTask.objects.create(name=name, step=step)
        WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=step)
    WorkflowPage.objects.update_or_create(page=root, defaults={"workflow": workflow})


def _load(root: Any) -> None:
    from xinyong.website.content.models import Seed

    done = set(Seed.objects.values_list("key", flat=True))
    for path in sorted(FIRST.glob("*.yaml")):
        made = _column(root, path.stem, _read(path), done)
        Seed.objects.bulk_create([Seed(key=key, at=timezone.now()) for key in made])


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_loader())
    return content


@cache
def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _column(root: Any, stem: str, content: dict[str, Any], done: set[str]) -> list[str]:
    """One file of first content: a column with its articles, or a set of fixed pages. Returns the new keys."""
    from xinyong.website.content.models import Column, StaticPage

    made: list[str] = []
    parent = root
    if "column" in content:
        parent = Column.objects.child_of(root).filter(slug=content["column"]["slug"]).first()
        if parent is None and stem not in done:
            parent = root.add_child(instance=Column(live=True, **content["column"]))
            made.append(stem)
    for article in content["pages"] if parent is not None else []:
        key = f"{stem}/{article['slug']}"
        if key not in done:
            _publish(parent, article, StaticPage if parent is root else None)
            made.append(key)
    return made


def _publish(parent: Any, given: dict[str, Any], kind: Any) -> None:
    from xinyong.website.content.models import Article

    fields = {k: v for k, v in given.items() if k != "body"}
    fields["body"] = [_block(b) for b in given["body"]]
    if kind is None and not isinstance(fields.get("day"), date):
        fields["day"] = timezone.localdate()
    now = timezone.now()
    page = (kind or Article)(live=True, first_published_at=now, last_published_at=now, **fields)
    parent.add_child(instance=page)
    trail.note(SYSTEM, "content.first", f"{page._meta.model_name}/{page.pk}", {"title": page.title})


def _block(given: dict[str, Any]) -> tuple[str, Any]:
    """A block of a first-content file: {heading: …}, {p: …}, {list: […]}, {steps: […]}, {table: …} or {file: …}."""
    from xinyong.website.content import first_files

    ((kind, value),) = given.items()
    if kind == "heading":
        return "heading", value
    if kind == "table":
        return "table", {
            "caption": value["caption"],
            "rows": "\n".join(" | ".join(map(str, r)) for r in value["rows"]),
        }
    if kind == "file":
        return "file", first_files.made(value)
    return "paragraph", first_files.rich(kind, value)
