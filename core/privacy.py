"""Safety nets against identifiers in places where none may be: logs, audit, events.

The rule is that nobody puts one there; these nets catch the day somebody does.
"""

import re
from collections.abc import Mapping
from typing import Any

_NAMES = re.compile(r"id_?(number|card|no)$|identifier|card_?num|uscc|passport|证件号|身份证|信用代码", re.IGNORECASE)
_SHAPED = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15}|[0-9A-HJ-NP-RTUWXY]{2}\d{6}[0-9A-HJ-NP-RTUWXY]{10})(?![0-9A-Za-z])"
)


def redact(text: str) -> str:
    """`text` with everything of the shape of a 15 or 18 character identifier replaced."""
    return _SHAPED.sub("[已隐去]", text)


def refuse_identifiers(data: Any, path: str = "") -> None:
    """Raise ValueError where a key of `data` names an identifier or a string has the shape of one."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if _NAMES.search(str(key)):
                raise ValueError(f"{path}{key}: identifiers are not recorded here")
            refuse_identifiers(value, f"{path}{key}.")
    elif isinstance(data, list | tuple | set | frozenset):
        for value in data:
            refuse_identifiers(value, path)
    elif isinstance(data, str) and _SHAPED.search(data):
        raise ValueError(f"{path.rstrip('.')}: looks like an identifier, which is not recorded here")
