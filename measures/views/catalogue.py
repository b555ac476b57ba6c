"""The catalogue's pages: public, read only, printable."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from measures.choices import Advice, Effect
from measures.forms import CatalogueFilterForm, CompareForm
from measures.models import Document, Measure, NamedUnit
from measures.presenters import ADVICE_WORDS, EFFECT_WORDS, by_category, compare, description, row
from measures.querysets import MeasureQuerySet
from measures.rules.advice import advice

PER_PAGE = 40


def standing_measures() -> MeasureQuerySet:
    """The versions that stand today, whole, in printed order."""
    return Measure.objects.current_on(localdate()).with_everything().in_printed_order()


def crumbs(*more: tuple[str, str]) -> list[dict[str, str]]:
    return [{"label": label, "url": url} for label, url in (("措施目录", reverse("catalogue")), *more)]


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    form = CatalogueFilterForm(request.GET)
    page = Paginator(form.apply(standing_measures()), PER_PAGE).get_page(request.GET.get("page"))
    documents = list(Document.objects.with_counts(localdate()).select_related("region").order_by("source"))
    totals = {
        name: sum(getattr(document, name) for document in documents)
        for name in ("measure_count", "review_count", "conflict_count", "incentive_count")
    }
    context = {
        "form": form,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "page": page,
        "rows": [row(measure) for measure in page],
        "documents": documents,
        "totals": totals,
    }
    return render(request, "measures/catalogue.html", context)


@require_safe
def catalogue_document(request: HttpRequest, document_id: int) -> HttpResponse:
    document = get_object_or_404(Document.objects.with_counts(localdate()).select_related("region"), pk=document_id)
    measures = standing_measures().filter(document=document)
    context = {"document": document, "categories": by_category(measures), "crumbs": crumbs()}
    return render(request, "measures/catalogue_document.html", context)


@require_safe
def catalogue_units(request: HttpRequest) -> HttpResponse:
    today = localdate()
    current = Q(measures__in_force_from__lte=today) & (
        Q(measures__in_force_to__isnull=True) | Q(measures__in_force_to__gte=today)
    )
    units = (
        NamedUnit.objects.annotate(measure_count=Count("measures", filter=current, distinct=True))
        .filter(measure_count__gt=0)
        .select_related("region")
        .order_by("region__code", "-measure_count", "id")
    )
    return render(request, "measures/catalogue_units.html", {"units": units, "crumbs": crumbs()})


@require_safe
def catalogue_unit(request: HttpRequest, unit_id: int) -> HttpResponse:
    unit = get_object_or_404(NamedUnit.objects.select_related("region"), pk=unit_id)
    context = {
        "unit": unit,
        "rows": [row(measure) for measure in standing_measures().naming(unit.pk)],
        "crumbs": crumbs(("责任单位", reverse("catalogue_units"))),
    }
    return render(request, "measures/catalogue_unit.html", context)


@require_safe
def catalogue_effects(request: HttpRequest) -> HttpResponse:
    counts = dict(Measure.objects.current_on(localdate()).order_by().values_list("effect").annotate(Count("pk")))
    effects = [
        {
            "value": effect.value,
            "label": effect.label,
            "words": EFFECT_WORDS[effect],
            "advice": (advised := advice(effect.value, (), under_review=False, incentive=False)),
            "advice_words": ADVICE_WORDS[Advice(advised)],
            "count": counts.get(effect.value, 0),
        }
        for effect in Effect
    ]
    return render(request, "measures/catalogue_effects.html", {"effects": effects, "crumbs": crumbs()})


@require_safe
def catalogue_measure(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    measure = get_object_or_404(Measure.objects.with_everything(), pk=measure_id)
    codes = [code for code in [measure.code, *measure.also_codes] if code]
    alike = Q(code__in=codes) | Q(also_codes__overlap=codes)
    others = standing_measures().filter(alike).exclude(document=measure.document) if codes else []
    document = measure.document
    context = {
        "measure": measure,
        "said": description(measure, localdate()),
        "is_current": measure.in_force_to is None or measure.in_force_to >= localdate(),
        "versions": Measure.objects.filter(document=document, number=measure.number).order_by("-version"),
        "others": [row(other) for other in others],
        "crumbs": crumbs((document.doc_number, reverse("catalogue_document", args=[document.pk]))),
    }
    return render(request, "measures/catalogue_measure.html", context)


@require_safe
def catalogue_compare(request: HttpRequest) -> HttpResponse:
    documents = list(Document.objects.order_by("source"))
    chosen = dict(zip(("left", "right"), (document.pk for document in documents), strict=False))
    form = CompareForm({**chosen, **request.GET.dict()})
    context: dict[str, object] = {"form": form, "crumbs": crumbs()}
    if form.is_valid():
        left, right = form.cleaned_data["left"], form.cleaned_data["right"]
        measures = list(standing_measures().filter(document__in=[left, right]))
        context |= {
            "left": left,
            "right": right,
            "comparison": compare(
                [measure for measure in measures if measure.document_id == left.pk],
                [measure for measure in measures if measure.document_id == right.pk],
            ),
        }
    return render(request, "measures/catalogue_compare.html", context, status=200 if form.is_valid() else 422)
