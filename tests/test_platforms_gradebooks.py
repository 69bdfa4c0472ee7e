"""Exported gradebooks are filled in: the platform finds the grades by its own rules, and no other byte has changed."""

from __future__ import annotations

import csv
import difflib
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.platform_files import (
    BRIGHTSPACE,
    CANVAS,
    LANGUAGES,
    PEOPLE,
    canvas_takes,
    csv_bytes,
    moodle_takes,
    read_rows,
    worksheet,
)
from xlbackprop.classroom.platforms import (
    Gradebook,
    GradebookKind,
    Left,
    Person,
    Platform,
    Unfilled,
    csv_cells,
    read_gradebook,
)
from xlbackprop.classroom.platforms.csv_cells import read_csv_text
from xlbackprop.errors import InputError

MARKS = {"12345": (85.0, "w1 & w2 < w3"), "12346": (33.333, "")}
NO_MARK = Left("12347", "Émilie du Châtelet", Unfilled.NO_SUBMISSION)


def book(folder: Path, content: bytes, column: str | None = None, maximum: float | None = None) -> Gradebook:
    path = folder / "grades.csv"
    path.write_bytes(content)
    return read_gradebook(path, column, maximum)


def changed_cells(
    before: bytes, after: bytes, separator: str = ",", encoding: str = "utf-8-sig"
) -> dict[tuple[int, int], str]:
    """Return the cells that differ, as Python's own reader sees both; there must be as many rows and columns."""
    old, new = (read_rows(content, separator, encoding) for content in (before, after))
    assert [*map(len, old)] == [*map(len, new)]
    return {
        (row, column): cell
        for row, cells in enumerate(new)
        for column, cell in enumerate(cells)
        if cell != old[row][column]
    }


# -------------------------------------------------------------------------------------------------------------- Moodle


@pytest.mark.parametrize("language", LANGUAGES)
def test_moodle_finds_the_grades_in_a_worksheet_of_any_language(language: str, tmp_path: Path) -> None:
    before = csv_bytes(worksheet(language))
    made = book(tmp_path, before)
    filled = made.filled(MARKS)
    assert made.kind is GradebookKind.MOODLE
    assert made.heading == LANGUAGES[language].header[4]
    assert [person.key for person in made.people] == [number for number, *_ in PEOPLE]
    assert moodle_takes(filled.content, language) == {
        12345: (42.5, "w1 &amp; w2 &lt; w3"),
        12346: (16.67, ""),
        12347: (None, ""),
    }
    assert changed_cells(before, filled.content).keys() == {(1, 4), (2, 4), (1, 9)}
    assert filled.filled == ("12345", "12346")
    assert filled.left == (NO_MARK,)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_grade_that_moodle_would_not_take_is_not_written(language: str, tmp_path: Path) -> None:
    before = csv_bytes(worksheet(language, locked=["12345"]))
    filled = book(tmp_path, before).filled(MARKS)
    assert changed_cells(before, filled.content).keys() == {(2, 4)}
    assert filled.left == (Left("12345", "Ada Lovelace", Unfilled.LOCKED), NO_MARK)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("language", ["en", "de"])
def test_separator_encoding_ends_of_lines_and_quotes_stay(
    separator: str, encoding: str, end: str, quoting: int, language: str, tmp_path: Path
) -> None:
    rows = worksheet(language, c12347='<p>good,\nbut "late"; see</p>')
    filled = book(tmp_path, csv_bytes(rows, separator, end, encoding, quoting)).filled(MARKS)
    sign = "," if language == "de" else "."
    rows[1][4], rows[1][9], rows[2][4] = f"42{sign}5", "w1 &amp; w2 &lt; w3", f"16{sign}67"
    assert filled.content == csv_bytes(rows, separator, end, encoding, quoting)


