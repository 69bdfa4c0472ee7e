"""Whatever a person or a stranger hands us that is wrong is answered with one message: where, what, and what helps.

The tables in `tests.bad_input` hold what is handed over, and all that is said; a list of known names, which grows, is
written as "…". Each ends with exit code 2, says it on the error stream alone, and leaves nothing behind.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.bad_input.beside import EXAMPLES
from tests.bad_input.beside import NAMES as FILE_NAMES
from tests.bad_input.lessons import NAMES, OWN_NAMES, SYNTAX, VALUES
from tests.bad_input.words import WORDS
from tests.bad_input.workbooks import WORKBOOKS, changed, related
from tests.hostile import HARMLESS
from tests.pictures import jpeg, png
from tests.slow import slow_where
from tests.test_lesson import GOOD, RUNS
from xlbackprop import InputError, compile_document, load_lesson, verify, write_workbook
from xlbackprop.cli import main
from xlbackprop.lesson import lesson_file
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.sheets import read_lesson
from xlbackprop.workbook.document import written_length

FROM_FILE = GOOD.replace(
    "inputs = [0.05, 0.10]\ntargets = [0.01]", 'file = "p.csv"\ntarget_columns = ["t"]'
)  # fmt: skip
POINTS = "t,a,b\n1,0.5,2\n0,.25,4\n"
TITLE = 'title = "Small"'


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("bad_input") / "sound.xlsx"
    write_workbook(compile_document(read_lesson(GOOD, "good.toml")), path)
    return path.read_bytes()


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command says that ends with 2, after making sure that it did nothing else."""
    before = sorted(Path().rglob("*"))
    try:
        code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    err = "".join(line for line in err.splitlines(keepends=True) if not line.startswith(("usage: ", "… ", "    ")))
    assert (code, out) == (2, "")
    assert sorted(Path().rglob("*")) == before, "something was written"
    assert not re.search(r"Traceback|NoneType|object at 0x|Errno|literal|\bint\(\)|\blist index", err)
    return re.sub("Known here: .*", "Known here: …", err.rstrip("\n"))


def under(source: str, told: str) -> str:
    return "\n".join([source, *(f"  {line}" for line in told.split("\n"))])


def write(name: str, content: str | bytes) -> None:
    Path(name).write_bytes(content.encode() if isinstance(content, str) else content)


