"""The obvious resource over the platform's own `Listing`: subject, identifier, match key and change made in its hooks.

Its file is clean already: facts normalised, dates as dates, the court by its code. It writes one match key where the
platform writes three, and knows neither corrections nor removals.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.timezone import now
from import_export import fields, resources, widgets

from bench.peers.importer import workbook
from core.crypto import blind_index
from registry.choices import KeyKind, Role
from registry.imports.courts import CourtScope
from registry.imports.facts import FACTS, facts_digest
from registry.imports.normalise import normalise_row
from registry.imports.sample import sample_rows
from registry.models import Change, Court, Identifier, Listing, MatchKey, Subject

_EMPTY = {"circumstances", "publishable", "performed_part", "unperformed_part"}
_COLUMNS = (
    *(name for name in FACTS if name not in _EMPTY), "name_key", "case_key", "id_type",
    "id_masked", "court", "identifier",
)  # fmt: skip


class OnTheList(resources.ModelResource):  # type: ignore[misc]
    court = fields.Field(column_name="court", attribute="court", widget=widgets.ForeignKeyWidget(Court, field="code"))

    class Meta:
        model = Listing
        fields = tuple(name for name in _COLUMNS if name != "identifier")
        import_id_fields = ("court", "case_key", "name_key")

    def before_save_instance(self, instance: Listing, row: Any, **kwargs: Any) -> None:
        digest = blind_index(row["identifier"])
        subject, is_new = Subject.objects.get_or_create(
            key=digest,
            defaults={
                "kind": instance.kind, "name": instance.name, "name_key": instance.name_key, "is_identified": True,
            },
        )  # fmt: skip
        if is_new:
            Identifier.objects.create(
                subject=subject, type=instance.id_type, value=row["identifier"], digest=digest,
                masked=instance.id_masked,
            )  # fmt: skip
        instance.subject = subject
        instance.listed_at = instance.changed_at = now()
        instance.circumstances = []
        instance.content_digest = facts_digest({name: getattr(instance, name) for name in FACTS})

    def after_save_instance(self, instance: Listing, row: Any, **kwargs: Any) -> None:
        MatchKey.objects.create(
            digest=blind_index(row["identifier"]), kind=KeyKind.EXACT, role=Role.SUBJECT, listing=instance
        )
        Change.objects.create(kind="listed", listing=instance, at=now())


def on_the_list(rows: int, seed: int, flow: str) -> tuple[Any, bytes]:
    """The resource and its file."""
    scope = CourtScope(code="鲁0116", names={"鲁0116": "莱芜区人民法院"})
    lines = []
    for number, cells in enumerate(sample_rows(rows, seed), 1):
        row = normalise_row(cells, court=scope, today=date.today(), row_number=number)
        own = {
            "court": row.court_code,
            "identifier": row.identified.canonical,
            "id_type": row.identified.type,
            "id_masked": row.identified.masked_display,
        }
        values = [own[name] if name in own else getattr(row, name) for name in _COLUMNS]
        lines.append([value.isoformat() if isinstance(value, date) else value for value in values])
    return OnTheList(), workbook(_COLUMNS, lines)
