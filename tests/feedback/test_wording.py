"""Free text never holds an identifier; what only resembles one at a glance is left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.rules.wording import holds_identifier
from tests.builders import person_id


@pytest.mark.parametrize(
    "text",
    [
        "当事人370116199001010000已履行",
        "当事人 37011619900101000X 已履行",
        "37011619900101000x",
        "３７０１１６１９９００１０１００００",
        "370116 1990 0101 0000",
        "370116-19900101-0000",
        "370116 19900101 0000",
        "老号码370116900101000。",
        "信用代码91370116MA3C00000X",
        "信用代码：9137 0116 MA3C 0000 0X",
    ],
)
def test_identifiers_are_seen_however_they_are_written(text: str) -> None:
    assert holds_identifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "张某某（370116********0000）于2026年11月18日履行3万元",
        "（2020）鲁0116执1234号",
        "莱财采〔2026〕1号",
        "电话 0531-76214567，13800000000",
        "2026-11-20 10:15",
        "本期核查 12345678 次，金额 1,284,000.00 元",
        "2024年、2025年、2026年共 9 次",
    ],
)
def test_what_is_no_identifier_may_be_written(text: str) -> None:
    assert not holds_identifier(text)


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(lambda day: day.strftime("%Y%m%d")),
    st.text(alphabet="张某某已履行，。（） \n", max_size=10),
    st.sampled_from(["", " ", "-", "　"]),
)
def test_no_identifier_hides_in_a_sentence(born: str, around: str, separator: str) -> None:
    number = person_id(born=born)
    written = separator.join((number[:6], number[6:14], number[14:]))
    assert holds_identifier(f"{around}{written}{around}")
