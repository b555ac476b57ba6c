"""What the pages show of a stored answer: words for a desk clerk to read aloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_date

from agencies.choices import AskedRole, Outcome, UserRole
from agencies.models import Check, User
from agencies.services.receipts import Now
from measures.choices import Advice, Effect
from measures.models import Measure
from registry.choices import Role
from registry.rules.matching import MatchLevel

ADVICE_WORDS = {
    Advice.REFUSE: "依照下列依据对申请人作出限制，并在决定书中写明措施编号和依据。",
    Advice.WEIGH: "作为审慎参考：结合案情权衡，写明理由，不得仅凭名单拒绝。",
    Advice.ACT: "依职责办理相应事项，不影响对申请人本次申请的审批结论。",
    Advice.NONE: "依据正在法制审核，仅作提示，不得据此作出任何限制。",
}
TO_DO = {
    Advice.REFUSE: "应予限制",
    Advice.WEIGH: "审慎考量",
    Advice.ACT: "依职责办理",
    Advice.NONE: "不得据此处理",
}
NOT_COMPARED = (
    "缺少证件号码，未作比对",
    "姓名或名称相同不等于同一主体，不得据此作出不利决定。请取得证件号码后重新核查。",
)


@dataclass(frozen=True, slots=True)
class Banner:
    """The answer in one line; `look` is the outcome whose colours and sign it takes, "" words mean the usual ones."""

    look: str
    words: str
    sentence: str


def banner(check: Check) -> Banner:
    """A question without an identifier was not compared, so it must not look like an all-clear."""
    if check.outcome == Outcome.CLEAR and not check.subject_id_masked:
        return Banner(Outcome.POSSIBLE, *NOT_COMPARED)
    if check.outcome == Outcome.HIT:
        return Banner(Outcome.HIT, "", hit_words(check))
    return Banner(check.outcome, "", "")


def hit_words(check: Check) -> str:
    """What was found, why, and what to do: sentences to be read aloud."""
    sure = [match for match in check.answer["matches"] if match["level"] == MatchLevel.IDENTIFIER]
    first = sure[0]
    found = f"证件号码一致：{relation_words(first)}（{first['court']}，{first['case_number']}"
    found += f"，另有 {len(sure) - 1} 条）。" if len(sure) > 1 else "）。"
    counted = Counter(measure["advice"] for match in sure for measure in match["measures"])
    if not counted:
        return found + "没有措施要求本单位在此事项中处理，请照常办理并保留回执。"
    to_do = "，".join(f"{words} {counted[advice]} 项" for advice, words in TO_DO.items() if counted[advice])
    return f"{found}本单位的措施：{to_do}。请逐项办理，并告知当事人异议途径。"


REVOKED = (
    "该名单已撤销，自始无效（法释〔2017〕7号第九条）。以下是当时的回答，不得再作为任何决定的依据；"
    "据此作出的限制应当解除，据此形成的记录应当更正。"
)


def matches(check: Check, user: User, revoked: Collection[str] = ()) -> list[dict[str, Any]]:
    """The matches of the stored answer with words, conflicts of the documents and the next step for each measure."""
    ids = [measure["id"] for match in check.answer["matches"] for measure in match["measures"]]
    conflicts: Mapping[str, tuple[str, str]] = {
        str(pk): (units, wording)
        for pk, units, wording in Measure.objects.filter(pk__in=ids).values_list(
            "pk", "units_conflict", "wording_conflict"
        )
    }
    return [
        {**_match(match, check, user, conflicts), "is_revoked": match["listing"] in revoked}
        for match in check.answer["matches"]
    ]


def _match(match: dict[str, Any], check: Check, user: User, conflicts: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    ordered = sorted(match["measures"], key=lambda measure: list(Advice).index(Advice(measure["advice"])))
    counted = Counter(measure["advice"] for measure in ordered)
    return {
        **match,
        "tally": [{"advice": advice, "count": counted[advice]} for advice in Advice.values if counted[advice]],
        "until": parse_date(match["until"]) if match["until"] else None,
        "relation": relation_words(match),
        "measures": [
            {
                **measure,
                "legal_bases": grouped(measure["legal_bases"]),
                "advice_words": ADVICE_WORDS[Advice(measure["advice"])],
                "effect_label": Effect(measure["effect"]).label,
                "conflicts": [each for each in conflicts.get(measure["id"], ()) if each],
                "enforce_url": enforce_url(check, match["listing"], measure["id"], user),
            }
            for measure in ordered
        ],
    }


def grouped(bases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Provisions of one law that stand alike, on one line; what has been replaced stays on its own."""
    lines: list[dict[str, Any]] = []
    for basis in bases:
        last = lines[-1] if lines else None
        alike = ("law", "in_force", "names_target", "successor")
        if last and basis["in_force"] and all(last[name] == basis[name] for name in alike):
            last["article"] = f"{last['article']}、{basis['article']}"
        else:
            lines.append(dict(basis))
    return lines


def relation_words(met: Mapping[str, Any]) -> str:
    """Who the asked person is to the question and to the listing, in one phrase."""
    asked = "申请人" if met["asked"] == "subject" else f"申请人的{AskedRole(met['asked']).label}"
    if met.get("level") == MatchLevel.CANDIDATE:
        whose = "本人" if met["role"] == Role.SUBJECT else f"的{Role(met['role']).label}"
        return f"尚未确认：这条名单{whose}可能是{asked}，也可能是其他人"
    if met["role"] == Role.SUBJECT:
        return f"{asked}本人在列"
    return f"{asked}是在列单位的{Role(met['role']).label}，本人不在名单上"


def notes(check: Check, revoked: Collection[str] = ()) -> list[dict[str, Any]]:
    return [
        {**note, "relation": relation_words(note), "is_revoked": note["listing"] in revoked}
        for note in check.answer["notes"]
    ]


def enforce_url(check: Check, listing_id: str, measure_id: str, user: User) -> str:
    """Where the decision on this measure is recorded; "" where that is not served or not this user's to do."""
    if user.role != UserRole.AGENCY_STAFF:
        return ""
    try:
        return f"{reverse('enforcement_create')}?check={check.receipt}&measure={measure_id}&listing={listing_id}"
    except NoReverseMatch:
        return ""


def asked_people(check: Check) -> list[dict[str, str]]:
    """The related persons of the question, as asked."""
    return [
        {"role": AskedRole(each["asked"]).label, "name": each["name"], "id_masked": each["id_masked"]}
        for each in check.asked
        if each["asked"] != "subject"
    ]


def now_words(check: Check, now: Now) -> str:
    """What has become of the answer, "" when it still stands."""
    if not now.changed_since:
        return ""
    return f"核查之后情况有变化，现在的结果是“{now.outcome.label}”。以下是当时的回答；作出决定前请重新核查。"
