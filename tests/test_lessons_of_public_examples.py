"""The built-in lessons made of public examples: their printed figures, the slips that they explain, and what they promise.

A figure of a source is met in all its digits, or the lesson says that it is a slip and shows the right one. What a slip
comes of is computed here without the package.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.test_lessons import Figure, edited, figures, mean_loss, number, outputs, row_of, traced
from xlbackprop import load_lesson, train
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.numpy_run.trace import Trace

# What a row of the workbook has as it is printed.
PRINTED: dict[str, list[Figure]] = {
    # Deep Learning Specialization, course 1, week 2
    "logistic": figures("w1 w2 b1", "0.19033591 0.12259159 1.92535983008", 100),
    # Robert Gordon University; the right ones where it slips, see below
    "hand-out": [
        *figures("h1 h2", "0.755 0.68"),
        *figures("out_h1 out_h2 out_o1", "0.6803 0.6637 0.690"),
        *figures("w1 w2 w3 w4 w5 w6 out_o1", "0.09907 0.7976 0.3971 0.5926 0.272326 0.87300 0.682", 1),
    ],
    # T. Yeh, "AI by Hand"
    "relu-factor": [
        *figures("h1_1 h1_2 h1_3 h2_1 h2_2 h2_3 h2_4 o1 o2 o3", "2 4 1 -1 4 6 1 -3 2 2"),
        *figures("out_o1 out_o2 out_o3", "0.003357661626502615 0.49832116918674874 0.49832116918674874"),
    ],
    # A. Karpathy, micrograd
    "tanh-neuron": [
        *figures("o1 out_o1", "0.8813735870195432 0.7071067811865476"),
        *figures("∂E/∂i1 ∂E/∂i2 ∂E/∂w1 ∂E/∂w2 ∂E/∂b1", "-1.5 0.5 1.0 0.0 0.5"),
        Figure("∂E/∂i1", "2.0", run=1),
    ],
    # M. Negnevitsky, "Artificial Intelligence: A Guide to Intelligent Systems"
    "perceptron": [
        *figures("w1 w2", "0.3 -0.1"),
        *figures("w1 w2", "0.3 0.0", 1),
        *figures("w1 w2", "0.2 0.0", 2),
        *figures("w1 w2", "0.2 0.1", 3),
        *figures("w1 w2", "0.1 0.1", 4),
        *figures("w1 w2", "0.1 0.1", 5),
    ],
    # Machine Learning Specialization, course 1, week 1
    "scaling": figures("w2 b2", "6.500 4.00000", 1),
}

# Sums over the examples of a step that stand in its last row; the sources print them, or their means: then of so many.
SUMS: dict[str, tuple[int, dict[str, str]]] = {
    "logistic": (
        3,
        {
            "ΣE_Total": "5.8015453193942",  # printed 5.801545319394553: see below
            "Σ∂E/∂w1": "0.99845601",
            "Σ∂E/∂w2": "2.39507239",
            "Σ∂E/∂b1": "0.00145557813678",
        },
    ),
    "relu-factor": (
        1,
        {
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(1, 5)], ["0.238013147802", "-0.248086132681", "-0.251443794308", "-0.492814603736"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(16, 21)], ["-0.251443794308", "-0.747616059670", "-0.003357661627", "-1.164770882764", "-2.484239663412"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(33, 37)], ["0.000000000000", "-1.646593030571", "-2.649950692198", "-0.321617684472"], strict=True)),
        },
    ),
    "planar-data": (
        3,
        {
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(1, 9)], ["0.00301023", "-0.00747267", "0.00257968", "-0.00641288", "-0.00156892", "0.003893", "-0.00652037", "0.01618243"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(9, 13)], ["0.00078841", "0.01765429", "-0.00084166", "-0.01022527"], strict=True)),
            **dict(zip([f"Σ∂E/∂b{n}" for n in range(1, 6)], ["0.00176201", "0.00150995", "-0.00091736", "-0.00381422", "-0.16655712"], strict=True)),
        },
    ),
    "scaling": (2, {"Σ∂E/∂w2": "-650", "Σ∂E/∂b2": "-400"}),
    # Stanford's CS224n, assignment 2
    "embeddings": (
        1,
        {
            "ΣE_Total": "11.16610900153398",
            **{f"Σ∂E/∂w{n}": "0.0" for n in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15)},
            **dict(zip(["Σ∂E/∂w3", "Σ∂E/∂w8", "Σ∂E/∂w13"], ["-1.26947339", "-1.36873189", "2.45158957"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(16, 19)], ["-0.41045956", "0.18834851", "1.43272264"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(19, 22)], ["0.38202831", "-0.17530219", "-1.33348241"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(22, 25)], ["0.07009355", "-0.03216399", "-0.24466386"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(25, 28)], ["0.09472154", "-0.04346509", "-0.33062865"], strict=True)),
            **dict(zip([f"Σ∂E/∂w{n}" for n in range(28, 31)], ["-0.13638384", "0.06258276", "0.47605228"], strict=True)),
        },
    ),
}  # fmt: skip


def near(found: float, printed: str) -> None:
    """Compare with a figure in all its digits."""
    tolerance = max(Figure("", printed).tolerance * 1.0001, 4e-16 * abs(float(printed)))
    assert found == pytest.approx(float(printed), rel=0, abs=tolerance)


def summed(trace: Trace, name: str, epoch: int = 0, run: int = 0) -> float:
    """Return a sum of an epoch that is one step, over its examples."""
    return number(trace, name, trace.lesson.runs[run].recipe.row_of(epoch + 1) - 1, run)


def last(trace: Trace, name: str, run: int = 0, example: int = 1) -> float:
    """Return a number of the last epoch."""
    return number(trace, name, trace.lesson.runs[run].recipe.row_of(trace.lesson.epochs) + example - 1, run)


@cache
def rewritten(name: str, was: str, now: str) -> Trace:
    """Return the runs of a copy of a lesson in which one text was changed."""
    text = built_in_lessons()[name].read_text(encoding="utf-8")
    assert text.count(was) == 1
    return train(read_lesson(text.replace(was, now), name))


def said(name: str) -> str:
    """Return all that a lesson says."""
    lesson = load_lesson(name)
    tries = (text for experiment in lesson.experiments for text in experiment._asdict().values())
    return " ".join([lesson.introduction, *tries, *lesson.corrections])


def says(name: str, *figures_of_it: str) -> None:
    for figure in figures_of_it:
        assert figure in said(name), figure


@pytest.mark.parametrize("name", PRINTED)
def test_printed_figures_of_rows(name: str) -> None:
    trace = traced(name)
    for figure in PRINTED[name]:
        near(number(trace, figure.name, row_of(figure, trace), figure.run), figure.printed)


@pytest.mark.parametrize("name", SUMS)
def test_printed_figures_of_sums_and_means(name: str) -> None:
    examples, printed = SUMS[name]
    for quantity, figure in printed.items():
        near(summed(traced(name), quantity) / examples, figure)


@pytest.mark.parametrize("name", sorted({*PRINTED, *SUMS, "eleven-lines", "weight-decay"}))
def test_a_lesson_ends_with_what_a_student_can_say(name: str) -> None:
    before, _, sentence = load_lesson(name).introduction.partition("After this lesson you can say: ")
    assert before.strip()
    assert sentence.endswith(".")
    assert len(sentence) < 160
    assert len(load_lesson(name).experiments) == 3


# ------------------------------------------------------------------------------------------------------------- slips


def test_the_printed_gradients_of_logistic_regression_are_those_of_the_step_before() -> None:
    trace, names = traced("logistic"), ["Σ∂E/∂w1", "Σ∂E/∂w2", "Σ∂E/∂b1"]
    printed, right = ["0.67752042", "1.41625495", "0.219194504541"], ["0.67166599", "1.40048147", "0.219464807407"]
    says("logistic", *printed, *right)
    for quantity, one, other in zip(names, printed, right, strict=True):
        near(summed(trace, quantity, 99) / 3, one)
        near(summed(trace, quantity, 100) / 3, other)


def test_the_last_digits_of_the_printed_cost_were_lost_in_1_minus_p() -> None:
    answers = [1 / (1 + math.exp(-net)) for net in (9.0, 12.0, -5.4)]
    lost = -(math.log(answers[0]) + math.log(1 - answers[1]) + math.log(answers[2])) / 3
    assert lost == pytest.approx(5.801545319394553, abs=2e-15)
    right = summed(traced("logistic"), "ΣE_Total") / 3
    assert right == pytest.approx(5.801545319394150, abs=2e-15)
    says("logistic", "5.801545319394553", "5.801545319394150")


def hand_out(*, slip: bool) -> tuple[list[float], float]:
    """Return the weights and the answer after a step; with the slip, hidden gradients use updated output weights."""
    inputs, w, v = (0.35, 0.9), [0.1, 0.8, 0.4, 0.6], [0.3, 0.9]

    def forward() -> tuple[list[float], float]:
        out = [1 / (1 + math.exp(-(w[2 * unit] * inputs[0] + w[2 * unit + 1] * inputs[1]))) for unit in (0, 1)]
        return out, 1 / (1 + math.exp(-(v[0] * out[0] + v[1] * out[1])))

    out, answer = forward()
    off = (answer - 0.5) * answer * (1 - answer)
    old, v = v, [weight - off * a for weight, a in zip(v, out, strict=True)]
    for unit, weight in enumerate(v if slip else old):
        for place, given in enumerate(inputs):
            w[2 * unit + place] -= off * weight * out[unit] * (1 - out[unit]) * given
    return [*w, *v], forward()[1]


def test_the_printed_weights_of_the_hand_out_come_of_updated_output_weights() -> None:
    printed, right = ["0.09916", "0.7978", "0.3972", "0.5928"], ["0.09907", "0.7976", "0.3971", "0.5926"]
    says("hand-out", *printed, *right, "0.272326", "0.87300", "0.272392", "0.87305", "0.682")
    slipped, answer = hand_out(slip=True)
    sound, right_answer = hand_out(slip=False)
    for found, figure in zip(slipped, printed, strict=False):
        assert found == pytest.approx(float(figure), abs=1e-4)  # cut off, not rounded
    assert sound == pytest.approx([number(traced("hand-out"), f"w{n}", 1) for n in range(1, 7)], abs=1e-15)
    assert round(answer, 3) == round(right_answer, 3) == 0.682


def by_hand(*, slope_of_second: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the first two layers, biases in the last column, of the workbook "AI by Hand"."""
    x = np.array([[2, -1], [1, 1], [2, 1], [1, 2], [1, 1]], float)
    w1 = np.array([[1, 0, -1, 1, 1], [0, 1, 1, 0, 1], [1, -1, 0, 0, 0]], float)
    w2 = np.array([[0, -1, 2, 1], [-1, 1, 0, 2], [0, 1, 1, 1], [-1, 0, 0, 3]], float)
    w3 = np.array([[0, -1, -1, 2, 5], [-1, 0, 0, 0, 2], [-1, 0, 1, 0, -4]], float)
    targets = np.array([[0, 0], [0, 1], [1, 0]], float)
    one = np.ones((1, 2))
    a1 = np.vstack([np.maximum(w1 @ x, 0), one])
    a2 = np.vstack([np.maximum(w2 @ a1, 0), one])
    shares = np.exp(w3 @ a2)
    back = w3[:, :-1].T @ (shares / shares.sum(axis=0) - targets)
    if slope_of_second:
        back = back * (a2[:-1] > 0)
    second = back @ a1.T
    first = ((w2[:, :-1].T @ back) * (a1[:-1] > 0)) @ x.T
    return first, second


