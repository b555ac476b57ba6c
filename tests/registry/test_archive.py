"""The archive: a look leaves a trace, and after its time nothing tells who it was; the chain stands."""

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agencies.models import Enforcement
from core import chain
from core.errors import IllegalMove, InvalidInput, NotFound
from core.models import AuditEntry
from registry import holds
from registry.models import (
    BatchRow,
    Change,
    CreditRepair,
    DeadlineRule,
    DebtorMark,
    EmployerLetter,
    Evidence,
    ExitRequest,
    Identifier,
    Listing,
    Objection,
    ReceivedRows,
    Reconsideration,
    Relation,
    RulePack,
    Subject,
    SubjectName,
)
from registry.services import archive, erasure, listings
from registry.services.debtor_marks import set_category
from registry.services.evidence import add_evidence, drop_orphans
from registry.services.letters import acknowledge_letter, send_letter
from registry.services.organ_reports import request_report
from tests import builders
from tests.agencies import acts
from tests.builders import NOW, TODAY, another_person_id, make_listing
from tests.registry import remedies
from tests.registry.builders import UNIT, row

EXIT: dict[str, Any] = {"ground": "performed", "document_number": "（2020）鲁0116执1号之一", "happened_on": TODAY}
LATER = date(2031, 11, 21)


@pytest.fixture(autouse=True)
def _five_years(court):
    pack = RulePack.objects.create(region=builders.make_region("000000", "全国"), title="全国")
    DeadlineRule.objects.create(pack=pack, key=archive.RETENTION, amount=5, unit="year", citation="第十九条")


def end(listing, clerk, **given):
    return listings.shield_listing(**{"listing_id": listing.pk, "by": clerk, "at": NOW, **EXIT, **given})


def everything(*, but=()):
    """All that the database holds of the list, as text."""
    kept: list[str] = []
    for model in apps.get_app_config("registry").get_models():
        if model.__name__ not in but:
            kept += [str(values) for values in model._default_manager.values()]
    return "\n".join(kept)


def test_a_look_into_the_archive_is_recorded_with_its_reason(clerk):
    listing = end(make_listing(), clerk)
    assert archive.look_into(listing_id=listing.pk, reason="信访核查", by=clerk, at=NOW) == listing
    archive.look_into(listing_id=listing.pk, reason=f"核对 {another_person_id()}", by=clerk, at=NOW)
    looks = AuditEntry.objects.filter(verb="look_into_archive").order_by("pk")
    assert [look.after for look in looks] == [{"reason": "信访核查"}, {"reason": "核对 [已隐去]"}]
    assert {look.target_id for look in looks} == {str(listing.pk)}


def test_nobody_looks_without_reason_from_elsewhere_or_at_what_is_listed(clerk):
    ended, live = end(make_listing(), clerk), make_listing()
    stranger = builders.make_clerk("clerk2", builders.make_court("鲁0104", "槐荫区人民法院"))
    for listing, by, reason, error in (
        (ended, clerk, " ", InvalidInput),
        (ended, stranger, "核查", NotFound),
        (ended, builders.make_staff(), "核查", NotFound),
        (live, clerk, "核查", IllegalMove),
    ):
        with pytest.raises(error):
            archive.look_into(listing_id=listing.pk, reason=reason, by=by, at=NOW)
    assert not AuditEntry.objects.filter(verb="look_into_archive").exists()


