"""Journeys in a real browser at the real server: one city and one browser for the tests of a file.

Tests of a file share what they find, as visitors of a site do; each uses its own subjects or only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from journeying import SIZES, City, browsing, founded


@pytest.fixture(scope="module")
def city(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    browsing.executable()  # without a browser nothing is started
    with founded(tmp_path_factory.mktemp("city")) as made:
        yield made


@pytest.fixture(scope="module")
def chromium(city: City) -> Iterator[Any]:
    with browsing.browser() as started:
        yield started


@pytest.fixture
def visit(chromium: Any, city: City) -> Iterator[Callable[..., Any]]:
    """`visit("center")`: a page of a browser in which somebody of that role is logged in."""
    contexts = []

    def new(role: str = "public", size: str = "desk", **options: Any) -> Any:
        width, height = SIZES[size]
        context = chromium.new_context(
            base_url=city.address, locale="zh-CN", viewport={"width": width, "height": height}, **options
        )
        context.set_default_timeout(15_000)
        if role != "public":
            context.add_cookies([{"name": "sessionid", "value": city.session(role), "url": city.address}])
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()
