"""One error tree.

XinyongError
├── Refused          input that cannot be taken: exit 2, HTTP 400
│   └── NotPermitted the asker may not see or do this: exit 2, HTTP 403
└── Fault            something of ours is broken: exit 1, HTTP 500

Every error has a stable `code` and one Chinese sentence: what, where, why, what to do next.
"""


class XinyongError(Exception):
    """Base of all errors this product raises on purpose."""

    exit_code = 1
    http_status = 500

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class Refused(XinyongError):
    """The input is refused; nothing was changed."""

    exit_code = 2
    http_status = 400


class NotPermitted(Refused):
    """The asker is not entitled to what was asked."""

    http_status = 403


class Fault(XinyongError):
    """The installation cannot do its work; the sentence says how to mend it."""
