"""Columns, articles and the files they show. The steps of a review are kept where nobody can change them."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel
from wagtail.documents.models import AbstractDocument
from wagtail.fields import StreamField
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.models import Page, Task, TaskState
from wagtail.search import index

from xinyong.kernel.errors import Refused
from xinyong.website.content.blocks import Body
from xinyong.website.content.forms import ApproveForm, ReturnForm, WrittenForm

PER_PAGE = 12


class ContentHome(Page):
    """The root of editorial content; lists the columns."""

    is_creatable = False
    max_count = 1
    parent_page_types: ClassVar[list[str]] = ["wagtailcore.Page"]
    subpage_types: ClassVar[list[str]] = ["content.Column", "content.StaticPage"]
    template = "content/home.html"

    class Meta:
        verbose_name = "内容首页"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        columns = Column.objects.child_of(self).live().order_by("path")
        return {**super().get_context(request, *args, **kwargs), "columns": columns, "section": "content"}


class Column(Page):
    """A column of the site: 信用动态, 政策法规 and the like."""

    is_creatable = False
    parent_page_types: ClassVar[list[str]] = ["content.ContentHome"]
    subpage_types: ClassVar[list[str]] = ["content.Article"]
    template = "content/column.html"

    intro = models.TextField("栏目说明", blank=True)
    fictional = models.BooleanField("全部内容为虚构示例", default=False)
    offers_templates = models.BooleanField("列出各目录的填报模板", default=False)

    content_panels: ClassVar[list[Any]] = [*Page.content_panels, FieldPanel("intro")]

    class Meta:
        verbose_name = "栏目"

    def articles(self) -> models.QuerySet[Article]:
        return Article.objects.child_of(self).live().order_by("-day", "-path")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        page = Paginator(self.articles().defer("body"), PER_PAGE).get_page(request.GET.get("page"))
        context = {"articles": page, "section": "content"}
        if self.offers_templates:
            from xinyong.website.content.downloads import items

            context["items"] = items()
        return {**super().get_context(request, *args, **kwargs), **context}


class Written(Page):
    """What an editor writes: a summary and a body of blocks."""

    summary = models.TextField("摘要", max_length=300, help_text="一两句话，出现在列表、检索结果和订阅中。")
    body = StreamField(Body(), verbose_name="正文")

    search_fields: ClassVar[list[Any]] = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    subpage_types: ClassVar[list[str]] = []
    base_form_class = WrittenForm

    class Meta:
        abstract = True

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context(request, *args, **kwargs), "section": "content"}


class Article(Written):
    """One article or course of a column."""

    parent_page_types: ClassVar[list[str]] = ["content.Column"]
    template = "content/article.html"

    day = models.DateField("日期", default=date.today, help_text="显示在文章上的日期。")
    source = models.CharField("来源", max_length=100, default="信用潼南编辑室", help_text="供稿单位或出处。")
    fictional = models.BooleanField(
        "虚构示例", default=False, help_text="文中的人、单位、事件是虚构的；勾选后页面会写明。"
    )

    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("day"),
        FieldPanel("source"),
        FieldPanel("fictional"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields: ClassVar[list[Any]] = [*Written.search_fields, index.FilterField("day")]

    class Meta:
        verbose_name = "文章"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        column = self.get_parent().specific
        return {**super().get_context(request, *args, **kwargs), "column": column}


class StaticPage(Written):
    """关于本站、隐私、无障碍声明: pages outside the columns."""

    is_creatable = False
    parent_page_types: ClassVar[list[str]] = ["content.ContentHome"]
    template = "content/static.html"

    content_panels: ClassVar[list[Any]] = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "固定页面"


def _unchanged(kept: Any) -> None:
    """ValidationError when the bytes of an uploaded file would be replaced: what was reviewed stays what is shown."""
    if kept.pk and not kept.file._committed:
        raise ValidationError({"file": "已上传的文件不能替换；请上传一个新文件，并在文章里改用它。"})


def _unused(kept: Any) -> None:
    from xinyong.website.content.serving import shown

    if shown(kept):
        raise Refused("file_in_use", "已发布的页面正在使用这个文件，不能删除；请先改稿或撤下页面。")


class File(AbstractDocument):
    """A file to download or to play. Its bytes never change."""

    admin_form_fields = ("title", "file", "collection", "tags")

    class Meta(AbstractDocument.Meta):
        verbose_name = "文件"

    def clean(self) -> None:
        super().clean()
        _unchanged(self)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        _unused(self)
        return super().delete(*args, **kwargs)


class Picture(AbstractImage):
    """An uploaded picture. Its bytes never change; its text alternative belongs to the article that shows it."""

    admin_form_fields = ("title", "file", "collection", "tags")

    class Meta(AbstractImage.Meta):
        verbose_name = "图片"

    def clean(self) -> None:
        super().clean()
        _unchanged(self)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        _unused(self)
        return super().delete(*args, **kwargs)


class Rendition(AbstractRendition):
    image = models.ForeignKey(Picture, models.CASCADE, related_name="renditions")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("image", "filter_spec", "focal_point_key"), name="content_rendition_unique"
            )
        ]


class ReviewTask(Task):
    """One of the three reviews. Who may decide it is asked of `review`, never of a group."""

    step = models.PositiveSmallIntegerField(unique=True)

    class Meta:
        verbose_name = "审校"

    def start(self, workflow_state: Any, user: Any = None) -> TaskState:
        """A text sent in again begins with the first review that has not passed this very text."""
        pending = workflow_state.get_next_task()
        if pending is not None and pending.pk != self.pk:
            started: TaskState = pending.specific.start(workflow_state, user=user)
            return started
        return super().start(workflow_state, user=user)

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **given: Any) -> None:
        from xinyong.website.content import review

        review.decide(task_state, user, action_name, given)

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        from xinyong.website.content import review

        return review.refusal(self.step, obj, user) is None

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        """While a text is under review nobody changes it: what was read is what goes out."""
        return True

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, str, bool]]:
        from xinyong.website.content import review

        if review.refusal(self.step, obj, user) is not None:
            return []
        return [("approve", "审校通过", True), ("reject", "退回修改", True)]

    def get_form_for_action(self, action: str) -> Any:
        return ApproveForm if action == "approve" else ReturnForm

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        from xinyong.website.content import review

        waiting = self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS)
        mine = [s.pk for s in waiting if review.refusal(self.step, review.page_of(s), user) is None]
        return TaskState.objects.filter(pk__in=mine)

    @classmethod
    def get_description(cls) -> str:
        return "三审三校中的一步：作者不能审自己的稿，同一人不能审两步。"


class ReviewStep(models.Model):
    """What one reviewer decided about one text, with the proof remarks. Never changed, never deleted."""

    at = models.DateTimeField()
    page = models.IntegerField(db_index=True)
    title = models.TextField()
    revision = models.IntegerField()
    digest = models.CharField(max_length=64)  # SHA-256 of the text that was read
    step = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    account = models.IntegerField()
    reviewer = models.TextField()
    role = models.TextField()
    checks = models.JSONField(default=list)
    remark = models.TextField()

    class Meta:
        db_table = "editorial_step"


class Seed(models.Model):
    """First content that was loaded once: what editors deleted since does not come back."""

    key = models.TextField(primary_key=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "editorial_seed"
