"""What a check answers, and what it must never answer (design.md §6)."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from unittest.mock import Mock, patch
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from agencies.choices import CheckChannel
from agencies.models import Check, HitMeasure
from agencies.rules.answer import outcome_hash
from agencies.services import checks
from agencies.services.checks import check_many
from agencies.services.questions import Party, Question, Refused, Related
from agencies.services.receipts import recheck, verify_receipt
from agencies.services.weighing import weigh
from core.errors import InvalidInput, NotAllowed, Unavailable
from core.models import AuditEntry
from registry.choices import ListingStatus
from registry.models import Change, Listing, MatchKey
from registry.services.feed import last_number
from tests.agencies.builders import RNG, ask, make_matter, make_measure
from tests.builders import (
    NOW,
    another_person_id,
    make_agency,
    make_clerk,
    make_listing,
    make_office,
    make_region,
    make_relation,
    make_staff,
    person_id,
)

pytestmark = pytest.mark.django_db
USCC = "91370116MA3TEXT184"


@pytest.fixture
def staff():
    return make_staff()


@pytest.fixture
def measure(staff):
    return make_measure()


def numbers(check: Check) -> list[str]:
    return [measure["number"] for match in check.answer["matches"] for measure in match["measures"]]


# --- a hit -----------------------------------------------------------------


def test_the_same_identifier_and_name_is_a_hit_with_the_units_measures(staff, measure):
    make_measure("9", units=("区民政局",))
    listing = make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    answer = check.answer
    assert (check.outcome, answer["outcome"]) == ("hit", "hit")
    (match,) = answer["matches"]
    assert match["listing"] == str(listing.pk)
    assert (match["level"], match["role"], match["asked"], match["status"]) == (
        "identifier",
        "subject",
        "subject",
        "active",
    )
    assert match["court"] == "莱芜区人民法院"
    assert match["id_masked"] == listing.id_masked
    (shown,) = match["measures"]
    assert (shown["id"], shown["number"], shown["effect"], shown["advice"]) == (
        str(measure.pk),
        "4",
        "restrict",
        "refuse",
    )
    assert shown["units"] == ["区财政局"]
    assert shown["legal_bases"][0]["law"] == "中华人民共和国政府采购法"
    assert answer["objection"]["to"] == "莱芜区人民法院"
    assert answer["needed"] == ""
    assert HitMeasure.objects.values_list("measure_id", "advice").get() == (measure.pk, "refuse")


def test_a_hit_without_a_binding_measure_is_still_a_hit(staff):
    make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    assert check.outcome == "hit"
    assert check.answer["matches"][0]["measures"] == []


def test_the_organisation_code_finds_the_social_credit_code_and_the_other_way_round(staff):
    make_listing("测试公司", USCC, kind="unit")
    assert ask(staff, "测试公司", USCC[8:17], "unit").outcome == "hit"
    Listing.objects.all().delete()
    make_listing("测试公司", USCC[8:17], kind="unit")
    assert ask(staff, "测试公司", USCC, "unit").outcome == "hit"


def test_everyday_spellings_of_a_number_are_read(staff):
    number = person_id()
    make_listing("王试例", number)
    assert ask(staff, " 王 试例", f"{number[:6]} {number[6:14]}-{number[14:]}".lower()).outcome == "hit"


# --- design §6, 1: never by name, never by a mask --------------------------


def test_a_name_alone_is_never_adverse(staff, measure):
    make_listing("王试例", person_id())
    make_listing("王试例")
    check = ask(staff, "王试例")
    assert check.outcome == "clear"
    assert check.answer["matches"] == []
    assert check.answer["same_name_count"] == 2
    assert "证件号码" in check.answer["needed"]
    assert not HitMeasure.objects.exists()


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        (lambda n: f"{n[:10]}****{n[-4:]}", lambda n: n),
        (lambda n: n, lambda n: f"{n[:10]}****{n[-4:]}"),
        (lambda n: f"{n[:10]}****{n[-4:]}", lambda n: f"{n[:6]}********{n[-4:]}"),
    ],
)
def test_a_masked_identifier_gives_possible_at_most_and_no_measure(staff, measure, listed, asked):
    number = person_id()
    make_listing("王试例", listed(number))
    check = ask(staff, "王试例", asked(number))
    assert check.outcome == "possible"
    assert numbers(check) == []
    assert check.answer["needed"]
    assert not HitMeasure.objects.exists()


def test_a_masked_identifier_with_another_name_gives_nothing(staff, measure):
    make_listing("王试例", f"{person_id()[:10]}****{person_id()[-4:]}")
    assert ask(staff, "李别人", person_id()).outcome == "clear"


def test_a_number_with_another_name_gives_possible_at_most(staff, measure):
    make_listing("王试例", person_id())
    check = ask(staff, "李别人", person_id())
    assert check.outcome == "possible"
    assert check.answer["matches"][0]["level"] == "candidate"
    assert numbers(check) == []


def test_another_number_under_the_same_name_is_clear_and_counted(staff, measure):
    make_listing("王试例", another_person_id())
    check = ask(staff, "王试例", another_person_id())
    assert check.outcome == "clear"
    assert check.answer["same_name_count"] == 1


def test_the_matched_listings_are_not_counted_as_namesakes(staff):
    number = another_person_id()
    make_listing("王试例", number)
    make_listing("王试例", number)
    make_listing("王试例", another_person_id())
    assert ask(staff, "王试例", number).answer["same_name_count"] == 1


# --- design §6, 2: what has ended or rests ---------------------------------


def test_a_suspended_listing_is_said_and_names_no_measure(staff, measure):
    make_listing("王试例", person_id(), status=ListingStatus.SUSPENDED)
    check = ask(staff, "王试例", person_id())
    assert check.outcome == "suspended"
    assert numbers(check) == []
    assert check.answer["matches"][0]["status"] == "suspended"


@pytest.mark.parametrize("status", [ListingStatus.PENDING, "gone"])
def test_what_is_not_on_the_list_is_not_found(staff, measure, status):
    listing = make_listing("王试例", person_id(), status=ListingStatus.PENDING)
    if status == "gone":
        MatchKey.objects.filter(listing=listing).delete()
    check = ask(staff, "王试例", person_id())
    assert (check.outcome, check.answer["matches"], check.answer["same_name_count"]) == ("clear", [], 0)


@pytest.mark.parametrize("status", ["shielded", "revoked", "expired"])
def test_an_ended_listing_is_not_found_even_if_its_keys_were_left_behind(staff, measure, status):
    listing = make_listing("王试例", person_id(), term_ends_on=NOW.date())
    Listing.objects.filter(pk=listing.pk).update(
        status=status, exit_ground="performed", exit_document="文", exit_on=NOW.date()
    )
    check = ask(staff, "王试例", person_id())
    assert (check.outcome, check.answer["matches"]) == ("clear", [])


# --- design §6, 3: no refusal without a basis ------------------------------


@pytest.mark.parametrize("effect", ["reference", "review"])
def test_a_reference_is_weighed_and_never_refused(staff, effect):
    make_measure(effect=effect)
    make_listing("王试例", person_id())
    (shown,) = ask(staff, "王试例", person_id()).answer["matches"][0]["measures"]
    assert shown["advice"] == "weigh"


@pytest.mark.parametrize(
    "change",
    [{"names_target": "no"}, {"needs_own_basis": True}, {"provision": {"lapsed": True}}],
    ids=str,
)
def test_a_measure_under_review_is_shown_and_never_enforced(staff, change):
    make_measure(**change)
    make_listing("王试例", person_id())
    (shown,) = ask(staff, "王试例", person_id()).answer["matches"][0]["measures"]
    assert (shown["advice"], shown["under_review"]) == ("none", True)


# --- design §6, 4: related persons -----------------------------------------


@pytest.fixture
def company():
    listing = make_listing("测试公司", USCC, kind="unit")
    make_relation(listing, "李关联", person_id(born="19800101"))
    return listing


def test_a_related_person_is_a_note_where_no_measure_reaches_so_far(staff, measure, company):
    check = ask(staff, "李关联", person_id(born="19800101"))
    assert check.outcome == "clear"
    assert check.answer["matches"] == []
    (note,) = check.answer["notes"]
    assert (note["role"], note["name"]) == ("legal_representative", "测试公司")
    assert "李关联" not in json.dumps([*check.answer["notes"], *check.answer["matches"]], ensure_ascii=False)


def test_a_related_person_is_a_hit_where_a_measure_reaches_that_role_and_never_appears_as_listed(staff, company):
    make_measure("七1", reaches=["subject", "legal_representative"])
    check = ask(staff, "李关联", person_id(born="19800101"))
    assert check.outcome == "hit"
    (match,) = check.answer["matches"]
    assert (match["role"], match["name"], match["asked_name"]) == ("legal_representative", "测试公司", "李关联")
    assert match["id_masked"] == USCC
    assert numbers(check) == ["七1"]


def test_a_measure_that_reaches_the_role_but_binds_another_unit_does_not_count(staff, company):
    make_measure("七1", reaches=["legal_representative"], units=("区民政局",))
    assert ask(staff, "李关联", person_id(born="19800101")).outcome == "clear"


@pytest.mark.parametrize(("considers", "outcome"), [([], "clear"), (["director"], "hit")])
def test_a_listed_director_counts_only_where_the_wording_says_to_look(staff, considers, outcome):
    make_measure(considers=considers)
    make_listing("钱董事", person_id())
    check = ask(staff, "好公司", USCC, "unit", related=(Related("director", "钱董事", person_id()),))
    assert check.outcome == outcome
    kind = "matches" if outcome == "hit" else "notes"
    assert (check.answer[kind][0]["asked"], check.answer[kind][0]["role"]) == ("director", "subject")


# --- the matter ------------------------------------------------------------


def test_a_registered_matter_narrows_the_measures(staff, measure):
    other = make_measure("5")
    make_listing("王试例", person_id())
    assert set(numbers(ask(staff, "王试例", person_id()))) == {"4", "5"}
    matter = make_matter(staff, "补贴审核", other)
    by_name = ask(staff, "王试例", person_id(), matter="补贴审核")
    assert (numbers(by_name), by_name.matter) == (["5"], matter)
    assert numbers(ask(staff, "王试例", person_id(), matter=matter.code)) == ["5"]


def test_an_unregistered_matter_is_recorded_and_narrows_nothing(staff, measure):
    make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id(), matter="临时事项")
    assert (numbers(check), check.matter, check.matter_text) == (["4"], None, "临时事项")


def test_only_the_measures_asked_about_are_answered(staff, measure):
    other = make_measure("5")
    make_listing("王试例", person_id())
    assert numbers(ask(staff, "王试例", person_id(), measures=(other.pk,))) == ["5"]


def test_another_regions_document_does_not_bind(staff):
    make_measure(region="370104", units=("区财政局",))
    make_listing("王试例", person_id())
    assert numbers(ask(staff, "王试例", person_id())) == []


# --- what cannot be asked --------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "number", "code"),
    [
        ("person", "370116199001010018"[:-1] + "9", "id_checksum"),
        ("person", "3.70116E+17", "id_float"),
        ("person", "370116199013010018", "id_birth_date"),
        ("unit", "91370116MA3TEXT185", "uscc_checksum"),
        ("unit", person_id(), "id_kind_mismatch"),
        ("person", USCC, "id_kind_mismatch"),
    ],
)
def test_an_impossible_identifier_is_refused_and_leaves_nothing(staff, kind, number, code):
    with pytest.raises(InvalidInput) as caught:
        ask(staff, "王试例", number, kind)
    assert caught.value.code == code
    assert [problem.field for problem in caught.value.errors] == ["subject.id_number"]
    assert number not in str(caught.value)
    assert not Check.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "subject.name"),
        ({"case_reference": ""}, "case_reference"),
        ({"case_reference": person_id()}, "case_reference"),
        ({"name": f"王试例{person_id()}"}, "subject.name"),
        ({"matter": person_id()}, "matter"),
        ({"related": (Related("cousin", "某人"),)}, "related.0.role"),
        ({"related": (Related("director", "某人", "1" * 18),)}, "related.0.id_number"),
        ({"kind": "robot"}, "subject.kind"),
    ],
    ids=str,
)
def test_a_question_that_makes_no_sense_names_its_field(staff, change, field):
    with pytest.raises(InvalidInput) as caught:
        ask(staff, **({"name": "王试例"} | change))
    assert caught.value.errors[0].field == field
    assert not Check.objects.exists()


@pytest.mark.parametrize("make", [make_clerk, make_office])
def test_only_units_may_check(make):
    with pytest.raises(NotAllowed):
        ask(make())


@pytest.mark.parametrize("place", ["find", "same_name_counts"])
def test_a_list_that_cannot_be_read_is_never_clear(staff, place):
    with (
        patch(f"agencies.services.weighing.{place}", side_effect=OperationalError("gone")),
        pytest.raises(Unavailable) as caught,
    ):
        ask(staff, "王试例", person_id())
    assert "不得视为未命中" in caught.value.detail
    assert not Check.objects.exists()


# --- the ledger ------------------------------------------------------------


def test_the_ledger_holds_no_identifier(staff, measure):
    number = another_person_id()
    make_listing("王试例", number)
    related = (Related("director", "钱董事", person_id()),)
    ask(staff, "王试例", number, related=related)
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY(%s)', [[f"%{number}%", f"%{person_id()}%"]]
            )
            assert cursor.fetchone()[0] == 0, table


def test_the_receipt_carries_the_day_in_shanghai(staff):
    at = NOW.replace(hour=17)  # one o'clock of the next day
    check = ask(staff, at=at)
    assert check.receipt.startswith("C20261121-")
    assert len(check.receipt) == len("C20261120-7K3M9Q2F")
    assert check.answer["checked_at"] == "2026-11-21T01:00:00+08:00"


def test_the_hash_seals_the_stored_answer(staff):
    check = Check.objects.get(pk=ask(staff, "王试例", person_id()).pk)
    assert outcome_hash(check.answer) == check.outcome_hash
    again = ask(staff, "王试例", person_id())
    assert again.outcome_hash != check.outcome_hash
    assert again.answer["nonce"] != check.answer["nonce"]


def test_a_taken_receipt_is_drawn_again(staff):
    ask(staff)
    taken = Check.objects.get().receipt.split("-")[1]
    draws = iter([taken, "ZZZZZZZZ"])
    with patch.object(checks, "readable_code", lambda n, rng: next(draws)):
        assert ask(staff).receipt.endswith("ZZZZZZZZ")
    assert Check.objects.count() == 2


def test_another_broken_constraint_is_not_taken_for_a_collision(staff):
    with (
        patch.object(Check.objects.__class__, "bulk_create", side_effect=IntegrityError("other")),
        pytest.raises(IntegrityError),
    ):
        ask(staff)


def test_every_check_is_audited_without_the_name(staff):
    check = ask(staff, "王试例", person_id())
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.actor_id) == ("check", str(check.pk), staff.pk)
    assert "王试例" not in str(entry.after)


def test_the_version_is_never_newer_than_what_was_matched(staff):
    calls = Mock()
    calls.version.side_effect = last_number
    calls.match.side_effect = weigh
    with patch.object(checks, "last_number", calls.version), patch.object(checks, "weigh", calls.match):
        ask(staff)
    assert [name for name, *_ in calls.mock_calls] == ["version", "match"]


def test_a_check_costs_the_same_whatever_it_finds(staff, measure):
    def cost(*given, **more) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask(staff, *given, **more)
        return len([query for query in queries if "SAVEPOINT" not in query["sql"]])

    nothing = cost("王试例", another_person_id())
    number = another_person_id()
    for n in range(5):
        make_listing("王试例", number, case_number=f"（2020）鲁0116执{n}号")
    for n in range(5):
        make_measure(f"8{n}")
    found = cost("王试例", number, related=tuple(Related("director", "王试例", number) for _ in range(5)))
    assert found == nothing + 2  # the named measures are written, and what the region says of objections is read


def test_a_unit_sees_only_its_own_checks(staff):
    other = make_staff("civil", make_agency("莱芜区民政局", units=("区民政局",)))
    check = ask(staff)
    assert Check.objects.visible_to(staff).get() == check
    assert not Check.objects.visible_to(other).exists()
    assert not Check.objects.visible_to(make_office()).exists()


# --- bulk ------------------------------------------------------------------


def many(staff, questions, **more):
    return check_many(
        questions=questions, by=staff, api_key=None, channel=CheckChannel.BULK, bulk_id=uuid4(), at=NOW, rng=RNG, **more
    )


def test_bulk_answers_in_the_order_asked(staff, measure):
    hit, other = another_person_id(), another_person_id()
    make_listing("王试例", hit)
    results = many(
        staff,
        [
            Question(Party("person", "李平安", other), "批1"),
            Question(Party("person", "王试例", hit), "批1"),
            Question(Party("person", "王试例", "1" * 18), "批1"),
            Refused("subject.name", "required", "请填写姓名或名称。"),
            Question(Party("person", "王试例", ""), "批1"),
        ],
    )
    assert [each.outcome if isinstance(each, Check) else each.code for each in results] == [
        "clear",
        "hit",
        "id_birth_date",
        "required",
        "clear",
    ]
    assert Check.objects.count() == 3
    assert Check.objects.values("bulk_id").distinct().count() == 1
    entry = AuditEntry.objects.get()
    assert entry.verb == "check_bulk"
    assert entry.after == {"bulk": str(Check.objects.values_list("bulk_id", flat=True)[0]), "answered": 3, "refused": 2}


def test_bulk_costs_one_look_up_per_thousand(staff):
    def cost(size: int) -> int:
        questions = [Question(Party("person", f"人{n}", another_person_id()), "批1") for n in range(size)]
        with CaptureQueriesContext(connection) as queries:
            many(staff, questions)
        return len([query for query in queries if "registry_matchkey" in query["sql"]])

    assert cost(1) == 1
    assert cost(300) == 1
    with patch.object(checks, "CHUNK", 100):
        assert cost(300) == 3


def test_bulk_is_limited(staff):
    with pytest.raises(InvalidInput) as caught:
        many(staff, [Refused("", "x", "x")] * 5_001)
    assert caught.value.code == "too_many_subjects"


def test_bulk_is_all_or_nothing(staff):
    questions = [Question(Party("person", f"人{n}", another_person_id()), "批1") for n in range(4)]
    with (
        patch.object(checks, "CHUNK", 2),
        patch.object(checks, "last_number", side_effect=[0, OperationalError("gone")]),
        pytest.raises(Unavailable),
    ):
        many(staff, questions)
    assert not Check.objects.exists()


# --- afterwards ------------------------------------------------------------


def test_nothing_has_changed_right_after_the_check(staff, measure):
    make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    now = recheck(check=check, at=NOW + timedelta(hours=1))
    assert (now.outcome, now.changed_since) == ("hit", False)


def test_a_listing_that_left_changes_the_answer_now_but_not_the_answer_then(staff, measure):
    listing = make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    MatchKey.objects.filter(listing=listing).delete()
    now = recheck(check=check, at=NOW)
    assert (now.outcome, now.changed_since) == ("clear", True)
    assert Check.objects.get().outcome == "hit"


def test_a_new_listing_changes_a_clear_check(staff):
    check = ask(staff, "王试例", person_id())
    make_listing("王试例", person_id())
    now = recheck(check=check, at=NOW)
    assert (now.outcome, now.changed_since) == ("hit", True)


def test_a_correction_of_a_matched_listing_counts_as_a_change(staff):
    listing = make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    Change.objects.create(kind="listed", listing=listing, at=NOW - timedelta(days=1))
    assert not recheck(check=check, at=NOW).changed_since
    Change.objects.create(kind="corrected", listing=listing, at=NOW + timedelta(hours=1))
    now = recheck(check=check, at=NOW + timedelta(hours=2))
    assert (now.outcome, now.changed_since) == ("hit", True)


def test_a_receipt_is_verified_without_personal_data(staff):
    make_listing("王试例", person_id())
    check = ask(staff, "王试例", person_id())
    found = verify_receipt(receipt=check.receipt.lower(), at=NOW)
    assert found is not None
    assert (found.unit, found.valid, found.changed_since) == ("莱芜区财政局", True, False)
    assert verify_receipt(receipt="C20261120-00000000", at=NOW) is None


@pytest.mark.django_db(transaction=True)
def test_two_units_may_check_at_the_same_time(staff):
    make_region()
    errors: list[BaseException] = []

    def one() -> None:
        try:
            ask(staff, "王试例", person_id())
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Check.objects.count() == 2
    assert len(set(Check.objects.values_list("receipt", flat=True))) == 2