def test_the_gradients_of_the_workbook_come_of_a_missing_slope() -> None:
    first, second = by_hand(slope_of_second=False)
    right_first, right_second = by_hand(slope_of_second=True)
    assert second[0] == pytest.approx([0.2514437943, 0.7476160597, 0.0033576616, 0.2480861327], abs=5e-11)
    assert [*right_second[0]] == [0, 0, 0, 0]
    says("relu-factor", *(f"{entry:.4f}" for entry in second[0]))
    for row in (1, 2):
        says("relu-factor", ", ".join(f"{entry:.4f}" for entry in first[row, :4]) + f" and {first[row, 4]:.4f}")
        says("relu-factor", ", ".join(f"{entry:.4f}" for entry in right_first[row, :4]))
    trace = traced("relu-factor")
    names = [
        *(f"w{n}" for n in range(1, 5)),
        "b1",
        *(f"w{n}" for n in range(5, 9)),
        "b2",
        *(f"w{n}" for n in range(9, 13)),
        "b3",
    ]
    assert [summed(trace, f"Σ∂E/∂{name}") for name in names] == pytest.approx([*right_first.flat], abs=1e-14)
    assert [summed(trace, f"Σ∂E/∂{name}") for name in ("w13", "w14", "w15", "b4")] == [0, 0, 0, 0]


