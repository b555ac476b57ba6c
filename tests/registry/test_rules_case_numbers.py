"""Case numbers of both forms (domain.md §2.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.rules.case_numbers import read_case_number


@pytest.mark.parametrize(
    ("text", "key", "court", "display"),
    [
        ("（2020）鲁0116执1234号", "2020|鲁0116|执|1234", "鲁0116", "（2020）鲁0116执1234号"),
        ("(2020)鲁0116执1234号", "2020|鲁0116|执|1234", "鲁0116", "（2020）鲁0116执1234号"),
        ("（２０２０）鲁 0116 执 01234 号", "2020|鲁0116|执|1234", "鲁0116", "（2020）鲁0116执1234号"),
        ("〔2020〕鲁0116执1234号", "2020|鲁0116|执|1234", "鲁0116", "（2020）鲁0116执1234号"),
        ("[2020]鲁0116执1234-2号", "2020|鲁0116|执|1234", "鲁0116", "（2020）鲁0116执1234号"),
        ("2020鲁0116执恢12号之一", "2020|鲁0116|执恢|12", "鲁0116", "（2020）鲁0116执恢12号"),
        ("（2019）鲁12执异5号执行裁定书", "2019|鲁12|执异|5", "鲁12", "（2019）鲁12执异5号"),
        ("（2019）最高法执监7号", "2019|最高法|执监|7", "最高法", "（2019）最高法执监7号"),
        ("（2019）川0191执8号", "2019|川0191|执|8", "川0191", "（2019）川0191执8号"),
        ("（2013）莱城法执字第00123号", "2013||莱城法执|123", "", "（2013）莱城法执字第123号"),
    ],
)
def test_a_case_number_has_one_key_and_one_writing(text: str, key: str, court: str, display: str) -> None:
    case = read_case_number(text)
    assert case is not None
    assert (case.key, case.court_code, case.display) == (key, court, display)
    again = read_case_number(case.display)
    assert again is not None
    assert (again.key, again.display) == (key, display)


@pytest.mark.parametrize("text", ["", "执行案件", "鲁0116执1234号", "（2020）鲁0116执号", "（1820）鲁0116执1号", "1234",
                                  "（2020）鲁0116执1234", "（2020）鲁0116执1234567890123号", "（2020）鲁0116执0号"])  # fmt: skip
def test_what_is_no_case_number_is_told(text: str) -> None:
    assert read_case_number(text) is None


@given(st.text(max_size=80))
def test_reading_never_raises(text: str) -> None:
    read_case_number(text)