def test_after_five_years_nothing_tells_who_it_was(clerk, bring_in):
    number, head = another_person_id(), another_person_id()
    behind = {"法定代表人或负责人姓名": "李代表", "法定代表人或负责人证件号码": head}
    bring_in(
        row(证件号码=number, 被执行人姓名或名称="欧阳试例", 生效法律文书确定的义务="偿还债权人慕容某借款"),
        row(UNIT, 案号="（2020）鲁0116执2号", **behind),
    )
    for listing in Listing.objects.all():
        listings.correct_listing(
            listing_id=listing.pk, corrections={"name": f"{listing.name}改", "obligation": "偿还司徒某"},
            ground="南宫某申请", document_number="1", happened_on=TODAY, by=clerk, at=NOW,
        )  # fmt: skip
        end(listing, clerk, ground="other", ground_text="诸葛某已履行")
    chain.sequence(Change)
    assert erasure.erase_archived(today=LATER - timedelta(days=1), at=NOW) == 0
    assert erasure.erase_archived(today=LATER, at=NOW) == 2
    assert erasure.erase_archived(today=LATER, at=NOW) == 0
    left = everything(but=("Batch",))
    names = ("欧阳", "慕容", "司徒", "南宫", "诸葛", "李代表", "商贸")
    for trace in (*names, number, head, f"*{number[-4:]}", "MA3TEXT18"):
        assert trace not in left, trace
    assert not Identifier.objects.exists() and not SubjectName.objects.exists() and not Relation.objects.exists()
    received = "".join(each.content or "" for each in ReceivedRows.objects.all())
    assert "欧阳" not in received and number not in received and head not in received
    assert BatchRow.objects.count() == 2
    listing = Listing.objects.all()[0]
    assert (listing.name, listing.status, listing.exit_on) == ("（已消除）", "shielded", TODAY)
    assert listing.case_number.startswith("（2020）鲁0116执")
    report = chain.verify(Change)
    assert (report.is_intact, report.checked) == (True, 6)
    erased = AuditEntry.objects.get(verb="erase_archived")
    assert erased.after is not None and len(erased.after["listings"]) == 2


def test_a_subject_is_kept_while_another_listing_of_theirs_is(clerk):
    number = another_person_id()
    old, other = make_listing("王试例", number), make_listing("王试例", number)
    end(old, clerk)
    assert erasure.erase_archived(today=LATER, at=NOW) == 1
    assert Identifier.objects.get().value == number
    assert (Subject.objects.get().name, Listing.objects.get(pk=other.pk).name) == ("王试例", "王试例")
    end(other, clerk)
    assert erasure.erase_archived(today=LATER, at=NOW) == 1
    assert not Identifier.objects.exists()
    assert Subject.objects.get().name == "（已消除）"


def test_what_a_unit_lawfully_keeps_is_not_erased(clerk):
    finance, listing = builders.make_staff(), make_listing()
    enforcement = acts.apply(finance, listing, acts.make_measure())
    end(listing, clerk)
    Enforcement.objects.filter(pk=enforcement.pk).update(status="retained")
    assert erasure.erase_archived(today=LATER, at=NOW) == 0
    Enforcement.objects.filter(pk=enforcement.pk).update(status="released", released_at=NOW)
    assert erasure.erase_archived(today=LATER, at=NOW) == 1


def test_a_remedy_holds_its_listing_while_it_is_open_and_is_erased_with_it(clerk):
    listing = make_listing()
    objection = Objection.objects.create(
        listing=listing, status="accepted", ground="独孤某不服", channel="written", applicant="独＊＊",
        received_on=TODAY, due_on=TODAY, recorded_by=clerk, recorded_at=NOW,
    )  # fmt: skip
    Evidence.objects.create(
        objection=objection, name="独孤某收据.pdf", content_type="application/pdf", size=1, sha256="0" * 64, path="x",
        uploaded_by=clerk, uploaded_at=NOW,
    )  # fmt: skip
    end(listing, clerk)
    assert erasure.erase_archived(today=LATER, at=NOW) == 0
    Objection.objects.update(
        status="rejected", due_on=None, decision_reason="独孤某理由不成立", decision_number="1", decided_on=TODAY
    )
    assert erasure.erase_archived(today=LATER, at=NOW) == 1
    assert "独" not in everything()
    assert Objection.objects.get().decision_number == "1"


def test_without_a_rule_nothing_is_erased(clerk):
    end(make_listing(), clerk)
    DeadlineRule.objects.all().delete()
    assert erasure.erase_archived(today=LATER, at=NOW) == 0


