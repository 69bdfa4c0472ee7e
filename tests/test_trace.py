"""A trace is read in blocks: what is read is what was trained, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.lessons import with_numbers
from tests.mutants.proof_lessons import proof_lessons
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.network.quantities import Epoch, TotalLoss, Weight
from xlbackprop.numpy_run import trace as room
from xlbackprop.numpy_run.trace import Spread, train

ROWS = 2_100  # some blocks, and a last one that is not full


@pytest.fixture(params=["in memory", "in a file"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in a file":
        monkeypatch.setattr(room, "IN_MEMORY", 0)


@pytest.mark.usefixtures("kept")
def test_blocks_columns_and_single_rows_tell_the_same() -> None:
    trace = train(load_lesson(epochs=ROWS - 1, learning_rates=[0.5, 2.0]))
    whole = {quantity: trace.of(quantity) for quantity in trace.places(1)}
    assert whole[Epoch()][1].tolist() == list(range(ROWS))
    for quantity, array in whole.items():
        place = trace.places(1)[quantity]
        assert trace.column(1, quantity)[1000:1100].tolist() == array[1, 1000:1100].tolist()
        assert trace.at(0, [0, 7, ROWS - 1])[:, place].tolist() == array[0, [0, 7, ROWS - 1]].tolist()
        assert trace.rows(1, 1023, 1025)[:, place].tolist() == array[1, 1023:1025].tolist()
        assert trace.number(quantity, 1, 1024) == array[1, 1024]
        spread = trace.spread(0, quantity)
        assert (spread.lowest, spread.highest, spread.errors) == (array[0].min(), array[0].max(), 0)
        sizes = np.abs(array[0])
        assert spread.smallest == sizes[sizes > 0].min()


def test_each_row_follows_from_the_one_above_where_blocks_meet() -> None:
    trace = train(load_lesson(epochs=ROWS - 1, learning_rates=[0.5]))
    weights, gradients = trace["w5"][0], trace["∂E/∂w5"][0]
    assert weights[1:] == pytest.approx(weights[:-1] - 0.5 * gradients[:-1], rel=1e-15, abs=0)


@pytest.mark.parametrize("name", ["layers", "broad", "wide"])
def test_sums_go_on_where_blocks_meet(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses of an epoch and gradients of a step are added up row by row, whatever is computed at a time."""
    lesson = proof_lessons()[name]
    whole = train(lesson)

    def small_blocks(rows: int, _columns: int) -> Iterator[tuple[int, int]]:
        return ((start, min(start + 4, rows)) for start in range(0, rows, 4))

    monkeypatch.setattr(room, "blocks", small_blocks)
    in_blocks = train(lesson)
    for quantity in whole.places(0):
        assert in_blocks.of(quantity) == pytest.approx(whole.of(quantity), rel=1e-13, abs=1e-15), quantity


def test_a_long_run_is_the_short_one_and_more() -> None:
    short, long = (train(load_lesson(epochs=epochs, learning_rates=[0.8])) for epochs in (300, 3_000))
    assert long[f"{'E_Total'}"][0, :301].tolist() == short["E_Total"][0].tolist()


def test_an_overflow_in_one_run_does_not_touch_the_other() -> None:
    calm = train(load_lesson(epochs=30, learning_rates=[0.5]))
    both = train(load_lesson(epochs=30, learning_rates=[0.5, 1e6]))
    assert both.diverged_at(1) == 1
    assert both.spread(1, TotalLoss()).errors == 30
    assert both["w1"][0].tolist() == calm["w1"][0].tolist()


def test_an_overflow_is_an_error_in_the_very_cell_where_a_spreadsheet_has_one() -> None:
    """EXP(800) is #NUM!, and so is all that follows from it; what does not depend on it stays a number."""
    lesson = load_lesson(epochs=2, learning_rates=[0.5])
    trace = train(with_numbers(lesson, weights=(-16_000.0, *lesson.runs[0].parameters[1:])))
    first = {name: trace[name][0, 0] for name in trace}
    errors = {name for name, value in first.items() if np.isnan(value)}
    numbers = {"epoch", "t1", "t2", "i1", "i2", "h1", "h2", "out_h2", *(f"w{n}" for n in range(1, 9))}
    assert errors == set(trace) - numbers
    assert np.isnan(trace.of(Weight(1, 0, 0))[0, 1])


def test_a_spread_passes_over_errors_and_zeros() -> None:
    spread = Spread.of([0.0, -0.5, np.nan, 2.0])
    assert (spread.lowest, spread.highest, spread.smallest, spread.errors) == (-0.5, 2.0, 0.5, 1)
    assert np.isnan(Spread.of([np.nan]).lowest)
    assert np.isnan(Spread.of([0.0]).smallest)
    assert Spread.of([]).errors == 0
