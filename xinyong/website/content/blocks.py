"""What an article is made of: few blocks, all of them local, all of them readable without seeing or hearing."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

RICH = ["bold", "italic", "ol", "ul", "link", "document-link"]
VIDEOS = ("mp4", "webm")
CAPTIONS = ("vtt",)
MOST_COLUMNS = 12


class HeadingBlock(blocks.CharBlock):
    class Meta:
        label = "小标题"
        icon = "title"
        template = "content/blocks/heading.html"
        max_length = 80


class ImageBlock(blocks.StructBlock):
    image = ImageChooserBlock(label="图片")
    alt = blocks.CharBlock(
        label="替代文字",
        max_length=200,
        help_text="看不见图片的人会听到这句话：写图上有什么、说明什么。必填。",
    )
    caption = blocks.CharBlock(label="图注", max_length=200, required=False)

    class Meta:
        label = "图片"
        icon = "image"
        template = "content/blocks/image.html"


def cells(text: str) -> list[list[str]]:
    """A table typed or pasted as text: one row per line, cells parted by a tab or |, rows filled to equal length."""
    rows = [[c.strip() for c in re.split(r"\t|\|", line.strip().strip("|"))] for line in text.splitlines()]
    rows = [r for r in rows if any(r)]
    width = max(map(len, rows), default=0)
    return [r + [""] * (width - len(r)) for r in rows]


class TableBlock(blocks.StructBlock):
    caption = blocks.CharBlock(label="表名", max_length=100, help_text="说明这张表讲什么。")
    rows = blocks.TextBlock(
        label="内容", help_text="一行一条，第一行是表头；各格用制表符或竖线 | 隔开，可从电子表格直接粘贴。"
    )

    class Meta:
        label = "表格"
        icon = "table"
        template = "content/blocks/table.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        table = cells(cleaned["rows"])
        if len(table) < 2 or len(table[0]) > MOST_COLUMNS:
            raise blocks.StructBlockValidationError(
                {"rows": ValidationError(f"表格至少要有表头和一行内容，最多 {MOST_COLUMNS} 列；请改正。")}
            )
        return cleaned

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context = super().get_context(value, parent_context=parent_context)
        table = cells(value["rows"])
        head = table[0] if table else []
        return {**context, "head": head, "body": [list(zip(head, row, strict=True)) for row in table[1:]]}


class FileBlock(blocks.StructBlock):
    file = DocumentChooserBlock(label="文件")
    title = blocks.CharBlock(label="名称", max_length=100)
    note = blocks.CharBlock(label="说明", max_length=200, required=False)

    class Meta:
        label = "下载文件"
        icon = "doc-full"
        template = "content/blocks/file.html"


class VideoBlock(blocks.StructBlock):
    """A film kept on this site. Captions and a transcript are not optional (WCAG 1.2.1–1.2.3)."""

    title = blocks.CharBlock(label="名称", max_length=100)
    file = DocumentChooserBlock(label="视频文件", help_text="本站保存的 mp4 或 webm 文件。")
    captions = DocumentChooserBlock(label="字幕文件", help_text="vtt 格式的中文字幕。")
    transcript = blocks.TextBlock(label="文字稿", help_text="全部讲解的文字，供不便观看的人阅读。")

    class Meta:
        label = "视频"
        icon = "media"
        template = "content/blocks/video.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        wrong = {}
        for name, kinds in (("file", VIDEOS), ("captions", CAPTIONS)):
            if cleaned[name].file_extension.lower() not in kinds:
                wrong[name] = ValidationError(f"这里要选 {'、'.join(kinds)} 文件；请重新选择。")
        if wrong:
            raise blocks.StructBlockValidationError(wrong)
        return cleaned


class Body(blocks.StreamBlock):
    heading = HeadingBlock()
    paragraph = blocks.RichTextBlock(label="段落", features=RICH, icon="pilcrow")
    image = ImageBlock()
    table = TableBlock()
    file = FileBlock()
    video = VideoBlock()
