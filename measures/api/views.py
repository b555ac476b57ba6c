"""GET documents/ and measures/ (contract.md §3): read only, the same queries for one row and for two hundred."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from measures.api.access import MayReadCatalogue
from measures.api.filters import DocumentFilters, MeasureFilters
from measures.api.serializers import (
    CatalogueDocumentDetailSerializer,
    CatalogueDocumentSerializer,
    CatalogueMeasureSerializer,
)
from measures.models import Document, Measure
from measures.services.catalogue import document_record, measure_record


class DocumentList(GenericAPIView[Any]):
    permission_classes = (MayReadCatalogue,)
    serializer_class = CatalogueDocumentSerializer
    filterset_class = DocumentFilters
    queryset = Document.objects.none()

    def get_queryset(self) -> Any:
        return Document.objects.with_counts(localdate()).select_related("region").order_by("source")

    @extend_schema(
        operation_id="documents_list",
        summary="文件列表",
        tags=["措施目录"],
        responses=CatalogueDocumentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([_with_count(document) for document in page or []])


class DocumentDetail(GenericAPIView[Any]):
    permission_classes = (MayReadCatalogue,)
    serializer_class = CatalogueDocumentDetailSerializer
    queryset = Document.objects.none()
    filter_backends = ()

    @extend_schema(operation_id="documents_read", summary="一份文件及其现行措施", tags=["措施目录"])
    def get(self, request: Request, document_id: int) -> Response:
        today = localdate()
        document = get_object_or_404(Document.objects.with_counts(today).select_related("region"), pk=document_id)
        measures = Measure.objects.filter(document=document).current_on(today).with_everything().in_printed_order()
        return Response({**_with_count(document), "measures": [measure_record(measure, today) for measure in measures]})


class MeasureList(GenericAPIView[Any]):
    permission_classes = (MayReadCatalogue,)
    serializer_class = CatalogueMeasureSerializer
    filterset_class = MeasureFilters
    queryset = Measure.objects.none()

    def get_queryset(self) -> Any:
        return Measure.objects.with_everything().in_printed_order()

    @extend_schema(
        operation_id="measures_list",
        summary="措施列表",
        tags=["措施目录"],
        responses=CatalogueMeasureSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response([measure_record(measure, _asked_day(request)) for measure in page or []])


class MeasureDetail(GenericAPIView[Any]):
    permission_classes = (MayReadCatalogue,)
    serializer_class = CatalogueMeasureSerializer
    queryset = Measure.objects.none()
    filter_backends = ()

    @extend_schema(operation_id="measures_read", summary="一项措施", tags=["措施目录"])
    def get(self, request: Request, measure_id: str) -> Response:
        measure = get_object_or_404(Measure.objects.with_everything(), pk=measure_id)
        return Response(measure_record(measure, localdate()))


def _with_count(document: Any) -> dict[str, Any]:
    return {**document_record(document), "measure_count": document.measure_count}


def _asked_day(request: Request) -> date:
    """The day the filters have accepted, or today."""
    asked = request.query_params.get("in_force_on")
    return date.fromisoformat(asked) if asked else localdate()
