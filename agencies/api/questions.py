"""A question as other systems send it (contract.md §3), read by hand: five thousand at a time must not be slow."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.exceptions import ValidationError

from agencies.services.questions import Party, Question, Refused, Related
from core.api import flatten

RELATED_LIMIT = 50


def read_question(body: Mapping[str, Any], *, case_reference: str, matter: str) -> Question:
    """One question. Raises ValidationError (400) where the shape is not that of the contract; what is well shaped but
    senseless is left to the service (422)."""
    return Question(
        subject=_party(read_object(body.get("subject"), "subject"), "subject"),
        case_reference=case_reference,
        related=read_related(body.get("related")),
        matter=matter,
        measures=read_measures(body.get("measures")),
    )


def read_row(body: Any, *, case_reference: str, matter: str, measures: tuple[UUID, ...]) -> Question | Refused:
    """One subject of a bulk question; what is badly shaped becomes a result of its own row."""
    try:
        row = read_object(body)
        return Question(_party(row, ""), case_reference, read_related(row.get("related")), matter, measures)
    except ValidationError as error:
        problem = next(flatten(error.get_full_details()))
        return Refused(problem.field, problem.code, problem.detail)


def read_related(value: Any) -> tuple[Related, ...]:
    rows = _array(value, "related", RELATED_LIMIT)
    found = []
    for index, row in enumerate(rows):
        path = f"related.{index}"
        person = read_object(row, path)
        role = read_text(person, "role", path, required=True)
        found.append(Related(role, *_name_and_number(person, path)))
    return tuple(found)


def read_measures(value: Any) -> tuple[UUID, ...]:
    try:
        return tuple(UUID(str(each)) for each in _array(value, "measures", 200))
    except ValueError as error:
        raise ValidationError({"measures": ["须为措施的 id。"]}, code="invalid") from error


def read_text(body: Mapping[str, Any], name: str, path: str = "", *, required: bool = False) -> str:
    """A string member; null and absence read as "". Numbers are refused: an identifier sent as one is damaged."""
    value = body.get(name)
    field = f"{path}.{name}".strip(".")
    if value is None or value == "":
        if required:
            raise ValidationError({field: ["此项必填。"]}, code="required")
        return ""
    if not isinstance(value, str):
        raise ValidationError({field: ["须为字符串。"]}, code="not_a_string")
    return value


def _party(body: Mapping[str, Any], path: str) -> Party:
    return Party(read_text(body, "kind", path, required=True), *_name_and_number(body, path))


def _name_and_number(body: Mapping[str, Any], path: str) -> tuple[str, str, str]:
    return (
        read_text(body, "name", path, required=True),
        read_text(body, "id_number", path),
        read_text(body, "id_type", path),
    )


def read_object(value: Any, path: str = "") -> Mapping[str, Any]:
    """A JSON object."""
    if not isinstance(value, Mapping):
        raise ValidationError({path or "non_field_errors": ["须为对象。"]}, code="not_an_object")
    return value


def _array(value: Any, path: str, longest: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValidationError({path: ["须为数组。"]}, code="not_a_list")
    if len(value) > longest:
        raise ValidationError({path: [f"不能超过 {longest} 项。"]}, code="max_length")
    return value
