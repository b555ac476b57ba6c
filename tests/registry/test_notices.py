"""Warnings before a listing: recorded once, by the court of the case, and missed in the plan."""

from typing import Any

import pytest

from core.errors import Conflict, InvalidInput, NotFound
from core.models import AuditEntry
from registry.models import RiskNotice
from registry.services import notices
from tests import builders
from tests.builders import NOW, TODAY, another_person_id
from tests.registry.builders import UNIT, row

CASE = "（2020）鲁0116执1号"
GIVEN: dict[str, Any] = {
    "case_number": CASE,
    "kind": "person",
    "name": "王试例",
    "id_number": "",
    "served_on": TODAY,
    "channel": "notice",
    "document_number": "（2020）鲁0116执1号执行通知书",
}


def record(clerk, **given):
    return notices.record_notice(**{**GIVEN, **given}, by=clerk, at=NOW)


def test_a_warning_is_recorded_once_and_without_the_number(clerk):
    number = another_person_id()
    notice = record(clerk, id_number=number, case_number="(2020)鲁0116执001号")
    assert (notice.case_number, notice.court.code, notice.id_masked[-4:]) == (CASE, "鲁0116", number[-4:])
    assert number not in str(RiskNotice.objects.values()) + str(AuditEntry.objects.values())
    with pytest.raises(Conflict):
        record(clerk, id_number=number)
    assert AuditEntry.objects.get().verb == "record_risk_notice"


def test_what_is_wrong_with_a_warning_is_said_field_by_field(clerk):
    builders.make_court("鲁0104", "槐荫区人民法院", builders.make_region("370104", "槐荫区"))
    bad = {"case_number": "（2020）鲁0104执1号", "name": "·", "id_number": "3701161990****0018", "channel": "pigeon",
           "document_number": " ", "served_on": None}  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        record(clerk, **bad)
    assert [(p.field, p.code) for p in refused.value.errors] == [
        ("case_number", "court_not_yours"), ("name", "name_missing"), ("id_number", "id_masked"),
        ("channel", "channel_unknown"), ("document_number", "required"), ("served_on", "required"),
    ]  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        record(clerk, case_number="看不清", kind="ship")
    assert [p.field for p in refused.value.errors] == ["case_number", "kind"]
    with pytest.raises(NotFound):
        record(builders.make_staff())
    assert not RiskNotice.objects.exists()


def test_the_plan_misses_warnings_by_number_or_else_by_name(clerk, upload):
    mine, known = row(), another_person_id()
    record(clerk, name="王其名", id_number=known)
    record(clerk, name="钱试例", document_number="2")
    record(clerk, name="孙试例", document_number="3", id_number=another_person_id())
    record(clerk, name="济南试例商贸有限公司", kind="unit", document_number="4", id_number="MA3TEXT18")
    batch = upload(
        mine,
        row(证件号码=known, 被执行人姓名或名称="王更名"),
        row(被执行人姓名或名称="钱试例"),
        row(被执行人姓名或名称="孙试例"),
        row(UNIT),
        row(被执行人姓名或名称="钱试例", 案号="（2020）鲁0116执2号"),
    )
    assert batch.count_add == 6
    # nobody warned 王试例, a namesake of 孙试例 with another number, nor 钱试例 in the other case
    assert notices.additions_without_notice(batch.pk) == 3


def test_a_court_sees_its_own_warnings_and_those_of_its_listing(clerk, court):
    number = another_person_id()
    listing = builders.make_listing("王试例", number, court=court, case_number=CASE)
    type(listing).objects.filter(pk=listing.pk).update(case_key="2020|鲁0116|执|1")
    listing.refresh_from_db()
    by_number = record(clerk, name="王曾用", id_number=number)
    by_name = record(clerk, document_number="2")
    record(clerk, document_number="3", id_number=another_person_id())
    assert set(RiskNotice.objects.about(listing)) == {by_number, by_name}
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    assert RiskNotice.objects.visible_to(clerk).count() == 3
    assert not RiskNotice.objects.visible_to(stranger).exists()
