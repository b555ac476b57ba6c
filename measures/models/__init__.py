"""What may be imposed, by whom, on which legal basis, since when."""

from measures.models.documents import (
    Document,
    Law,
    LegalBasis,
    Measure,
    NamedUnit,
    Provision,
    Responsibility,
)

__all__ = [
    "Document",
    "Law",
    "LegalBasis",
    "Measure",
    "NamedUnit",
    "Provision",
    "Responsibility",
]
