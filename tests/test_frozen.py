"""Frozen weights: single ones by name, those of a whole layer by a key of it; they keep their starting values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.slow import slow, slow_where
from tests.tampering import set_cell
from tests.test_checks import Recalculated
from tests.test_summary import _lines
from xlbackprop import compile_document, train, verify, write_workbook
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson.training_section import MAX_FROZEN
from xlbackprop.network import OPTIMIZERS, Gradient, Parameter, Recipe, State, Weight
from xlbackprop.numpy_run.row_judge import RowJudge
from xlbackprop.numpy_run.training import Learner
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.steps.places import step_sheets
from xlbackprop.taught import Column, run_columns, updates
from xlbackprop.workbook import Document, Role, Table, address

LESSON = """\
title = "Frozen"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.3, 0.5], [-0.2, 0.7]]
biases = [0.1, 0.2]
[[network.layers]]
units = 2
activation = "tanh"
weights = [[0.1, -0.6], [0.3, -0.9]]
bias = "layer"
biases = [0.3]
[names]
w3 = "w21"
[data]
inputs = [0.5, 1]
targets = [0.1, 0.9]
[training]
frozen = ["w21", "w4", "b1", "w7"]
learning_rates = [0.5, 2]
epochs = 4
"""
FROZEN, LAST = 'frozen = ["w21", "w4", "b1", "w7"]\n', "[0.3]\n"
SEVERAL = LESSON.replace("[0.5, 1]\n", "[[0.5, 1], [-1, 0.3], [0.2, 0.8]]\n").replace(
    "[0.1, 0.9]\n", "[[0.1, 0.9], [0.8, 0.2], [0.3, 0.4]]\n"
)
PENALTY = "weight_decay = 0.1\nweight_decay_in_loss = true\n"
ALL_WEIGHTS = LESSON.replace("units = 2\n", "units = 2\ntrain_weights = false\n").replace(FROZEN, 'frozen = ["b1"]\n')
RUNS = """\
[[runs]]
name = "frozen"
[[runs]]
name = "all"
frozen = []
[[runs]]
name = "others"
frozen = ["w1"]
"""
LESSONS = {
    "one example": LESSON,
    "by chain": LESSON.replace("[network]\n", '[network]\nbackward = "chain"\ninput_gradients = true\n'),
    "sums": SEVERAL + 'optimizer = "momentum"\nweight_decay = 0.1\ngradient_clip = 0.05\n',
    "an example a step": SEVERAL + 'batch = 1\noptimizer = "Adam"\nweight_decay = 0.1\n',
    "penalty": SEVERAL + f'gradients = "sum"\n{PENALTY}',
    "a layer": LESSON.replace("units = 2\n", "units = 2\ntrain_weights = false\n", 1).replace(FROZEN, ""),
    "biases alone": ALL_WEIGHTS + 'optimizer = "RMSProp"\n',
    "the shared bias alone": ALL_WEIGHTS.replace('["b1"]', '["b1", "b2"]') + PENALTY,
    "runs": LESSON.replace("learning_rates = [0.5, 2]", "learning_rate = 0.5") + RUNS,
    "no frozen biases, one left out": LESSON.replace("biases = [0.1, 0.2]\n", "biases = [0.1, 0.2]\ntrain_biases = false\n"),
}  # fmt: skip


def lesson_of(text: str) -> Lesson:
    return read_lesson(text, "a lesson")


def still(recipe: Recipe) -> list[Parameter]:
    return [of for of in recipe.naming.parameters() if not recipe.is_trained(of)]


def names(recipe: Recipe, of: list[Parameter]) -> list[str]:
    return [recipe.naming.name(each) for each in of]


# ------------------------------------------------------------------------------------------------------------- reading


def test_our_names_and_those_of_the_textbook_freeze() -> None:
    recipe = lesson_of(LESSON).runs[0].recipe
    assert names(recipe, still(recipe)) == ["w3", "w4", "w7", "b1"]
    swapped = lesson_of(LESSON.replace('w3 = "w21"', 'w3 = "w4"\nw4 = "w21"').replace(FROZEN, 'frozen = ["w4"]\n'))
    assert names(recipe, still(swapped.runs[0].recipe)) == ["w3"]  # the book's w4


def test_a_run_may_have_others_or_none() -> None:
    runs = lesson_of(LESSONS["runs"]).runs
    assert [names(run.recipe, still(run.recipe)) for run in runs] == [["w3", "w4", "w7", "b1"], [], ["w1"]]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (FROZEN, 'frozen = ["w1", "w33"]\n', 'training.frozen, text 2: no weight and no bias has the name "w33". Weights and biases are w1 … b3.'),
        (FROZEN, 'frozen = ["h1"]\n', 'training.frozen, text 1: no weight and no bias has the name "h1". Known here: w1, '),
        (FROZEN, 'frozen = "w3"\n', 'training.frozen: a list of texts is needed. Write frozen = ["w3"].'),
        (FROZEN, 'freeze = ["w3"]\n', 'training.freeze: there is no such key. Did you mean "frozen"?'),
        (FROZEN, "trainable = false\n", 'training.trainable: there is no such key. Did you mean "train_weights"? It stands in [[network.layers]], frozen in [training].'),
        ("units = 2\n", "units = 2\nrequires_grad = false\n", 'requires_grad: there is no such key. Did you mean "train_weights"?'),
        ("units = 2\n", "units = 2\ntrain_weights = 0\n", "train_weights: true or false is needed"),
        (FROZEN, f"frozen = {[f'w{1 + n % 8}' for n in range(17)]}\n".replace("'", '"'), "training.frozen: there are 17 names; 16 are allowed. A whole layer is frozen by train_weights = false in it."),
        (FROZEN, f"frozen = {[*[f'w{n}' for n in range(1, 9)], 'b1', 'b2', 'b3']}\n".replace("'", '"'), "training.frozen: no weight and no bias is trained; a run changes at least one."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_once_a_place(old: str, new: str, told: str) -> None:
    with pytest.raises(InputError) as refusal:
        lesson_of(LESSON.replace(old, new))
    text = str(refusal.value)
    assert told in text
    assert text.count("training.frozen") == told.count("training.frozen")


def test_layers_that_train_nothing_are_refused() -> None:
    text = LESSON.replace("units = 2\n", "units = 2\ntrain_weights = false\n").replace(FROZEN, "")
    text = text.replace("[0.1, 0.2]\n", "[0.1, 0.2]\ntrain_biases = false\n")
    assert lesson_of(text).runs[0].recipe.trained_count == 1
    with pytest.raises(InputError, match="hidden layer 1, train_weights: no weight and no bias is trained"):
        lesson_of(text.replace(LAST, "[0.3]\ntrain_biases = false\n"))


# ------------------------------------------------------------------------------------------------- what a run's table has


@pytest.mark.parametrize("name", LESSONS)
def test_a_frozen_weight_keeps_its_value_and_its_gradient_and_nothing_is_kept_for_it(name: str) -> None:
    lesson = lesson_of(LESSONS[name])
    trace = train(lesson)
    for index, run in enumerate(lesson.runs):
        start, places = dict(zip(run.naming.parameters(), run.parameters, strict=True)), trace.places(index)
        for parameter, value in start.items():
            moves = np.any(trace.column(index, parameter)[:] != value)
            assert moves == run.recipe.is_trained(parameter) or trace.number(Gradient(parameter), index, 0) == 0
            assert (Gradient(parameter) in places) == run.recipe.has_gradient(parameter)
            for letter in OPTIMIZERS[run.recipe.optimizer].keeps:
                assert (State(letter, parameter) in places) == run.recipe.is_trained(parameter)
        assert run.recipe.trained_count == len(run.recipe.trained)


@pytest.mark.parametrize("name", ["one example", "by chain", "a layer"])
def test_the_others_take_the_step_that_they_take_without_it(name: str) -> None:
    frozen = lesson_of(LESSONS[name])
    free = lesson_of(LESSONS[name].replace(FROZEN, "").replace("train_weights = false\n", ""))
    for parameter in frozen.runs[0].recipe.trained:
        one, other = (train(lesson).column(0, parameter)[:] for lesson in (frozen, free))
        assert one[1] == other[1] != one[0]  # one step of plain gradient descent
    assert any(train(frozen).number(of, 0, 2) != train(free).number(of, 0, 2) for of in frozen.runs[0].recipe.trained)


# --------------------------------------------------------------------------------------------------------------- sheets


def test_the_sheets_say_that_no_update_uses_its_gradient() -> None:
    document = compile_document(lesson_of(LESSON))
    lines = _lines(document["Summary"])
    told = "Frozen are w3, w4, w7, b1: they keep their starting values, and no update uses their ∂E/∂w."
    assert told in lines
    notes = {filled.header: filled.note for filled in document["LR=0.5"].tables[0].columns}
    assert notes["w3"].startswith("w3 (w21): the weight from i1 to h2, not trained.")
    assert "no update uses it, as w3 is not trained." in notes["∂E/∂w3"]
    assert "no update" not in notes["∂E/∂w1"]
    steps = LESSON.replace('"sigmoid"', '"step"').replace('"tanh"', '"step"')
    notes = {filled.header: filled.note for filled in compile_document(lesson_of(steps))["LR=0.5"].tables[0].columns}
    assert "the rule of learning takes for ∂E_Total/∂w3; no update uses it, as w3 is not trained." in notes["∂E/∂w3"]
    one = compile_document(lesson_of(LESSON.replace(FROZEN, 'frozen = ["b2"]\n')))
    assert "b2 is frozen: it keeps its starting value, and no update uses its ∂E/∂b2." in _lines(one["Summary"])


def test_the_size_of_the_gradient_leaves_it_out() -> None:
    lesson = lesson_of(LESSON)
    trace, recipe = train(lesson), lesson.runs[0].recipe
    squares = sum(trace.number(Gradient(of), 0, 2) ** 2 for of in recipe.trained)
    assert size_column(compile_document(lesson)).columns[0].values[:][2] == pytest.approx(squares**0.5, rel=1e-14)


def test_the_check_of_that_size_has_room_for_as_many_names_as_may_be_frozen(tmp_path: Path) -> None:
    weights = [[round(0.1 * ((unit + source) % 5), 1) for source in range(6)] for unit in range(6)]
    text = f"""\
