"""What became of a check: the same question asked again, and what anybody may know of its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.timezone import localtime

from agencies.choices import Outcome
from agencies.models import Check
from agencies.rules.answer import outcome_hash
from agencies.services.recalls import revoked_among
from agencies.services.weighing import Bindings, fingerprint, weigh
from registry.choices import KeyKind
from registry.models import Change
from registry.rules.names import fold
from registry.services.matching import AskedParty


@dataclass(frozen=True, slots=True)
class Now:
    """How a stored question would be answered at a later time."""

    outcome: Outcome
    changed_since: bool
    revoked: frozenset[str] = frozenset()  # listings of the stored answer that were never valid


def recheck(*, check: Check, at: datetime) -> Now:
    """The stored question, asked again from its digests: the outcome now, and whether anything has changed since.

    Changed: another set of listings, standings or measures, or a change of a matched listing after the check (such as a
    correction). Nothing is stored.
    """
    bindings = Bindings(check.agency, at)
    parties = [
        AskedParty(
            each["asked"],
            each["kind"],
            each["name"],
            fold(each["name"]),
            tuple((bytes.fromhex(digest), KeyKind(kind)) for digest, kind in each["keys"]),
        )
        for each in check.asked
    ]
    bound = bindings.of(check.matter, frozenset(map(UUID, check.answer["measures_asked"])))
    weighed = weigh([parties], [bound], bindings)[0]
    then = fingerprint(check.answer["matches"], check.answer["notes"])
    listings = {each["listing"] for each in (*check.answer["matches"], *check.answer["notes"])}
    has_changes = bool(listings) and Change.objects.filter(listing_id__in=listings, at__gt=check.checked_at).exists()
    return Now(
        weighed.outcome,
        has_changes or weighed.fingerprint() != then,
        frozenset(revoked_among(listings)) if has_changes else frozenset(),
    )


@dataclass(frozen=True, slots=True)
class Verification:
    """What anybody may know of a receipt: no name, no case, no outcome."""

    receipt: str
    checked_at: datetime
    unit: str
    outcome_hash: str
    valid: bool
    changed_since: bool


def verify_receipt(*, receipt: str, at: datetime) -> Verification | None:
    """The public answer about a receipt; None where there is none. `valid`: the stored answer still has its hash."""
    check = Check.objects.select_related("agency").filter(receipt=receipt.strip().upper()).first()
    if check is None:
        return None
    return Verification(
        receipt=check.receipt,
        checked_at=localtime(check.checked_at),
        unit=check.agency.name,
        outcome_hash=check.outcome_hash,
        valid=outcome_hash(check.answer) == check.outcome_hash,
        changed_since=recheck(check=check, at=at).changed_since,
    )
