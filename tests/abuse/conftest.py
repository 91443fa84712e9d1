"""Abuse of the site, a test each. What is tested well elsewhere stays there and is only named here.

enumeration of subjects     test_enumeration; the neutral page for every unknown: website/test_public_site; twins: disclosure/test_twin
mass export                 test_exports; purpose and trail of one list: accounts/test_separation; scope: accounts/test_separation
path traversal              test_paths; names of uploads: collection/test_uploads; an archive of backups: operations/test_backup
formulas in CSV and XLSX    test_exports; rejects: collection/test_rejects; reports in batches: services/test_batches
oversized bodies            test_bodies; a file over the limit: collection/test_uploads
slow headers and bodies     test_slow_clients, at the real server
forged hosts                test_forged; addresses behind our proxy: accounts/test_login
replayed signed requests    test_replayed; one GET twice: api/test_api_handing
others' objects             test_others_objects; own pages: own/test_own; uploads over the API: api/test_api_handing
session fixation            test_sessions; at the password: accounts/test_login
stored scripts              test_stored_scripts; a name on the verification page: services/test_pages
open redirects              test_forged; at the login: accounts/test_login
CSRF, framing, caching      test_headers: a walk over every address
fuzzing of the API          test_fuzz_api, from its own OpenAPI description
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from abused import AUTHORITY, Town, founded


@pytest.fixture(scope="module")
def site(home: Path) -> Iterator[Any]:
    """A district that the tests of one file share, ready to be browsed, with a password hash that costs nothing."""
    from django.test import override_settings

    with (
        founded() as district,
        override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]),
    ):
        yield district


@pytest.fixture(autouse=True)
def unspent(site: Any) -> None:
    """No limit is spent by the test before."""
    from xinyong.website.api import limits
    from xinyong.website.report import verifying

    limits.limits.buckets.clear()
    verifying.limiter._asked.clear()


@pytest.fixture
def token(site: Any) -> Callable[..., tuple[int, str]]:
    """A system's token: its number and its secret."""
    from xinyong.foundation import tokens
    from xinyong.foundation.audit import Who

    def give(role: str = "department", provider: str = AUTHORITY, **more: Any) -> tuple[int, str]:
        now = datetime.now(UTC)
        scopes = ("api.look", "api.submit", "api.report")
        given = {"scopes": scopes, "expires": now + timedelta(days=1), "per_minute": 1_000_000, **more}
        new = tokens.NewToken("示例业务系统", role, provider, **given)
        return tokens.create(site.app, new, Who("示例安全管理员", "security_admin"), now)

    return give


@pytest.fixture(scope="module")
def town(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """Two enterprises, a department's files with every fate of a row, and what each of them owns."""
    made = Town(site, tmp_path_factory.mktemp("town"))
    made.fill()
    return made
