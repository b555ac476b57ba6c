"""Loading the catalogue: complete, idempotent, versioned."""

from __future__ import annotations

import io
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection

from core.audit import AuditEntry
from core.errors import InvalidInput
from core.outbox import OutboxEvent
from measures.imports.files import DIRECTORY, Catalogue, MeasureEntry, read_catalogue
from measures.models import CatalogueVersion, Document, Law, LegalBasis, Measure, NamedUnit, Provision, Responsibility
from measures.services.catalogue import bound_measures
from measures.services.loader import LoadReport, load_catalogue, measure_id
from registry.models import Region
from tests.builders import NOW, TODAY, make_region
from tests.measures.builders import asker

LAIWU = "莱芜区信用办〔2020〕17号"
COUNTS = {
    "济槐信用办〔2020〕4号": 31,
    LAIWU: 36,
    "榕发改信用〔2017〕6号": 42,
    "历下信用办〔2020〕4号": 14,
    "湛委办发电〔2019〕25号": 35,
}
MODELS = (Document, Measure, NamedUnit, Responsibility, Law, Provision, LegalBasis, Region)


def with_change(catalogue: Catalogue, number: str, **fields: Any) -> Catalogue:
    """The catalogue with one Laiwu measure reworded."""

    def reword(entry: MeasureEntry) -> MeasureEntry:
        if entry.number != number:
            return entry
        return replace(entry, fields={**entry.fields, **fields}, digest=f"{number} {sorted(fields.items())}"[:64])

    return replace(
        catalogue,
        documents=tuple(
            replace(document, measures=tuple(reword(entry) for entry in document.measures))
            if document.fields["doc_number"] == LAIWU
            else document
            for document in catalogue.documents
        ),
    )


def without(catalogue: Catalogue, number: str) -> Catalogue:
    return replace(
        catalogue,
        documents=tuple(
            replace(document, measures=tuple(entry for entry in document.measures if entry.number != number))
            if document.fields["doc_number"] == LAIWU
            else document
            for document in catalogue.documents
        ),
    )


def test_every_shipped_measure_is_loaded(loaded: LoadReport) -> None:
    assert {each.doc_number: each.total for each in loaded.documents} == COUNTS
    assert {each.doc_number: len(each.added) for each in loaded.documents} == COUNTS
    for document in Document.objects.all():
        assert document.measures.count() == COUNTS[document.doc_number]
    assert Law.objects.count() == 55


def test_a_measure_has_the_same_id_in_every_installation(loaded: LoadReport) -> None:
    for measure in Measure.objects.select_related("document"):
        assert measure.pk == measure_id(measure.document.doc_number, measure.number, 1)


def test_loading_again_changes_nothing(loaded: LoadReport, shipped: Catalogue) -> None:
    before = {model: list(model.objects.order_by("pk").values()) for model in MODELS}
    audits, events = AuditEntry.objects.count(), OutboxEvent.objects.count()
    again = load_catalogue(catalogue=shipped, by="system", at=NOW + timedelta(days=3))
    assert not again.is_changed
    assert again.version == loaded.version
    assert {model: list(model.objects.order_by("pk").values()) for model in MODELS} == before
    assert (AuditEntry.objects.count(), OutboxEvent.objects.count()) == (audits, events)


def test_missing_regions_are_loaded_with_those_above_them(db: None, shipped: Catalogue) -> None:
    make_region("370116", "莱芜区")
    load_catalogue(catalogue=shipped, by="system", at=NOW)
    assert Region.objects.get(pk="440800").parent_id == "440000"
    assert Region.objects.get(pk="370102").parent_id == "370100"
    assert Region.objects.get(pk="350000").parent_id == "000000"


def test_regions_that_are_all_there_stay_as_they_are(loaded: LoadReport, shipped: Catalogue) -> None:
    Region.objects.filter(pk="370116").update(name="莱芜区（改名）")
    load_catalogue(catalogue=shipped, by="system", at=NOW)
    assert Region.objects.get(pk="370116").name == "莱芜区（改名）"


def test_a_document_of_an_unknown_region_is_refused(db: None, shipped: Catalogue) -> None:
    elsewhere = replace(shipped, documents=(replace(shipped.documents[0], region="990000"),))
    with pytest.raises(InvalidInput, match="990000"):
        load_catalogue(catalogue=elsewhere, by="system", at=NOW)
    assert not Document.objects.exists()


