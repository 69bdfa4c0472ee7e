"""The shell: a workbook without its cells, made by openpyxl: formats, panes, widths, rules, links, page set-up, names.

The cells themselves are left out. openpyxl would write a formula without its value and round numbers to 16 digits;
and a text that begins with "=" would become a formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element, SubElement  # lxml's where that is installed

from xlbackprop.workbook import (
    SCALE_COLOURS,
    ColourScale,
    Document,
    Flag,
    Reformat,
    Role,
    Sheet,
    Validation,
    address,
    column_letters,
    column_widths,
    pages,
    shortened,
    written_length,
)
from xlbackprop.xlsx.write import colours
from xlbackprop.xlsx.write.cells import number_text
from xlbackprop.xlsx.write.styles import StyleBook, copy_of_column

A4 = 9
# A column that shows ten characters is stored as 10.71: five pixels of padding, in digits seven pixels wide.
PADDING = 5 / 7
LONGEST_PAGE_HEADER = 200
PAGE_WIDTH = 100  # characters of a page header, left and right together, that do not meet on an upright page
CALCULATION_ENGINE = 191029  # Excel 2019 and later; with an older number they would recalculate, and ask, anyway


def drawn_shell(document: Document) -> tuple[dict[str, bytes], StyleBook]:
    """Return the parts of a workbook without cells, name → bytes, and the StyleBook with its formats' numbers."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for sheet in document.sheets:
        workbook.create_sheet(sheet.name)
    styles = StyleBook(workbook)
    header = _page_header(document)
    rules: dict[str, list[Element]] = {}
    for sheet in document.sheets:
        worksheet = workbook[sheet.name]
        _number_styles(sheet, styles)
        _draw_view(worksheet, sheet)
        _draw_columns(worksheet, sheet)
        rules[sheet.name] = _rules(sheet, styles)
        for validation in sheet.validations:
            worksheet.add_data_validation(_validation(validation))
        _draw_links(worksheet, sheet)
        _draw_page(worksheet, sheet, header)
    for name, reference in document.names.items():
        workbook.defined_names[name] = DefinedName(name, attr_text=reference)
    # The stored values are true. A wish to be recalculated would make Excel ask whoever only looked whether to save.
    workbook.calculation = CalcProperties(calcId=CALCULATION_ENGINE, fullCalcOnLoad=False)
    workbook.active = 0
    workbook.active.sheet_view.tabSelected = True
    parts = _Parts()
    _Writer(workbook, parts, rules).save()
    return parts.by_name, styles


class _Parts:
    """Takes the parts that openpyxl writes, in place of a zip file, which would fail if the clock is before 1980."""

    def __init__(self) -> None:
        self.by_name: dict[str, bytes] = {}

    def writestr(self, name: str, content: str | bytes) -> None:
        self.by_name[name] = content.encode() if isinstance(content, str) else content

    def namelist(self) -> list[str]:
        return list(self.by_name)

    def close(self) -> None: ...


class _Writer(ExcelWriter):  # type: ignore[misc]
    """openpyxl's writer without its temporary files, for which there may be no room on their disk.

    `rules` are the conditional formats of the sheets by name.
    """

    def __init__(self, workbook: Workbook, parts: _Parts, rules: Mapping[str, list[Element]]) -> None:
        super().__init__(workbook, parts)
        self._rules = rules

    def write_worksheet(self, worksheet: Worksheet) -> None:
        stream = BytesIO()
        worksheet._drawing = None  # drawings are ours
        writer = _SheetWriter(worksheet, stream)
        writer.rules = self._rules[worksheet.title]
        writer.write()
        worksheet._rels = writer._rels
        self._archive.writestr(worksheet.path[1:], stream.getvalue())
        self.manifest.append(worksheet)


class _SheetWriter(WorksheetWriter):  # type: ignore[misc]
    """openpyxl's writer of a sheet with conditional formats of ours: its own take as long as all else of a workbook."""

    rules: list[Element]

    def write_formatting(self) -> None:
        for element in self.rules:
            self.xf.send(element)


def _number_styles(sheet: Sheet, styles: StyleBook) -> None:
    """Give each style of a sheet its number; styles.xml, with all of them, is written before the first row."""
    for cell in sheet.cells.values():
        styles.number(cell.style)
    for table in sheet.tables:
        for place, filled in enumerate(table.columns):
            styles.number(filled.header_style)
            styles.number(filled.style, copy_of_column(table, place))


def _draw_view(worksheet: Worksheet, sheet: Sheet) -> None:
    worksheet.sheet_view.showGridLines = sheet.gridlines
    worksheet.freeze_panes = sheet.freeze
    if sheet.locked:
        worksheet.protection.sheet = True
        worksheet.protection.formatColumns = False  # False: it may be done
    if sheet.tab is not Role.NONE:
        worksheet.sheet_properties.tabColor = "FF" + colours.TONES[sheet.tab].line


