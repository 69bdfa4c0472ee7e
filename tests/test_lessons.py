"""The built-in lessons: each makes a sound workbook, and reproduces what is printed of it elsewhere."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from python_calamine import CalamineWorkbook

from tests.lessons import COVERING, covering_lessons, features
from tests.slow import slow_but
from xlbackprop import compile_document, load_lesson, train, verify, write_workbook
from xlbackprop.engines import ENGINES
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network.quantities import Quantity
from xlbackprop.numpy_run.trace import Trace
from xlbackprop.proof.verification import Verification
from xlbackprop.sheets.runs.places import RunLayout

LESSONS = sorted(built_in_lessons())
# Whoever recalculates half a million formulas twice learns nothing new the second time.
LARGE = {"digits"}


class Figure(NamedTuple):
    """A printed number: what it is called here, the digits that are printed, and where it stands."""

    name: str
    printed: str
    epoch: int = 0
    run: int = 0
    example: int = 1

    @property
    def tolerance(self) -> float:
        """Half a unit of the last digit."""
        return float(Decimal((0, (5,), int(Decimal(self.printed).as_tuple().exponent) - 1)))


def figures(names: str, printed: str, epoch: int = 0, run: int = 0) -> list[Figure]:
    """Return several numbers that stand in one row."""
    return [Figure(name, digits, epoch, run) for name, digits in zip(names.split(), printed.split(), strict=True)]


PRINTED: Mapping[str, list[Figure]] = {
    "class-values": [
        *(Figure("E_Total", "0.242519857348", 0, run) for run in range(3)),
        Figure("E_Total", "0.241109038768", 1, 0),
        Figure("E_Total", "0.228547765279", 1, 1),
        Figure("E_Total", "0.214901598843", 1, 2),
        Figure("E_Total", "0.133510607335", 100, 0),
        Figure("E_Total", "0.012395124175", 100, 1),
        Figure("E_Total", "0.005160108602", 100, 2),
    ],
    # Mazur, "A Step by Step Backpropagation Example"; E_Total after the step is what follows from the other figures
    "two-biases": [
        *figures("E_Total ∂E/∂w5", "0.298371109 0.082167041"),
        *figures("w1 w2 w3 w4", "0.149780716 0.19956143 0.24975114 0.29950229", 1),
        *figures("w5 w6 w7 w8", "0.35891648 0.408666186 0.511301270 0.561370121", 1),
        *figures("E_Total b1 b2", "0.291027773693599 0.35 0.60", 1),
    ],
    # Han, Kamber and Pei, "Data Mining": w14 w24 w34 w15 w25 w35 w46 w56 θ4 θ5 θ6
    "trained-biases": [
        *figures("out_h1 out_h2 out_o1", "0.332 0.525 0.474"),
        *figures("w1 w2 w3 w4 w5 w6", "0.192 0.4 -0.508 -0.306 0.1 0.194", 1),
        *figures("w7 w8 b1 b2 b3", "-0.261 -0.138 -0.408 0.194 0.218", 1),
    ],
    # Goodfellow, Bengio and Courville, "Deep Learning", section 6.1
    "xor": [
        Figure("out_o1", printed, 0, 3, example) for example, printed in enumerate(["0.0", "1.0", "1.0", "0.0"], 1)
    ],
    # Stanford's CS231n, notes on linear classification
    "softmax-3-classes": [
        *figures("o1 o2 o3", "-2.85 0.86 0.28"),
        *figures("out_o1 out_o2 out_o3", "0.0154 0.631 0.353"),
        Figure("E_Total", "1.0401905694"),
    ],
    # Nielsen, "Neural Networks and Deep Learning", chapter 3
    "slow-start": [
        Figure("out_o1", printed, 300, run) for run, printed in enumerate(["0.0940", "0.2028", "0.011638", "0.012009"])
    ],
    "vanishing": [
        Figure("∂E/∂i1", printed, 0, run)
        for run, printed in enumerate(["0.2350037122", "0.0534083752", "0.0027053568", "6.8983e-6", "1"])
    ],
    # Brownlee, "Linear Regression Tutorial Using Gradient Descent": B0 and B1 after 20 steps
    "regression": figures("b1 w1 step", "0.2308974910 0.7904386102 20", 4),
    # Zhang, Lipton, Li and Smola, "Dive into Deep Learning", chapter 12
    "optimizers": [
        *figures("w1 w2 step", "-0.943467 -0.000073 20", 20, 0),
        *figures("w1 w2 step", "0.007188 0.002553 20", 20, 1),
        *figures("w1 w2 step", "-0.126340 -0.186632 20", 20, 2),
        *figures("w1 w2 step", "-2.382563 -0.158591 20", 20, 4),
        *figures("w1 w2 step", "-0.010599 0.000000 20", 20, 5),
    ],
    "walkthrough": [
        *figures("E_Total h1", "0.251231003783280 0.065"),
        *(
            Figure("E_Total", printed, 282, run)
            for run, printed in enumerate(
                [".056151221", ".025169329", ".007969782", ".004380257", ".003293038", ".001343706"]
            )
        ),
    ],
}


@cache
def traced(name: str) -> Trace:
    return train(load_lesson(name))


def row_of(figure: Figure, trace: Trace) -> int:
    return trace.lesson.runs[figure.run].recipe.row_of(figure.epoch) + figure.example - 1


def quantity(trace: Trace, run: int, name: str) -> Quantity:
    """Return what a run calls by this name."""
    naming = trace.lesson.runs[run].naming
    return next(quantity for quantity in trace.places(run) if naming.name(quantity) == name)


def number(trace: Trace, name: str, row: int, run: int = 0) -> float:
    return trace.number(quantity(trace, run, name), run, row)


def outputs(trace: Trace, run: int, epoch: int, examples: int = 4) -> list[float]:
    """Return what the first output says of each example in an epoch."""
    return [number(trace, "out_o1", epoch * examples + example, run) for example in range(examples)]


def edited(name: str, **numbers: float) -> Trace:
    """Return a lesson's runs after numbers of `Inputs` or `Data` were changed; _ stands for a space in their names."""
    lesson = load_lesson(name)
    changes = {words.replace("_", " "): value for words, value in numbers.items()}
    assert changes.keys() <= lesson.typed.keys()
    return train(lesson.with_typed({**lesson.typed, **changes}))


