"""Autograders: the zip that Gradescope takes, run in its layout; and results as the platforms' published rules have them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.pictures import png
from tests.slow import slow_but
from tests.test_class_exercises import KEY, ROSTER
from tests.test_credits import with_logo
from tests.test_exercise import exercise, right, written
from tests.test_lesson import GOOD
from xlbackprop import load_lesson
from xlbackprop.classroom import PLATFORM_RESULTS, autograder_zip, mark, marks_as_data
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.machine import own_wheel

TOP = Path(__file__).parent.parent
WRONG = {"K8": ("1/(1+EXP(J8))", "out_h1 leaves out the minus of −h1.")}


# -------------------------------------------------------------------------------------- the platforms' published rules


def broken_rules(results: Mapping[str, Any], platform: str) -> list[str]:
    """Return which rules results.json breaks: those of "Autograder Specifications" or of "External Grading"."""
    return [*(_gradescope if platform == "gradescope" else _prairielearn)(results)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
_OF_GRADESCOPE = {"score", "output", "tests", "visibility", "stdout_visibility", "execution_time", "extra_data"}
_OF_A_TEST = {"name", "score", "max_score", "status", "output", "visibility", "number", "tags"}


def _gradescope(results: Mapping[str, Any]) -> Iterator[str]:
    yield from results.keys() - _OF_GRADESCOPE
    if not _is_number(results.get("score")):
        yield "without a score on top, each test needs one"
    if not isinstance(results.get("output"), str):
        yield "output is no text"
    if results.get("stdout_visibility") not in _VISIBILITIES:
        yield "stdout_visibility"
    for test in results["tests"]:
        yield from test.keys() - _OF_A_TEST
        if test.get("visibility") not in _VISIBILITIES or test.get("status", "passed") not in ("passed", "failed"):
            yield f"visibility or status of {test}"
        if not all(isinstance(test[key], str) for key in ("name", "output")):
            yield f"{test['name']} is not text"
        if test["visibility"] == "hidden" and "score" in test:
            yield "hidden tests have no points"
        if not all(_is_number(test[key]) for key in ("score", "max_score") if key in test):
            yield f"points of {test}"


def _prairielearn(results: Mapping[str, Any]) -> Iterator[str]:
    if results.get("gradable") is False:
        if not all(isinstance(told, str) for told in results["format_errors"]):
            yield "format_errors"
        return
    if not _is_number(results.get("score")) or not 0 <= results["score"] <= 1:
        yield "the score is a number from 0 to 1"
    for test in results["tests"]:
        if not all(_is_number(test[key]) for key in ("points", "max_points")) or not isinstance(test["name"], str):
            yield f"points or name of {test}"


# ----------------------------------------------------------------------------------------------------- what is submitted


def workbook(path: Path, changed: Mapping[str, str] | None = None) -> Path:
    """Write the walkthrough's exercise with all answers right but those that are changed, by their cells."""
    of = exercise("walkthrough")
    by_cell = {of.place(spot): spot for spot in of.table.answers}
    return written(of, right(of) | {by_cell[cell]: formula for cell, formula in (changed or {}).items()}, path)


