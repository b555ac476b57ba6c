"""JSON that cannot be stored or read is the sender's mistake."""

from io import BytesIO

import pytest
from rest_framework.exceptions import ParseError

from core.parsers import TextJSONParser


def parsed(sent: bytes):
    return TextJSONParser().parse(BytesIO(sent), "application/json", {})


@pytest.mark.parametrize(
    "sent",
    [
        b'{"a": "\\u0000"}',
        b'{"a": ["x\\u0000y"]}',
        b'{"\\u0000": 1}',
        b'{"a": "\\\\\\u0000"}',
        b'{"a": "\\ud800"}',
        b'{"\\uDC00": 1}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_no_column_holds_is_a_malformed_request(sent: bytes) -> None:
    with pytest.raises(ParseError):
        parsed(sent)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        ('{"a": "汉"}'.encode(), {"a": "汉"}),
    ],
)
def test_every_other_text_is_read(sent: bytes, read: object) -> None:
    assert parsed(sent) == read
