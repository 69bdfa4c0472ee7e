"""What a person finds in the repository is true: the README's commands, the workbook to take away, the text."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from xlbackprop import compile_document, load_lesson, verify
from xlbackprop.classroom import read_manifest
from xlbackprop.lesson_library import templates
from xlbackprop.sheets import lesson_text
from xlbackprop.sheets.compiler import installed_versions
from xlbackprop.sheets.lesson_text import LESSON
from xlbackprop.xlsx.read.reader import read_workbook
from xlbackprop.xlsx.write.seal import is_untouched

pytestmark = pytest.mark.checkout

TOP = Path(__file__).parent.parent
README = TOP / "README.md"
HANDED_OUT = TOP / "output" / "walkthrough.xlsx"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """The commands of the README that use an installed xlbackprop, without those that set it up."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line.startswith(".venv/bin/xlbackprop")]


def test_the_commands_of_the_readme_run(tmp_path: Path) -> None:
    assert len(commands()) >= 6
    (tmp_path / "students.csv").write_text("id,name\n1001,Anna\n1002,Ben\n", encoding="utf-8")
    for line in commands():
        words = shlex.split(line)[1:]
        if words[0] == "grade":
            _hand_in(tmp_path)
        if words[0] == "audit":
            (tmp_path / "short.xlsx").rename(tmp_path / "by-hand.xlsx")
        command = [sys.executable, "-m", "xlbackprop", *words, *(["--no-verify"] if words[0] == "generate" else [])]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8")
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def _hand_in(folder: Path) -> None:
    """Put the exercises of the class into a download, empty as they are, and write the gradebook for it."""
    manifest = read_manifest(folder / "week3" / "manifest.csv")
    lines = ["Identifier,Full name,Status,Grade,Maximum Grade,Last modified (submission),Feedback comments"]
    when = '"Saturday, 28 November 2026, 10:15 AM"'
    with zipfile.ZipFile(folder / "week3.zip", "w") as archive:
        for number, row in enumerate(manifest.values(), start=501):
            name = f"{row.student.name}_{number}_assignsubmission_file/{row.file}"
            archive.write(folder / "week3" / row.file, name)
            lines.append(f"Participant {number},{row.student.name},Submitted,,20.00,{when},")
    (folder / "Grades.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_every_file_that_the_readme_shows_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (TOP / target).exists(), target


def test_the_workbook_to_take_away_is_the_present_one() -> None:
    """Run `xlbackprop generate` after a change of what it writes, and commit the file.

    Its formulas and words are the present ones, and its numbers within the tolerance; their last digits are those of
    the processor that wrote it, so its bytes are compared with none.
    """
    assert is_untouched(HANDED_OUT)
    cells = {place: cell.value for place, cell in read_workbook(HANDED_OUT)[LESSON].items()}
    carried = lesson_text.read_carried(str(HANDED_OUT), cells)
    assert carried.versions["xlbackprop"] == installed_versions()["xlbackprop"]
    present = compile_document(load_lesson(), versions=carried.versions)
    assert carried.fingerprint == present[LESSON].cells[lesson_text.FINGERPRINT_ROW, 2].value
    report = verify(HANDED_OUT)
    assert report.equal, "\n".join(report.lines())


def test_the_text_speaks_of_the_project_alone() -> None:
    files = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    for name in files:
        path = TOP / name
        if path.suffix in {".py", ".md", ".toml", ".txt"} and path.exists() and path != Path(__file__):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(?:work|root|home)/\w", text), name


def test_the_wheel_has_the_package_its_lessons_and_nothing_else(tmp_path: Path) -> None:
    import zipfile

    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=TOP, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = [name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name]
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "xlbackprop"]
    package = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=True).stdout.split()
    lessons = [f"xlbackprop/templates/{file.name}" for file in templates().iterdir()]
    assert sorted(names) == sorted([*package, *lessons])
    assert {"xlbackprop/py.typed", "xlbackprop/templates/walkthrough.toml", "xlbackprop/templates/digits.csv"} <= {
        *names
    }
    assert {Path(name).suffix for name in names} == {".py", ".typed", ".toml", ".csv"}
    about = {name.partition(".dist-info/")[2] for name in zipfile.ZipFile(wheel).namelist()} - {""}
    assert about == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
