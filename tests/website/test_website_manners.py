"""Headers, errors and accessibility of the public site."""

from __future__ import annotations

import re

import psycopg
import pytest

PAGES = ("/", "/search", "/search?q=甲乙", "/subject/unknown", "/healthz", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_keeps_to_itself(confirmed, visitor, path):
    headers = visitor.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_script_style_or_another_site(confirmed, visitor, path):
    page = re.sub(r'<script src="/static/[\w./-]+" defer></script>', "", visitor.text(path))
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://|javascript:", page)


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/healthz"])
def test_every_page_has_language_landmarks_one_heading_and_labels(confirmed, visitor, path):
    page = visitor.text(path)
    assert '<html lang="zh-CN">' in page and 'href="#main"' in page
    for landmark in ("<header", '<main id="main"', "<footer", 'role="search"'):
        assert landmark in page
    assert page.count("<h1") == 1
    for identifier in re.findall(r'<input id="([^"]+)"', page):
        assert f'<label for="{identifier}"' in page


def test_ids_on_a_page_are_unique(confirmed, visitor):
    ids = re.findall(r'\sid="([^"]+)"', visitor.text(visitor.address()))
    assert len(ids) == len(set(ids))


def test_an_unknown_address_says_what_to_do(visitor):
    response = visitor.get("/nothing")
    assert response.status_code == 404 and "返回首页" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch", "options"])
def test_pages_are_only_read(visitor, method):
    response = getattr(visitor.client, method)("/search")
    assert response.status_code == 405 and response.headers["Allow"] == "GET, HEAD"
    assert "只供查阅" in response.content.decode()


def test_a_foreign_host_name_is_refused_in_chinese(visitor):
    response = visitor.client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400 and "请求有误" in response.content.decode()
    assert "Content-Security-Policy" in response.headers


def test_a_fault_is_told_without_details_and_logged(visitor, monkeypatch, home):
    from xinyong.disclosure import queries

    monkeypatch.setattr(queries, "search", lambda *_: 1 / 0)
    response = visitor.get("/search", q="某个名字")
    assert response.status_code == 500 and "网站出错了" in response.content.decode()
    assert b"ZeroDivisionError" not in response.content
    log = (home / "log" / "faults.log").read_text("utf-8")
    assert "GET /search\n" in log and "ZeroDivisionError" in log and "某个名字" not in log


def test_health_is_one_word(visitor):
    response = visitor.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"ok": True})


def test_without_its_database_the_site_says_so(visitor, monkeypatch):
    monkeypatch.setenv("XINYONG_DATABASE_NAME", "gone")
    assert visitor.get("/healthz").json() == {"ok": False}
    response = visitor.get("/")
    assert response.status_code == 503 and "稍后" not in response.content.decode()
    assert "过几分钟再试" in response.content.decode()


def test_a_connection_lost_to_a_restart_is_replaced_unnoticed(confirmed, visitor):
    from xinyong.foundation import cluster

    assert visitor.get("/").status_code == 200
    with psycopg.connect(cluster.conninfo(cluster.SUPERUSER, confirmed.database)) as c:
        ended = c.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = 'xinyong_app'"
        ).fetchall()
    assert (True,) in ended
    assert visitor.get("/").status_code == 200


def test_connections_are_lent_again_instead_of_opened(visitor):
    from xinyong.website import lending

    seen = {lending.ask(lambda c: c.info.backend_pid) for _ in range(5)}
    assert len(seen) == 1


def test_a_connection_in_the_middle_of_something_is_not_lent_on(visitor):
    from xinyong.website import lending

    def leave_open(c: psycopg.Connection) -> int:
        c.execute("BEGIN")
        return c.info.backend_pid

    assert lending.ask(leave_open) != lending.ask(lambda c: c.info.backend_pid)


def test_the_site_works_as_the_role_that_changes_nothing(visitor):
    from xinyong.website import lending

    assert lending.ask(lambda c: c.execute("SELECT current_user").fetchone()) == ("xinyong_app",)