def _draw_columns(worksheet: Worksheet, sheet: Sheet) -> None:
    for column, width in sorted(column_widths(sheet).items()):
        worksheet.column_dimensions[column_letters(column)].width = round(width + PADDING, 4)
    for group in sheet.groups:
        for column in range(group.first, group.last + 1):
            worksheet.column_dimensions[column_letters(column)].outlineLevel = 1
    if sheet.groups:  # the button that folds a group is over the column to its left, which stays
        worksheet.sheet_properties.outlinePr.summaryRight = False
    for merged in sheet.merged:
        worksheet.merged_cells.add(merged)


def _rules(sheet: Sheet, styles: StyleBook) -> list[Element]:
    """Return the conditional formats of a sheet, an element for each range; the first rule is the strongest."""
    told: tuple[Flag | Reformat, ...] = (*sheet.flags, *sheet.reformats)
    rules = [(rule.cells, _expression(rule, styles)) for rule in told]
    rules += [(scale.cells, _colour_scale(scale)) for scale in sheet.scales]
    ranges: dict[str, Element] = {}
    for priority, (cells, rule) in enumerate(rules, 1):
        rule.set("priority", str(priority))
        where = " ".join(CellRange(area).coord for area in cells.split())  # H11:H11 is written as H11
        ranges.setdefault(where, Element("conditionalFormatting", sqref=where)).append(rule)
    return list(ranges.values())


def _expression(told: Flag | Reformat, styles: StyleBook) -> Element:
    rule = Element("cfRule", type="expression", priority="", dxfId=str(styles.changed(told)))
    SubElement(rule, "formula").text = told.formula
    return rule


def _colour_scale(scale: ColourScale) -> Element:
    rule = Element("cfRule", type="colorScale")
    element = SubElement(rule, "colorScale")
    for kind, value in (("formula", f"-{scale.limit}"), ("num", "0"), ("formula", scale.limit)):
        SubElement(element, "cfvo", type=kind, val=value)
    for colour in SCALE_COLOURS:
        SubElement(element, "color", rgb="FF" + colour)
    return rule


def _validation(wanted: Validation) -> DataValidation:
    is_list = wanted.kind == "list"
    low, high = wanted.bounds
    title, message = wanted.alert
    return DataValidation(
        wanted.kind,
        formula1=wanted.source if is_list else _bound(low),
        formula2=None if is_list else _bound(high),
        operator=None if is_list else "between",
        sqref=wanted.cells,
        allow_blank=False,
        showErrorMessage=True,
        errorStyle="stop",
        errorTitle=title,
        error=message,
    )


def _bound(number: float) -> str:
    return number_text(float(number)).upper()


def _draw_links(worksheet: Worksheet, sheet: Sheet) -> None:
    for (row, column), cell in sorted(sheet.cells.items()):
        if cell.link is not None:
            # openpyxl collects the links from its cells; the cell itself is replaced by ours.
            link = Hyperlink(ref=address(row, column), location=cell.link, display=str(cell.value))
            worksheet.cell(row, column).hyperlink = link


def _page_header(document: Document) -> tuple[str, str]:
    """Return the left and the right text of the page header: the title, and author and institution.

    In a header "&" begins a command, and "&&" is the character itself, so each is doubled. Both texts together are kept
    within the 255 characters that Excel reads.
    """
    title, whose = document.title, ", ".join(filter(None, (document.author, document.institution)))
    if whose:
        whose = shortened(whose, max(PAGE_WIDTH - written_length(title), PAGE_WIDTH // 2))
        title = shortened(title, PAGE_WIDTH - written_length(whose))
    else:
        title = shortened(title, LONGEST_PAGE_HEADER - title[:LONGEST_PAGE_HEADER].count("&"))
    return title.replace("&", "&&"), whose.replace("&", "&&")


def _draw_page(worksheet: Worksheet, sheet: Sheet, header: tuple[str, str]) -> None:
    setup, page, paper = worksheet.page_setup, sheet.page, pages(sheet)
    setup.paperSize = A4
    setup.orientation = "landscape" if paper.landscape else "portrait"
    # what is a hair too wide for a printer is made smaller by a hair; nothing is made larger
    setup.fitToWidth, setup.fitToHeight = paper.wide, 0
    worksheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    worksheet.page_margins = PageMargins(left=0.25, right=0.25, top=0.65, bottom=0.6, header=0.3, footer=0.3)
    if page.repeat_rows is not None:
        worksheet.print_title_rows = page.repeat_rows
    if page.repeat_columns is not None:
        worksheet.print_title_cols = page.repeat_columns
    if paper.areas:
        worksheet.print_area = [str(area) for area in paper.areas]
    worksheet.oddHeader.left.text, whose = header
    worksheet.oddHeader.right.text = whose or None
    worksheet.oddFooter.left.text = "&A"
    worksheet.oddFooter.right.text = "&P / &N"
    for part in (
        worksheet.oddHeader.left,
        worksheet.oddHeader.right,
        worksheet.oddFooter.left,
        worksheet.oddFooter.right,
    ):
        part.size = 10  # of a colour, Gnumeric would print the digits
