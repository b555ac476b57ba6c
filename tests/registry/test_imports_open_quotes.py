"""Quotes that nobody closes cost their own rows, and time that grows with the file only."""

from io import StringIO
from time import process_time

from registry.imports.csv_text import records


def test_a_quote_opened_on_every_line_is_read_line_by_line() -> None:
    line = '"开,' + "x" * 150 + "\n"
    started = process_time()
    found = list(records(StringIO(line * 10_000), ","))
    assert found == [["开", "x" * 150]] * 10_000
    assert process_time() - started < 5


def test_a_field_over_several_lines_still_closes_where_it_should() -> None:
    text = 'a,"one\ntwo ""said""\nthree, four",b\nc,d,e\n'
    assert list(records(StringIO(text), ",")) == [["a", 'one\ntwo "said"\nthree, four', "b"], ["c", "d", "e"]]


def test_faultless_quotes_mean_what_they_mean_everywhere() -> None:
    text = '"甲","乙 ""丙""",""\n"""有限公司","a,b",c\n说"好"了,x"y,z\n"完\n了",1,2\n'
    assert list(records(StringIO(text), ",")) == [
        ["甲", '乙 "丙"', ""],
        ['"有限公司', "a,b", "c"],
        ['说"好"了', 'x"y', "z"],
        ["完\n了", "1", "2"],
    ]
