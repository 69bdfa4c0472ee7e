"""Whose a lesson is: it stands on Summary, at the head of printed pages and in the properties, always as text."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from tests.pictures import jpeg, png
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.cli import main
from xlbackprop.commands import new
from xlbackprop.errors import InputError
from xlbackprop.lesson.credits import Credits
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.workbook.document import Document, column_letters
from xlbackprop.workbook.extents import range_of
from xlbackprop.workbook.image_file import read_image
from xlbackprop.xlsx.write import workbook_bytes

NETWORK = """
introduction = "What to look at."
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.3, 0.5]]
[data]
inputs = [0.5, 1]
targets = [1]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 3
"""
PLAIN = 'title = "Named & known"' + NETWORK
WORDS = """
author = "Ada Lovelace & friends"
institution = "University of London"
licence = "CC BY 4.0"
"""
NAMED = 'title = "Named & known"' + WORDS + NETWORK
WITH_LOGO = 'title = "Named & known"' + WORDS + 'logo = "school.png"' + NETWORK


def document(text: str) -> Document:
    return compile_document(read_lesson(text, "a lesson"))


def parts_of(made: Document) -> dict[str, bytes]:
    with ZipFile(BytesIO(workbook_bytes(made))) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_logo(folder: Path, logo: bytes, text: str = WITH_LOGO) -> Path:
    """Put a lesson and its logo into a folder; return the lesson's path."""
    (folder / "school.png").write_bytes(logo)
    path = folder / "named.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    """Return the problems that are told of a lesson file, without the lines in which they stand."""
    with pytest.raises(InputError) as caught:
        load_lesson(path)
    return [re.sub(r"^line \d+, ", "", str(problem)) for problem in caught.value.problems]


# ------------------------------------------------------------------------------------------------------- the words


def test_summary_says_whose_the_lesson_is_under_its_title() -> None:
    summary = document(NAMED)["Summary"]
    assert summary.cells[2, 1].value == "Ada Lovelace & friends, University of London · CC BY 4.0"
    assert summary.cells[3, 1].value == "What to look at."
    assert {flag.cells for flag in summary.flags} == {"B4"}
    assert summary.cells[4, 2].formula.endswith("'Checks'!$B$3)")


def test_a_lesson_that_does_not_say_whose_it_is_looks_as_ever() -> None:
    summary, named = document(PLAIN)["Summary"], document(NAMED)["Summary"]
    assert [summary.cells[row, 1].value for row in (2, 3, 4)] == ["What to look at.", "proof", "go to"]
    assert {flag.cells for flag in summary.flags} == {"B3"}
    assert 1 not in summary.heights
    below = [{place: cell for place, cell in sheet.cells.items() if place[0] > 5} for sheet in (summary, named)]
    assert below[0] == below[1]
    assert "Company" not in parts_of(document(PLAIN))["docProps/app.xml"].decode()


@pytest.mark.parametrize(
    ("credits", "line"),
    [
        (Credits("Ada"), "Ada"),
        (Credits("", "A school"), "A school"),
        (Credits("", "", "CC0"), "CC0"),
        (Credits("Ada", "", "CC0"), "Ada · CC0"),
        (Credits(), ""),
    ],
)
def test_what_is_not_said_leaves_no_trace(credits: Credits, line: str) -> None:
    assert credits.line == line
    assert bool(credits) is bool(line)


def test_the_properties_of_the_file_say_whose_it_is() -> None:
    made = workbook_bytes(document(NAMED))
    properties = load_workbook(BytesIO(made)).properties
    assert properties.creator == "Ada Lovelace & friends"
    assert properties.lastModifiedBy == "xlbackprop"
    assert properties.description.endswith("Made by xlbackprop. Licence: CC BY 4.0")
    with ZipFile(BytesIO(made)) as package:
        assert b"<Company>University of London</Company></Properties>" in package.read("docProps/app.xml")


def test_every_printed_page_is_headed_with_title_and_author() -> None:
    for sheet in load_workbook(BytesIO(workbook_bytes(document(NAMED)))):
        assert sheet.oddHeader.left.text == "Named && known"
        assert sheet.oddHeader.right.text == "Ada Lovelace && friends, University of London"
        assert sheet.oddFooter.left.text == "&A"
    assert load_workbook(BytesIO(workbook_bytes(document(PLAIN))))["Inputs"].oddHeader.right.text is None


@pytest.mark.parametrize(("title", "author"), [("t" * 120, "a" * 120), ("&" * 120, "&" * 120), ("t", "&" * 120)])
def test_a_page_header_stays_within_what_excel_reads(title: str, author: str) -> None:
    made = document(f'title = "{title}"\nauthor = "{author}"\n{NETWORK}')
    found = re.search(r"<oddHeader>(.*?)</oddHeader>", parts_of(made)["xl/worksheets/sheet1.xml"].decode())
    assert found is not None
    header = found[1].replace("&amp;", "&")
    assert len(header) <= 255
    left, right = (re.sub("^&10 ", "", part) for part in header.removeprefix("&L").split("&R", 1))
    assert not re.search("&(?!&)", left.replace("&&", "") + right.replace("&&", ""))
    assert len(left.replace("&&", "&")) + len(right.replace("&&", "&")) <= 100
    assert right.endswith("…")


def test_words_that_look_like_formulas_are_text(tmp_path: Path) -> None:
    words = 'author = "=1+1"\ninstitution = "@SUM(A1)"\nlicence = "+1 &P"\n'
    made = document('title = "t"\n' + words + NETWORK)
    write_workbook(made, tmp_path / "w.xlsx")
    cell = load_workbook(tmp_path / "w.xlsx")["Summary"]["A2"]
    assert (cell.value, cell.data_type) == ("=1+1, @SUM(A1) · +1 &P", "s")
    for words in ('author = "=1+1"', 'institution = "@SUM(A1)"', 'licence = "+1"'):
        write_workbook(document('title = "t"\n' + words + NETWORK), tmp_path / "w.xlsx")
        assert load_workbook(tmp_path / "w.xlsx")["Summary"]["A2"].data_type == "s"
        assert verify(tmp_path / "w.xlsx").equal


# -------------------------------------------------------------------------------------------------------- the logo


def test_the_logo_stands_at_the_right_edge_of_the_page_beside_the_title(tmp_path: Path) -> None:
    for width, height, shown in [(600, 200, (140, 47)), (100, 300, (17, 50)), (40, 20, (40, 20)), (3000, 1, (140, 1))]:
        summary = compile_document(load_lesson(with_logo(tmp_path, png(width, height))))["Summary"]
        (picture,) = summary.pictures
        assert (picture.width, picture.height) == shown
        before_last, last = (column_letters(column) for column in sorted(summary.widths)[-2:])
        left = {f"{before_last}1": 0, f"{last}1": 71}[picture.anchor] + picture.offset
        assert left + picture.width == 142  # where the last column of the page ends
        assert picture.offset < 71  # the picture begins in its own cell
        beside = [range_of(area).right for area in summary.merged if range_of(area).top <= 2]
        assert beside  # and no text of these rows runs below it
        assert max(beside) < sorted(summary.widths)[-2]
        assert (summary.heights[1] + summary.heights[2]) * 96 / 72 >= 50
        assert picture.alt_text == "Logo of University of London"


def test_the_cells_do_not_depend_on_the_picture(tmp_path: Path) -> None:
    there = compile_document(load_lesson(with_logo(tmp_path, png(60, 20))))
    absent = compile_document(read_lesson(WITH_LOGO, "a lesson"))
    assert (len(there["Summary"].pictures), len(absent["Summary"].pictures)) == (1, 0)
    for one, other in zip(there.sheets, absent.sheets, strict=True):
        assert (one.cells, one.merged, one.heights) == (other.cells, other.merged, other.heights)


def test_a_logo_is_described_for_those_who_do_not_see_it(tmp_path: Path) -> None:
    for change, words in [
        ('logo_text = "A torch"\nlogo =', "A torch"),
        ('institution = ""\nlogo =', None),
        ("logo =", "Logo"),
    ]:
        text = WITH_LOGO.replace('institution = "University of London"\n', "").replace("logo =", change)
        path = with_logo(tmp_path, png(60, 20), text)
        if words is None:
            assert refused(path) == ["institution: one line of text is needed."]
        else:
            (picture,) = compile_document(load_lesson(path))["Summary"].pictures
            assert picture.alt_text == words


@pytest.mark.parametrize(("logo", "kind"), [(png(60, 20), "png"), (jpeg(60, 20), "jpeg")])
def test_the_picture_is_in_the_file_as_it_is(tmp_path: Path, logo: bytes, kind: str) -> None:
    made = compile_document(load_lesson(with_logo(tmp_path, logo)))
    parts = parts_of(made)
    assert parts[f"xl/media/image1.{kind}"] == logo
    types = parts["[Content_Types].xml"].decode()
    assert types.count(f'<Default Extension="{kind}" ContentType="image/{kind}"/>') == 1
    drawing = parts["xl/drawings/drawing1.xml"].decode()
    embedded = re.search(r'<a:blip r:embed="(\w+)"/>', drawing)
    assert embedded is not None
    links = parts["xl/drawings/_rels/drawing1.xml.rels"].decode()
    assert re.search(rf'Id="{embedded[1]}" Type="[^"]*/image" Target="../media/image1.{kind}"', links)
    assert 'descr="Logo of University of London"' in drawing
    assert workbook_bytes(made) == workbook_bytes(compile_document(load_lesson(tmp_path / "named.toml")))


@pytest.mark.parametrize(
    "engine", ["formualizer", pytest.param("libreoffice", marks=pytest.mark.engine("libreoffice"))]
)
def test_a_workbook_with_a_logo_verifies_where_the_logo_is_not_at_hand(tmp_path: Path, engine: str) -> None:
    lesson = load_lesson(with_logo(tmp_path, png(60, 20)))
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "named.xlsx"
    write_workbook(compile_document(lesson), path)
    (tmp_path / "school.png").unlink()
    report = verify(path, engine)
    assert report.equal, "\n".join(report.lines())
    assert not report.notes  # the lesson still has its fingerprint


NAME = "logo: the name of a file beside the lesson is needed, without folders, with one of .png, .jpg, .jpeg."
WRONG: list[tuple[str, str]] = [
    ('"absent.png"', 'logo: there is no file "absent.png" beside the lesson. It must lie in the same folder.'),
    ('"folder.png"', 'logo: "folder.png" is a folder. Name a file.'),
    ('"../school.png"', NAME),
    ('"folder.png/school.png"', NAME),
    ('"/etc/school.png"', NAME),
    ('"C:school.png"', NAME),
    (r'"..\\school.png"', NAME),
    ('".png"', NAME),
    ('"school.svg"', NAME),
    ('"text.png"', 'logo: "text.png" is no PNG or JPEG picture. Save the picture as PNG or JPEG.'),
    ('"empty.png"', 'logo: "empty.png" is no PNG or JPEG picture. Save the picture as PNG or JPEG.'),
    ('"cut.png"', 'logo: the picture "cut.png" is damaged or cut off. Save it once more.'),
    ('"huge.png"', 'logo: "huge.png" has 2.1 MB; 2 MB are allowed. Make the file smaller.'),
    ('"wide.png"', 'logo: "wide.png" has 5,001 × 1 pixels; 5,000 a side are allowed. Make the picture smaller.'),
    ('""', "logo: one line of text is needed."),
    (r'"a\nb.png"', "logo: one line of text is needed."),
    ("3", 'logo: a text is needed, but this is a whole number (3). Put it in quotes: "…"'),
]


@pytest.mark.parametrize(("name", "fault"), WRONG, ids=[name.strip('"') for name, _ in WRONG])
def test_a_logo_that_cannot_be_used_is_refused_with_a_cure(tmp_path: Path, name: str, fault: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "folder.png" / "school.png").write_bytes(png(60, 20))
    (tmp_path / "text.png").write_text("a text, not a picture", encoding="utf-8")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(png(60, 20)[:-20])
    (tmp_path / "huge.png").write_bytes(png(60, 20) + b"\0" * 2_100_000)
    (tmp_path / "wide.png").write_bytes(png(5001, 1))
    found = refused(with_logo(tmp_path, png(60, 20), WITH_LOGO.replace('"school.png"', name)))
    assert len(found) == 1
    assert found[0].startswith(fault)


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    words = (
        f'author = "two\\nlines"\ninstitution = "{"i" * 121}"\nlicense = "CC0"\nlogo = "absent.png"\nlogo_text = 3\n'
    )
    found = refused(with_logo(tmp_path, png(60, 20), 'title = "t"\n' + words + NETWORK))
    assert [problem.split(":")[0] for problem in found] == ["author", "institution", "logo_text", "logo", "license"]
    assert 'Did you mean "licence"?' in found[-1]


def test_words_for_a_logo_need_a_logo(tmp_path: Path) -> None:
    found = refused(
        with_logo(tmp_path, png(60, 20), PLAIN.replace("introduction", 'logo_text = "A torch"\nintroduction'))
    )
    assert found == ['logo_text: it describes a logo, but there is none. For instance: logo = "school.png"']


def test_new_brings_the_logo_of_a_built_in_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = with_logo(tmp_path, png(60, 20))
    monkeypatch.setattr(new, "built_in_lessons", lambda: {"named": lesson})
    mine = tmp_path / "mine"
    mine.mkdir()
    assert main(["new", str(mine / "my.toml"), "--like", "named"]) == 0
    assert (mine / "school.png").read_bytes() == png(60, 20)
    assert load_lesson(mine / "my.toml").credits == load_lesson(lesson).credits


# ------------------------------------------------------------------------------------------------- picture files


def test_a_picture_tells_its_kind_and_size() -> None:
    for data, kind in [(png(60, 20), "png"), (jpeg(60, 20), "jpeg"), (jpeg(60, 20, frame=0xC2), "jpeg")]:
        image = read_image(data, "a file")
        assert (image.kind, image.width, image.height) == (kind, 60, 20)


@pytest.mark.parametrize("data", [png(9, 5), jpeg(9, 5)])
def test_a_picture_that_is_cut_off_anywhere_is_refused(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(InputError):
            read_image(data[:length], "a file")


def test_a_damaged_picture_is_refused() -> None:
    whole = png(9, 5)
    for place in range(len(whole)):
        with pytest.raises(InputError):
            read_image(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :], "a file")
    for data in (png(0, 5), png(5, 0), jpeg(0, 5), jpeg(5, 0), jpeg(5, 5, frame=0xC3), jpeg(5, 5, frame=0xC4)):
        with pytest.raises(InputError, match="damaged or cut off"):
            read_image(data, "a file")
