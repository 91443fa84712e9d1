"""Seeded generator of a fictitious district; imports nothing of xinyong.

Everything is invented: names contain 示例, organisation code bodies begin with YY, ID numbers begin with a
region that does not exist. The defects are written from the text of the standards.
"""

from sampledistrict.big import BigSummary, big_registration, big_xzcf
from sampledistrict.district import generate
from sampledistrict.outbox import Summary
from sampledistrict.stock import legacy

__all__ = ["BigSummary", "Summary", "big_registration", "big_xzcf", "generate", "legacy"]