def test_what_a_csv_writer_would_have_written_otherwise_stays(tmp_path: Path) -> None:
    """Quotes where none are needed and none where others write some, blanks, mixed ends of lines, none at the end."""
    text = (
        '\ufeffIdentifier,"Full name", Email ,Status,"Grade",Maximum Grade,Grade can be changed,'
        "Last modified (submission),Last modified (grade),Feedback comments\r\n"
        'Participant 1,"Ada",, x,%s,50.00,Yes,-,-,%s\n'
        'Participant 2,"Alan, \n""T""",  ,"",%s,50.00,Yes,-,-,""\r'
        "\r\n,,,\n"
        'Participant 3,B,,,"7.00",50.00,Yes,-,-,"x\r\ny"'
    )
    made = book(tmp_path, (text % ("", "", '""')).encode())
    assert made.people[1].names == ("Participant 2", 'Alan, \n"T"')
    filled = made.filled({"1": (10, "a,b"), "2": (20, "")})
    assert filled.content == (text % ("5", '"a,b"', '"10"')).encode()


def test_a_worksheet_of_blind_marking_has_no_names(tmp_path: Path) -> None:
    rows = [[cell for at, cell in enumerate(row) if at not in (1, 2)] for row in worksheet()]
    made = book(tmp_path, csv_bytes(rows))
    assert made.people[0] == Person("12345", (), ("Participant 12345",), Platform.MOODLE)
    assert changed_cells(csv_bytes(rows), made.filled(MARKS).content).keys() == {(1, 2), (2, 2), (1, 7)}


def test_a_worksheet_with_a_marking_workflow_and_online_texts(tmp_path: Path) -> None:
    rows = worksheet(locked=["12346"])
    for row, state, text in zip(
        rows, ["Marking workflow state", *["Not marked"] * 3], ["Online text", "a 12:30 2026", "", ""], strict=True
    ):
        row.insert(6, state)
        row.insert(9, text)
    made = book(tmp_path, csv_bytes(rows))
    filled = made.filled(MARKS)
    assert changed_cells(csv_bytes(rows), filled.content).keys() == {(1, 4), (1, 11)}
    assert Left("12346", "Alan Turing", Unfilled.LOCKED) in filled.left


def test_a_worksheet_without_comments_gets_none(tmp_path: Path) -> None:
    for columns in (9, 8):  # without feedback comments, and without a submission besides
        rows = [row[: columns if columns == 9 else 7] + ([row[8]] if columns == 8 else []) for row in worksheet()]
        made = book(tmp_path, csv_bytes(rows))
        assert changed_cells(csv_bytes(rows), made.filled(MARKS).content).keys() == {(1, 4), (2, 4)}


def test_of_two_texts_after_the_times_none_is_taken_for_the_comments(tmp_path: Path) -> None:
    rows = [[*row, "outcome"] for row in worksheet()]
    assert changed_cells(csv_bytes(rows), book(tmp_path, csv_bytes(rows)).filled(MARKS).content).keys() == {
        (1, 4),
        (2, 4),
    }


def test_grades_of_a_scale_are_not_filled(tmp_path: Path) -> None:
    before = csv_bytes(worksheet(maximum="Poor\nFair\nGood", g12346="Good"))
    filled = book(tmp_path, before).filled({number: (85.0, "") for number, *_ in PEOPLE})
    assert filled.content == before
    assert {left.reason for left in filled.left} == {Unfilled.NO_NUMBER}
    assert filled.filled == ()


def test_a_worksheet_of_one_participant_and_a_scale_of_two_words(tmp_path: Path) -> None:
    one = csv_bytes(worksheet()[:2])
    assert changed_cells(one, book(tmp_path, one).filled(MARKS).content) == {
        (1, 4): "42.5",
        (1, 9): "w1 &amp; w2 &lt; w3",
    }
    two_words = book(tmp_path, csv_bytes(worksheet(maximum="Fail\nPass")))
    assert (two_words.heading, two_words.filled(MARKS).filled) == ("Grade", ())


