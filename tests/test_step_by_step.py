"""`Step by step`: whatever is chosen on it, its numbers and texts are those of NumPy, in every program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from openpyxl.utils.cell import coordinate_to_tuple

from tests.drawn_lessons import lesson_texts
from tests.lessons import covering_lessons
from tests.tampering import set_cell
from tests.test_networks import lesson_text
from xlbackprop import compile_document, load_lesson, verify, write_workbook
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.expression import Ref, evaluate
from xlbackprop.network.quantities import Gradient, Quantity, Weight
from xlbackprop.numpy_run.trace import Trace, train
from xlbackprop.proof.comparison import compare
from xlbackprop.sheets.compiler import book_of, installed_versions
from xlbackprop.sheets.derivation.words import in_rows, named
from xlbackprop.sheets.entries import as_shipped
from xlbackprop.sheets.steps import sheet as step_by_step
from xlbackprop.sheets.steps.choice import EQUAL, UNEQUAL
from xlbackprop.sheets.steps.places import StepLayout, step_sheets
from xlbackprop.taught.chain_rule import chains
from xlbackprop.workbook.document import Document, Sheet, address
from xlbackprop.xlsx.read import ReadSheet, read_workbook
from xlbackprop.xlsx.read.reader import blind_copy

LESSONS = tuple(covering_lessons())


def selections(lesson: Lesson, count: int) -> Iterator[tuple[StepLayout, dict[str, float]]]:
    """Yield so many random choices, at least three for every run, the first and the last epoch among them."""
    each = max(3, -(-count // len(lesson.runs)))
    draw = np.random.default_rng(7)
    for places in step_sheets(lesson):
        for run in range(len(places.runs)):
            epochs = [0, lesson.epochs, *draw.integers(0, lesson.epochs + 1, each - 2)]
            for epoch in epochs[:each]:
                chosen = {
                    places.run_choice: float(run),
                    places.epoch_choice: float(epoch),
                    places.example_choice: float(draw.integers(1, len(lesson.inputs) + 1)),
                    places.parameter_choice: float(draw.integers(0, len(places.recipe.trained))),
                }
                yield places, {name: value for name, value in chosen.items() if name in places.choices}


def sheet_for(lesson: Lesson, trace: Trace, places: StepLayout, chosen: Mapping[str, float]) -> Sheet:
    """Return the sheet as it is with these choices."""
    book = book_of(trace, {**as_shipped(lesson), **chosen}, installed_versions())
    return next(sheet for sheet in step_by_step.sheets(book) if sheet.name == places.name)


def with_copies(lesson: Lesson, count: int) -> Document:
    """Return a lesson's workbook with one more copy of the sheet for every choice: nothing but its choices differ."""
    trace = train(lesson)
    document = compile_document(lesson, trace=trace)
    copies = [
        replace(sheet_for(lesson, trace, places, chosen), name=f"Copy {number}", charts=(), outlines=())
        for number, (places, chosen) in enumerate(selections(lesson, count))
    ]
    shipped = {places.name: document[places.name] for places in step_sheets(lesson)}
    for (places, _), copy in zip(selections(lesson, count), copies, strict=True):
        formulas = {place: cell.formula for place, cell in copy.cells.items()}
        assert formulas == {place: cell.formula for place, cell in shipped[places.name].cells.items()}
    return replace(document, sheets=(*document.sheets, *copies))


class Chosen(NamedTuple):
    """A written workbook with copies of `Step by step`: the copies, what is read of them, and the file without values."""

    copies: Document
    found: dict[str, ReadSheet]
    blind: Path


def chosen_in(lesson: str, epochs: int, count: int, folder: Path) -> Chosen:
    """Return so many choices in a lesson's workbook of at most so many epochs."""
    document = with_copies(load_lesson(lesson, epochs=min(epochs, load_lesson(lesson).epochs)), count)
    path, blind = folder / f"{lesson}.xlsx", folder / f"{lesson} blind.xlsx"
    write_workbook(document, path)
    blind_copy(path, blind)
    copies = tuple(sheet for sheet in document.sheets if sheet.name.startswith("Copy "))
    found = read_workbook(path)
    return Chosen(replace(document, sheets=copies), {sheet.name: found[sheet.name] for sheet in copies}, blind)


