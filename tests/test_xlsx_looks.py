"""Charts, outlines, colours, rules and page set-up, as Excel and LibreOffice need to find them."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from itertools import product
from posixpath import dirname, join, normpath
from xml.etree import ElementTree
from zipfile import ZipFile

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from tests.xlsx_sample import ROWS, loss_chart, network_only, sample
from xlbackprop import compile_document, load_lesson
from xlbackprop.workbook.document import Document, Sheet, Validation
from xlbackprop.workbook.figures import Chart
from xlbackprop.workbook.looks import FLAG_COLOURS, Look, Role, Style
from xlbackprop.xlsx.write import colours, workbook_bytes
from xlbackprop.xlsx.write.styles import StyleBook

NAMES = {
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "xdr": "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
}


def parts_of(document: Document) -> dict[str, str]:
    with ZipFile(BytesIO(workbook_bytes(document))) as package:
        return {name: package.read(name).decode() for name in package.namelist()}


@pytest.fixture(scope="module")
def parts() -> dict[str, str]:
    return parts_of(sample())


@pytest.fixture(scope="module")
def reread() -> Workbook:
    return load_workbook(BytesIO(workbook_bytes(sample())))


def chart_tree(chart: Chart) -> ElementTree.Element:
    text = parts_of(Document("t", "", (Sheet("S", {}, charts=(chart,)),)))["xl/charts/chart1.xml"]
    return ElementTree.fromstring(text)


def values_of(tree: ElementTree.Element, path: str) -> list[str | None]:
    return [found.get("val") for found in tree.findall(path, NAMES)]


def test_every_part_is_well_formed_and_every_target_exists(parts: dict[str, str]) -> None:
    for name, text in (parts | parts_of(network_only())).items():
        ElementTree.fromstring(text)
        if name.endswith(".rels"):
            folder = dirname(dirname(name))
            targets = re.findall('Target="([^"]*)"', text)
            assert targets
            assert all(normpath(join(folder, target)) in parts for target in targets), name


def test_targets_are_relative_and_prefixes_the_usual_ones(parts: dict[str, str]) -> None:
    assert not any('Target="/' in text for text in parts.values())
    assert "<xdr:wsDr " in parts["xl/drawings/drawing1.xml"]
    assert "<c:chartSpace " in parts["xl/charts/chart1.xml"]


def test_a_font_tells_its_properties_in_the_order_of_the_schema(parts: dict[str, str]) -> None:
    order = ["b", "i", "strike", "u", "sz", "color", "name", "family", "scheme"]
    fonts = re.findall("<font>(.*?)</font>", parts["xl/styles.xml"])
    assert len(fonts) > 8
    for font in fonts:
        words = [order.index(word) for word in re.findall(r"<(\w+)", font)]
        assert words == sorted(words)


def test_a_chart_stores_its_numbers_and_names(parts: dict[str, str]) -> None:
    tree = ElementTree.fromstring(parts["xl/charts/chart1.xml"])
    curves = tree.findall(".//c:ser", NAMES)
    assert len(curves) == 7
    for curve, series in zip(curves, sample()["Summary"].charts[0].series, strict=True):
        assert curve.findtext("c:tx//c:v", None, NAMES) == series.name_text
        heights = [float(f"{value:.4e}") for value in series.y_values.tolist()]  # five digits
        for element, reference, values in (("xVal", series.x, series.x_values.tolist()), ("yVal", series.y, heights)):
            assert curve.findtext(f"c:{element}//c:f", None, NAMES) == reference
            stored = [float(point.text or "") for point in curve.findall(f"c:{element}//c:v", NAMES)]
            assert stored == values


def test_a_chart_leaves_out_what_is_no_number() -> None:
    chart = loss_chart("A1", ROWS, y_log=False)
    broken = replace(chart.series[0], y_values=np.array([1.5, np.nan, np.inf, 2.0]), x_values=np.arange(4.0))
    cache = chart_tree(replace(chart, series=(broken,))).find(".//c:yVal//c:numCache", NAMES)
    assert cache is not None
    assert values_of(cache, "c:ptCount") == ["4"]
    assert [point.get("idx") for point in cache.findall("c:pt", NAMES)] == ["0", "3"]


def test_a_chart_has_axes_and_nothing_lies_over_it() -> None:
    tree = chart_tree(loss_chart("A1", ROWS, y_log=False))
    assert values_of(tree, ".//c:delete") == ["0", "0"]
    assert set(values_of(tree, ".//c:overlay")) == {"0"}
    assert set(values_of(tree, ".//c:smooth")) == {"0"}
    assert set(values_of(tree, ".//c:marker/c:symbol")) == {"none"}
    assert values_of(tree, ".//c:max") == [str(ROWS)]
    assert values_of(tree, ".//c:majorUnit") == ["5.0"]
    assert [found.text for found in tree.findall(".//c:title//a:t", NAMES)] == [
        "The loss & its fall",
        "epoch",
        "E = (w − 3)²",
    ]
    assert values_of(tree, ".//c:logBase") == []


def test_a_logarithmic_chart_crosses_at_the_bottom() -> None:
    tree = chart_tree(loss_chart("A1", ROWS, y_log=True))
    assert values_of(tree, ".//c:logBase") == ["10"]
    assert values_of(tree, ".//c:crosses") == ["min", "min"]
    assert values_of(tree, ".//c:min") == ["0"]


@pytest.mark.parametrize(
    ("losses", "lowest"),
    [([1.0, 3e-5, np.nan], ["1E-5"]), ([1.0, 5e-324, np.nan], ["1E-307"]), ([np.nan] * 3, []), ([1.0, 0.1, 0.01], [])],
)
def test_a_logarithmic_chart_with_gaps_ends_at_its_last_decade(losses: list[float], lowest: list[str]) -> None:
    chart = loss_chart("A1", ROWS, y_log=True)
    with_gaps = replace(chart.series[0], y_values=np.array(losses), x_values=np.arange(3.0))
    assert values_of(chart_tree(replace(chart, series=(with_gaps,))), ".//c:min") == ["0", *lowest]


def test_curves_differ_in_colour_and_the_eighth_in_its_dashes() -> None:
    chart = loss_chart("A1", ROWS, y_log=False)
    tree = chart_tree(replace(chart, series=chart.series * 2))
    lines = tree.findall(".//c:ser/c:spPr/a:ln", NAMES)
    signs = [(values_of(line, ".//a:srgbClr")[0], values_of(line, "a:prstDash")[0]) for line in lines]
    assert len({colour for colour, _ in signs}) == 7
    assert len(set(signs)) == 14
    assert {line.get("w") for line in lines} == {str(int(1.75 * 12_700))}


def test_charts_and_outlines_are_described_in_words(parts: dict[str, str]) -> None:
    tree = ElementTree.fromstring(parts["xl/drawings/drawing1.xml"])
    described = [found.get("descr") for found in tree.iter(f"{{{NAMES['xdr']}}}cNvPr") if found.get("descr")]
    assert described == [
        *(f"circle round {name}" for name in ("i1", "i2", "o1", "o2")),
        *(f"arrow from i{source} to o{unit}" for source in (1, 2) for unit in (1, 2)),
        "Seven curves; all of them fall.",
        "Seven curves; all of them fall.",
    ]
    numbers = [found.get("id") for found in tree.iter(f"{{{NAMES['xdr']}}}cNvPr")]
    assert len(set(numbers)) == len(numbers)


def test_outlines_hide_nothing_and_move_and_grow_with_their_cells() -> None:
    tree = ElementTree.fromstring(parts_of(network_only())["xl/drawings/drawing1.xml"])
    anchors = tree.findall("xdr:twoCellAnchor", NAMES)
    assert len(anchors) == 8
    for anchor in anchors:
        assert anchor.get("editAs") == "twoCell"
        assert anchor.find(".//xdr:txBody", NAMES) is None
        arrow = anchor.find("xdr:cxnSp", NAMES)
        circle = anchor.find("xdr:sp/xdr:spPr", NAMES)
        assert (arrow is None) != (circle is None)
        assert circle is None or circle.find("a:noFill", NAMES) is not None
        # programs take no corner that lies below or right of the other
        (row, down), (last, further) = (
            (int(end.findtext("xdr:row", "", NAMES)), int(end.findtext("xdr:rowOff", "", NAMES)))
            for end in (anchor.find("xdr:from", NAMES), anchor.find("xdr:to", NAMES))
            if end is not None
        )
        assert (row, down) <= (last, further)
    flips = [frame.get("flipV") for frame in tree.findall(".//xdr:cxnSp//a:xfrm", NAMES)]
    assert flips == [None, None, "1", None]
    heads = tree.findall(".//xdr:cxnSp//a:tailEnd", NAMES)
    assert [head.get("type") for head in heads] == ["triangle"] * 4


def test_outlines_alone_have_their_drawing_part() -> None:
    parts = parts_of(network_only())
    assert "drawing1.xml" in parts["xl/worksheets/_rels/sheet1.xml.rels"]
    assert "<drawing " in parts["xl/worksheets/sheet1.xml"]
    assert "<drawing " not in parts["xl/worksheets/sheet2.xml"]
    assert not any(name.startswith("xl/charts") for name in parts)


def test_no_green_triangles_by_our_doing(parts: dict[str, str]) -> None:
    sheet = parts["xl/worksheets/sheet3.xml"]
    ignored = re.search("<ignoredError ([^>]*)/>", sheet)
    assert ignored is not None
    assert re.findall(r'(\w+)="1"', ignored[1]) == [
        "evalError",
        "numberStoredAsText",
        "formulaRange",
        "unlockedFormula",
        "emptyCellReference",
    ]
    assert 'sqref="A1:I47"' in ignored[1]
    after = [child.tag.split("}")[1] for child in ElementTree.fromstring(sheet)]
    assert after[-2:] == ["headerFooter", "ignoredErrors"]
    assert "ignoredErrors" not in parts["xl/worksheets/sheet1.xml"]  # nothing is calculated there


def test_the_workbook_is_described_and_opens_as_it_is(parts: dict[str, str]) -> None:
    core = parts["docProps/core.xml"]
    assert "<dc:title>A small lesson &amp; its sums</dc:title>" in core
    assert "<dc:language>en-GB</dc:language>" in core
    assert "<dc:creator>xlbackprop</dc:creator>" in core
    calculation = re.search(r"<calcPr[^>]*>", parts["xl/workbook.xml"])
    assert calculation is not None
    assert 'fullCalcOnLoad="1"' not in calculation[0]
    assert 'calcId="191029"' in calculation[0]


def test_the_first_sheet_is_shown_and_every_cursor_stands_in_a1(reread: Workbook) -> None:
    assert reread.active.title == "Summary"
    assert [sheet.sheet_view.tabSelected for sheet in reread.worksheets] == [True] + [None] * 8
    for sheet in reread.worksheets:
        assert {selection.activeCell for selection in sheet.sheet_view.selection} == {"A1"}
    assert reread["LR=0.1"].freeze_panes == "B8"
    assert not reread["LR=0.1"].sheet_view.showGridLines


def test_a_sheet_prints_as_told(reread: Workbook) -> None:
    sheet = reread["LR=0.1"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$7:$7"
    assert sheet.oddHeader.left.text == "A small lesson && its sums"
    assert reread["Summary"].page_setup.fitToWidth == 2
    assert reread["Summary"].print_area == "'Summary'!$A$1:$P$55,'Summary'!$R$1:$S$9"


def test_rules_links_and_names_are_kept(reread: Workbook) -> None:
    inputs = reread["Inputs"]
    decimal, whole = inputs.data_validations.dataValidation
    assert (decimal.formula1, decimal.formula2, decimal.errorStyle) == ("-10", "10.5", "stop")
    assert (decimal.errorTitle, decimal.error) == ("Between −10 and 10.5", "A number, please.")
    assert (whole.type, whole.formula1, whole.formula2) == ("whole", "0", "9.99E+307")
    assert not decimal.allow_blank
    assert inputs["A11"].hyperlink.location == "'LR=0.1'!A1"
    assert reread.defined_names["first_w"].attr_text == "'Inputs'!$B$3"
    assert [rule.formula for flag in reread["LR=0.1"].conditional_formatting for rule in flag.rules] == [
        ["C8<0.5"],
        ["C8>7"],
    ]
    assert [str(merged) for merged in inputs.merged_cells.ranges] == ["D3:F4"]


def test_an_alert_is_no_longer_than_excel_allows() -> None:
    rule = Validation("A1", "decimal", None, None, "t" * 40, "m" * 300)
    workbook = load_workbook(BytesIO(workbook_bytes(Document("t", "", (Sheet("S", {}, validations=(rule,)),)))))
    (found,) = workbook["S"].data_validations.dataValidation
    assert (len(found.errorTitle), len(found.error)) == (32, 255)


def test_typed_cells_are_open_and_blue_and_formulas_locked_and_black(reread: Workbook) -> None:
    typed, formula, linked = reread["Inputs"]["B3"], reread["Inputs"]["A13"], reread["LR=0.1"]["B4"]
    assert [cell.protection.locked for cell in (typed, formula, linked)] == [False, True, True]
    fonts = [cell.font.color.rgb for cell in (typed, formula, linked)]
    assert fonts == ["FF" + c for c in (colours.TYPED_NUMBER, colours.FORMULA, colours.LINKED_FORMULA)]
    assert not reread["Inputs"].protection.sheet


def test_the_hidden_cells_of_a_merged_range_wear_its_frame(parts: dict[str, str]) -> None:
    styles = dict(re.findall(r'<c r="([DEF][34])" s="(\d+)"', parts["xl/worksheets/sheet2.xml"]))
    assert len(styles) == 6
    assert len(set(styles.values())) == 1


def test_the_width_that_is_shown_is_the_width_that_was_asked_for(reread: Workbook) -> None:
    assert reread["Inputs"].column_dimensions["A"].width == pytest.approx(22 + 5 / 7, abs=1e-3)
    assert reread["LR=0.1"].column_dimensions["C"].width == pytest.approx(11 + 5 / 7, abs=1e-3)
    assert reread["Inputs"].row_dimensions[1].height == 30


def luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read_on_every_fill() -> None:
    workbook = Workbook()
    book = StyleBook(workbook)
    for look, role in product(Look, Role):
        cell = workbook.active.cell(1, 1)
        cell._style = workbook._cell_styles[book.number(Style(look, role))]
        fill = cell.fill.start_color.rgb[2:] if cell.fill.fill_type else colours.WHITE
        assert contrast(cell.font.color.rgb[2:], fill) >= 4.5, (look, role)
    for flag in FLAG_COLOURS.values():
        assert contrast(flag.fill, flag.text) >= 4.5
    for tones in colours.TONES.values():
        assert contrast(tones.header, colours.TEXT) >= 4.5
        assert contrast(tones.line, colours.WHITE) >= 3


def test_every_look_and_role_has_its_format() -> None:
    book = StyleBook(Workbook())
    assert len({book.number(Style(look)) for look in Look}) >= len(Look) - 1  # a label looks like body text
    assert len({book.number(Style(Look.NUMBER, role)) for role in Role}) == len(Role)


@pytest.mark.parametrize("name", ["walkthrough", "xor", "optimizers"])
def test_a_format_of_numbers_puts_no_digit_of_its_own_into_a_number(name: str) -> None:
    document = compile_document(load_lesson(name))
    styles = {cell.style for sheet in document.sheets for cell in sheet.cells.values()}
    styles |= {column.style for sheet in document.sheets for table in sheet.tables for column in table.columns}
    formats = {part for style in styles for part in style.number_format.split(";")}
    assert "0.000E+00" in formats
    for part in formats:
        assert re.fullmatch(r'General|@|(\[[<=]+[0-9.]+\])?-?(0(\.0+#*)?(E\+00)?|#,##0)?|"[^"]*"', part), part