def test_every_chunk_is_erased_and_what_is_held_does_not_stop_it(clerk, monkeypatch):
    monkeypatch.setattr(erasure, "ERASE_CHUNK", 2)
    made = [end(make_listing(), clerk) for _ in range(5)]
    monkeypatch.setattr(holds, "held", lambda ids: {made[0].pk, made[1].pk} & set(ids))
    assert erasure.erase_archived(today=LATER, at=NOW) == 3


def test_only_an_erased_listing_loses_what_its_changes_quoted(clerk):
    listing = make_listing()
    listings.correct_listing(
        listing_id=listing.pk, corrections={"name": "王更名"}, ground="核实", document_number="1",
        happened_on=TODAY, by=clerk, at=NOW,
    )  # fmt: skip
    mark = """UPDATE registry_change SET before = '{"erased": true}', after = '{"erased": true}', ground = ''"""

    def forget(also=""):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(mark + also)

    with pytest.raises(IntegrityError, match="append-only"):
        forget()
    end(listing, clerk)
    Listing.objects.update(erased_at=NOW)
    chain.sequence(Change)
    for also in (", kind = 'listed'", ", at = now()", ", document_number = ''", ", hash = 'x'", ", number = 9"):
        with pytest.raises(IntegrityError, match="append-only"):
            forget(also)
    forget()


def test_texts_and_files_of_every_remedy_and_letter_go_with_the_listing(clerk, court, settings, tmp_path):
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    remedies.set_national()
    remedies.with_upper(court)
    listing = make_listing("王试例", court=court, publishable=False)
    mark = set_category(listing_id=listing.pk, category="cppcc_member", basis="独孤名册", by=clerk, at=NOW)
    report = request_report(
        court=court, body="cppcc", period="2026Q4", recipient="区政协", purpose="季报", by=clerk, at=NOW
    )
    for unit in ("独孤学校", "独孤研究所"):
        letter = send_letter(
            listing_id=listing.pk, unit_name=unit, document_number="函1号", sent_on=TODAY, by=clerk, at=NOW
        )
    acknowledge_letter(letter_id=letter.pk, acknowledged_on=TODAY, acknowledgement="独孤处理", by=clerk, at=NOW)
    objection = remedies.object_to(listing, clerk, ground="独孤某不服")
    made = [
        (ExitRequest, remedies.ask_to_leave(listing, clerk, ground="独孤某已履行")),
        (Objection, objection),
    ]
    for model, remedy in made:
        file_with(model, remedy, clerk)
    remedies.reject(objection, clerk, reason="独孤某理由不成立")
    reconsidered = remedies.reconsider(objection, clerk, ground="独孤某不服驳回")
    file_with(Reconsideration, reconsidered, clerk)
    end(listing, clerk)
    repair = remedies.ask_for_repair(listing, clerk, ground="独孤某请求修复")
    file_with(CreditRepair, repair, clerk)
    for model in (ExitRequest, Reconsideration, CreditRepair):
        model.objects.filter(due_on__isnull=False).update(status="withdrawn", due_on=None)
    files = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert len(files) == 4 and "独孤" in everything()
    assert erasure.erase_archived(today=LATER, at=NOW) == 1
    assert "独孤" not in everything()
    assert sorted(EmployerLetter.objects.values_list("document_number", "sent_on")) == [("函1号", TODAY)] * 2
    assert not DebtorMark.objects.filter(pk=mark.pk).exists()
    report.refresh_from_db()
    assert (report.rows_count, report.rows.count()) == (1, 0)
    assert drop_orphans(at=timezone.now() + timedelta(days=2)) == 4
    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


def file_with(model, remedy, by):
    add_evidence(model=model, remedy_id=remedy.pk, file=BytesIO(remedies.SCAN), name="独孤收据.pdf", by=by, at=NOW)