def test_a_changed_measure_goes_on_as_a_new_version(loaded: LoadReport, shipped: Catalogue) -> None:
    old = Measure.objects.get(document__doc_number=LAIWU, number="4")
    report = load_catalogue(catalogue=with_change(shipped, "4", title="新的名称"), by="system", at=NOW)
    laiwu = next(each for each in report.documents if each.doc_number == LAIWU)
    assert (laiwu.added, laiwu.changed, laiwu.withdrawn) == ([], ["4"], [])
    assert report.version > loaded.version
    new = Measure.objects.get(document__doc_number=LAIWU, number="4", version=2)
    kept = Measure.objects.get(pk=old.pk)
    assert (kept.title, kept.in_force_to) == (old.title, TODAY - timedelta(days=1))
    assert (new.title, new.in_force_from, new.in_force_to) == ("新的名称", TODAY, None)
    assert new.pk == measure_id(LAIWU, "4", 2)
    event = OutboxEvent.objects.latest("pk")
    assert event.topic == "catalogue.changed"
    assert event.payload == {"version": report.version, "replaced": [[str(old.pk), str(new.pk)]]}


def test_two_changes_on_one_day_never_overlap(loaded: LoadReport, shipped: Catalogue) -> None:
    load_catalogue(catalogue=with_change(shipped, "4", title="第二版"), by="system", at=NOW)
    load_catalogue(catalogue=with_change(shipped, "4", title="第三版"), by="system", at=NOW)
    versions = list(Measure.objects.filter(document__doc_number=LAIWU, number="4").order_by("version"))
    assert [each.version for each in versions] == [1, 2, 3]
    for earlier, later in pairwise(versions):
        assert earlier.in_force_to is not None
        assert later.in_force_from == earlier.in_force_to + timedelta(days=1)


def test_a_withdrawn_measure_ends_and_may_come_back(loaded: LoadReport, shipped: Catalogue) -> None:
    report = load_catalogue(catalogue=without(shipped, "21"), by="system", at=NOW)
    assert next(each for each in report.documents if each.doc_number == LAIWU).withdrawn == ["21"]
    measure = Measure.objects.get(document__doc_number=LAIWU, number="21")
    assert measure.in_force_to == TODAY - timedelta(days=1)
    again = load_catalogue(catalogue=without(shipped, "21"), by="system", at=NOW)
    assert not again.is_changed
    back = load_catalogue(catalogue=shipped, by="system", at=NOW)
    assert next(each for each in back.documents if each.doc_number == LAIWU).added == ["21"]
    assert Measure.objects.filter(document__doc_number=LAIWU, number="21", in_force_to=None).get().version == 2


def test_a_load_that_fails_leaves_nothing_behind(db: None, shipped: Catalogue) -> None:
    broken = with_change(shipped, "36", effect="score")
    with pytest.raises(Exception, match="measure_effect_is_known"):
        load_catalogue(catalogue=broken, by="system", at=NOW)
    assert not Document.objects.exists()
    assert not CatalogueVersion.objects.exists()


def test_measures_without_a_basis_rest_on_what_their_document_cites(loaded: LoadReport) -> None:
    for measure in Measure.objects.filter(document__source="000").with_everything():
        bases = [(basis.provision.law.key, basis.names_target, basis.source) for basis in measure.legal_bases.all()]
        if measure.needs_own_basis:
            assert bases == []
            assert measure.under_review
        else:
            assert bases == [("zhongbanfa-2016-64", "yes", "document"), ("jifagai-2018-3", "yes", "document")]
            assert not measure.under_review


def test_both_sides_of_a_conflict_are_stored(loaded: LoadReport) -> None:
    first = Measure.objects.with_everything().get(document__doc_number=LAIWU, number="1")
    assert [(row.source, row.unit.name) for row in first.responsibilities.all()] == [
        ("appendix", "区财政局"),
        ("body", "区行政审批局"),
    ]
    assert first.units_conflict
    customs = Measure.objects.with_everything().get(document__doc_number=LAIWU, number="10")
    assert (customs.in_body, customs.in_appendix) == (False, True)
    assert [(row.source, row.unit.name) for row in customs.responsibilities.all()] == [("appendix", "莱芜海关")]


def test_a_later_load_sees_a_basis_lapse(loaded: LoadReport, shipped: Catalogue) -> None:
    laws = tuple(
        replace(law, fields={**law.fields, "lapsed": True, "in_force_to": date(2026, 11, 19)})
        if law.fields["key"] == "zhongbanfa-2016-64"
        else law
        for law in shipped.laws
    )
    report = load_catalogue(catalogue=replace(shipped, laws=laws), by="system", at=NOW)
    third = Measure.objects.get(document__doc_number=LAIWU, number="3")
    assert third.under_review
    assert third.version == 1
    assert any(line.startswith(f"{LAIWU} 3：") for line in report.reviewed)


def test_a_new_version_is_seen_by_the_next_check(loaded: LoadReport, shipped: Catalogue) -> None:
    who = asker("370116", "区财政局")
    assert [each.answer["title"] for each in bound_measures(who) if each.answer["number"] == "4"] == [
        "依法依规限制参加政府采购活动"
    ]
    load_catalogue(catalogue=with_change(shipped, "4", title="新的名称"), by="system", at=NOW)
    assert [each.answer["title"] for each in bound_measures(who) if each.answer["number"] == "4"] == ["新的名称"]


