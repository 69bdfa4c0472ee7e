"""What stands around the cells: curves, names and settings are read from any program's file, and compared."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from tests.tampering import edit_part
from tests.test_reader import edited
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines.libreoffice import _program
from xlbackprop.errors import InputError
from xlbackprop.proof.charts_and_names import Surrounding, compare_surroundings
from xlbackprop.workbook.document import Document
from xlbackprop.xlsx.read import charts_and_names, package
from xlbackprop.xlsx.read.charts_and_names import SeriesReferences, chart_reference, name_reference, read_surroundings

BOOK = "xl/workbook.xml"
CHART = "xl/charts/chart4.xml"  # of LR=2.0: those of Summary and Step by step come first


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(load_lesson(epochs=12, learning_rates=[0.5, 2.0]))


@pytest.fixture(scope="module")
def sound(document: Document, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("surroundings") / "sound.xlsx"
    write_workbook(document, path)
    return path


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(sound, tmp_path / "workbook.xlsx"))


def differences(document: Document, path: Path) -> list[Surrounding]:
    return list(compare_surroundings(document, read_surroundings(path)))


def put(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


# ------------------------------------------------------------------------------------------------ the workbook as it is


def test_a_workbook_as_written_has_the_surroundings_of_its_document(document: Document, path: Path) -> None:
    found = read_surroundings(path)
    assert found.series[SeriesReferences("'LR=2.0'!X7", "'LR=2.0'!A8:A20", "'LR=2.0'!X8:X20")] == 1
    assert found.series.total() == sum(len(chart.series) for sheet in document.sheets for chart in sheet.charts)
    assert found.names == {name.lower(): reference for name, reference in document.names.items()}
    assert (found.full_precision, found.manual, found.hidden) == (True, False, ())
    assert differences(document, path) == []


@pytest.mark.engine("libreoffice")
def test_saving_in_libreoffice_changes_nothing(document: Document, path: Path, tmp_path: Path) -> None:
    """It loses two settings: a file saved by it calculates with full precision, and by itself, whatever it did before."""
    edit_part(path, CHART, put("$X$8:$X$20", "$X$7:$X$20"))
    again = saved_by_libreoffice(path, tmp_path)
    assert [difference.what for difference in differences(document, again)] == ["curve 'LR=2.0'!X7"]
    edit_part(path, CHART, put("$X$7:$X$20", "$X$8:$X$20"))
    assert differences(document, saved_by_libreoffice(path, tmp_path)) == []


def saved_by_libreoffice(path: Path, room: Path) -> Path:
    home = f"-env:UserInstallation={(room / 'profile').as_uri()}"
    command = [_program(), home, "--headless", "--convert-to", "xlsx", "--outdir", str(room / "out"), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return room / "out" / path.name


def test_loading_and_saving_with_openpyxl_changes_nothing(document: Document, path: Path) -> None:
    """The native shapes of the diagram are lost; charts, names and settings stay."""
    openpyxl.load_workbook(path).save(path)
    assert differences(document, path) == []


# ----------------------------------------------------------------------------------------------------------- what is seen


def test_a_curve_that_begins_at_its_header_is_seen(document: Document, path: Path) -> None:
    edit_part(path, CHART, put("$X$8:$X$20", "$X$7:$X$20"))
    assert differences(document, path) == [
        Surrounding("curve 'LR=2.0'!X7", "y 'LR=2.0'!X8:X20", "y 'LR=2.0'!X7:X20"),
    ]


def test_a_curve_whose_name_is_typed_is_seen(document: Document, path: Path) -> None:
    def type_name(text: str) -> str:
        before, after = text.split("<c:tx><c:strRef>")
        return f"{before}<c:tx><c:v>best</c:v></c:tx>{after.split('</c:tx>', 1)[1]}"

    edit_part(path, CHART, type_name)
    assert differences(document, path) == [Surrounding("curve 'LR=2.0'!X7", "name 'LR=2.0'!X7", "name nothing")]


def test_curves_too_few_and_too_many_are_seen(document: Document, path: Path) -> None:
    with_one_more, without = path.with_name("more.xlsx"), path.with_name("fewer.xlsx")
    shutil.copy(path, with_one_more)
    shutil.copy(path, without)

    def curve(text: str) -> str:
        return text[text.index("<c:ser>") : text.index("</c:ser>") + len("</c:ser>")]

    edit_part(with_one_more, CHART, lambda text: text.replace(curve(text), curve(text) * 2))
    edit_part(without, CHART, lambda text: text.replace(curve(text), ""))
    references = "name 'LR=2.0'!X7, x 'LR=2.0'!A8:A20, y 'LR=2.0'!X8:X20"
    assert differences(document, with_one_more) == [Surrounding("curve 'LR=2.0'!X7", "nothing", references)]
    assert differences(document, without) == [Surrounding("curve 'LR=2.0'!X7", references, "nothing")]


def test_a_curve_that_is_gone_is_not_taken_for_one_that_is_changed(document: Document, path: Path) -> None:
    """Summary's chart: the first curve is taken out, the second begins at its header."""

    def change(text: str) -> str:
        end = text.index("</c:ser>") + len("</c:ser>")
        return text[: text.index("<c:ser>")] + text[end:].replace("$C$6:", "$C$5:")

    edit_part(path, "xl/charts/chart1.xml", change)
    gone, changed = differences(document, path)
    assert (gone.what, gone.found) == ("curve 'Loss curves'!B5", "nothing")
    assert changed == Surrounding("curve 'Loss curves'!C5", "y 'Loss curves'!C6:C18", "y 'Loss curves'!C5:C18")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (">'Checks'!$B$3<", ">'Checks'!$B$4<", "defined name verdict: expected 'Checks'!$B$3, found 'Checks'!$B$4"),
        (">'Checks'!$B$3<", ">Checks!$B3<", "defined name verdict: expected 'Checks'!$B$3, found 'Checks'!$B3"),
        ('name="verdict"', 'name="judgement"', "defined name verdict: expected 'Checks'!$B$3, found nothing"),
        (
            'name="verdict"',
            'name="verdict" localSheetId="0"',
            "defined name verdict: expected 'Checks'!$B$3, found nothing",
        ),
        ("<calcPr ", '<calcPr fullPrecision="0" ', "precision of the numbers: expected full, found as displayed"),
        ("<calcPr ", '<calcPr fullPrecision="false" ', "precision of the numbers: expected full, found as displayed"),
        ("<calcPr ", '<calcPr calcMode="manual" ', "calculation: expected automatic, found manual"),
        (
            'name="Checks" sheetId="7" state="visible"',
            'name="Checks" sheetId="7" state="hidden"',
            "sheet 'Checks': expected visible, found hidden",
        ),
        (
            'name="Checks" sheetId="7" state="visible"',
            'name="Checks" sheetId="7" state="veryHidden"',
            "sheet 'Checks': expected visible, found hidden",
        ),
    ],
)
def test_a_change_of_the_workbook_part_is_said(document: Document, path: Path, old: str, new: str, said: str) -> None:
    edit_part(path, BOOK, put(old, new))
    assert [str(difference) for difference in differences(document, path)] == [said]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</definedNames>", '<definedName name="mine">Inputs!$A$1</definedName></definedNames>'),
        ('name="verdict"', 'name="VERDICT"'),
        (">'Checks'!$B$3<", ">Checks!$B$3<"),
        ("<calcPr ", '<calcPr calcMode="autoNoTable" fullPrecision="1" iterate="false" '),
    ],
)
def test_what_a_person_or_a_program_may_do_is_no_difference(document: Document, path: Path, old: str, new: str) -> None:
    edit_part(path, BOOK, put(old, new))
    assert differences(document, path) == []