def test_the_eleven_lines_print_another_error_than_they_minimise() -> None:
    trace = traced("eleven-lines")
    assert mean_off(trace, 0) == pytest.approx(0.49641003190272537, abs=1e-16)
    near(summed(trace, "ΣE_Total"), "0.4952")
    says("eleven-lines", "0.4964", "0.4952", "0.00858")  # of ten thousand steps: test_published_examples.py
    near(mean_off(trace, 30), "0.161")
    assert [round(out) for out in outputs(trace, 0, 30)] == [0, 1, 1, 0]


def mean_off(trace: Trace, epoch: int) -> float:
    """Return the mean of |t − out| of the four examples of XOR."""
    return sum(abs(out - t) for out, t in zip(outputs(trace, 0, epoch), (0, 1, 1, 0), strict=True)) / 4


def perceptron(meant: Callable[[float], float]) -> list[tuple[float, float]]:
    """Return w1 and w2 after each pass over AND, until one has no mistake; `meant` mends a net input."""
    w, passes, wrong = [0.3, -0.1], [], 1
    while wrong:
        wrong = 0
        for i1, i2 in ((0, 0), (0, 1), (1, 0), (1, 1)):
            off = (i1 and i2) - (meant(i1 * w[0] + i2 * w[1] - 0.2) >= 0)
            w = [w[0] + 0.1 * off * i1, w[1] + 0.1 * off * i2]
            wrong += abs(off)
        passes.append((round(w[0], 9), round(w[1], 9)))
    return passes


