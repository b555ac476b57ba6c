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
from measures.models.versions import CatalogueVersion

__all__ = [
    "CatalogueVersion",
    "Document",
    "Law",
    "LegalBasis",
    "Measure",
    "NamedUnit",
    "Provision",
    "Responsibility",
]
