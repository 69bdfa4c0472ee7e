"""`grade`: a class's download is marked, the platform's gradebook filled in, and what is doubtful is told, not guessed."""

from __future__ import annotations

import csv
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.test_exercise import right, written
from tests.test_marking import submission
from xlbackprop import load_lesson
from xlbackprop.classroom import Exercise, Grader, HandedIn, Variants, read_manifest
from xlbackprop.cli import main

LESSON = "vanishing"
STUDENTS = {"1001": "Ada Lovelace", "1002": "Grace Hopper", "1003": "Alan Turing", "1004": "Emmy Noether"}
NUMBERS = {id_: str(5000 + place) for place, id_ in enumerate(STUDENTS)}
HEADER = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments"
)
WHEN = '"Saturday, 28 November 2026, 10:15 AM"'


class Room:
    """A folder with a class: its roster, its manifest, its gradebook, and a zip of what students hand in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = [f"{id_},{name},{id_}@example.org" for id_, name in STUDENTS.items()]
        (folder / "roster.csv").write_text("id,name,mail\n" + "\n".join(lines), encoding="utf-8")
        self.made = ["--roster", str(folder / "roster.csv"), "--key", "k", "-o", str(folder / "class")]
        assert main(["exercise", LESSON, *self.made]) == 0
        self.manifest = read_manifest(folder / "class" / "manifest.csv")
        self.row = {row.student.id: row for row in self.manifest.values()}
        self.variants = Variants(load_lesson(LESSON), "")

    def exercise(self, id_: str) -> Exercise:
        row = self.row[id_]
        return replace(self.variants.made(row.numbers), code=row.code)

    def solved(self, id_: str, path: Path) -> Path:
        of = self.exercise(id_)
        return written(of, right(of), path)

    def gradebook(self, path: Path) -> Path:
        lines = [
            f'"Participant {NUMBERS[id_]}","{name}",{id_}@example.org,Submitted,,20.00,Yes,{WHEN},-,'
            for id_, name in STUDENTS.items()
        ]
        path.write_text("\ufeff" + "\r\n".join([HEADER, *lines, ""]), encoding="utf-8", newline="")
        return path


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("class"))


def download(path: Path, files: Mapping[str, Path | bytes]) -> Path:
    """Write a zip as Moodle gives it out, of files by the ids of their students."""
    with zipfile.ZipFile(path, "w") as archive:
        for id_, file in files.items():
            name = f"{STUDENTS[id_]}_{NUMBERS[id_]}_assignsubmission_file/week3.xlsx"
            archive.writestr(name, file if isinstance(file, bytes) else file.read_bytes())
    return path


def grade(room: Room, source: Path, folder: Path, *words: str) -> int:
    manifest = str(room.folder / "class" / "manifest.csv")
    return main(["grade", str(source), "--lesson", LESSON, "--manifest", manifest, "-o", str(folder), *words])


def marks(folder: Path) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in json.loads((folder / "marks.json").read_text(encoding="utf-8"))}


def four(room: Room, folder: Path) -> dict[str, Path | bytes]:
    """Return what four students hand in: all right, two drawn mixtures, something that is no workbook."""
    draw, handed_in = random.Random(7), dict[str, Path | bytes]()
    for id_ in STUDENTS:
        of = room.exercise(id_)
        typed = right(of) if id_ == "1001" else submission(of, draw)[0]
        handed_in[id_] = written(of, typed, folder / f"{id_}.xlsx")
    return handed_in | {"1004": b"PK\3\4 this is no zip"}


def test_a_class_is_marked_and_its_gradebook_filled_in(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handed_in = four(room, tmp_path)
    before = room.gradebook(tmp_path / "Grades.csv").read_bytes()
    source, out = download(tmp_path / "week3.zip", handed_in), tmp_path / "marks"
    assert grade(room, source, out, "--marks", str(tmp_path / "Grades.csv")) == 1  # one cannot be read
    told, found = capsys.readouterr().out, marks(out)
    assert found["1001"]["points"] == 100.0
    assert all(0 < float(str(found[id_]["points"])) < 100 for id_ in ("1002", "1003"))
    assert found["1004"]["points"] is None
    assert "it is cut off or damaged." in told
    assert "Emmy Noether_5003_assignsubmission_file/week3.xlsx" in told
    assert """Moodle's grading worksheet, column "Grade": 3 of 4 rows have their grade""" in told
    old, new = (
        [*csv.reader(content.decode("utf-8-sig").splitlines())]
        for content in (before, (out / "Grades.csv").read_bytes())
    )
    for was, now in zip(old, new, strict=True):
        assert [now[at] for at in range(10) if at not in (4, 9)] == [was[at] for at in range(10) if at not in (4, 9)]
    assert [row[4] for row in new[1:]] == [
        "20",
        *(f"{float(str(found[id_]['points'])) / 5:.2f}".rstrip("0").rstrip(".") for id_ in ("1002", "1003")),
        "",
    ]
    assert new[1][9] == "100 of 100."
    assert all(str(mistake["sentence"])[:-1] in new[2][9] for mistake in found["1002"]["marks"]["mistakes"])  # type: ignore[index]
    with zipfile.ZipFile(out / "feedback.zip") as archive:
        assert len(archive.namelist()) == 3
        assert all(name in zipfile.ZipFile(source).namelist() for name in archive.namelist())