def test_a_grade_or_comment_that_is_there_stays_unless_it_is_asked_for(tmp_path: Path) -> None:
    before = csv_bytes(worksheet(g12345="10.00", c12346="from hand", g12347="42.50"))
    marks = {"12345": (85.0, "new"), "12346": (80.0, "new"), "12347": (85.0, "new")}
    made = book(tmp_path, before)
    kept, new = made.filled(marks), made.filled(marks, overwrite=True)
    assert changed_cells(before, kept.content) == {(2, 4): "40", (3, 9): "new"}
    assert [(left.key, left.reason) for left in kept.left] == [
        ("12345", Unfilled.HAS_GRADE),
        ("12346", Unfilled.HAS_COMMENT),
    ]
    assert changed_cells(before, new.content) == {
        (1, 4): "42.5",
        (1, 9): "new",
        (2, 4): "40",
        (2, 9): "new",
        (3, 9): "new",
    }
    assert new.left == ()


def test_filling_twice_changes_nothing_more(tmp_path: Path) -> None:
    once = book(tmp_path, csv_bytes(worksheet("de"))).filled(MARKS).content
    again = book(tmp_path, once).filled(MARKS)
    assert again.content == once
    assert again.left == (NO_MARK,)


def test_marks_and_rows_that_do_not_fit_are_told(tmp_path: Path) -> None:
    rows = [*worksheet(), worksheet()[2]]
    filled = book(tmp_path, csv_bytes(rows)).filled({**MARKS, "99": (1.0, "x"), "12347": (None, "see me")})
    assert [*filled.left] == [
        Left("12346", "Alan Turing", Unfilled.TWICE),
        Left("12347", "Émilie du Châtelet", Unfilled.NO_POINTS),
        Left("12346", "Alan Turing", Unfilled.TWICE),
        Left("99", "", Unfilled.NOT_IN_FILE),
    ]
    assert changed_cells(csv_bytes(rows), filled.content) == {
        (1, 4): "42.5",
        (1, 9): "w1 &amp; w2 &lt; w3",
        (3, 9): "see me",
    }


@pytest.mark.parametrize(
    "comment", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\n=1", "＝1+1", "－1", '=HYPERLINK("x","y")']
)
def test_no_comment_is_a_formula(comment: str, tmp_path: Path) -> None:
    for rows, column in ((worksheet(), None), ([["id", "points", "comment"], ["12345", "", ""]], "points")):
        content = book(tmp_path, csv_bytes(rows), column).filled({"12345": (1, comment)}).content
        (cell,) = (row[-1] for row in read_rows(content) if row[0].endswith("12345"))
        assert cell.startswith("'")


def test_lines_of_a_comment_are_lines_in_moodle_and_stay_lines_in_a_table(tmp_path: Path) -> None:
    comment = "one\ntwo\r\nthree"
    moodle = book(tmp_path, csv_bytes(worksheet())).filled({"12345": (1, comment)}).content
    assert moodle_takes(moodle, "en")[12345][1] == "one<br>two<br>three"
    rows = [["id", "points", "comment"], ["1", "", ""]]
    assert read_rows(book(tmp_path, csv_bytes(rows)).filled({"1": (1, comment)}).content)[1][2] == comment


