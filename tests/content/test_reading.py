"""What readers get: columns, articles, search, feeds, files; in few queries and from nowhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree

import pytest
from content_people import current, fresh

COLUMNS = ["信用动态", "政策法规", "信用知识专栏", "空中课堂", "典型案例", "诚信人物", "办事指南", "下载"]


@pytest.fixture
def pages(site):
    from wagtail.models import Page

    return [p.url for p in Page.objects.live().filter(depth__gt=1)]


def test_every_column_has_its_first_content(site, reader):
    from xinyong.website.content.models import Column

    assert list(Column.objects.order_by("path").values_list("title", flat=True)) == COLUMNS
    for column in Column.objects.all():
        assert column.articles().count() >= 2
        assert column.articles().first().title in reader.get(column.url).content.decode()


def test_every_page_opens_and_asks_nothing_of_other_sites(reader, pages):
    assert len(pages) > 30
    for address in pages:
        answer = reader.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert not re.search(r'(?:src|srcset|poster|action)="(?:https?:)?//', text), address
        assert not re.search(r"<link[^>]+href=\"(?:https?:)?//", text), address
        assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", text), address


def test_fiction_says_so_on_every_article_of_its_columns(site, reader):
    from xinyong.website.content.models import Article

    for article in Article.objects.filter(fictional=True):
        assert "虚构示例" in reader.get(article.url).content.decode()
    assert Article.objects.filter(fictional=True).count() >= 4


def test_preparing_twice_changes_nothing_and_what_was_deleted_stays_away(site):
    from wagtail.models import Page

    from xinyong.website.content import initial
    from xinyong.website.content.models import Article

    Article.objects.get(slug="xiufu-anli").delete()
    before = sorted(Page.objects.values_list("url_path", flat=True))
    initial.prepare()
    assert sorted(Page.objects.values_list("url_path", flat=True)) == before


FINDS = {
    "修复": "怎样申请信用修复",
    "柠檬": "示例合作社的那次退款",
    "发改办财金〔2018〕424号": "双公示七个工作日：发改办财金〔2018〕424号",
    "看懂18位统一社会信用代码": "看懂18位统一社会信用代码",
    "异议 时限": "信息有错，怎样提出异议",
    "蓝": "示例小店的一本欠账簿",
    "ｗｃａｇ": "无障碍声明",
}


def test_search_finds_words_of_one_and_two_characters_titles_and_numbers(site, reader):
    for words, title in FINDS.items():
        assert title in reader.get("/c/search", {"q": words}).content.decode(), words


def test_search_does_not_find_words_that_are_not_there(site, reader):
    for words in ("空调", "复修", "9999"):
        assert "没有找到" in reader.get("/c/search", {"q": words}).content.decode(), words


def test_search_takes_every_sign_for_what_it_is(site, reader):
    for words in ("'", "\\", "&|!():*<->", "⁇", "%", "a" * 50, "修复'); DROP TABLE x; --"):
        assert reader.get("/c/search", {"q": words}).status_code == 200, words


def test_search_of_an_over_long_text_is_refused(site, reader):
    assert reader.get("/c/search", {"q": "长" * 51}).status_code == 400


def test_drafts_are_not_found(editor, reader):
    editor("center").write("秘密草稿")
    assert "秘密草稿" not in reader.get("/c/search", {"q": "秘密草稿"}).content.decode().split("</form>")[
        -1
    ].replace("“秘密草稿”", "")


def _many(count, slug="n"):
    from datetime import date

    from xinyong.website.content.models import Article, Column

    column = Column.objects.get(slug="dongtai")
    for n in range(count):
        body = [("paragraph", "同样的正文")]
        column.add_child(
            instance=Article(
                title=f"第{n}篇", slug=f"{slug}{n}", summary="摘要", day=date(2026, 1, 1), body=body
            )
        )


def _queries(reader, address):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    reader.get(address)  # fills the caches of the process
    with CaptureQueriesContext(connection) as seen:
        assert reader.get(address).status_code == 200
    return len(seen)


def test_a_list_asks_as_many_queries_for_twelve_articles_as_for_three(site, reader):
    _many(1, "one")
    few, found = _queries(reader, "/c/dongtai/"), _queries(reader, "/c/search?q=同样")
    _many(12)
    assert _queries(reader, "/c/dongtai/") == few < 20
    assert _queries(reader, "/c/search?q=同样") == found < 20


def test_an_article_asks_fewer_than_twenty_queries(site, reader):
    assert _queries(reader, "/c/zhinan/zenyang-xiufu/") < 20


def test_long_lists_are_paged(site, reader):
    _many(12)
    first = reader.get("/c/dongtai/").content.decode()
    assert "共 2 页，15 篇" in first
    assert "第0篇" not in first
    assert "第0篇" in reader.get("/c/dongtai/", {"page": "2"}).content.decode()
    assert reader.get("/c/dongtai/", {"page": "x"}).status_code == 200


@pytest.mark.parametrize("address", ["/c/rss.xml", "/c/zhengce/rss.xml"])
def test_feeds_are_sound_xml_with_dated_items(site, reader, address):
    answer = reader.get(address)
    assert answer.headers["Content-Type"].startswith("application/rss+xml")
    channel = ElementTree.fromstring(answer.content).find("channel")
    items = channel.findall("item")
    assert len(items) >= 4
    for item in items:
        assert item.findtext("link").startswith("http://localhost/c/")
        assert item.findtext("pubDate")


def test_the_feed_of_an_unknown_column_is_not_found(site, reader):
    assert reader.get("/c/nichts/rss.xml").status_code == 404


def test_fill_in_templates_come_from_the_catalogue(site, reader):
    assert "行政处罚" in reader.get("/c/xiazai/").content.decode()
    answer = reader.get("/c/templates/XZCF.xlsx")
    assert zipfile.is_zipfile(BytesIO(answer.content))
    assert reader.get("/c/templates/KEINE.xlsx").status_code == 404


def test_courseware_is_a_workbook_that_opens(site, reader):
    import openpyxl

    text = reader.get("/c/ketang/baosong-diyike/").content.decode()
    address = re.search(r'href="(/c/files/[^"]+\.xlsx)"', text).group(1)
    content = b"".join(reader.get(address).streaming_content)
    assert openpyxl.load_workbook(BytesIO(content)).sheetnames == ["练习", "答案"]


def test_the_latest_of_a_column_for_the_home_page(site):
    from django.template import Context, Template

    text = Template('{% load content_tags %}{% latest_content "信用动态" 2 %}').render(Context())
    assert text.count("<li>") == 2
    assert "公示期按生效日期逐条计算" in text
    assert "还没有文章" in Template('{% load content_tags %}{% latest_content "没有的栏目" %}').render(
        Context()
    )


def _scheduled(staff, when):
    from django.utils import timezone

    moment = timezone.localtime() + when
    page = staff.author.write("定时发布的稿件")
    staff.author.send(page, go_live_at=moment.strftime("%Y-%m-%d %H:%M"))
    for person in (staff.first, staff.second, staff.third):
        person.review(page)
    return page


def test_a_reviewed_article_goes_online_at_its_time(staff, monkeypatch):
    from django.utils import timezone

    from xinyong.website.content.tasks import publish_scheduled

    page = _scheduled(staff, timedelta(hours=2))
    publish_scheduled(0)
    assert not fresh(page).live
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    publish_scheduled(0)
    assert fresh(page).live
    publish_scheduled(0)
    assert fresh(page).live


def test_an_unreviewed_article_does_not_go_online_at_its_time(staff, monkeypatch):
    from django.utils import timezone

    from xinyong.website.content.tasks import publish_scheduled

    page = staff.author.write("没审完的稿件")
    moment = timezone.localtime() + timedelta(hours=2)
    staff.author.send(page, go_live_at=moment.strftime("%Y-%m-%d %H:%M"))
    staff.first.review(page)
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    publish_scheduled(0)
    assert current(page).status == "in_progress"
    assert not fresh(page).live


def test_withdrawing_calls_off_a_scheduled_publication(staff, monkeypatch):
    from django.utils import timezone

    from xinyong.website.content.tasks import publish_scheduled

    page = _scheduled(staff, timedelta(hours=2))
    staff.second.post(f"/content-admin/withdraw/{page.pk}/", reason="不发了")
    later = timezone.now() + timedelta(hours=3)
    monkeypatch.setattr(timezone, "now", lambda: later)
    publish_scheduled(0)
    assert not fresh(page).live


def test_publishing_what_is_due_is_done_every_minute():
    from xinyong.website.content.tasks import tasks

    (task,) = [t for t in tasks.tasks.values() if t.name.endswith("publish_scheduled")]
    crons = {p.cron for p in tasks.periodic_registry.periodic_tasks.values() if p.task is task}
    assert crons == {"* * * * *"}


def test_commands_that_need_no_content_start_without_it(home):
    lean = "import sys; from xinyong.foundation import setup; setup.django(); print('wagtail' in sys.modules)"
    assert _python(lean).stdout == "False\n"


def test_a_process_that_began_without_content_does_not_pretend_to_have_it(home):
    both = "from xinyong.foundation import setup; setup.django(); setup.django(whole=True)"
    assert "RuntimeError" in _python(both).stderr


def _python(code):
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
