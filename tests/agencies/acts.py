"""Records that the tests of enforcement and release share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from agencies.models import Agency, Check, Enforcement, HitMeasure, User
from agencies.services.enforcement import record_enforcement
from measures.models import Document, Law, LegalBasis, Measure, NamedUnit, Provision, Responsibility
from registry.models import Change, DeadlineRule, Listing, RulePack
from tests.builders import NOW, TODAY, make_region

DOCUMENT_NUMBER = "莱财采〔2026〕1号"


def make_measure(
    number: str = "4",
    title: str = "依法依规限制参加政府采购活动",
    *,
    units: tuple[str, ...] = ("区财政局",),
    names_target: str = "yes",
    **facts: Any,
) -> Measure:
    """A measure of the district's document with a basis in force, for which the units are named."""
    region = make_region()
    document, _ = Document.objects.get_or_create(
        doc_number="莱芜区信用办〔2020〕17号",
        defaults={
            "title": "行动计划",
            "issuer": "莱芜区信用办",
            "region": region,
            "in_force_from": date(2020, 11, 21),
            "source": "001",
            "target": "失信被执行人",
        },
    )
    measure = Measure.objects.create(
        **{
            "id": uuid4(),
            "document": document,
            "number": number,
            "position": document.measures.count() + 1,
            "title": title,
            "effect": "restrict",
            "reaches": ["subject"],
            "party_kinds": ["person", "unit"],
            "in_force_from": date(2020, 11, 21),
            "content_digest": "0" * 64,
            **facts,
        }
    )
    for position, name in enumerate(units):
        unit, _ = NamedUnit.objects.get_or_create(region=region, name=name)
        Responsibility.objects.create(measure=measure, unit=unit, source="body", position=position)
    law, _ = Law.objects.get_or_create(
        key="government-procurement-law", defaults={"title": "中华人民共和国政府采购法", "kind": "law"}
    )
    provision, _ = Provision.objects.get_or_create(law=law, label="第二十二条")
    LegalBasis.objects.create(measure=measure, provision=provision, position=1, names_target=names_target)
    return measure


def make_check(agency: Agency, user: User, listing: Listing, *measures: Measure, role: str = "subject") -> Check:
    """A check of the unit whose answer named the listing and the measures."""
    check = Check.objects.create(
        receipt=f"C20261120-{uuid4().hex[:8].upper()}",
        agency=agency,
        user=user,
        channel="page",
        case_reference="采-1",
        subject_kind="person",
        subject_name="王试例",
        subject_id_masked="370116********0018",
        asked=[],
        outcome="hit",
        list_version=1,
        answer={},
        outcome_hash="0" * 64,
        checked_at=NOW,
    )
    HitMeasure.objects.bulk_create(
        HitMeasure(check_record=check, listing=listing, measure=measure, role=role, advice="refuse")
        for measure in measures
    )
    return check


def apply(user: User, listing: Listing, measure: Measure, at: datetime = NOW, **given: Any) -> Enforcement:
    """The unit applies the measure, by the service."""
    assert user.agency is not None
    return record_enforcement(
        **{
            "agency": user.agency,
            "by": user,
            "at": at,
            "listing": listing,
            "measure": measure,
            "decision": "applied",
            "document_number": DOCUMENT_NUMBER,
            "effective_from": TODAY,
            **given,
        }
    )


def end(listing: Listing, kind: str = "shielded", at: datetime = NOW) -> Change:
    """The listing leaves the list as the court's service would have left it, without announcing it."""
    facts: dict[str, Any] = {"status": kind, "changed_at": at}
    if kind == "expired":
        facts["term_ends_on"] = TODAY
    else:
        facts |= {"exit_ground": "performed", "exit_document": "（2020）鲁0116执1号之一", "exit_on": TODAY}
    Listing.objects.filter(pk=listing.pk).update(**facts)
    return Change.objects.create(kind=kind, listing=listing, at=at)


def make_release_rule(amount: int = 3, unit: str = "working", region_code: str = "370116") -> DeadlineRule:
    pack, _ = RulePack.objects.get_or_create(region=make_region(region_code), defaults={"title": "期限"})
    return DeadlineRule.objects.create(
        pack=pack, key="measure.release", amount=amount, unit=unit, citation="闽委办〔2017〕1号 四（二）5"
    )