def test_the_covering_lessons_have_every_feature_of_any() -> None:
    found = {name: {*features(load_lesson(name))} for name in LESSONS}
    assert {*COVERING} <= {*LESSONS}
    assert set().union(*found.values()) == set().union(*(found[name] for name in COVERING))
    for needed in ("two-biases", "optimizers", "perceptron", "scaling", "weight-decay", "digits"):
        assert found[needed] - set().union(*(found[name] for name in LESSONS if name != needed)), needed


# --------------------------------------------------------------------------------------------------------- workbooks


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes the workbook of a lesson, once."""
    folder = tmp_path_factory.mktemp("lessons")

    def made(name: str) -> Path:
        path = folder / f"{name}.xlsx"
        if not path.exists():
            document = compile_document(load_lesson(name), trace=traced(name))
            assert str(document["Checks"].cells[3, 2].value).startswith("PASS")
            write_workbook(document, path)
        return path

    return made


@pytest.mark.engine("ironcalc")
@pytest.mark.parametrize(
    "name", slow_but(covering_lessons(), ("walkthrough", "xor", "softmax-3-classes", "vanishing", "optimizers"))
)
def test_a_spreadsheet_program_agrees_on_the_first_epochs(tmp_path: Path, name: str) -> None:
    document = compile_document(load_lesson(name, epochs=min(4, load_lesson(name).epochs)))
    assert str(document["Checks"].cells[3, 2].value).startswith("PASS")
    write_workbook(document, tmp_path / "short.xlsx")
    report = verify(tmp_path / "short.xlsx", "ironcalc")
    assert report.equal, "\n".join(report.lines())
    assert not report.notes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "engine"),
    [
        *(
            pytest.param(name, engine, marks=pytest.mark.engine(engine))
            for name in LESSONS
            for engine in (("libreoffice",) if name in LARGE else ("formualizer", "ironcalc"))
        ),
    ],
)
def test_every_check_passes_and_a_spreadsheet_program_agrees(
    workbook: Callable[[str], Path], name: str, engine: str
) -> None:
    report = opened(workbook(name)).by(ENGINES[engine], "")
    assert report.equal, "\n".join(report.lines())
    assert not report.notes


@lru_cache(maxsize=1)  # the engines come one after another
def opened(path: Path) -> Verification:
    return Verification(path)


@pytest.mark.parametrize("name", PRINTED)
def test_the_stored_values_of_the_workbook_are_the_printed_figures(workbook: Callable[[str], Path], name: str) -> None:
    """What a mail preview shows, and calamine, which calculates nothing."""
    trace = traced(name)
    for figure in PRINTED[name]:
        stored = stored_column(workbook(name), trace, figure.run, figure.name)[row_of(figure, trace)]
        assert stored == pytest.approx(float(figure.printed), rel=0, abs=figure.tolerance), figure


def test_the_stored_values_of_digits_say_which_are_right(workbook: Callable[[str], Path]) -> None:
    right = stored_column(workbook("digits"), traced("digits"), 0, "right")
    assert (len(right), sum(right[400:450]), sum(right[450:])) == (470, 50, 18)


def stored_column(path: Path, trace: Trace, run: int, name: str) -> list[float]:
    """Return the stored values of a column of a run's table."""
    layout = RunLayout(trace.lesson, run)
    column = layout.column_of[quantity(trace, run, name)]
    return [row[column - 1] for row in stored_table(path, layout.name)[layout.first_row - 1 : layout.last_row]]


