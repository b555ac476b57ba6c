"""What pages show of a listing's life: which act comes next, what the law says now, grace and the archive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from core.calendar import DayType, days_left
from registry.choices import ListingStatus
from registry.lifecycle import ENDED, Act, may_act
from registry.models import GracePeriod, Listing
from registry.presenters import day
from registry.rules import terms
from registry.rules.masking import masked_name

_ACTS = (
    (Act.RESUME, "恢复措施"),
    (Act.SHIELD, "屏蔽（退出名单）"),
    (Act.CORRECT, "更正内容"),
    (Act.SUSPEND, "暂停措施（核实）"),
    (Act.EXTEND, "延长纳入期限"),
    (Act.REVOKE, "撤销（不应纳入）"),
)


def acts(listing: Listing, today: date) -> list[dict[str, Any]]:
    """What the court may do to the listing as it stands, each with its form's page; the obvious one comes first.

    While information is verified that is to end the verification; else to let go who may leave. A term is offered to
    be extended only where it runs and the circumstances allow it.
    """
    if listing.status in ENDED:
        address = reverse("archive_listing", args=[listing.pk])
        return [{"verb": "look", "label": "查阅档案（写明事由）", "url": address, "is_next": True}]
    offered = [(act, label) for act, label in _ACTS if may_act(listing.status, act)]
    if _extension(listing, today) is not None:
        offered = [(act, label) for act, label in offered if act is not Act.EXTEND]
    return [
        {"verb": act.value, "label": label, "url": reverse(f"listing_{act}", args=[listing.pk]), "is_next": n == 0}
        for n, (act, label) in enumerate(offered)
    ]


def _extension(listing: Listing, today: date) -> terms.Refusal | None:
    """Why the term may not even be extended by a year."""
    return terms.may_extend(
        terms.EXTENSIONS[0],
        circumstances=listing.circumstances,
        decided_on=listing.decided_on,
        term_ends_on=listing.term_ends_on,
        today=today,
    )


def grace_row(period: GracePeriod, today: date) -> dict[str, Any]:
    """A grace period with where it stands, and the days left of it."""
    if period.listing is not None and period.listing.status in ENDED:
        state = "已解决，不再纳入"
    elif period.listing is not None and period.listing.status != ListingStatus.PENDING:
        state = "期满，已纳入"
    elif period.ends_on < today:
        state = "已期满"
    else:
        state = "期满次日纳入" if period.listing else "宽限中"
    left = days_left(today, period.ends_on, DayType.CALENDAR)
    return {"period": period, "state": state, "days_left": left, "is_over": left < 0}


def archive_rows(listings: Iterable[Listing]) -> list[dict[str, Any]]:
    """Ended listings as the archive lists them: whose they are is only hinted at."""
    return [{"listing": each, "name": masked_name(each.name), "is_erased": bool(each.erased_at)} for each in listings]


def law_now(listing: Listing, today: date) -> list[dict[str, str]]:
    """What a reader of the listing must know of the law as it stands now: {level, title, text}."""
    said: list[tuple[str, str, str]] = []
    if listing.status == ListingStatus.REVOKED:
        said.append(
            ("warning", "已撤销，自始无效", "查到过此条目的单位都已收到通知，须逐一确认（法释〔2017〕7号第九条）。")
        )
    elif listing.status in ENDED:
        said.append(("info", "已退出名单", "名单内容转入限制查阅的档案，不再公布，不再适用任何措施。"))
    elif listing.status == ListingStatus.PENDING:
        grace = getattr(listing, "grace", None)
        until = f"宽限期到{day(grace.ends_on)}届满，次日自动生效。" if grace else ""
        text = f"{until}期间不公布、不适用任何措施（法发〔2019〕35号）；期间履行的，请办理屏蔽，即不再生效。"
        said.append(("info", "宽限期内", text))
    elif runs(listing, today):
        said.append(("info", f"纳入期限到{day(listing.term_ends_on)}届满", TERM_LAW))
    if listing.status not in ENDED and not listing.publishable:
        said.append(("warning", "不宜公开", "此条目不在公示查询中显示，只供依法核查的单位使用。"))
    if listing.status not in ENDED and listing.id_is_masked:
        text = "核查时只能提示“疑似”，不会直接认定。请在下次报送时补报完整号码。"
        said.append(("info", "证件号码不完整", text))
    return [{"level": level, "title": title, "text": text} for level, title, text in said]


def law_of_act(listing: Listing, act: Act, today: date) -> str:
    """What the law says at this point of the listing's life, "" where there is nothing to say."""
    if act is not Act.SHIELD or listing.status == ListingStatus.PENDING or not runs(listing, today):
        return ""
    return f"纳入期限到{day(listing.term_ends_on)}届满。{TERM_LAW}"


TERM_LAW = (
    "有期限的条目不因履行完毕自动退出，由法院决定提前删除（法释〔2017〕7号第二条第二款、第十条第二款）；"
    "期限届满次日自动退出。"
)


def runs(listing: Listing, today: date) -> bool:
    """Whether a term binds the listing."""
    return terms.term_runs(listing.circumstances, listing.term_ends_on, today)
