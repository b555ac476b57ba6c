"""What travels between two platforms opens only with their secret and only in its own place."""

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.services.sealing import SealBroken, fingerprint, seal, unseal

SECRET, OTHER = "ab" * 32, "cd" * 32


@given(st.text(max_size=40))
def test_what_was_sealed_opens_again(text: str) -> None:
    assert unseal(seal(text, secret=SECRET, place="x|subject"), secret=SECRET, place="x|subject") == text


def test_every_seal_is_another_and_shows_nothing() -> None:
    sealed = {seal("370116199001010000", secret=SECRET, place="x") for _ in range(50)}
    assert len(sealed) == 50
    assert not [each for each in sealed if b"3701" in b64decode(each)]


@pytest.mark.parametrize(
    ("secret", "place"), [(OTHER, "x|subject"), (SECRET, "y|subject"), (SECRET, "x|relation"), (SECRET, "")]
)
def test_another_secret_or_another_place_opens_nothing(secret: str, place: str) -> None:
    with pytest.raises(SealBroken):
        unseal(seal("1", secret=SECRET, place="x|subject"), secret=secret, place=place)


@pytest.mark.parametrize("damage", ["", "no base64 !", b64encode(b"short").decode(), "AAAA" * 20])
def test_a_damaged_value_opens_nothing(damage: str) -> None:
    with pytest.raises(SealBroken):
        unseal(damage, secret=SECRET, place="x")


def test_one_changed_bit_opens_nothing() -> None:
    data = bytearray(b64decode(seal("370116199001010000", secret=SECRET, place="x")))
    for at in range(len(data)):
        changed = bytes([*data[:at], data[at] ^ 1, *data[at + 1 :]])
        with pytest.raises(SealBroken):
            unseal(b64encode(changed).decode(), secret=SECRET, place="x")


def test_fingerprints_compare_under_one_secret_only() -> None:
    assert fingerprint("a", secret=SECRET) == fingerprint("a", secret=SECRET)
    assert len({fingerprint("a", secret=SECRET), fingerprint("b", secret=SECRET), fingerprint("a", secret=OTHER)}) == 3
