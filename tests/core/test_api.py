"""Problems, limits, pages and POSTs that happen once, as a client sees them."""

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.urls import path
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions, serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from core import rates
from core.api import IdempotentMixin, KeyThrottle, Pagination, PublicThrottle
from core.errors import DomainError, FieldProblem, InvalidInput, TooMany
from core.models import IdempotencyRecord, OutboxEvent

PROBLEM = "application/problem+json"


class Item(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)


class Order(serializers.Serializer[Any]):
    title = serializers.CharField()
    items = Item(many=True)

    def validate(self, attrs: Any) -> Any:
        if attrs["title"] == "whole":
            raise serializers.ValidationError("整体有误", code="whole_wrong")
        return attrs


ERRORS: dict[str, Exception] = {
    "domain": InvalidInput("证件号码校验位不符。", code="id_checksum", errors=[FieldProblem("a.0.b", "c", "d")]),
    "too-many": TooMany(),
    "http404": Http404("secret"),
    "forbidden": PermissionDenied("secret"),
    "unsupported": exceptions.UnsupportedMediaType("text/x"),
    "unforeseen": RuntimeError("secret 370116199001010003"),
}


class Open(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes: Any = ()


class Raising(Open):
    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name]


class Ordering(Open):
    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.data, 201)


class Closed(APIView):
    permission_classes = (IsAuthenticated,)
    throttle_classes = (KeyThrottle,)

    def get(self, request: Request) -> Response:
        return Response({})


class Public(Open):
    throttle_classes = (PublicThrottle,)

    def get(self, request: Request) -> Response:
        return Response({})


class Event(serializers.ModelSerializer[OutboxEvent]):
    class Meta:
        model = OutboxEvent
        fields = ("topic",)


class Listed(ListAPIView[OutboxEvent]):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    filter_backends = ()
    queryset = OutboxEvent.objects.order_by("id")
    serializer_class = Event
    pagination_class = Pagination
    throttle_classes = ()


class Creating(IdempotentMixin, APIView):
    permission_classes = (AllowAny,)
    parser_classes = (JSONParser, MultiPartParser)
    throttle_classes = ()

    def post(self, request: Request) -> Response:
        event = OutboxEvent.objects.create(topic="made", payload={})
        sent: Any = request.data
        if sent.get("fail") == "raise":
            raise InvalidInput
        if sent.get("fail") == "answer":
            return Response({}, 400)
        if sent.get("fail") == "crash":
            raise RuntimeError
        return Response({"id": event.pk, "name": "汉"}, 201)


urlpatterns = [
    path("raise/<name>/", Raising.as_view()),
    path("orders/", Ordering.as_view()),
    path("closed/", Closed.as_view()),
    path("public/", Public.as_view()),
    path("events/", Listed.as_view()),
    path("things/", Creating.as_view()),
    path("things/elsewhere/", Creating.as_view()),
]

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def api():
    return APIClient(raise_request_exception=False)


@pytest.mark.parametrize(
    ("name", "status", "code", "title"),
    [
        ("domain", 422, "id_checksum", "填写内容有误"),
        ("too-many", 429, "too_many", "请求过于频繁"),
        ("http404", 404, "not_found", "没有找到"),
        ("forbidden", 403, "permission_denied", "没有权限"),
        ("unsupported", 415, "unsupported_media_type", "不支持此内容类型"),
        ("unforeseen", 500, "internal_error", "服务器内部错误"),
    ],
)
def test_every_error_is_a_problem_and_says_nothing_it_should_not(api, name, status, code, title):
    response = api.get(f"/raise/{name}/")
    problem = response.json()
    assert (response.status_code, response["Content-Type"]) == (status, PROBLEM)
    assert (problem["status"], problem["code"], problem["title"]) == (status, code, title)
    assert set(problem) == {"type", "title", "status", "code", "detail", "errors"}
    assert "secret" not in response.content.decode()


def test_a_domain_error_brings_its_detail_and_fields(api):
    problem = api.get("/raise/domain/").json()
    assert problem["detail"] == "证件号码校验位不符。"
    assert problem["errors"] == [{"field": "a.0.b", "code": "c", "detail": "d"}]


def test_an_unforeseen_error_is_still_reported_to_the_operators(api, caplog):
    api.get("/raise/unforeseen/")
    assert any(record.exc_info and record.name == "core.api" for record in caplog.records)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"title": "required", "items": "required"}),
        ({"title": "t", "items": [{"name": "a"}, {"name": "long"}]}, {"items.1.name": "max_length"}),
        ({"title": "t", "items": "x"}, {"items": "not_a_list"}),
        ({"title": "whole", "items": []}, {"": "whole_wrong"}),
        ([], {"": "invalid"}),
    ],
)
def test_field_errors_are_flattened_to_dotted_paths(api, body, fields):
    response = api.post("/orders/", body, format="json")
    assert (response.status_code, response["Content-Type"]) == (400, PROBLEM)
    assert {error["field"]: error["code"] for error in response.json()["errors"]} == fields
    assert all(isinstance(error["detail"], str) for error in response.json()["errors"])


