"""Encryption at rest and the keyed digest by which encrypted values are found again.

A ciphertext is  cipher (1 byte: 1 AES-256-GCM, 2 SM4-GCM) · key id (4 bytes) · nonce (12) · text · tag (16);
the first five bytes are authenticated with the text. Keys are derived with HKDF-SHA256, one per purpose,
so that any string serves as DATA_KEY or ID_KEY. To rotate, put the old DATA_KEY into DATA_KEY_PREVIOUS
(several: comma separated): a key is known by the id derived from it. ID_KEY cannot rotate without
computing every digest anew.
"""

from collections.abc import Callable
from functools import lru_cache
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CIPHERS = {"aes-gcm": 1, "sm4-gcm": 2}
HEAD, NONCE, TAG = 5, 12, 16

Seal = Callable[[bytes, bytes, bytes], bytes]  # nonce, text, head → text and tag, or back


class DecryptionFailed(ValueError):
    """The bytes were not written with a key and cipher known here, or were changed since."""


def encrypt(text: str) -> bytes:
    """`text` as a ciphertext of the current cipher and key, different every time."""
    head, seal = _writer(settings.CIPHER, settings.DATA_KEY)
    nonce = urandom(NONCE)
    return head + nonce + seal(nonce, text.encode(), head)


def decrypt(data: bytes) -> str:
    """The text of a ciphertext of any known cipher and key. Raises DecryptionFailed."""
    data = bytes(data)
    head = data[:HEAD]
    unseal = _readers(settings.DATA_KEY, settings.DATA_KEY_PREVIOUS).get(head)
    if unseal is None:
        raise DecryptionFailed("unknown cipher or key")
    try:
        return unseal(data[HEAD : HEAD + NONCE], data[HEAD + NONCE :], head).decode()
    except (InvalidTag, ValueError) as error:
        raise DecryptionFailed("changed or damaged ciphertext") from error


def blind_index(text: str) -> bytes:
    """A 16-byte keyed digest: equal texts, equal digests; nothing to be read from it without ID_KEY."""
    return _digester(settings.BLIND_INDEX, settings.ID_KEY)(text.encode())[:16]


def encrypt_many(texts: list[str]) -> list[bytes]:
    """`encrypt` for a batch."""
    head, seal = _writer(settings.CIPHER, settings.DATA_KEY)
    nonces = [urandom(NONCE) for _ in texts]
    return [head + nonce + seal(nonce, text.encode(), head) for nonce, text in zip(nonces, texts, strict=True)]


def blind_index_many(texts: list[str]) -> list[bytes]:
    """`blind_index` for a batch."""
    digest = _digester(settings.BLIND_INDEX, settings.ID_KEY)
    return [digest(text.encode())[:16] for text in texts]


def _derive(secret: str, purpose: str, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode()).derive(secret.encode())


def _head(cipher: int, secret: str) -> bytes:
    return bytes([cipher]) + _derive(secret, "key id", 4)


@lru_cache(maxsize=8)
def _writer(cipher: str, secret: str) -> tuple[bytes, Seal]:
    if cipher == "aes-gcm":
        return _head(1, secret), AESGCM(_derive(secret, "aes-256-gcm", 32)).encrypt
    if cipher == "sm4-gcm":
        return _head(2, secret), _sm4(_derive(secret, "sm4-gcm", 16))[0]
    raise ImproperlyConfigured(f"CIPHER 只能是 {'、'.join(CIPHERS)}。")


@lru_cache(maxsize=8)
def _readers(current: str, previous: tuple[str, ...]) -> dict[bytes, Seal]:
    readers: dict[bytes, Seal] = {}
    for secret in (current, *previous):
        readers[_head(1, secret)] = AESGCM(_derive(secret, "aes-256-gcm", 32)).decrypt
        readers[_head(2, secret)] = _sm4(_derive(secret, "sm4-gcm", 16))[1]
    return readers


def _sm4(key: bytes) -> tuple[Seal, Seal]:
    """Encryption and decryption with SM4-GCM (GB/T 32907, GB/T 36624), shaped like AESGCM's."""
    algorithm = algorithms.SM4(key)

    def seal(nonce: bytes, text: bytes, head: bytes) -> bytes:
        context = Cipher(algorithm, modes.GCM(nonce)).encryptor()
        context.authenticate_additional_data(head)
        return context.update(text) + context.finalize() + context.tag

    def unseal(nonce: bytes, data: bytes, head: bytes) -> bytes:
        context = Cipher(algorithm, modes.GCM(nonce, data[-TAG:])).decryptor()
        context.authenticate_additional_data(head)
        return context.update(data[:-TAG]) + context.finalize()

    return seal, unseal


@lru_cache(maxsize=8)
def _digester(name: str, secret: str) -> Callable[[bytes], bytes]:
    key = _derive(secret, f"blind index {name}", 32)
    algorithms_of = {"hmac-sha256": SHA256, "hmac-sm3": SM3}
    if name in algorithms_of:
        keyed = HMAC(key, algorithms_of[name]())

        def digest(text: bytes) -> bytes:
            context = keyed.copy()
            context.update(text)
            return context.finalize()

        return digest
    raise ImproperlyConfigured("BLIND_INDEX 只能是 hmac-sha256、hmac-sm3。")