def links_and_pipes() -> None:
    """Put what is no plain file beside the lesson."""
    for name in ("folder", "dir.csv"):
        Path(name).mkdir()
    write("../points.csv", POINTS)
    for name, target in (
        ("loop.toml", "loop.toml"),
        ("loop.xlsx", "loop.xlsx"),
        ("loop.csv", "loop.csv"),
        ("dangling.xlsx", "nowhere/w.xlsx"),
        ("zero.csv", "/dev/zero"),
        ("elsewhere.csv", "../points.csv"),
    ):
        Path(name).symlink_to(target)
    for name in ("pipe.toml", "pipe.csv", "pipe.xlsx"):
        os.mkfifo(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.xlsx")  # it stays when the listener is gone


unix = pytest.mark.skipif(os.name != "posix", reason="it needs links, pipes and what Unix says of them")

LESSONS = [(GOOD, *case) for case in (*SYNTAX, *VALUES, *OWN_NAMES)] + [(RUNS, *case) for case in NAMES]


@pytest.mark.parametrize(("base", "right", "wrong", "told"), LESSONS, ids=[f"{index}" for index in range(len(LESSONS))])
def test_a_lesson_that_is_wrong(
    capsys: pytest.CaptureFixture[str], base: str, right: str, wrong: str, told: str
) -> None:
    assert right in base
    write("lesson.toml", base.replace(right, wrong, 1))
    assert said(capsys, "generate", "lesson.toml") == under("lesson.toml", told)


NOT_UTF8 = "this is not UTF-8 text. Save the lesson as UTF-8 in your editor."
NO_KEY = 'this is not TOML: this is neither a key nor a [table]. For instance: title = "…"'
NOTHING = "there is no lesson in it. xlbackprop new my-lesson.toml writes one."
CONTENTS = {
    "UTF-16": (GOOD.encode("utf-16"), f"byte {2 + (0 if GOOD.encode('utf-16')[2] == 0 else 1)}: {NOT_UTF8}"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), f"byte 1: {NOT_UTF8}"),
    "UTF-32": (GOOD.encode("utf-32-be"), f"byte 0: {NOT_UTF8}"),
    "Latin-1": (GOOD.replace("Small", "Fällt").encode("latin-1"), f"byte 11: {NOT_UTF8}"),
    "a zero byte at its end": (GOOD.encode() + b"\0", f"byte {len(GOOD)}: {NOT_UTF8}"),
    "a workbook": (b"PK\3\4" + bytes(range(256)), f"byte 4: {NOT_UTF8}"),
    "nothing": (b"", NOTHING),
    "a mark and nothing": (b"\xef\xbb\xbf", NOTHING),
    "remarks alone": (b"# nothing else\n", NOTHING),
    "JSON": (b'{"title": "Small"}', f"line 1, column 1: {NO_KEY}"),
    "a page of the web": (b"<!DOCTYPE html>\n", f"line 1, column 1: {NO_KEY}"),
    "one line of 32,000 emoji": (GOOD.replace(TITLE, TITLE + " # " + "😀" * 16_000).encode(), "line 2: it has 32,018 characters; 32,000 fit into a cell of the workbook. Break it into lines."),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_a_lesson_file_that_holds_something_else(capsys: pytest.CaptureFixture[str], name: str) -> None:
    content, told = CONTENTS[name]
    write("lesson.toml", content)
    assert said(capsys, "generate", "lesson.toml") == under("lesson.toml", told)


@pytest.mark.parametrize(("name", "content", "told"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_a_file_of_examples_that_is_wrong(
    capsys: pytest.CaptureFixture[str], name: str, content: str | bytes, told: str
) -> None:
    assert name
    write("lesson.toml", FROM_FILE)
    write("p.csv", content)
    assert said(capsys, "generate", "lesson.toml") == under("lesson.toml", told)


@unix
@pytest.mark.parametrize(("name", "told"), FILE_NAMES, ids=[f"{index}" for index in range(len(FILE_NAMES))])
def test_a_file_that_no_lesson_may_read(capsys: pytest.CaptureFixture[str], name: str, told: str) -> None:
    write("lesson.toml", FROM_FILE.replace("p.csv", name))
    write("p.csv", POINTS)
    links_and_pipes()
    assert said(capsys, "generate", "lesson.toml") == under("lesson.toml", told)


@unix
def test_a_link_beside_a_lesson_leads_to_what_lies_in_its_folder() -> None:
    """What a stranger's lesson names goes into a workbook that is handed out, so it must not come from elsewhere."""
    Path("lessons/data").mkdir(parents=True)
    write("lessons/lesson.toml", FROM_FILE.replace(TITLE, f'{TITLE}\nlogo = "l.png"'))
    write("lessons/data/points.csv", POINTS)
    write("lessons/data/logo.png", png(60, 20))
    Path("lessons/p.csv").symlink_to("data/points.csv")
    Path("lessons/l.png").symlink_to(Path("lessons/data/logo.png").resolve())
    Path("way").symlink_to("lessons")
    for lesson in ("lessons/lesson.toml", "way/lesson.toml"):
        assert load_lesson(lesson).data_text == POINTS
    for name, elsewhere in (("p.csv", "points.csv"), ("l.png", "logo.png")):
        Path("lessons/data", elsewhere).rename(elsewhere)
        Path("lessons", name).unlink()
        Path("lessons", name).symlink_to(f"../{elsewhere}")
    with pytest.raises(InputError) as told:
        load_lesson("lessons/lesson.toml")
    assert [problem.what for problem in told.value.problems] == [
        f'"{name}" is a link that leads out of the folder of the lesson.' for name in ("l.png", "p.csv")
    ]


@unix
def test_a_ready_made_lesson_may_be_installed_as_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As some installers do, to save room: each file is a link into their store."""
    store = built_in_lessons()["digits"].parent
    for name in ("digits.toml", "digits.csv"):
        Path(name).symlink_to(store / name)
    monkeypatch.setattr(lesson_file, "built_in_lessons", lambda: {"digits": Path("digits.toml")})
    assert load_lesson("digits").data_text


NO_PICTURE = 'line 3, logo: "l.png" is no PNG or JPEG picture. Save the picture as PNG or JPEG.'
DAMAGED = 'line 3, logo: the picture "l.png" is damaged or cut off. Save it once more.'
PICTURES = {
    "a zip": (b"PK\3\4" + bytes(99), NO_PICTURE),
    "an SVG": (b"<svg/>", NO_PICTURE),
    "a GIF": (b"GIF89a" + bytes(20), NO_PICTURE),
    "a page of the web": (b"<html>", NO_PICTURE),
    "nothing": (b"", NO_PICTURE),
    "a PNG cut off": (png(60, 20)[:40], DAMAGED),
    "a JPEG cut off": (jpeg(6, 6)[:10], DAMAGED),
    "a PNG without pixels": (png(0, 0), DAMAGED),
    "a JPEG as wide as it can be": (jpeg(65_535, 65_535), 'line 3, logo: "l.png" has 65,535 × 65,535 pixels; 5,000 a side are allowed. Make the picture smaller.'),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_logo_that_is_wrong(capsys: pytest.CaptureFixture[str], name: str) -> None:
    content, told = PICTURES[name]
    write("lesson.toml", GOOD.replace(TITLE, f'{TITLE}\nlogo = "l.png"'))
    write("l.png", content)
    assert said(capsys, "generate", "lesson.toml") == under("lesson.toml", told)


@unix
@pytest.mark.parametrize(("words", "told"), WORDS, ids=[f"{index}" for index in range(len(WORDS))])
def test_a_command_line_that_is_wrong(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str) -> None:
    write("lesson.toml", GOOD)
    write("notes.xlsx", "my notes")
    links_and_pipes()
    assert said(capsys, *words) == told


@pytest.mark.parametrize(("name", "make", "told"), WORKBOOKS, ids=[name for name, _, _ in WORKBOOKS])
def test_a_file_that_is_no_workbook_of_ours(
    capsys: pytest.CaptureFixture[str], sound: bytes, name: str, make: bytes | Callable[[bytes], bytes], told: str
) -> None:
    write("w.xlsx", make if isinstance(make, bytes) else make(sound))
    place = "w.xlsx, sheet Lesson" if name.startswith(("its sheet Lesson edited: a", "a sheet Lesson")) else "w.xlsx"
    place = "w.xlsx, sheet Lesson" if name.endswith("no TOML") else place
    assert said(capsys, "verify", "w.xlsx").startswith(under(place, told))


# ------------------------------------------------------------------------------------------------- strange, but good


SHORT = GOOD.replace("[0.1, 2]", "[2]").replace("epochs = 3", "epochs = 1")
STRANGE = {
    "a title that looks like a formula": SHORT.replace('"Small"', '"=1+1"'),
    "a title that looks like a command": SHORT.replace('"Small"', "\"=cmd|'/c calc'!A1\""),
    "a title that begins with an at sign": SHORT.replace('"Small"', '"@SUM(A1:A9)"'),
    "a title that begins with a minus": SHORT.replace('"Small"', '"-2+3"'),
    "a title that is a number": SHORT.replace('"Small"', '"1e5"'),
    "a title that is an error": SHORT.replace('"Small"', '"#NUM!"'),
    "a title that is a truth value": SHORT.replace('"Small"', '"TRUE"'),
    "a title of emoji": SHORT.replace('"Small"', f'"{"😀" * 120}"'),
    "a title from right to left": SHORT.replace('"Small"', '"\u202eשלום\u202c עולם"'),
    "a title with marks of XML": SHORT.replace('"Small"', '"<b>&amp; ]]> _x0041_ %d {0}"'),
    "a tab in a title": SHORT.replace('"Small"', '"a\\tb"'),
    "combining marks": SHORT.replace('"Small"', '"e\u0301\u0323 👩\u200d🔬"'),
    "denormal and negative zero inputs": SHORT.replace("[0.05, 0.10]", "[-0.0, 5e-324]"),
    "numbers at the limit": SHORT.replace("[0.05, 0.10]", "[1e9, -1e9]").replace("[2]", "[1e-9]"),
    "keys with dots, numbers in other notations": SHORT.replace("[network]\n", "").replace("loss =", "network.loss =").replace("epochs = 1", "epochs = 0x1"),
    "lines of an old Macintosh": SHORT.replace("\n", "\r"),
    "lines of Windows, and a mark": "\ufeff" + SHORT.replace("\n", "\r\n"),
}  # fmt: skip


RUN_NAMES = ("=1+1", "-cmd|x", "+1", "@x", "A1", "R1C1", "1.5", "TRUE", "#NUM!", "CALL(1)", "WEBSERVICE(A1)", "it's so", '100% "so"',
             '"&A1&"', "😀" * 15, "שלום\u200f", "\u202eabc", "<&> ;,#", "a&amp;b", "_x0041_", "%d {0}", "c:\u200b".replace(":", ""), "~", "RC")  # fmt: skip
STRANGE["runs with strange names"] = SHORT.replace("learning_rates = [2]", "learning_rate = 2") + "".join(
    f"[[runs]]\nname = '''{name}'''\n" for name in RUN_NAMES
)


@pytest.mark.parametrize("name", slow_where(STRANGE, {"runs with strange names"}))
def test_what_is_strange_but_good_is_made_and_is_right(name: str, tmp_path: Path) -> None:
    write("lesson.toml", STRANGE[name])
    lesson = load_lesson(tmp_path / "lesson.toml")
    document = compile_document(lesson)
    write_workbook(document, tmp_path / "w.xlsx")
    report = verify(tmp_path / "w.xlsx")
    assert report.equal, "\n".join(report.lines())
    assert document["Summary"].cells[1, 1].formula is None
    assert lesson.title in str(document["Summary"].cells[1, 1].value)
    assert all(written_length(sheet.name) <= 31 for sheet in document.sheets)
    names = set(openpyxl.load_workbook(tmp_path / "w.xlsx").sheetnames)
    assert names >= {run.name for run in lesson.runs}


def test_arabic_digits_are_digits(capsys: pytest.CaptureFixture[str]) -> None:
    write("lesson.toml", GOOD)
    assert main(["generate", "lesson.toml", "--epochs", "١٢", "--rates", "٠.٥"]) == 0
    assert "LR=0.5), epochs 0 to 12" in capsys.readouterr().out


def test_a_formula_in_the_header_of_a_file_of_examples_is_text(tmp_path: Path) -> None:
    write("lesson.toml", FROM_FILE)
    write("p.csv", POINTS.replace("a", "=cmd|'/c calc'!A1").replace("b", "@b"))
    write_workbook(compile_document(load_lesson(tmp_path / "lesson.toml")), tmp_path / "w.xlsx")
    assert verify(tmp_path / "w.xlsx").equal


def test_what_a_reader_may_add_does_not_make_a_workbook_dangerous(sound: bytes, tmp_path: Path) -> None:
    """A link that is followed only by who clicks on it, and what Excel itself leaves in a file."""
    for add in (
        HARMLESS["a link in a cell"],
        related("customXml", "../customXml/item1.xml"),
        related("printerSettings", "printerSettings/printerSettings1.bin"),
        changed("docProps/core.xml", "</cp:coreProperties>", "<cp:category>a|b [1]x!A1 CALL(</cp:category></cp:coreProperties>"),
    ):  # fmt: skip
        sound = add(sound)
    (tmp_path / "w.xlsx").write_bytes(sound)
    assert verify(tmp_path / "w.xlsx").equal


def test_an_unknown_command_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "\x1b[31mhelp").startswith("xlbackprop: error: there is no command '")
    assert said(capsys, "help").endswith("Known here: …")