def test_a_program_without_care_learns_and_in_another_way_than_the_textbook() -> None:
    assert perceptron(lambda net: round(net, 12)) == [(0.3, 0.0), (0.2, 0.0), (0.2, 0.1), (0.1, 0.1), (0.1, 0.1)]
    assert perceptron(lambda net: net)[-1] == (0.2, 0.1)
    assert len(perceptron(lambda net: net)) == 4
    says("perceptron", f"{0.3 - 0.1}", "with 0.2 and 0.1")


def test_a_penalty_with_a_minus_rewards_large_weights() -> None:
    trace = traced("weight-decay")
    without, penalized = summed(trace, "ΣE_Total") / 5, summed(trace, "ΣE_Total", run=1) / 5
    near(penalized, "0.983")
    near(2 * without - penalized, "0.852")
    says("weight-decay", "0.852", "0.983")


def test_the_gradient_of_a_number_used_twice_is_not_that_of_its_last_use() -> None:
    trace = traced("tanh-neuron")
    ways = [number(trace, f"w{way}", 0, 1) * number(trace, f"w{way + 2 if way == 3 else 5}", 0, 1) for way in (1, 3)]
    assert ways == [1, 1]
    assert number(trace, "∂E/∂i1", 0, 1) == sum(ways) == 2


# ------------------------------------------------------------------------------------------- what the lessons promise


def test_weight_decay() -> None:
    trace = traced("weight-decay")
    # Machine Learning Specialization, course 1, week 3
    for quantity, figure in (
        ("w1", "0.17380012933994293"),
        ("w2", "0.32007507881566943"),
        ("w3", "0.10776313396851499"),
    ):
        near(summed(trace, f"Σ∂E/∂{quantity}", run=1) / 5, figure)
    near(summed(trace, "Σ∂E/∂b1", run=1) / 5, "0.341798994972791")
    for quantity in ("w1", "w2", "w3", "b1"):
        assert trace[quantity][1] == pytest.approx(trace[quantity][2], rel=1e-12)
    assert abs(last(trace, "w2")) > 3 * abs(last(trace, "w2", 1))


