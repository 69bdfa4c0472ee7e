"""A trace of numbers that some program found, and how far they agree with NumPy's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.formula_run import formula_run
from tests.lessons import sample_lesson
from tests.mutants.proof_lessons import proof_lessons
from xlbackprop import compile_document, load_lesson, train
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.quantities import Epoch, Gradient, Quantity, TotalLoss, Weight
from xlbackprop.numpy_run import trace as room
from xlbackprop.numpy_run.agreement import RELATIVE, agreement_of, deviations
from xlbackprop.numpy_run.trace import Trace
from xlbackprop.sheets.runs.places import RunLayout

W1 = Weight(1, 0, 0)


def changed(trace: Trace, run: int, quantity: Quantity, row: int, by: float) -> Trace:
    """Return the trace with one number of a run changed, as if some program had found it."""

    def found(index: int, start: int, stop: int) -> np.ndarray:
        block = trace.rows(index, start, stop).copy()
        if index == run and start <= row < stop:
            block[row - start, trace.places(run)[quantity]] += by
        return block

    return trace.with_numbers(found)


# ------------------------------------------------------------------------------------------------- a trace of numbers


@pytest.mark.parametrize("in_memory", [0, room.IN_MEMORY])
def test_a_trace_can_have_the_numbers_that_were_found(in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "IN_MEMORY", in_memory)
    lesson = load_lesson(epochs=1_500, learning_rates=[0.5, 2.0])
    trained = train(lesson)
    whole = [trained.rows(run, 0, lesson.rows) * 2.0 for run in range(2)]
    asked = []

    def found(run: int, start: int, stop: int) -> np.ndarray:
        asked.append((run, start, stop))
        return whole[run][start:stop]

    trace = trained.with_numbers(found)
    columns = len(trained.places(0))
    assert asked == [(run, *edges) for run in range(2) for edges in room.blocks(lesson.rows, columns)]
    assert len(asked) > 2
    for run in range(2):
        assert trace.rows(run, 0, lesson.rows).tolist() == whole[run].tolist()
        assert trace.spread(run, TotalLoss()).highest == 2.0 * trained.spread(run, TotalLoss()).highest
        assert trained.rows(run, 0, 3).tolist() == (whole[run][:3] / 2.0).tolist()
    assert trace["w1"].tolist() == (trained["w1"] * 2.0).tolist()


def test_an_error_that_was_found_is_where_the_run_diverges() -> None:
    trained = train(load_lesson(epochs=5, learning_rates=[0.5, 2.0]))
    for number in (np.nan, np.inf):
        trace = changed(trained, 1, TotalLoss(), 3, number)
        assert (trace.diverged_at(0), trace.diverged_at(1)) == (None, 3)
        assert trace.spread(1, TotalLoss()).errors == 1
    assert trained.diverged_at(1) is None


def test_where_rounding_decides_is_told_of_numpys_own_run() -> None:
    trained = train(load_lesson("xor"))
    found = trained.with_numbers(lambda run, start, stop: 0.0 * trained.rows(run, start, stop))
    runs = range(len(trained.lesson.runs))
    assert [found.digits_meant(run) for run in runs] == [trained.digits_meant(run) for run in runs]


def test_a_document_is_made_of_the_numbers_that_were_found() -> None:
    lesson = load_lesson(epochs=5, learning_rates=[0.5, 2.0])
    trained = train(lesson)
    found = changed(trained, 1, TotalLoss(), 5, 0.0625)
    loss = found.number(TotalLoss(), 1, 5)
    document = compile_document(lesson, trace=found)
    layout = RunLayout(lesson, 1)
    (table,) = document[layout.name].tables
    assert table.columns[layout.column_of[TotalLoss()] - 1].values[5:6].tolist() == [loss]
    assert loss in [cell.value for cell in document["Summary"].cells.values()]
    assert loss not in [cell.value for cell in compile_document(lesson, trace=trained)["Summary"].cells.values()]


# ---------------------------------------------------------------------------------------------------------- agreement


@pytest.mark.parametrize(
    ("lesson", "row", "epoch"),
    [
        (lambda: load_lesson(epochs=2_000, learning_rates=[0.5]), 1_400, 1_400),
        (lambda: sample_lesson("adam_in_mini_batches"), 7, None),
        (lambda: sample_lesson("softmax_in_mini_batches"), 9, None),
        (lambda: load_lesson("xor"), 6, 1),
        (lambda: proof_lessons()["layers"], -1, 3),  # an example that is held back, in the last epoch
    ],
)
def test_it_is_told_how_far_and_from_where_the_numbers_part(
    lesson: Callable[[], Lesson], row: int, epoch: int | None
) -> None:
    trained = train(lesson())
    row %= trained.lesson.rows
    same = agreement_of(trained, trained, 0)
    assert (same.largest, same.row, same.loss, same.parts_at) == (0.0, 0, 0.0, None)
    number = trained.number(W1, 0, row)
    by = 0.25 * (abs(number) + 0.001)
    told = agreement_of(trained, changed(trained, 0, W1, row, by), 0)
    assert told.largest == pytest.approx(0.25, rel=1e-12)
    assert (told.quantity, told.row, told.loss) == (W1, row, 0.0)
    assert told.parts_at == (trained.number(Epoch(), 0, row) if epoch is None else epoch)
    apart = agreement_of(trained, changed(trained, 0, W1, row, 6e-9 * by), 0)  # one and a half of what is allowed
    assert apart.parts_at == told.parts_at
    close = agreement_of(trained, changed(trained, 0, W1, row, 2e-9 * by), 0)
    assert close.parts_at is None
    assert 4e-10 < close.largest < 6e-10


def test_an_error_on_one_side_is_as_far_as_can_be_and_on_both_is_none() -> None:
    trained = train(load_lesson(epochs=5, learning_rates=[0.5, 1e6]))
    assert agreement_of(trained, trained, 1).largest == 0
    told = agreement_of(trained, changed(trained, 0, TotalLoss(), 4, np.nan), 0)
    assert (told.largest, told.loss, told.quantity, told.row, told.parts_at) == (np.inf, np.inf, TotalLoss(), 4, 4)
    back = agreement_of(changed(trained, 0, Gradient(W1), 4, np.nan), trained, 0)
    assert (back.largest, back.loss) == (np.inf, 0.0)


def test_another_mathematics_library_agrees_to_nearly_the_last_digit() -> None:
    lesson = load_lesson(epochs=20, learning_rates=[0.5])
    trained = train(lesson)
    numbers = formula_run(lesson, 0)
    told = agreement_of(trained, trained.with_numbers(lambda _run, start, stop: numbers[start:stop]), 0)
    assert told.largest < 1e-12
    assert told.parts_at is None


def test_what_is_allowed_grows_with_the_number() -> None:
    expected = np.array([0.0, 1.0, 1e6, np.nan, np.nan, 1.0])
    found = expected + np.array([5e-13, 5e-10, 5e-4, 0.0, 0.0, np.nan])
    found[4] = 1.0
    assert deviations(expected, found) == pytest.approx([0.5, 0.5, 0.5, 0.0, np.inf, np.inf], rel=1e-2)
    assert RELATIVE == 1e-9
    assert deviations(np.array([-1.7e308]), np.array([1.7e308]))[0] > 1  # a difference that overflows
