"""Networks that are too wide to be written out in full: the chain of short formulas, SUMPRODUCT, and what fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import formualizer
import numpy as np
import openpyxl
import pytest
from hypothesis import given

from tests.drawn_lessons import lesson_texts
from tests.lessons import with_numbers
from tests.slow import slow
from tests.tampering import set_cell
from tests.test_networks import lesson_text
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson.limits import (
    BESIDE_THE_TABLE,
    MAX_CELLS,
    MAX_TERMS,
    cell_problems,
    fits_a_sheet,
    network_problems,
    table_columns,
)
from xlbackprop.machine import write_workbook
from xlbackprop.network.expression import Ref, SumProduct, evaluate, total
from xlbackprop.network.layers import LONGEST_SUM
from xlbackprop.network.quantities import Given, Gradient, NetInput, Output, Quantity, TotalLoss, Weight
from xlbackprop.network.recipe import BIAS_A_LAYER, BIAS_A_UNIT, Layer, Recipe
from xlbackprop.proof.verification import verify
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught.column import Column
from xlbackprop.taught.run_columns import backward, columns
from xlbackprop.workbook.document import MAX_COLUMNS, MAX_FORMULA, column_letters, fill_text
from xlbackprop.workbook.formula_notation import excel, math_text
from xlbackprop.xlsx.read.reader import blind_copy

NARROW = [(1, 1), (2, 2, 2), (3, 2, 1), (2, 2, 2, 2), (5, 5, 3)]
WIDE = [(9, 3, 2), (3, 12, 4), (20, 1), (12, 10, 9), (4, 3, 9, 3)]


def lesson_of(sizes: tuple[int, ...]) -> Lesson:
    return read_lesson(lesson_text(sizes).replace("], [", "],\n["), "drawn.toml")


def recipe_of(lesson: Lesson) -> Recipe:
    return lesson.runs[0].recipe


def rendered(lesson: Lesson, *, expanded: bool) -> list[Column]:
    """Return the backward pass in one of its renderings, whichever the lesson has."""
    return list(backward(replace(recipe_of(lesson), expanded=expanded)))


def row_of(lesson: Lesson, table: Iterable[Column]) -> dict[Quantity, np.ndarray]:
    """Return the first row of a table; each formula may refer only to what stands before it."""
    values: dict[Quantity, np.ndarray] = {given: np.asarray(number) for given, number in lesson.given(0).items()}
    for column in table:
        values[column.quantity] = evaluate(column.rule(0), lambda ref: values[ref.quantity])
    return values


def forward_of(lesson: Lesson) -> list[Column]:
    return [column for column in columns(recipe_of(lesson)) if not isinstance(column.quantity, Gradient)]


def loss_of(lesson: Lesson, nudged: Mapping[Quantity, float]) -> float:
    """Return E_Total by a forward pass in bare NumPy; what is `nudged` is moved by so much before it is used."""
    start, passed = 0, np.array(lesson.inputs[0])
    for layer, (before, units) in enumerate(pairwise(recipe_of(lesson).sizes), start=1):
        weights = np.array(lesson.runs[0].parameters[start : start + before * units]).reshape(units, before)
        start += before * units
        for quantity, step in nudged.items():
            if isinstance(quantity, Weight) and quantity.layer == layer:
                weights[quantity.unit, quantity.source] += step
        nets = [nudged.get(NetInput(layer, unit), 0.0) for unit in range(units)]
        outs = [nudged.get(Output(layer, unit), 0.0) for unit in range(units)]
        passed = 1 / (1 + np.exp(-(weights @ passed + nets))) + outs
    return float(np.sum((np.array(lesson.targets[0]) - passed) ** 2) / 2)


def names(lesson: Lesson, table: Iterable[Column]) -> list[str]:
    return [recipe_of(lesson).naming.name(column.quantity) for column in table]


@pytest.mark.parametrize("sizes", [*NARROW, *WIDE], ids=str)
def test_chain_and_expanded_give_the_same_gradients(sizes: tuple[int, ...]) -> None:
    lesson = lesson_of(sizes)
    short = row_of(lesson, [*forward_of(lesson), *rendered(lesson, expanded=False)])
    full = row_of(lesson, [*forward_of(lesson), *rendered(lesson, expanded=True)])
    for weight in recipe_of(lesson).naming.weights():
        assert short[Gradient(weight)] == pytest.approx(full[Gradient(weight)], rel=1e-12, abs=1e-18)


@pytest.mark.parametrize("sizes", [(12, 10, 9), (4, 3, 9, 3)], ids=str)
def test_every_gradient_of_the_chain_is_the_slope_of_the_loss(sizes: tuple[int, ...]) -> None:
    lesson, step, compared = lesson_of(sizes), 1e-5, 0
    assert not recipe_of(lesson).expanded
    for quantity, found in row_of(lesson, columns(recipe_of(lesson))).items():
        if isinstance(quantity, Gradient):
            up, down = (loss_of(lesson, {quantity.of: way * step}) for way in (1, -1))
            assert float(found) == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-10), quantity
            compared += 1
    assert compared == len(lesson.runs[0].parameters) + 2 * sum(sizes[1:])


def test_the_chain_goes_back_layer_by_layer_in_short_formulas() -> None:
    lesson = lesson_of((2, 2, 2))
    name = recipe_of(lesson).naming.name
    rules = {name(c.quantity): math_text(c.formula, name) for c in rendered(lesson, expanded=False)}
    expected = {
        "∂E/∂out_o1": "out_o1 − t1",
        "∂E/∂out_o2": "out_o2 − t2",
        "∂E/∂o1": "∂E/∂out_o1·out_o1·(1 − out_o1)",
        "∂E/∂o2": "∂E/∂out_o2·out_o2·(1 − out_o2)",
        "∂E/∂out_h1": "∂E/∂o1·w5 + ∂E/∂o2·w7",
        "∂E/∂out_h2": "∂E/∂o1·w6 + ∂E/∂o2·w8",
        "∂E/∂h1": "∂E/∂out_h1·out_h1·(1 − out_h1)",
        "∂E/∂h2": "∂E/∂out_h2·out_h2·(1 − out_h2)",
        "∂E/∂w1": "∂E/∂h1·i1",
        "∂E/∂w2": "∂E/∂h1·i2",
        "∂E/∂w3": "∂E/∂h2·i1",
        "∂E/∂w4": "∂E/∂h2·i2",
        "∂E/∂w5": "∂E/∂o1·out_h1",
        "∂E/∂w6": "∂E/∂o1·out_h2",
        "∂E/∂w7": "∂E/∂o2·out_h1",
        "∂E/∂w8": "∂E/∂o2·out_h2",
    }
    assert list(rules.items()) == list(expected.items())


def test_the_walkthrough_has_no_columns_between() -> None:
    lesson = lesson_of((2, 2, 2))
    gradients = [column.quantity for column in columns(recipe_of(lesson)) if isinstance(column.quantity, Gradient)]
    assert gradients == [Gradient(weight) for weight in recipe_of(lesson).naming.weights()]


def test_gradients_of_several_hidden_layers_are_named_like_their_units() -> None:
    lesson = lesson_of((4, 3, 9, 3))
    table = names(lesson, columns(recipe_of(lesson)))
    start = table.index("∂E/∂out_h2_1")
    assert table[start : start + 18] == [f"∂E/∂{of}2_{unit}" for of in ("out_h", "h") for unit in range(1, 10)]
    assert table[start + 18 : start + 24] == [f"∂E/∂{of}1_{unit}" for of in ("out_h", "h") for unit in range(1, 4)]


@pytest.mark.parametrize(
    ("sizes", "whether"),
    [
        ((8, 8), True),
        ((13, 5), False),  # 65 weights
        ((1, 1, 2, 2, 2), True),  # 8 paths
        ((1, 1, 9), False),  # 10 weights, but 9 paths
        ((1, 17, 1), True),
        ((1, 1, 3, 6), False),
    ],
)
def test_what_is_small_is_written_out_in_full(sizes: tuple[int, ...], whether: bool) -> None:
    assert recipe_of(lesson_of(sizes)).expanded is whether


def cells_of(lesson: Lesson) -> int:
    """Return how many cells the tables of all runs have."""
    return sum(run.recipe.rows * (len(columns(run.recipe)) + 1) for run in lesson.runs)


@pytest.mark.parametrize("sizes", [*NARROW, *WIDE, (64, 32, 10)], ids=str)
def test_the_cells_of_a_lesson_are_counted_truly(sizes: tuple[int, ...]) -> None:
    lesson = lesson_of(sizes)
    assert table_columns(recipe_of(lesson)) == len(columns(recipe_of(lesson))) + 1
    assert lesson.cells == cells_of(lesson)


@given(text=lesson_texts(tame=True, one_file=True))
def test_the_columns_of_any_network_are_counted_truly(text: str) -> None:
    lesson = read_lesson(text, "a lesson")
    for run in lesson.runs:
        assert table_columns(run.recipe) == len(columns(run.recipe)) + 1
    assert lesson.cells == cells_of(lesson)


def test_a_wide_layer_has_its_outputs_side_by_side_and_a_narrow_one_each_beside_its_net_input() -> None:
    lesson = lesson_of((2, LONGEST_SUM + 1, 2))
    table = names(lesson, columns(recipe_of(lesson)))
    start = table.index("h1")
    assert table[start : start + 18] == [f"{what}{unit}" for what in ("h", "out_h") for unit in range(1, 10)]
    start = table.index("o1")
    assert table[start : start + 4] == ["o1", "out_o1", "o2", "out_o2"]


@pytest.mark.parametrize("sizes", [(9, 3, 2), (3, 12, 4), (12, 10, 9), (64, 32, 10)], ids=str)
def test_a_sum_of_products_covers_the_columns_of_its_references(sizes: tuple[int, ...]) -> None:
    run, found = RunLayout(lesson_of(sizes), 0), 0
    for column in run.columns:
        written = fill_text(excel(column.formula, run.here), run.first_row)  # raises where they are not adjacent
        if isinstance(column.formula, SumProduct):
            sides = (column.formula.left, column.formula.right)
            ends = [fill_text(run.here(ref), run.first_row) for side in sides for ref in (side[0], side[-1])]
            assert written == f"SUMPRODUCT({ends[0]}:{ends[1]},{ends[2]}:{ends[3]})"
            found += 1
    assert found == sum(units for before, units in pairwise(sizes) if before > LONGEST_SUM)


def test_a_lesson_of_64_inputs_reads_like_mathematics() -> None:
    lesson = lesson_of((64, 32, 10))
    run = RunLayout(lesson, 0)
    rules = {column.quantity: column.formula for column in run.columns}
    assert fill_text(excel(rules[NetInput(1, 0)], run.here), 8) == "SUMPRODUCT(BX8:EI8,L8:BW8)"
    assert math_text(rules[NetInput(1, 0)], run.of.naming.name) == "w1·i1 + w2·i2 + … + w64·i64"
    assert math_text(rules[NetInput(2, 9)], run.of.naming.name) == "w2337·out_h1 + w2338·out_h2 + … + w2368·out_h32"
    assert len(run.columns) == 4990


def test_the_longest_sum_that_is_allowed_can_be_written_and_read() -> None:
    terms = [Ref(Gradient(NetInput(2, unit))) * Ref(Weight(2, unit, 0)) for unit in range(MAX_TERMS)]
    assert len(fill_text(excel(total(terms), lambda _: ("XFD", 0)), 1_048_576)) < MAX_FORMULA
    assert math_text(total(terms), lambda _: "x").count("·") == MAX_TERMS
    assert float(evaluate(total(terms), lambda _: np.asarray(1.0))) == MAX_TERMS


@pytest.mark.parametrize(
    ("loss", "activation"), [("half squared error", "sigmoid"), ("categorical cross-entropy", "softmax")]
)
def test_the_longest_sum_that_is_allowed_is_checked_in_formulas_that_fit(loss: str, activation: str) -> None:
    """∂E/∂out_h1 adds up the most units that are allowed; the checks write that sum for all rows at once."""
    text = lesson_text((1, 1, MAX_TERMS)).replace("half squared error", loss).replace("epochs = 6", "epochs = 1")
    head, last = text.rsplit('"sigmoid"', 1)
    text = f'{head}"{activation}"{last}'
    if activation == "softmax":
        text = re.sub(r"targets = .*", f"targets = [1.0{', 0.0' * (MAX_TERMS - 1)}]", text)
    document = compile_document(read_lesson(text, "longest.toml"))  # raises where a formula is too long
    assert document[CHECKS].cells[ChecksLayout.verdict_row, 2].value == "PASS: all checks of 2 runs"


def test_an_engine_computes_the_table_as_it_is_meant(tmp_path: Path) -> None:
    lesson = lesson_of((12, 10, 9))
    run, book = RunLayout(lesson, 0), openpyxl.Workbook()
    assert book.active is not None
    for number, typed in lesson.given(0).items():
        book.active[run.given(number).replace("$", "")] = typed
    for index in (0, 1):
        for column in run.columns:
            row = run.first_row + index
            written = fill_text(excel(column.rule(index), run.here), row)
            book.active.cell(row, run.column_of[column.quantity], f"={written}")
    book.save(tmp_path / "table.xlsx")
    engine = formualizer.load_workbook(str(tmp_path / "table.xlsx"), strategy="eager_all")
    engine.evaluate_all()

    def found(quantity: Quantity, index: int) -> float:
        there = engine.get_value("Sheet", run.first_row + index, run.column_of[quantity])
        assert isinstance(there, float), there
        return there

    for quantity, number in row_of(lesson, columns(recipe_of(lesson))).items():
        if not isinstance(quantity, Given):
            assert found(quantity, 0) == pytest.approx(float(number), rel=1e-12), quantity
    weights = [found(weight, 1) for weight in run.of.naming.weights()]
    updated = loss_of(with_numbers(lesson, weights=weights), {})
    assert found(TotalLoss(), 1) == pytest.approx(updated, rel=1e-12)
    assert updated < found(TotalLoss(), 0)


# ---------------------------------------------------------------------------------------------------- what does not fit


def refused(sizes: tuple[int, ...], weights: str) -> str:
    """Return what is said of a lesson of these sizes with these words in the place of each layer's weights."""
    lines = lesson_text((1, 1)).replace("weights = ", "#").splitlines()
    layers = [f'[[network.layers]]\nunits = {units}\nactivation = "sigmoid"\n{weights}' for units in sizes[1:]]
    data = [f"inputs = [{'0.1,' * sizes[0]}]", f"targets = [{'0.1,' * sizes[-1]}]"]
    start, end = lines.index("[[network.layers]]"), lines.index("[data]")
    lines = [*lines[:start], *layers, "[data]", *data, *lines[end + 3 :]]
    with pytest.raises(InputError) as caught:
        read_lesson("\n".join(lines), "wide.toml")
    return str(caught.value)


