"""How many digits of a run are meant: nudged repeats tell, and where programs part the workbook says so by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.every_engine import EACH_ENGINE, verified
from tests.slow import slow_where
from tests.wild import lesson as wild_lesson
from tests.wild import outcome
from xlbackprop import compile_document, load_lesson, train, write_workbook
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.network.quantities import EpochLoss, Gradient, Input, Weight
from xlbackprop.numpy_run import meant_digits
from xlbackprop.numpy_run.meant_digits import DigitsMeant, LossSpread, Nudges
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.workbook import Verdict

ALL_DIGITS = DigitsMeant(1e-9, None)
LESSONS = Path(__file__).parent / "regression_lessons"
HARD = (
    "rounding_decides_in_flowers",
    "slopes_of_a_saturated_sigmoid",
    "slopes_of_a_saturated_tanh",
    "products_that_cancel",
    "a_first_step_as_long_for_a_tiny_gradient",
)


def hard(name: str) -> Lesson:
    return load_lesson(LESSONS / f"{name}.toml")


# -------------------------------------------------------------------------------------------------------- the nudges


def test_a_last_digit_moves_up_in_one_repeat_and_down_in_the_other() -> None:
    told = np.array([[1 / 3, 0.1], [1 / 3, 0.1], [1 / 3, 0.1]])
    moved = Nudges(exact=1)(told.copy())
    assert moved[0].tolist() == told[0].tolist()
    assert (np.abs(moved[1:] / told[1:] - 1) > 0).all()
    assert np.abs(moved[1:] / told[1:] - 1).max() < 5e-16
    assert (np.sign(moved[1] - told[1]) == -np.sign(moved[2] - told[2])).all()


def test_a_number_of_few_digits_is_exact_and_stays() -> None:
    few = np.array([[0.0, 0.5, 3.0, -1.75, 2.0**40]] * 2)
    assert Nudges()(few.copy()).tolist() == few.tolist()


def test_it_goes_on_with_other_directions_and_any_number_of_them() -> None:
    nudges, many = Nudges(), np.full((2, 70_000), 1 / 3)
    first, second = (nudges(np.full((2, 40), 1 / 3)) for _ in range(2))
    assert first.tolist() != second.tolist()
    assert (nudges(many) != 1 / 3).all()


def test_the_run_itself_is_not_nudged(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = load_lesson("xor", epochs=9)
    nudged = train(lesson)
    monkeypatch.setattr(meant_digits, "_UP_AND_DOWN", np.ones_like(meant_digits._UP_AND_DOWN))
    plain = train(lesson)
    for run in range(len(lesson.runs)):
        assert np.array_equal(nudged.rows(run, 0, lesson.rows), plain.rows(run, 0, lesson.rows))


# ------------------------------------------------------------------------------------------------------- their spread


def _meant(losses: list[list[float]], examples: int = 1, held_back: int = 0, block: int = 3) -> DigitsMeant:
    rows = np.array(losses)
    recipe = load_lesson("xor" if examples > 1 else "walkthrough", epochs=(rows.shape[1] - held_back) // examples - 1)
    spread = LossSpread(recipe.runs[0].recipe)
    assert recipe.runs[0].recipe.examples == examples
    for first in range(0, rows.shape[1], block):
        spread.add(first, rows[:, first : first + block])
    return spread.meant()


def test_as_many_digits_are_meant_as_the_repeats_share() -> None:
    near = [1.0] * 5
    assert _meant([near, near, near]) == ALL_DIGITS
    assert _meant([near, near, [1, 1, 1, 1 + 1e-8, 1]]).tolerance == pytest.approx(1e-6)  # thirty times as careful
    assert _meant([near, near, [1, 1, 1, 1.5, 1]]) == DigitsMeant(pytest.approx(1e-9), 2)
    assert _meant([near, [1, 1 + 1e-8, 1, 1.5, 1], near]) == DigitsMeant(pytest.approx(1e-9), 0)
    assert _meant([near, [1 + 1e-8, 1, 1, 1.5, 1], near]) == DigitsMeant(pytest.approx(1e-6), 2)
    assert _meant([near, [9.0] * 5, near]).through == -1


def test_an_overflow_that_all_share_leaves_no_doubt_and_one_alone_does() -> None:
    lost = [1.0, 1.0, np.nan, np.nan]
    assert _meant([lost, lost, lost]) == ALL_DIGITS
    assert _meant([lost, lost, [1.0, np.nan, np.nan, np.nan]]).through == 0


def test_losses_are_added_up_over_an_epoch_whatever_the_blocks() -> None:
    losses = np.ones((3, 4 * 6))
    losses[2, 4 * 3 + 1] += 1e-8  # of four examples: a part of the loss of its epoch
    for block in (1, 3, 5, 24):
        assert _meant(losses.tolist(), examples=4, block=block).tolerance == pytest.approx(1e-7), block
    losses[1, 4 * 2 + 3] = 5
    for block in (1, 3, 5, 24):
        assert _meant(losses.tolist(), examples=4, block=block) == DigitsMeant(pytest.approx(1e-9), 1), block


@pytest.mark.parametrize("name", ["walkthrough", "xor", "optimizers", "softmax-3-classes", "digits"])
def test_of_the_built_in_lessons_all_digits_are_meant(name: str) -> None:
    trace = train(load_lesson(name))
    assert [trace.digits_meant(run) for run in range(len(trace.lesson.runs))] == [ALL_DIGITS] * len(trace.lesson.runs)


# ----------------------------------------------------------------------------------------------------- in the workbook


SLOW = {"libreoffice", "gnumeric", "hyperformula", "fast-formula-parser", "betteroffice"}
NOT_ALIKE = {
    # they are not asked for some cells, but given what NumPy's run has there, and their own run parts from that
    *(("rounding_decides_in_flowers", engine) for engine in ("gnumeric", "hyperformula", "fast-formula-parser")),
    # it adds up products with more digits than a cell has: nine digits of the sum are not those of other programs
    ("products_that_cancel", "gnumeric"),
}


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        pytest.param(name, *of.values, marks=of.marks)
        for name in HARD
        for of in slow_where(EACH_ENGINE, SLOW)
        if (name, *of.values) not in NOT_ALIKE
    ],
)
def test_a_lesson_in_which_rounding_counts_is_green_in_every_engine(name: str, engine: str, tmp_path: Path) -> None:
    document = compile_document(hard(name))
    assert document.verdict < Verdict.FAIL
    write_workbook(document, tmp_path / "hard.xlsx")
    report = verified(tmp_path / "hard.xlsx", engine)
    assert report.equal, "\n".join(report.lines())
    assert not any("says FAIL" in line for line in report.lines())


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("edited", ["w1", "learning rate 1", "i1"])
def test_it_stays_green_after_an_edit(name: str, edited: str) -> None:
    lesson = hard(name)
    typed = compile_document(lesson).sheets
    names = {cell.changeable for sheet in typed for cell in sheet.cells.values() if cell.changeable}
    setting = edited if edited in names else next(one for one in sorted(names) if one.startswith(edited))
    document = compile_document(lesson, {setting: 0.59375})
    assert document.verdict < Verdict.FAIL


def test_the_sheet_of_a_run_says_from_which_epoch_on_programs_part() -> None:
    lesson = hard("rounding_decides_in_flowers")
    calm, thrown = lesson.runs
    document = compile_document(lesson)
    told = {run.name: " ".join(str(cell.value) for cell in document[run.name].cells.values()) for run in lesson.runs}
    parting = "From epoch 36 on rounding decides where this run goes: programs part there."
    assert parting in told[thrown.name]
    assert "rounding decides" not in told[calm.name]
    note = " ".join(str(cell.value) for cell in document[CHECKS].cells.values())
    assert f"{thrown.name}: number 7 ends at epoch 35, as rounding decides from then on." in note
    edited = compile_document(lesson, {"learning rate 2": 0.25})
    assert not any(parting in str(cell.value) for cell in edited[thrown.name].cells.values())


def test_a_loss_is_compared_as_long_as_its_digits_are_meant() -> None:
    lesson = hard("rounding_decides_in_flowers")
    own = train(lesson)
    column, examples = own.places(1)[EpochLoss()], lesson.examples
    for epoch, verdict in ((20, Verdict.FAIL), (35, Verdict.FAIL), (36, Verdict.PASS), (59, Verdict.PASS)):

        def found(run: int, start: int, stop: int, epoch: int = epoch) -> np.ndarray:
            rows = own.rows(run, start, stop).copy()
            last = (epoch + 1) * examples - 1
            if run == 1 and start <= last < stop:
                rows[last - start, column] *= 1 + 1e-7
            return rows

        book = compile_document(lesson, trace=own, now=own.with_numbers(found))
        seventh = [cell.value for place, cell in book[CHECKS].cells.items() if place == (18, 9)]
        assert seventh == [1.0 if verdict is Verdict.FAIL else 0.0], epoch


def test_a_rule_gives_up_no_more_digits_than_rounding_takes() -> None:
    """Of a gradient with the factor 1 − out², out being 1 − 10^−5, four digits go; one that is off by 10^−4 is seen."""
    lesson = hard("slopes_of_a_saturated_tanh")
    own, run = train(lesson), lesson.runs[0]
    place = own.places(0)[Gradient(Weight(1, 0, 0))]

    def broken(part: float) -> object:
        def found(run: int, start: int, stop: int) -> np.ndarray:
            rows = own.rows(run, start, stop).copy()
            rows[3 - start, place] *= 1 + part
            return rows

        document = compile_document(lesson, trace=own, now=own.with_numbers(found))
        return document[CHECKS].cells[17, 6].value

    assert [broken(part) for part in (0, 1e-12, 1e-4)] == [0, 0, 1], run.name


def test_an_input_that_is_off_by_its_last_digit_breaks_its_rule() -> None:
    """What is fetched is compared digit by digit, in the sheet (`<>`) and here."""
    lesson = load_lesson("xor", epochs=3)
    own, row = train(lesson), 6
    place = own.places(0)[Input(0)]

    def found(run: int, start: int, stop: int) -> np.ndarray:
        rows = own.rows(run, start, stop).copy()
        if run == 0:
            rows[row - start, place] = np.nextafter(1.0, 2.0)
        return rows

    document = compile_document(lesson, trace=own, now=own.with_numbers(found))
    matrix = {cell.value: place for place, cell in document[CHECKS].cells.items() if place[1] == 1}
    line = matrix["i1"][0]
    assert document[CHECKS].cells[line, 3].value == 1
    assert document[CHECKS].cells[line, 4].value == 0


# ------------------------------------------------------------------------------------------------------ wild lessons


def test_twenty_wild_lessons_raise_no_false_alarm(tmp_path: Path) -> None:
    told = {number: outcome(number, "formualizer", tmp_path)[0] for number in range(2_000, 2_020)}
    assert {number: what for number, what in told.items() if what not in ("sound", "refused")} == {}
    assert [*told.values()].count("sound") > 10


def test_a_wild_lesson_is_always_the_same() -> None:
    assert wild_lesson(7) == wild_lesson(7) != wild_lesson(8)