@pytest.mark.parametrize("points", [-0.1, 100.1, math.nan, math.inf])
def test_points_are_from_0_to_100(points: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 to 100"):
        book(tmp_path, csv_bytes(worksheet())).filled({"12345": (points, "")})


@pytest.mark.parametrize(
    ("points", "maximum", "grade"),
    [
        (100, "20.00", "20"),
        (0, "20.00", "0"),
        (66.625, "20.00", "13.33"),
        (50.05, "10", "5.01"),
        (99.999, "100", "100"),
    ],
)
def test_points_are_scaled_to_two_decimals_and_halves_go_up(
    points: float, maximum: str, grade: str, tmp_path: Path
) -> None:
    made = book(tmp_path, csv_bytes(worksheet(maximum=maximum)))
    assert read_rows(made.filled({"12345": (points, "")}).content)[1][4] == grade


def test_a_maximum_of_0_is_no_maximum(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column that takes grades"):
        book(tmp_path, csv_bytes(worksheet(maximum="0.00")))


def test_where_two_columns_may_be_the_grades_it_must_be_said_which(tmp_path: Path) -> None:
    rows = worksheet()
    for row, (grade, most) in zip(rows, [("Peer grade", "Peer maximum"), *[("", "5")] * 3], strict=True):
        row[4:4] = [grade, most]
    with pytest.raises(InputError, match="Peer grade"):
        book(tmp_path, csv_bytes(rows))
    filled = book(tmp_path, csv_bytes(rows), "Grade").filled(MARKS)
    assert changed_cells(csv_bytes(rows), filled.content) == {
        (1, 6): "42.5",
        (2, 6): "16.67",
        (1, 11): "w1 &amp; w2 &lt; w3",
    }
    with pytest.raises(InputError, match="Did you mean"):
        book(tmp_path, csv_bytes(rows), "Grad")


# -------------------------------------------------------------------------------------------------------------- Canvas


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("column", ["12", "Backprop (3)", "Backprop (3) (12)"])
def test_canvas_finds_the_scores(separator: str, encoding: str, column: str, tmp_path: Path) -> None:
    before = csv_bytes(CANVAS, separator, "\r\n", encoding)
    made = book(tmp_path, before, column)
    filled = made.filled({"501": (91.25, "no place for it"), "502": (85.0, ""), "503": (50.0, ""), "504": (1.0, "")})
    assert (made.kind, made.heading) == (GradebookKind.CANVAS, "Backprop (3) (12)")
    assert canvas_takes(filled.content, 12) == {501: "18.25", 502: "17.00", 503: "N/A", 504: "EX"}
    assert changed_cells(before, filled.content, separator) == {(3, 7): "18.25"}
    assert filled.filled == ("501", "502")
    assert [(left.key, left.reason) for left in filled.left] == [("503", Unfilled.LOCKED), ("504", Unfilled.HAS_GRADE)]


def test_people_of_canvas_have_ids_and_names(tmp_path: Path) -> None:
    people = book(tmp_path, csv_bytes(CANVAS), "12").people
    assert people[0] == Person("501", ("s1", "ada@x.org"), ("Lovelace, Ada",), Platform.CANVAS)
    rows = [
        ["LastName", "FirstName", *row[1:]] if not at else [*[*row[0].split(", "), ""][:2], *row[1:]]
        for at, row in enumerate(CANVAS)
    ]
    assert book(tmp_path, csv_bytes(rows), "12").people == people


def test_the_column_of_canvas_must_be_there_and_be_the_only_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"several.*Quiz \(11\).*Backprop"):
        book(tmp_path, csv_bytes(CANVAS))
    for wrong in ("Backprop", "Final Score", "Notes", "99"):
        with pytest.raises(InputError, match="no column for grades"):
            book(tmp_path, csv_bytes(CANVAS), wrong)
    one = [[cell for at, cell in enumerate(row) if at != 6] for row in CANVAS]
    assert book(tmp_path, csv_bytes(one)).heading == "Backprop (3) (12)"
    twins = [[*row, "Quiz (13)" if not at else row[6]] for at, row in enumerate(CANVAS)]
    with pytest.raises(InputError, match="several"):
        book(tmp_path, csv_bytes(twins), "Quiz")
    with pytest.raises(InputError, match="Points Possible"):
        book(tmp_path, csv_bytes([row for row in CANVAS if "Possible" not in row[0]]), "12")


def test_a_decimal_comma_is_written_where_the_file_has_some(tmp_path: Path) -> None:
    rows = [[cell.replace(".", ",") if cell[:1].isdigit() else cell for cell in row] for row in CANVAS]
    for separator in ";,":
        before = csv_bytes(rows, separator)
        filled = book(tmp_path, before, "12").filled({"501": (91.25, "")})
        assert changed_cells(before, filled.content, separator) == {(3, 7): "18,25"}
        assert canvas_takes(filled.content, 12)[501] == "18.25"


def test_no_points_possible_is_no_maximum(tmp_path: Path) -> None:
    rows = [[*row] for row in CANVAS]
    rows[2][7] = "0.00"
    filled = book(tmp_path, csv_bytes(rows), "12").filled({"501": (91.25, "")})
    assert filled.left[0].reason is Unfilled.NO_NUMBER
    assert book(tmp_path, csv_bytes(rows), "12", maximum=8).filled({"501": (50, "")}).filled == ("501",)


# --------------------------------------------------------------------------------------------------------- Brightspace


def test_brightspace_is_filled(tmp_path: Path) -> None:
    before = csv_bytes(BRIGHTSPACE, end="\r\n", encoding="utf-8-sig")
    made = book(tmp_path, before, "Backprop")
    filled = made.filled({"1001": (85.0, "no place for it"), "1002": (85.0, "")})
    assert made.kind is GradebookKind.BRIGHTSPACE
    assert made.people[0] == Person("1001", ("ada.l",), ("Ada Lovelace",))
    assert changed_cells(before, filled.content) == {(1, 5): "34"}
    assert filled.left == (Left("1002", "Alan Turing", Unfilled.HAS_GRADE),)
    with pytest.raises(InputError, match="several"):
        book(tmp_path, before)


def test_brightspace_is_known_by_its_grades_or_by_its_last_column(tmp_path: Path) -> None:
    without_end = [row[:-1] for row in BRIGHTSPACE]
    assert book(tmp_path, csv_bytes(without_end), "Backprop").kind is GradebookKind.BRIGHTSPACE
    without_grades = [[row[0], row[1], row[-1]] for row in BRIGHTSPACE]
    with pytest.raises(InputError, match="no column that takes grades"):
        book(tmp_path, csv_bytes(without_grades))


def test_brightspace_with_usernames_alone_and_without_a_maximum(tmp_path: Path) -> None:
    rows = [["Username", "Backprop Points Grade", "End-of-Line Indicator"], ["#ada.l", "", "#"]]
    filled = book(tmp_path, csv_bytes(rows)).filled({"ada.l": (85.0, "")})
    assert filled.left == (Left("ada.l", "", Unfilled.NO_NUMBER),)
    assert read_rows(book(tmp_path, csv_bytes(rows), maximum=20).filled({"ada.l": (85.0, "")}).content)[1][1] == "17"


# ---------------------------------------------------------------------------------------------------------- any table

TABLE = [["Name", "Matrikelnummer", "Punkte"], ["Ada Lovelace", "1001", ""], ["Alan Turing", "S1002", ""]]


def test_a_table_gets_a_column_or_the_one_that_is_asked_for(tmp_path: Path) -> None:
    before = csv_bytes(TABLE, ";", "\r\n")
    marks = {"1001": (85.5, "x"), "S1002": (7.0, "x")}
    made = book(tmp_path, before)
    assert (made.kind, made.heading) == (GradebookKind.PLAIN, "points")
    assert made.filled(marks).content == before.replace(b"Punkte", b"Punkte;points").replace(
        b";\r\n", b";;85.5\r\n", 1
    ).replace(b";\r\n", b";;7\r\n", 1)
    assert book(tmp_path, before, "Punkte").filled(marks).content == before.replace(b";\r\n", b";85.5\r\n", 1).replace(
        b";\r\n", b";7\r\n", 1
    )
    assert made.filled({}).content == before.replace(b"\r\n", b";\r\n").replace(b"Punkte;", b"Punkte;points")
    once = made.filled(marks).content
    assert book(tmp_path, once).filled(marks).content == once


def test_a_row_with_more_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    """As a comma without quotes makes them: the grade would go to another column, or in place of what stands there."""
    for text in ("id,name\n1,Lovelace, Ada\n", "id,name\n2,x\n\n1,Ada,,x\n"):
        with pytest.raises(InputError, match=r"line [24]: this row has more cells"):
            book(tmp_path, text.encode())
    assert book(tmp_path, b"id,name\n1,Ada,,\n").filled({"1": (5, "")}).content == b"id,name,points\n1,Ada,5,\n"


def test_signs_within_quotes_do_not_separate(tmp_path: Path) -> None:
    before = b'"id";"a, b, c","x"\n1;2\n'.replace(b',"x"', b"")
    assert book(tmp_path, before).filled({"1": (5, "")}).content == before.replace(b'c"', b'c";points').replace(
        b"2\n", b"2;5\n"
    )


@pytest.mark.parametrize(("limit", "most"), [("MAX_BYTES", 18), ("MAX_CELLS", 5)])
def test_a_table_of_absurd_size_is_refused(
    limit: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = b"id,name\n1,Ada\n2,Bo\n"
    monkeypatch.setattr(csv_cells, limit, most + 1)
    book(tmp_path, before)
    monkeypatch.setattr(csv_cells, limit, most)
    with pytest.raises(InputError, match="more than"):
        book(tmp_path, before)


def test_rows_of_a_table_may_be_too_short(tmp_path: Path) -> None:
    text = "sep=;\nid;name;mark;comment\n1\n2;Alan\n3;Ada;;\n"
    marks = dict.fromkeys("123", (50.0, "ok"))
    filled = book(tmp_path, text.encode(), "mark").filled(marks)
    assert filled.content.decode() == "sep=;\nid;name;mark;comment\n1;;50;ok\n2;Alan;50;ok\n3;Ada;50;ok\n"


@pytest.mark.parametrize(
    "ids", [("S1001", "S1002"), ("stud1001", "stud1002"), ("stud1001", "other1002"), ("1001", "x")]
)
@pytest.mark.parametrize("times", [(), ("2026-11-24 22:15", "-")])
def test_a_table_of_ids_is_no_worksheet_of_moodle(ids: tuple[str, ...], times: tuple[str, ...], tmp_path: Path) -> None:
    rows = [
        ["id", "name", *(["handed in"] if times else [])],
        *([one, "A", *times[at : at + 1]] for at, one in enumerate(ids)),
    ]
    if times and ids[0].startswith("stud") and ids[1].startswith("stud"):
        with pytest.raises(InputError, match="no column that takes grades"):
            book(tmp_path, csv_bytes(rows))
    else:
        made = book(tmp_path, csv_bytes(rows))
        assert (made.kind, [person.key for person in made.people]) == (GradebookKind.PLAIN, [*ids])


@pytest.mark.parametrize("maximum", [0, -1, math.nan, math.inf])
def test_a_maximum_is_a_number_above_0(maximum: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="above 0"):
        book(tmp_path, csv_bytes(TABLE), maximum=maximum)
    assert b"1001,,0.25" in book(tmp_path, csv_bytes(TABLE), maximum=0.5).filled({"1001": (50, "")}).content


def test_a_short_row_gets_as_many_cells_as_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,a,b,c,d\n1\n2,x\n")
    cells = {(1, 1): "A", (1, 2): "B", (1, 4): "D", (2, 1): "y,", (2, 3): "C"}
    assert read_csv_text(path).with_cells(cells) == b'id,a,b,c,d\n1,A,B,,D\n2,"y,",,C\n'


def test_a_table_without_ids_is_refused(tmp_path: Path) -> None:
    for content in (
        b"a,b\n1,2\n",
        b"",
        b"id\n",
        b'id,x\n"1,2\n',
        b'id,x\n"1"2,3\n',
        b"\0i\0d\0\n\x001",
        b"\xff\xfeid",
        b"id,\x81\n1,2\n",
    ):
        with pytest.raises(InputError):
            book(tmp_path, content)
    with pytest.raises(InputError):
        read_gradebook(tmp_path / "absent.csv")


def test_a_table_as_excel_saves_it_in_western_europe_keeps_its_encoding(tmp_path: Path) -> None:
    rows = [["id", "name", "points", "comment"], ["1", "Émilie", "", ""]]
    made = book(tmp_path, csv_bytes(rows, ";", "\r\n", "cp1252"))
    assert made.filled({"1": (5, "très bien")}).content == csv_bytes(
        [rows[0], ["1", "Émilie", "5", "très bien"]], ";", "\r\n", "cp1252"
    )
    with pytest.raises(InputError, match="∂"):
        made.filled({"1": (5, "∂E")})


# ------------------------------------------------------------------------------------------------------ nothing else

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), max_size=6)
_HEADERS = ["id", "name", "x", "points", "comment"]


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[list[str]], str, list[str]]:
    """Draw the cells of a table as they stand in a file, the sign between them, and the ends of its lines."""
    separator = draw(st.sampled_from(",;\t"))

    def cell(text: str) -> str:
        must = any(sign in text for sign in f'{separator}"\r\n')
        return '"' + text.replace('"', '""') + '"' if must or draw(st.booleans()) else text

    rows = [[cell(header) for header in _HEADERS]]
    empty = st.sampled_from(["", '""'])
    for number in range(draw(st.integers(1, 4))):
        texts = [cell(str(number)), cell(draw(_TEXTS)), cell(draw(_TEXTS))]
        rows.append([*texts, draw(empty), draw(empty)])
    return rows, separator, [draw(st.sampled_from(["\n", "\r\n", "\r"])) for _ in rows]