def test_scaling() -> None:
    trace = traced("scaling")
    near(last(trace, "b2", 1), "0.0003")
    assert summed(trace, "ΣE_Total", 40, 1) / 2 == pytest.approx(499.997, abs=5e-4)
    for epoch in range(1, 10):
        assert number(trace, "b2", 2 * epoch, 2) == 400 * (1 - 0.5**epoch)
    fast = edited("scaling", learning_rate_1=0.8)  # Cost 7.93e+04 at 0.01; 2.58e+05, 7.82e+05 … at 0.8
    assert summed(trace, "ΣE_Total", 1) / 2 == pytest.approx(7.93e4, abs=50)
    for epoch, cost in enumerate(
        ["2.58e5", "7.82e5", "2.37e6", "7.19e6", "2.18e7", "6.62e7", "2.01e8", "6.09e8", "1.85e9", "5.60e9"], 1
    ):
        assert f"{summed(fast, 'ΣE_Total', epoch) / 2:.2e}" == f"{float(cost):.2e}"


def test_planar_data() -> None:
    trace = traced("planar-data")
    assert mean_loss(trace, 0) == pytest.approx(0.020, abs=5e-4)
    assert mean_loss(trace, 1) == pytest.approx(0.637, abs=5e-4)
    assert all(not trace[f"∂E/∂w{n}"][1].any() for n in range(1, 13))


def test_embeddings() -> None:
    trace = traced("embeddings")
    best = -(4 * math.log(1 / 6) + 2 * math.log(1 / 3))
    near(best, "9.364")
    assert best < summed(trace, "ΣE_Total", 6) < 9.38


def test_perceptron() -> None:
    trace = traced("perceptron")
    for epoch in range(4, 11):
        assert outputs(trace, 0, epoch) == [0, 0, 0, 1]
    for epoch in range(2, 10):
        assert 2 * summed_losses(trace, "E2", epoch) == 3
        assert number(trace, "w3", 4 * epoch) == pytest.approx(0.1, abs=1e-12)
        assert number(trace, "w4", 4 * epoch) == pytest.approx(-0.1, abs=1e-12)
    for epoch in range(11):
        assert summed_losses(trace, "E2", epoch, run=1) > 0


def summed_losses(trace: Trace, name: str, epoch: int, run: int = 0) -> float:
    """Return the sum of a loss over the four examples of an epoch."""
    return sum(number(trace, name, 4 * epoch + example, run) for example in range(4))


# ------------------------------------------------------------------------------------------------------ things to try


def test_what_logistic_regression_says_of_things_to_try() -> None:
    name = "logistic"
    near(number(traced(name), "∂E/∂w1", 0), "-0.00012")
    near(number(edited(name, t1_of_example_1=0), "∂E/∂w1", 0), "0.99988")
    squared = rewritten(name, '"binary cross-entropy"', '"half squared error"')
    near(number(squared, "∂E/∂w1", 1), "0.0000123")
    near(last(squared, "out_o1", example=2), "0.99999")
    near(mean_loss(traced(name), 0), "1.056")
    faster = edited(name, learning_rate_1=0.1)
    near(mean_loss(faster, 0), "0.311")
    for trace, right in ((faster, 3), (traced(name), 2)):
        assert sum(last(trace, "right", example=example) for example in (1, 2, 3)) == right


def test_what_the_hand_out_says_of_things_to_try() -> None:
    unheard = edited("hand-out", t1=1, w5=0, w6=0)
    for quantity in ("∂E/∂w1", "∂E/∂w2", "∂E/∂w3", "∂E/∂w4"):
        assert number(unheard, quantity, 0) == 0
        assert all(number(unheard, quantity, row) != 0 for row in range(1, 20))
    near(last(edited("hand-out", learning_rate_1=10), "out_o1"), "0.50000004")
    near(last(traced("hand-out"), "out_o1"), "0.569")


