"""The rights floor's background tasks, where the queue looks for them."""

from __future__ import annotations

from procrastinate.blueprints import Blueprint

tasks = Blueprint()