@given(_tables(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.floats(0, 100), _TEXTS, st.data())
def test_every_byte_outside_of_the_filled_cells_is_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[list[str]], str, list[str]],
    encoding: str,
    points: float,
    comment: str,
    data: st.DataObject,
) -> None:
    rows, separator, ends = table
    chosen = data.draw(st.sets(st.integers(1, len(rows) - 1)))

    def joined(table: list[list[str]]) -> bytes:
        return "".join(separator.join(row) + end for row, end in zip(table, ends, strict=True)).encode(encoding)

    path = tmp_path_factory.mktemp("drawn") / "t.csv"
    path.write_bytes(joined(rows))
    filled = read_gradebook(path).filled({str(row - 1): (points, comment) for row in chosen})
    values = read_csv_text_of(path, filled.content)
    for row in chosen:
        for column in (3, 4):
            rows[row][column] = values[row][column]
    assert filled.content == joined(rows)
    assert {left.key for left in filled.left} == {str(row - 1) for row in range(1, len(rows)) if row not in chosen}


def read_csv_text_of(path: Path, content: bytes) -> list[list[str]]:
    """Return the cells of a filled file as they stand in it, quotes and all."""
    path.write_bytes(content)
    table = read_csv_text(path)
    return [[table.text[cell.start : cell.end] for cell in row] for row in table.rows]


def test_the_difference_of_a_whole_class_is_in_its_grades_alone(tmp_path: Path) -> None:
    """By a comparison of bytes that knows of no cells: what is new is digits, what is gone is nothing."""
    rows = worksheet()
    body = [[f"Participant {number}", f"Student {number}", *rows[1][2:]] for number in range(1000, 1300)]
    before = csv_bytes([rows[0], *body])
    after = book(tmp_path, before).filled({str(number): (number % 101, "") for number in range(1000, 1300)}).content
    lines = zip(before.splitlines(), after.splitlines(), strict=True)
    for old, new in lines:
        steps = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        assert all(
            kind in ("equal", "insert") and set(new[a:b]) <= {*b"0123456789."}
            for kind, _, _, a, b in steps
            if kind != "equal"
        )
