"""Values on their way between two platforms: sealed under the secret that only the two of them share.

A sealed value is base64 of nonce (12 bytes) · AES-256-GCM ciphertext and tag, and is bound to the listing and the
bearer it belongs to: moved to another record it does not open. The keys are derived from the secret with HKDF-SHA256,
one per purpose, so that what seals signs nothing.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from functools import lru_cache
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class SealBroken(ValueError):
    """The value was not sealed under this secret for this place, or was changed on the way."""


def seal(text: str, *, secret: str, place: str) -> str:
    """`text`, different every time, readable only with `secret` and only at `place` (listing and bearer)."""
    nonce = urandom(NONCE)
    return b64encode(nonce + _cipher(secret).encrypt(nonce, text.encode(), place.encode())).decode()


def unseal(sealed: str, *, secret: str, place: str) -> str:
    """The text again. Raises SealBroken."""
    try:
        data = b64decode(sealed, validate=True)
        return _cipher(secret).decrypt(data[:NONCE], data[NONCE:], place.encode()).decode()
    except (InvalidTag, NotBase64, ValueError) as error:
        raise SealBroken("not sealed for this place under this secret") from error


def fingerprint(text: str, *, secret: str) -> str:
    """By which the two sides see that they hold the same value without showing it: 32 hexadecimal digits."""
    return hmac.digest(_derived(secret, "fingerprint"), text.encode(), "sha256").hex()[:32]


@lru_cache(maxsize=16)
def _cipher(secret: str) -> AESGCM:
    return AESGCM(_derived(secret, "sealed records aes-256-gcm"))


@lru_cache(maxsize=32)
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
