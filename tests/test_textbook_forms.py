"""What a textbook writes stands beside what is computed: losses, their conventions, mean gradients, weight decay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.test_summary import ONE_LAYER, RATES, XOR, _lines, _mathematics, _number
from xlbackprop import compile_document, train, verify, write_workbook
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network import LOSSES, Ref, UnitLoss, evaluate
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps.places import STEP_BY_STEP, step_sheets
from xlbackprop.taught import textbook_loss
from xlbackprop.workbook import Document

SQUARED = XOR.replace("binary cross-entropy", "mean squared error")
TWO_SQUARED = SQUARED.replace("units = 1", "units = 2").replace("[[0.7, -1.1]]", "[[0.7, -1.1], [0.2, 0.4]]")
TWO_SQUARED = TWO_SQUARED.replace("[0.05]", "[0.05, 0]").replace("[[0], [1], [1], [0]]", "[[0,1], [1,0], [1,1], [0,0]]")
BINARY = "= −t1·ln(out_o1) − (1 − t1)·ln(1 − out_o1)"
BINARY_ROWS = ["= −t1·ln(out_o1)", "− (1 − t1)·ln(1 − out_o1)"]


def lesson_of(text: str) -> Lesson:
    return read_lesson(text, "a lesson")


def step_lines(document: Document) -> dict[str, tuple[object, object, object]]:
    """Return the last line of each name on `Step by step`: rule, rule with numbers, and number."""
    cells = document[STEP_BY_STEP].cells
    names = {row: str(cell.value) for (row, column), cell in sorted(cells.items()) if column == 1}
    read = (2, 3, 4)
    return {
        name: tuple(cells[row, column].value for column in read)  # type: ignore[misc]
        for row, name in names.items()
        if all((row, column) in cells for column in read)
    }


# ----------------------------------------------------------------------------------------------------------- the loss


@pytest.mark.parametrize("text", [XOR + RATES, ONE_LAYER], ids=["binary", "categorical"])
def test_the_textbooks_form_gives_the_number_that_is_computed(text: str) -> None:
    lesson = lesson_of(text)
    run, trace = lesson.runs[0], train(lesson)
    name = run.naming.name

    def number(ref: Ref) -> np.ndarray:
        column: np.ndarray = trace[name(ref.quantity)][0]
        return column

    for unit in range(run.naming.sizes[-1]):
        textbook = textbook_loss(run.recipe, UnitLoss(unit))
        assert textbook is not None
        np.testing.assert_allclose(evaluate(textbook, number), trace[f"E{unit + 1}"][0], rtol=1e-12, atol=1e-15)


def test_only_a_loss_that_is_computed_otherwise_has_a_textbooks_form() -> None:
    assert {name for name, loss in LOSSES.items() if loss.textbook} == {n for n, of in LOSSES.items() if of.pairs_with}


def test_summary_has_it_above_the_form_that_is_computed() -> None:
    binary, categorical = (compile_document(lesson_of(text))["Summary"] for text in (XOR + RATES, ONE_LAYER))
    assert _mathematics(binary, "E1") == [f"{BINARY} = (o1 if o1 > 0, else 0) − o1·t1 + ln(1 + exp(−|o1|))"]
    assert _mathematics(categorical, "E2") == ["= −t2·ln(out_o2) = t2·ln(sum_exp_o) − t2·(o2 − max_o)"]
    for sheet, inputs in ((binary, "net input:"), (categorical, "net inputs:")):
        assert any(line.startswith("First as a textbook writes it") and inputs in line for line in _lines(sheet))


def test_step_by_step_and_the_notes_have_it_too() -> None:
    document = compile_document(lesson_of(XOR + RATES))
    rule, numbers, number = step_lines(document)["E1"]
    assert rule == BINARY_ROWS[0]
    assert BINARY_ROWS[1] in [cell.value for cell in document[STEP_BY_STEP].cells.values()]
    assert str(numbers).startswith("= −0 × ln(0.")
    assert isinstance(number, float)
    notes = {filled.header: filled.note for filled in document["LR=0.1"].tables[0].columns}
    assert notes["E1"].split("\n")[1:3] == [f"E1 {BINARY}", "= (o1 if o1 > 0, else 0) − o1·t1 + ln(1 + exp(−|o1|))"]


def test_nothing_is_divided_by_a_single_output() -> None:
    document = compile_document(lesson_of(SQUARED + RATES))
    assert _mathematics(document["Summary"], "E1") == ["= (t1 − out_o1)²"]
    assert {*_mathematics(document["Summary"], "1. ∂E1/∂out_o1")} == {"= 2·(out_o1 − t1)"}
    columns = {filled.header: filled for filled in document["LR=0.1"].tables[0].columns}
    assert not any("/1" in "".join(map(str, columns[name].fill or "")) for name in ("E1", "∂E/∂w5", "∂E/∂w1"))
    two = compile_document(lesson_of(TWO_SQUARED + RATES))
    assert _mathematics(two["Summary"], "E1") == ["= (t1 − out_o1)²/2"]


@pytest.mark.parametrize(
    ("text", "convention"),
    [
        (
            XOR + RATES,
            "Convention: binary cross-entropy; E_Total is of one output and of this one example. The loss of all "
            "examples is the mean over 4, and a step uses the mean of its gradients.",
        ),
        (
            XOR + RATES + 'batch = 1\ngradients = "sum"\n',
            "Convention: binary cross-entropy; E_Total is of one output and of this one example. The loss of all "
            "examples is the sum over 4.",
        ),
        (ONE_LAYER, "Convention: categorical cross-entropy; E_Total is the sum over the 3 outputs, for one example."),
        (
            TWO_SQUARED.replace("mean squared", "half squared") + RATES,
            "Convention: half squared error, with the factor ½; E_Total is the sum over the 2 outputs and of this one "
            "example. The loss of all examples is the mean over 4, and a step uses the mean of its gradients.",
        ),
        (
            TWO_SQUARED + RATES,
            "Convention: mean squared error, without a factor ½; E_Total is the mean of the 2 outputs and of this one "
            "example. The loss of all examples is the mean over 4, and a step uses the mean of its gradients.",
        ),
    ],
)
def test_summary_says_by_what_the_loss_is_divided(text: str, convention: str) -> None:
    assert convention in _lines(compile_document(lesson_of(text))["Summary"])


# ------------------------------------------------------------------------------------- the gradient that a step uses


DECAY = "weight_decay = 0.01\n"


def gathered(text: str, parameter: str, examples: int) -> tuple[float, float]:
    """Return the mean of a parameter's gradients in the first step of the first run, and the parameter's value."""
    trace = train(lesson_of(text))
    return float(trace[f"∂E/∂{parameter}"][0, :examples].mean()), float(trace[parameter][0, 0])


@pytest.mark.parametrize(("batch", "examples"), [("", 4), ("batch = 3\n[show]\nexample = 2\n", 3)])
def test_summary_has_the_mean_gradient_and_what_weight_decay_makes_of_it(batch: str, examples: int) -> None:
    text = XOR + RATES + DECAY + batch
    summary = compile_document(lesson_of(text))["Summary"]
    for name in ("w1", "w6", "b1"):
        mean, _ = gathered(text, name, examples)
        assert _number(summary, f"mean ∂E/∂{name}") == pytest.approx(mean, rel=1e-12)
        assert _mathematics(summary, f"mean ∂E/∂{name}") == [f"= Σ∂E/∂{name}/{examples}"]
    assert _mathematics(summary, "with decay") == [f"= mean ∂E/∂{name} + weight decay·{name}" for name in ("w1", "w6")]
    mean, weight = gathered(text, "w6", examples)
    assert _number(summary, "with decay") == pytest.approx(mean + 0.01 * weight, rel=1e-12)


@pytest.mark.parametrize(("chosen", "name"), [(0, "w1"), (5, "w6"), (6, "b1")])
def test_step_by_step_has_them_for_the_chosen_weight_or_bias(chosen: int, name: str) -> None:
    text = XOR + RATES + DECAY
    lesson = lesson_of(text)
    (places,) = step_sheets(lesson)
    lines = step_lines(compile_document(lesson, {places.parameter_choice: float(chosen)}))
    mean, value = gathered(text, name, 4)
    assert lines[f"mean ∂E/∂{name}"][0] == f"= Σ∂E/∂{name}/4"
    assert lines[f"mean ∂E/∂{name}"][2] == pytest.approx(mean, rel=1e-12)
    rule, _, number = lines["with decay"]
    if name.startswith("b"):
        assert (rule, number) == (f"= mean ∂E/∂{name}: a bias does not decay", pytest.approx(mean, rel=1e-12))
    else:
        assert rule == f"= mean ∂E/∂{name} + weight decay·{name}"
        assert number == pytest.approx(mean + 0.01 * value, rel=1e-12)


def test_without_several_examples_or_decay_there_is_no_such_line() -> None:
    assert not {"mean ∂E/∂w1", "with decay"} & {*step_lines(compile_document(lesson_of(ONE_LAYER)))}
    assert not {"mean ∂E/∂w1", "with decay"} & {*_lines(compile_document(lesson_of(ONE_LAYER))["Summary"])}


RUNS = """optimizer = "gradient descent"
[[runs]]
name = "plain"
learning_rate = 0.1
[[runs]]
name = "decays"
learning_rate = 0.1
weight_decay = 0.05
"""


@pytest.mark.parametrize(
    "text",
    [
        XOR + RATES + DECAY,
        XOR + RATES + DECAY + "batch = 1\n",
        XOR + RATES + DECAY + 'batch = 3\ngradients = "sum"\n',
        ONE_LAYER + DECAY,
        XOR + RUNS,
    ],
    ids=["mean", "an example a step", "sum", "one example", "one run of two decays"],
)
@pytest.mark.parametrize(("chosen", "epoch"), [(0, 0), (-1, 0), (0, 3)])
def test_the_new_cells_are_proved(tmp_path: Path, text: str, chosen: int, epoch: int) -> None:
    lesson = lesson_of(text.replace("epochs = 5", "epochs = 3"))
    (places,) = step_sheets(lesson)
    last = len(RunLayout(lesson, 0).recipe.trained) - 1
    edits = {places.parameter_choice: float(last if chosen else 0), places.epoch_choice: float(epoch)}
    if places.run_choice in places.choices:
        edits[places.run_choice] = float(len(lesson.runs) - 1)
    write_workbook(compile_document(lesson, edits), tmp_path / "book.xlsx")
    report = verify(tmp_path / "book.xlsx")
    assert report.recalculates, "\n".join(report.lines())
