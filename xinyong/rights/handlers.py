"""What the rights floor does when something happened below, where the outbox looks for it."""

from xinyong.rights.notices import imposed, misconduct
from xinyong.rights.persons import telling
from xinyong.rights.recall import handling

HANDLERS = (handling.HANDLER, misconduct.HANDLER, telling.HANDLER, imposed.HANDLER)

__all__ = ["HANDLERS"]
