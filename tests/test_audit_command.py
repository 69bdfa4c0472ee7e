"""The command `audit`: a line a file, what is wrong below it, JSON, exit codes, and files that are no workbooks."""

from __future__ import annotations

import json
import random
from pathlib import Path

import openpyxl
import pytest

from tests.by_hand import RECIPE, HandMade, save
from tests.test_audit import changed, plain
from xlbackprop.classroom import mistakes_in
from xlbackprop.classroom.audit import files
from xlbackprop.cli import main
from xlbackprop.errors import InputError
from xlbackprop.machine import Limits
from xlbackprop.network import Gradient, UnitLoss, Weight


@pytest.fixture
def right(tmp_path: Path) -> Path:
    save(HandMade(random.Random(5), rows=6), tmp_path / "right.xlsx")
    return tmp_path / "right.xlsx"


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    of = Gradient(Weight(1, 1, 0))
    mistake = next(one for one in mistakes_in(RECIPE, of) if one.kind == "slope of another unit")
    save(plain(rows=6, formulas={of: mistake.formula}), tmp_path / "wrong.xlsx")
    return tmp_path / "wrong.xlsx"


def test_a_right_workbook_ends_with_0(right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(right)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"{right}  right: 1 table of 6 rows; 1 fault in charts"


def test_a_wrong_workbook_ends_with_1_and_says_what_belongs_there(
    wrong: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(wrong)]) == 1
    first, *others = capsys.readouterr().out.splitlines()
    assert first == f"{wrong}  wrong: ∂E/∂w3 in 1 table of 6 rows; 1 fault in charts"
    assert "    ∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs." in others
    assert "      in Z10:Z15: 6 cells, first in row 10" in others
    assert "      there belongs =((R10-A10)*R10*(1-R10)*N10+(T10-B10)*T10*(1-T10)*P10)*L10*(1-L10)*C10" in others


def test_several_files_get_a_line_each_and_the_highest_code(
    right: Path, wrong: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "no.xlsx").write_text("no workbook")
    assert main(["audit", str(right), str(wrong)]) == 1
    assert main(["audit", str(right), str(tmp_path / "no.xlsx"), str(wrong), str(tmp_path / "none.xlsx")]) == 2
    firsts = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert [line.split()[1] for line in firsts] == ["right:", "wrong:", "right:", "not", "wrong:", "not"]


def test_json_has_all_that_the_report_says(wrong: Path, right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--json", str(wrong)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["file"], told["verdict"]) == (str(wrong), "wrong")
    (table,) = told["tables"]
    assert (table["sheet"], table["header_row"], table["rows"]) == ("Sheet", 9, 6)
    assert table["learning_rate"]["cell"] == "G7"
    (mistake,) = table["mistakes"]
    assert mistake["column"] == "∂E/∂w3"
    assert mistake["cells"] == ["Z10:Z15"]
    assert mistake["kind"] == "slope of another unit"
    assert mistake["right_formula"].endswith("*L10*(1-L10)*C10")
    assert main(["audit", "--json", str(wrong), str(right)]) == 1
    assert [one["verdict"] for one in json.loads(capsys.readouterr().out)] == ["wrong", "right"]


def test_a_workbook_without_a_table_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def change(sheet: object, _: HandMade) -> None:
        sheet.delete_rows(1, 100)  # type: ignore[attr-defined]

    path = changed(tmp_path / "empty.xlsx", change)
    assert main(["audit", str(path)]) == 2
    assert "no table found" in capsys.readouterr().out


def test_a_lesson_of_several_examples_is_refused(right: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", str(right), "--lesson", "xor"]) == 2
    assert "it has several examples, and the audit judges tables of one." in capsys.readouterr().err


def test_a_file_over_which_the_work_does_not_end_is_told(
    right: Path, wrong: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xlbackprop import load_lesson

    monkeypatch.setattr(files, "LIMITS", Limits(0.001, 900_000_000))
    found = files.audit_files([right, wrong], load_lesson("walkthrough"))
    assert all(isinstance(one, InputError) for one in found)
    assert "cannot be audited" in str(found[0])


def test_a_number_that_is_missing_in_a_column_is_no_crash(tmp_path: Path) -> None:
    def change(sheet: object, made: HandMade) -> None:
        for row, value in enumerate([None, "text", True, "=1/0", "=NOSUCH(1)", "='gone'!A1"]):
            sheet.cell(made.line(row + 2), made.columns[UnitLoss(0)]).value = value  # type: ignore[attr-defined]

    assert main(["audit", str(changed(tmp_path / "odd.xlsx", change))]) == 1


def test_an_annotated_copy_says_it_at_the_cells(
    wrong: Path, right: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "told.xlsx"
    assert main(["audit", str(wrong), "--annotate", str(out)]) == 1
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Audit", "Sheet"]
    note = book["Sheet"]["Z10"].comment
    assert note is not None
    assert "uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs." in note.text
    assert "There belongs =((R10-A10)*R10*(1-R10)*N10" in note.text
    assert main(["audit", str(wrong), "--annotate", str(out)]) == 2
    assert "is there already, and is left as it is." in capsys.readouterr().err
    assert main(["audit", str(wrong), str(right), "--annotate", str(tmp_path / "all")]) == 1
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["right-audited.xlsx", "wrong-audited.xlsx"]


def test_of_a_workbook_of_ours_the_runs_alone_are_judged(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from xlbackprop import compile_document, load_lesson, write_workbook

    write_workbook(compile_document(load_lesson("walkthrough", epochs=8)), tmp_path / "ours.xlsx")
    assert main(["audit", str(tmp_path / "ours.xlsx")]) == 0
    told = capsys.readouterr().out
    assert "right: 6 tables" in told
    assert "`xlbackprop verify` compares every cell" in told
