"""Who is offered which pages: the navigation of each work place (design §8)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class Place:
    """A work place: its name, the URL name of its first page, and its entries as (label, URL name)."""

    label: str
    home: str
    entries: tuple[tuple[str, str], ...]


CATALOGUE = ("措施目录", "catalogue")

COURT = Place(
    "法院工作台",
    "court_home",
    (
        ("工作台", "court_home"),
        ("名单批次", "court_batches"),
        ("名单", "court_listings"),
        ("风险提示", "court_notices"),
        ("宽限期", "court_grace"),
        ("档案", "court_archive"),
        ("异议与退出", "court_remedies"),
        ("向机关报告", "organ_reports"),
        ("解除进度", "court_releases"),
        ("单位反馈", "court_feedback"),
        ("谁已同步", "court_feed"),
        ("名单来源", "court_sources"),
        CATALOGUE,
    ),
)
AGENCY = Place(
    "单位工作台",
    "agency_check",
    (
        ("核查", "agency_check"),
        ("核查记录", "agency_checks"),
        ("执行", "agency_enforcements"),
        ("解除任务", "agency_releases"),
        ("异议", "agency_objections"),
        ("信用修复", "agency_repairs"),
        ("报告", "agency_reports"),
        ("反馈", "agency_feedback"),
        CATALOGUE,
    ),
)
CREDIT_OFFICE = Place(
    "信用办工作台",
    "credit_dashboard",
    (
        ("总览", "credit_dashboard"),
        ("报告", "credit_reports"),
        ("单位", "credit_units"),
        ("解除进度", "credit_releases"),
        ("谁已同步", "subscribers"),
        CATALOGUE,
    ),
)
ADMINISTRATION = Place(
    "管理工作台",
    CREDIT_OFFICE.home,
    (("单位与操作员", "admin_desk"), ("名单来源", "sources"), *CREDIT_OFFICE.entries),
)
PUBLIC = Place(
    "公众服务",
    "public_search",
    (("公示查询", "public_search"), CATALOGUE, ("登录", "sign_in")),
)

PLACE_OF_ROLE = {
    "clerk": COURT,
    "reviewer": COURT,
    "agency_staff": AGENCY,
    "credit_office": CREDIT_OFFICE,
    "administrator": ADMINISTRATION,
}


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: `navigation`, a list of {label, url, current, count}, and `work_place`, {label, url}.

    At most one entry is current: the one whose address is the longest beginning of the request's path.
    `count` is the number of open tasks where the view has put one in `request.navigation_counts[url_name]`.
    """
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    place = PLACE_OF_ROLE.get(getattr(user, "role", ""), PUBLIC) if signed_in else PUBLIC
    counts: dict[str, int] = getattr(request, "navigation_counts", {})
    entries = []
    for label, name in place.entries:
        url = address(name)
        if url and not (signed_in and name == "sign_in"):
            entries.append({"label": label, "url": url, "current": False, "count": counts.get(name)})
    beneath = [entry for entry in entries if request.path.startswith(str(entry["url"]))]
    if beneath:
        max(beneath, key=lambda entry: len(str(entry["url"])))["current"] = True
    return {"navigation": entries, "work_place": {"label": place.label, "url": address(place.home) or "/"}}


def address(name: str) -> str | None:
    """The address of a named page, or None where this installation does not serve it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
