"""Encryption at rest and the blind index, with both families of algorithms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import crypto

CIPHERS = ["aes-gcm", "sm4-gcm"]
DIGESTS = ["hmac-sha256", "hmac-sm3"]


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_text_comes_back_and_looks_different_every_time(settings, cipher):
    settings.CIPHER = cipher
    first, second = crypto.encrypt("姓名一"), crypto.encrypt("姓名一")
    assert first != second
    assert "姓名一".encode() not in first
    assert crypto.decrypt(first) == crypto.decrypt(second) == "姓名一"


@given(st.text())
def test_any_text_comes_back(text):
    assert crypto.decrypt(crypto.encrypt(text)) == text


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_batch_is_the_same_as_one_by_one(settings, cipher):
    settings.CIPHER = cipher
    texts = ["甲", "乙", ""]
    assert [crypto.decrypt(each) for each in crypto.encrypt_many(texts)] == texts
    assert crypto.blind_index_many(texts) == [crypto.blind_index(text) for text in texts]


@pytest.mark.parametrize(("before", "after"), [("aes-gcm", "sm4-gcm"), ("sm4-gcm", "aes-gcm")])
def test_what_the_other_cipher_wrote_stays_readable(settings, before, after):
    settings.CIPHER = before
    data = crypto.encrypt("甲")
    settings.CIPHER = after
    assert crypto.decrypt(data) == "甲"


def test_a_previous_key_still_reads_and_a_forgotten_one_does_not(settings):
    settings.DATA_KEY, settings.DATA_KEY_PREVIOUS = "old", ()
    data = crypto.encrypt("甲")
    settings.DATA_KEY, settings.DATA_KEY_PREVIOUS = "new", ("older", "old")
    assert crypto.decrypt(data) == "甲"
    settings.DATA_KEY_PREVIOUS = ()
    with pytest.raises(crypto.DecryptionFailed):
        crypto.decrypt(data)


@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_change_of_any_byte_is_noticed(settings, cipher):
    settings.CIPHER = cipher
    data = crypto.encrypt("甲")
    for position in range(len(data)):
        changed = bytearray(data)
        changed[position] ^= 1
        with pytest.raises(crypto.DecryptionFailed):
            crypto.decrypt(bytes(changed))


@pytest.mark.parametrize("length", range(0, 34, 3))
def test_a_stump_is_no_ciphertext_and_the_error_says_nothing_of_it(length):
    data = crypto.encrypt("甲")[:length]
    with pytest.raises(crypto.DecryptionFailed) as caught:
        crypto.decrypt(data)
    assert data.hex() not in str(caught.value) or not data


@pytest.mark.parametrize("name", DIGESTS)
def test_the_blind_index_is_16_bytes_stable_and_keyed(settings, name):
    settings.BLIND_INDEX, settings.ID_KEY = name, "one"
    index = crypto.blind_index("甲")
    assert len(index) == 16
    assert crypto.blind_index("甲") == index
    assert crypto.blind_index("乙") != index
    settings.ID_KEY = "two"
    assert crypto.blind_index("甲") != index


def test_the_two_digests_differ(settings):
    settings.BLIND_INDEX = "hmac-sha256"
    index = crypto.blind_index("甲")
    settings.BLIND_INDEX = "hmac-sm3"
    assert crypto.blind_index("甲") != index


@pytest.mark.parametrize(("setting", "use"), [("CIPHER", crypto.encrypt), ("BLIND_INDEX", crypto.blind_index)])
def test_an_unknown_algorithm_is_refused(settings, setting, use):
    setattr(settings, setting, "rot13")
    with pytest.raises(Exception, match=setting):
        use("甲")
