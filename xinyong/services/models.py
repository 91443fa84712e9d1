"""Tables of the services, each described where it belongs."""

from xinyong.services.creditreport.models import ReportBatch, ReportBatchEnd, ReportBatchRow, ReportIssue

__all__ = ["ReportBatch", "ReportBatchEnd", "ReportBatchRow", "ReportIssue"]