def test_what_the_forgotten_factor_says_of_things_to_try() -> None:
    trace = traced("relu-factor")
    near(number(trace, "out_h2_1", 4), "0.17")
    awake = edited("relu-factor", b4=4)
    assert [number(awake, "h2_1", row) for row in (0, 1)] == [2, 1]
    near(summed(awake, "Σ∂E/∂b4"), "0.493")
    leaky = rewritten("relu-factor", 'units = 4\nactivation = "ReLU"', 'units = 4\nactivation = "leaky ReLU"')
    near(summed(leaky, "Σ∂E/∂w13"), "0.0025")
    for epoch, loss in enumerate(("1.10", "3.20", "6.82", "0.48")):
        near(summed(trace, "ΣE_Total", epoch), loss)
    slow = edited("relu-factor", learning_rate_1=0.01)
    for epoch, loss in enumerate(("1.10", "0.81", "0.69")):
        near(summed(slow, "ΣE_Total", epoch), loss)


def test_what_the_tanh_neuron_says_of_things_to_try() -> None:
    name = "tanh-neuron"
    assert number(edited(name, w3_of_Used_twice=3), "∂E/∂i1", 0, 1) == 4
    assert number(edited(name, w6_of_Used_twice=-1), "∂E/∂i1", 0, 1) == 0
    assert number(edited(name, w6_of_Used_twice=-1), "out_o1", 0, 1) == 0
    near(number(edited(name, i2=0.1), "∂E/∂w2", 0), "0.043")
    steep, flat = edited(name, b1_of_Neuron=6), edited(name, b1_of_Neuron=0)
    assert [number(steep, quantity, 0) for quantity in ("o1", "∂E/∂b1", "∂E/∂w1", "∂E/∂i1")] == [0, 1, 2, -3]
    assert number(flat, "o1", 0) == -6
    near(number(flat, "∂E/∂b1", 0), "0.0000246")
    near(number(flat, "∂E/∂w1", 0), "0.000049")


def test_what_the_eleven_lines_say_of_things_to_try() -> None:
    for rate, answers in ((1, "0.45 0.49 0.53 0.54"), (50, "0.01 0.50 0.50 0.50"), (10, "0.16 0.74 0.77 0.43")):
        for found, figure in zip(
            outputs(edited("eleven-lines", learning_rate_1=rate), 0, 30), answers.split(), strict=True
        ):
            near(found, figure)
    near(mean_off(edited("eleven-lines", learning_rate_1=1), 30), "0.4917")
    near(mean_off(edited("eleven-lines", **{f"i3_of_example_{n}": 0 for n in range(1, 5)}), 30), "0.212")


def test_what_the_perceptron_says_of_things_to_try() -> None:
    either = edited("perceptron", t2_of_example_4=1)
    second = [[number(either, "out_o2", 4 * epoch + example) for example in range(4)] for epoch in range(11)]
    assert all((answers == [0, 1, 1, 1]) == (epoch >= 3) for epoch, answers in enumerate(second))
    assert [last(either, "w3"), last(either, "w4")] == pytest.approx([0.3, 0.2])
    far = edited("perceptron", w1=-0.5, w2=-0.5)
    assert [outputs(far, 0, epoch) == [0, 0, 0, 1] for epoch in range(11)] == [False] * 6 + [True] * 5
    assert [last(far, "w1"), last(far, "w2")] == pytest.approx([0.1, 0.1])
    wide = edited("perceptron", learning_rate_1=0.5)
    for epoch in range(1, 11):
        assert [number(wide, w, 4 * epoch) for w in ("w1", "w2")] == pytest.approx([0.3, 0.4])
        assert epoch == 10 or 2 * summed_losses(wide, "E1", epoch) == 3