title = "Many groups"
[network]
loss = "half squared error"
[[network.layers]]
units = 6
activation = "tanh"
weights = {weights}
[data]
inputs = {[[0.1] * 6, [0.2] * 6, [0.3] * 6]}
targets = {[[0.5] * 6] * 3}
[training]
batch = 1
epochs = 40
frozen = {[f"w{2 * number + 1}" for number in range(MAX_FROZEN)]}
[[runs]]
name = "A run with a name of 31 letters"
learning_rate = 0.1
"""
    document = compile_document(lesson_of(text.replace("'", '"')))  # raises where a formula is too long
    write_workbook(document, tmp_path / "lesson.xlsx")
    assert verify(tmp_path / "lesson.xlsx").equal


def size_column(document: Document) -> Table:
    """Return the table of the sizes of the gradient."""
    return next(table for table in document["Loss curves"].tables if table.columns[0].style.role is Role.GRADIENT)


@pytest.mark.parametrize("of", ["nothing", "the frozen weight", "the size of the gradient"])
def test_the_live_checks_see_what_moves(tmp_path: Path, of: str) -> None:
    lesson = lesson_of(LESSON)
    document = compile_document(lesson)
    write_workbook(document, tmp_path / "lesson.xlsx")
    opened = Recalculated(tmp_path / "lesson.xlsx", lesson)
    sizes, (table,) = size_column(document), document["LR=0.5"].tables
    if of == "the frozen weight":
        column = table.first_column + [filled.header for filled in table.columns].index("w3")
        opened.plant("LR=0.5", table.first_row + 2, column, -0.2000001)
    elif of == "the size of the gradient":
        place = sizes.first_row, sizes.first_column
        opened.plant("Loss curves", *place, sizes.columns[0].values[:][0] * 1.0000001)
    opened.workbook.evaluate_all()
    assert opened.verdict().startswith("PASS" if of == "nothing" else "FAIL")


# --------------------------------------------------------------------------------------------------------------- proofs


@pytest.mark.parametrize("name", slow_where(LESSONS, {"runs"}))
def test_the_workbook_is_proved_as_made_and_after_an_edit(tmp_path: Path, name: str) -> None:
    _proved(tmp_path / "lesson.xlsx", LESSONS[name], "formualizer")


@pytest.mark.parametrize("name", [slow(name, engine="libreoffice") for name in LESSONS])
def test_libreoffice_proves_it_too(tmp_path: Path, name: str) -> None:
    _proved(tmp_path / "lesson.xlsx", LESSONS[name], "libreoffice")


def _proved(path: Path, text: str, engine: str) -> None:
    lesson = lesson_of(text)
    views = {layout.parameter_choice: len(layout.recipe.trained) - 1.0 for layout in step_sheets(lesson)}
    known = {name for layout in step_sheets(lesson) for name in layout.choices}
    for chosen in ({name: value for name, value in views.items() if name in known}, {}):
        document = compile_document(lesson, chosen)
        assert str(document[CHECKS].cells[ChecksLayout.verdict_row, 2].value).startswith("PASS: all checks of ")
        write_workbook(document, path)
        report = verify(path, engine)
        assert report.recalculates, "\n".join(report.lines())
    cells = ((sheet.name, address(*at), cell) for sheet in document.sheets for at, cell in sheet.cells.items())
    for sheet, at, cell in cells:
        if str(cell.changeable).partition(" ")[0] in ("w1", "w3"):
            set_cell(path, sheet, at, "<v>0.45</v>")
    report = verify(path, engine)
    assert report.recalculates, "\n".join(report.lines())
    assert any(note.startswith("Edited since it was made: w1") for note in report.notes)


# -------------------------------------------------------------------------------------------------------- planted faults


@pytest.fixture
def own_columns() -> object:
    run_columns.columns.cache_clear()
    yield
    run_columns.columns.cache_clear()


@pytest.mark.usefixtures("own_columns")
@pytest.mark.parametrize("name", ["one example", "by chain", "a layer"])
def test_formulas_that_move_a_frozen_weight_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def moves(recipe: Recipe, parameter: Parameter) -> Column:
        column = updates.parameter_column(recipe, parameter)
        if recipe.is_trained(parameter) or parameter != Weight(1, 1, 0):
            return column
        monkeypatch.setattr(Recipe, "is_trained", lambda *_: True)
        moved = updates.parameter_column(recipe, parameter)
        monkeypatch.undo()
        monkeypatch.setattr(run_columns, "parameter_column", moves)
        return moved

    monkeypatch.setattr(run_columns, "parameter_column", moves)
    assert not _is_proved(tmp_path, LESSONS[name])
    monkeypatch.undo()
    run_columns.columns.cache_clear()
    assert _is_proved(tmp_path, LESSONS[name])


@pytest.mark.parametrize("name", ["one example", "an example a step", "a layer"])
def test_numbers_that_move_a_frozen_weight_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    stepped = Learner._stepped

    def moves(learner: Learner, network: object) -> np.ndarray:
        learner._frozen = None
        return stepped(learner, network)  # type: ignore[arg-type]

    monkeypatch.setattr(Learner, "_stepped", moves)
    with pytest.raises(ValueError, match="fetches one cell, but its values differ"):  # nothing is written
        _is_proved(tmp_path, LESSONS[name])


def _is_proved(folder: Path, text: str) -> bool:
    write_workbook(compile_document(lesson_of(text)), folder / "lesson.xlsx")
    report = verify(folder / "lesson.xlsx")
    return report.recalculates


def test_the_judge_of_rows_tells_a_frozen_weight_that_moved() -> None:
    lesson = lesson_of(LESSONS["an example a step"])
    found = train(lesson).rows(0, 0, lesson.rows).copy()
    place = train(lesson).places(0)[Weight(1, 1, 0)]
    assert (RowJudge(lesson, 0).expected(0, found)[:, place] == -0.2).all()
    found[3:, place] = -0.25
    assert (RowJudge(lesson, 0).expected(0, found)[:, place] == -0.2).all()


def test_a_frozen_cell_that_is_typed_over_is_found(tmp_path: Path) -> None:
    path, lesson = tmp_path / "lesson.xlsx", lesson_of(LESSON)
    document = compile_document(lesson)
    write_workbook(document, path)
    (table,) = document["LR=0.5"].tables
    column = table.first_column + [filled.header for filled in table.columns].index("w3")
    there = address(table.first_row + 2, column)
    set_cell(path, "LR=0.5", there, "<v>-0.2</v>")
    report = verify(path)
    assert not report.equal
    assert any(f"'LR=0.5'!{there}: constant typed over a formula" in line for line in report.lines())