# --------------------------------------------------------------------------------------------------------- other writers


def test_charts_of_other_kinds_and_without_names_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["x", "losses"])
    bars = BarChart()
    bars.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    bars.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=4))
    sheet.add_chart(bars)
    bare = BarChart()
    bare.add_data(Reference(sheet, min_col=2, min_row=2, max_row=4))
    book.create_chartsheet("alone").add_chart(bare)
    book.save(tmp_path / "bars.xlsx")
    assert read_surroundings(tmp_path / "bars.xlsx").series == Counter(
        [
            SeriesReferences("'Sheet'!B1", "'Sheet'!A2:A4", "'Sheet'!B2:B4"),
            SeriesReferences("", "", "'Sheet'!B2:B4"),
        ]
    )


def test_only_the_curve_itself_counts_whatever_the_prefix_and_the_dialect(path: Path, tmp_path: Path) -> None:
    space = "http://purl.oclc.org/ooxml/drawingml/chart"
    xml = (
        f'<k:chartSpace xmlns:k="{space}" xmlns:o="urn:other"><k:ser><k:idx val="0"/><k:tx><k:v>typed</k:v></k:tx>'
        "<k:errBars><k:plus><k:numRef><k:f>S!$Z$1</k:f></k:numRef></k:plus></k:errBars>"
        "<k:xVal><k:numRef><k:f>S!$A$1:\n$A$2 </k:f></k:numRef></k:xVal>"
        "<k:yVal><k:numRef><k:f>S!b$1:B2</k:f><k:numCache><k:pt><k:v>1</k:v></k:pt></k:numCache></k:numRef></k:yVal>"
        "<o:yVal><o:numRef><o:f>S!$Y$1</o:f></o:numRef></o:yVal></k:ser></k:chartSpace>"
    )
    found = read_surroundings(edited(path, tmp_path / "k.xlsx", **{CHART: lambda _: xml.encode()})).series
    assert found[SeriesReferences("", "'S'!A1:A2", "'S'!B1:B2")] == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'Checks'!$B$3", "Checks!B3"),
        ("'LR=0.1'!$X$8:$X$290", "'LR=0.1'!x8:X290"),
        ("Inputs!$B$6:$B$6", "'Inputs'!$B$6"),
    ],
)
def test_references_of_a_chart_that_mean_the_same_have_one_form(one: str, other: str) -> None:
    assert chart_reference(one) == chart_reference(other)


def test_references_that_are_different_stay_so() -> None:
    assert chart_reference("'a$b'!$A$1") == "'a$b'!A1"
    assert chart_reference("S!$A$1:$A$11") == "'S'!A1:A11"
    assert name_reference("S!$A$1") != name_reference("S!A1")


# -------------------------------------------------------------------------------------------------------- hostile files


@pytest.mark.parametrize(("limit", "said"), [("MAX_SERIES", "curves"), ("MAX_NAMES", "defined names")])
def test_what_has_no_end_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, said: str) -> None:
    monkeypatch.setattr(charts_and_names, limit, 3)
    with pytest.raises(InputError, match=said):
        read_surroundings(path)


def test_a_name_that_stands_twice_is_refused(path: Path) -> None:
    edit_part(path, BOOK, put('name="weights"', 'name="Verdict"'))
    with pytest.raises(InputError, match="two defined names 'verdict'"):
        read_surroundings(path)


def test_a_reference_without_end_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_FORMULA", 3)
    with pytest.raises(InputError, match="characters"):
        read_surroundings(path)
