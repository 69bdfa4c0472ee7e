"""Downloads of learning platforms: whose is which file, which counts, what is left out; and zips with bad intentions."""

from __future__ import annotations

import random
import re
import stat
import struct
import time
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.platform_files import WORKBOOK, folder_of, zip_of
from xlbackprop.classroom.platforms import Certainty, NoticeKind, Platform, Submission, Submissions, read_submissions
from xlbackprop.classroom.platforms import archive as limits
from xlbackprop.classroom.platforms.download_names import canvas_name, moodle_name
from xlbackprop.errors import InputError

XLSX = "homework_1.xlsx"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Give an empty folder for what a zip holds."""
    made = tmp_path / "room"
    made.mkdir()
    return made


def read(folder: Path, room: Path, *names: str) -> Submissions:
    """Return what a zip with workbooks of these names holds; the unpacked folder must tell the same."""
    zipped = read_submissions(zip_of(folder / "download.zip", names), room)
    unpacked = read_submissions(folder_of(folder / "unpacked", names), room)
    told = [(each.platform, each.certainty, each.notices, [*map(_said, each.taken)]) for each in (zipped, unpacked)]
    assert told[0] == told[1]
    assert all(each.path.read_bytes() == WORKBOOK for made in (zipped, unpacked) for each in made.taken)
    return zipped


def _said(taken: Submission) -> tuple[object, ...]:
    return taken.original, taken.key, taken.shown, taken.late, taken.attempt


def noticed(submissions: Submissions) -> dict[NoticeKind, tuple[str, ...]]:
    return {notice.kind: notice.names for notice in submissions.notices}


# -------------------------------------------------------------------------------------------------------------- Moodle


@pytest.mark.parametrize(
    "form",
    [
        "{name}_{key}_assignsubmission_file_/" + XLSX,  # since 3.1
        "{name}_{key}_assignsubmission_file/" + XLSX,  # since 4.1
        "{name}_{key}_assignsubmission_file/inner/" + XLSX,
        "{name}_{key}_assignsubmission_file_" + XLSX,  # names with prefixes
        "A course-Backprop-77/{name}_{key}_assignsubmission_file_/" + XLSX,
    ],
)
@pytest.mark.parametrize("name", ["Ada Lovelace", "Ada_B_Lovelace", "Anne-Marie O'Neill", "山田 太郎", "محمد", "A. 12"])
def test_moodle_tells_identifier_and_full_name(form: str, name: str, room: Path, tmp_path: Path) -> None:
    names = [form.format(name=name, key=12345), form.format(name="Alan Turing", key=7)]
    made = read(tmp_path, room, *names)
    assert (made.platform, made.certainty, made.notices) == (Platform.MOODLE, Certainty.SURE, ())
    assert {(each.original, each.key, each.shown) for each in made.taken} == {
        (names[0], "12345", name),
        (names[1], "7", "Alan Turing"),
    }


def test_blind_marking_gives_everybody_one_name_and_a_number_of_their_own(room: Path, tmp_path: Path) -> None:
    names = [f"Participant_{key}_assignsubmission_file_/w.xlsx" for key in (31, 32)]
    made = read(tmp_path, room, *names)
    assert [(each.key, each.shown) for each in made.taken] == [("31", "Participant"), ("32", "Participant")]


def test_a_file_that_a_student_called_like_another_students_submission_stays_with_the_student(
    room: Path, tmp_path: Path
) -> None:
    names = [
        "Eve_66_assignsubmission_file_Ada Lovelace_12345_assignsubmission_file_w.xlsx",
        "Mallory_67_assignsubmission_file_/Ada Lovelace_12345_assignsubmission_file_w.xlsx",
        "Trudy_68_assignsubmission_file_/adal_1234_5678_w.xlsx",
    ]
    made = read(tmp_path, room, *names)
    assert {each.key for each in made.taken} == {"66", "67", "68"}
    assert made.platform is Platform.MOODLE


def test_a_group_without_a_number_has_no_key(room: Path, tmp_path: Path) -> None:
    (taken,) = read(tmp_path, room, "Default group_assignsubmission_file/w.xlsx").taken
    assert (taken.key, taken.shown) == (None, "Default group")


def test_texts_and_what_is_no_workbook_are_named(room: Path, tmp_path: Path) -> None:
    ada = "Ada Lovelace_12345_assignsubmission_"
    others = {
        NoticeKind.ONLINE_TEXT: f"{ada}onlinetext_/onlinetext.html",
        NoticeKind.NO_WORKBOOK: f"{ada}file_/w.pdf",
        NoticeKind.OTHER_SPREADSHEET: f"{ada}file_/w.numbers",
        NoticeKind.NESTED_ARCHIVE: f"{ada}file_/w.zip",
        NoticeKind.LOCK_FILE: f"{ada}file_/~$w.xlsx",
        NoticeKind.STRAY: "solution.xlsx",
    }
    made = read(tmp_path, room, f"{ada}file_/w.XLSX", *others.values())
    assert noticed(made) == {kind: (name,) for kind, name in others.items()}
    assert [each.original for each in made.taken] == [f"{ada}file_/w.XLSX"]
    assert made.certainty is Certainty.LIKELY


@pytest.mark.parametrize(
    "junk", ["__MACOSX/Ada_1_assignsubmission_file_/._w.xlsx", ".DS_Store", "a/.DS_Store", "Thumbs.db", "a/desktop.ini"]
)
def test_files_of_the_system_are_passed_over(junk: str, room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "Ada_1_assignsubmission_file_/w.xlsx", junk)
    assert noticed(made) == {NoticeKind.OF_THE_SYSTEM: (junk,)}


def test_of_several_workbooks_of_one_moodle_student_none_is_chosen(room: Path, tmp_path: Path) -> None:
    names = [f"Ada_1_assignsubmission_file_/{name}.xlsx" for name in "ab"]
    made = read(tmp_path, room, *names)
    assert noticed(made) == {NoticeKind.SEVERAL: tuple(names)}
    assert [each.original for each in made.taken] == names


# A name without / that does not have the form of a submission itself; students choose the names of their files.
_NAMES = st.text(
    st.characters(categories=["L", "M", "N", "P", "Zs"], exclude_characters="/\\"), min_size=1, max_size=20
)


@given(_NAMES, st.integers(1, 10**9), _NAMES, st.sampled_from(["_/", "/", "_"]))
def test_every_name_and_file_in_moodles_form_is_read(name: str, number: int, file: str, between: str) -> None:
    full = name.replace("_", " ")  # as Moodle does
    named = moodle_name(tuple(f"{full}_{number}_assignsubmission_file{between}{file}.xlsx".split("/")))
    assert named is not None
    assert (named.key, named.shown) == (str(number), full)


@given(_NAMES, st.integers(1, 10**9), st.integers(1, 10**9), _NAMES, st.booleans())
def test_every_name_and_file_in_canvas_s_form_is_read(name: str, user: int, number: int, file: str, late: bool) -> None:
    small = re.sub(r"_(\d+)_", r"\1", re.sub(r"[^\w]", "", name).lower()).strip("_") or "x"  # as Canvas does
    named = canvas_name((f"{small}{'_LATE' * late}_{user}_{number}_{file}.xlsx",))
    assert named is not None
    assert (named.key, named.shown, named.late, named.order) == (str(user), small, late, (number,))


# -------------------------------------------------------------------------------------------------------------- Canvas


def test_canvas_tells_user_lateness_and_name(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "lovelaceada_501_9001_my_home_work_1.xlsx", "turingalan_LATE_502_9002_w.xlsx")
    assert (made.platform, made.certainty, made.notices) == (Platform.CANVAS, Certainty.SURE, ())
    assert [_said(each)[1:] for each in made.taken] == [
        ("501", "lovelaceada", False, 1),
        ("502", "turingalan", True, 1),
    ]


def test_anonymous_students_of_canvas_have_no_key_even_where_their_sign_is_a_number(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "anon_Ab3dE_9001_w.xlsx", "LATE_anon_12345_9002_w.xlsx", "anon_LATE_Zz9_9003_w.xlsx")
    assert sorted(_said(each)[1:4] for each in made.taken) == [
        (None, "anon 12345", True),
        (None, "anon Ab3dE", False),
        (None, "anon Zz9", True),
    ]


def test_the_latest_of_canvas_counts_and_the_earlier_ones_are_named(room: Path, tmp_path: Path) -> None:
    old = ["lovelaceada_501_9001_w.xlsx", "lovelaceada_501_9005_w-1.xlsx"]
    new = "lovelaceada_LATE_501_9010_w-2.xlsx"
    made = read(tmp_path, room, *old, new, "turingalan_502_9002_w.xlsx")
    assert _said(made.taken[0]) == (new, "501", "lovelaceada", True, 3)
    assert noticed(made) == {NoticeKind.EARLIER: tuple(old)}


def test_by_the_number_of_the_file_that_is_and_not_by_its_digits(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "adal_501_999_w.xlsx", "adal_501_1000_w-1.xlsx")
    assert [each.original for each in made.taken] == ["adal_501_1000_w-1.xlsx"]


def test_two_files_of_other_names_are_no_attempts_of_one(room: Path, tmp_path: Path) -> None:
    names = ["adal_501_9001_a.xlsx", "adal_501_9002_b.xlsx"]
    assert noticed(read(tmp_path, room, *names)) == {NoticeKind.SEVERAL: tuple(names)}


def test_what_is_typed_into_canvas_is_named(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "adal_501_9001_w.xlsx", "turingalan_502_text.html", "boleg_LATE_503_link.html")
    assert noticed(made) == {NoticeKind.ONLINE_TEXT: ("boleg_LATE_503_link.html", "turingalan_502_text.html")}


def test_a_folder_whose_names_only_resemble_those_of_canvas_is_not_called_sure(room: Path, tmp_path: Path) -> None:
    names = ["adal_501_9001_w.xlsx", "homework_1_2_final.xlsx"]
    assert read(tmp_path, room, *names).certainty is Certainty.LIKELY


# --------------------------------------------------------------------------------------------------------- Brightspace


@pytest.mark.parametrize(
    "form", ["12-9 - {0} - {1} - w.xlsx", "12-9 - {0} - {1}/w.xlsx", "Work/12-9 - {0} - {1}/w.xlsx"]
)
@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("Nov 24, 2026 1015 PM", "Nov 25, 2026 915 AM"),
        ("24 November, 2026 1015 PM", "24 November, 2026 1115 PM"),
        ("Nov 24, 2026 1159 AM", "Nov 24, 2026 1201 PM"),
        ("Nov 24, 2026 1215 AM", "Nov 24, 2026 115 AM"),
        ("30 September, 2026 10:15", "1 October, 2026 09:15"),
        ("December 31, 2025 1115 PM", "January 1, 2026 1215 AM"),
    ],
)
def test_the_latest_of_brightspace_counts(form: str, earlier: str, later: str, room: Path, tmp_path: Path) -> None:
    names = [form.format("Anne-Marie - Li", moment) for moment in (earlier, later)]
    made = read(tmp_path, room, *names, "index.html")
    assert (made.platform, made.certainty) == (Platform.BRIGHTSPACE, Certainty.SURE)
    assert [(each.original, each.key, each.shown) for each in made.taken] == [(names[1], None, "Anne-Marie - Li")]
    assert noticed(made) == {NoticeKind.INDEX: ("index.html",), NoticeKind.EARLIER: (names[0],)}


def test_a_month_in_a_language_that_is_not_known_leaves_both_in_doubt(room: Path, tmp_path: Path) -> None:
    names = [f"12-9 - Ada - {day} Tammikuuta, 2026 1015/w.xlsx" for day in (1, 2)]
    made = read(tmp_path, room, *names)
    assert noticed(made) == {NoticeKind.SEVERAL: tuple(names)}
    assert len(made.taken) == 2


def test_two_students_of_one_name_are_two(room: Path, tmp_path: Path) -> None:
    names = [f"{number}-9 - Ada - Nov 24, 2026 1015 PM - w.xlsx" for number in (11, 12)]
    made = read(tmp_path, room, *names)
    assert [each.original for each in made.taken] == names
    assert made.notices == ()


# ------------------------------------------------------------------------------------------------- which platform it is


def test_a_flat_folder_shows_the_names_of_its_files(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, "1001.xlsx", "Ada Lovelace.xlsx", "sub/x.y.xlsm")
    assert (made.platform, made.certainty, made.notices) == (Platform.FLAT, Certainty.SURE, ())
    assert [(each.key, each.shown) for each in made.taken] == [(None, "1001"), (None, "Ada Lovelace"), (None, "x.y")]


MIXED = ("Ada_1_assignsubmission_file_/w.xlsx", "turingalan_502_9002_w.xlsx")


def test_a_mixture_is_told_and_not_guessed(room: Path, tmp_path: Path) -> None:
    made = read(tmp_path, room, *MIXED)
    assert (made.platform, made.certainty) == (Platform.FLAT, Certainty.MIXED)
    assert noticed(made) == {NoticeKind.MIXTURE: MIXED}
    assert all(each.key is None for each in made.taken)


def test_who_says_the_platform_of_a_mixture_gets_its_files_and_the_others_named(room: Path, tmp_path: Path) -> None:
    made = read_submissions(zip_of(tmp_path / "d.zip", MIXED), room, Platform.CANVAS)
    assert made.certainty is Certainty.TOLD
    assert [each.key for each in made.taken] == ["502"]
    assert noticed(made) == {NoticeKind.STRAY: MIXED[:1]}


def test_some_names_like_those_of_canvas_among_others_are_a_mixture(room: Path, tmp_path: Path) -> None:
    assert read(tmp_path, room, "turingalan_502_9002_w.xlsx", "1001.xlsx").certainty is Certainty.MIXED


# ---------------------------------------------------------------------------------------------------------- hostile zips


def test_no_name_in_a_zip_leads_out_of_the_room(room: Path, tmp_path: Path) -> None:
    bad = ["../out.xlsx", "/etc/out.xlsx", "a/../../out.xlsx", "..\\out.xlsx", "C:\\out.xlsx", "a/..\\..\\out.xlsx"]
    made = read_submissions(zip_of(tmp_path / "d.zip", [*bad, "good.xlsx"]), room)
    assert [each.original for each in made.taken] == ["good.xlsx"]
    assert set(noticed(made)) == {NoticeKind.LEADS_OUT}
    assert len(noticed(made)[NoticeKind.LEADS_OUT]) == len(bad)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.zip", "room"]
    assert all(path.parent == room for path in tmp_path.rglob("*.xlsx"))


def test_names_that_a_system_forbids_do_no_harm(room: Path, tmp_path: Path) -> None:
    names = ["CON.xlsx", "a:b.xlsx"[1:], "x" * 300 + ".xlsx", "a/" * 200 + "w.xlsx", "new\nline.xlsx", "w?.xlsx"]
    made = read_submissions(zip_of(tmp_path / "d.zip", names), room)
    assert len(made.taken) == len(names)
    assert sorted(each.path.name for each in made.taken) == [f"{number:05}.xlsx" for number in range(1, 7)]


def test_a_link_is_refused_in_a_zip_and_in_a_folder(room: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(b"secret")
    with ZipFile(tmp_path / "d.zip", "w") as archive:
        link = ZipInfo("ada.xlsx")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(secret))
    folder = folder_of(tmp_path / "unpacked", ["alan.xlsx"])
    (folder / "ada.xlsx").symlink_to(secret)
    (folder / "all").symlink_to(tmp_path, target_is_directory=True)
    zipped, unpacked = (read_submissions(source, room) for source in (tmp_path / "d.zip", folder))
    assert noticed(zipped) == {NoticeKind.LINK: ("ada.xlsx",)}
    assert noticed(unpacked) == {NoticeKind.LINK: ("ada.xlsx", "all")}
    assert [each.shown for each in unpacked.taken] == ["alan"]


def test_a_workbook_that_unpacks_to_far_more_is_passed_over_and_blocks_nobody(room: Path, tmp_path: Path) -> None:
    bomb = bytes(2 * limits.RATIO_FROM)
    made = read_submissions(zip_of(tmp_path / "d.zip", {"bomb.xlsx": bomb, "ada.xlsx": WORKBOOK}), room)
    assert noticed(made) == {NoticeKind.TOO_LARGE: ("bomb.xlsx",)}
    assert [each.shown for each in made.taken] == ["ada"]
    assert sum(path.stat().st_size for path in room.iterdir()) == len(WORKBOOK)


def test_small_workbooks_and_those_that_hardly_shrink_are_taken(
    room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RATIO_FROM", 1_000)
    files = {"small.xlsx": bytes(1_000), "large.xlsx": random.Random(1).randbytes(5_000), "bomb.xlsx": bytes(5_000)}
    made = read_submissions(zip_of(tmp_path / "d.zip", files), room)
    assert noticed(made) == {NoticeKind.TOO_LARGE: ("bomb.xlsx",)}
    assert {each.original: each.path.read_bytes() for each in made.taken} == {
        name: files[name] for name in ("small.xlsx", "large.xlsx")
    }


def test_folders_in_a_zip_are_no_files(room: Path, tmp_path: Path) -> None:
    files = {"Ada_1_assignsubmission_file_/": b"", "Ada_1_assignsubmission_file_/w.xlsx": WORKBOOK}
    made = read_submissions(zip_of(tmp_path / "d.zip", files), room)
    assert (len(made.taken), made.notices) == (1, ())


def test_a_size_that_is_a_lie_gives_no_more_than_it_tells(room: Path, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "d.zip", {"bomb.xlsx": bytes(2 * limits.RATIO_FROM)})
    content = path.read_bytes()
    true, told = (size.to_bytes(4, "little") for size in (2 * limits.RATIO_FROM, 100))
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, told))
    made = read_submissions(path, room)
    assert noticed(made) == {NoticeKind.DAMAGED: ("bomb.xlsx",)}
    assert [*room.iterdir()] == []


def test_limits_on_the_whole(room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_of(tmp_path / "d.zip", [f"{number}.xlsx" for number in range(10)])
    monkeypatch.setattr(limits, "MAX_TOTAL", 9 * len(WORKBOOK))
    with pytest.raises(InputError, match="bytes"):
        read_submissions(path, room)
    assert [*room.iterdir()] == []
    monkeypatch.setattr(limits, "MAX_WORKBOOK", len(WORKBOOK) - 1)
    assert len(noticed(read_submissions(path, room))[NoticeKind.TOO_LARGE]) == 10


def test_a_hundred_thousand_files_are_refused_soon(room: Path, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "d.zip", ["w.xlsx"])
    head, mark, tail = path.read_bytes().partition(b"PK\1\2")
    entry, mark_of_end, end = tail.partition(b"PK\5\6")
    entries = (mark + entry) * 100_000
    path.write_bytes(head + entries + mark_of_end + end[:8] + struct.pack("<L", len(entries)) + end[12:])
    began = time.process_time()
    with pytest.raises(InputError, match="20,000 files"):
        read_submissions(path, room)
    assert time.process_time() - began < 10
    assert [*room.iterdir()] == []


def test_too_many_files_in_a_folder_are_refused(room: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 3)
    folder = folder_of(tmp_path / "f", [f"{number}/w.xlsx" for number in range(4)])
    with pytest.raises(InputError, match="3 files"):
        read_submissions(folder, room)


def test_an_encrypted_zip_is_told(room: Path, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "d.zip", ["ada.xlsx"])
    content = bytearray(path.read_bytes())
    content[6] |= 1  # in the entry's own head
    content[content.index(b"PK\1\2") + 8] |= 1  # and in the list of all
    path.write_bytes(content)
    with pytest.raises(InputError, match="encrypted") as raised:
        read_submissions(path, room)
    assert "folder" in raised.value.problems[0].hint


def test_a_damaged_entry_is_named_and_the_others_are_read(room: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    with ZipFile(path, "w", ZIP_STORED) as archive:
        archive.writestr("ada.xlsx", b"1" * 99)
        archive.writestr("alan.xlsx", WORKBOOK)
    path.write_bytes(path.read_bytes().replace(b"1" * 99, b"2" * 99))
    made = read_submissions(path, room)
    assert noticed(made) == {NoticeKind.DAMAGED: ("ada.xlsx",)}
    assert [each.shown for each in made.taken] == ["alan"]


@pytest.mark.parametrize("seed", range(4))
def test_a_zip_with_any_damage_is_read_or_refused(seed: int, room: Path, tmp_path: Path) -> None:
    dice, path = random.Random(seed), tmp_path / "d.zip"
    sound = zip_of(
        path, ["Müller_1_assignsubmission_file_/w.xlsx", "__MACOSX/x", "b/ada_2_assignsubmission_file_w.xlsx"]
    )
    content = sound.read_bytes()
    for _ in range(100):
        damaged = bytearray(content)
        for _ in range(dice.choice([1, 1, 2, 5])):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        path.write_bytes(damaged)
        with suppress(InputError):
            for each in read_submissions(path, room).taken:
                assert each.path.parent == room
        for each in room.iterdir():
            each.unlink()


@pytest.mark.parametrize("kind", [ZIP_LZMA, ZIP_BZIP2])
def test_a_way_of_packing_that_no_platform_has_is_not_unpacked(kind: int, room: Path, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "d.zip", "w", kind) as archive:
        archive.writestr("w.xlsx", WORKBOOK)
    assert noticed(read_submissions(tmp_path / "d.zip", room)) == {NoticeKind.DAMAGED: ("w.xlsx",)}


def test_a_room_that_cannot_be_written_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_submissions(zip_of(tmp_path / "d.zip", ["w.xlsx"]), tmp_path / "absent")


def test_a_name_that_a_zip_has_twice_is_not_guessed(room: Path, tmp_path: Path) -> None:
    with ZipFile(tmp_path / "d.zip", "w", ZIP_DEFLATED) as archive:
        for name, content in (("w.xlsx", b"1"), ("W.xlsx", b"2")):
            archive.writestr(name, content)
    path = tmp_path / "d.zip"
    path.write_bytes(path.read_bytes().replace(b"W.xlsx", b"w.xlsx"))
    made = read_submissions(path, room)
    assert noticed(made) == {NoticeKind.SAME_NAME: ("w.xlsx", "w.xlsx")}
    assert made.taken == ()


@pytest.mark.parametrize("content", [b"", b"no zip", WORKBOOK])
def test_what_is_no_zip_is_an_error_of_input(content: bytes, room: Path, tmp_path: Path) -> None:
    path = tmp_path / "d.zip"
    path.write_bytes(content)
    for source in (path, tmp_path / "absent"):
        with pytest.raises(InputError):
            read_submissions(source, room)


def test_a_workbook_is_no_download(room: Path, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "ada.xlsx", {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    with pytest.raises(InputError, match="this is a workbook"):
        read_submissions(path, room)


@pytest.mark.parametrize("encoding", ["utf-8", "cp437"])
def test_names_without_a_mark_are_read_in_utf_8_or_code_page_437(encoding: str, room: Path, tmp_path: Path) -> None:
    name = "Müller_1_assignsubmission_file_/é.xlsx"
    raw = name.encode(encoding)
    placeholder = "x" * len(raw)
    path = zip_of(tmp_path / "d.zip", [placeholder])
    path.write_bytes(path.read_bytes().replace(placeholder.encode(), raw))
    (taken,) = read_submissions(path, room).taken
    assert (taken.original, taken.shown) == (name, "Müller")
