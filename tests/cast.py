"""One small world for the tests that span apps: courts, units, a credit office, and what each has on its desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client

from agencies.models import Agency, ApiKey, Check, Enforcement, Matter, Recall, ReleaseDuty, RepairDecision, User
from agencies.services.accounts import issue_key
from agencies.services.recalls import tell_of_revocations
from agencies.services.releases import open_release_duties
from agencies.services.repairs import open_repair_decisions
from core.chain import GENESIS
from feedback.models import Feedback, Report
from feedback.rules.periods import Period, period_of
from feedback.services.feedback import send_feedback
from feedback.services.reports import create_report, submit_report, write_report
from measures.models import Measure, NamedUnit
from registry.choices import RunKind
from registry.models import (
    Batch,
    Change,
    Court,
    CreditRepair,
    DebtorMark,
    EmployerLetter,
    Evidence,
    ExitRequest,
    Listing,
    Objection,
    OrganReport,
    Reconsideration,
    Source,
    SourceRun,
    Subscriber,
    WebhookDelivery,
)
from registry.services.debtor_marks import set_category
from registry.services.evidence import add_evidence
from registry.services.letters import send_letter
from registry.services.listings import revoke_listing, shield_listing
from registry.services.organ_reports import request_report
from registry.services.sources import follow_platform, watch_folder
from registry.services.subscribers import record_ack, register_subscriber
from tests import builders
from tests.agencies import acts
from tests.agencies.builders import RNG, ask, make_matter
from tests.builders import NOW, TODAY
from tests.registry import builders as lists
from tests.registry import remedies

BACKEND = "django.contrib.auth.backends.ModelBackend"
PERSON_NUMBER = builders.person_id(born="19880808")
UNIT_NUMBER = "91370116MA3TEXT184"
REPRESENTATIVE_NUMBER = builders.person_id(born="19700707")
ENDED_NUMBER = builders.person_id(born="19660606")
REVOKED_NUMBER = builders.person_id(born="19550505")
PERSONS = (
    PERSON_NUMBER,
    REPRESENTATIVE_NUMBER,
    ENDED_NUMBER,
    REVOKED_NUMBER,
)  # units' codes are public and stand in clear


@dataclass
class World:
    """Who is there and what lies on their desks. `clerk` uploaded `batch`, `reviewer` may decide on it; `finance` acts
    on the listings of `court`; `reconsideration` comes from a court below; `stranger_*` belong elsewhere and may know
    of none of it."""

    court: Court
    clerk: User
    reviewer: User
    finance: User
    office: User
    administrator: User
    stranger_reviewer: User
    stranger_staff: User
    stranger_office: User
    measure: Measure
    matter: Matter
    listing: Listing
    unit_listing: Listing
    ended_listing: Listing
    batch: Batch
    check: Check
    enforcement: Enforcement
    feedback: Feedback
    duty: ReleaseDuty
    recall: Recall
    draft: Report
    submitted: Report
    objection: Objection
    rejected: Objection
    reconsideration: Reconsideration
    exit_request: ExitRequest
    repair: CreditRepair
    repair_decision: RepairDecision
    evidence: Evidence
    letter: EmployerLetter
    mark: DebtorMark
    organ_report: OrganReport
    subscriber: Subscriber
    delivery: WebhookDelivery
    platform_subscriber: Subscriber
    folder: Source
    platform: Source
    mirrored: Listing
    keys: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> Agency:
        assert self.finance.agency is not None
        return self.finance.agency

    @property
    def named_unit(self) -> NamedUnit:
        return NamedUnit.objects.get(name="区财政局")

    @property
    def api_key(self) -> ApiKey:
        return ApiKey.objects.get(user=self.finance)

    def browser(self, user: User | None, *, checks_csrf: bool = False) -> Client:
        """A browser in which this operator, or nobody, has signed in; errors become answers."""
        client = Client(raise_request_exception=False, enforce_csrf_checks=checks_csrf)
        if user is not None:
            if user.username not in self.sessions:
                client.force_login(user, backend=BACKEND)
                self.sessions[user.username] = client.cookies[settings.SESSION_COOKIE_NAME].value
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[user.username]
        return client

    def bearer(self, user: User) -> dict[str, str]:
        """The header of a key of this operator, issued when first asked for."""
        if user.username not in self.keys:
            self.keys[user.username] = issue_key(user=user, by=user, at=NOW, purpose="测试", rng=RNG).text
        return {"Authorization": f"Bearer {self.keys[user.username]}"}


def make_world(folder: Path) -> World:
    """Build it by the services that build it in life."""
    court = builders.make_court()
    other_court = builders.make_court("鲁0104", "槐荫区人民法院", builders.make_region("370104", "槐荫区"))
    clerk, reviewer = builders.make_clerk(court=court), builders.make_reviewer(court=court)
    finance = builders.make_staff()
    measure = acts.make_measure()
    listing = builders.make_listing("王试例", PERSON_NUMBER, court=court)
    unit_listing = builders.make_listing("济南试例商贸有限公司", UNIT_NUMBER, court=court, kind="unit")
    builders.make_relation(unit_listing, "赵代表", REPRESENTATIVE_NUMBER)
    ended = builders.make_listing("钱已清", ENDED_NUMBER, court=court)
    matter = make_matter(finance, "政府采购供应商资格审查", measure)
    check = ask(finance, "王试例", PERSON_NUMBER)
    enforcement = acts.apply(finance, listing, measure, check=check)
    acts.apply(finance, ended, measure)
    shield_listing(
        listing_id=ended.pk,
        ground="performed",
        document_number="（2020）鲁0116执9号之一",
        happened_on=TODAY,
        by=clerk,
        at=NOW,
    )
    open_release_duties(change_ids=list(Change.objects.filter(listing=ended).values_list("pk", flat=True)), at=NOW)
    ended.refresh_from_db()
    revoked = builders.make_listing("吴错列", REVOKED_NUMBER, court=court)
    ask(finance, "吴错列", REVOKED_NUMBER)
    revoke_listing(
        listing_id=revoked.pk,
        ground="wrongly_listed",
        document_number="（2020）鲁0116执10号之一",
        happened_on=TODAY,
        by=clerk,
        at=NOW,
    )
    tell_of_revocations(change_ids=list(Change.objects.filter(listing=revoked).values_list("pk", flat=True)), at=NOW)
    office = builders.make_office()
    subscriber = follow(finance, office)
    administrator = builders.make_user("admin", "administrator")
    platform = follow_upper(administrator)
    mirrored = builders.make_listing("郑同步", court=other_court, source=platform, source_number=1)
    world = World(
        court=court,
        clerk=clerk,
        reviewer=reviewer,
        finance=finance,
        office=office,
        administrator=administrator,
        stranger_reviewer=builders.make_reviewer("reviewer2", other_court),
        stranger_staff=builders.make_staff("civil", builders.make_agency("莱芜区民政局", units=("区民政局",))),
        stranger_office=builders.make_user(
            "office2",
            "credit_office",
            builders.make_agency("槐荫区信用办", kind="credit_office", region=other_court.region),
        ),
        measure=measure,
        matter=matter,
        listing=listing,
        unit_listing=unit_listing,
        ended_listing=ended,
        batch=lists.upload(folder, [lists.row(), lists.row(案号="看不清")], court, clerk),
        check=check,
        enforcement=enforcement,
        feedback=send_feedback(enforcement_id=enforcement.pk, content="已限制参加政府采购。", by=finance, at=NOW),
        duty=ReleaseDuty.objects.get(listing=ended),
        recall=Recall.objects.get(listing=revoked),
        draft=create_report(period=_period(2026, 11), by=finance, at=NOW),
        submitted=_submitted(finance),
        **_remedies(clerk, finance, listing, ended),
        subscriber=subscriber,
        delivery=subscriber.deliveries.get(),
        platform_subscriber=register_subscriber(
            name="长清区平台", kind="platform", username="admin", purpose="同步名单", by=office, at=NOW
        ).subscriber,
        folder=watch_folder(
            name="审判系统导出", path="world", court=court, username=clerk.username, by=administrator, at=NOW
        ),
        platform=platform,
        mirrored=mirrored,
    )
    everybody = User.objects.all()
    for user in everybody:
        world.bearer(user)
        world.browser(user)
    return world


def _remedies(clerk: User, finance: User, listing: Listing, ended: Listing) -> dict[str, Any]:
    """One of each kind; the reconsideration comes from a court below the clerk's."""
    assert clerk.agency is not None
    below = builders.make_court("鲁011601", "莱芜区人民法院试例法庭")
    Court.objects.filter(pk=below.pk).update(upper_id=clerk.agency.court_id)
    below.refresh_from_db()
    lower_clerk = builders.make_clerk("clerk_below", below)
    objection = remedies.object_to(listing, finance, measure="第4项 限制参加政府采购")
    lower = builders.make_listing("周下级", court=below)
    reconsidered = remedies.object_to(lower, lower_clerk)
    remedies.reject(reconsidered, lower_clerk)
    rejected = remedies.object_to(listing, clerk)
    remedies.reject(rejected, clerk)
    repair = remedies.ask_for_repair(ended, clerk)
    open_repair_decisions(repair_id=repair.pk, at=NOW)
    return {
        "objection": objection,
        "rejected": rejected,
        "reconsideration": remedies.reconsider(reconsidered, clerk),
        "exit_request": remedies.ask_to_leave(listing, clerk),
        "repair": repair,
        "repair_decision": RepairDecision.objects.get(repair=repair, agency=finance.agency),
        "evidence": add_evidence(
            model=Objection, remedy_id=objection.pk, file=BytesIO(remedies.SCAN), name="收据.pdf", by=finance, at=NOW
        ),
        "letter": send_letter(
            listing_id=builders.make_listing("郑内部", court=listing.court, publishable=False).pk,
            unit_name="莱芜区试例学校",
            document_number="（2026）鲁0116执函1号",
            sent_on=TODAY,
            by=clerk,
            at=NOW,
        ),
        **_upward(clerk, listing),
    }


