"""The catalogue's line in `doctor`."""

from __future__ import annotations

from measures.doctor import catalogue_is_whole
from measures.models import LegalBasis, Measure
from measures.services.loader import LoadReport

LAIWU = "莱芜区信用办〔2020〕17号"


def test_a_whole_catalogue_is_well(loaded: LoadReport) -> None:
    ok, sentence = catalogue_is_whole()
    assert ok
    assert sentence == "5 份文件、158 项措施齐全，29 项依据复核中，1 项只见于附录"


def test_missing_documents_are_named(db: None) -> None:
    ok, sentence = catalogue_is_whole()
    assert not ok
    assert f"缺少 {LAIWU}" in sentence


def test_missing_numbers_are_named(loaded: LoadReport) -> None:
    Measure.objects.filter(document__doc_number=LAIWU, number="10").update(in_force_to="2026-01-01")
    ok, sentence = catalogue_is_whole()
    assert not ok
    assert f"{LAIWU} 缺第 10 项" in sentence


def test_a_measure_without_a_basis_is_named(loaded: LoadReport) -> None:
    LegalBasis.objects.filter(measure__document__doc_number=LAIWU, measure__number="4").delete()
    ok, sentence = catalogue_is_whole()
    assert not ok
    assert "第4项 没有依据" in sentence