def assert_shown(name: str, *chosen: Chosen) -> None:
    """Have a program calculate workbooks from nothing, and compare every cell of every copy."""
    blind = [BlindCopy.of(one.blind) for one in chosen]
    for one, values in zip(chosen, engine(name).recalculate(blind), strict=True):
        report = compare(one.copies, one.found, values, name, "")
        assert report.formulas > 100 * len(one.copies.sheets)
        assert report.equal, "\n".join(report.lines())


PROGRAMS = [pytest.param(name, marks=pytest.mark.engine(name)) for name in ("formualizer", "ironcalc", "libreoffice")]


@pytest.fixture(scope="module", params=[name for name in LESSONS if name != "digits"])
def few(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    """Return three choices a run in a lesson's workbook of three rows."""
    return chosen_in(request.param, 2, 1, tmp_path_factory.mktemp("few"))


def test_what_is_chosen_is_shown_as_numpy_found_it(few: Chosen) -> None:
    assert_shown("formualizer", few)


@pytest.mark.parametrize("name", PROGRAMS[1:])
def test_so_it_is_in_other_programs(tmp_path: Path, name: str) -> None:
    assert_shown(name, chosen_in("xor", 2, 1, tmp_path))


@pytest.fixture(scope="module", params=LESSONS)
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    """Return twenty choices in a lesson's workbook, for all the programs."""
    epochs, count = (2, 4) if request.param == "digits" else (25, 20)
    return chosen_in(request.param, epochs, count, tmp_path_factory.mktemp("many"))


@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_whatever_is_chosen_every_program_shows_what_numpy_found(many: Chosen, name: str) -> None:
    assert_shown(name, many)


# --------------------------------------------------------------------------------------------------------- the chain rule


def sums_of_paths(lesson: Lesson, row: int) -> Iterator[tuple[float, float]]:
    """Yield for every parameter of every run the sum of the products along its paths, and NumPy's gradient.

    What a penalty of large weights adds to the gradient of a weight is no path.
    """
    trace, row = train(lesson), min(row, lesson.rows - 1)
    for index, run in enumerate(lesson.runs):
        value = partial(_number, trace.places(index), trace.at(index, [row])[0])
        for parameter in run.recipe.trained:
            products = [
                np.prod([evaluate(factor.value, value) for factor in path]) for path in chains(run.recipe, parameter)
            ]
            if run.recipe.decays_in_loss and isinstance(parameter, Weight):
                products.append(run.constants[run.recipe.constants.index("weight decay")] * value(Ref(parameter)))
            yield float(np.sum(products)), float(value(Ref(Gradient(parameter))))


def _number(places: Mapping[Quantity, int], numbers: np.ndarray, ref: Ref) -> np.ndarray:
    return np.asarray(numbers[places[ref.quantity]])


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_products_along_the_paths_add_up_to_the_gradient(lesson: str) -> None:
    pairs = list(sums_of_paths(load_lesson(lesson), 3))
    assert pairs
    for found, gradient in pairs:
        assert found == pytest.approx(gradient, rel=1e-9, abs=1e-13)


@given(text=lesson_texts(tame=True, one_file=True))
def test_so_they_do_in_any_network(text: str) -> None:
    for found, gradient in sums_of_paths(read_lesson(text, "a lesson"), 1):
        assert found == pytest.approx(gradient, rel=1e-8, abs=1e-12)


def test_the_walkthrough_shows_the_ten_factors_of_the_source() -> None:
    sheet = compile_document(load_lesson())["Step by step"]
    names = [str(cell.value) for (_, column), cell in sorted(sheet.cells.items()) if column == StepLayout.symbol]
    first = names.index("1. ∂E1/∂out_o1")
    assert names[first : first + 12] == [
        "1. ∂E1/∂out_o1",
        "2. ∂out_o1/∂o1",
        "3. ∂o1/∂out_h1",
        "4. ∂out_h1/∂h1",
        "5. ∂h1/∂w1",
        "path 1",
        "6. ∂E2/∂out_o2",
        "7. ∂out_o2/∂o2",
        "8. ∂o2/∂out_h1",
        "9. ∂out_h1/∂h1",
        "10. ∂h1/∂w1",
        "path 2",
    ]


def line_of(sheet: Sheet, name: str) -> list[object]:
    """Return rule, numbers and value of the first line of this name."""
    row = next(row for (row, column), cell in sorted(sheet.cells.items()) if column == 1 and cell.value == name)
    return [sheet.cells[row, column].value for column in (2, 3, 4)]


def test_a_line_says_its_rule_its_numbers_and_its_value() -> None:
    sheet = compile_document(load_lesson())["Step by step"]
    assert line_of(sheet, "h1")[:2] == ["= w1·i1 + w2·i2", "= 0.3 × 0.05 + 0.5 × 0.1"]
    assert line_of(sheet, "h1")[2] == pytest.approx(0.065, rel=1e-15)
    assert line_of(sheet, "h2")[1] == "= −0.2 × 0.05 + 0.7 × 0.1"
    assert line_of(sheet, "out_o1")[1] == "= 1/(1 + exp(−(−0.2574)))"
    assert line_of(sheet, "new w1")[:2] == ["= w1 − η·∂E/∂w1", "= 0.3 − 0.1 × (−0.0003873)"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_number_of_the_chosen_row_waits_for_one_column_of_each_run(lesson: str) -> None:
    """One that looked into the whole table would be asked anew after each of its cells."""
    document = compile_document(load_lesson(lesson, epochs=2))
    for places in step_sheets(load_lesson(lesson, epochs=2)):
        for row in places.row_of.values():
            formula = document[places.name].cells[row, places.workings + 3].formula or ""
            ranges = re.findall(r"!\$([A-Z]+)\$\d+:\$([A-Z]+)\$\d+", formula)
            assert len(ranges) == formula.count("INDEX(") > 0
            assert all(left == right for left, right in ranges)


# ------------------------------------------------------------------------------------------------------ a wrong number


def test_a_wrong_gradient_of_a_run_is_told_by_the_sheet_itself(tmp_path: Path) -> None:
    """The bug of the class workbook: ∂E/∂w3 with the slope of the other hidden unit."""
    path = tmp_path / "wrong.xlsx"
    lesson = load_lesson(epochs=5)
    document = compile_document(lesson, {"parameter of Step by step": 2.0, "epoch of Step by step": 2.0})
    write_workbook(document, path)
    run = document["LR=0.1"]
    column = next(n for n, filled in enumerate(run.tables[0].columns, 1) if filled.header == "∂E/∂w3")
    row = run.tables[0].first_row + 2
    right = run.tables[0].columns[column - 1].formula_at(2, row)
    slope = next(n for n, filled in enumerate(run.tables[0].columns, 1) if filled.header == "out_h2")
    other = next(n for n, filled in enumerate(run.tables[0].columns, 1) if filled.header == "out_h1")
    assert right is not None
    wrong = right.replace(address(row, slope), address(row, other))
    assert wrong != right
    set_cell(path, "LR=0.1", address(row, column), f"<f>{wrong}</f>")
    blind_copy(path, tmp_path / "blind.xlsx")
    (values,) = engine("formualizer").recalculate([BlindCopy.of(tmp_path / "blind.xlsx")])
    said = [value for value in values["Step by step"].values() if value in (EQUAL, UNEQUAL)]
    assert said.count(UNEQUAL) == 1


def test_a_changed_formula_of_the_sheet_is_seen_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "changed.xlsx"
    write_workbook(compile_document(load_lesson(epochs=3)), path)
    row = next(
        place[0]
        for place, cell in sorted(compile_document(load_lesson(epochs=3))["Step by step"].cells.items())
        if cell.value == "∂E/∂h2"
    )
    set_cell(path, "Step by step", f"D{row}", "<f>D20+0.001</f>")
    report = verify(path)
    assert not report.equal
    assert any(difference.sheet == "Step by step" for difference in report.differences)


# --------------------------------------------------------------------------------------------------------- choosing


def chosen_in_file(path: Path, cell: str, inside: str, kind: str = "") -> None:
    set_cell(path, "Step by step", cell, inside, kind)


def test_what_a_student_chose_is_verified(tmp_path: Path) -> None:
    path = tmp_path / "chosen.xlsx"
    write_workbook(compile_document(load_lesson(epochs=30, learning_rates=[0.1, 0.8])), path)
    chosen_in_file(path, "B4", "<is><t>LR=0.8</t></is>", "inlineStr")
    chosen_in_file(path, "A4", "<v>23</v>")
    chosen_in_file(path, "C4", "<is><t>w7</t></is>", "inlineStr")
    report = verify(path)
    assert report.recalculates, "\n".join(report.lines())
    assert not report.notes  # to look elsewhere is no edit


@pytest.mark.parametrize(
    ("cell", "inside", "kind", "words"),
    [
        ("B4", "<is><t>LR=7</t></is>", "inlineStr", 'is chosen from the list of the cell, but "LR=7" stands there'),
        ("A4", "<v>6</v>", "", "epoch of Step by step is a whole number from 0 to 5, but 6 stands there"),
        ("A4", "<v>1.5</v>", "", "a whole number from 0 to 5, but 1.5 stands there"),
        ("C4", "<v>4</v>", "", "parameter of Step by step is chosen from the list"),
    ],
)
def test_a_choice_that_is_none_is_refused_in_words(
    tmp_path: Path, cell: str, inside: str, kind: str, words: str
) -> None:
    path = tmp_path / "odd.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5, learning_rates=[0.1, 0.8])), path)
    chosen_in_file(path, cell, inside, kind)
    with pytest.raises(InputError, match=words):
        verify(path)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize(
    ("cell", "inside", "kind", "words"),
    [
        ("A4", "<v>400</v>", "", "There is no epoch 400. LR=0.1, epoch 5: E_Total is 0.2433."),
        ("A4", "<v>-3</v>", "", "There is no epoch -3. LR=0.1, epoch 0: E_Total is 0.2512."),
        ("A4", "<is><t>x</t></is>", "inlineStr", "There is no epoch x. LR=0.1, epoch 0: E_Total is 0.2512."),
        ("B4", "<is><t>LR=7</t></is>", "inlineStr", "There is no run LR=7. LR=0.1, epoch 0: E_Total is 0.2512."),
        ("C4", "<is><t>w9</t></is>", "inlineStr", "There is no weight or bias w9. LR=0.1, epoch 0: E_Total is 0.2512."),
        ("A4", "<v>3</v>", "", "LR=0.1, epoch 3: E_Total is 0.2465."),
    ],
)
def test_what_is_chosen_in_vain_is_told_beside_the_choice(
    tmp_path: Path, name: str, cell: str, inside: str, kind: str, words: str
) -> None:
    path = tmp_path / "odd.xlsx"
    write_workbook(compile_document(load_lesson(epochs=5)), path)
    chosen_in_file(path, cell, inside, kind)
    blind_copy(path, tmp_path / "blind.xlsx")
    (values,) = engine(name).recalculate([BlindCopy.of(tmp_path / "blind.xlsx")])
    assert values["Step by step"][5, 1] == words


def test_the_dropdowns_are_lists_and_whole_numbers_with_clear_words(tmp_path: Path) -> None:
    document = compile_document(load_lesson("xor", epochs=4))
    first, second, third = (sheet for sheet in document.sheets if sheet.name.startswith("Step by step"))
    kinds = [[(rule.cells, rule.kind) for rule in sheet.validations] for sheet in (first, second, third)]
    assert kinds == [
        [("B4", "list"), ("A4", "whole"), ("C4", "whole"), ("D4", "list")],
        [("A4", "whole"), ("C4", "whole"), ("D4", "list")],
        [("A4", "whole"), ("C4", "whole"), ("D4", "list")],
    ]
    assert first.validations[1].message == "Type an epoch: a whole number from 0 to 4."
    path = tmp_path / "xor.xlsx"
    write_workbook(document, path)
    written = openpyxl.load_workbook(path)[first.name]
    lists = [rule for rule in written.data_validations.dataValidation if rule.type == "list"]
    menus = [[cell.value for (cell,) in written[rule.formula1]] for rule in lists]
    assert menus == [["Learnt", "Stuck"], ["w1", "w2", "w3", "w4", "w5", "w6", "b1", "b2", "b3"]]


def test_names_that_look_like_something_else_can_be_chosen(tmp_path: Path) -> None:
    runs = "".join(f'[[runs]]\nname = "{name}"\nlearning_rate = 0.5\n' for name in ("1", "it's ~ one", "=2"))
    text = lesson_text((2, 2, 1)).replace("learning_rates = [0.5, 3]\n", "") + "\n" + runs
    lesson = read_lesson(text, "a lesson")
    for chosen in range(3):
        path = tmp_path / f"{chosen}.xlsx"
        write_workbook(compile_document(lesson, {"run of Step by step": float(chosen)}), path)
        report = verify(path)
        assert report.equal, "\n".join(report.lines())


# ------------------------------------------------------------------------------------------------------ its networks


def test_a_network_too_large_to_draw_says_so_and_has_its_table() -> None:
    document = compile_document(load_lesson("digits"))
    sheet = document["Step by step"]
    assert sheet.outlines == ()
    words = [str(cell.value) for cell in sheet.cells.values()]
    assert "A network of 16-8-5 units is too large to be drawn and written out here." in words
    assert sheet.tables[0].rows == len(document["LR=0.2"].tables[0].columns)


def test_runs_of_other_networks_have_sheets_of_their_own_and_that_explained_first_has_the_first() -> None:
    sheets = step_sheets(load_lesson("xor"))
    assert [[run.name for run in places.runs] for places in sheets] == [
        ["Learnt", "Stuck"],
        ["No hidden layer"],
        ["Exact ReLU"],
    ]
    (only,) = step_sheets(load_lesson("optimizers"))
    assert len(only.runs) == 7


def test_a_network_of_millions_of_paths_is_not_written_out() -> None:
    sizes = (2, 9, 9, 9, 9, 2)
    sheet = compile_document(read_lesson(lesson_text(sizes), "a lesson"))["Step by step"]
    assert any("too many paths to be written out" in str(cell.value) for cell in sheet.cells.values())
    assert Weight(1, 0, 0) in step_sheets(read_lesson(lesson_text(sizes), "a lesson"))[0].recipe.trained


# --------------------------------------------------------------------------------------------------------- long rules


def test_a_long_rule_goes_on_in_the_rows_below_from_a_plus_sign_on() -> None:
    """So no row is higher than others, which would bend the drawing beside, and no number is broken after its minus."""
    sheet = compile_document(load_lesson("softmax-3-classes"))["Step by step"]
    row = next(row for (row, column), cell in sorted(sheet.cells.items()) if column == 1 and cell.value == "o1")
    rows = [[sheet.cells[below, column].value for column in (2, 3)] for below in range(row, row + 3)]
    assert rows == [
        ["= w1·i1 + w2·i2", "= 0.01 × (−15) + (−0.05) × 22"],
        ["+ w3·i3 + w4·i4", "+ 0.1 × (−44) + 0.05 × 56"],
        ["+ b1", "+ 0"],
    ]
    assert (row + 1, 1) not in sheet.cells
    assert not any(cell.style.wrap for (_, column), cell in sheet.cells.items() if column in (2, 3))


def test_pixels_are_a_picture_of_tinted_cells() -> None:
    lesson = load_lesson("digits", epochs=1)
    sheet = compile_document(lesson)["Step by step"]
    (scale,) = sheet.scales
    first, last = (coordinate_to_tuple(end) for end in scale.cells.split(":"))
    pixels = [
        sheet.cells[row, column] for row in range(first[0], last[0] + 1) for column in range(first[1], last[1] + 1)
    ]
    shown = int(sheet.cells[4, 3].value) - 1
    assert [pixel.value for pixel in pixels] == list(lesson.inputs[shown])
    assert all(pixel.formula for pixel in pixels)


def test_a_long_rule_is_not_broken_within_brackets() -> None:
    told = ["= (", Weight(1, 0, 0), " + 1)·", Weight(1, 0, 1), " + ln(1 + ", Weight(1, 1, 0), ") + ", Weight(1, 1, 1)]

    def rows(characters: float) -> list[str]:
        return [named(row, lambda _: "w") for row in in_rows(told, lambda _: "w", characters)]

    assert rows(8) == ["= (w + 1)·w", "+ ln(1 + w)", "+ w"]
    assert rows(28) == ["= (w + 1)·w + ln(1 + w) + w"]
    assert len(in_rows(told, lambda _: "w", 22, shrunk=1.3)) == 1