def _upward(clerk: User, listing: Listing) -> dict[str, Any]:
    """A deputy among the debtors, and the report about her that waits for a second person."""
    mark = set_category(listing_id=listing.pk, category="congress_deputy", basis="代表名册", by=clerk, at=NOW)
    report = request_report(
        court=listing.court,
        body="congress",
        period="2026Q4",
        recipient="莱芜区人大常委会",
        purpose="季度报告",
        by=clerk,
        at=NOW,
    )
    return {"mark": mark, "organ_report": report}


def follow(account: User, office: User) -> Subscriber:
    """A subscriber with one delivery given up."""
    made = register_subscriber(
        name="财政局系统", kind="unit", username=account.username, webhook_url="http://127.0.0.1:1/", by=office, at=NOW
    )
    WebhookDelivery.objects.create(
        subscriber=made.subscriber, from_number=1, to_number=1, status="dead", attempts=12, next_at=NOW, created_at=NOW
    )
    record_ack(number=0, hash=GENESIS, by=account, at=NOW)
    return made.subscriber


def follow_upper(administrator: User) -> Source:
    """A platform that is followed, whose last comparison found a difference that waits for approval."""
    source = follow_platform(
        name="山东省平台",
        base_url="http://127.0.0.1:1",
        credential="jdp_" + "k" * 40,
        secret="5" * 64,
        by=administrator,
        at=NOW,
    )
    SourceRun.objects.create(
        source=source,
        kind=RunKind.COMPARE,
        status="done",
        started_at=NOW,
        ended_at=NOW,
        counts={"compared": 7, "differences": 1},
        differences=[{"listing": "01a1fafd-a145-7946-b767-c4216ad19cc9", "kind": "missing"}],
    )
    Source.objects.filter(pk=source.pk).update(difference_count=1, compared_at=NOW, last_success_at=NOW)
    source.refresh_from_db()
    return source


def _period(year: int, month: int) -> Period:
    return period_of(date(year, month, 1))


def _submitted(finance: User) -> Report:
    at = NOW - timedelta(days=10)
    report = create_report(period=_period(2026, 10), by=finance, at=at)
    write_report(report_id=report.pk, narrative="逐一核查。", typical_case="", by=finance, at=at)
    return submit_report(report_id=report.pk, by=finance, at=at)


@contextmanager
def lasting(folder: Path) -> Iterator[World]:
    """A world for all the tests of a module: what each test changes is undone, at the end the whole of it."""
    with transaction.atomic():
        yield make_world(folder)
        transaction.set_rollback(True)
