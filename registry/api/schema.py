"""What every call of the registry's API says about itself: its refusals and its examples."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class FieldErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="字段路径，如 corrections.term_ends_on；空表示整个请求。")
    code = serializers.CharField()
    detail = serializers.CharField()


class ListErrorSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem+json."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="稳定代码。")
    detail = serializers.CharField()
    errors = FieldErrorSerializer(many=True)  # type: ignore[assignment]


_WORDS = {
    400: "请求格式有误",
    401: "未登录或密钥无效",
    403: "角色、范围或四眼规则不允许：role_required、scope_required、four_eyes",
    404: "没有，或者不属于本法院",
    409: "当前状态不允许：illegal_move、confirmation_needed、snapshot_unreadable_rows、nothing_to_reverse、too_old",
    422: "内容不成立；文件被拒收时 code 说明原因，如 file_no_header",
    429: "请求过于频繁",
}


def refusals(*statuses: int) -> dict[Any, OpenApiResponse]:
    """The problem answers of a call, with those that every call may give."""
    return {
        (status, "application/problem+json"): OpenApiResponse(ListErrorSerializer, _WORDS[status])
        for status in sorted({401, 403, 429, *statuses})
    }


IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="同一键的重复请求只办一次，24 小时内回答相同。"
)
FORMAT = OpenApiParameter("format", OpenApiTypes.STR, enum=["json", "xlsx"], description="xlsx 为标注了问题的工作簿。")
PURPOSE = OpenApiParameter("purpose", OpenApiTypes.STR, enum=["correct", "verify", "report"], description="导出用途。")


def asked(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def answered(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True)
