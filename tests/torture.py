"""A workbook that is hard on a spreadsheet program: what each formula gives in Excel, by Microsoft's documentation.

Precedence of signs and powers, overflow, the smallest numbers, errors that meet, texts beside numbers, quotes in the
names of sheets, shared formulas with every kind of anchor.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.tampering import edit_part
from xlbackprop.workbook.document import ErrorValue, Value

LONG_SUM = "+".join(["B1"] * 2000)
NUM, NA, DIV0, VALUE = ErrorValue.NUM, ErrorValue.NA, ErrorValue.DIV0, ErrorValue.VALUE

# B1 = 2, B2 = 0.5, B3 = "text", B4 = #N/A typed, B5 is empty, B6 = TRUE, B7 = "3"
TORTURE: dict[str, Value] = {
    # precedence
    "-B1^2": 4.0,
    "-(B1^2)": -4.0,
    "0-B1^2": -4.0,
    "2^3^2": 64.0,
    "2^-1": 0.5,
    "-2^-2": 0.25,
    "50%*2": 1.0,
    "2^50%": 2**0.5,
    "1-2-3": -4.0,
    "8/4/2": 1.0,
    "6/2*3": 9.0,
    "1+2=3": True,
    "1+2&3": "33",
    '"a"&1+2': "a3",
    "--(B1=2)": 1.0,
    "-(B1*B2)+B2": -0.5,
    "-((B1^2)*B2)": -2.0,
    "(1<2)=TRUE": True,
    "B1*-B2": -1.0,
    "1--1": 2.0,
    # large and small
    "EXP(709)": 8.218407461554972e307,
    "EXP(710)": NUM,
    "10^308*10": NUM,
    "-(10^308)*10": NUM,
    "10^309": NUM,
    "1/(1+EXP(-710))": 1.0,
    "1/(1+EXP(710))": NUM,
    "10^-300/10^7": 1e-307,
    "10^-300/10^10": 0.0,
    "(1/3)*3": 1.0,
    "0.1+0.2-0.3": 0.0,
    "(0.1+0.2-0.3)*1": 5.551115123125783e-17,
    # errors
    "0/0": DIV0,
    "0^0": NUM,
    "SQRT(-1)": NUM,
    "LN(0)": NUM,
    "B4+1": NA,
    "1/0+B4": DIV0,
    "B4+1/0": NA,
    "ISERROR(B4)": True,
    'IFERROR(B4,"no")': "no",
    "IF(TRUE,1,1/0)": 1.0,
    "SUM(B1,B4)": NA,
    "B4=B4": NA,
    '"a"*1': VALUE,
    # texts, truth and nothing
    "B7+1": 4.0,
    "B7=3": False,
    'B3="TEXT"': True,
    "B6+1": 2.0,
    "B5+1": 1.0,
    'B5=""': True,
    "B5=0": True,
    'B5&"x"': "x",
    "SUM(B1:B3)": 2.5,
    "COUNT(B1:B3,B6:B7)": 2.0,
    '"a"<"B"': True,
    # rounding
    "ROUND(2.5,0)": 3.0,
    "ROUND(-2.5,0)": -3.0,
    "INT(-1.5)": -2.0,
    "MOD(-7,3)": 2.0,
    "MOD(7,-3)": -2.0,
    # long and deep
    "(" * 60 + "B1" + ")" * 60: 2.0,
    LONG_SUM: 4000.0,
    f"SUM({','.join(['B2'] * 255)})": 127.5,
    "".join(f"IF(B1={n},{n}," for n in range(60, 0, -1)) + "0" + ")" * 60: 2.0,
    # names of sheets
    "'it''s LR=0.1'!A1*2": 14.0,
    "'a!b (c)'!A1": 5.0,
    "SUM('it''s LR=0.1'!$A$1:A2)": 15.0,
}


def torture_workbook(path: Path) -> Path:
    """Write the formulas into column A of the first sheet, a row each."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row, formula in enumerate(TORTURE, 1):
        sheet.cell(row, 1, f"={formula}")
    sheet["B1"], sheet["B2"], sheet["B3"], sheet["B6"] = 2, 0.5, "text", True
    sheet["B4"], sheet["B4"].data_type = "#N/A", "e"
    sheet["B7"], sheet["B7"].data_type = "3", "s"
    quoted = book.create_sheet("it's LR=0.1")
    quoted["A1"], quoted["A2"] = 7, 8
    book.create_sheet("a!b (c)")["A1"] = 5
    book.save(path)
    return path


_SHARED_ROWS = range(1, 5)
# A: 10 times the row; B1 = 3. C shares a formula down, the block E to F one down and across, G one with a growing range.
SHARED: dict[tuple[int, int], float] = {
    **{(row, 3): 10 * row * 3 + 10 + 10 * row for row in _SHARED_ROWS},
    **{(row, 5): 10 * row + 10 for row in _SHARED_ROWS},
    **{(row, 6): 10 * row + 3 for row in _SHARED_ROWS},
    **{(row, 7): sum(10 * n for n in range(1, row + 1)) for row in _SHARED_ROWS},
}


def shared_formulas(path: Path) -> Path:
    """Write a workbook whose formulas stand once and are shared, beside texts and functions that look like cells."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "it's LR=0.1"
    for row in _SHARED_ROWS:
        sheet.cell(row, 1, 10 * row)
    sheet["B1"] = 3
    masters = {
        3: ("C1:C4", 'A1*$B$1+A$1+$A1*LOG10(10)+0*LEN("A1")'),
        5: ("E1:F4", "$A1+A$1"),
        7: ("G1:G4", "SUM($A$1:A1)"),
    }
    for number, column in enumerate(masters):
        width = 2 if column == 5 else 1
        for row in _SHARED_ROWS:
            for place in range(column, column + width):
                is_first = row == 1 and place == column
                sheet.cell(row, place, f"=0+{number}.25+{'1' if is_first else '0'}")
    book.save(path)

    def share(xml: str) -> str:
        for number, (block, formula) in enumerate(masters.values()):
            text = formula.replace('"', "&quot;")
            xml = xml.replace(f"<f>0+{number}.25+1</f>", f'<f t="shared" ref="{block}" si="{number}">{text}</f>')
            xml = xml.replace(f"<f>0+{number}.25+0</f>", f'<f t="shared" si="{number}"/>')
        return xml

    edit_part(path, "xl/worksheets/sheet1.xml", share)
    return path
