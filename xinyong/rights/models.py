"""Tables of the rights floor, each described where it belongs."""

from xinyong.rights.case_models import (
    RightsCase,
    RightsCaseFile,
    RightsCaseRecord,
    RightsCaseStep,
    RightsTraining,
)
from xinyong.rights.notices.models import (
    Notice,
    NoticeContact,
    NoticeDue,
    NoticeRead,
    NoticeResult,
    NoticeSending,
)
from xinyong.rights.recall.models import (
    Delivery,
    Recall,
    RecallAttempt,
    RecallCause,
    RecallConfirmation,
    RecallPush,
    RecallReceiver,
    RecallSubscription,
    RecallSubscriptionEnd,
)
from xinyong.rights.reminders.models import Reminded

__all__ = [
    "Delivery", "Notice", "NoticeContact", "NoticeDue", "NoticeRead", "NoticeResult",
    "NoticeSending", "Recall", "RecallAttempt", "RecallCause", "RecallConfirmation", "RecallPush", "RecallReceiver",
    "RecallSubscription", "RecallSubscriptionEnd", "Reminded", "RightsCase", "RightsCaseFile", "RightsCaseRecord",
    "RightsCaseStep", "RightsTraining",
]  # fmt: skip
