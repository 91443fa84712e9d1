"""What the rights floor does when something happened below, where the outbox looks for it."""

from xinyong.rights.notices import misconduct
from xinyong.rights.persons import telling
from xinyong.rights.recall import handling

HANDLERS = (handling.HANDLER, misconduct.HANDLER, telling.HANDLER)

__all__ = ["HANDLERS"]