@pytest.mark.parametrize("weights", ["", "weights = [[0.5, 0.5]]", "weights = []"])
def test_a_network_that_no_sheet_holds_is_refused_before_its_weights_are_asked_for(weights: str) -> None:
    assert refused((784, 32, 10), weights) == (
        "wide.toml\n  line 4, network.layers: a 784-32-10 network needs 51,790 columns a step (784 inputs, 10 targets, 25,408 "
        "weights, as many gradients, 4 for each of 42 units and 12 for the losses and the epoch); a sheet has 16,384, "
        "of which the loss chart takes 12. Use at most 239 inputs, or at most 9 units in hidden layer 1."
    )


def chain_of(*sizes: int) -> Recipe:
    """Return what a network of these sizes computes, its gradients a chain of short formulas."""
    layers = tuple(Layer(units, "sigmoid") for units in sizes[1:])
    return Recipe(sizes[0], layers, "half squared error", epochs=10, expanded=False)


def test_the_arithmetic_names_every_part_of_a_row() -> None:
    layers = (Layer(32, "tanh", BIAS_A_UNIT, trains_bias=False), Layer(10, "softmax", BIAS_A_LAYER))
    recipe = Recipe(784, layers, "categorical cross-entropy", epochs=3, expanded=False)
    trained = replace(recipe, optimizer="Adam", schedule="cosine", examples=20, held_back=2, batch=5)
    (problem,) = network_problems(replace(trained, input_gradients=True, accuracy=True), "layers")
    assert str(problem) == (
        "layers: a 784-32-10 network needs 128,843 columns a row (784 inputs, 10 targets, 25,408 weights, 33 biases, "
        "4 for gradient, sums and the optimizer of each of 25,409 parameters, 4 for each of 42 units less 10, 12 for "
        "softmax, 784 for the gradients of inputs, 4 for step, example and learning rate and 14 for the losses and the "
        "epoch); a sheet has 16,384, of which the loss chart and the examples take 807. Use at most 89 inputs, or at "
        "most 3 units in layers[0]."
    )
    (problem,) = network_problems(replace(recipe, inputs=2_000, layers=layers[1:]), "layers")
    assert str(problem) == (
        "layers: a 2000-10 network needs 42,066 columns a step (2,000 inputs, 10 targets, 20,000 weights, 1 bias, 1 for "
        "the gradient of each of 20,001 parameters, 4 for each of 10 units less 10, 12 for softmax and 12 for the losses "
        "and the epoch); a sheet has 16,384, of which the loss chart takes 12. Use at most 776 inputs, or at most 3 "
        "units in layers[0]."
    )