@cache
def stored_table(path: Path, sheet: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)


# ----------------------------------------------------------------------------------------------------------- figures


def assert_printed(name: str) -> Trace:
    trace = traced(name)
    for figure in PRINTED[name]:
        found = number(trace, figure.name, row_of(figure, trace), figure.run)
        assert found == pytest.approx(float(figure.printed), rel=0, abs=figure.tolerance), figure
    return trace


def test_class_values() -> None:
    assert_printed("class-values")


def test_walkthrough() -> None:
    assert_printed("walkthrough")


def test_two_biases() -> None:
    trace = assert_printed("two-biases")
    assert trace["b1"].min() == trace["b1"].max() == 0.35
    assert trace["b2"].min() == trace["b2"].max() == 0.60


def test_the_widely_printed_loss_comes_from_gradients_with_updated_output_weights() -> None:
    """The figures that the lesson two-biases corrects; `mazur` knows nothing of the package."""
    loss, _, _ = mazur(1, slip=True)
    assert loss == pytest.approx(0.291027924, rel=0, abs=5e-10)
    _, *answers = mazur(10_000, slip=True)
    assert answers == pytest.approx([0.015912196, 0.984065734], rel=0, abs=1e-9)
    loss, _, _ = mazur(1, slip=False)
    assert loss == pytest.approx(0.291027773693599, rel=0, abs=1e-15)
    _, *answers = mazur(10_000, slip=False)
    assert answers == pytest.approx([0.015913620, 0.984064274], rel=0, abs=5e-10)
    notes = " ".join(load_lesson("two-biases").corrections)
    for printed in ["0.291027924", "0.291027773693599", "0.015912196", "0.984065734", "0.015913620", "0.984064274"]:
        assert printed in notes


