"""Who may enter the editors' office, and what its pages and files allow."""

from __future__ import annotations

import io

import pytest
from content_people import form, fresh

OUTSIDERS = (
    "subject", "bank", "agency", "counter", "auditor", "system_admin", "security_admin", "audit_admin",
)  # fmt: skip


def test_only_the_four_roles_enter(editor):
    for role in OUTSIDERS:
        assert editor(role).get("/content-admin/").status_code == 403, role
    for role in ("department", "department_reviewer", "center", "center_reviewer"):
        assert editor(role).get("/content-admin/review/").status_code == 200, role


def test_anonymous_readers_are_sent_to_the_login(reader):
    answer = reader.get("/content-admin/")
    assert answer.status_code == 302
    assert "next=%2Fcontent-admin%2F" in answer.headers["Location"]


def test_without_the_second_factor_nobody_enters(editor):
    answer = editor("center", factor=False).get("/content-admin/")
    assert answer.status_code == 302
    assert "content-admin/" not in answer.headers["Location"].split("?")[0]


def test_rights_follow_the_role_and_are_lost_with_it(editor):
    someone = editor("center")
    assert someone.write("中心的稿件")
    someone.account.role = "center_reviewer"
    someone.account.save(update_fields=["role"])
    assert someone.write("审核员的稿件") is None


def test_a_department_edits_its_own_drafts_only(editor):
    theirs = editor("department").write("部门的稿件")
    other = editor("department")
    answer = other.post(f"/content-admin/pages/{theirs.pk}/edit/", **form("改了", slug=theirs.slug))
    assert answer.status_code in (302, 403)
    assert fresh(theirs).get_latest_revision_as_object().title == "部门的稿件"


def test_the_admin_relaxes_style_on_its_own_path_only(editor, reader):
    office = editor("center").get("/content-admin/review/").headers["Content-Security-Policy"]
    public = reader.get("/c/").headers["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in office
    assert "script-src" not in office  # default-src 'self' holds: no inline script, no eval
    assert "unsafe" not in public


def test_nobody_is_superuser_and_no_group_may_publish(site, editor):
    editor("center").get("/content-admin/review/")
    from wagtail.models import GroupPagePermission

    codes = set(GroupPagePermission.objects.values_list("permission__codename", flat=True))
    assert codes == {"add_page", "change_page"}
    assert site.one("SELECT count(*) FROM account WHERE is_superuser") == 0


def test_an_address_left_empty_is_made_of_the_pinyin_of_the_title(editor):
    someone = editor("center")
    assert someone.write("信用修复问答", slug="").slug == "xin-yong-xiu-fu-wen-da"
    someone.write("信用修复问答", slug="")
    from wagtail.models import Page

    assert Page.objects.filter(slug="xin-yong-xiu-fu-wen-da-2").exists()


def test_our_own_translations_are_compiled_and_shown(editor):
    import gettext
    import re
    from pathlib import Path

    from xinyong.website import content

    folder = Path(content.__file__).parent / "locale/zh_Hans/LC_MESSAGES"
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', (folder / "django.po").read_text("utf-8"), re.M)
    with open(folder / "django.mo", "rb") as f:
        compiled = gettext.GNUTranslations(f)
    assert len(pairs) > 20
    assert all(compiled.gettext(a) == b for a, b in pairs)
    someone = editor("center")
    page = someone.write("审校中的稿件")
    someone.send(page)
    assert "审校期间谁也不能改稿" in someone.get(f"/content-admin/pages/{page.pk}/edit/").content.decode()


def _picture():
    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(target, "PNG")
    return SimpleUploadedFile("tu.png", target.getvalue(), "image/png")


@pytest.fixture
def picture(editor):
    from xinyong.website.content.models import Picture

    someone = editor("center")
    someone.post("/content-admin/images/add/", title="示例图", file=_picture(), collection="1")
    return someone, Picture.objects.get(title="示例图")


def _with_picture(number, alt):
    return {
        "body-0-type": "image",
        "body-0-value-image": str(number),
        "body-0-value-alt": alt,
        "body-0-value-caption": "",
    }


def test_a_picture_without_its_text_alternative_is_not_sent_to_review(picture):
    someone, image = picture
    page = someone.write("有图的稿件", **_with_picture(image.pk, ""))  # a draft may be unfinished
    someone.send(page, **_with_picture(image.pk, ""))
    assert not page.workflow_in_progress
    someone.send(page, **_with_picture(image.pk, "一块深蓝色"))
    assert page.workflow_in_progress


def test_an_uploaded_file_is_never_replaced(picture):
    someone, image = picture
    name = image.file.name
    answer = someone.post(f"/content-admin/images/{image.pk}/", title="换图", file=_picture(), collection="1")
    assert "不能替换" in answer.content.decode()
    image.refresh_from_db()
    assert image.file.name == name


def test_files_that_could_run_in_a_browser_are_not_taken(editor):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from xinyong.website.content.models import File

    someone = editor("center")
    for name in ("page.html", "tu.svg", "run.js"):
        file = SimpleUploadedFile(name, b"<script>alert(1)</script>")
        someone.post("/content-admin/documents/add/", title="坏文件", file=file, collection="1")
        assert not File.objects.filter(title="坏文件").exists(), name


def test_a_file_of_a_draft_is_not_for_readers(editor, reader):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from xinyong.website.content.models import File

    someone = editor("center")
    someone.post(
        "/content-admin/documents/add/",
        title="稿",
        file=SimpleUploadedFile("gao.txt", b"draft"),
        collection="1",
    )
    kept = File.objects.get(title="稿")
    assert reader.get(kept.url).status_code == 404
    assert someone.get(kept.url).status_code == 200


def test_a_file_of_a_published_page_is_not_deleted(editor, reader):
    from xinyong.website.content.models import File

    kept = File.objects.order_by("pk").first()
    assert reader.get(kept.url).status_code == 200
    editor("center").post(f"/content-admin/documents/delete/{kept.pk}/")
    assert File.objects.filter(pk=kept.pk).exists()


def test_a_player_gets_the_stretch_of_a_file_it_asks_for(site, reader):
    from xinyong.website.content.models import File

    kept = File.objects.order_by("pk").first()
    with open(kept.file.path, "rb") as f:
        whole = f.read()
    for asked, stretch in (("bytes=0-9", whole[:10]), ("bytes=-5", whole[-5:]), ("bytes=7-", whole[7:])):
        answer = reader.get(kept.url, headers={"range": asked})
        assert answer.status_code == 206
        assert b"".join(answer.streaming_content) == stretch
    assert reader.get(kept.url, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    assert b"".join(reader.get(kept.url).streaming_content) == whole


def test_pictures_are_served_from_their_folder_only(site, reader):
    for name in ("..%2Foriginal_images%2Ftu.png", "..%2f..%2fkeys%2fkeyring.json", "%2Fetc%2Fpasswd", "."):
        assert reader.get(f"/c/media/images/{name}").status_code == 404, name
