"""Names as the archive shows them, and as they stand when they have been erased."""

HIDDEN = "＊"
ERASED = "（已消除）"


def masked_name(name: str) -> str:
    """The first character and stars: enough to find a file again, too little to know the person."""
    return f"{name[:1]}{HIDDEN * min(max(len(name) - 1, 1), 4)}" if name else ""