def _remarks(room: Room, files: Mapping[str, Path | bytes], tmp_path: Path) -> dict[str, list[str]]:
    assert grade(room, download(tmp_path / "week3.zip", files), tmp_path / "marks") == 1
    return {id_: [*map(str, one["remarks"])] for id_, one in marks(tmp_path / "marks").items()}  # type: ignore[call-overload]


def test_the_variant_of_another_is_told_and_its_points_are_withheld(room: Room, tmp_path: Path) -> None:
    theirs = room.solved("1002", tmp_path / "theirs.xlsx")
    own = written(room.exercise("1002"), {}, tmp_path / "own.xlsx")
    remarks = _remarks(room, {"1001": theirs, "1002": own}, tmp_path)
    code = room.row["1002"].code
    twice = f"somebody else handed in this variant, too ({code})"
    assert remarks == {"1001": [f"the variant is another student's ({code})", twice], "1002": [twice]}
    assert {one["points"] for one in marks(tmp_path / "marks").values()} == {None}


def test_numbers_copied_from_another_variant_are_told(room: Room, tmp_path: Path) -> None:
    own, theirs = room.exercise("1001"), room.exercise("1002")
    copied = {spot: theirs.table.value(spot) for spot in theirs.table.answers}
    files = {"1001": written(own, copied, tmp_path / "copied.xlsx"), "1002": room.solved("1002", tmp_path / "b.xlsx")}
    assert _remarks(room, files, tmp_path)["1001"] == [
        f"wrong numbers that are right in another variant ({room.row['1002'].code})"
    ]