def test_the_arithmetic_of_a_frozen_layer_has_no_round_number_of_columns_a_parameter() -> None:
    layers = (Layer(32, "tanh", trains_weights=False), Layer(10, "sigmoid"))
    recipe = Recipe(784, layers, "half squared error", epochs=3, optimizer="momentum", expanded=False)
    assert (recipe.trained_count, recipe.gradient_count) == (320, 25_408)
    (problem,) = network_problems(recipe, "layers")
    assert "25,408 weights, 25,728 for gradients, sums and the optimizer, 4 for each of 42 units and 12 for" in str(
        problem
    )


def test_the_cure_that_is_told_is_the_largest_that_fits() -> None:
    assert table_columns(chain_of(784, 32, 10)) == 784 + 10 + 2 * 25_408 + 4 * 42 + 12
    assert [fits_a_sheet(chain_of(*sizes)) for sizes in ((239, 32, 10), (240, 32, 10))] == [True, False]
    assert [fits_a_sheet(chain_of(*sizes)) for sizes in ((784, 9, 10), (784, 10, 10))] == [True, False]
    assert (
        table_columns(chain_of(239, 32, 10)) <= (MAX_COLUMNS - BESIDE_THE_TABLE) < table_columns(chain_of(240, 32, 10))
    )


def test_a_network_that_no_single_layer_can_mend_is_told_so() -> None:
    assert "Use fewer units in several layers, or fewer layers." in refused((100, 100, 200, 200), "")
    deep = refused((2,) * 3_000, "")
    assert "a 2-2-2-2-2-2-…-2-2-2 network needs" in deep
    assert len(deep) < 1_000


