from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

AUTHORITY = "11500152YY0000239R"
REGISTRATION = {
    "主体名称": "重庆示例甲乙商贸有限公司", "主体类别": "法人及非法人组织", "登记主体类型": "企业法人",
    "统一社会信用代码": "91500152YY00000282", "成立日期": "2019-03-05", "核准日期": "2020-01-02", "经营状态": "存续",
    "登记机关": "潼南区市场监督管理局",
}  # fmt: skip


@dataclass
class Api:
    """The API as a caller meets it, in this process."""

    district: Any
    client: Any

    def token(
        self,
        role: str = "department",
        scopes: tuple[str, ...] = ("api.look", "api.submit", "api.report"),
        **more: Any,
    ) -> str:
        return self.tokens(role, scopes, **more)[1]

    def tokens(
        self,
        role: str = "department",
        scopes: tuple[str, ...] = ("api.look", "api.submit", "api.report"),
        **more: Any,
    ) -> tuple[int, str]:
        from xinyong.foundation import tokens
        from xinyong.foundation.audit import Who

        now = datetime.now(UTC)
        given = {"provider": AUTHORITY, "expires": now + timedelta(days=1), **more}
        new = tokens.NewToken("示例业务系统", role, scopes=scopes, **given)
        return tokens.create(self.district.app, new, Who("示例安全管理员", "security_admin"), now)

    def get(self, path: str, token: str = "", **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self._headers(token, headers))

    def post(self, path: str, data: Any = None, token: str = "", **headers: str) -> Any:
        return self.client.post(f"/api/v1{path}", data or {}, headers=self._headers(token, headers))

    def post_json(self, path: str, data: Any, token: str = "", **headers: str) -> Any:
        text = json.dumps(data, ensure_ascii=False)
        return self.client.post(
            f"/api/v1{path}", text, "application/json", headers=self._headers(token, headers)
        )

    @staticmethod
    def _headers(token: str, more: dict[str, str]) -> dict[str, str]:
        given = {name.replace("_", "-"): value for name, value in more.items()}
        return {**({"Authorization": f"Bearer {token}"} if token else {}), **given}


@pytest.fixture
def api(district: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    from django.test import Client

    from xinyong.website import lending
    from xinyong.website.api import limits

    limits.limits.buckets.clear()
    lending.close_all()
    yield Api(district, Client(headers={"host": "localhost"}, enforce_csrf_checks=True))
    lending.close_all()


@pytest.fixture
def filled(api: Api, penalty: Any, write_csv: Any) -> Api:
    """One registered enterprise with two penalties whose degree nobody has decided yet."""
    api.district.intake(write_csv([REGISTRATION], "registration.csv"), "DJZC")
    rows = [penalty(CF_WSH=f"潼示罚〔2026〕{n}号") for n in (1, 2)]
    assert api.district.intake(write_csv(rows), "XZCF").new == 2
    return api