def test_what_planar_data_says_of_things_to_try() -> None:
    single = edited("planar-data", w9_of_Zero=0.01)
    for found, figure in zip([last(single, "out_o1", 1, n) for n in (1, 2, 3)], ("0.95", "0.11", "0.95"), strict=True):
        near(found, figure)
    assert [last(single, f"w{n}", 1) for n in range(3, 9)] == [0] * 6
    assert abs(last(single, "w1", 1)) > 0.5
    twins = edited("planar-data", **{f"w{n}_of_Zero": 0.01 for n in range(1, 13)})
    near(mean_loss(twins, 1), "0.022")
    assert all(np.array_equal(twins[f"out_h{unit}"][1], twins["out_h1"][1]) for unit in (2, 3, 4))
    typed = load_lesson("planar-data").typed
    flat = edited("planar-data", **{f"w{n}_of_Small": 10_000 * typed[f"w{n} of Small"] for n in range(1, 9)})
    assert [round(number(flat, f"out_h{unit}", 0), 15) for unit in (1, 2, 3, 4)] == [-1, -1, -1, 1]
    assert not flat["∂E/∂w1"][0].any()
    assert last(flat, "w9") != number(flat, "w9", 0)


def test_what_scaling_says_of_things_to_try() -> None:
    near(mean_loss(edited("scaling", learning_rate_1=0.3), 0), "2.5")
    near(mean_loss(traced("scaling"), 2), "0.00000000000000000007")
    fast = edited("scaling", learning_rate_1=0.8)
    for epoch, loss in ((1, "257800"), (2, "781960")):
        near(summed(fast, "ΣE_Total", epoch) / 2, loss)
    whole = edited("scaling", learning_rate_3=1)
    assert [number(whole, "w2", 2, 2), number(whole, "b2", 2, 2), summed(whole, "ΣE_Total", 1, 2)] == [100, 400, 0]
    beyond = edited("scaling", learning_rate_3=2.1)
    assert summed(beyond, "ΣE_Total", 40, 2) > summed(beyond, "ΣE_Total", 0, 2)
    feet = edited("scaling", learning_rate_2=0.000001)
    for epoch, loss in ((1, "190625"), (2, "428282")):
        near(summed(feet, "ΣE_Total", epoch, 1) / 2, loss)


def test_what_weight_decay_says_of_things_to_try() -> None:
    whole = edited("weight-decay", **{"weight decay, run 2": 0.7, "weight decay, run 3": 0.7})
    near(summed(whole, "Σ∂E/∂w1", run=1) / 5, "0.549")
    near(last(whole, "w1", 1), "0.05")
    near(last(traced("weight-decay"), "w1", 1), "0.24")
    yes = edited("weight-decay", **{f"t1_of_example_{n}": 1 for n in range(1, 6)})
    for run, figures_of_run in ((1, "0.12 0.18 0.09 3.10"), (0, "1.28 1.34 0.97 2.49")):
        for quantity, figure in zip(("w1", "w2", "w3", "b1"), figures_of_run.split(), strict=True):
            near(last(yes, quantity, run), figure)
    near(last(edited("weight-decay", learning_rate_3=15), "w1", 2), "398")


def test_what_embeddings_says_of_things_to_try() -> None:
    rare = edited("embeddings", i1_of_example_1=1, i3_of_example_1=0)
    near(summed(rare, "Σ∂E/∂w1"), "0.187")
    assert all(summed(rare, f"Σ∂E/∂{w}") != 0 for w in ("w1", "w6", "w11"))
    long = train(load_lesson("embeddings", epochs=100))
    for word, share in enumerate(("0.16667", "0.33333", "0.16667", "0.16667", "0.16667"), 1):
        near(last(long, f"out_o{word}"), share)
    two = edited(
        "embeddings", **{f"i{n}_of_example_{pair}": value for pair in (1, 2, 3) for n, value in ((1, 1), (3, 0))}
    )
    for example, words in ((1, {1: "0.34", 2: "0.25", 5: "0.31"}), (6, {2: "0.26", 3: "0.40", 4: "0.23"})):
        for word, share in words.items():
            near(last(two, f"out_o{word}", example=example), share)


@pytest.mark.checkout
def test_the_documents_list_every_lesson_once() -> None:
    text = (Path(__file__).parent.parent / "docs" / "lessons.md").read_text(encoding="utf-8")
    table = text.partition("## The lessons that come along")[2].partition("\n## ")[0]
    assert sorted(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)) == sorted(built_in_lessons())
