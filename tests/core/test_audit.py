"""What an audit entry says, and what it refuses to hold."""

from datetime import UTC, date, datetime

import pytest

from core import audit
from core.ids import request_id
from core.models import AuditEntry, OutboxEvent

AT = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_an_entry_names_actor_target_and_request(user):
    event = OutboxEvent.objects.create(topic="x.y", payload={})
    token = request_id.set("request-1")
    try:
        written = audit.record(
            verb="approve", target=event, by=user, at=AT, before={"status": "a"}, after={"on": date(2026, 11, 20)}
        )
    finally:
        request_id.reset(token)
    entry = AuditEntry.objects.get(pk=written.pk)
    assert (entry.actor_id, entry.actor_label, entry.verb, entry.at) == (user.pk, "operator", "approve", AT)
    assert (entry.target_type, entry.target_id, entry.request_id) == ("core.outboxevent", str(event.pk), "request-1")
    assert (entry.before, entry.after) == ({"status": "a"}, {"on": "2026-11-20"})
    assert (entry.number, entry.hash) == (None, "")


def test_the_platform_itself_acts_under_a_label():
    entry = audit.record(verb="expire", target=None, by="system", at=AT)
    assert (entry.actor_id, entry.actor_label, entry.target_type, entry.before) == (None, "system", "", None)


def test_the_content_is_the_same_as_written_and_as_read_back():
    written = audit.record(verb="v", target=None, by="system", at=AT, after={"b": 1, "a": [1.5, None, "汉"]})
    assert AuditEntry.objects.get(pk=written.pk).chain_content() == written.chain_content()


@pytest.mark.parametrize(
    "data",
    [
        {"id_number": "x"},
        {"person": {"cardNum": "x"}},
        {"列": [{"证件号码": "x"}]},
        {"note": "证件 370116199001010003 已核"},
        {"note": ["37011619900101000X"]},
        {"code": "91370116MA00000000"},
        {"old": "370116900101000"},
    ],
)
def test_identifiers_are_refused(data):
    with pytest.raises(ValueError, match="identifier"):
        audit.record(verb="v", target=None, by="system", at=AT, after=data)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        "C20261120-7K3M9Q2F",
        "a" * 64,
        "019aa0e4-7a3c-7d11-9f3e-123456789012",
        "（2020）鲁0116执1234号",
        "2026-11-20T10:15:00+08:00",
    ],
)
def test_receipts_hashes_uuids_and_case_numbers_are_no_identifiers(value):
    assert audit.record(verb="v", target=None, by="system", at=AT, after={"value": value}).after == {"value": value}
