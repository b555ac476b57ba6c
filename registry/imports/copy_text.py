"""The text format of PostgreSQL's COPY, as far as staging writes it."""

from collections.abc import Iterable

NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


def is_plain(fields: str, tabs: int) -> bool:
    """Whether fields joined by tabs need no escape."""
    return (
        "\\" not in fields
        and "\n" not in fields
        and "\r" not in fields
        and "\x00" not in fields
        and fields.count("\t") == tabs
    )


def escaped(text: str) -> str:
    """One field; NUL, which no text column can hold, is left out."""
    return text.translate(_ESCAPES)


def bytes_of(data: bytes) -> str:
    """A bytea field."""
    return "\\\\x" + data.hex()


def bytes_array_of(digests: list[str]) -> str:
    """A bytea[] field of hexadecimal texts."""
    return '{"\\\\\\\\x' + '","\\\\\\\\x'.join(digests) + '"}' if digests else "{}"


def array_of(texts: Iterable[str], longest: int) -> str:
    """A text[] field, every text cut to `longest`."""
    quoted = ('"' + text[:longest].replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)
    return escaped("{" + ",".join(quoted) + "}")
