"""Whose is a submission, by rules that never guess; and the zip by which feedback goes back, read as the platforms read it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.platform_files import BRIGHTSPACE, CANVAS, PEOPLE, WORKBOOK, csv_bytes, folder_of, worksheet, zip_of
from xlbackprop.classroom import Student
from xlbackprop.classroom.platforms import (
    Person,
    Platform,
    Submission,
    Submissions,
    Unpaired,
    feedback_zip,
    find_person,
    pair,
    read_gradebook,
    read_submissions,
)
from xlbackprop.errors import InputError

CLASS = (
    Student("1001", "Ada Lovelace", "ada@x.org"),
    Student("1002", "Alan Turing", "alan@x.org"),
    Student("1003", "Turing, Sara", ""),
    Student("1004", "Anne-Marie O'Neill", ""),
    Student("1005", "Émilie du Châtelet", ""),
    Student("1006", "Jo Li", ""),
    Student("1007", "Li Jo", ""),
    Student("1008", "Kim Lee", ""),
    Student("1009", "Kim Lee", ""),
    Student("1010", "", "nobody@x.org"),
)


def submission(shown: str, platform: Platform = Platform.MOODLE, key: str | None = None) -> Submission:
    return Submission(Path("w.xlsx"), f"{shown}.xlsx", platform, key, shown)


def found(submitted: Submission, people: tuple[Student, ...] = CLASS) -> str | Unpaired:
    """Return the id of the student, or why there is none."""
    made = pair([submitted], people)
    return made.found[submitted.original].id if made.found else made.left[submitted.original]


# -------------------------------------------------------------------------------------------------------------- by name


@pytest.mark.parametrize(
    ("shown", "whose"),
    [
        ("Ada Lovelace", "1001"),
        ("ADA  LOVELACE", "1001"),
        ("Lovelace, Ada", "1001"),
        ("Ada – Lovelace", "1001"),
        ("Sara Turing", "1003"),
        ("Anne-Marie ONeill", "1004"),  # Moodle drops what a file name may not have
        ("E\u0301milie du Cha\u0302telet", "1005"),  # as a Mac writes it
        ("Emilie du Chatelet", Unpaired.UNKNOWN),
        ("Ada", Unpaired.UNKNOWN),
        ("Ada L.", Unpaired.UNKNOWN),
        ("Jo Li", "1006"),
        ("Kim Lee", Unpaired.AMBIGUOUS),
        ("", Unpaired.UNKNOWN),
        ("?!", Unpaired.UNKNOWN),
    ],
)
def test_a_full_name_that_nobody_else_has_finds_its_student(shown: str, whose: str | Unpaired) -> None:
    assert found(submission(shown)) == whose


@pytest.mark.parametrize(
    ("shown", "whose"),
    [
        ("lovelaceada", "1001"),
        ("turingsara", "1003"),
        ("oneillannemarie", "1004"),
        ("duchâteletémilie", "1005"),
        ("jolì", Unpaired.UNKNOWN),
        ("joli", Unpaired.AMBIGUOUS),  # Jo Li or Li Jo
        ("leekim", Unpaired.AMBIGUOUS),
    ],
)
def test_the_squeezed_name_of_canvas_finds_its_student(shown: str, whose: str | Unpaired) -> None:
    assert found(submission(shown, Platform.CANVAS, "77")) == whose


# ---------------------------------------------------------------------------------------------------------------- by id


@pytest.mark.parametrize(
    ("shown", "whose"),
    [
        ("1001", "1001"),
        ("ADA@x.org", "1001"),
        ("Ada Lovelace", "1001"),
        ("nobody@x.org", "1010"),
        ("01001", Unpaired.UNKNOWN),
        ("100", Unpaired.UNKNOWN),
        ("w", Unpaired.UNKNOWN),
    ],
)
def test_the_name_of_a_file_in_a_flat_folder_may_be_an_id_or_a_name(shown: str, whose: str | Unpaired) -> None:
    assert found(submission(shown, Platform.FLAT)) == whose


def test_moodles_number_is_no_id_of_a_roster() -> None:
    assert found(submission("Alan Turing", key="1001")) == "1002"
    assert found(submission("Participant", key="1001")) is Unpaired.UNKNOWN


def test_an_id_with_the_name_of_another_finds_nobody() -> None:
    assert found(submission("lovelaceada", Platform.CANVAS, "1001")) == "1001"
    assert found(submission("turingalan", Platform.CANVAS, "1001")) is Unpaired.CONTRADICTION
    assert found(submission("anybody", Platform.CANVAS, "1010")) == "1010"  # the roster has no name of this one


def test_an_id_that_two_have_finds_nobody() -> None:
    assert find_person((*CLASS, Student("7", "X", "ada@x.org")), ids=["ada@x.org"]) is Unpaired.AMBIGUOUS


def test_of_several_submissions_of_a_person_none_is_chosen() -> None:
    one, other, third = submission("Ada Lovelace"), submission("Lovelace, Ada"), submission("Alan Turing")
    made = pair([one, other, third], CLASS)
    assert made.left == {one.original: Unpaired.TWICE, other.original: Unpaired.TWICE}
    assert made.found == {third.original: CLASS[1]}


# ------------------------------------------------------------------------------------------------ with a gradebook


def download(folder: Path, *names: str) -> Submissions:
    room = folder / "room"
    room.mkdir(exist_ok=True)
    return read_submissions(zip_of(folder / "d.zip", names), room)


def people(folder: Path, rows: list[list[str]], column: str | None = None) -> tuple[Person, ...]:
    path = folder / "grades.csv"
    path.write_bytes(csv_bytes(rows))
    return read_gradebook(path, column).people


@pytest.mark.parametrize("language", ["en", "de", "zh"])
def test_moodle_pairs_by_the_number_and_blind_marking_does_so_too(language: str, tmp_path: Path) -> None:
    word = {"en": "Participant", "de": "Teilnehmerin", "zh": "参与者"}[language]
    rows = worksheet(language)
    for listed in (rows, [[cell for at, cell in enumerate(row) if at not in (1, 2)] for row in rows]):
        for names in ([name for _, name, _ in PEOPLE], [word] * 3, [f"Group A-{name}" for _, name, _ in PEOPLE]):
            if listed is not rows and names[0] != word:
                continue
            made = download(
                tmp_path,
                *(
                    f"{name}_{person[0]}_assignsubmission_file_/w.xlsx"
                    for name, person in zip(names, PEOPLE, strict=True)
                ),
            )
            paired = pair(made.taken, people(tmp_path, listed))
            assert {each.key: paired.found[each.original].key for each in made.taken} == {
                number: number for number, *_ in PEOPLE
            }
            for path in (tmp_path / "room").iterdir():
                path.unlink()


def test_the_number_of_a_group_that_is_some_participants_number_finds_nobody(tmp_path: Path) -> None:
    """Newer Moodle writes the number of the group where other downloads have that of the participant."""
    made = download(tmp_path, "Group A_12345_assignsubmission_file/w.xlsx")
    assert [*pair(made.taken, people(tmp_path, worksheet())).left.values()] == [Unpaired.CONTRADICTION]


def test_a_number_that_the_worksheet_lacks_finds_nobody_by_the_name(tmp_path: Path) -> None:
    """Numbers are of one assignment: this worksheet is of another."""
    made = download(tmp_path, "Ada Lovelace_777_assignsubmission_file/w.xlsx")
    listed = people(tmp_path, worksheet())
    assert [*pair(made.taken, listed).left.values()] == [Unpaired.UNKNOWN]
    plain = [Person(key, (), names) for key, _, names, _ in listed]
    assert [person.key for person in pair(made.taken, plain).found.values()] == ["12345"]


def test_a_number_that_is_another_persons_other_id_finds_its_own(tmp_path: Path) -> None:
    rows = worksheet()
    rows[2][2] = "12345"
    made = download(tmp_path, "Ada Lovelace_12345_assignsubmission_file/w.xlsx")
    listed = people(tmp_path, rows)
    assert listed[1].ids == ("12345",)
    assert [person.key for person in pair(made.taken, listed).found.values()] == ["12345"]
    assert find_person(listed, ["12345"]) is Unpaired.AMBIGUOUS
    assert find_person(listed, ["12345"], ["Turing, Alan"]) == listed[1]
    assert find_person(listed, ["12345"], ["Eve"]) is Unpaired.CONTRADICTION


def test_canvas_pairs_by_the_number_of_the_user(tmp_path: Path) -> None:
    made = download(
        tmp_path, "lovelaceada_501_9001_w.xlsx", "duchâteletémilie_LATE_503_9002_w.xlsx", "eve_502_9003_w.xlsx"
    )
    paired = pair(made.taken, people(tmp_path, CANVAS, "12"))
    assert {person.key for person in paired.found.values()} == {"501", "503"}
    assert paired.left == {"eve_502_9003_w.xlsx": Unpaired.CONTRADICTION}


def test_brightspace_pairs_by_the_name(tmp_path: Path) -> None:
    made = download(tmp_path, *(f"1001-9 - {name} - Nov 24, 2026 1015 PM/w.xlsx" for name in ("Alan Turing", "Eve")))
    paired = pair(made.taken, people(tmp_path, BRIGHTSPACE, "Backprop"))
    assert [person.key for person in paired.found.values()] == ["1002"]
    assert [*paired.left.values()] == [Unpaired.UNKNOWN]


def test_a_student_of_a_roster_has_a_row_in_every_gradebook(tmp_path: Path) -> None:
    ada = CLASS[0]
    for rows, column, key in ((worksheet(), None, "12345"), (CANVAS, "12", "501"), (BRIGHTSPACE, "Backprop", "1001")):
        person = find_person(people(tmp_path, rows, column), [ada.id, ada.mail], [ada.name])
        assert isinstance(person, Person)
        assert person.key == key


def test_a_large_class_is_paired_soon() -> None:
    students = tuple(Student(str(number), f"First{number} Last{number}") for number in range(1000))
    submitted = [submission(f"last{number}first{number}", Platform.CANVAS, f"u{number}") for number in range(1000)]
    began = time.process_time()
    assert len(pair(submitted, students).found) == 1000
    assert time.process_time() - began < 5


# --------------------------------------------------------------------------------------------------------- feedback


def zipped(folder: Path, made: Submissions, content: bytes = b"feedback") -> dict[str, bytes]:
    """Return what the zip with feedback holds by its names; twice the same must make the same bytes."""
    file = folder / "feedback.xlsx"
    file.write_bytes(content)
    targets = [folder / f"back{number}.zip" for number in (1, 2)]
    files = {each.original: file for each in made.taken}
    for target in targets:
        feedback_zip(target, made.taken, files)
        files = dict(reversed(files.items()))
        time.sleep(0.01)
    assert targets[0].read_bytes() == targets[1].read_bytes()
    with ZipFile(targets[0]) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["{}_{}_assignsubmission_file_/w.xlsx", "top/{}_{}_assignsubmission_file_w_1.xlsx"])
def test_moodle_finds_the_participant_and_the_file(form: str, tmp_path: Path) -> None:
    """By the rules of its importer (importziplib.php): the first part of the path with four words between _."""
    names = [form.format(name, number) for number, name, _ in PEOPLE]
    made, numbers = download(tmp_path, *names), set()
    for name in zipped(tmp_path, made):
        assert not name.rpartition("/")[2].startswith((".", "~"))
        words = next(words for part in name.split("/") if len(words := part.split("_", 4)) >= 4 and words[1].isdigit())
        assert words[2:4] == ["assignsubmission", "file"]
        numbers.add(words[1])
    assert numbers == {number for number, *_ in PEOPLE}


def test_canvas_finds_the_user_and_the_file(tmp_path: Path) -> None:
    """By the rules of its importer (Assignment#infer_comment_context_from_filename): the first two words of digits."""
    names = ["x/lovelaceada_501_9001_my_7_w.xlsx", "x/turingalan_LATE_502_9002_w.xlsx"]
    inside = [*zipped(tmp_path, download(tmp_path, *names))]
    assert inside == [name.removeprefix("x/") for name in names]
    assert [[word for word in name.split("_") if re.fullmatch("[0-9]+", word)][:2] for name in inside] == [
        ["501", "9001"],
        ["502", "9002"],
    ]


def test_brightspace_and_a_flat_folder_get_their_names_back(tmp_path: Path) -> None:
    name = "12-9 - Ada Lovelace - Nov 24, 2026 1015 PM/w.xlsx"
    assert [*zipped(tmp_path, download(tmp_path, f"Work 1/{name}"))] == [name]
    flat = read_submissions(folder_of(tmp_path / "flat", ["a/w.xlsx", "b/w.xlsx", "ünal.xlsx"]), tmp_path)
    assert [*zipped(tmp_path, flat)] == ["a/w.xlsx", "b/w.xlsx", "ünal.xlsx"]


def test_feedback_that_equals_the_submission_is_told(tmp_path: Path) -> None:
    made = download(tmp_path, "Ada_1_assignsubmission_file_/w.xlsx", "Alan_2_assignsubmission_file_/w.xlsx")
    same, other = tmp_path / "same.xlsx", tmp_path / "other.xlsx"
    same.write_bytes(WORKBOOK)
    other.write_bytes(b"feedback")
    files = {made.taken[0].original: same, made.taken[1].original: other}
    assert feedback_zip(tmp_path / "back.zip", made.taken, files) == (made.taken[0].original,)


def test_a_zip_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    made = download(tmp_path, "Ada_1_assignsubmission_file_/w.xlsx")
    target = tmp_path / "back.zip"
    target.write_bytes(b"the old one")
    with pytest.raises(FileNotFoundError):
        feedback_zip(target, made.taken, {made.taken[0].original: tmp_path / "absent.xlsx"})
    with pytest.raises(ValueError, match="no submission"):
        feedback_zip(target, made.taken, {"another.xlsx": target})
    twins = [f"{top}/adal_501_9001_w.xlsx" for top in "ab"]
    both = read_submissions(folder_of(tmp_path / "twins", twins), tmp_path, Platform.CANVAS)
    with pytest.raises(InputError, match="one name"):
        feedback_zip(target, both.taken, dict.fromkeys(twins, target))
    assert target.read_bytes() == b"the old one"
    assert sorted(path.suffix for path in tmp_path.iterdir() if path.is_file()) == [".zip", ".zip"]


def test_a_name_in_an_unknown_encoding_is_told(tmp_path: Path) -> None:
    name = "M\udcfcller_1_assignsubmission_file_w.xlsx"  # as Python shows a byte that is no UTF-8
    file = tmp_path / "w.xlsx"
    file.write_bytes(WORKBOOK)
    taken = Submission(file, name, Platform.MOODLE, "1", "M\udcfcller")
    with pytest.raises(InputError, match="folder it was unpacked to"):
        feedback_zip(tmp_path / "back.zip", [taken], {name: file})


# ------------------------------------------------------------------------------------------------------- the whole way

WAYS = {
    Platform.MOODLE: ("{name}_{key}_assignsubmission_file_/w.xlsx", worksheet(), None, ("12345", "12346")),
    Platform.CANVAS: ("{squeezed}_{key}_900{key}_w.xlsx", CANVAS, "12", ("501", "502")),
    Platform.BRIGHTSPACE: (
        "{key}-9 - {name} - Nov 24, 2026 1015 PM - w.xlsx",
        BRIGHTSPACE,
        "Backprop",
        ("1001", "1002"),
    ),
    Platform.FLAT: ("{key}.xlsx", [["id", "name"], ["1001", ""], ["1002", ""]], None, ("1001", "1002")),
}


@pytest.mark.parametrize("platform", WAYS)
def test_a_class_from_the_download_to_the_upload(platform: Platform, tmp_path: Path) -> None:
    form, rows, column, keys = WAYS[platform]
    people = zip(keys, (("Ada Lovelace", "lovelaceada"), ("Alan Turing", "turingalan")), strict=True)
    submissions = download(
        tmp_path, *(form.format(key=key, name=name, squeezed=small) for key, (name, small) in people)
    )
    (tmp_path / "grades.csv").write_bytes(csv_bytes(rows))
    gradebook = read_gradebook(tmp_path / "grades.csv", column)
    paired = pair(submissions.taken, gradebook.people)
    filled = gradebook.filled({person.key: (50.0, "half") for person in paired.found.values()}, overwrite=True)
    files = {submission.original: submission.path for submission in submissions.taken}
    same = feedback_zip(tmp_path / "feedback.zip", submissions.taken, files)
    assert (submissions.platform, paired.left, filled.filled) == (platform, {}, keys)
    assert same == tuple(files)
