"""Worked examples of books, courses and web pages: every printed figure, or the right one where theirs is a slip.

What was rounded on the way shows in the last printed digits. Where more than these differs, the source is wrong; the
figure is listed with the right one, which follows from the mathematics.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from xlbackprop import compile_document, train, verify, write_workbook
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.numpy_run.trace import Trace

_LESSONS = Path(__file__).parent / "published_lessons"


class Printed(NamedTuple):
    """Figures of a row of a lesson, counted from 0: names, and the numbers as they are printed."""

    lesson: str
    names: str
    figures: str
    row: int = 0


class Slip(NamedTuple):
    """A figure that is printed wrongly, the right one, and why they differ."""

    lesson: str
    name: str
    printed: str
    right: str
    why: str
    row: int = 0


FIGURES = [
    # J. Brownlee, "How to Code a Neural Network with Backpropagation In Python (from scratch)"
    Printed("brownlee_net", "out_h1 out_o1 out_o2", "0.7105668883115941 0.6629970129852887 0.7253160725279748"),
    Printed("brownlee_train", "w1 w2 b1", "-1.4688375095432327 1.850887325439514 1.0858178629550297", 200),
    Printed("brownlee_train", "w3 w4 b2", "0.37711098142462157 -0.0625909894552989 0.2765123702642716", 200),
    # Deep Learning Specialization, course 1, weeks 2 and 3: the public checks of the assignments
    Printed("course_logistic", "w1 w2 b1", "0.19033591 0.12259159 1.92535983008", 300),
    # Stanford CS231n, notes on backpropagation, in which the slope .1966 is rounded to .2 at first
    Printed("sigmoid_neuron", "o1 out_o1 ∂E/∂w1 ∂E/∂w2 ∂E/∂b1 ∂E/∂i1 ∂E/∂i2", "1.00 0.73 -0.20 -0.39 0.20 0.39 -0.59"),
    # Hagan, Demuth, Beale, "Neural Network Design"; their loss is e²
    Printed("hagan", "out_h1 out_h2 out_o1", "0.321 0.368 0.446"),
    Printed("hagan", "∂E/∂b1 ∂E/∂b2 ∂E/∂b3", "-0.0495 0.0997 -2.522"),
    Printed("hagan", "w1 w2 w3 w4 b1 b2 b3", "-0.265 -0.420 0.171 -0.0772 -0.475 -0.140 0.732", 1),
    # hmkcode, "Backpropagation Step by Step"; w2 and w3 change places there
    Printed("linear_network", "out_o1 E_Total", "0.191 0.327"),
    Printed("linear_network", "w1 w3 w2 w4 w5 w6 out_o1", "0.12 0.13 0.23 0.10 0.17 0.17 0.26", 1),
    # A. Trask, "A Neural Network in 11 lines of Python", parts with two and three layers
    *(
        Printed("one_layer", "out_o1", figure, row)
        for row, figure in enumerate(["0.2689864", "0.36375058", "0.23762817", "0.3262757"])
    ),
    *(
        Printed("one_layer", "out_o1", figure, 4 * 9_999 + row)  # the last pass forward comes before the last update
        for row, figure in enumerate(["0.00966449", "0.00786506", "0.99358898", "0.99211957"])
    ),
    # A. Karpathy, micrograd
    Printed("tanh_neuron", "o1 out_o1", "0.8813735870195432 0.7071067811865476"),
    Printed("tanh_neuron", "∂E/∂i1 ∂E/∂i2 ∂E/∂w1 ∂E/∂w2 ∂E/∂b1", "-1.5 0.5 1.0 0.0 0.5"),
    # H. Kinsley, D. Kukieła, "Neural Networks from Scratch in Python"
    Printed("nnfs_forward", "out_h1 out_h2 out_h3 out_o1 out_o2 out_o3", "4.8 1.21 2.385 0.5031 -1.04185 -2.03875"),
    Printed("nnfs_forward", "out_o1 out_o2 out_o3", "0.2434 -2.7332 -5.7633", 1),
    Printed("nnfs_forward", "out_o1 out_o2 out_o3", "-0.99314 1.41254 -0.35655", 2),
    Printed("nnfs_softmax", "out_o1 out_o2 out_o3", "0.8952826639572619 0.024708306782099374 0.0800090292606387"),
    Printed("nnfs_softmax", "E_Total", "0.1106"),
    # T. Rashid, "Make Your Own Neural Network": digits are cut off, not rounded
    Printed("rashid", "h1 h2 h3 out_h1 out_h2 out_h3", "1.16 0.42 0.62 0.761 0.603 0.650"),
    Printed("rashid", "o1 o2 o3 out_o1 out_o2 out_o3", "0.975 0.888 1.254 0.726 0.708 0.778"),
    # a web page on ReLU, sigmoid and softmax together, likewise
    Printed("relu_sigmoid_softmax", "out_h1_1 out_h1_2 out_h1_3", "1.35 1.27 1.8"),
    Printed("relu_sigmoid_softmax", "out_h2_1 out_h2_2 out_h2_3 out_o1 out_o2", "0.938 0.94 0.98 0.198 0.285"),
    # S. N. Sivanandam, S. N. Deepa, "Principles of Soft Computing"; also L. Fausett, "Fundamentals of Neural Networks"
    Printed("sivanandam", "h1 h2 out_h1 out_h2 out_o1", "0.2 0.9 0.5498 0.7109 0.5227"),
    Printed("sivanandam", "∂E/∂b3 ∂E/∂b1 ∂E/∂b2", "-0.1191 -0.0118 -0.00245"),
    Printed("sivanandam", "w1 w3 w4 w5 b1 b2", "0.6 -0.3 0.4006 0.4164 0.30295 0.50061", 1),
    # a lesson of Udacity; it prints the changes at a rate of .5
    Printed("three_two_one", "∂E/∂w7 ∂E/∂w8", "-0.01608094 -0.01111836"),
    Printed("three_two_one", "∂E/∂w1 ∂E/∂w2 ∂E/∂w3", "-0.000354011094 -0.0000708022186 0.0001416044374"),
    Printed("three_two_one", "∂E/∂w4 ∂E/∂w5 ∂E/∂w6", "0.001022357012 0.000204471402 -0.000408942804"),
    # a web page with a bias a layer, up to the net input of its second output
    Printed("bias_a_layer", "h1 h2 out_h1 out_h2 o1", "-0.3 0.0 0.426 0.5 0.428"),
    # a question of a forum: a neuron that learns AND, an example a step
    Printed("and_neuron", "out_o1", "0.5"),
    Printed("and_neuron", "out_o1", "0.668", 1),
    Printed("and_neuron", "out_o1 w2", "0.646 0.611", 2),
    # a question of homework
    Printed("homework", "h1 h2 out_h1 out_h2", "8 3 0.9997 0.9526"),
    # a hand-out of Robert Gordon University, copied by many
    Printed("hand_out_of_one_step", "out_h1 out_h2 out_o1", "0.68 0.6637 0.69"),
    Printed("hand_out_of_one_step", "out_o1", "0.682", 1),
    # an example of a public repository
    Printed("one_weight", "out_o1 E_Total ∂E/∂w1", "6 25 20"),
]

_UPDATED = "it takes the updated weights of the output layer"
_ROUNDED = "it computes with rounded numbers"
SLIPS = [
    Slip("hand_out_of_one_step", "w1", "0.09916", "0.09907", _UPDATED, 1),
    Slip("hand_out_of_one_step", "w2", "0.7978", "0.7976", _UPDATED, 1),
    Slip("hand_out_of_one_step", "w3", "0.3972", "0.3971", _UPDATED, 1),
    Slip("hand_out_of_one_step", "w4", "0.5928", "0.5926", _UPDATED, 1),
    Slip("hand_out_of_one_step", "w5", "0.272392", "0.272326", _ROUNDED, 1),
    Slip("hand_out_of_one_step", "w6", "0.87305", "0.87300", _ROUNDED, 1),
    Slip("bias_a_layer", "o2", "0.185", "0.157", "−0.1·0.426 + 0.2·0.5 + 0.1 is 0.157"),
    Slip("bias_a_layer", "out_o1", "0.561", "0.567", "it follows from the wrong net input"),
    Slip("bias_a_layer", "E_Total", "0.579", "0.567", "it follows from the wrong net input"),
    Slip("relu_sigmoid_softmax", "out_o3", "0.515", "0.516", "with .198 and .285 the shares add up to .998"),
    Slip("and_neuron", "∂E/∂w2", "0.149", "0.148", "0.668·0.668·0.332 is 0.148", 1),
    Slip("and_neuron", "∂E/∂w1", "0.147", "0.148", "0.646·0.646·0.354 is 0.148", 2),
    Slip("and_neuron", "w1", "0.512", "0.511", "it follows from the wrong gradient", 3),
    Slip("homework", "o1", "-5.905", "-3.905", "−3 + 0.9997 − 2·0.9526 is −3.905"),
    Slip("homework", "out_o1", "0.002", "0.020", "it follows from the wrong net input"),
    Slip("sivanandam", "o1", "0.09101", "0.09103", _ROUNDED),
    Slip("sivanandam", "w2", "-0.09706", "-0.09705", _ROUNDED, 1),
    Slip("sivanandam", "w6", "0.12117", "0.12116", _ROUNDED, 1),
    Slip("sivanandam", "b3", "-0.17022", "-0.17023", _ROUNDED, 1),
]


@cache
def trained(lesson: str) -> Trace:
    return train(load_lesson(_LESSONS / f"{lesson}.toml"))


def number(trace: Trace, name: str, row: int = 0) -> float:
    return float(trace[name][0][row])


def last_digit(figure: str) -> float:
    return 10.0 ** -len(figure.partition(".")[2])


@pytest.mark.parametrize(
    "printed", FIGURES, ids=lambda printed: f"{printed.lesson}, row {printed.row}, {printed.names}"
)
def test_printed_figures_are_met_in_all_their_digits(printed: Printed) -> None:
    for name, figure in zip(printed.names.split(), printed.figures.split(), strict=True):
        found = number(trained(printed.lesson), name, printed.row)
        # sources round or cut off; long ones were computed by programs, which differ by a last bit
        assert found == pytest.approx(float(figure), rel=1e-15, abs=last_digit(figure)), name


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.lesson}, {slip.name}")
def test_a_slip_of_a_source_is_not_ours(slip: Slip) -> None:
    found = number(trained(slip.lesson), slip.name, slip.row)
    assert found == pytest.approx(float(slip.right), abs=0.5 * last_digit(slip.right) + 1e-12), slip.why
    assert abs(found - float(slip.printed)) > 0.5 * last_digit(slip.printed), slip.why


def test_the_hand_out_of_one_step_has_what_comes_of_updated_output_weights() -> None:
    trace = trained("hand_out_of_one_step")
    first, wrong = {name: number(trace, name) for name in ("out_h1", "out_h2", "out_o1", "w1", "w3")}, []
    slope = (first["out_o1"] - 0.5) * first["out_o1"] * (1 - first["out_o1"])
    for hidden, after, start in (("out_h1", "w5", "w1"), ("out_h2", "w6", "w3")):
        out, updated = first[hidden], number(trace, after, 1)
        wrong.append(first[start] - slope * updated * out * (1 - out) * 0.35)
    assert wrong == pytest.approx([0.09916, 0.3972], abs=5e-5)


def sums_of_epochs(trace: Trace, epochs: int, rows: int) -> Iterator[float]:
    losses = trace["E_Total"][0]
    for epoch in range(epochs):
        yield float(losses[epoch * rows : (epoch + 1) * rows].sum())


def test_the_errors_of_twenty_epochs() -> None:
    # its error is the sum over an epoch of (t − o)², which is twice ours
    printed = "6.350 5.531 5.221 4.951 4.519 4.173 3.835 3.506 3.192 2.898 2.626 2.377 2.153 1.953 1.774 1.614 1.472 1.346 1.233 1.132"
    found = [2 * loss for loss in sums_of_epochs(trained("brownlee_train"), 20, 10)]
    assert found == pytest.approx([float(figure) for figure in printed.split()], abs=5e-4)


def means(lesson: str, names: list[str], first: int, examples: int) -> list[float]:
    """Return the means of gradients over the examples of a step."""
    trace = trained(lesson)
    return [sum(number(trace, name, first + place) for place in range(examples)) / examples for name in names]


def test_the_mean_gradients_of_courses() -> None:
    gradients = ["∂E/∂w1", "∂E/∂w2", "∂E/∂b1"]
    assert means("course_logistic", gradients, 0, 3) == pytest.approx(
        [0.99845601, 2.39507239, 0.00145557813678], abs=5e-9
    )
    assert means("course_logistic", ["E_Total"], 0, 3) == pytest.approx([5.801545319394553])
    assert means("course_logistic", gradients, 297, 3) == pytest.approx(
        [0.67752042, 1.41625495, 0.219194504541], abs=5e-9
    )
    hidden = [0.00301023, -0.00747267, 0.00257968, -0.00641288, -0.00156892, 0.003893, -0.00652037, 0.01618243]
    outputs = [0.00078841, 0.01765429, -0.00084166, -0.01022527]
    biases = [0.00176201, 0.00150995, -0.00091736, -0.00381422, -0.16655712]
    weights = [f"∂E/∂w{place}" for place in range(1, 13)]
    assert means("course_planar", weights, 0, 3) == pytest.approx([*hidden, *outputs], abs=6e-9)
    assert means("course_planar", [f"∂E/∂b{place}" for place in range(1, 6)], 0, 3) == pytest.approx(biases, abs=6e-9)


def test_the_mean_errors_of_eleven_lines() -> None:
    trace, targets = trained("eleven_lines"), (0, 1, 1, 0)
    errors = [
        sum(abs(number(trace, "out_o1", 4 * updates + row) - target) for row, target in enumerate(targets)) / 4
        for updates in (0, 10_000)
    ]
    assert errors == pytest.approx([0.49641003190272537, 0.00858452565325], rel=1e-10)


@pytest.mark.parametrize(
    "lesson",
    [
        path.stem
        for path in sorted(_LESSONS.glob("*.toml"))
        if path.stem not in ("one_layer", "eleven_lines")  # of ten thousand epochs
    ],
)
def test_the_workbook_of_the_example_is_proved(tmp_path: Path, lesson: str) -> None:
    path = tmp_path / "lesson.xlsx"
    write_workbook(compile_document(load_lesson(_LESSONS / f"{lesson}.toml")), path)
    report = verify(path)
    assert report.equal, "\n".join(report.lines())
