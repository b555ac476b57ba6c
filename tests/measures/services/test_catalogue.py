"""The shipped catalogue as a check reads it: who is bound, by what, with which advice."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from measures.models import Measure
from measures.rules.applicability import Binding, MatchFacts, counts
from measures.services.catalogue import BoundMeasure, bound_measures, catalogue_version, measure_advice
from measures.services.loader import LoadReport
from tests.builders import TODAY
from tests.measures.builders import asker

LAIWU = "莱芜区信用办〔2020〕17号"
SUBJECT = MatchFacts(role="subject", asked="subject", party_kind="person")


def by_number(bound: tuple[BoundMeasure, ...]) -> dict[str, BoundMeasure]:
    return {each.answer["number"]: each for each in bound}


def test_the_finance_bureau_is_bound_by_body_and_appendix(loaded: LoadReport) -> None:
    bound = by_number(bound_measures(asker("370116", "区财政局")))
    assert bound["4"].binding is Binding.BOTH
    assert bound["4"].answer["advice"] == "refuse"
    assert bound["4"].answer["units"] == ["区财政局"]
    assert bound["1"].binding is Binding.APPENDIX
    assert bound["1"].answer["binding_reason"] == "附录列明本单位为实施单位"
    assert {each.answer["document"] for each in bound.values()} == {LAIWU}


def test_the_customs_are_bound_by_the_measure_that_only_the_appendix_prints(loaded: LoadReport) -> None:
    bound = by_number(bound_measures(asker("370116", "莱芜海关")))
    assert set(bound) == {"10", "35"}
    assert bound["10"].answer["units"] == ["莱芜海关"]


def test_an_open_ended_list_binds_others_only_through_their_matter(loaded: LoadReport) -> None:
    fourth = Measure.objects.get(document__doc_number=LAIWU, number="4")
    assert "4" not in by_number(bound_measures(asker("370116", "区民政局")))
    bound = bound_measures(asker("370116", "区民政局", matter=[fourth.pk]))
    assert [(each.answer["number"], each.binding) for each in bound] == [("4", Binding.MATTER)]


def test_a_neighbouring_district_does_not_bind(loaded: LoadReport) -> None:
    assert {each.answer["document"] for each in bound_measures(asker("370104", "区财政局"))} == {
        "济槐信用办〔2020〕4号"
    }
    assert bound_measures(asker("370116", "无此单位")) == ()


@pytest.mark.parametrize("day", [date(2020, 11, 20), date(2020, 11, 21)])
def test_nothing_binds_before_the_document(loaded: LoadReport, day: date) -> None:
    assert bool(bound_measures(asker("370116", "区财政局", day=day))) is (day == date(2020, 11, 21))


def test_the_second_question_costs_one_query(loaded: LoadReport) -> None:
    who = asker("370116", "区财政局")
    bound_measures(who)
    with CaptureQueriesContext(connection) as queries:
        again = bound_measures(who)
    assert again
    assert len(queries) == 1


def test_an_answer_may_be_changed_by_its_reader(loaded: LoadReport) -> None:
    who = asker("370116", "区财政局")
    bound_measures(who)[0].answer["title"] = "改动"
    assert bound_measures(who)[0].answer["title"] != "改动"


def test_without_a_version_nothing_is_kept(db: None) -> None:
    assert catalogue_version() == 0
    assert bound_measures(asker("370116")) == ()


def test_no_measure_under_review_and_no_incentive_advises_anything(loaded: LoadReport) -> None:
    measures = list(Measure.objects.with_everything())
    assert any(measure.under_review for measure in measures)
    for measure in measures:
        said = measure_advice(measure, TODAY)
        if measure.under_review or measure.incentive:
            assert said == "none"
        elif {measure.effect, *(part["effect"] for part in measure.parts)} & {"reference", "review"}:
            assert said == "weigh"
        else:
            assert said != "none"


def test_no_incentive_counts_for_a_match(loaded: LoadReport) -> None:
    units = list(Measure.objects.filter(incentive=True).values_list("units__name", flat=True))
    bound = [each for each in bound_measures(asker("370102", *filter(None, units))) if each.facts.incentive]
    assert not any(counts(each.facts, SUBJECT) for each in bound)


def test_a_basis_that_lapses_after_the_load_stops_the_refusal_that_day(loaded: LoadReport) -> None:
    fourth = Measure.objects.with_everything().get(document__doc_number=LAIWU, number="4")
    for basis in fourth.legal_bases.all():
        basis.provision.valid_to = TODAY
        basis.provision.save()
    again = Measure.objects.with_everything().get(pk=fourth.pk)
    assert not again.under_review
    assert measure_advice(again, TODAY) == "refuse"
    assert measure_advice(again, date(2026, 11, 21)) == "none"


UNDER_REVIEW = {
    "济槐信用办〔2020〕4号": "6 8 9 15 26",
    LAIWU: "2 6 8 9 10 12 15 16 18 21 26 28 31",
    "榕发改信用〔2017〕6号": "一9",
    "历下信用办〔2020〕4号": " ".join(f"四（二）{item}" for item in range(1, 11)),
}


def test_the_measures_under_review_are_those_without_a_basis_that_carries_them(loaded: LoadReport) -> None:
    found: dict[str, list[str]] = {}
    for measure in Measure.objects.filter(under_review=True).select_related("document").in_printed_order():
        assert measure.review_reason
        found.setdefault(measure.document.doc_number, []).append(measure.number)
    assert {document: " ".join(numbers) for document, numbers in found.items()} == UNDER_REVIEW
