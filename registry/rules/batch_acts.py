"""Who may do what to a batch, and when: one table (design.md §4, four eyes)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

REVIEWER = "reviewer"


class Act(StrEnum):
    """What a person does to an uploaded batch."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    REVERSE = "reverse"


class Denial(StrEnum):
    """Why not; the values are the codes of the API."""

    FOUR_EYES = "four_eyes"
    ROLE_REQUIRED = "role_required"
    NOT_UPLOADER = "not_uploader"
    ILLEGAL_MOVE = "illegal_move"


@dataclass(frozen=True, slots=True)
class Terms:
    """`uploader`: True = only the uploader, False = never the uploader, None = the uploader too, whatever the role.
    `statuses`: the batch stands in one of them."""

    uploader: bool | None
    statuses: frozenset[str]


TERMS: dict[Act, Terms] = {
    Act.APPROVE: Terms(uploader=False, statuses=frozenset({"previewed"})),
    Act.REFUSE: Terms(uploader=None, statuses=frozenset({"previewed"})),
    Act.CANCEL: Terms(uploader=None, statuses=frozenset({"queued", "reading", "previewed"})),
    Act.CONFIRM: Terms(uploader=True, statuses=frozenset({"previewed"})),
    Act.REVERSE: Terms(uploader=False, statuses=frozenset({"applied"})),
}


def denial(act: Act, *, is_uploader: bool, role: str, status: str) -> Denial | None:
    """Why a person of the batch's own court may not do it; None when they may. People come before states."""
    terms = TERMS[act]
    if terms.uploader is False and is_uploader:
        return Denial.FOUR_EYES
    if terms.uploader is True and not is_uploader:
        return Denial.NOT_UPLOADER
    if not is_uploader and role != REVIEWER:
        return Denial.ROLE_REQUIRED
    return None if status in terms.statuses else Denial.ILLEGAL_MOVE
