"""Issued credit reports as leaves."""

from __future__ import annotations

from xinyong.foundation.evidence.own import Own

REPORT = Own(
    "report", "report_issue", "at",
    "id number at actor role provider origin ground purpose note profile form subject subject_key stated as_of"
    " known_at moment items choices duty site edition layout records facts pdf_sha256 json_sha256 pdf_signatures"
    " json_signatures batch checkpoint",
    "at moment", "number",
)  # fmt: skip
OWN = (REPORT,)
