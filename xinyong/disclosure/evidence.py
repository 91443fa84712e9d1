"""Looks, authorisations with their ends, and marks as leaves: a use of an authorisation is the look it was used for."""

from __future__ import annotations

from xinyong.foundation.evidence.own import Own

LOOK = Own(
    "look", "look", "at",
    "id at actor role purpose ground subject what as_of known_at records duty authorisation", "at",
)  # fmt: skip
AUTHORISATION = Own(
    "authorisation", "authorisation", "granted_at",
    "id number granted_at granted_by origin scheme value recipient items purpose once begins ends revocable evidence",
    "granted_at", "number",
)  # fmt: skip
END = Own("authorisation_end", "authorisation_end", "at", "id authorisation kind at by reason", "at")
MARK = Own(
    "mark", "record_mark", "at",
    "id record_id kind value at until actor role provider reason basis act closes", "at",
)  # fmt: skip
OWN = (LOOK, AUTHORISATION, END, MARK)
