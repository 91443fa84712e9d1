"""Registered measures, what they rest on and what was done with them, as leaves."""

from __future__ import annotations

from xinyong.foundation.evidence.own import Own

MEASURE = Own(
    "measure", "measure", "at",
    "id number at rule name instrument article confidence follows least most lifted_by edition subject organ"
    " organ_name document notified_on heard decided begins months ends by role provider reason",
    "at", "number",
)  # fmt: skip
BASIS = Own("measure_basis", "measure_basis", "at", "id measure record_id item document at", "at")
ACT = Own("measure_act", "measure_act", "at", "id measure kind until at by role provider reason basis", "at")
OWN = (MEASURE, BASIS, ACT)