def test_malformed_json_is_a_problem(api):
    response = api.post("/orders/", "{", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_a_method_that_is_not_offered_is_a_problem_with_allow(api):
    response = api.delete("/orders/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in response["Allow"]


@pytest.mark.django_db
def test_a_stranger_is_not_let_in(api):
    response = api.get("/closed/")
    assert response.status_code in {401, 403}
    assert response.json()["code"] == "not_authenticated"


@pytest.mark.django_db
def test_pages_have_at_most_200_rows(api):
    OutboxEvent.objects.bulk_create([OutboxEvent(topic=str(n), payload={}) for n in range(201)])
    page = api.get("/events/?page_size=1000").json()
    assert (page["count"], len(page["results"]), page["previous"]) == (201, 200, None)
    assert len(api.get("/events/").json()["results"]) == 50
    assert api.get("/events/?page=99").status_code == 404


# --- limits


@pytest.fixture
def limited(monkeypatch):
    monkeypatch.setattr(rates.Rate, "parse", classmethod(lambda cls, text: rates.Rate(2, 3600)))


def test_the_answers_count_down_and_the_third_is_refused(api, limited):
    first, second, third = (api.get("/public/") for _ in range(3))
    assert [each.status_code for each in (first, second, third)] == [200, 200, 429]
    assert [each["RateLimit-Remaining"] for each in (first, second, third)] == ["1", "0", "0"]
    assert third["RateLimit-Limit"] == "2"
    assert 0 < int(third["Retry-After"]) <= int(third["RateLimit-Reset"]) <= 3601
    assert (third["Content-Type"], third.json()["code"]) == (PROBLEM, "throttled")


def test_another_address_has_its_own_count_and_a_forged_header_does_not_help(api, limited):
    for _ in range(3):
        refused = api.get("/public/", HTTP_X_FORWARDED_FOR="192.0.2.77")
    assert refused.status_code == 429
    assert api.get("/public/", HTTP_X_FORWARDED_FOR="192.0.2.78").status_code == 429
    assert api.get("/public/", REMOTE_ADDR="192.0.2.1").status_code == 200


def test_each_user_has_an_own_count(api, limited, user, other_user):
    for who, statuses in ((user, [200, 200, 429]), (other_user, [200])):
        api.force_authenticate(who)
        assert [api.get("/closed/").status_code for _ in statuses] == statuses


def test_without_a_cache_everybody_passes(api, limited, monkeypatch):
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RedisConnectionError

    monkeypatch.setattr("redis.Redis.execute_command", refuse)
    assert [api.get("/public/").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(("text", "limit", "seconds"), [("600/min", 600, 60), ("5/hour", 5, 3600), ("1/s", 1, 1)])
def test_rates_are_written_as_in_the_settings(text, limit, seconds):
    assert rates.Rate.parse(text) == rates.Rate(limit, seconds)


# --- POSTs that happen once


def made() -> int:
    return OutboxEvent.objects.filter(topic="made").count()


@pytest.mark.django_db
def test_a_repeated_post_happens_once_and_is_answered_alike(api, user):
    api.force_authenticate(user)
    first, second = (api.post("/things/", {"a": 1}, format="json", HTTP_IDEMPOTENCY_KEY="k1") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert made() == 1


@pytest.mark.django_db
def test_without_a_key_every_post_happens(api, user):
    api.force_authenticate(user)
    for _ in range(2):
        api.post("/things/", {"a": 1}, format="json")
    assert made() == 2
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db
def test_the_same_key_with_another_request_is_refused(api, user):
    api.force_authenticate(user)
    api.post("/things/", {"a": 1}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    response = api.post("/things/", {"a": 2}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    assert made() == 1


@pytest.mark.django_db
def test_the_order_of_keys_does_not_make_another_request(api, user):
    api.force_authenticate(user)
    for body in ('{"a":1,"b":2}', '{"b": 2, "a": 1}'):
        response = api.post("/things/", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k1")
        assert response.status_code == 201
    assert made() == 1


@pytest.mark.django_db
def test_a_key_belongs_to_one_account_and_one_path(api, user, other_user):
    api.force_authenticate(user)
    api.post("/things/", {}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    api.post("/things/elsewhere/", {}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    api.force_authenticate(other_user)
    api.post("/things/", {}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert made() == 3


@pytest.mark.parametrize("fail", ["raise", "answer", "crash"])
@pytest.mark.django_db
def test_a_failed_post_leaves_neither_a_record_nor_effects(api, user, fail):
    api.force_authenticate(user)
    response = api.post("/things/", {"fail": fail}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert response.status_code >= 400
    assert made() == 0
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.django_db
def test_files_are_told_apart_by_their_bytes(api, user):
    api.force_authenticate(user)

    def send(content: bytes) -> int:
        data = {"file": SimpleUploadedFile("list.csv", content), "note": "n"}
        return api.post("/things/", data, format="multipart", HTTP_IDEMPOTENCY_KEY="k1").status_code

    assert [send(b"one"), send(b"one"), send(b"two")] == [201, 201, 409]
    assert made() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
@pytest.mark.django_db
def test_a_key_is_short_and_visible(api, key):
    response = api.post("/things/", {}, format="json", HTTP_IDEMPOTENCY_KEY=key)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_invalid")


@pytest.mark.django_db
def test_the_stored_answer_is_encrypted(api, user):
    api.force_authenticate(user)
    api.post("/things/", {}, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM core_idempotencyrecord")
        assert "汉".encode() not in bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_simultaneous_duplicates_happen_once(user):
    answers: list[Any] = []

    def send() -> None:
        client = APIClient()
        client.force_authenticate(user)
        answers.append(client.post("/things/", {"a": 1}, format="json", HTTP_IDEMPOTENCY_KEY="k1").json())
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made() == 1
    assert len(answers) == 6
    assert all(answer == answers[0] for answer in answers)


def test_every_domain_error_has_a_code_a_status_and_a_chinese_title():
    family: list[type[DomainError]] = [DomainError, *DomainError.__subclasses__()]
    assert all(400 <= error.status < 600 and error.code and not error.title.isascii() for error in family)
    assert len({error.code for error in family}) == len(family)