def submit(kind: str, folder: Path) -> None:
    """Put what a student hands in into a folder."""
    folder.mkdir(parents=True)
    if kind in ("right", "two"):
        workbook(folder / "week3.xlsx")
    if kind == "two":
        workbook(folder / "week3 (1).XLSX")
    elif kind == "in a folder":
        (folder / "__MACOSX").mkdir()
        (folder / "__MACOSX" / "._week3.xlsx").write_bytes(b"\0")
        (folder / "~$week3.xlsx").write_bytes(b"\0")
        (folder / "my work").mkdir()
        workbook(folder / "my work" / "week3.xlsx")
    elif kind == "wrong":
        workbook(folder / "week3.xlsx", {cell: formula for cell, (formula, _) in WRONG.items()})
    elif kind == "blank":
        written(exercise("walkthrough"), {}, folder / "week3.xlsx")
    elif kind == "damaged":
        content = workbook(folder / "week3.xlsx").read_bytes()
        (folder / "week3.xlsx").write_bytes(content[: len(content) // 2])
    elif kind == "another type":
        (folder / "week3.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    elif kind == "no exercise":
        openpyxl.Workbook().save(folder / "week3.xlsx")
    elif kind == "another exercise":
        written(exercise("class-values"), {}, folder / "week3.xlsx")


SUBMITTED = {
    "right": (100.0, "100 of 100 points."),
    "in a folder": (100.0, "100 of 100 points."),
    "wrong": (round(100 * 153 / 154, 1), "99.4 of 100 points."),
    "blank": (0.0, "0 of 100 points."),
    "none": (0.0, "The submission: it is empty."),
    "another type": (0.0, "The submission: it has no .xlsx or .ods file, but week3.xls."),
    "two": (0.0, "The submission: it has 2 workbooks: week3 (1).XLSX, week3.xlsx."),
    "damaged": (0.0, "week3.xlsx: it is cut off or damaged."),
    "no exercise": (0.0, 'it has no sheet "Exercise", so it is no exercise.'),
    "another exercise": (0.0, "w1 in row 0 is 0.15, and 0.3 in the exercise: it is another one."),
}


def marked(folder: Path, platform: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Mark a submission; return the exit code and the results."""
    results = folder.parent / f"{platform}.json"
    told = ["--lesson", "walkthrough"] if "--lesson" not in words else []
    code = main(["mark", str(folder), *told, *words, "--format", platform, "-o", str(results)])
    return code, json.loads(results.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", SUBMITTED)
def test_whatever_is_submitted_there_is_a_result_by_the_rules(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(kind, tmp_path / "submission")
    monkeypatch.chdir(tmp_path / "submission")
    code, found = marked(Path(), "gradescope")
    assert not broken_rules(found, "gradescope")
    score, told = SUBMITTED[kind]
    assert found["score"] == score
    assert told in found["output"]
    assert code == (0 if found["tests"] else 2)
    if code:
        assert found["output"].endswith("Submit the workbook that you were given, filled in, as one .xlsx file.")
        assert "xlbackprop" not in found["output"]  # the hints are the teacher's
        assert str(tmp_path) not in found["output"]


@pytest.mark.parametrize("kind", ["right", "wrong", "none"])
def test_prairielearn_has_the_same_in_its_own_words(kind: str, tmp_path: Path) -> None:
    submit(kind, tmp_path / "student")
    _, found = marked(tmp_path / "student", "prairielearn")
    assert not broken_rules(found, "prairielearn")
    assert found["gradable"] is (kind != "none")
    if kind != "none":
        assert found["score"] == pytest.approx(SUBMITTED[kind][0] / 100)
        assert sum(test["max_points"] for test in found["tests"]) == pytest.approx(100, abs=0.03)
    else:
        assert found["format_errors"][0] == SUBMITTED[kind][1]


def test_a_mistake_is_told_in_its_part_and_the_right_formula_is_not(tmp_path: Path) -> None:
    submit("wrong", tmp_path / "submission")
    _, found = marked(tmp_path / "submission", "gradescope")
    failed = {test["name"]: test["output"].split("\n") for test in found["tests"] if test["status"] == "failed"}
    (first, told), *_ = failed.values()
    assert [*failed] == ["Forward pass"]
    assert first == "47 of 48 answers are right."
    assert told == f"K8: {WRONG['K8'][1]}"
    of = exercise("walkthrough")
    assert not any(f"={of.formula(spot)}" in json.dumps(found) for spot in of.table.answers)


def test_blank_and_typed_answers_are_told_with_the_first_of_their_cells(tmp_path: Path) -> None:
    of = exercise("walkthrough")
    typed = {spot: of.table.value(spot) for spot in of.table.answers if of.place(spot).startswith("J")}
    path = written(of, typed, tmp_path / "week3.xlsx")
    _, found = marked(path, "gradescope")
    forward = found["tests"][0]["output"]
    assert "J8, J9, J10, J11, J12, J13: the right number, typed where a formula belongs." in forward
    assert "K8, L8, M8, R8, S8, T8, U8, K9 and 34 more: blank." in forward


@pytest.mark.parametrize("lesson", slow_but([name for name in built_in_lessons() if name != "digits"], ["walkthrough"]))
@pytest.mark.parametrize("level", ["all", "output"])
def test_the_parts_are_worth_a_hundred_points_and_have_those_that_the_answers_got(
    lesson: str, level: str, tmp_path: Path
) -> None:
    of = exercise(lesson, level)
    half = dict(list(right(of).items())[: len(of.table.answers) // 2])
    data = marks_as_data(mark(written(of, half, tmp_path / "half.xlsx"), of), of)
    found = PLATFORM_RESULTS["gradescope"](data)
    assert sum(test["max_score"] for test in found["tests"]) == pytest.approx(100, abs=0.03)
    assert sum(test["score"] for test in found["tests"]) == pytest.approx(found["score"], abs=0.08)
    assert 0 < found["score"] < 100


def test_a_rubric_decides_what_the_parts_are_worth(tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.toml"
    lesson.write_text(f"{GOOD}\n[exercise.points]\nforward = 30\nloss = 10\nupdates = 60\n", encoding="utf-8")
    assert main(["exercise", str(lesson), "-o", str(tmp_path / "s.xlsx"), "--solution"]) == 0
    _, found = marked(tmp_path / "s.xlsx", "gradescope", "--lesson", str(lesson))
    worth = {test["name"]: test["max_score"] for test in found["tests"]}
    assert [worth[name] for name in ("Forward pass", "Losses", "Updates")] == [30, 10, 60]
    assert found["score"] == 100
    assert {test["status"] for test in found["tests"]} == {"passed"}
    _, found = marked(_blank(lesson, tmp_path / "blank.xlsx"), "gradescope", "--lesson", str(lesson))
    assert {test["status"] for test in found["tests"]} == {"failed"}  # also of a part that has no points


def _blank(lesson: Path, path: Path) -> Path:
    assert main(["exercise", str(lesson), "-o", str(path)]) == 0
    return path


def test_a_variant_is_marked_by_the_manifest_and_whose_it_is_instructors_alone_see(tmp_path: Path) -> None:
    roster = tmp_path / "students.csv"
    roster.write_text(ROSTER, encoding="utf-8")
    words = ("exercise", "vanishing", "--roster", str(roster), "--key", KEY)
    assert main([*words, "-o", str(tmp_path / "solved"), "--solution"]) == 0
    manifest = ("--manifest", str(tmp_path / "solved" / "manifest-solution.csv"))
    rows = {line.split(",")[4]: line for line in Path(manifest[1]).read_text(encoding="utf-8").splitlines()[1:]}
    for path in sorted((tmp_path / "solved").glob("*.xlsx"))[:2]:
        code, found = marked(path, "gradescope", "--lesson", "vanishing", *manifest)
        assert (code, found["score"]) == (0, 100)
        assert not broken_rules(found, "gradescope")
        *parts, whose = found["tests"]
        assert whose["visibility"] == "hidden"
        code_of_row, id_, name = rows[path.name].split(",")[:3]
        assert whose["output"] == f"{code_of_row} was made for {name} ({id_})."
        assert not any(word in json.dumps(parts, ensure_ascii=False) for word in (code_of_row, name, id_))
    code, found = marked(path, "gradescope", "--lesson", "vanishing")
    assert (code, found["score"]) == (2, 0)
    assert "no manifest says" in found["output"]


def test_what_mark_cannot_write_or_does_not_know_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workbook(tmp_path / "week3.xlsx")
    before = path.read_bytes()
    for words, told in (
        ((str(path), "-o", str(path)), "the name of a file of marks ends in .json."),
        ((str(path), "--format", "gradscope"), 'Did you mean "gradescope"?'),
        ((str(path), str(path), "--format", "gradescope"), "it is for one submission, and there are 2."),
        ((str(path), "-o", str(tmp_path / "none" / "a.json")), "Make its folder first."),
    ):
        assert main(["mark", *words, "--lesson", "walkthrough"]) == 2
        assert told in capsys.readouterr().err
    assert path.read_bytes() == before


# --------------------------------------------------------------------------------------------------------------- the zip


def unpacked(made: Path, folder: Path) -> Path:
    """Unpack an autograder as Gradescope does; return its root."""
    root = folder / "autograder"
    for name in ("source", "submission", "results"):
        (root / name).mkdir(parents=True)
    with zipfile.ZipFile(made) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, root / "source"))
            path.chmod(entry.external_attr >> 16)
    shutil.copy(root / "source" / "run_autograder", root)
    return root


def program(path: Path, text: str) -> Path:
    """Write a program of the shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def run(root: Path, script: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "AUTOGRADER_ROOT": str(root), **environment}
    return subprocess.run([script], cwd=root, env=variables, capture_output=True, text=True, check=False)


def results(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((root / "results" / "results.json").read_text(encoding="utf-8"))
    assert not broken_rules(found, "gradescope")
    return found


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "autograder.zip"
    assert main(["autograder", "walkthrough", "-o", str(path)]) == 0
    return path


def test_in_the_layout_of_the_platform_it_leaves_a_result_whatever_comes(made: Path, tmp_path: Path) -> None:
    root = unpacked(made, tmp_path)
    xlbackprop = root / "venv" / "bin" / "xlbackprop"
    program(xlbackprop, f'exec {sys.executable} -m xlbackprop "$@"')
    run_it = root / "run_autograder"
    here = os.pathsep.join(filter(None, sys.path))

    workbook(root / "submission" / "week3.xlsx")
    done = run(root, run_it, PYTHONPATH=here)
    assert (done.returncode, results(root)["score"]) == (0, 100), done

    openpyxl.Workbook().save(root / "submission" / "week3.xlsx")
    done = run(root, run_it, PYTHONPATH=here)
    assert (done.returncode, results(root)["score"]) == (0, 0)
    assert "Mark what `xlbackprop exercise` has made." in done.stdout  # what instructors see
    assert "The marking ended with the exit code 2." in done.stdout

    for how in ("kill -SEGV $$", "kill -KILL $$", "exit 1"):
        program(xlbackprop, how)
        (root / "results" / "results.json").write_text("of a submission before", encoding="utf-8")
        done = run(root, run_it)
        assert done.returncode == 0
        assert results(root)["output"].startswith("Your submission could not be marked")


def test_the_zip_has_what_the_platform_asks_for(made: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        modes = {entry.filename: entry.external_attr >> 16 for entry in archive.infolist()}
        for name in ("setup.sh", "run_autograder"):
            content = archive.read(name)
            assert modes[name] & stat.S_IXUSR
            assert content.startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in content
            assert subprocess.run(["bash", "-n"], input=content, check=False).returncode == 0
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    again = tmp_path / "again.zip"
    assert main(["autograder", "walkthrough", "-o", str(again)]) == 0
    assert again.read_bytes() == made.read_bytes()


def test_level_and_rows_are_those_of_the_exercise(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    assert main(["autograder", "walkthrough", "-o", str(path), "--level", "forward", "--rows", "3"]) == 0
    root = unpacked(path, tmp_path)
    program(root / "venv" / "bin" / "xlbackprop", f'exec {sys.executable} -m xlbackprop "$@"')
    words = ["exercise", "walkthrough", "--level", "forward", "--rows", "3", "--solution"]
    assert main([*words, "-o", str(root / "submission" / "s.xlsx")]) == 0
    run(root, root / "run_autograder", PYTHONPATH=os.pathsep.join(filter(None, sys.path)))
    assert results(root)["score"] == 100
    assert (root / "source" / "setup.sh").read_text(encoding="utf-8").count("--level forward --rows 3") == 2


def test_the_lesson_comes_with_all_that_it_names(tmp_path: Path) -> None:
    folder = tmp_path / "lesson"
    folder.mkdir()
    data = 'file = "examples.csv"\ntarget_columns = ["t"]'
    text = GOOD.replace("inputs = [0.05, 0.10]\ntargets = [0.01]", data)
    text = text.replace('title = "Small"', 'title = "Small"\nlogo = "school.png"\nlogo_text = "A school"')
    (folder / "examples.csv").write_bytes("t;größe;b\r\n0,1;1;2\r\n0,3;0,5;1\r\n".encode("cp1252"))  # as Excel saves it
    lesson = load_lesson(with_logo(folder, png(60, 20), text))
    path = tmp_path / "a.zip"
    path.write_bytes(autograder_zip(lesson, None, None))
    again = load_lesson(unpacked(path, tmp_path) / "source" / "lesson" / "lesson.toml")
    assert again == lesson


def test_a_zip_that_somebody_has_changed_is_left_as_it_is(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["autograder", "xor", "-o", str(made)]
    assert main(words) == 0  # it was as it was made
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("notes.txt", "mine")
    changed = made.read_bytes()
    capsys.readouterr()
    assert main(words) == 2
    assert "it was changed since it was made" in capsys.readouterr().err
    assert made.read_bytes() == changed
    assert main([*words, "--force"]) == 0
    assert made.read_bytes() != changed


def test_what_students_would_run_into_is_told_to_the_teacher(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    roster, path = tmp_path / "students.csv", tmp_path / "a.zip"
    roster.write_text("id\n1\n", encoding="utf-8")
    assert main(["exercise", "vanishing", "--roster", str(roster), "--key", KEY, "-o", str(tmp_path / "class")]) == 0
    manifest = tmp_path / "class" / "manifest.csv"
    empty = tmp_path / "empty.csv"
    empty.write_text(manifest.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    for words, told in (
        (("walkthrough", "--manifest", str(manifest)), "it is the manifest of another lesson."),
        (("vanishing", "--manifest", str(empty)), "it has no variants."),
        (("vanishing", "--manifest", str(roster)), "it is no manifest"),
        (("digits",), "its table has 812 columns"),
        (("walkthrough", "--level", "forwards"), 'Did you mean "forward"?'),
        (("walkthrough", "--rows", "0"), "--rows"),
        (("walkthrough", "-o", str(tmp_path / "a.tar")), "ends in .zip."),
    ):
        assert main(["autograder", "-o", str(path), *words]) == 2
        assert told in capsys.readouterr().err
    assert not path.exists()
    assert main(["autograder", "vanishing", "-o", str(path), "--manifest", str(manifest), "--ods"]) == 0
    with zipfile.ZipFile(path) as archive:
        assert archive.read("manifest.csv") == manifest.read_bytes()
        assert b'--manifest "$root/source/manifest.csv"' in archive.read("run_autograder")
        assert b"libreoffice-calc" in archive.read("setup.sh")


# ------------------------------------------------------------------------------------------------------------- the wheel


def test_the_wheel_records_every_file_with_its_digest() -> None:
    name, content = own_wheel()
    with zipfile.ZipFile(BytesIO(content)) as wheel:
        stem = name.removesuffix("-py3-none-any.whl")
        record = dict(line.split(",", 1) for line in wheel.read(f"{stem}.dist-info/RECORD").decode().splitlines())
        assert {*record} == {*wheel.namelist()}
        for inside, told in record.items():
            if not inside.endswith("/RECORD"):
                digest = urlsafe_b64encode(hashlib.sha256(wheel.read(inside)).digest()).rstrip(b"=").decode()
                assert told == f"sha256={digest},{len(wheel.read(inside))}"
        inside = {"xlbackprop/py.typed", "xlbackprop/templates/digits.csv", "xlbackprop/__main__.py"}
        assert inside < {*wheel.namelist()}
        assert b"xlbackprop.__main__:main" in wheel.read(f"{stem}.dist-info/entry_points.txt")


@pytest.mark.slow
@pytest.mark.checkout
def test_the_wheel_has_the_same_files_as_that_of_the_build_tool(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (built,) = tmp_path.glob("*.whl")
    name, content = own_wheel()
    assert name == built.name
    with zipfile.ZipFile(built) as theirs, zipfile.ZipFile(BytesIO(content)) as ours:
        assert sorted(ours.namelist()) == sorted(theirs.namelist())
        differing = [inside for inside in ours.namelist() if ours.read(inside) != theirs.read(inside)]
        assert {Path(inside).name for inside in differing} <= {"WHEEL", "RECORD", "METADATA"}  # the README may be newer


def test_without_an_installation_there_is_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def missing(_: str) -> None:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(InputError, match="it runs without being installed"):
        own_wheel()


def beside_ourselves(folder: Path) -> Path:
    """Return a folder with all that is installed here but xlbackprop, so that nothing has to be fetched."""
    folder.mkdir()
    for place in filter(lambda one: one.endswith("site-packages"), sys.path):
        for path in Path(place).iterdir():
            if "xlbackprop" not in path.name and path.suffix != ".pth" and not (folder / path.name).exists():
                (folder / path.name).symlink_to(path)
    return folder


@pytest.mark.slow
def test_where_python_is_too_old_a_newer_one_is_fetched_and_what_is_installed_marks(made: Path, tmp_path: Path) -> None:
    """An image has Python 3.10, and what apt-get would bring stands here beside it; the wheel is installed for real."""
    root, programs = unpacked(made, tmp_path), tmp_path / "bin"
    program(programs / "python3", "exit 1")  # as 3.10 does where it is asked whether it is 3.11
    for minor in (11, 12, 13):
        program(programs / f"python3.{minor}", "exit 127")
    newer = program(tmp_path / "newer", f'exec {sys.executable} "$@"')
    brings = f'case "$*" in update) exit 0 ;; *python3.12-venv) exec ln -sf {newer} {programs}/python3.12 ;; esac'
    program(programs / "apt-get", f'echo "$@" >> {tmp_path}/asked\n{brings}\nexit 100')
    libraries = beside_ourselves(tmp_path / "libraries")
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "PYTHONPATH": str(libraries), "PIP_NO_INDEX": "1"}
    done = run(root, root / "source" / "setup.sh", **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.split()[-1] for line in asked] == ["update", "python3.13-venv", "python3.12-venv"]

    installed = root / "venv" / "bin" / "xlbackprop"
    where = [root / "venv" / "bin" / "python", "-c", "import xlbackprop; print(xlbackprop.__file__)"]
    place = subprocess.run(
        where, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    assert Path(place.stdout.strip()).is_relative_to(root / "venv")
    for kind, (score, told) in SUBMITTED.items():
        shutil.rmtree(root / "submission")
        submit(kind, root / "submission")
        run(root, root / "run_autograder", **environment)
        assert results(root)["score"] == score, kind
        assert told in results(root)["output"], kind

    again = tmp_path / "again.zip"  # what was installed from the wheel makes the same
    words = [installed, "autograder", "walkthrough", "-o", again]
    subprocess.run(words, cwd=root, env={**os.environ, **environment}, capture_output=True, check=True)
    assert again.read_bytes() == made.read_bytes()


@pytest.mark.slow
def test_no_image_is_built_where_the_solution_does_not_get_all_points(made: Path, tmp_path: Path) -> None:
    root = unpacked(made, tmp_path)
    libraries = beside_ourselves(tmp_path / "libraries")
    python = program(tmp_path / "bin" / "python3", f'exec {sys.executable} "$@"')
    setup = root / "source" / "setup.sh"
    text = setup.read_text(encoding="utf-8")
    setup.write_text(text.replace(" --solution", ""), encoding="utf-8")
    environment = {"PATH": f"{python.parent}:{os.environ['PATH']}", "PYTHONPATH": str(libraries), "PIP_NO_INDEX": "1"}
    done = run(root, setup, **environment)
    assert done.returncode == 1
    assert "The solution does not get all points" in done.stderr
