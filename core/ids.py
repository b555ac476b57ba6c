"""Identifiers of our own making: row keys, readable codes, the current request's id."""

import secrets
import time
from contextvars import ContextVar
from random import Random
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: nothing to confuse when read aloud

request_id: ContextVar[str] = ContextVar("request_id", default="")


def uuid7() -> UUID:
    """A time-ordered UUID (RFC 9562 §5.7): milliseconds, then 12 bits of their fraction, then 62 random bits."""
    milliseconds, fraction = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds << 80) | (0x7 << 76) | ((fraction * 4096 // 1_000_000) << 64)
    return UUID(int=value | (0b10 << 62) | secrets.randbits(62))


def readable_code(n: int, rng: Random) -> str:
    """`n` characters of Crockford's base32 drawn from `rng` (`secrets.SystemRandom()` for what must not be guessed)."""
    return "".join(rng.choices(CROCKFORD, k=n))
