"""One line per record; an identifier or a posted value never reaches it."""

import json
import logging
import sys

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test import RequestFactory
from django.views.debug import ExceptionReporter

from core.ids import request_id
from core.logging import LineFormatter, NothingPostedFilter
from core.models import IdempotencyRecord
from core.privacy import redact


def line(message: str, *args: object, exc_info: object = None) -> dict[str, str]:
    record = logging.LogRecord("x.y", logging.WARNING, "f", 1, message, args, exc_info)  # type: ignore[arg-type]
    text = LineFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_has_level_logger_time_and_request():
    token = request_id.set("request-1")
    try:
        written = line("batch %s\nread", "12")
    finally:
        request_id.reset(token)
    assert written["message"] == "batch 12\nread"
    assert (written["level"], written["logger"], written["request_id"]) == ("WARNING", "x.y", "request-1")
    assert written["at"].endswith("+08:00")


@pytest.mark.parametrize(
    "identifier",
    ["370116199001010003", "37011619900101000X", "37011619900101000x", "370116900101000", "91370116MA00000001"],
)
@pytest.mark.parametrize("around", ["{}", "证件{}有误", "id={},", "/search?q={}&x"])
def test_what_looks_like_an_identifier_is_redacted(identifier, around):
    assert identifier not in line(around.format(identifier))["message"]


@pytest.mark.parametrize("text", ["C20261120-7K3M9Q2F", "a" * 64, "1763600000", "（2020）鲁0116执1234号"])
def test_what_does_not_stays(text):
    assert redact(text) == text


def test_an_exception_is_one_line_without_identifiers():
    try:
        raise ValueError("370116199001010003")
    except ValueError:
        written = line("failed", exc_info=sys.exc_info())
    assert "ValueError" in written["error"]
    assert "370116199001010003" not in written["error"]


@pytest.mark.django_db
def test_the_row_that_the_database_quotes_is_left_out():
    row = {"actor": "某某某", "key": "k", "path": "/", "request_digest": b""}
    IdempotencyRecord.objects.create(**row)
    try:
        with connection.cursor():
            IdempotencyRecord.objects.create(**row)
    except IntegrityError:
        written = line("failed", exc_info=sys.exc_info())
    assert "idempotencyrecord_key_used_once" in written["error"]
    assert "某某某" not in written["error"]


def test_an_error_report_holds_nothing_that_was_posted(settings):
    settings.DEFAULT_EXCEPTION_REPORTER_FILTER = "core.logging.NothingPostedFilter"
    value = "posted" + "-value"  # in two pieces, since a report quotes the source
    request = RequestFactory().post("/", {"q": value})
    request.exception_reporter_filter = NothingPostedFilter()
    try:
        int(request.POST["q"] and "x")
    except ValueError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    assert value not in reporter.get_traceback_html()
    assert value not in reporter.get_traceback_text()
