"""Looks with their holds, authorisations with their ends, signatures and onward recipients, signing keys, marks: as leaves.

A use of an authorisation is the look it was used for.
"""

from __future__ import annotations

from xinyong.foundation.evidence.own import Own

LOOK = Own(
    "look", "look", "at",
    "id at actor role purpose ground subject what as_of known_at records duty authorisation provider", "at",
    added="provider",
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
KEY = Own(
    "grantor_key", "grantor_key", "at",
    "id scheme value algorithm public certificate fingerprint named proof evidence at by role origin", "at",
)  # fmt: skip
KEY_END = Own(
    "grantor_key_end", "grantor_key_end", "at", "id key proof evidence reason at by role origin", "at"
)
SIGNATURE = Own(
    "authorisation_signature", "authorisation_signature", "at",
    "id authorisation key algorithm signature text digest at", "at",
)  # fmt: skip
ONWARD = Own("authorisation_onward", "authorisation_onward", "at", "id authorisation recipient at", "at")
HOLD = Own(
    "look_hold", "look_hold", "at",
    "id number at subject organ organ_name document instrument article reason begins ends actor role", "at", "number",
)  # fmt: skip
HOLD_STEP = Own("look_hold_step", "look_hold_step", "at", "id hold kind at actor role reason", "at")
OWN = (LOOK, AUTHORISATION, END, MARK, KEY, KEY_END, SIGNATURE, ONWARD, HOLD, HOLD_STEP)