def mazur(steps: int, *, slip: bool) -> tuple[float, float, float]:
    """Return loss and outputs after some steps; with the slip, hidden gradients use the updated output weights."""
    w = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]
    for step in range(steps + 1):
        h1 = 1 / (1 + math.exp(-(w[0] * 0.05 + w[1] * 0.10 + 0.35)))
        h2 = 1 / (1 + math.exp(-(w[2] * 0.05 + w[3] * 0.10 + 0.35)))
        o1 = 1 / (1 + math.exp(-(w[4] * h1 + w[5] * h2 + 0.60)))
        o2 = 1 / (1 + math.exp(-(w[6] * h1 + w[7] * h2 + 0.60)))
        if step < steps:
            d1, d2 = (o1 - 0.01) * o1 * (1 - o1), (o2 - 0.99) * o2 * (1 - o2)
            after = [w[4] - 0.5 * d1 * h1, w[5] - 0.5 * d1 * h2, w[6] - 0.5 * d2 * h1, w[7] - 0.5 * d2 * h2]
            v = after if slip else w[4:]
            e1, e2 = (d1 * v[0] + d2 * v[2]) * h1 * (1 - h1), (d1 * v[1] + d2 * v[3]) * h2 * (1 - h2)
            before = [w[0] - 0.5 * e1 * 0.05, w[1] - 0.5 * e1 * 0.10, w[2] - 0.5 * e2 * 0.05, w[3] - 0.5 * e2 * 0.10]
            w = before + after
    return (o1 - 0.01) ** 2 / 2 + (o2 - 0.99) ** 2 / 2, o1, o2


def test_trained_biases() -> None:
    assert_printed("trained-biases")


def test_xor() -> None:
    trace = assert_printed("xor")
    last = trace.lesson.epochs
    no_hidden_layer, learnt, stuck, exact = (outputs(trace, run, last) for run in range(4))
    assert no_hidden_layer == pytest.approx([0.5] * 4, rel=0, abs=0.01)
    assert [round(output) for output in learnt] == [0, 1, 1, 0]
    assert learnt == pytest.approx([0, 1, 1, 0], rel=0, abs=0.03)
    assert stuck == pytest.approx([0, 1, 0.5, 0.5], rel=0, abs=0.02)
    for epoch in range(last + 1):
        assert outputs(trace, 3, epoch) == [0, 1, 1, 0]
    assert exact == [0, 1, 1, 0]


def test_softmax_3_classes() -> None:
    assert_printed("softmax-3-classes")


def test_slow_start() -> None:
    assert_printed("slow-start")


def test_vanishing() -> None:
    assert_printed("vanishing")


def test_regression() -> None:
    assert_printed("regression")


def test_optimizers() -> None:
    trace = assert_printed("optimizers")
    lesson = trace.lesson
    for run, row in ((run, row) for run in range(len(lesson.runs)) for row in (0, 40)):
        w1, w2 = number(trace, "w1", row, run), number(trace, "w2", row, run)
        assert number(trace, "ΣE_Total", row + 1, run) == pytest.approx(0.1 * w1**2 + 2 * w2**2)


def test_digits_names_all_of_those_it_learnt_from_and_18_of_the_20_held_back() -> None:
    trace = traced("digits")
    lesson = trace.lesson
    assert classes(lesson) == [0, 1, 2, 3, 4] * 14
    assert Counter(classes(lesson)[-lesson.held_back :]) == dict.fromkeys(range(5), 4)
    right = trace["right"][0]
    last = lesson.runs[0].recipe.row_of(lesson.epochs)
    assert right[last : last + 50].sum() == 50
    assert right[last + 50 :].sum() == 18
    wrong = [row for row in range(last, lesson.rows) if not right[row]]
    assert [int(trace["example"][0][row]) for row in wrong] == [57, 70]
    assert right[:50].sum() == 17


def classes(lesson: Lesson) -> list[int]:
    return [target.index(1.0) for target in lesson.targets]


# ------------------------------------------------------------------------------------------------------ things to try


def mean_loss(trace: Trace, run: int) -> float:
    """Return the mean loss of the last epoch."""
    recipe = trace.lesson.runs[run].recipe
    return number(trace, "ΣE_Total", recipe.row_of(recipe.epochs + 1) - 1, run) / recipe.examples


