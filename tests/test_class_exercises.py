"""Exercises for a class: each student has other numbers, in which the mistakes show; nothing depends on how it was made."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import openpyxl
import pytest

from tests import class_of_students
from tests.slow import slow
from xlbackprop import load_lesson
from xlbackprop.classroom import Leak, Spot, Student, Variants, leaks, read_manifest, read_roster
from xlbackprop.classroom.digests import tolerance
from xlbackprop.classroom.exercise import EXERCISE
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.network.quantities import Output

KEY = "secret"
ROSTER = """Last name;First name;E-mail;ID number
Müller;Anna;anna@x.org;1001
=cmd|' /C calc'!A0;Eve;eve@x.org;=1+2
O'Neill;Pat;pat@x.org;1003
Ünal;Cem;;../../etc
"""
STUDENTS = (
    Student("1001", "Anna Müller", "anna@x.org"),
    Student("=1+2", "Eve =cmd|' /C calc'!A0", "eve@x.org"),
    Student("1003", "Pat O'Neill", "pat@x.org"),
    Student("../../etc", "Cem Ünal", ""),
)


def made(folder: Path, *words: str) -> dict[str, str]:
    """Make a class; return the digest of every file by its name."""
    roster = folder.parent / "students.csv"
    if not roster.exists():
        roster.write_text(ROSTER, encoding="utf-8")
    words = ("exercise", "vanishing", "--roster", str(roster), "--key", KEY, "-o", str(folder), *words)
    assert main(words) == 0
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


# ---------------------------------------------------------------------------------------------------------- the roster


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_is_read_as_spreadsheets_and_platforms_save_it(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_bytes(ROSTER.encode(encoding))
    assert read_roster(path) == STUDENTS
    path.write_bytes(ROSTER.replace(";", "\t").encode(encoding))
    assert read_roster(path) == STUDENTS


def test_a_roster_may_have_ids_alone_or_addresses_for_ids(tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_text("group,Student ID\na,7\nb,8\n")
    assert read_roster(path) == (Student("7"), Student("8"))
    path.write_text("Name,Email\nAnna,a@x.org\n")
    assert read_roster(path) == (Student("a@x.org", "Anna", "a@x.org"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("group,points\na,7\n", 'no column is called id; there are "group", "points". Name the one'),
        ("id,name\n7,a\n8,b\n7,c\n", 'line 4, column "id": "7" is the id of line 2, too.'),
        ("id,name\n7,a\n,b\n", 'line 3, column "id": this student has no id.'),
        ("id\n", "line 1: it has a header row"),
    ],
)
def test_what_is_wrong_with_a_roster_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "students.csv"
    path.write_text(text)
    with pytest.raises(InputError) as fault:
        read_roster(path)
    assert said in str(fault.value)


# -------------------------------------------------------------------------------------------------------- the variants


@pytest.mark.parametrize(
    "lesson", ["walkthrough", "vanishing", "regression", "optimizers", *map(slow, ("two-biases", "xor", "softmax-3-classes", "trained-biases"))]
)  # fmt: skip
def test_in_a_variant_the_mistakes_show(lesson: str) -> None:
    variants = Variants(load_lesson(lesson), "secret")
    hidden = {(which.spot.quantity, which.sentence) for which in variants.shown.hidden}
    for student in ("1", "2", "3"):
        exercise = variants.of(student).exercise
        seen: dict[tuple[object, str], bool] = {}
        for spot in exercise.table.answers:
            right = exercise.table.value(spot)
            for mistake, number in exercise.wrong_numbers.of(spot):
                what = spot.quantity, mistake.sentence
                seen[what] = seen.get(what, False) or abs(number - right) > 10 * tolerance(right)
        not_shown = {what for what, shows in seen.items() if not shows} - hidden
        assert {sentence for _, sentence in not_shown if "is the number" not in sentence} == set()
    assert len(variants.shown.commonest) == 10 or lesson in ("regression", "optimizers", "vanishing")


def test_the_commonest_mistakes_move_their_cell_by_two_percent() -> None:
    variants = Variants(load_lesson("walkthrough"), "secret")
    for student in ("1", "2", "3"):
        exercise = variants.of(student).exercise
        numbers = {
            (spot, mistake.sentence): number
            for spot in exercise.table.answers
            for mistake, number in exercise.wrong_numbers.of(spot)
        }
        for which in variants.shown.commonest:
            right = exercise.table.value(which.spot)
            assert abs(numbers[which.spot, which.sentence] - right) >= 0.02 * abs(right), which.sentence


def test_another_key_or_level_gives_other_numbers_and_codes() -> None:
    lesson = load_lesson("vanishing")
    all_of_them = [
        Variants(lesson, "a"),
        Variants(lesson, "b"),
        Variants(lesson, "a", "forward"),
        Variants(load_lesson("vanishing", epochs=7), "a"),
    ]
    assert len({variants.code("1001") for variants in all_of_them[:3]}) == 3
    assert len({(*variants.numbers(variants.of("1001").exercise).values(),) for variants in all_of_them[:3]}) > 1


# --------------------------------------------------------------------------------------------------------- the command


def test_a_class_is_the_same_however_it_is_made(tmp_path: Path) -> None:
    whole = made(tmp_path / "whole")
    assert len(whole) == 5
    assert made(tmp_path / "jobs", "--jobs", "2") == whole
    shards = made(tmp_path / "shards", "--shard", "1/2") | made(tmp_path / "shards", "--shard", "2/2")
    workbooks = {name: digest for name, digest in whole.items() if name.endswith(".xlsx")}
    assert {name: digest for name, digest in shards.items() if name.endswith(".xlsx")} == workbooks
    assert {"manifest-1of2.csv", "manifest-2of2.csv"} < {*shards}


def test_a_restart_makes_what_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    whole = made(folder)
    manifest = folder / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    times = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.xlsx")}
    gone = next(folder.glob("*.xlsx"))
    gone.unlink()
    # killed while it wrote a line, and one workbook was not told of yet
    manifest.write_text("".join([*lines[:3], lines[3][:20]]), encoding="utf-8")
    assert made(folder) == whole
    kept = {path.name for path in folder.glob("*.xlsx") if path.stat().st_mtime_ns == times[path.name]}
    told = {line.split(",")[-5] if line.split(",")[-5].endswith(".xlsx") else "" for line in lines[1:3]}
    assert kept >= told - {gone.name, ""}


def test_the_manifest_says_whose_is_which_and_holds_no_formula(tmp_path: Path) -> None:
    made(tmp_path / "class")
    text = (tmp_path / "class" / "manifest.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(text.splitlines())
    assert header == ["code", "id", "name", "mail", "file", "draws", "i1", "w1", "w2"]
    assert [row[1] for row in rows] == ["1001", "'=1+2", "1003", "../../etc"]
    assert [row[4] for row in rows] == [f"vanishing-{row[0]}.xlsx" for row in rows]
    assert len({tuple(row[6:]) for row in rows}) == 4


@pytest.mark.parametrize("words", [(), ("--names",)])
def test_a_name_stands_on_the_sheet_only_where_it_is_asked_for(words: tuple[str, ...], tmp_path: Path) -> None:
    files = made(tmp_path / "class", *words)
    found = []
    for name in files:
        if name.endswith(".xlsx"):
            sheet = openpyxl.load_workbook(tmp_path / "class" / name)[EXERCISE]
            found.append(str(sheet["A2"].value).partition(":")[0])
            assert sheet["A2"].data_type == "s"
    named = {"Anna Müller", "Eve =cmd|' /C calc'!A0", "Pat O'Neill", "Cem Ünal"}
    assert ({*found} == named) is bool(words)


def test_no_variant_gives_an_answer_away(tmp_path: Path) -> None:
    made(tmp_path / "class")
    variants = Variants(load_lesson("vanishing"), "secret")
    for student in STUDENTS:
        path = tmp_path / "class" / f"vanishing-{variants.code(student.id)}.xlsx"
        assert [*leaks(path, variants.of(student.id).exercise)] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--shard", "3/2"], 'a part of a whole is needed, as "2/3", but this is "3/2".'),
        (["--jobs", "0"], 'a whole number from 1 to 256 is needed, but this is "0".'),
        (["--roster", "nowhere.csv"], "nowhere.csv"),
        (["-o", "week3.xlsx"], "the workbooks of a class go into a folder, and this is none. For instance: -o week3"),
    ],
)
def test_bad_words_are_told(words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    assert main(["exercise", "vanishing", "--roster", str(roster), "-o", str(tmp_path / "class"), *words]) == 2
    assert said in capsys.readouterr().err


def test_what_is_for_a_class_alone_needs_a_roster(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exercise", "--key", "x", "--jobs", "2"]) == 2
    assert "--key: it is for a class. Add --roster students.csv" in capsys.readouterr().err


@pytest.mark.slow
def test_a_class_of_twenty(tmp_path: Path) -> None:
    rows = class_of_students.made(20, "walkthrough", tmp_path)
    assert len(rows) == 20
    assert class_of_students.faults(rows, "walkthrough", tmp_path, every=5) == []


def test_what_a_student_has_filled_in_is_not_made_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "class"
    files = made(folder)
    filled = folder / next(name for name in files if name.endswith(".xlsx"))
    book = openpyxl.load_workbook(filled)
    book[EXERCISE]["D9"] = "=1"
    book.save(filled)
    (folder / "manifest.csv").unlink()
    before = filled.read_bytes()
    words = ["exercise", "vanishing", "--roster", str(tmp_path / "students.csv"), "--key", KEY, "-o", str(folder)]
    assert main(words) == 1
    assert "it was changed since it was made" in capsys.readouterr().out
    assert filled.read_bytes() == before
    assert main([*words, "--force"]) == 0
    assert filled.read_bytes() != before


def test_solutions_have_a_manifest_of_their_own_and_a_new_name_is_taken_along(tmp_path: Path) -> None:
    folder = tmp_path / "class"
    before = made(folder)
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER.replace("Anna", "Anne"), encoding="utf-8")
    after = made(folder, "--solution")
    assert {name: digest for name, digest in after.items() if name in before} == before
    assert "Anne Müller" in (folder / "manifest-solution.csv").read_text(encoding="utf-8")
    made(folder)
    assert "Anne Müller" in (folder / "manifest.csv").read_text(encoding="utf-8")


def test_where_a_file_has_the_digits_of_an_answer_by_chance_it_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(tmp_path / "class")
    leaky = iter([[Leak("xl/workbook.xml", Spot(0, Output(1, 0)), "191029")]])
    monkeypatch.setattr("xlbackprop.classroom.leaks", lambda *_: next(leaky, []))
    again = made(tmp_path / "again")
    assert len(again) == len(whole)
    assert len({*again.items()} - {*whole.items()}) == 2  # the first student's workbook, and the manifest


def test_the_manifest_keeps_what_another_key_or_roster_has_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "class"
    made(folder)
    before = read_manifest(folder / "manifest.csv")
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER.replace("1003", "1004"), encoding="utf-8")
    words = ["exercise", "vanishing", "--roster", str(roster), "-o", str(folder)]
    assert main(words) == 0
    assert "key       none" in capsys.readouterr().out
    after = read_manifest(folder / "manifest.csv")
    assert len(after) == 8
    assert {code: after[code] for code in before} == before
    assert main(["exercise", "regression", "--roster", str(roster), "-o", str(folder)]) == 2
    assert "there is the manifest of another exercise" in capsys.readouterr().err
    assert read_manifest(folder / "manifest.csv") == after
