"""Examples in a CSV file: what is read, and that every fault is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from xlbackprop.errors import InputError
from xlbackprop.lesson.data_file import read_csv
from xlbackprop.lesson.lesson_file import load_lesson, read_lesson

pytestmark = pytest.mark.installed

LESSON = """
title = "From a file"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.3, 0.5], [-0.2, 0.7]]
[data]
file = "points.csv"
target_columns = ["y2", "y1"]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 3
"""
POINTS = "y1,x1,y2,x2\n1,0.5,2,-1e-1\n3,.25,4,+6.\n"
DIGITS = "x,digit\n0.1,10\n0.2,9\n0.3,10\n"


def told(text: str, lesson: str = LESSON) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_lesson(lesson, "bad.toml", data=text)
    return [str(problem) for problem in caught.value.problems]


def test_columns_become_targets_in_the_order_named_and_the_others_inputs() -> None:
    lesson = read_lesson(LESSON, "good.toml", data=POINTS.replace("\n", "\r\n"))
    assert lesson.inputs == ((0.5, -0.1), (0.25, 6.0))
    assert lesson.targets == ((2.0, 1.0), (4.0, 3.0))
    assert (lesson.data_file, lesson.data_text) == ("points.csv", POINTS)


def test_classes_are_sorted_as_numbers_where_they_are_numbers() -> None:
    assert read_csv(DIGITS, "d.csv", (), "digit")[1] == ((0.0, 1.0), (1.0, 0.0), (0.0, 1.0))
    words = DIGITS.replace("9", "b")
    assert read_csv(words, "d.csv", (), "digit")[1] == ((1.0, 0.0), (0.0, 1.0), (1.0, 0.0))


def test_the_file_lies_beside_the_lesson(tmp_path: Path) -> None:
    (tmp_path / "lesson.toml").write_text(LESSON, encoding="utf-8")
    with pytest.raises(InputError, match=r'there is no file "points\.csv" beside the lesson'):
        load_lesson(tmp_path / "lesson.toml")
    (tmp_path / "points.csv").write_bytes(b"\xef\xbb\xbf" + POINTS.encode() + b"\n,,,\n")
    assert len(load_lesson(tmp_path / "lesson.toml").inputs) == 2
    (tmp_path / "points.csv").write_bytes("y1,x1,y2,ä\n".encode("latin-1"))
    with pytest.raises(InputError, match="byte 9: this is not UTF-8 text"):
        load_lesson(tmp_path / "lesson.toml")


FAULTS: list[tuple[str, str]] = [
    ("", "points.csv, line 1: it is empty."),
    ("y1,x1,y2,x2\n", "points.csv, line 1: it has a header row and no example."),
    ("y1 x1 y2 x2\n1 2 3 4\n", "the header has one column only; inputs and targets are needed. Separate the cells with commas"),
    (POINTS.replace("x2", "x1"), 'line 1: two columns are named "x1". Rename one.'),
    (POINTS.replace("x2", ""), "line 1: column 4 has no name."),
    (POINTS.replace("y2", "y22"), 'line 1: there is no column "y2". Did you mean "y22"?'),
    (POINTS.replace(",2,", ",2,9,"), "line 2: 4 cells are expected, as in the header, but there are 5. Write 0.5, not 0,5."),
    (POINTS.replace("3,.25", ".25"), "line 3: 4 cells are expected, as in the header, but there are 3."),
    (POINTS.replace(".25", '"0,25"'), 'line 3, column "x1": "0,25" is not a finite number. Use a decimal point'),
    (POINTS.replace(".25", "nan"), 'line 3, column "x1": "nan" stands for a number that is missing. Fill it in, or leave the row out.'),
    (POINTS.replace(".25", "1_0"), 'line 3, column "x1": "1_0" is not a finite number.'),
    (POINTS.replace(".25", "1e999"), '"1e999" is not a finite number.'),
    (POINTS.replace(".25", ""), 'line 3, column "x1": this cell is empty; a number is needed.'),
    (POINTS.replace(".25", '"0.25'), "line 3: a quote opens a cell, and none closes it. Write numbers without quotes."),
    (POINTS.replace("x1", "x\x01"), "it has characters that no workbook can hold: U+0001."),
    (POINTS.replace("1,0.5", "1,1e10"), "i1 of example 1: 1e+10 is too large to learn from"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), FAULTS, ids=[f"{index}" for index in range(len(FAULTS))])
def test_a_fault_in_the_file_is_told_with_its_line(text: str, fault: str) -> None:
    found = told(text)
    assert any(fault in problem for problem in found), found


WRONG: list[tuple[str, str, str]] = [
    ('"points.csv"', '"../points.csv"', "the name of a file beside the lesson is needed, one that ends in .csv, without folders."),
    ('"points.csv"', '"/points.csv"', "without folders."),
    ('"points.csv"', '"C:points.csv"', "without folders."),
    ('"points.csv"', '"points.txt"', "one that ends in .csv"),
    ('"points.csv"', "3", "data.file: a text is needed, but this is a whole number (3)."),
    ('"points.csv"', '"points.csv"\ninputs = [1]', "data.inputs: the examples stand in a file already. Leave out either inputs or file."),
    ('target_columns = ["y2", "y1"]', "", "data.file: which columns are targets must be told"),
    ('target_columns = ["y2", "y1"]', 'target_columns = ["y1"]\nclass_column = "y2"', "not by both."),
    ('["y2", "y1"]', '["y2"]', "data.target_columns: it makes 1 target, but the last layer has 2 units."),
    ('["y2", "y1"]', '["y2", "y2"]', 'target_columns: "y2" stands there twice.'),
    ('["y2", "y1"]', '["y2", "y1", "x1", "x2"]', "every column is a target; none is left for the inputs."),
    ("target_columns", "target_colums", 'data.target_colums: there is no such key. Did you mean "target_columns"?'),
    ('target_columns = ["y2", "y1"]', 'target_columns = ["y2", "y1"]\nheld_back = 2', "data.held_back: a whole number from 0 to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "fault"), WRONG, ids=[f"{index}" for index in range(len(WRONG))])
def test_a_fault_in_the_table_is_told(right: str, wrong: str, fault: str) -> None:
    assert right in LESSON
    found = told(POINTS, LESSON.replace(right, wrong))
    assert any(fault in problem for problem in found), found


def test_classes_that_differ_in_capitals_only_are_told() -> None:
    found = told(POINTS, LESSON.replace('target_columns = ["y2", "y1"]', 'class_column = "kind"'))
    assert "there is no column" in " ".join(found)
    kinds = "x1,x2,kind\n1,2,Iris\n3,4,iris\n5,6,lily\n"
    (told_so,) = told(kinds, LESSON.replace('target_columns = ["y2", "y1"]', 'class_column = "kind"'))
    assert '3 targets ("Iris", "iris", "lily")' in told_so
    assert told_so.endswith("Iris and iris differ in capitals only. Mend the file.")


def test_one_class_is_nothing_to_learn() -> None:
    with pytest.raises(InputError, match='every example is of the class "10"'):
        read_csv(DIGITS.replace("9", "10"), "d.csv", (), "digit")


def test_many_faults_are_counted() -> None:
    found = told(POINTS + "a,b,c,d\n" * 10)
    assert found[-1].endswith("… and 30 more.")
    assert len(found) == 11


def test_too_many_examples_are_refused() -> None:
    assert any("more than the 100,000 examples allowed" in problem for problem in told(POINTS + "1,2,3,4\n" * 100_000))


def test_without_its_data_a_lesson_cannot_be_read() -> None:
    with pytest.raises(InputError, match=r'the text of "points\.csv" is not at hand'):
        read_lesson(LESSON, "bad.toml")


# ------------------------------------------------------------------------------------- files of other programs


def points(text: str) -> tuple[object, ...]:
    return tuple(read_csv(text, "p.csv", ["y"], ""))


ONE = (((0.5, -1.0), (0.25, 6.0)), ((1.0,), (3.0,)), ("a", "b"), ())


@pytest.mark.parametrize(
    "text",
    [
        "y,a,b\n1,0.5,-1\n3,.25,6\n",
        "y;a;b\n1;0,5;-1\n3;,25;6,0\n",
        "y;a;b\n1;0.5;-1\n3;.25;6\n",
        "y\ta\tb\n1\t0,5\t-1\n3\t,25\t6\n",
        "sep=;\ny;a;b\n1;5e-1;-1,\n3;2,5e-1;6\n",
        '"sep=,"\ny,a,b\n1,0.5,-1\n3,.25,6\n',
        '"y";"a";"b"\n"1";"0,5";"-1"\n3;,25;6\n;;\n',
    ],
)
def test_what_programs_of_any_country_save_is_read(text: str) -> None:
    assert points(text) == ONE


def test_columns_may_be_left_out_whatever_is_in_them() -> None:
    text = "Id,y,note,a,b\n1,1,so,0.5,-1\n2,3,,.25,6\n"
    assert tuple(read_csv(text, "p.csv", ["y"], "", ["Id", "note"])) == ONE
    lesson = LESSON.replace('["y2", "y1"]', '["y2", "y1"]\nleave_out = ["no"]')
    assert read_lesson(lesson, "good.toml", data=POINTS.replace("\n", ",no\n", 1).replace(".\n", ".,z\n").replace("1e-1\n", "1e-1,z\n")).input_names == ("x1", "x2")  # fmt: skip


STRANGE: list[tuple[str, list[str]]] = [
    ("y;a;b\n1;0,5;1.5\n3;1;2\n", ['line 2, column "b": "1.5" has a decimal point, but other numbers of this file have decimal commas. Use one of the two, and no marks for thousands.']),
    ("y;a;b\n1;0,5;1\n3;1.000,5;2\n", ['line 3, column "a": "1.000,5" is not a finite number. Leave out the marks for thousands.']),
    ("y;a;b\n1;0,5;6,0 cm\n3;1;2\n", ['line 2, column "b": "6,0 cm" is not a finite number. Write the number alone; its unit may stand in the header.']),
    ("y,a,b\n1,0.5,6 cm\n3,1,2\n", ['line 2, column "b": "6 cm" is not a finite number. Write the number alone; its unit may stand in the header.']),
    ("y,a,kind\n1,0.5,it's\n3,1,no\n", ['column "kind": there is no number in this column, but ["it\'s", "no"]. Leave it out, leave_out = ["kind"], or write a number for each.']),
    ("y,a,sex\n1,0.5,male\n3,1,female\n", ['column "sex": there is no number in this column, but ["male", "female"]. Leave it out, leave_out = ["sex"], or write a number for each.']),
    ("a,b,y\n1,0.5,cat\n3,1,dog\n", ['column "y": there is no number in this column, but ["cat", "dog"]. Of classes, write class_column = "y" in place of target_columns.']),
    ("a,b,y\n1,0.5,1\n3,NaN,\n?,1,0\n", ['line 3, column "b": "NaN" stands for a number that is missing. Fill it in, or leave the row out.', 'line 3, column "y": this cell is empty; a number is needed. Fill it in, or leave the row out.', 'line 4, column "a": "?" stands for a number that is missing. Fill it in, or leave the row out.']),
    (",a,y\n0,0.5,1\n1,0.7,1\n2,1,0\n", ["line 1: column 1 has no name. It only numbers the rows: delete it."]),
    ("y,a,\n1,0.5,1\n1,0.7\n", ["line 1: column 3 has no name. The first row names the columns."]),
    ("a,b,y\n1,0.5,1/2\n3,1,2\n", ['line 2, column "y": "1/2" is not a finite number. Write it as a decimal number: 0.5.']),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told"), STRANGE, ids=[f"{index}" for index in range(len(STRANGE))])
def test_a_cell_or_a_column_that_holds_no_number_is_named(text: str, told: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        points(text)
    assert [str(problem) for problem in caught.value.problems] == told


LEFT_OUT: list[tuple[str, str]] = [
    ('["no"]', 'points.csv, line 1: there is no column "no".'),
    ('["y1"]', 'data.leave_out: "y1" is a target. Leave out other columns.'),
    ('["x1", "x2"]', "points.csv, line 1: every column is a target or left out; none is left for the inputs."),
    ('"x1"', "data.leave_out: a list of texts is needed."),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "fault"), LEFT_OUT)
def test_a_column_that_cannot_be_left_out_is_told(columns: str, fault: str) -> None:
    found = told(POINTS, LESSON.replace('["y2", "y1"]', f'["y2", "y1"]\nleave_out = {columns}'))
    assert any(fault in problem for problem in found), found


def test_a_csv_of_western_windows_is_read_where_semicolons_tell_its_origin(tmp_path: Path) -> None:
    (tmp_path / "lesson.toml").write_text(LESSON.replace('"y1"', '"Größe"'), encoding="utf-8")
    german = POINTS.replace("y1", "Größe").replace(",", ";").replace(".", ",")
    (tmp_path / "points.csv").write_bytes(german.encode("cp1252").replace(b"\n", b"\r\n"))
    assert load_lesson(tmp_path / "lesson.toml").targets == ((2.0, 1.0), (4.0, 3.0))
    for content in (german.encode("cp1252").replace(b";", b","), german.encode("cp437"), german.encode("utf-16")):
        (tmp_path / "points.csv").write_bytes(content)
        with pytest.raises(InputError, match="this is not UTF-8 text"):
            load_lesson(tmp_path / "lesson.toml")
