"""What to put into the addresses that have parameters, by URL name or, without one, by route.

A new page with a parameter needs an entry here, else `test_walk` fails. The values need not lead to anything:
the walk asks who gets in, not what is there.
"""

from __future__ import annotations

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
DIGEST = "0" * 64

EXAMPLES: dict[str, dict[str, str]] = {
    "subject/": {},
    "record/": {},
    "subject": {"public_id": UNKNOWN_ID},
    "record": {"public_id": UNKNOWN_ID},
    "publicity-list": {"slug": "licences"},
    "verify": {"number": "没有的编号"},
    "report-batch-one": {"batch": "1"},
    "report-batch-download": {"batch": "1"},
    "report-done": {"number": "没有的编号"},
    "report-file": {"number": "没有的编号", "kind": "pdf"},
    "own-authorisation-revoke": {"number": UNKNOWN_ID},
    "openid_connect_login": {"provider_id": "gov"},
    "openid_connect_callback": {"provider_id": "gov"},
    "mfa_remove_webauthn": {"pk": "1"},
    "admin-account-edit": {"number": "1"},
    "admin-account-password": {"number": "1"},
    "admin-job": {"number": "1"},
    "admin-role": {"number": "1"},
    "admin-account-state": {"number": "1"},
    "admin-account-unlock": {"number": "1"},
    "admin-account-factor": {"number": "1"},
    "admin-session-end": {"digest": DIGEST},
    "centre-verify-one": {"number": "1"},
    "centre-code": {"number": "1"},
    "centre-code-dismiss": {"number": "1"},
    "department-upload": {"number": UNKNOWN_ID},
    "department-upload-cancel": {"number": UNKNOWN_ID},
    "department-submission": {"number": "1"},
    "department-rejects": {"number": "1", "kind": "csv"},
    "department-undo": {"number": "1"},
    "department-rows": {"number": "1"},
    "department-row": {"number": "1"},
    "department-held-row": {"number": "1"},
    "department-entry-item": {"code": "XZCF"},
    "department-template": {"code": "XZCF"},
    "department-record-correct": {"record": DIGEST[:32]},
    "department-record-withdraw": {"record": DIGEST[:32]},
    "content-column-feed": {"column": "news"},
    "wagtaildocs_serve": {"number": "1", "name": "x.pdf"},
    "content-picture": {"name": "x.png"},
    "content-template": {"code": "XZCF"},
    # patterns, not routes: the whole address
    "wagtail_serve": {"": "c/"},
    "revisions_compare": {"": "content-admin/pages/1/revisions/compare/live...latest/"},
    r"content-admin/^.*/$": {"": "content-admin/nothing/"},
}
