"""The fixed vocabularies of the catalogue (domain.md §5, §5b)."""

from django.db import models


class Effect(models.TextChoices):
    """What a measure does to the person it reaches; only the first three adverse kinds can lead to a refusal."""

    RESTRICT = "restrict", "限制"
    REFERENCE = "reference", "审慎参考"
    REVIEW = "review", "从严审核"
    TERMINATE = "terminate", "终止退出"
    HONOUR = "honour", "荣誉限制"
    INSPECT = "inspect", "加强监管"
    NOTIFY = "notify", "信息通报"
    ASSIST = "assist", "协助查控"
    PROSECUTE = "prosecute", "刑事追究"


class NamesTarget(models.TextChoices):
    """Whether a provision's text names judgment defaulters as its target."""

    YES = "yes", "明确指向"
    NO = "no", "未指向"
    UNCLEAR = "unclear", "不明确"


class UnitSource(models.TextChoices):
    BODY = "body", "正文"
    APPENDIX = "appendix", "附录"


class BasisSource(models.TextChoices):
    """Where a measure's legal basis stands: printed for the measure, or named once for the whole document."""

    MEASURE = "measure", "措施依据"
    DOCUMENT = "document", "文件依据"


class LawKind(models.TextChoices):
    LAW = "law", "法律"
    ADMINISTRATIVE_REGULATION = "administrative_regulation", "行政法规"
    JUDICIAL_INTERPRETATION = "judicial_interpretation", "司法解释"
    RULE = "rule", "部门规章"
    POLICY = "policy", "政策文件"
    LOCAL = "local", "地方文件"


class Advice(models.TextChoices):
    """What the asking unit is told to do about one measure (contract.md §3)."""

    REFUSE = "refuse", "依法限制"
    WEIGH = "weigh", "审慎权衡"
    ACT = "act", "依职责办理"
    NONE = "none", "不据此处理"
