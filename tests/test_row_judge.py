"""The row-wise judge: sound numbers pass, however far whole runs part; a wrong one is found where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given

from tests.drawn_lessons import lesson_texts
from tests.formula_run import formula_run, formulas_of, run_columns
from tests.lesson_text import put_into
from tests.lessons import sample_lesson
from tests.mutants.proof_lessons import proof_lessons
from tests.slow import slow_where
from xlbackprop import compile_document, load_lesson, train, write_workbook
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network.activations import ACTIVATIONS, Activation
from xlbackprop.network.expression import Binary, Expression, Ref, children
from xlbackprop.network.layers import Softmax
from xlbackprop.network.optimizers import OPTIMIZERS
from xlbackprop.network.quantities import (
    Epoch,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    InBatch,
    Input,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    State,
    Step,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)
from xlbackprop.network.schedules import SCHEDULES
from xlbackprop.numpy_run.agreement import deviations
from xlbackprop.numpy_run.row_judge import RowJudge
from xlbackprop.numpy_run.trace import Trace
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import blocks
from xlbackprop.xlsx.read import blind_copy

HERE = Path(__file__).parent
PARTING = [  # sound, though their whole runs part from NumPy's, or nearly so
    "a_first_step_as_long_for_a_tiny_gradient",
    "a_saturated_unit_that_is_moved",
    "squares_of_gradients_that_are_hardly_there",
    "three_kinds_of_flowers",
    *(UNLIKE := ["inputs_that_were_not_scaled"]),  # here the sheet Checks tells the two slopes apart, and says FAIL
]
REGRESSIONS = sorted(path.stem for path in HERE.glob("regression_lessons/*.toml"))
REFUSED = {"a_name_of_sixteen_emoji", "estimate_where_the_output_overflows"}
SAMPLES = sorted(path.stem for path in HERE.glob("sample_lessons/*.toml"))
PROOF = ("plain", "by itself", "optimizers", "layers", "wide", "broad", "textbooks", "outcomes", "shares", "overflow")

VARIED = """\
title = "Varied"
[network]
loss = "mean squared error"
[[network.layers]]
units = 2
activation = "tanh"
weights = [[0.4, -0.7], [-0.5, 0.9]]
bias = "layer"
biases = [0.2]
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.3, 0.8], [-0.6, 0.1]]
biases = [0.1, -0.3]
train_biases = false
[[network.layers]]
units = 2
activation = "identity"
weights = [[0.6, 0.2], [-0.4, 0.5]]
bias = "none"
[data]
inputs = [[0.5, -0.8], [-0.3, 0.9], [0.7, 0.4], [0.2, 0.1], [-0.9, 0.3], [0.6, -0.2], [0.8, 0.8]]
targets = [[0.1, 1.2], [1, 0], [0.3, 0.6], [1, 0], [0, 0], [1, 1], [0, 0.5]]
held_back = 2
"""


def _varied() -> Iterator[tuple[str, Lesson]]:
    """Yield a lesson for each optimizer, with schedules, batches, means and sums, and weight decay in turn."""
    schedules = {"constant": "", "step": "drop_at = [1, 3]\ndrop_factor = 0.5", "cosine": "lowest_rate = 0.01"}
    schedules |= {"exponential": "decay_rate = 0.2", "1/t": "decay_rate = 0.5"}
    assert schedules.keys() == SCHEDULES.keys()
    for number, name in enumerate(OPTIMIZERS):
        schedule, batch = [*schedules][number % len(schedules)], [1, 2, 3, 5][number % 4]
        gathered = ["sum", "mean"][number // 2 % 2]
        lines = ["[training]", f'optimizer = "{name}"', f'schedule = "{schedule}"', schedules[schedule]]
        lines += [f"batch = {batch}", f'gradients = "{gathered}"', f"weight_decay = {number % 2 * 0.05}"]
        lines += [f"weight_decay_in_loss = {str(number % 4 == 3).lower()}", f"gradient_clip = {number % 3 * 0.02}"]
        lines += ['frozen = ["w2", "w7", "b1"]'] * (number % 3 == 1)
        lines += ["epochs = 4", "learning_rates = [0.05, 0.2]"]
        backward = ["", 'backward = "chain"\ninput_gradients = true\n'][number % 2]
        text = VARIED.replace("[[network.layers]]", f"{backward}[[network.layers]]", 1)
        yield f"{name}, {schedule}, {batch} a step, {gathered}", read_lesson(text + "\n".join(lines), "varied")


@cache
def lessons_by_name() -> Mapping[str, Callable[[], Lesson]]:
    table: dict[str, Callable[[], Lesson]] = {name: lambda name=name: load_lesson(name) for name in built_in_lessons()}
    table |= {name: lambda name=name: sample_lesson(name) for name in SAMPLES}
    table |= {name: lambda name=name: proof_lessons()[name] for name in PROOF}
    table |= {name: lambda name=name: kept_lesson("regression_lessons", name) for name in REGRESSIONS}
    table |= {name: lambda name=name: kept_lesson("parting_lessons", name) for name in UNLIKE}
    return table | {name: lambda lesson=lesson: lesson for name, lesson in _varied()}


def kept_lesson(folder: str, name: str) -> Lesson:
    """Return a lesson of a folder of the tests, whose text may keep the file beside it."""
    return lesson_of((HERE / folder / f"{name}.toml").read_bytes().decode())


def lesson_of(text: str) -> Lesson:
    with TemporaryDirectory() as room:
        return load_lesson(put_into(Path(room), text))


def judged(lesson: Lesson, run: int, found: np.ndarray) -> np.ndarray:
    """Return how far each number of a whole run is from what the judge expects, in units of what is allowed."""
    return deviations(expected(lesson, run, found), found)


def expected(lesson: Lesson, run: int, found: np.ndarray, size: int | None = None) -> np.ndarray:
    """Return what the judge expects of a whole run, looked at in blocks of `size` rows."""
    judge, edges = RowJudge(lesson, run), blocks(*found.shape)
    if size is not None:
        edges = ((start, min(start + size, len(found))) for start in range(0, len(found), size))
    told = [judge.expected(start, found[start:stop], found[start - 1] if start else None) for start, stop in edges]
    return np.concatenate(told)


def numbers_of(trace: Trace, run: int) -> np.ndarray:
    return trace.rows(run, 0, trace.lesson.rows).copy()


every_lesson = pytest.mark.parametrize("name", sorted({*lessons_by_name()} - REFUSED))
some_lessons = pytest.mark.parametrize(
    "name",
    [*PROOF, *SAMPLES, *(name for name, _ in _varied()), "walkthrough", "squares_that_overflow", *PARTING],
)


# --------------------------------------------------------------------------------------------------- sound numbers


@every_lesson
def test_numpys_own_runs_are_what_the_judge_expects(name: str) -> None:
    lesson = lessons_by_name()[name]()
    trace = train(lesson)
    for run in range(len(lesson.runs)):
        assert judged(lesson, run, numbers_of(trace, run)).max() < 1e-3  # 1e-15 + 1e-12·|expected|


@some_lessons
def test_what_the_formulas_give_is_what_the_judge_expects(name: str) -> None:
    lesson = lessons_by_name()[name]()
    for run in range(len(lesson.runs)):
        assert judged(lesson, run, formula_run(lesson, run)).max() < 1e-3


@given(text=lesson_texts())
def test_so_it_is_for_any_lesson(text: str) -> None:
    try:
        lesson = lesson_of(text)
    except InputError:
        return
    for run in range(len(lesson.runs)):
        assert judged(lesson, run, formula_run(lesson, run)).max() < 1


@some_lessons
def test_a_run_is_judged_alike_in_blocks_of_any_size(name: str) -> None:
    lesson = lessons_by_name()[name]()
    found = numbers_of(train(lesson), len(lesson.runs) - 1)
    whole = expected(lesson, len(lesson.runs) - 1, found)
    for size in (1, 3):
        assert deviations(whole, expected(lesson, len(lesson.runs) - 1, found, size)).max() < 1e-3


@pytest.mark.parametrize("name", slow_where(PARTING, {"three_kinds_of_flowers"}))
def test_a_program_whose_whole_run_parts_from_numpys_is_right_row_by_row(tmp_path: Path, name: str) -> None:
    lesson = lessons_by_name()[name]()
    trace = train(lesson)
    found = _by_formualizer(lesson, trace, tmp_path)
    runs = range(len(lesson.runs))
    assert max(deviations(numbers_of(trace, run), found[run]).max() for run in runs) > 0.5  # nearly, or far too much
    assert max(judged(lesson, run, found[run]).max() for run in runs) < 1e-3


def _by_formualizer(lesson: Lesson, trace: Trace, folder: Path) -> list[np.ndarray]:
    """Return the numbers of all runs as an engine calculates them."""
    write_workbook(compile_document(lesson, trace=trace), folder / "lesson.xlsx")
    blind_copy(folder / "lesson.xlsx", folder / "blind.xlsx", {})
    (values,) = engine("formualizer").recalculate([BlindCopy.of(folder / "blind.xlsx")])
    tables = []
    for run in range(len(lesson.runs)):
        layout = RunLayout(lesson, run)
        cells = values[layout.name]
        numbers = [
            [cells.get((layout.first_row + row, column)) for column in layout.column_of.values()]
            for row in range(lesson.rows)
        ]
        tables.append(np.array([[x if isinstance(x, float) else np.nan for x in row] for row in numbers]))
    return tables


# ---------------------------------------------------------------------------------------- what each number follows from

_OF_THE_LESSON = (Epoch, Step, ExampleNumber, InBatch, LearningRate, Input, Target)
_JOINT = (Highest, Exponential, ExponentialSum)


@some_lessons
def test_the_judge_reads_the_cells_that_the_formulas_read(name: str) -> None:
    """Of numbers that are all wrong, each by a bit of its own, it expects what the formulas make of them.

    Counters, inputs and targets it knows from the lesson; what softmax computes between net inputs and outputs it takes
    as one step.
    """
    lesson = lessons_by_name()[name]()
    for run in range(len(lesson.runs)):
        found = _disturbed(lesson, run, formula_run(lesson, run))
        told, wanted = expected(lesson, run, found), formulas_of(lesson, run, found)
        follows = [not isinstance(column.quantity, _OF_THE_LESSON) for column in run_columns(lesson, run)]
        apart = deviations(wanted, told)[:, follows]
        assert apart.max() < 1, [column.quantity for column in run_columns(lesson, run)][int(apart.max(0).argmax())]


def _disturbed(lesson: Lesson, run: int, found: np.ndarray) -> np.ndarray:
    """Return numbers of which each is changed by up to a tenth, and some are errors; counters stay."""
    draw = np.random.default_rng(7)
    quantities = [column.quantity for column in run_columns(lesson, run)]
    stay = [isinstance(of, (Epoch, Step, ExampleNumber, InBatch)) for of in quantities]
    changed = found * draw.uniform(0.9, 1.1, found.shape) + draw.uniform(0, 1e-3, found.shape)
    changed[draw.random(found.shape) < 0.002] = np.nan
    changed = np.where(stay, found, changed)
    for kind in _JOINT:
        joint = [isinstance(of, kind) for of in quantities]
        changed = np.where(joint, formulas_of(lesson, run, changed), changed)
    return changed


# ------------------------------------------------------------------------------------------------------ planted faults


@pytest.mark.parametrize("name", [*PROOF[:-1], *SAMPLES, *(name for name, _ in _varied())])
def test_one_wrong_number_is_found_with_no_cell_but_those_that_read_it(name: str) -> None:
    lesson = lessons_by_name()[name]()
    run = len(lesson.runs) - 1
    found, row = formula_run(lesson, run), lesson.rows // 2
    table = run_columns(lesson, run)
    for index, column in enumerate(table):
        wrong = found.copy()
        wrong[row, index] += 0.125
        apart = judged(lesson, run, wrong) > 1
        assert apart[row, index], column.quantity
        named = {(int(line) - row, table[int(place)].quantity) for line, place in np.argwhere(apart)}
        readers = {*_readers(lesson, run, column.quantity)}
        assert named <= {(0, column.quantity), *readers}, (column.quantity, named - readers)
        assert column.quantity not in lesson.runs[run].recipe.trained or (1, column.quantity) in named


def _readers(lesson: Lesson, run: int, of: Quantity) -> Iterator[tuple[int, Quantity]]:
    """Yield where the cells stand that refer to a quantity: (rows below, quantity); through softmax as one step."""
    for column in run_columns(lesson, run):
        for back in {ref.back for rule in (column.formula, column.first) for ref in _refs(rule) if ref.quantity == of}:
            yield back, column.quantity
            if isinstance(column.quantity, _JOINT):
                yield from _readers(lesson, run, column.quantity)


def _refs(rule: Expression | None) -> Iterator[Ref]:
    if isinstance(rule, Ref):
        yield rule
    elif rule is not None:
        for part in children(rule):
            yield from _refs(part)


def _replaced(rule: Expression, old: Ref, new: Expression) -> Expression:
    """Return a sum or product with another part; the rules below are nothing else."""
    if rule == old:
        return new
    if isinstance(rule, Binary):
        return Binary(rule.operator, _replaced(rule.left, old, new), _replaced(rule.right, old, new))
    return rule


def _wrong_columns() -> Iterator[tuple[str, str, Quantity, Callable[[Mapping[Quantity, Expression]], Expression]]]:
    """Yield slips that were made by hand: what is wrong, in which lesson and column, and the wrong rule."""
    w1, w5, rate = Weight(1, 0, 0), Weight(2, 0, 0), Ref(Given(LearningRate()))
    above = Ref(w1, back=1), Ref(Gradient(w1), back=1)
    yield "the sign of the update", "walkthrough", w1, lambda _: above[0] + rate * above[1]
    neighbour = Ref(Gradient(Weight(1, 0, 1)), back=1)
    yield "the gradient of the neighbour", "walkthrough", w1, lambda _: above[0] - rate * neighbour
    updated = Ref(w5) - rate * Ref(Gradient(w5))
    hidden = Gradient(w1)
    yield "weights that are updated", "walkthrough", hidden, lambda rules: _replaced(rules[hidden], Ref(w5), updated)
    slope, other = Output(1, 1), Ref(Output(1, 0))
    of_w3 = Gradient(Weight(1, 1, 0))
    yield "another unit's slope", "walkthrough", of_w3, lambda rules: _replaced(rules[of_w3], Ref(slope), other)
    net = NetInput(1, 0)
    without = Ref(Weight(1, 0, 0)) * Ref(Input(0)) + Ref(Weight(1, 0, 1)) * Ref(Input(1))
    yield "a forgotten bias", "two-biases", net, lambda _: without
    total = TotalLoss()
    yield "a forgotten output", "two-biases", total, lambda _: Ref(UnitLoss(0))
    state = State("v", w1)
    yield "a number that is not kept", "adam_in_mini_batches", state, lambda _: Ref(Gradient(state.of), back=1) * 0.001


@pytest.mark.parametrize(("what", "name", "of", "slip"), [*_wrong_columns()])
def test_a_column_with_a_wrong_rule_is_found_and_what_follows_from_it_is_not(
    what: str, name: str, of: Quantity, slip: Callable[[Mapping[Quantity, Expression]], Expression]
) -> None:
    lesson = lessons_by_name()[name]()
    table = run_columns(lesson, 0)
    assert of in {column.quantity for column in table}
    wrong = {of: slip({column.quantity: column.formula for column in table})}
    apart = judged(lesson, 0, formula_run(lesson, 0, wrong)) > 1
    assert {table[place].quantity for place in np.flatnonzero(apart.any(axis=0))} == {of}, what
    assert apart.sum() > 0.9 * (lesson.rows - 1) or isinstance(of, State)


# ------------------------------------------------------------------------------------------------------------ slopes


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_slope_from_an_output_is_that_from_its_net_input(activation: Activation) -> None:
    net = np.concatenate([np.linspace(-30, 30, 601), [-1e-9, 1e-9]])
    out, slope = activation.compute(net)
    largest = 1.7159 if activation.name == "scaled tanh" else 1.0  # near which an output is rounded so much more
    assert activation.compute_slope_at(out, net) == pytest.approx(slope, rel=1e-15, abs=3e-16 * largest)
    with np.errstate(invalid="ignore"):
        of_error = activation.compute_slope_at(np.array(np.nan), np.array(np.nan))
    assert np.isnan(of_error) == (activation.name != "identity")


def test_softmax_has_no_slope_of_a_unit() -> None:
    assert Softmax.name not in ACTIVATIONS