def test_what_the_lessons_of_one_example_say_of_things_to_try() -> None:
    def near(trace: Trace, name: str, row: int, printed: str, run: int = 0) -> None:
        figure = Figure(name, printed)
        found = number(trace, name, row, run)
        assert found == pytest.approx(float(printed), rel=0, abs=figure.tolerance), (trace.lesson.title, figure)

    near(edited("class-values", i1=1, i2=1), "∂E/∂w1", 0, "0.0048")
    reverse = edited("class-values", **{f"w{n}": 0.6 - 0.05 * n for n in range(1, 9)})
    near(reverse, "E_Total", 0, "0.2577")
    near(reverse, "E_Total", 100, "0.00502", run=2)
    near(edited("two-biases", b2=0), "E_Total", 100, "0.0200")
    near(edited("two-biases", b2=3), "E_Total", 100, "0.3355")
    near(edited("trained-biases", i1=0, i3=0), "E_Total", 100, "0.00237")
    near(edited("trained-biases", b3=-8), "out_o1", 100, "0.00028")
    near(edited("softmax-3-classes", b3=-30), "E_Total", 0, "30.3")
    near(edited("softmax-3-classes", learning_rate_2=0.1), "o3", 1, "374", run=1)
    far = edited("slow-start", w1_of_Squared_far=4, b1_of_Squared_far=4)
    near(far, "out_o1", 300, "0.9997", run=1)
    near(far, "out_o1", 300, "0.0126", run=3)
    small, large = (edited("vanishing", **{f"w{n}_of_8_sigmoids": w for n in range(1, 9)}) for w in (0.5, 1.5))
    near(small, "∂E/∂i1", 0, "0.0039", run=4)
    near(large, "∂E/∂i1", 0, "25.6", run=4)


def test_what_the_lesson_xor_says_of_things_to_try() -> None:
    twins = edited("xor", w3_of_Learnt=0.8, w4_of_Learnt=0.7, w6_of_Learnt=0.3)
    assert mean_loss(twins, 1) == pytest.approx(0.489, abs=5e-4)
    assert mean_loss(edited("xor", learning_rate_3=5), 2) == pytest.approx(0.349, abs=5e-4)
    assert mean_loss(edited("xor", b2_of_Exact_ReLU=-0.9), 3) == pytest.approx(0.000003, abs=5e-7)
    dead = edited("xor", b2_of_Exact_ReLU=-0.9, learning_rate_4=1)
    assert outputs(dead, 3, 2) != [0] * 4
    assert all(outputs(dead, 3, epoch) == [0] * 4 for epoch in (3, 120))


def test_what_the_lessons_on_lines_and_optimizers_say_of_things_to_try() -> None:
    odd = edited("regression", t1_of_example_5=15)
    assert number(odd, "w1", 304) == pytest.approx(2.35, abs=5e-3)
    for rate, slope in ((0.1, 1.5), (0.23, 1_622_403)):
        fast = edited("regression", learning_rate_2=rate)
        assert number(fast, "w1", 304, run=1) == pytest.approx(slope, rel=1e-6)
    assert number(edited("optimizers", learning_rate_1=0.6), "w2", 40) == pytest.approx(-1673, abs=0.5)
    assert number(edited("optimizers", learning_rate_5=2), "w1", 40, run=4) == pytest.approx(-0.0023, abs=5e-5)
    swinging = edited("optimizers", **{"momentum, run 2": 0.9})
    assert number(swinging, "w1", 40, run=1) == pytest.approx(-1.19, abs=5e-3)
    assert max(swinging["w1"][1]) == pytest.approx(3.15, abs=5e-3)


@pytest.mark.parametrize(
    ("numbers", "learnt", "named"),
    [
        ({"momentum, run 1": 0.0}, 47, 16),
        ({"momentum, run 1": 0.0, "learning_rate_1": 2.0}, 50, 18),
        ({"t1_of_example_1": 0.0, "t3_of_example_1": 1.0}, 49, 17),
    ],
)
def test_what_the_lesson_digits_says_of_things_to_try(numbers: dict[str, float], learnt: int, named: int) -> None:
    right = edited("digits", **numbers)["right"][0]
    assert (right[400:450].sum(), right[450:].sum()) == (learnt, named)
