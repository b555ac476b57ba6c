"""Who is found, how surely, and who is not."""

from datetime import date, timedelta

import pytest
from django.utils.timezone import localdate

from registry.choices import KeyKind
from registry.rules.identifiers import read_identifier
from registry.rules.names import fold
from registry.rules.types import PartyKind
from registry.services import matching
from registry.services.identity import party_keys
from registry.services.matching import AskedParty, MatchLevel, find, same_name_counts
from tests.builders import TODAY, another_person_id, make_listing, make_relation, person_id

pytestmark = pytest.mark.django_db
USCC, ORG, NAME = "91370116MA3TEXT184", "MA3TEXT18", "济南试例商贸有限公司"


def party(name, number, kind="person", asked="subject"):
    identified = read_identifier(number, kind=PartyKind(kind), today=TODAY)
    return AskedParty(asked, kind, name, fold(name), party_keys(kind, identified, fold(name)).pairs)


def levels(*parties):
    return [(found.party, found.role, found.level.value) for found in find(parties)]


SURE, DOUBT = [(0, "subject", "identifier")], [(0, "subject", "candidate")]


def test_the_same_number_and_name_is_sure():
    number = another_person_id()
    listing = make_listing("王试例", number)
    assert levels(party("王试例", number)) == SURE
    found = find([party("王试例", number)])[0]
    assert (found.listing_id, found.name, found.court_name, found.status) == (
        listing.pk, "王试例", "莱芜区人民法院", "active",
    )  # fmt: skip


def test_the_same_number_with_another_name_is_a_doubt():
    number = another_person_id()
    make_listing("王试例", number)
    assert levels(party("李别人", number)) == DOUBT


def test_a_former_name_takes_nothing_away():
    number = another_person_id()
    listing = make_listing("王试例", number)
    listing.subject.former_names.create(name="王旧名", name_key=fold("王旧名"), known_since=date(2020, 1, 1))
    assert levels(party("王旧名", number)) == SURE


def test_a_name_alone_finds_nobody():
    make_listing("王试例")
    assert levels(party("王试例", "")) == []
    assert levels(party("王试例", another_person_id())) == []


def test_a_masked_listing_is_a_doubt_and_never_more():
    number = person_id(born="19880808")
    make_listing("王试例", f"{number[:10]}****{number[-4:]}")
    assert levels(party("王试例", number)) == DOUBT
    assert levels(party("李别人", number)) == []
    assert levels(party("王试例", person_id(born="19870808"))) == []


def test_a_short_mask_is_a_doubt():
    number = person_id(born="19880808")
    make_listing("王试例", f"{number[:6]}********{number[-4:]}")
    assert levels(party("王试例", number)) == DOUBT


def test_a_masked_question_is_a_doubt():
    number = person_id(born="19880808")
    make_listing("王试例", number)
    assert levels(party("王试例", f"{number[:10]}****{number[-4:]}")) == DOUBT


@pytest.mark.parametrize(("listed", "asked"), [(USCC, ORG), (ORG, USCC), (USCC, USCC), (ORG, ORG)])
def test_an_organisation_code_inside_a_credit_code_is_sure(listed, asked):
    make_listing(NAME, listed, kind="unit")
    assert levels(party(NAME, asked, "unit")) == SURE


def test_two_credit_codes_with_one_organisation_code_are_two_units():
    from registry.rules.identifiers import uscc_check_character

    body = "92" + USCC[2:17]
    make_listing(NAME, USCC, kind="unit")
    assert levels(party(NAME, body + uscc_check_character(body), "unit")) == []


@pytest.mark.parametrize(
    ("status", "found"),
    [("pending", 0), ("active", 1), ("suspended", 1), ("shielded", 0), ("revoked", 0), ("expired", 0)],
)
def test_only_live_listings_are_found_even_if_a_key_had_been_left(status, found):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ended = {"exit_ground": "performed", "exit_document": "文号", "exit_on": TODAY, "term_ends_on": TODAY}
    type(listing).objects.filter(pk=listing.pk).update(
        status=status, **(ended if status in {"shielded", "revoked", "expired"} else {})
    )
    assert len(find([party("王试例", number)])) == found


@pytest.mark.parametrize(("days", "found"), [(-1, 0), (0, 1), (1, 1), (None, 1)])
def test_a_listing_whose_term_is_over_is_not_found_even_before_its_exit_is_written(days, found):
    number = another_person_id()
    listing = make_listing("王试例", number)
    ends = None if days is None else localdate() + timedelta(days=days)
    type(listing).objects.filter(pk=listing.pk).update(term_ends_on=ends, decided_on=None)
    assert len(find([party("王试例", number)])) == found


def test_a_related_person_is_found_in_the_role_and_by_the_relations_name():
    number = another_person_id()
    listing = make_listing(NAME, USCC, kind="unit")
    make_relation(listing, "李关联", number)
    found = find([party("李关联", number), party("张别人", number)])
    assert [(f.party, f.role, f.level.value, f.relation_name, f.name) for f in found] == [
        (0, "legal_representative", "identifier", "李关联", NAME),
        (1, "legal_representative", "candidate", "李关联", NAME),
    ]


def test_all_parties_are_asked_in_one_query(django_assert_num_queries):
    numbers = [another_person_id() for _ in range(30)]
    for number in numbers[::3]:
        make_listing("王试例", number)
    with django_assert_num_queries(1):
        found = find([party("王试例", number) for number in numbers])
    assert [each.party for each in found] == list(range(0, 30, 3))
    with django_assert_num_queries(0):
        assert find([party("王试例", "")]) == []


def test_every_pair_of_key_kinds_has_an_answer():
    said = {(a, b) for a in KeyKind for b in KeyKind if (a, b) in matching.RELATIONS}
    exact, derived, mask, short = KeyKind.EXACT, KeyKind.DERIVED, KeyKind.MASK, KeyKind.MASK_DERIVED
    assert said == {(exact, exact), (exact, derived), (derived, exact), (mask, mask), (mask, short), (short, mask)}


def test_namesakes_are_counted_among_active_listings():
    make_listing("王试例")
    make_listing("王试例")
    make_listing("王试例", status="suspended")
    assert same_name_counts([fold("王试例"), fold("李无人"), ""]) == {fold("王试例"): 2}


def test_levels_are_the_rules_own():
    assert {level.value for level in MatchLevel} == {"identifier", "candidate", "different", "none"}
