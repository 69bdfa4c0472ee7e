"""Auditing workbooks that people made by hand: what is right is called right, a mistake is named once, at its root."""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.by_hand import NAMING, RECIPE, HandMade, book_of, pasted, save
from tests.slow import slow
from xlbackprop import load_lesson
from xlbackprop.classroom import Audit, Finding, JudgedTable, Mistake, Verdict, as_data, audit_file, lines, mistakes_in
from xlbackprop.network import (
    Gradient,
    Input,
    NetInput,
    Number,
    Output,
    Quantity,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.taught import column_of, columns

LESSON = load_lesson("walkthrough")
MISTAKES = [
    mistake
    for column in columns(RECIPE)
    for mistake in mistakes_in(RECIPE, column.quantity)
    if not mistake.circular  # which no spreadsheet computes
]


def audited(path: Path) -> Audit:
    return audit_file(path, LESSON)


def of_one(path: Path) -> JudgedTable:
    (table,) = audited(path).tables
    return table


def one_finding(path: Path) -> Finding:
    (finding,) = of_one(path).findings
    return finding


def quantity(name: str) -> Quantity:
    return next(column.quantity for column in columns(RECIPE) if NAMING.name(column.quantity) == name)


def told(path: Path) -> str:
    return "\n".join(lines(audited(path)))


# ------------------------------------------------------------------------------------------------ right is called right


def test_right_tables_are_called_right_in_any_dialect(tmp_path: Path) -> None:
    """Fifty tables: other headings, places, orders, spellings, and the learning rate elsewhere."""
    for book in range(10):
        tables = [HandMade(random.Random(100 * book + number), rows=7) for number in range(5)]
        found = audited(book_of(tables, tmp_path / "right.xlsx"))
        for table, made in zip(found.tables, tables, strict=True):
            assert table.verdict is Verdict.RIGHT, (made, table.findings)
            assert (table.rows, table.header_row, table.missing) == (7, made.top, []), made
            assert table.rate.number == pytest.approx(made.rate), made
            assert not [remark for remark in table.remarks if "typed" not in remark], made


@dataclass
class Digits:
    """How somebody's program rounds what is pasted."""

    name: str
    rounded: Callable[[float], float]


ROUNDED = [
    Digits("all digits", float),
    Digits("15 significant", lambda number: float(f"{number:.15g}")),
    Digits("10 significant", lambda number: float(f"{number:.10g}")),
    Digits("6 decimals", lambda number: round(number, 6)),
    Digits("4 decimals", lambda number: round(number, 4)),
]


@pytest.mark.parametrize("digits", ROUNDED, ids=lambda digits: digits.name)
def test_pasted_numbers_are_judged_with_the_digits_that_they_have(digits: Digits, tmp_path: Path) -> None:
    for seed in range(3):
        made = save(HandMade(random.Random(seed), rows=9), tmp_path / "pasted.xlsx")
        table = of_one(pasted(tmp_path / "pasted.xlsx", digits.rounded))
        assert (table.verdict, table.are_numbers) == (Verdict.RIGHT, True)
        assert table.rate.number == pytest.approx(made.rate, rel=0.01)


def test_a_mistake_in_pasted_numbers_has_its_name(tmp_path: Path) -> None:
    for seed, digits in enumerate(ROUNDED[:3]):
        (mistake,) = random.Random(seed).sample([one for one in MISTAKES if one.kind == "slope of another unit"], 1)
        save(HandMade(random.Random(seed), rows=12, formulas={mistake.quantity: mistake.formula}), tmp_path / "a.xlsx")
        assert one_finding(pasted(tmp_path / "a.xlsx", digits.rounded)).sentence == mistake.sentence


# ------------------------------------------------------------------------------------------- planted mistakes are named


def planted(mistakes: Sequence[Mistake], seed: int, path: Path) -> tuple[int, list[object]]:
    """Return how many mistakes were named and nothing else, and what was said of the others."""
    tables = []
    for number, mistake in enumerate(mistakes):
        table = HandMade(random.Random(seed + number), rows=8)
        if mistake.kind == "rate not anchored":
            table.rate_kind, table.unanchored = "cell", [mistake.quantity]
        else:
            table.formulas = {mistake.quantity: mistake.formula}
        tables.append(table)
    found = audited(book_of(tables, path)).tables
    others: list[object] = []
    for mistake, table in zip(mistakes, found, strict=True):
        said = {finding.sentence for finding in table.findings}
        by_chance = not said and any(mistake.sentence in remark for remark in table.remarks)
        if said != {mistake.sentence} and not by_chance:
            others.append((mistake.sentence, said))
    return len(mistakes) - len(others), others


def test_planted_mistakes_are_named_at_their_root(tmp_path: Path) -> None:
    """Of each kind one for each sort of column, beside each other; what follows from one is right."""
    draw = random.Random(1)
    drawn = draw.sample(MISTAKES, 40)
    named, others = planted(drawn, 5000, tmp_path / "planted.xlsx")
    assert named == len(drawn), others


@pytest.mark.slow
def test_nearly_all_mistakes_are_named_at_their_root(tmp_path: Path) -> None:
    named, others = 0, []
    for start in range(0, len(MISTAKES), 40):
        some = MISTAKES[start : start + 40]
        count, more = planted(some, start, tmp_path / "planted.xlsx")
        named, others = named + count, others + more
    assert named >= 0.99 * len(MISTAKES), others


def test_two_mistakes_are_two_findings(tmp_path: Path) -> None:
    """The second follows from numbers that the first has made wrong, and is found all the same."""
    one = next(one for one in mistakes_in(RECIPE, quantity("h1")) if one.kind == "wrong sign")
    other = next(one for one in mistakes_in(RECIPE, quantity("∂E/∂w4")) if one.kind == "slope of another unit")
    save(HandMade(random.Random(3), formulas={m.quantity: m.formula for m in (one, other)}), tmp_path / "a.xlsx")
    assert {finding.sentence for finding in of_one(tmp_path / "a.xlsx").findings} == {one.sentence, other.sentence}


# -------------------------------------------------------------------------------------- slips that are in no catalogue

OUT_H1, H1 = Output(1, 0), NetInput(1, 0)
SPELLED = {"space": "", "square": "^2", "half": "0.5", "brackets": False, "small": False}


def plain(**changes: object) -> HandMade:
    """Return a table without oddities."""
    order = [column.quantity for column in columns(RECIPE)]
    settings = {"rows": 16, "top": 9, "left": 1, "order": order, "rate_kind": "cell", "spelling": SPELLED} | changes
    return HandMade(random.Random(1), **settings)  # type: ignore[arg-type]


def changed(path: Path, change: Callable[[Worksheet, HandMade], None], **changes: object) -> Path:
    """Write a plain table, let something be done with its sheet, and return the path."""
    made = plain(**changes)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    made.write(sheet, book)
    change(sheet, made)
    book.save(path)
    return path


def test_a_reference_three_rows_ahead(tmp_path: Path) -> None:
    """It reads blank cells in the last rows; that is the same mistake."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        column = made.columns[UnitLoss(0)]
        for row in range(made.rows):
            here = made.line(row)
            sheet.cell(
                here, column, f"=0.5*(A{here}-{sheet.cell(1, made.columns[Output(2, 0)]).column_letter}{here + 3})^2"
            )

    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.sentence == "E1 takes out_o1 from 3 rows below, not from its own row."
    assert finding.count == 16
    assert finding.expected.startswith("=0.5*(")


def test_a_rate_that_is_not_anchored(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        line, column = made.rate_cell
        letter = sheet.cell(1, column).column_letter
        for row in range(1, made.rows):
            cell = sheet.cell(made.line(row), made.columns[Weight(1, 0, 0)])
            cell.value = str(cell.value).replace(f"${letter}${line}", f"{letter}{line + row - 1}")

    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.kind == "rate not anchored"
    assert finding.cells == ("E12:E25",)  # the first update is right


def test_a_target_that_was_filled_down_as_a_series(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for row in range(made.rows):
            sheet.cell(made.line(row), made.columns[Target(1)], made.start[Target(1)] + row)

    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.sentence == "t2 was filled down as a series (+1 a row) and must stay the same."


def test_a_formula_of_another_column_in_every_fourth_row(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for row in range(3, made.rows, 4):
            sheet.cell(made.line(row), made.columns[H1], f"={made.text(made.formula(Weight(1, 0, 1)), row)}")

    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.sentence == "h1 has the formula of w2."
    assert finding.cells == ("I13", "I17", "I21", "I25")


def test_a_number_in_the_place_of_a_formula(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for row in range(4, 8):
            sheet.cell(made.line(row), made.columns[OUT_H1], 0.625)

    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.kind == "number for a formula"
    assert finding.cells == ("J14:J17",)


def test_several_mistakes_in_one_formula_are_told_one_by_one(tmp_path: Path) -> None:
    out, t1, t2 = (Ref(of) for of in (Output(2, 0), Target(0), Target(1)))
    second = Ref(Output(2, 1))
    wrong = (out * t1 * out * (1.0 - out) * Ref(Weight(2, 0, 0)) + second * t1 * second * (1.0 - second) * Ref(
        Weight(2, 1, 0)
    )) * Ref(OUT_H1) * (1.0 - Ref(OUT_H1)) * Ref(Input(0))  # fmt: skip
    assert t2 != t1
    save(plain(formulas={Gradient(Weight(1, 0, 0)): wrong}), tmp_path / "a.xlsx")
    said = one_finding(tmp_path / "a.xlsx").sentence
    assert said == "∂E/∂w1 has t1·out_o1 where out_o1 − t1 belongs, and has t1·out_o2 where out_o2 − t2 belongs."


def test_what_no_mistake_explains_is_told_with_both_formulas(tmp_path: Path) -> None:
    wrong = Ref(Input(0)) / (Number(3.0) + Ref(Target(0)))
    save(plain(formulas={quantity("h2"): wrong}), tmp_path / "a.xlsx")
    finding = one_finding(tmp_path / "a.xlsx")
    assert finding.kind == "expected and found"
    assert finding.formula == "=C10/(3+A10)"
    assert finding.expected == "=G10*C10+H10*D10"
    assert "=C10/(3+A10)" in told(tmp_path / "a.xlsx")


def test_a_formula_that_is_right_by_chance_is_remarked(tmp_path: Path) -> None:
    start = dict(plain().start) | {Target(0): 0.5, Target(1): 0.5}
    mistake = next(one for one in mistakes_in(RECIPE, UnitLoss(1)) if "uses t1 where t2" in one.sentence)
    save(plain(start=start, formulas={UnitLoss(1): mistake.formula}), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert table.verdict is Verdict.RIGHT
    assert any(mistake.sentence in remark for remark in table.remarks)


def test_how_far_the_loss_moves_is_told(tmp_path: Path) -> None:
    mistake = next(one for one in mistakes_in(RECIPE, quantity("∂E/∂w3")) if one.kind == "slope of another unit")
    save(plain(formulas={mistake.quantity: mistake.formula}), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert table.loss_moves is not None
    assert 0 < table.loss_moves < 1e-4
    assert "No chart shows it: E_Total moves by" in told(tmp_path / "a.xlsx")


# --------------------------------------------------------------------------------------------- how the table is written


@pytest.mark.parametrize(
    "without",
    [
        [UnitLoss(0), UnitLoss(1)],
        [NetInput(1, 0), NetInput(1, 1), NetInput(2, 0), NetInput(2, 1)],
        [Input(0), Input(1), Target(0), Target(1)],
        [TotalLoss()],
        [Gradient(weight) for weight in NAMING.weights()],
    ],
    ids=["no E1", "no h1", "no i1 and t1", "no E_Total", "no gradients"],
)
def test_columns_that_are_missing_are_told_and_done_without(without: list[Quantity], tmp_path: Path) -> None:
    save(plain(without=without), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert (table.verdict, {*table.missing}) == (Verdict.RIGHT, {*map(NAMING.name, without)})
    mistake = next(one for one in mistakes_in(RECIPE, Weight(2, 0, 1)) if one.kind == "rule of another")
    save(plain(without=without, formulas={mistake.quantity: mistake.formula}), tmp_path / "a.xlsx")
    assert one_finding(tmp_path / "a.xlsx").sentence == mistake.sentence


def test_tables_beside_and_below_each_other(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    width, tables = len(plain().order), []
    for down in range(2):
        for right in range(3):
            made = plain(rows=6, top=9 + 14 * down, left=1 + right * width)
            made.rate = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)[3 * down + right]
            made.write(sheet)
            tables.append(made)
    book.save(tmp_path / "a.xlsx")
    found = audited(tmp_path / "a.xlsx").tables
    assert {(table.header_row, table.rate.number, table.rows, table.verdict) for table in found} == {
        (made.top, made.rate, 6, Verdict.RIGHT) for made in tables
    }


def test_blank_rows_that_separate(tmp_path: Path) -> None:
    save(plain(separated=5), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert (table.verdict, table.rows) == (Verdict.RIGHT, 16)


def test_a_block_of_weights_that_the_first_row_links_to(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for number, weight in enumerate(NAMING.weights(), start=1):
            sheet.cell(60 + number, 2, f"w{number}")
            sheet.cell(60 + number, 3, made.start[weight])
            sheet.cell(made.line(0), made.columns[weight], f"=$C${60 + number}")

    assert of_one(changed(tmp_path / "a.xlsx", change)).verdict is Verdict.RIGHT


def test_weights_named_twice_are_their_gradients_the_second_time(tmp_path: Path) -> None:
    dialect = dict(plain().dialect) | {"gradient": "{}", "weight": "w{}"}
    save(plain(dialect=dialect), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert (table.verdict, table.missing) == (Verdict.RIGHT, [])


def test_a_table_that_stops_is_unfinished(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for of in made.columns:
            if not isinstance(of, Input | Target | Weight):
                sheet.cell(made.line(1), made.columns[of]).value = None

    table = of_one(changed(tmp_path / "a.xlsx", change, rows=2))
    assert (table.verdict, table.rows) == (Verdict.UNFINISHED, 2)
    assert table.unfinished == "It stops after 1 row, and one that is begun."


# ------------------------------------------------------------------------------------------------------------ the lesson


def test_a_lesson_of_another_network(tmp_path: Path) -> None:
    """The headings are that network's own names, its biases among them."""
    lesson = load_lesson("two-biases")
    recipe = lesson.runs[0].recipe
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    order = [column.quantity for column in columns(recipe)]
    given: dict[Quantity, float] = dict(zip(recipe.naming.parameters(), lesson.runs[0].parameters, strict=True))
    given |= dict(zip(recipe.naming.inputs(), lesson.inputs[0], strict=True))
    given |= dict(zip(recipe.naming.targets(), lesson.targets[0], strict=True))
    sheet["B1"], sheet["C1"] = "learning rate", lesson.runs[0].learning_rate
    made = plain(order=order, start=given, dialect={**plain().dialect})
    for at, of in enumerate(order, start=1):
        sheet.cell(3, at, recipe.naming.name(of))
        for row in range(6):
            made.top = 3
            fixed = of in given and (
                row == 0 or not recipe.has_gradient(of) if not isinstance(of, Input | Target) else True
            )  # type: ignore[arg-type]
            rule = column_of(recipe, of).formula
            text = made.text(rule, row).replace("$G$1", "$C$1")
            sheet.cell(4 + row, at, given[of] if fixed else f"={text}")
    book.save(tmp_path / "a.xlsx")
    (table,) = audit_file(tmp_path / "a.xlsx", lesson, own_numbers=False).tables
    assert not table.findings
    assert (table.verdict, table.missing) == (Verdict.RIGHT, [])


def test_a_start_that_is_not_the_lessons(tmp_path: Path) -> None:
    lesson = load_lesson("class-values")
    numbers = dict(zip(NAMING.weights(), lesson.runs[0].parameters, strict=True))
    start = numbers | dict(zip([*NAMING.inputs(), *NAMING.targets()], (0.05, 0.1, 0.01, 0.99), strict=True))
    save(plain(start=start | {Weight(1, 1, 1): 0.5}), tmp_path / "a.xlsx")
    (table,) = audit_file(tmp_path / "a.xlsx", lesson, own_numbers=False).tables
    assert [finding.sentence for finding in table.findings] == ["w4 starts with 0.5, and with 0.3 in the lesson."]
    assert of_one(tmp_path / "a.xlsx").verdict is Verdict.RIGHT  # its own numbers


# ------------------------------------------------------------------------------------------- columns and texts besides


def test_a_column_without_a_heading_is_known_by_its_formula_or_its_neighbours(tmp_path: Path) -> None:
    mistake = next(one for one in mistakes_in(RECIPE, OUT_H1) if one.kind == "wrong sign")

    def change(sheet: Worksheet, made: HandMade) -> None:
        for of in (OUT_H1, UnitLoss(1)):
            sheet.cell(made.top, made.columns[of]).value = None

    table = of_one(changed(tmp_path / "a.xlsx", change))
    assert (table.verdict, table.missing) == (Verdict.RIGHT, [])
    assert (
        one_finding(changed(tmp_path / "a.xlsx", change, formulas={OUT_H1: mistake.formula})).sentence
        == mistake.sentence
    )


def with_factors(path: Path, slope: str) -> Path:
    """Write a table whose ∂E/∂w7 is made of columns for factors; one of them is given."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        column = {of: sheet.cell(1, at).column_letter for of, at in made.columns.items()}
        left = len(made.order) + 2
        sheet.cell(made.top, left, "∂E2/∂a_o2")
        sheet.cell(made.top, left + 1, "∂a_o2/∂o2")
        for row in range(made.rows):
            here = made.line(row)
            blame, steep = (sheet.cell(here, left + at) for at in range(2))
            blame.value = f"={column[Output(2, 1)]}{here}-{column[Target(1)]}{here}"
            steep.value = "=" + slope.format(own=f"{column[Output(2, 1)]}{here}", other=f"{column[Output(2, 0)]}{here}")
            value = f"={blame.coordinate}*{steep.coordinate}*{column[OUT_H1]}{here}"
            sheet.cell(here, made.columns[Gradient(Weight(2, 1, 0))], value)

    return changed(path, change)


def test_columns_for_factors_of_the_chain_rule_are_judged_themselves(tmp_path: Path) -> None:
    """What is made of a wrong factor follows from it."""
    table = of_one(with_factors(tmp_path / "a.xlsx", "{own}*(1-{own})"))
    assert (table.verdict, table.others) == (Verdict.RIGHT, {})
    finding = one_finding(with_factors(tmp_path / "a.xlsx", "{other}*(1-{other})"))
    assert finding.sentence == "∂a_o2/∂o2 has out_o1·(1 − out_o1) where out_o2·(1 − out_o2) belongs."
    assert finding.expected == "=T10*(1-T10)"


def test_slips_in_formulas_that_stand_as_text_are_remarked(tmp_path: Path) -> None:
    def change(sheet: Worksheet, _: HandMade) -> None:
        sheet["A1"] = "∂E_total/∂w5 = (∂E1/∂a_o1)+(∂a_o1/∂o1)*(∂o1/∂w5) = a_o1-t1*a_o1*(1-a_o1)*a_h1"
        sheet["A2"] = "∂E_total/∂w6 = (a_01 - t1) * a_01 * (1 - a_o1) * a_h2"  # right, zeros for o
        sheet["A3"] = "h2 = w3*i1 + w4*i2 is the net input"

    found = audited(changed(tmp_path / "a.xlsx", change))
    assert found.verdict is Verdict.RIGHT
    adds, brackets = found.remarks
    assert adds.startswith("The text in A1 adds")
    assert brackets == (
        "The text in A1 has a slip, which changes no number: ∂E/∂w5 leaves out the brackets round out_o1 − t1."
    )


def test_headings_below_each_other_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row, column in enumerate(columns(RECIPE), start=3):
        sheet.cell(row, 2, NAMING.name(column.quantity))
        sheet.cell(row, 3, 0.5)
    book.save(tmp_path / "a.xlsx")
    found = audited(tmp_path / "a.xlsx")
    assert found.verdict is Verdict.NO_TABLE
    assert found.remarks == ["On Sheet the headings stand below each other, in column B: turn the table."]


def test_a_row_of_sums_below_is_no_row_of_the_table(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for column in made.columns.values():
            letter = sheet.cell(1, column).column_letter
            sheet.cell(made.line(15) + 1, column, f"=AVERAGE({letter}{made.line(0)}:{letter}{made.line(15)})")

    assert of_one(changed(tmp_path / "a.xlsx", change)).rows == 16


def test_stored_numbers_that_are_out_of_date_are_remarked(tmp_path: Path) -> None:
    """They are those of a calculation before; the formulas are judged."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    plain().write(sheet)
    book.save(tmp_path / "a.xlsx")
    lied = tmp_path / "lied.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as source, zipfile.ZipFile(lied, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"<v></v>", b"<v>0.7</v>").replace(b"<v />", b"<v>0.7</v>")
            target.writestr(name, data)
    table = of_one(lied)
    assert table.verdict is Verdict.RIGHT
    assert any("stored numbers that their formulas do not give" in remark for remark in table.remarks)


# ---------------------------------------------------------------------------------------------------- another program


@pytest.mark.engine("libreoffice")
@pytest.mark.parametrize("count", [20, slow(200)])
def test_tables_that_libreoffice_has_saved(count: int) -> None:
    from tests.audit_in_bulk import measured

    counts, odd = measured(count, seed=3, resaved=True)
    assert not odd
    assert counts["right"] == count / 2


# --------------------------------------------------------------------------------------------------- what people do


def test_given_numbers_that_stand_in_the_first_row_alone(tmp_path: Path) -> None:
    """Where formulas name that cell it is right; where they name the blank one of their row, it counts as 0."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        letter = sheet.cell(1, made.columns[Input(0)]).column_letter
        for row in range(1, made.rows):
            here = made.line(row)
            sheet.cell(here, made.columns[Input(0)]).value = None
            for column in made.columns.values():
                cell = sheet.cell(here, column)
                if fixed and isinstance(cell.value, str):
                    cell.value = re.sub(rf"\b{letter}{here}\b", f"${letter}${made.line(0)}", cell.value)

    fixed = True
    assert of_one(changed(tmp_path / "a.xlsx", change)).verdict is Verdict.RIGHT
    fixed = False
    finding = one_finding(changed(tmp_path / "a.xlsx", change))
    assert finding.sentence == "i1 is blank, and the formulas of its rows count it as 0."
    assert finding.cells == ("C11:C25",)


def test_columns_for_the_steps_of_the_weights(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        line, rate = made.rate_cell
        for number, weight in enumerate(NAMING.weights(), start=1):
            column, w = len(made.order) + number, made.columns[weight]
            sheet.cell(made.top, column, f"Δw{number}")
            for row in range(made.rows):
                step, gradient = sheet.cell(made.line(row), column), sheet.cell(1, made.columns[Gradient(weight)])
                step.value = f"=-${sheet.cell(1, rate).column_letter}${line}*{gradient.column_letter}{made.line(row)}"
                if row:
                    above = sheet.cell(made.line(row - 1), w).coordinate
                    sheet.cell(made.line(row), w, f"={above}+{sheet.cell(made.line(row - 1), column).coordinate}")

    table = of_one(changed(tmp_path / "a.xlsx", change))
    assert (table.verdict, table.missing, table.rate.number) == (Verdict.RIGHT, [], 0.8)


def test_remarks_in_headings_and_a_heading_that_comes_again(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for weight in NAMING.weights():
            cell = sheet.cell(made.top, made.columns[weight])
            cell.value = f"{cell.value}\n({made.start[weight]})"
        sheet.cell(made.top, len(made.order) + 1, "Loss")
        for row in range(made.rows):
            sheet.cell(made.line(row), len(made.order) + 1, f"=W{made.line(row)}")

    table = of_one(changed(tmp_path / "a.xlsx", change))
    assert (table.verdict, table.missing) == (Verdict.RIGHT, [])


ODD = [
    None,
    "",
    "text",
    "0,05",
    "#REF!",
    True,
    1e300,
    -1e-300,
    "=1/0",
    "=NA()",
    "=NOSUCH(1)",
    "='gone'!A1",
    "=A:A",
    "=(",
]
ODD += ["=IF(A1>0,1,2)", "=SUM(A1:Z99)", "=$G$7", "w1", "=E12", "=-E11*(", '="0.5"', "=E11&F11", '=INDIRECT("A1")']


@pytest.mark.parametrize("seeds", [range(12), slow(range(12, 150))], ids=["some", "many"])
def test_whatever_stands_in_cells_is_no_crash(seeds: range, tmp_path: Path) -> None:
    for seed in seeds:
        draw = random.Random(seed)

        def change(sheet: Worksheet, made: HandMade, draw: random.Random = draw) -> None:
            for _ in range(draw.choice([1, 5, 60])):
                cell = sheet.cell(draw.randint(made.top - 2, made.line(made.rows)), draw.randint(1, 34))
                cell.value = draw.choice([*ODD, sheet.cell(draw.randint(9, 20), draw.randint(1, 31)).value])

        path = changed(tmp_path / "odd.xlsx", change, rows=10)
        assert [*lines(audited(path))]
        json.dumps(as_data(audited(path)))


def test_runs_below_each_other_under_one_heading(tmp_path: Path) -> None:
    """Whoever tries another learning rate may type the starting weights again, some rows further down."""

    def change(sheet: Worksheet, made: HandMade) -> None:
        for of in NAMING.weights():
            sheet.cell(made.line(8), made.columns[of], made.start[of])

    tables = audited(changed(tmp_path / "a.xlsx", change)).tables
    assert [(table.rows, table.verdict) for table in tables] == [(8, Verdict.RIGHT), (8, Verdict.RIGHT)]


def test_gradients_that_are_not_filled_in_the_last_row(tmp_path: Path) -> None:
    def change(sheet: Worksheet, made: HandMade) -> None:
        for weight in NAMING.weights():
            sheet.cell(made.line(15), made.columns[Gradient(weight)]).value = None

    assert of_one(changed(tmp_path / "a.xlsx", change)).verdict is Verdict.RIGHT


def test_a_label_of_the_rate_right_above_a_blank_column_is_no_heading(tmp_path: Path) -> None:
    order = [column.quantity for column in columns(RECIPE)]
    save(plain(order=[*order[:8], None, *order[8:]], rate_kind="above"), tmp_path / "a.xlsx")
    table = of_one(tmp_path / "a.xlsx")
    assert (table.verdict, table.rate.how, "learning rate" in table.columns) == (Verdict.RIGHT, "cell", False)