def test_a_network_that_fits_is_asked_for_its_weights() -> None:
    told = refused((239, 32, 10), "")
    assert "hidden layer 1, weights: this is missing" in told
    assert "columns" not in told


def test_too_many_cells_are_told_with_the_arithmetic() -> None:
    recipe = replace(chain_of(64, 32, 10), epochs=10_000)
    (problem,) = cell_problems(6 * [recipe])
    assert str(problem) == (
        "training.epochs: 6 sheets of 10,001 rows and 4,990 columns are 299,429,940 cells; 100,000,000 are allowed, "
        "more than most programs open. Use fewer epochs, learning rates or units."
    )
    most = MAX_CELLS // 4990
    assert not list(cell_problems([replace(recipe, epochs=most - 1)]))
    assert list(cell_problems([replace(recipe, epochs=most)]))


WORKBOOK = (7, 10, 3)  # wide in the middle: 100 weights, a chain of short formulas, sums of products


@pytest.mark.parametrize(
    ("cell", "formula", "seen"),
    [
        ("∂E/∂h3", "{∂E/∂out_h3}*{out_h2}*(1-{out_h3})", "a wrong neighbour"),
        slow("o2", "SUMPRODUCT({w81}:{w89},{out_h1}:{out_h9})", "a sum that is a term too short"),
        slow("w50", "{w50↑}+$D$3*{∂E/∂w50↑}", "a wrong sign of the update"),
        slow("out_h7", "0.5+0*{out_h7↑}", "another number"),
    ],
)
def test_a_fault_in_a_wide_workbook_turns_checks_red_and_is_named(
    tmp_path: Path, cell: str, formula: str, seen: str
) -> None:
    lesson = lesson_of(WORKBOOK)
    path, run = tmp_path / "wide.xlsx", RunLayout(lesson, 1)
    row = run.first_row + 4
    place = {run.of.naming.name(q): column_letters(column) for q, column in run.column_of.items()}
    write_workbook(compile_document(lesson), path)
    text = re.sub(r"{([^}↑]+)(↑?)}", lambda name: f"{place[name[1]]}{row - len(name[2])}", formula)
    set_cell(path, run.name, f"{place[cell]}{row}", f"<f>{text}</f><v>0</v>")
    blind_copy(path, tmp_path / "blind.xlsx")
    (values,) = engine("formualizer").recalculate([BlindCopy.of(tmp_path / "blind.xlsx")])
    assert str(values[CHECKS][ChecksLayout.verdict_row, 2]).startswith("FAIL"), seen
    told = "\n".join(verify(path).lines())
    assert f"'{run.name}'!{place[cell]}{row}: " in told, seen


def test_estimates_of_many_gradients_are_a_sample_that_is_said() -> None:
    lesson = lesson_of(WORKBOOK)
    probed = ChecksLayout(lesson).probed(0)
    numbers = [recipe_of(lesson).naming.weight_number(weight) for weight in probed]
    assert (numbers[0], numbers[-1], len(numbers)) == (1, 100, 12)
    assert numbers == sorted(set(numbers))
    said = [cell.value for cell in compile_document(lesson)[CHECKS].cells.values()]
    assert any("12 of the 100, spread over all" in str(text) for text in said)
    assert len(ChecksLayout(lesson_of((4, 4, 4))).probed(1)) == 32
