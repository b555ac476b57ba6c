"""Moves of a single listing, each one transaction: lock, rule, column, change, audit, outbox (style.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from registry.access import Operator
from registry.models import Listing

# What correct_listing accepts beside "id_number" (the identifier's text).
CORRECTABLE = (
    "name", "sex", "age", "area", "filed_on", "basis_number", "basis_issuer", "obligation", "performance",
    "performed_part", "unperformed_part", "circumstances", "published_on", "decision_number", "decided_on",
    "term_ends_on", "publishable",
)  # fmt: skip


def shield_listing(
    *, listing_id: UUID, ground: str, document_number: str, happened_on: date | None, by: Operator, at: datetime,
    ground_text: str = "",
) -> Listing:  # fmt: skip
    """Take a listing off the list (屏蔽)."""
    raise NotImplementedError


def revoke_listing(
    *, listing_id: UUID, ground: str, document_number: str, happened_on: date | None, by: Operator, at: datetime,
    ground_text: str = "",
) -> Listing:  # fmt: skip
    """Declare a listing never valid (撤销)."""
    raise NotImplementedError


def correct_listing(
    *, listing_id: UUID, corrections: Mapping[str, Any], ground: str, document_number: str, happened_on: date | None,
    by: Operator, at: datetime,
) -> Listing:  # fmt: skip
    """Correct facts of a live listing (更正): fields of CORRECTABLE and `id_number`; `ground` is free text."""
    raise NotImplementedError


def suspend_listing(
    *, listing_id: UUID, ground: str, happened_on: date | None, by: Operator, at: datetime, document_number: str = ""
) -> Listing:
    """No measure applies while information is verified (暂不执行)."""
    raise NotImplementedError


def resume_listing(
    *, listing_id: UUID, ground: str, happened_on: date | None, by: Operator, at: datetime, document_number: str = ""
) -> Listing:
    """Measures apply again."""
    raise NotImplementedError


def expire_listings(*, today: date, at: datetime) -> int:
    """End every listing whose term ended before `today`; return how many."""
    raise NotImplementedError