def test_a_variant_without_its_code_is_known_by_its_numbers(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = room.solved("1003", tmp_path / "saved.xlsx")
    book = openpyxl.load_workbook(path)
    book.properties.description = None
    book.save(path)
    assert grade(room, download(tmp_path / "week3.zip", {"1003": path}), tmp_path / "marks") == 0
    assert marks(tmp_path / "marks")["1003"]["points"] == 100.0
    book["Exercise"][_place(room, "w1")] = 0.123
    book.save(path)
    assert grade(room, download(tmp_path / "week3.zip", {"1003": path}), tmp_path / "others") == 2
    assert "of no variant in the manifest" in capsys.readouterr().err
    assert not (tmp_path / "others" / "marks.csv").exists()


def _place(room: Room, name: str) -> str:
    row, column = room.exercise("1003").number_places[name]
    return openpyxl.utils.get_column_letter(column) + str(row)


def test_what_is_done_is_not_done_again(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, out = download(tmp_path / "week3.zip", four(room, tmp_path)), tmp_path / "marks"
    assert grade(room, source, out) == 1
    before = (out / "marks.json").read_bytes()
    journal = (out / "journal.jsonl").read_text(encoding="utf-8")
    (out / "journal.jsonl").write_text(journal[: len(journal) * 2 // 3], encoding="utf-8")  # ended in the middle
    sorted((out / "feedback").iterdir())[-1].unlink()
    for name in ("marks.csv", "marks.json", "class.html", "feedback.zip"):
        (out / name).unlink()
    asked = _counted(monkeypatch)
    assert grade(room, source, out) == 1
    assert (out / "marks.json").read_bytes() == before
    assert 0 < len(asked()) < 3


def _counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """Note which workbooks are graded, in this process."""
    asked: list[int] = []

    def here(work: Callable[[object], object], tasks: list[object], *_: object) -> object:
        for task in tasks:
            asked.extend([task.number] if isinstance(task, HandedIn) else [])
            yield task, work(task)

    monkeypatch.setattr("xlbackprop.machine.in_watched_processes", here)
    return lambda: asked


def test_feedback_that_somebody_has_changed_is_not_overwritten(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = (
        download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")}),
        tmp_path / "marks",
    )
    assert grade(room, source, out) == 0
    (feedback,) = (out / "feedback").iterdir()
    feedback.write_bytes(b"with a word of the teacher")
    assert grade(room, source, out) == 0
    assert feedback.read_bytes() == b"with a word of the teacher"
    capsys.readouterr()
    assert grade(room, source, out, "--show-right") == 2
    assert "somebody has changed it" in capsys.readouterr().err
    assert grade(room, source, out, "--show-right", "--force") == 0
    assert feedback.read_bytes() != b"with a word of the teacher"


def test_the_marks_are_the_same_in_parts_and_in_processes(room: Room, tmp_path: Path) -> None:
    source = download(tmp_path / "week3.zip", four(room, tmp_path))
    for folder, runs in {
        "whole": [[]],
        "two": [["--jobs", "2"]],
        "parts": [["--shard", "1/2"], ["--shard", "2/2"], []],
    }.items():
        for words in runs:
            grade(room, source, tmp_path / folder, *words)
    for name in ("marks.json", "marks.csv", "feedback.zip"):
        assert len({(tmp_path / folder / name).read_bytes() for folder in ("whole", "two", "parts")}) == 1, name


def test_no_names_are_written_where_none_are_wanted(room: Room, tmp_path: Path) -> None:
    source, out = download(tmp_path / "week3.zip", four(room, tmp_path)), tmp_path / "marks"
    grade(room, source, out, "--no-names", "--roster", str(room.folder / "roster.csv"))
    for path in out.rglob("*.*"):
        content = path.read_bytes() if path.suffix not in (".xlsx", ".zip") else path.name.encode()
        for word in (*STUDENTS, *STUDENTS.values(), *NUMBERS.values(), "Lovelace"):
            assert word.encode() not in content or path.name == "feedback.zip", (path, word)


def test_marks_go_into_a_folder_of_their_own(room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "kept.txt").write_text("mine")
    source = download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")})
    assert grade(room, source, tmp_path) == 2
    assert "there is something else" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--marks", "none.csv"], "none.csv"),
        (["--column", "Week 3"], "--marks FILE.csv"),
        (["--jobs", "0"], "--jobs"),
        (["--level", "hiden"], 'Did you mean "hidden"?'),
        (["--platform", "moodel"], 'Did you mean "moodle"?'),
        (["--shard", "3/2"], "--shard"),
        (["--roster", "none.csv"], "none.csv"),
    ],
)
def test_what_cannot_be_is_told(
    room: Room, words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")})
    assert grade(room, source, tmp_path / "marks", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "marks").exists()


def test_a_folder_without_workbooks_is_told(room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert grade(room, tmp_path / "empty", tmp_path / "marks") == 2
    assert "there is no workbook in it" in capsys.readouterr().err


def test_a_workbook_that_takes_too_long_ends_alone(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def grade_slowly(self: Grader, handed_in: object) -> object:  # noqa: ARG001
        while True:
            pass

    grade_slowly.__name__ = "grade"  # by which it is found in the other process
    monkeypatch.setattr(Grader, "grade", grade_slowly)
    monkeypatch.setattr("xlbackprop.commands.many.SECONDS", 1.0)
    source = download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")})
    assert grade(room, source, tmp_path / "marks") == 2
    assert "longer than 1 s" in capsys.readouterr().err


def test_who_hands_in_something_else_is_not_absent(room: Room, tmp_path: Path) -> None:
    source, out = (
        download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")}),
        tmp_path / "marks",
    )
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(f"{STUDENTS['1002']}_{NUMBERS['1002']}_assignsubmission_file/week3.pdf", b"%PDF-1.7")
    room.gradebook(tmp_path / "Grades.csv")
    assert grade(room, source, out, "--marks", str(tmp_path / "Grades.csv")) == 1
    assert marks(out)["1002"]["problem"] == "what was handed in is no workbook (.pdf)."
    told = (out / "marks.csv").read_text(encoding="utf-8-sig")
    assert [line.split(",")[0] for line in told.splitlines() if ",absent," in line] == ["1003", "1004"]
    new = [*csv.reader((out / "Grades.csv").read_text(encoding="utf-8-sig").splitlines())]
    assert new[2][4:10:5] == ["", "It could not be marked: what was handed in is no workbook (.pdf)."]
    assert "Grace Hopper" in (out / "class.html").read_text(encoding="utf-8")


def test_where_none_can_be_marked_what_is_there_stays(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = download(tmp_path / "week3.zip", four(room, tmp_path)), tmp_path / "marks"
    grade(room, source, out)
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    capsys.readouterr()
    assert main(["grade", str(source), "--lesson", LESSON, "-o", str(out)]) == 2
    assert "--manifest week3/manifest.csv" in capsys.readouterr().err
    assert {name: (out / name).read_bytes() for name in before if name != "journal.jsonl"} == {
        name: content for name, content in before.items() if name != "journal.jsonl"
    }


def test_a_list_that_somebody_has_changed_is_not_overwritten(
    room: Room, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = (
        download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")}),
        tmp_path / "marks",
    )
    assert grade(room, source, out) == 0
    assert grade(room, source, out) == 0
    (out / "marks.csv").write_text("mine")
    capsys.readouterr()
    assert grade(room, source, out) == 2
    assert "marks.csv: somebody has changed it" in capsys.readouterr().err
    assert (out / "marks.csv").read_text() == "mine"
    assert grade(room, source, out, "--force") == 0


def test_a_title_of_another_lesson_is_told(room: Room, tmp_path: Path) -> None:
    path = room.solved("1001", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(path)
    book["Exercise"]["A1"] = "Exercise: another lesson"
    book.save(path)
    assert _remarks(room, {"1001": path}, tmp_path)["1001"] == [
        "its title is that of another lesson (Exercise: another lesson)"
    ]


def test_files_as_they_were_handed_out_are_known_by_their_codes(room: Room, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for id_ in ("1001", "1003"):
        room.solved(id_, tmp_path / "in" / room.row[id_].file)
    room.solved("1002", tmp_path / "in" / "Grace Hopper.xlsx")
    assert grade(room, tmp_path / "in", tmp_path / "marks") == 0
    assert {id_: one["points"] for id_, one in marks(tmp_path / "marks").items()} == dict.fromkeys(
        ("1001", "1002", "1003"), 100.0
    )


def test_who_is_on_no_roster_is_told(room: Room, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id,name\n1001,Ada Lovelace\n", encoding="utf-8")
    files = {"1001": room.solved("1001", tmp_path / "a.xlsx"), "1002": room.solved("1002", tmp_path / "b.xlsx")}
    source = download(tmp_path / "week3.zip", files)
    assert grade(room, source, tmp_path / "marks", "--roster", str(tmp_path / "roster.csv")) == 1
    told = json.loads((tmp_path / "marks" / "marks.json").read_text(encoding="utf-8"))
    assert [one["remarks"] for one in told] == [[], ["it is not told whose it is"]]


def test_a_filled_gradebook_with_grades_of_ones_own_may_come_in_again(room: Room, tmp_path: Path) -> None:
    files = {id_: room.solved(id_, tmp_path / f"{id_}.xlsx") for id_ in ("1001", "1002")}
    source, out = download(tmp_path / "week3.zip", files), tmp_path / "marks"
    room.gradebook(tmp_path / "Grades.csv")
    assert grade(room, source, out, "--marks", str(tmp_path / "Grades.csv")) == 0
    text = (out / "Grades.csv").read_text(encoding="utf-8-sig")
    own = text.replace("Submitted,20,20.00", "Submitted,7.5,20.00", 1)
    assert own != text
    (out / "Grades.csv").write_text(own, encoding="utf-8-sig")
    assert grade(room, source, out, "--marks", str(out / "Grades.csv")) == 1  # a grade that is there is told
    assert (out / "Grades.csv").read_text(encoding="utf-8-sig") == own


def test_a_file_that_is_no_workbook_tells_no_name(room: Room, tmp_path: Path) -> None:
    source, out = (
        download(tmp_path / "week3.zip", {"1001": room.solved("1001", tmp_path / "a.xlsx")}),
        tmp_path / "marks",
    )
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(f"{STUDENTS['1002']}_{NUMBERS['1002']}_assignsubmission_file_Hopper.pdf", b"%PDF-1.7")
    grade(room, source, out, "--no-names")
    assert not [path.name for path in out.glob("*.*") if path.suffix != ".zip" and b"Hopper" in path.read_bytes()]
