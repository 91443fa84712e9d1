"""Cases with their records, steps and materials, what persons ask and hold wrong, recalls, assessments: as leaves.

What a subject wrote is sealed, and stands in a leaf's document as a hash: a rule may take the text, the leaf stays.
Of a notice the document says which one it is and for whom, not what it says: the text goes by rule without an entry.
"""

from __future__ import annotations

from xinyong.foundation.evidence.own import Own

CASE = Own(
    "case", "rights_case", "at",
    "id number kind at scheme value name channel authority route about application detail", "at", "number",
    within="detail",
)  # fmt: skip
RECORD = Own(
    "case_record", "rights_case_record", "at", "id case_id record_id item document version mark at", "at"
)
STEP = Own(
    "case_step", "rights_case_step", "at",
    "id case_id seq kind at actor role provider reason basis upstream detail", "at", "case_id.seq", within="detail",
)  # fmt: skip
FILE = Own(
    "case_file", "rights_case_file", "at", "id case_id at actor material name type size digest vault", "at",
    sealed="name",
)  # fmt: skip
CHALLENGE = Own(
    "look_challenge", "look_challenge", "at",
    "id number look subject at actor reason unit handler explain_due due provisional", "at", "number", sealed="reason",
)  # fmt: skip
CHALLENGE_STEP = Own(
    "look_challenge_step", "look_challenge_step", "at",
    "id challenge kind at actor role provider text basis finding", "at",
)  # fmt: skip
REQUEST = Own(
    "person_request", "person_request", "at",
    "id number at kind value subject channel evidence ground reason records due provisional actor role", "at", "number",
    sealed="evidence reason",
)  # fmt: skip
REQUEST_STEP = Own(
    "person_request_step", "person_request_step", "at", "id request kind at actor role text basis", "at"
)
CAUSE = Own(
    "recall_cause", "recall_cause", "at", "id cause kind decided until records born at", "decided at", "cause"
)
RECALL = Own("recall", "recall", "at", "id cause receiver at records reports", "at")
CONFIRMATION = Own("recall_confirmation", "recall_confirmation", "at", "id recall at by way", "at", "recall")
ASSESSMENT = Own(
    "impact_assessment", "impact_assessment", "at", "id number at actor title parts replaces kept_until", "at", "number"
)  # fmt: skip
SIGNATURE = Own("impact_signature", "impact_signature", "at", "id assessment at actor role agreed note", "at")
READ = Own("notice_read", "notice_read", "at", "id notice account at", "at")
NOTICE = Own("notice", "notice", "at", "id at template version kind value page about", "at")
RECEIVER = Own("recall_receiver", "recall_receiver", "at", "id provider system role at", "at")
OWN = (
    CASE, RECORD, STEP, FILE, CHALLENGE, CHALLENGE_STEP, REQUEST, REQUEST_STEP, CAUSE, RECALL, CONFIRMATION, ASSESSMENT,
    SIGNATURE, READ, NOTICE, RECEIVER,
)  # fmt: skip
