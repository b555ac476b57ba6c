"""Row keys in time order, codes to be read aloud."""

from random import Random

from core.ids import CROCKFORD, readable_code, uuid7


def test_row_keys_are_version_7_and_differ():
    keys = [uuid7() for _ in range(1000)]
    assert len(set(keys)) == 1000
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}


def test_row_keys_ascend_with_time(monkeypatch):
    clock = iter(range(1_763_600_000_000_000_000, 1_763_600_000_100_000_000, 1_000))
    monkeypatch.setattr("core.ids.time.time_ns", lambda: next(clock))
    keys = [uuid7() for _ in range(2000)]
    assert keys == sorted(keys)
    assert keys[0].int >> 80 == 1_763_600_000_000


def test_a_code_has_no_letters_that_are_misheard_and_comes_from_the_given_source():
    code = readable_code(8, Random(1))
    assert len(code) == 8
    assert set(code) <= set(CROCKFORD)
    assert not set("ILOU") & set(CROCKFORD)
    assert readable_code(8, Random(1)) == code != readable_code(8, Random(2))
