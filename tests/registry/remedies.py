"""Remedies of a few strokes, by the services, and the rules of a region."""

from __future__ import annotations

from datetime import date
from typing import Any

from agencies.models import User
from registry.models import (
    Court,
    CreditRepair,
    DeadlineRule,
    ExitRequest,
    Listing,
    Objection,
    Reconsideration,
    RegionRule,
    RulePack,
)
from registry.services import exit_requests, objections, repairs
from tests import builders
from tests.builders import NOW, TODAY

SCAN = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
DECISION: dict[str, Any] = {
    "reason": "经审查，理由成立。",
    "document_number": "（2026）鲁0116执异1号",
    "decided_on": TODAY,
}
FUJIAN = "榕发改信用〔2017〕6号四（二）3"


def set_rules(region_code: str = "000000", **rules: Any) -> None:
    """`objection__review__national=(15, "calendar")` → the deadline of that key; a text is a rule of procedure."""
    pack, _ = RulePack.objects.get_or_create(
        region=builders.make_region(region_code, region_code), defaults={"title": "规则"}
    )
    for name, value in rules.items():
        key = name.replace("__", ".")
        if isinstance(value, str):
            RegionRule.objects.create(pack=pack, key=key, value=value, citation=FUJIAN)
        else:
            DeadlineRule.objects.create(pack=pack, key=key, amount=value[0], unit=value[1], citation=f"依据 {key}")


def set_national() -> None:
    set_rules(
        objection__review__national=(15, "calendar"),
        reconsideration__file=(10, "calendar"),
        reconsideration__decide=(15, "calendar"),
        exit__national=(3, "working"),
        repair__decide=(10, "working"),
    )


def set_local(region_code: str) -> None:
    set_rules(
        region_code,
        objection__local=(10, "calendar"),
        objection__review__local=(3, "calendar"),
        exit__local=(3, "calendar"),
    )


def with_upper(court: Court) -> Court:
    upper = builders.make_court("鲁01", "济南市中级人民法院", builders.make_region("370100", "济南市"))
    Court.objects.filter(pk=court.pk).update(upper=upper)
    court.refresh_from_db()
    return upper


def object_to(listing: Listing, by: User, **given: Any) -> Objection:
    facts = {"ground": "从未收到执行通知", "channel": "counter", "received_on": TODAY, "by": by, "at": NOW}
    return objections.record_objection(listing_id=listing.pk, **{**facts, **given})


def reject(objection: Objection, by: User, **given: Any) -> Objection:
    facts = {**DECISION, "reason": "理由不成立。", "served_on": TODAY, "at": NOW}
    return objections.reject_objection(objection_id=objection.pk, by=by, **{**facts, **given})


def reconsider(objection: Objection, by: User, **given: Any) -> Reconsideration:
    facts = {"ground": "不服驳回", "channel": "post", "received_on": TODAY, "by": by, "at": NOW}
    return objections.file_reconsideration(objection_id=objection.pk, **{**facts, **given})


def ask_to_leave(listing: Listing, by: User, **given: Any) -> ExitRequest:
    facts = {
        "exit_ground": "performed",
        "ground": "已全部履行",
        "channel": "counter",
        "received_on": TODAY,
        "by": by,
        "at": NOW,
    }
    return exit_requests.record_exit_request(listing_id=listing.pk, **{**facts, **given})


def ask_for_repair(listing: Listing, by: User, **given: Any) -> CreditRepair:
    facts = {"ground": "已履行并作出信用承诺", "channel": "counter", "received_on": TODAY, "by": by, "at": NOW}
    return repairs.apply_for_repair(listing_id=listing.pk, **{**facts, **given})


def day(text: str) -> date:
    return date.fromisoformat(text)
