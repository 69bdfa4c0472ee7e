"""The variants that the opening benchmark compares are the same workbook, told in other ways."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from tests.benchmark import opening

ROWS = 20


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("variants")
    opening.make_variants(ROWS, folder)
    return folder


def part(path: Path, name: str) -> str:
    with ZipFile(path) as package:
        return package.read(name).decode()


def cells(path: Path, *, values: bool) -> dict[tuple[str, str], object]:
    """Return what openpyxl reads in every cell; it writes shared formulas out by its own rules."""
    workbook = openpyxl.load_workbook(path, data_only=values)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def sheet_parts(path: Path) -> str:
    with ZipFile(path) as package:
        return "".join(package.read(name).decode() for name in package.namelist() if "worksheets/sheet" in name)


@pytest.mark.slow
@pytest.mark.parametrize("values", [False, True])
@pytest.mark.parametrize("variant", ["plain", "asking"])
def test_a_variant_has_the_same_formulas_and_values(variants: Path, variant: str, values: bool) -> None:
    ours = cells(variants / "ours.xlsx", values=values)
    assert len(ours) > 6 * ROWS * 32
    assert cells(variants / f"{variant}.xlsx", values=values) == ours


def test_plain_shares_no_formula(variants: Path) -> None:
    assert 't="shared"' in sheet_parts(variants / "ours.xlsx")
    plain = sheet_parts(variants / "plain.xlsx")
    assert 't="shared"' not in plain
    assert plain.count("<f") == sheet_parts(variants / "ours.xlsx").count("<f")


def test_only_asking_asks_for_a_recalculation(variants: Path) -> None:
    assert '<calcPr fullCalcOnLoad="1" calcId=' in part(variants / "asking.xlsx", "xl/workbook.xml")
    assert 'fullCalcOnLoad="1"' not in part(variants / "ours.xlsx", "xl/workbook.xml")


@pytest.mark.parametrize("values", [False, True])
def test_xlsxwriter_gets_the_same_sheets(variants: Path, values: bool) -> None:
    pytest.importorskip("xlsxwriter")
    ours = cells(variants / "ours-runs.xlsx", values=values)
    assert not any("'Inputs'" in str(value) for value in ours.values())
    assert cells(variants / "XlsxWriter.xlsx", values=values) == ours