# --- the files ---------------------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "catalogue"
    shutil.copytree(DIRECTORY, target)
    return target


def break_file(directory: Path, name: str, change: Any) -> None:
    data = yaml.safe_load((directory / name).read_text(encoding="utf-8"))
    change(data)
    (directory / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "place", "code"),
    [
        (lambda data: data["measures"][3].pop("units"), "001_laiwu.yaml 措施 4 units", "missing"),
        (lambda data: data["measures"][3].update(unit="x"), "001_laiwu.yaml 措施 4 unit", "unknown_field"),
        (lambda data: data["measures"][3].update(units="区财政局"), "001_laiwu.yaml 措施 4 units", "wrong_kind"),
        (lambda data: data["measures"][3].update(effect="score"), "001_laiwu.yaml 措施 4 effect", "unknown_value"),
        (lambda data: data["measures"][3].update(number="5"), "001_laiwu.yaml 措施 5", "duplicate"),
        (
            lambda data: data["measures"][3].update(in_appendix=False),
            "001_laiwu.yaml 措施 4 appendix",
            "appendix_mismatch",
        ),
        (
            lambda data: data["measures"][3]["legal_bases"][0].update(articles=["第九百条"]),
            "001_laiwu.yaml 措施 4 legal_bases government-procurement-law 第九百条",
            "unknown_provision",
        ),
        (
            lambda data: data["measures"][3]["legal_bases"][0].update(law="no-such-law"),
            "001_laiwu.yaml 措施 4 legal_bases no-such-law",
            "unknown_law",
        ),
        (lambda data: data["document"].update(date="2020年"), "001_laiwu.yaml 文件 date", "wrong_kind"),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_place(copy: Path, change: Any, place: str, code: str) -> None:
    break_file(copy, "001_laiwu.yaml", change)
    with pytest.raises(InvalidInput) as caught:
        read_catalogue(copy)
    assert (place, code) in {(problem.field, problem.code) for problem in caught.value.errors}


@pytest.mark.django_db
def test_the_command_names_faults_and_loads_nothing(copy: Path) -> None:
    (copy / "004_zhanjiang.yaml").write_text("measures: [", encoding="utf-8")
    heard = io.StringIO()
    with pytest.raises(CommandError, match="未载入"):
        call_command("load_catalogue", directory=copy, stderr=heard)
    assert "004_zhanjiang.yaml" in heard.getvalue()
    assert not Document.objects.exists()


@pytest.mark.django_db
def test_the_commands_load_print_and_export() -> None:
    said = io.StringIO()
    call_command("load_catalogue", stdout=said)
    assert f"{LAIWU}：36 项，新增 36，变更 0，撤回 0" in said.getvalue()
    said = io.StringIO()
    call_command("load_catalogue", stdout=said)
    assert f"{LAIWU}：36 项，新增 0，变更 0，撤回 0" in said.getvalue()
    assert "内容没有变化" in said.getvalue()
    out = io.StringIO()
    call_command("export_catalogue", stdout=out)
    documents = json.loads(out.getvalue())["documents"]
    assert {document["doc_number"]: len(document["measures"]) for document in documents} == COUNTS
    laiwu = next(document for document in documents if document["doc_number"] == LAIWU)
    fourth = next(measure for measure in laiwu["measures"] if measure["number"] == "4")
    assert fourth["units"] == ["区财政局"]
    assert fourth["units_open_ended"] is True
    tenth = next(measure for measure in laiwu["measures"] if measure["number"] == "10")
    assert (tenth["units"], tenth["units_appendix"], tenth["in_body"]) == ([], ["莱芜海关"], False)
    for document in documents:
        for measure in document["measures"]:
            assert measure.keys() >= {
                "id", "document", "number", "category", "item", "title", "title_raw", "code", "effect", "reaches",
                "incentive", "units", "units_open_ended", "units_appendix", "units_conflict", "wording_conflict",
                "in_body", "in_appendix", "under_review", "in_force_from", "in_force_to", "legal_bases",
            }  # fmt: skip
            for basis in measure["legal_bases"]:
                assert basis.keys() >= {
                    "law", "document_number", "articles", "sections", "names_target", "in_force", "successor",
                }  # fmt: skip


def test_two_loads_at_once_are_one_after_the_other(transactional_db: None, shipped: Catalogue) -> None:
    def load(_: int) -> LoadReport:
        try:
            return load_catalogue(catalogue=shipped, by="system", at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(load, range(2)))
    assert sorted(report.is_changed for report in reports) == [False, True]
    assert reports[0].version == reports[1].version
    assert Measure.objects.count() == sum(COUNTS.values())
