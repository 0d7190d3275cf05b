"""CSV as it lies on disk: physical lines, stray quotes, wrong bytes."""

import io

import pytest

from members.book import records as reading
from members.book.records import RECORD_LIMIT, RECORD_LINES, Lines, Record, Records


def read(content: bytes) -> list[Record]:
    return list(Records(io.BytesIO(content)))


def test_a_record_knows_its_physical_line_after_a_quoted_line_break():
    assert read(b'a,b\r\n"1\r\n2\r\n3",x\r\n4,5\r\n') == [
        Record(1, ["a", "b"]),
        Record(2, ["1\r\n2\r\n3", "x"]),
        Record(5, ["4", "5"]),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_either_line_end_and_no_last_line_end(end):
    assert read(b"a,b" + end + b"1,2") == [Record(1, ["a", "b"]), Record(2, ["1", "2"])]


def test_byte_order_mark_is_no_part_of_the_first_cell():
    assert read(b"\xef\xbb\xbfa,b\n") == [Record(1, ["a", "b"])]
    assert read(b'\xef\xbb\xbf"a",b\n') == [Record(1, ["a", "b"])]


def test_blank_lines_are_passed_over_and_counted():
    assert read(b"a\n\n\r\nb\n") == [Record(1, ["a"]), Record(4, ["b"])]


def test_a_row_of_empty_cells_is_a_row():
    assert read(b"a,b\n,\n") == [Record(1, ["a", "b"]), Record(2, ["", ""])]


def test_doubled_quotes_commas_and_line_breaks_are_data():
    assert read(b'"a ""x"", b\n c"\n') == [Record(1, ['a "x", b\n c'])]


def test_a_stray_opening_quote_spoils_its_own_row_only():
    assert read(b'a,b\n1,"x\n2,y\n3,z\n') == [
        Record(1, ["a", "b"]),
        Record(2, ["1", '"x'], well_formed=False),
        Record(3, ["2", "y"]),
        Record(4, ["3", "z"]),
    ]


def test_two_stray_quotes_on_different_lines_spoil_two_rows():
    assert [(record.line, record.well_formed) for record in read(b'1,"x\n2,y\n3,"z\n4,"w"\n')] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
    ]


def test_text_after_a_closing_quote_is_a_fault():
    assert read(b'"a"b,c\nd,e\n') == [Record(1, ['"a"b', "c"], well_formed=False), Record(2, ["d", "e"])]


def test_a_lone_carriage_return_outside_quotes_spoils_its_row_only():
    records = read(b"a\rb,c\nd,e\n")
    assert [(record.line, record.well_formed) for record in records] == [(1, False), (2, True)]


def test_bytes_that_are_not_utf8_are_kept_apart():
    [record] = read(b"a\xff,b\n")
    assert record.cells[1] == "b"
    with pytest.raises(UnicodeEncodeError):
        record.cells[0].encode()


def test_an_endless_line_is_one_bad_record_in_little_memory():
    class Endless(io.RawIOBase):
        """5 limits of the same letter, then a good line."""

        def __init__(self):
            self.parts = [b"x" * RECORD_LIMIT] * 5 + [b"x\n", b"good,row\n"]
            self.asked = []

        def readline(self, size=-1):
            self.asked.append(size)
            return self.parts.pop(0) if self.parts else b""

    file = Endless()
    bad, good = list(Records(file))
    assert "\0" in bad.cells[0]
    assert len(bad.cells[0]) < RECORD_LIMIT + 10
    assert good == Record(2, ["good", "row"])
    assert set(file.asked) == {RECORD_LIMIT}


def test_an_endless_quoted_field_gives_up_and_goes_on_with_the_next_line():
    lines = RECORD_LIMIT // 1000 + 10
    records = read(b'1,"x\n' + b"".join(b"%d,%s\n" % (n, b"y" * 1000) for n in range(lines)))
    assert [record.well_formed for record in records] == [False] + [True] * lines


def test_a_record_may_have_many_lines_but_not_too_many():
    lines = b"\n" * (RECORD_LINES - 1)
    assert [record.well_formed for record in read(b'"' + lines + b'",x\ny,z\n')] == [True, True]
    assert [record.well_formed for record in read(b'"' + lines + b'\n",x\ny,z\n')] == [False, False, True]


def test_a_stray_quote_in_every_line_does_not_have_the_whole_file_read_again_for_each(monkeypatch):
    monkeypatch.setattr(reading, "RECORD_LINES", 10)
    asked = []
    next_line = Lines.__next__
    monkeypatch.setattr(Lines, "__next__", lambda lines: asked.append(lines) or next_line(lines))
    # Wherever reading begins, such a line leaves a quote open.
    assert [record.well_formed for record in read(b'x","\n' * 200)] == [False] * 200
    assert len(asked) < 200 * 12


def test_position_counts_every_byte():
    content = b"\xef\xbb\xbfa,b\n1,\xff2\n\n"
    records = Records(io.BytesIO(content))
    assert len(list(records)) == 2
    assert records.position == len(content)
