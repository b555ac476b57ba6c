"""What free text may not hold: identifiers belong to the encrypted record alone (design.md §6, 7)."""

import re
import unicodedata

from core.privacy import redact

_GROUPED = re.compile(r"(?<=[0-9A-Za-z])[ \t\u3000\-‐–—·._]+(?=[0-9A-Za-z])")


def holds_identifier(text: str) -> bool:
    """Whether something of the shape of a 15- or 18-character identifier stands in the text.

    Full-width figures, lower case and identifiers written in groups (370116 1990 0101 0000) are seen through; masked
    ones (370116********0000), case numbers, document numbers, dates and amounts are none.
    """
    plain = unicodedata.normalize("NFKC", text).upper()
    return any(redact(reading) != reading for reading in (plain, _GROUPED.sub("", plain)))
