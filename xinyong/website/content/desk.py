"""The reviewers' pages: read a text, tick the proof reading, pass it or send it back; take an article off the site."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from wagtail.models import TaskState

from xinyong.kernel.errors import NotPermitted
from xinyong.website.content import review
from xinyong.website.content.forms import ApproveForm, ReturnForm, WithdrawForm
from xinyong.website.content.models import Article, ReviewStep
from xinyong.website.content.roles import may

PER_PAGE = 20


def waiting(request: HttpRequest) -> HttpResponse:
    """What waits for this person, and what it has sent in."""
    states = TaskState.objects.reviewable_by(request.user).select_related(
        "revision", "task", "workflow_state"
    )
    rows = [_row(s) for s in states.order_by("started_at")]
    sent = Article.objects.filter(
        pk__in=[
            int(w.object_id)
            for w in request.user.requested_workflows.filter(status__in=["in_progress", "needs_changes"])
        ]
    )
    return render(request, "content/desk/waiting.html", {"rows": rows, "sent": sent})


def _row(state: TaskState) -> dict[str, Any]:
    return {
        "state": state,
        "title": state.revision.object_str,
        "step": state.task.name,
        "since": state.started_at,
    }


def read(request: HttpRequest, number: int) -> HttpResponse:
    """One review: the text as it would look, the steps so far, the form."""
    state = get_object_or_404(TaskState.objects.select_related("task", "revision"), pk=number)
    page, task = review.page_of(state), state.task.specific
    why = review.refusal(task.step, page, request.user)
    if why is not None:
        raise NotPermitted("review_not_yours", f"这一步不由您办理：{why}")
    forms = {"approve": ApproveForm(), "reject": ReturnForm()}
    action = request.POST.get("action", "")
    if request.method == "POST" and action in forms:
        form = forms[action] = type(forms[action])(request.POST)
        if form.is_valid():
            task.on_action(state, request.user, action, **form.cleaned_data)
            messages.success(request, "已审校通过。" if action == "approve" else "已退回修改。")
            return redirect("content-desk")
    context = {"page": page, "state": state, "step": task.step, "forms": forms, "steps": steps_of(page)}
    return render(request, "content/desk/read.html", context)


def steps_of(page: Any) -> Any:
    return ReviewStep.objects.filter(page=page.pk).order_by("-at")[:PER_PAGE]


def published(request: HttpRequest) -> HttpResponse:
    """Articles that can be withdrawn."""
    _withdrawer(request)
    articles = Article.objects.filter(live=True) | Article.objects.filter(pk__in=_scheduled())
    page = Paginator(articles.defer("body").order_by("-day", "-path"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "content/desk/published.html", {"articles": page})


def _scheduled() -> list[int]:
    from wagtail.models import Revision

    numbers = Revision.page_revisions.filter(approved_go_live_at__isnull=False).values_list(
        "object_id", flat=True
    )
    return [int(n) for n in numbers]


def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    _withdrawer(request)
    article = Article.objects.filter(pk=number).first()
    if article is None:
        raise Http404
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        review.withdraw(article, request.user, form.cleaned_data["reason"])
        messages.success(request, f"已撤下《{article.title}》。")
        return redirect("content-withdraw-list")
    return render(request, "content/desk/withdraw.html", {"article": article, "form": form})


def _withdrawer(request: HttpRequest) -> None:
    if not may(request.user.role, "content.withdraw"):
        raise NotPermitted("withdraw_not_yours", "您的角色不能撤下稿件；请由信用中心审核员办理。")
