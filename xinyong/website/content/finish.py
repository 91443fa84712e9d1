"""Called by Wagtail when the last review has passed. Loaded before Wagtail's models, so it imports nothing of them."""

from __future__ import annotations

from typing import Any


def publish(workflow_state: Any, user: Any = None) -> None:
    from xinyong.website.content import review

    review.publish_reviewed(workflow_state, user)
