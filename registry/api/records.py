"""Whole listings for subscribers that keep a copy of the list, and its state, by which copies are compared."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.permissions import MayTakeRecords, SharedView, caller
from registry.api.schema import answered, asked, refusals
from registry.choices import ChangeKind, ListingStatus, RelationRole
from registry.services import handing
from registry.services.records import MOST_RECORDS

TAG = ["变更流"]
LISTING = "0190f5a2-7c1e-7d0a-9b3e-5f1c2a4d6e81"
HASH = "9f2c1f0c6c3b7e5d4a8b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5"


class RecordsAskedSerializer(serializers.Serializer[Any]):
    listings = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=MOST_RECORDS, help_text="条目，一次至多 200 个。"
    )


class RecordCourtSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    region = serializers.CharField()


class RecordExitSerializer(serializers.Serializer[Any]):
    ground = serializers.CharField(allow_blank=True)
    ground_text = serializers.CharField(allow_blank=True)
    document = serializers.CharField(allow_blank=True)
    on = serializers.DateField(allow_null=True)


class FormerNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    name_key = serializers.CharField()
    known_since = serializers.DateField()


class SealedIdentifierSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text="证件类型，取值同条目的 id_type。")
    sealed = serializers.CharField(help_text="证件号码，以订阅方的共享密钥封装（AES-256-GCM，绑定条目）。")
    is_key = serializers.BooleanField(help_text="主体以此号码区分。")


class RecordSubjectSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    name_key = serializers.CharField()
    former_names = FormerNameSerializer(many=True)
    identifiers = SealedIdentifierSerializer(many=True, help_text="非平台类订阅方、已退出的条目为空。")


class RecordRelationSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    role = serializers.ChoiceField(choices=RelationRole.choices)
    name = serializers.CharField()
    name_key = serializers.CharField()
    id_type = serializers.CharField(allow_blank=True)
    id_masked = serializers.CharField(allow_blank=True)
    sealed = serializers.CharField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)


class RecordLineSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.choices)
    at = serializers.DateTimeField()
    happened_on = serializers.DateField(allow_null=True)
    ground = serializers.CharField(allow_blank=True)
    document_number = serializers.CharField(allow_blank=True)
    before = serializers.DictField()
    after = serializers.DictField()


class RecordSerializer(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ListingStatus.choices)
    court = RecordCourtSerializer()
    case_key = serializers.CharField()
    name_key = serializers.CharField()
    facts = serializers.DictField(help_text="法释〔2017〕7号第六条所列公布内容及决定、期限。")
    id_type = serializers.CharField(allow_blank=True)
    id_masked = serializers.CharField(allow_blank=True)
    id_is_masked = serializers.BooleanField()
    fingerprint = serializers.CharField(allow_blank=True, help_text="完整证件号码的比对值，只有双方能算出。")
    listed_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    exit = RecordExitSerializer()
    subject = RecordSubjectSerializer()
    relations = RecordRelationSerializer(many=True)
    history = RecordLineSerializer(many=True)


class RecordsSerializer(serializers.Serializer[Any]):
    records = RecordSerializer(many=True)
    withheld = serializers.ListField(child=serializers.UUIDField(), help_text="没有，或不向此类订阅方提供。")


class StateQuerySerializer(serializers.Serializer[Any]):
    after = serializers.UUIDField(required=False, default=None, allow_null=True, help_text="只要此条目之后的。")
    limit = serializers.IntegerField(required=False, default=1000, min_value=1, max_value=1000)


class StateSerializer(serializers.Serializer[Any]):
    listing = serializers.UUIDField()
    digest = serializers.CharField(help_text="法院、案号、状态、公布内容、证件比对值和关联人员的摘要。")


class StatesSerializer(serializers.Serializer[Any]):
    listings = StateSerializer(many=True)
    has_more = serializers.BooleanField()


RECORD = {
    "listing": LISTING,
    "status": "active",
    "court": {"code": "鲁0116", "name": "莱芜区人民法院", "region": "370116"},
    "case_key": "2020|鲁0116|执|1234",
    "name_key": "王试例",
    "facts": {"kind": "person", "name": "王试例", "case_number": "（2020）鲁0116执1234号", "performance": "none"},
    "id_type": "resident_id",
    "id_masked": "370116********0018",
    "id_is_masked": False,
    "fingerprint": HASH[:32],
    "listed_at": "2026-11-01T01:00:00+00:00",
    "changed_at": "2026-11-01T01:00:00+00:00",
    "exit": {"ground": "", "ground_text": "", "document": "", "on": None},
    "subject": {
        "id": LISTING,
        "name": "王试例",
        "name_key": "王试例",
        "former_names": [],
        "identifiers": [{"type": "resident_id", "sealed": "3q2+7w…", "is_key": True}],
    },
    "relations": [],
    "history": [
        {
            "number": 10480,
            "kind": "listed",
            "at": "2026-11-01T01:00:00+00:00",
            "happened_on": "2020-04-28",
            "ground": "",
            "document_number": "",
            "before": {},
            "after": {},
        }
    ],
}


class RecordsView(SharedView):
    """By POST, for it is asked by a list of ids. Creates nothing but the note of who got what."""

    permission_classes = (MayTakeRecords,)

    @extend_schema(
        operation_id="records_retrieve",
        tags=TAG,
        summary="取得完整记录",
        description=(
            "供登记为订阅方的系统复制名单：平台类取得全部条目，证件号码以共享密钥封装；其他订阅方只取得可公开的条目，"
            "不含证件号码。每次取得均记入审计。密钥须含 records 范围。"
        ),
        request=RecordsAskedSerializer,
        responses={200: RecordsSerializer, **refusals(400)},
        examples=[
            asked("两个条目", {"listings": [LISTING]}),
            answered("记录", {"records": [RECORD], "withheld": []}),
        ],
    )
    def post(self, request: Request) -> Response:
        handing.subscriber_of(caller(request))
        sent = RecordsAskedSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        handed = handing.hand_over(listing_ids=sent.validated_data["listings"], by=caller(request), at=now())
        return Response({"records": handed.records, "withheld": [str(each) for each in handed.withheld]})


class RecordsStateView(SharedView):
    """The live list as ids and digests."""

    permission_classes = (MayTakeRecords,)

    @extend_schema(
        operation_id="records_state",
        tags=TAG,
        summary="在列名单的状态摘要",
        description="按条目 id 排列，供平台类订阅方逐页核对自己的副本；摘要只有持同一共享密钥的双方能够比较。",
        parameters=[StateQuerySerializer],
        responses={200: StatesSerializer, **refusals(400)},
        examples=[answered("一页", {"listings": [{"listing": LISTING, "digest": HASH}], "has_more": False})],
    )
    def get(self, request: Request) -> Response:
        sent = StateQuerySerializer(data=request.query_params)
        sent.is_valid(raise_exception=True)
        states = handing.hand_over_states(**sent.validated_data, by=caller(request), at=now())
        pairs = [{"listing": listing, "digest": digest} for listing, digest in states.listings]
        return Response({"listings": pairs, "has_more": states.has_more})
