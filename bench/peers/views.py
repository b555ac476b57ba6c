"""The obvious API: a viewset with a filter and a token, a bulk view that asks once per item. Nothing is recorded."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import routers, serializers, viewsets
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from bench.peers.models import PlainListing


class ListingSerializer(serializers.ModelSerializer[PlainListing]):
    class Meta:
        model = PlainListing
        fields = "__all__"


class QuestionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    id_number = serializers.CharField()


class ListingViewSet(viewsets.ReadOnlyModelViewSet[PlainListing]):
    queryset = PlainListing.objects.all().order_by("pk")
    serializer_class = ListingSerializer
    filterset_fields = ["id_number", "status"]


@api_view(["POST"])
def bulk(request: Request) -> Response:
    asked: Any = request.data
    questions = QuestionSerializer(data=asked["subjects"], many=True)
    questions.is_valid(raise_exception=True)
    results = []
    for index, question in enumerate(questions.validated_data):
        found = PlainListing.objects.filter(id_number=question["id_number"], status="active").first()
        listing = ListingSerializer(found).data if found else None
        results.append({"index": index, "outcome": "hit" if found else "clear", "listing": listing})
    return Response({"results": results})


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


router = routers.SimpleRouter()
router.register("listings", ListingViewSet)
urlpatterns = [path("healthz", healthz), path("bulk/", bulk), *router.urls]
