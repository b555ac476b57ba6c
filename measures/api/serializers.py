"""The shape of the catalogue's answers (contract.md §3); the values come from `services.catalogue`."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from measures.choices import BasisSource, Effect, NamesTarget


def texts(**options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), **options)


class CatalogueBasisSerializer(serializers.Serializer[Any]):
    """One law with the provisions that the measure cites."""

    law = serializers.CharField()
    document_number = serializers.CharField(allow_blank=True)
    articles = texts()
    sections = texts()
    names_target = serializers.ChoiceField(
        choices=NamesTarget.choices, help_text="所引条文是否指向失信被执行人，取其中最明确的"
    )
    in_force = serializers.BooleanField(help_text="所引条文中至少一条仍以原条号有效")
    successor = serializers.CharField(allow_null=True, help_text="已失效或改号的条文现在何处")
    source = serializers.ChoiceField(  # type: ignore[assignment]
        choices=BasisSource.choices, help_text="措施自身的依据，或文件序言所列依据"
    )
    says = serializers.CharField(allow_blank=True, help_text="内容概述，非原文")


class CataloguePartSerializer(serializers.Serializer[Any]):
    """One of several effects in one wording."""

    effect = serializers.ChoiceField(choices=Effect.choices)
    text = serializers.CharField()


EXAMPLE = {
    "id": "7a0c4f9e-0000-5000-8000-000000000000",
    "document": "莱芜区信用办〔2020〕17号",
    "number": "4",
    "version": 1,
    "number_assigned": False,
    "category": "",
    "category_title": "",
    "item": "4",
    "title": "依法依规限制参加政府采购活动",
    "title_raw": "",
    "text": "",
    "text_raw": "",
    "code": "A07",
    "also_codes": [],
    "effect": "restrict",
    "parts": [],
    "reaches": ["subject"],
    "considers": [],
    "party_kinds": ["person", "unit"],
    "incentive": False,
    "honour_after_listing_only": False,
    "units": ["区财政局"],
    "units_text": "区财政局等区直有关部门",
    "units_open_ended": True,
    "units_appendix": ["区财政局"],
    "units_appendix_open_ended": True,
    "units_conflict": False,
    "units_conflict_note": "",
    "wording_conflict": False,
    "wording_conflict_note": "",
    "in_body": True,
    "in_appendix": True,
    "appendix_title": "依法依规限制参加政府采购活动",
    "under_review": False,
    "review_reason": "",
    "in_force_from": "2020-11-21",
    "in_force_to": None,
    "notes": [],
    "legal_bases": [
        {
            "law": "中华人民共和国政府采购法",
            "document_number": "",
            "articles": ["第二十二条"],
            "sections": [],
            "names_target": "unclear",
            "in_force": True,
            "successor": None,
            "source": "measure",
            "says": "供应商须有良好商业信誉、纳税社保记录，近三年无重大违法记录。",
        }
    ],
}


@extend_schema_serializer(examples=[OpenApiExample("一项措施", value=EXAMPLE, response_only=True)])
class CatalogueMeasureSerializer(serializers.Serializer[Any]):
    """One numbered measure of a document, in the version that stands on the day asked about."""

    id = serializers.UUIDField()
    document = serializers.CharField(help_text="文号")
    number = serializers.CharField(help_text="编号：4、七3 或 八")
    version = serializers.IntegerField()
    number_assigned = serializers.BooleanField(help_text="文件未编号，由平台补充")
    category = serializers.CharField(allow_blank=True)
    category_title = serializers.CharField(allow_blank=True)
    item = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    title_raw = serializers.CharField(allow_blank=True, help_text="与校正后名称不同时的原文")
    text = serializers.CharField(allow_blank=True)
    text_raw = serializers.CharField(allow_blank=True)
    code = serializers.CharField(allow_blank=True, help_text="统一编码")
    also_codes = texts()
    effect = serializers.ChoiceField(choices=Effect.choices)
    parts = CataloguePartSerializer(many=True)
    reaches = texts(help_text="及于名单主体的哪些身份")
    considers = texts(help_text="须一并核查申请人的哪些人员")
    party_kinds = texts()
    incentive = serializers.BooleanField()
    honour_after_listing_only = serializers.BooleanField()
    units = texts(help_text="正文所列责任单位，依原文顺序")
    units_text = serializers.CharField(allow_blank=True)
    units_open_ended = serializers.BooleanField(help_text="正文单位未列尽（“等有关部门”）")
    units_appendix = texts(help_text="附录所列实施单位")
    units_appendix_open_ended = serializers.BooleanField()
    units_conflict = serializers.BooleanField(help_text="正文与附录的单位不一致")
    units_conflict_note = serializers.CharField(allow_blank=True)
    wording_conflict = serializers.BooleanField(help_text="正文与附录的文字不一致")
    wording_conflict_note = serializers.CharField(allow_blank=True)
    in_body = serializers.BooleanField()
    in_appendix = serializers.BooleanField()
    appendix_title = serializers.CharField(allow_blank=True)
    under_review = serializers.BooleanField(help_text="依据复核中：公示，不得单独据以作出限制")
    review_reason = serializers.CharField(allow_blank=True)
    in_force_from = serializers.DateField()
    in_force_to = serializers.DateField(allow_null=True)
    notes = texts()
    legal_bases = CatalogueBasisSerializer(many=True)


class CatalogueDocumentSerializer(serializers.Serializer[Any]):
    """A document that lists measures."""

    id = serializers.IntegerField()
    doc_number = serializers.CharField()
    title = serializers.CharField()
    issuer = serializers.CharField()
    forwarded_by = serializers.CharField(allow_blank=True)
    region = serializers.CharField()
    region_name = serializers.CharField()
    date = serializers.DateField(allow_null=True)
    date_text = serializers.CharField(allow_blank=True)
    in_force_from = serializers.DateField()
    in_force_to = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    target = serializers.CharField()
    feedback_route = serializers.CharField(allow_blank=True)
    notes = texts()
    measure_count = serializers.IntegerField()


class CatalogueDocumentDetailSerializer(CatalogueDocumentSerializer):
    """A document with its measures of today."""

    measures = CatalogueMeasureSerializer(many=True)
