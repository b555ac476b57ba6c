"""What came of it: feedback to the courts, reports to the credit office."""

from feedback.models.reports import Feedback, Report, ReportTransition

__all__ = ["Feedback", "Report", "ReportTransition"]
