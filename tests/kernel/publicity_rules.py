"""The shipped rules, compiled, for tests of the clocks."""

from xinyong.catalog.loading import load_rulebook
from xinyong.disclosure.rules import ruleset

RULES = ruleset(load_rulebook())
