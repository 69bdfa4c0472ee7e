"""The workbooks to take away, a picture of each, and the page that shows them: made anew by one command.

    python -m tests.gallery          needs LibreOffice, which draws, and pdftoppm (of poppler), which makes pixels

It writes output/NAME.xlsx for the built-in lessons but those in LEFT_OUT, docs/gallery/NAME.png of its first sheet,
docs/gallery/pictures.txt, which keeps for each picture the digest of the workbook that was drawn, and docs/gallery.md. A
file that is current is left alone: so what did not change does not weigh on the repository twice.
"""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.pictures import palette_png
from xlbackprop import compile_document, load_lesson
from xlbackprop.engines import LibreOffice
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson_library import DEFAULT_LESSON, built_in_lessons
from xlbackprop.workbook import Document, Page, row_heights
from xlbackprop.workbook.document import column_letters
from xlbackprop.workbook.extents import column_widths
from xlbackprop.xlsx.write import workbook_bytes

TOP = Path(__file__).parent.parent
OUTPUT, PAGE, PICTURES = TOP / "output", TOP / "docs" / "gallery.md", TOP / "docs" / "gallery"
DRAWN = PICTURES / "pictures.txt"

LEFT_OUT = ("digits",)  # of more than 2 MB
SHOWN = tuple(name for name in built_in_lessons() if name not in LEFT_OUT)

SAYING = "After this lesson you can say: "
_WIDTH, _ROWS = 720, 23  # pixels of a picture, and the rows of the sheet that are on it
_LEFT, _ABOVE, _ACROSS = 0.19, 0.59, 11.69  # inches, of A4: where the cells begin, less a little, and the paper

_HEAD = """\
# Gallery

Workbooks to take away: nothing needs to be installed to open one, in Excel, LibreOffice or another spreadsheet program. Each is what
`xlbackprop generate NAME` makes; every number in it is a formula. How lessons are written is told in [lessons.md](lessons.md).

"""
_FOOT = """\
Too large to lie here: {}. `xlbackprop generate NAME` makes it.
"""


def parts(workbook: bytes) -> dict[str, bytes]:
    """Return the parts of a workbook by name; how they are packed may differ from one processor to another."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return {name: package.read(name) for name in package.namelist()}


def packed_well(workbook: bytes) -> bytes:
    """Return the same parts, packed as small as zlib can: a fifth smaller than the writer, which is in a hurry."""
    small = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as package, zipfile.ZipFile(small, "w") as smaller:
        for entry in package.infolist():
            smaller.writestr(entry, package.read(entry), zipfile.ZIP_DEFLATED, 9)
    return small.getvalue()


def sentence(lesson: Lesson) -> str:
    """Return what a student can say after a lesson, or the first sentence of its introduction."""
    before, _, said = " ".join(lesson.introduction.split()).partition(SAYING)
    return said[0].upper() + said[1:] if said else before.partition(". ")[0].rstrip(".") + "."


def page() -> str:
    """Return the text of the page."""
    shown = "".join(_entry(name, load_lesson(name)) for name in SHOWN)
    return _HEAD + shown + _FOOT.format(", ".join(f"`{name}`" for name in LEFT_OUT))


def _entry(name: str, lesson: Lesson) -> str:
    size = (OUTPUT / f"{name}.xlsx").stat().st_size
    return (
        f"## {lesson.title}\n\n{sentence(lesson)}\n\n[{name}.xlsx](../output/{name}.xlsx), {size / 1e6:.1f} MB\n\n"
        f"![The first sheet of {name}.xlsx](gallery/{name}.png)\n\n"
    )


# ----------------------------------------------------------------------------------------------------------- pictures


def opening(document: Document) -> Document:
    """Return the top of a document's first sheet, with values alone, to be printed on one page."""
    first = document.sheets[0]
    cells = {place: replace(cell, formula=None, link=None) for place, cell in first.cells.items()}
    area = f"A1:{column_letters(max(column_widths(first)))}{_ROWS}"
    alone = replace(first, cells=cells, claims=(), page=Page((area,), landscape=True, pages_wide=1))
    return replace(document, sheets=(alone,), names={})


def drawn(document: Document) -> str:
    """Return the digest of what a picture of the document's first sheet is drawn from."""
    told = sha256()
    for name, content in parts(workbook_bytes(opening(document))).items():
        told.update(name.encode() + content)
    return told.hexdigest()


def picture(document: Document) -> bytes:
    """Return a PNG of the top of a document's first sheet."""
    alone = opening(document)
    (sheet,) = alone.sheets
    widths, heights = column_widths(sheet), row_heights(sheet)
    wide = sum(7 * widths.get(column, 8.43) + 5 for column in range(1, max(widths) + 1)) * 0.75
    high = sum(heights.get(row, 15.0) for row in range(1, _ROWS + 1))
    with TemporaryDirectory() as folder:
        room = Path(folder)
        (room / "opening.xlsx").write_bytes(workbook_bytes(alone))
        (room / "opening.pdf").write_bytes(LibreOffice().pdf(room / "opening.xlsx", document.language))
        dots = _WIDTH / (_ACROSS - 2 * _LEFT)  # an inch
        corner = {"-x": _LEFT * dots, "-y": _ABOVE * dots, "-W": _WIDTH, "-H": _WIDTH * high / wide}
        where = [word for option, pixels in corner.items() for word in (option, str(round(pixels)))]
        command = ["pdftoppm", "-singlefile", "-r", str(dots), *where, room / "opening.pdf", room / "opening"]
        subprocess.run(command, check=True)
        return palette_png(_pixels((room / "opening.ppm").read_bytes()))


def _pixels(ppm: bytes) -> np.ndarray:
    """Return rows × columns × (red, green, blue) of a binary PPM."""
    _, size, _, pixels = ppm.split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


def pictures_taken() -> Mapping[str, str]:
    """Return the digest of what each picture was drawn from."""
    lines = DRAWN.read_text(encoding="utf-8").splitlines() if DRAWN.exists() else []
    return {name: digest for digest, name in (line.split() for line in lines)}


# ------------------------------------------------------------------------------------------------------ the command


def _made(name: str, taken: Mapping[str, str]) -> Iterator[str]:
    """Write what is not current of a lesson, and yield the digest of its picture."""
    document = compile_document(load_lesson(name))
    workbook, path, shot = workbook_bytes(document), OUTPUT / f"{name}.xlsx", PICTURES / f"{name}.png"
    if not path.exists() or parts(path.read_bytes()) != parts(workbook):
        path.write_bytes(workbook if name == DEFAULT_LESSON else packed_well(workbook))
        print(path.relative_to(TOP))
    if not shot.exists() or taken.get(name) != drawn(document):
        shot.write_bytes(picture(document))
        print(shot.relative_to(TOP))
    yield f"{drawn(document)} {name}\n"


def main() -> None:
    """Make what is not current."""
    PICTURES.mkdir(exist_ok=True)
    taken = pictures_taken()
    DRAWN.write_text("".join(line for name in SHOWN for line in _made(name, taken)), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
