"""One line per record, and nothing in it that was posted."""

import json
import logging
from collections.abc import ItemsView
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.timezone import get_default_timezone
from django.views.debug import SafeExceptionReporterFilter

from core.ids import request_id
from core.privacy import redact


class LineFormatter(logging.Formatter):
    """`{"at", "level", "logger", "request_id", "message", "error"?}` as one line of JSON, identifiers redacted."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, get_default_timezone()).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": request_id.get(),
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = redact(self._without_rows(self.formatException(record.exc_info)))
        return json.dumps({key: value for key, value in line.items() if value}, ensure_ascii=False)

    @staticmethod
    def _without_rows(trace: str) -> str:
        """PostgreSQL quotes the offending row below its message; the row stays where it is."""
        return "\n".join(line for line in trace.splitlines() if not line.startswith(("DETAIL:", "CONTEXT:")))


class NothingPostedFilter(SafeExceptionReporterFilter):
    """Error reports without what was posted and without local variables, which may hold it."""

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> ItemsView[str, Any]:
        return dict[str, Any]().items()
