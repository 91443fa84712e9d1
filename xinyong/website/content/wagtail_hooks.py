"""Where our own pages hang in Wagtail's office, and what of Wagtail is closed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import MenuItem

from xinyong.website.content import desk, review, trail
from xinyong.website.content.roles import may

trail.no_mail()
KEPT_IN_MENU = ("explorer", "images", "documents", "content-desk", "content-withdraw")


@hooks.register("register_admin_urls")
def _own_pages() -> list[Any]:
    return [
        path("review/", desk.waiting, name="content-desk"),
        path("review/<int:number>/", desk.read, name="content-review"),
        path("withdraw/", desk.published, name="content-withdraw-list"),
        path("withdraw/<int:number>/", desk.withdraw, name="content-withdraw"),
    ]


@hooks.register("insert_global_admin_css")
def _style() -> str:
    """Bulk actions are closed, so their tick boxes are not shown."""
    return format_html('<link rel="stylesheet" href="{}">', static("content/office.css"))


class _Withdraw(MenuItem):  # type: ignore[misc]
    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user.role, "content.withdraw")


@hooks.register("register_admin_menu_item")
def _desk_item() -> MenuItem:
    return MenuItem(
        "待办审校", reverse("content-desk"), name="content-desk", icon_name="clipboard-list", order=50
    )


@hooks.register("register_admin_menu_item")
def _withdraw_item() -> MenuItem:
    return _Withdraw(
        "撤下稿件", reverse("content-withdraw-list"), name="content-withdraw", icon_name="download", order=900
    )


@hooks.register("construct_main_menu")
def _only_open(request: HttpRequest, menu_items: list[MenuItem]) -> None:
    menu_items[:] = [item for item in menu_items if item.name in KEPT_IN_MENU]


class _Review(ActionMenuItem):  # type: ignore[misc]
    """The editor is locked during a review; this leads to the page where it is done."""

    name = "action-review"
    label = "审校这篇稿件"
    icon_name = "clipboard-list"

    def is_shown(self, context: Any) -> bool:
        return context["view"] == "edit" and bool(self._state(context))

    def _state(self, context: Any) -> Any:
        state = context["page"].current_workflow_task_state
        if state is None or review.refusal(
            state.task.specific.step, context["page"], context["request"].user
        ):
            return None
        return state

    def get_url(self, context: Any) -> str:
        return reverse("content-review", args=[self._state(context).pk])


@hooks.register("register_page_action_menu_item")
def _review_item() -> ActionMenuItem:
    return _Review(order=5)


@hooks.register("before_publish_page")
@hooks.register("before_unpublish_page")
def _nobody(request: HttpRequest, page: Any) -> None:
    """Only `review.publish_reviewed` publishes and only `review.withdraw` takes down."""
    raise PermissionDenied
