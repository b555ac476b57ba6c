"""Free text is refused where it holds an identifier, before anything is written."""

from core.errors import FieldProblem, InvalidInput
from feedback.rules.wording import holds_identifier

ADVICE = "文字中出现了疑似证件号码，请删除或脱敏后再提交（如 370116********0000），姓名写作“张某某”。"


def refuse_identifiers(**texts: str) -> None:
    """Raise InvalidInput naming every field whose text holds an identifier."""
    problems = [
        FieldProblem(field, "identifier_in_text", ADVICE) for field, text in texts.items() if holds_identifier(text)
    ]
    if problems:
        raise InvalidInput(errors=problems)
