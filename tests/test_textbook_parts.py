"""Activations, losses and ways of training as textbooks have them: published figures, and the proof of each workbook.

Where a text prints no figures, they are computed here by hand, in plain Python.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.slow import slow
from tests.tampering import set_cell
from tests.test_published_examples import Printed, last_digit, number
from xlbackprop import compile_document, train, verify, write_workbook
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.expression import as_expression
from xlbackprop.network.optimizers import OPTIMIZERS
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.taught import columns
from xlbackprop.workbook.document import Document, address


def lesson_text(
    *layers: str, data: str, loss: str = '"half squared error"', training: str = "", rate: float = 0.25, epochs: int = 1
) -> str:
    """Return a lesson; `data` is inputs and targets, `training` takes the place of gradient descent."""
    way = training or 'optimizer = "gradient descent"'
    return "\n".join(
        [
            'title = "A textbook\'s example"',
            f"[network]\nloss = {loss}",
            *(f"[[network.layers]]\n{layer}" for layer in layers),
            f"[data]\n{data}",
            f"[training]\n{way}\nlearning_rates = [{rate}]\nepochs = {epochs}\n",
        ]
    )


def layer(activation: str, weights: str, biases: str = "") -> str:
    """Return the lines of a layer."""
    of_biases = f"\nbiases = {biases}" if biases else ""
    return f"units = {weights.count('[') - 1}\nactivation = {activation}\nweights = {weights}{of_biases}"


PENALTY = 'optimizer = "momentum"\nweight_decay = 0.1\nweight_decay_in_loss = true\n'


def of_two_layers(
    activation: str,
    outputs: str = '"sigmoid"',
    data: str = "inputs = [0, 1]\ntargets = [1]",
    training: str = "",
) -> str:
    """Return the 2-2-1 network that Fausett and Sivanandam compute by hand."""
    hidden, last = "[[0.6, -0.1], [-0.3, 0.4]]", "[[0.4, 0.1]]"
    layers = layer(activation, hidden, "[0.3, 0.5]"), layer(outputs, last, "[-0.2]")
    return lesson_text(*layers, data=data, training=training, epochs=3 if training else 1)


def of_scores(loss: str) -> str:
    """Return the softmax of three scores in "Neural Networks from Scratch", with another loss."""
    weights = "[[0.2, 0.8, -0.5, 1.0], [0.5, -0.91, 0.26, -0.5], [-0.26, -0.27, 0.17, 0.87]]"
    data = "inputs = [1, 2, 3, 2.5]\ntargets = [1, 0, 0]"
    return lesson_text(layer('"softmax"', weights, "[2, 3, 0.5]"), data=data, loss=loss, rate=0.01, epochs=3)


CLIPPED = 'optimizer = "gradient descent"\ngradient_clip = 0.7\n'


def of_two_answers(loss: str, activation: str, answers: tuple[float, float], targets: str, training: str = "") -> str:
    """Return a layer of two outputs that answer so at the start."""
    inverse = {"sigmoid": lambda a: math.log(a / (1 - a)), "softmax": math.log, "identity": float}[activation]
    only = layer(f'"{activation}"', "[[0.0], [0.0]]", f"[{inverse(answers[0])!r}, {inverse(answers[1])!r}]")
    return lesson_text(only, data=f"inputs = [1]\ntargets = {targets}", loss=loss, training=training)


def of_a_line(training: str, rate: float, epochs: int, loss: str = '"mean squared error"') -> str:
    """Return a unit with one weight, 5, that should answer 0 to 1: a parabola."""
    data = "inputs = [1]\ntargets = [0]"
    return lesson_text(layer('"identity"', "[[5]]"), data=data, loss=loss, training=training, rate=rate, epochs=epochs)


# Brownlee, "How To Implement The Perceptron Algorithm From Scratch In Python"
_PERCEPTRON = """\
inputs = [[2.7810836, 2.550537003], [1.465489372, 2.362125076], [3.396561688, 4.400293529], [1.38807019, 1.850220317],
    [3.06407232, 3.005305973], [7.627531214, 2.759262235], [5.332441248, 2.088626775], [6.922596716, 1.77106367],
    [8.675418651, -0.242068655], [7.673756466, 3.508563011]]
targets = [[0], [0], [0], [0], [0], [1], [1], [1], [1], [1]]"""

IN_STEPS = lesson_text(
    layer('"identity"', "[[5]]", "[1]"),
    data="inputs = [[1], [-2], [0.5]]\ntargets = [[0], [1], [2]]",
    training="batch = 2\noptimizer = WAY",
    epochs=3,
)

LESSONS: Mapping[str, str] = {
    "bipolar sigmoid": of_two_layers('"bipolar sigmoid"', '"bipolar sigmoid"', "inputs = [-1, 1]\ntargets = [1]"),
    "steep bipolar sigmoid": of_two_layers('{ name = "bipolar sigmoid", slope = 2 }'),
    "leaky ReLU": of_two_layers('{ name = "leaky ReLU", slope = 0.1 }', data="inputs = [-2, 1]\ntargets = [1]"),
    "scaled tanh": of_two_layers('"scaled tanh"'),
    "Negnevitsky": of_two_layers('{ name = "scaled tanh", a = 1.716, b = 0.3335 }'),
    "ELU": of_two_layers('{ name = "ELU", alpha = 0.5 }', data="inputs = [-2, 1]\ntargets = [1]"),
    "SiLU": of_two_layers('"SiLU"', '"SiLU"'),
    "GELU": of_two_layers('"GELU"', '"GELU"'),
    "perceptron": lesson_text(
        layer('"step"', "[[0, 0]]", "[0]"),
        data=_PERCEPTRON,
        training='optimizer = "gradient descent"\nbatch = 1',
        rate=0.1,
        epochs=5,
    ),
    "McCaffrey": of_two_answers('"half squared error"', "softmax", (0.4920, 0.5080), "[0.25, 0.75]"),
    "softmax, squared": of_scores('"mean squared error"'),
    "softmax, two terms": of_scores('"two-term log loss"'),
    "sigmoid, two terms": of_two_answers('"two-term log loss"', "sigmoid", (0.6, 0.3), "[1, 0]"),
    "mean of two labels": of_two_answers('"mean binary cross-entropy"', "sigmoid", (0.6, 0.3), "[1, 0]"),
    "mean of two classes": of_two_answers('"mean categorical cross-entropy"', "softmax", (0.6, 0.4), "[1, 0]"),
    "squared error": of_two_answers('"squared error"', "identity", (0.6, 0.3), "[1, 0]"),
    "absolute error": of_two_answers('"absolute error"', "identity", (0.6, 0.3), "[1, 0]"),
    "Huber": of_two_answers('{ name = "Huber", delta = 0.35 }', "identity", (0.6, 0.3), "[1, 0]"),
    "hinge": of_two_answers('"hinge"', "identity", (0.6, -1.5), "[1, -1]"),
    "Adam, not corrected": of_a_line('optimizer = "Adam"\nbias_correction = false', 0.1, 5),
    "Adam, no epsilon": of_a_line('optimizer = "Adam"\nepsilon = 0', 0.1, 5),
    "Adam, epsilon hat": of_a_line('optimizer = "Adam with epsilon hat"\nepsilon = 0.01', 0.1, 5),
    "Adam, epsilon hat, in steps": IN_STEPS.replace("WAY", '"Adam with epsilon hat"'),
    "Adam, from the first": of_a_line('optimizer = "Adam from the first gradient"', 0.1, 5),
    "Adam, from the first, in steps": IN_STEPS.replace("WAY", '"Adam from the first gradient"\nepsilon = 0'),
    "Adam, from before": of_a_line('optimizer = "Adam from the averages before"', 0.1, 5),
    "Adam, from before, in steps": IN_STEPS.replace("WAY", '"Adam from the averages before"\nepsilon = 0'),
    "RMSProp, from before": of_a_line('optimizer = "RMSProp from the average before"', 0.1, 5),
    "RMSProp, from before, inside": of_a_line(
        'optimizer = "RMSProp from the average before"\nepsilon = 0.1\nepsilon_inside_root = true', 0.1, 5
    ),
    "RMSProp, from before, in steps": IN_STEPS.replace("WAY", '"RMSProp from the average before"\nepsilon = 0'),
    "penalty": of_two_layers('"sigmoid"', training=PENALTY),
    "penalty, step by step": of_two_layers('"tanh"', training=PENALTY).replace(
        "[network]", '[network]\nbackward = "chain"'
    ),
    "penalty, several examples": of_two_layers(
        '"sigmoid"',
        data="inputs = [[0, 1], [1, 0], [0.5, 2]]\ntargets = [[1], [0], [1]]",
        training=PENALTY + "batch = 2",
    ),
    "penalty, summed": of_two_layers(
        '"sigmoid"',
        data="inputs = [[0, 1], [1, 0]]\ntargets = [[1], [0]]",
        training=PENALTY + 'gradients = "sum"',
    ),
    "two penalties": of_two_layers('"sigmoid"').replace("learning_rates", "learning_rate").replace("[0.25]", "0.25")
    + "".join(
        f'[[runs]]\nname = "{decay}"\nweight_decay = {decay}\nweight_decay_in_loss = {flag}\n'
        for decay, flag in ((0.1, "true"), (0.3, "true"), (0.3001, "false"))
    ),
    "clipped": of_two_answers('"squared error"', "identity", (0.6, 0.3), "[1, 0]", CLIPPED),
    "clipped, step by step": lesson_text(
        layer('"identity"', "[[5]]", "[1]"),
        data="inputs = [[1], [-2], [0.5]]\ntargets = [[0], [1], [2]]",
        training='optimizer = "Adam"\nbatch = 2\nweight_decay = 0.1\ngradient_clip = 3.5',
        epochs=3,
    ),
    "exponential": of_a_line('optimizer = "gradient descent"\nschedule = "exponential"\ndecay_rate = 0.1', 1.0, 20),
    "1/t": of_a_line('optimizer = "gradient descent"\nschedule = "1/t"\ndecay_rate = 0.1', 1.0, 20),
    "no update": of_two_layers('"sigmoid"').replace("epochs = 1", "epochs = 0"),
}


# ------------------------------------------------------------------------------------------------------------ figures


PUBLISHED = [
    # Fausett, "Fundamentals of Neural Networks", and Sivanandam and Deepa, "Principles of Soft Computing"
    Printed("bipolar sigmoid", "h1 h2 out_h1 out_h2 o1 out_o1", "-0.4 1.2 -0.1974 0.5370 -0.2252 -0.112"),
    Printed("bipolar sigmoid", "w1 w2 w3 w4 b1 b2", "0.5736 -0.0736 -0.3049 0.4049 0.3264 0.5049", 1),
    Printed("bipolar sigmoid", "w5 w6 b3", "0.3729 0.1737 -0.0627", 1),
    # "Neural Networks from Scratch"
    Printed(
        "softmax, squared", "o1 o2 o3 out_o1 out_o2 out_o3", "4.8 1.21 2.385 0.8952826640 0.0247083068 0.0800090293"
    ),
    Printed("1/t", "learning_rate", "1.0", 0),
    Printed("1/t", "learning_rate", "0.9090909090909091", 1),
    Printed("1/t", "learning_rate", "0.8333333333333334", 2),
    Printed("1/t", "learning_rate", "0.3448275862068965", 19),
    # what PyTorch's BCELoss and Keras's binary_crossentropy give
    Printed("mean of two labels", "E_Total", "0.433750284"),
    Printed("sigmoid, two terms", "E_Total", "0.8675005677"),
    # J. McCaffrey prints outputs of .4920 and .5080 and, without the other output's share, terms of .0605
    Printed("McCaffrey", "out_o1 out_o2 ∂E/∂b1 ∂E/∂b2", "0.4920 0.5080 0.12097 -0.12097"),
    # Adam's first step has the length of the learning rate
    Printed("Adam, no epsilon", "w1", "4.9", 1),
    Printed("perceptron", "b1 w1 w2", "-0.1 0.20653640140000007 -0.23418117710000003", 50),
]


@pytest.mark.parametrize("printed", PUBLISHED, ids=lambda printed: f"{printed.lesson}, row {printed.row}")
def test_the_figures_are_those_of_the_book(printed: Printed) -> None:
    trace = train(read_lesson(LESSONS[printed.lesson], printed.lesson))
    for name, figure in zip(printed.names.split(), printed.figures.split(), strict=True):
        found = number(trace, name.replace("_rate", " rate"), printed.row)
        assert found == pytest.approx(float(figure), rel=1e-15, abs=0.51 * last_digit(figure)), name


def by_hand(name: str) -> dict[str, float]:
    """Return numbers of the first row that follow from the mathematics, computed without the package."""
    first, second = 0.6, 0.3  # what two outputs answer
    shares = [math.exp(score) / sum(map(math.exp, (4.8, 1.21, 2.385))) for score in (4.8, 1.21, 2.385)]
    off = [share - target for share, target in zip(shares, (1, 0, 0), strict=True)]
    mean_off = sum(2 * o * share / 3 for o, share in zip(off, shares, strict=True))
    two_terms = [-1 / shares[0], 1 / (1 - shares[1]), 1 / (1 - shares[2])]
    mean_term = sum(slope * share for slope, share in zip(two_terms, shares, strict=True))
    y = 1 / (1 + math.exp(-(0.4 * -0.1 + 0.1 * 1.5 - 0.2)))
    elu = [-0.5 * (1 - math.exp(-1.0)), 0.5 + 0.6 + 0.4]
    return {
        "steep bipolar sigmoid": {"out_h1": (1 - math.exp(-0.4)) / (1 + math.exp(-0.4)), "h1": 0.2},
        "leaky ReLU": {"out_h1": -0.1, "out_h2": 1.5, "∂E/∂b1": (y - 1) * y * (1 - y) * 0.4 * 0.1},
        "scaled tanh": {"out_h1": 1.7159 * math.tanh(2 / 3 * 0.2)},
        "Negnevitsky": {"out_h1": 2 * 1.716 / (1 + math.exp(-0.667 * 0.2)) - 1.716},
        "ELU": {"out_h1": elu[0], "out_h2": elu[1]},
        "SiLU": {"out_h1": 0.2 / (1 + math.exp(-0.2)), "out_h2": 0.9 / (1 + math.exp(-0.9))},
        "GELU": {"out_h1": 0.2 * 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * (0.2 + 0.044715 * 0.2**3)))},
        "softmax, squared": {
            "E_Total": sum(o * o for o in off) / 3,
            "∂E/∂b1": shares[0] * (2 * off[0] / 3 - mean_off),
            "∂E/∂b3": shares[2] * (2 * off[2] / 3 - mean_off),
        },
        "softmax, two terms": {
            "E_Total": -math.log(shares[0]) - math.log(1 - shares[1]) - math.log(1 - shares[2]),
            "∂E/∂b1": shares[0] * (two_terms[0] - mean_term),
            "∂E/∂b2": shares[1] * (two_terms[1] - mean_term),
        },
        "mean of two labels": {"∂E/∂b1": (first - 1) / 2, "∂E/∂b2": second / 2},
        "mean of two classes": {"E_Total": -math.log(0.6) / 2, "∂E/∂b1": -0.2, "∂E/∂b2": 0.2},
        "sigmoid, two terms": {"∂E/∂b1": first - 1, "∂E/∂b2": second},
        "squared error": {"E_Total": 0.25, "∂E/∂b1": -0.8, "∂E/∂b2": 0.6},
        "absolute error": {"E_Total": 0.7, "∂E/∂b1": -1.0, "∂E/∂b2": 1.0},
        "Huber": {"E1": 0.35 * (0.4 - 0.175), "E2": 0.045, "∂E/∂b1": -0.35, "∂E/∂b2": 0.3},
        "hinge": {"E1": 0.4, "E2": 0.0, "∂E/∂b1": -1.0, "∂E/∂b2": 0.0},
    }[name]


@pytest.mark.parametrize(
    "name",
    [
        "steep bipolar sigmoid", "leaky ReLU", "scaled tanh", "Negnevitsky", "ELU", "SiLU", "GELU", "softmax, squared",
        "softmax, two terms", "mean of two labels", "mean of two classes", "sigmoid, two terms", "squared error",
        "absolute error", "Huber", "hinge",
    ],
)  # fmt: skip
def test_the_figures_are_those_of_a_hand_computation(name: str) -> None:
    trace = train(read_lesson(LESSONS[name], name))
    for of, expected in by_hand(name).items():
        assert number(trace, of) == pytest.approx(expected, rel=1e-12, abs=1e-15), of


def test_adam_without_bias_correction_takes_longer_steps_first() -> None:
    trace = train(read_lesson(LESSONS["Adam, not corrected"], "Adam"))
    w, m, v = 5.0, 0.0, 0.0
    for row in range(6):
        assert number(trace, "w1", row) == pytest.approx(w, rel=1e-13)
        m, v = 0.9 * m + 0.1 * 2 * w, 0.999 * v + 0.001 * (2 * w) ** 2
        w -= 0.1 * m / (math.sqrt(v) + 1e-8)
    assert number(trace, "w1", 1) == pytest.approx(5 - 0.1 * 0.1 / math.sqrt(0.001), rel=1e-8)


def test_a_penalty_of_large_weights_is_part_of_the_loss_and_of_each_gradient() -> None:
    without, trace = (
        train(read_lesson(of_two_layers('"sigmoid"', training=way), "penalty"))
        for way in ('optimizer = "gradient descent"\nweight_decay = 0.1', PENALTY)
    )
    weights = {"w1": 0.6, "w2": -0.1, "w3": -0.3, "w4": 0.4, "w5": 0.4, "w6": 0.1}
    squares = sum(w * w for w in weights.values())
    assert number(trace, "E_Total") == pytest.approx(number(without, "E_Total") + 0.05 * squares, rel=1e-14)
    for name, w in weights.items():
        assert number(trace, f"∂E/∂{name}") == pytest.approx(number(without, f"∂E/∂{name}") + 0.1 * w, rel=1e-13)
        assert number(trace, name, 1) == pytest.approx(number(without, name, 1), rel=1e-14)
    for bias in ("b1", "b2", "b3"):
        assert number(trace, f"∂E/∂{bias}") == number(without, f"∂E/∂{bias}")


@pytest.mark.parametrize("forgotten", ["taught.chain_rule", "numpy_run.penalty"])
def test_a_forgotten_slope_of_the_penalty_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    if forgotten == "taught.chain_rule":
        monkeypatch.setattr("xlbackprop.taught.chain_rule.penalty_slope", lambda _: as_expression(0.0))
    else:
        monkeypatch.setattr("xlbackprop.numpy_run.penalty.Penalty.with_gradient", lambda _, gradient, __: gradient)
    document = compile_document(read_lesson(LESSONS["penalty"], "penalty"))
    write_workbook(document, tmp_path / "lesson.xlsx")
    assert not verify(tmp_path / "lesson.xlsx").equal


def test_a_gradient_is_clipped_in_the_update_alone() -> None:
    trace = train(read_lesson(LESSONS["clipped"], "clipped"))
    assert [number(trace, f"∂E/∂b{of}") for of in (1, 2)] == pytest.approx([-0.8, 0.6], rel=1e-14)
    assert [number(trace, f"b{of}", 1) for of in (1, 2)] == pytest.approx(
        [0.6 + 0.25 * 0.7, 0.3 - 0.25 * 0.6], rel=1e-14
    )


def test_the_penalty_of_many_weights_is_refused() -> None:
    weights = str([[0.1] * 8] * 9)
    with pytest.raises(InputError, match="a sum over the squares of 72 weights; 64 are allowed"):
        read_lesson(
            lesson_text(
                layer('"identity"', weights), data=f"inputs = {[1] * 8}\ntargets = {[0] * 9}", training=PENALTY
            ),
            "penalty",
        )


def test_adam_may_start_from_the_first_gradient() -> None:
    trace = train(read_lesson(LESSONS["Adam, from the first"], "Adam"))
    w, m, v = 5.0, 10.0, 100.0
    for row in range(6):
        assert number(trace, "w1", row) == pytest.approx(w, rel=1e-13)
        if row:
            assert (number(trace, "m_w1", row), number(trace, "v_w1", row)) == pytest.approx((m, v), rel=1e-13)
            m, v = 0.9 * m + 0.1 * 2 * w, 0.999 * v + 0.001 * (2 * w) ** 2
        w -= 0.1 * m / (math.sqrt(v) + 1e-8)


def test_adam_may_step_by_the_averages_before() -> None:
    trace = train(read_lesson(LESSONS["Adam, from before"], "Adam"))
    w, m, v = 5.0, 0.0, 0.0
    for row in range(6):
        assert [number(trace, name, row) for name in ("w1", "m_w1", "v_w1")] == pytest.approx([w, m, v], rel=1e-13)
        g = 2 * w
        w -= 0.1 * m / (math.sqrt(v) + 1e-8)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    assert number(trace, "w1", 1) == 5.0  # nothing is known before the first gradient
    assert number(trace, "w1", 2) == pytest.approx(5 - 0.1 * 0.1 / math.sqrt(0.001), rel=1e-8)


@pytest.mark.parametrize(
    ("name", "root"),
    [
        ("RMSProp, from before", lambda s: math.sqrt(s) + 1e-8),
        ("RMSProp, from before, inside", lambda s: math.sqrt(s + 0.1)),
    ],
)
def test_rmsprop_may_divide_by_the_average_before(name: str, root: Callable[[float], float]) -> None:
    trace = train(read_lesson(LESSONS[name], name))
    w, s = 5.0, 0.0
    for row in range(6):
        assert [number(trace, of, row) for of in ("w1", "s_w1")] == pytest.approx([w, s], rel=1e-13)
        g = 2 * w
        w -= 0.1 * g / (root(s) if s else 1)
        s = 0.9 * s + 0.1 * g * g
    assert number(trace, "w1", 1) == pytest.approx(5 - 0.1 * 10, rel=1e-14)  # not 10⁹ with ε = 1e-8


@pytest.mark.parametrize(
    ("name", "entry", "other"),
    [
        ("Adam, from before", "Adam from the averages before", "Adam without bias correction"),
        ("RMSProp, from before, in steps", "RMSProp from the average before", "RMSProp"),
    ],
)
@pytest.mark.parametrize("side", ["weight", "step"])
def test_averages_that_know_this_gradient_on_one_side_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, entry: str, other: str, side: str
) -> None:
    wrong = OPTIMIZERS[entry]._replace(**{side: getattr(OPTIMIZERS[other], side)})
    monkeypatch.setitem(OPTIMIZERS, entry, wrong)
    columns.cache_clear()
    write_workbook(compile_document(read_lesson(LESSONS[name], name)), tmp_path / "lesson.xlsx")
    report = verify(tmp_path / "lesson.xlsx")
    columns.cache_clear()
    assert not report.equal


def test_an_exponential_schedule_is_a_power_of_e() -> None:
    trace = train(read_lesson(LESSONS["exponential"], "exponential"))
    assert [number(trace, "learning rate", row) for row in range(21)] == pytest.approx(
        [math.exp(-0.1 * epoch) for epoch in range(21)], rel=1e-14
    )


def test_without_an_update_there_is_one_row() -> None:
    trace = train(read_lesson(LESSONS["no update"], "no update"))
    assert trace.lesson.rows == 1
    assert number(trace, "out_o1") == pytest.approx(0.5227, abs=5e-5)
    assert number(trace, "∂E/∂w5") == pytest.approx(-0.1191 * 0.5498, abs=2e-5)


# ------------------------------------------------------------------------------------------------------------- proofs


def _weight(document: Document) -> tuple[str, str]:
    """Return sheet and cell of the first weight."""
    cells = ((sheet.name, place, cell) for sheet in document.sheets for place, cell in sheet.cells.items())
    return next((name, address(*place)) for name, place, cell in cells if cell.changeable == "w1")


@pytest.mark.parametrize("name", LESSONS)
def test_the_workbook_is_proved_as_made_and_after_an_edit(tmp_path: Path, name: str) -> None:
    _proved(tmp_path / "lesson.xlsx", LESSONS[name], "formualizer")


@pytest.mark.parametrize("name", [slow(name, engine="libreoffice") for name in LESSONS])
def test_libreoffice_proves_it_too(tmp_path: Path, name: str) -> None:
    _proved(tmp_path / "lesson.xlsx", LESSONS[name], "libreoffice")


def _proved(path: Path, text: str, engine: str) -> None:
    document = compile_document(read_lesson(text, "textbook"))
    assert str(document[CHECKS].cells[ChecksLayout.verdict_row, 2].value).startswith("PASS: all checks of ")
    write_workbook(document, path)
    report = verify(path, engine)
    assert report.equal, "\n".join(report.lines())
    set_cell(path, *_weight(document), "<v>0.45</v>")
    report = verify(path, engine)
    assert report.recalculates, "\n".join(report.lines())
    assert any(note.startswith("Edited since it was made: w1") for note in report.notes)


def test_a_workbook_says_that_a_step_has_no_slope() -> None:
    document = compile_document(read_lesson(LESSONS["perceptron"], "perceptron"))
    words = {sheet.name: [str(cell.value) for cell in sheet.cells.values()] for sheet in document.sheets}
    for name in (CHECKS, "Summary", "Step by step"):
        assert any("a step has the slope 0 or none" in text for text in words[name]), name
    of_slopes = re.compile("raising w1|how (E_Total|the loss) moves|how fast")
    assert [text for told in words.values() for text in told if of_slopes.search(text)] == []
    (estimates,) = (
        table for table in document[CHECKS].tables if any(column.header == "left out" for column in table.columns)
    )
    (left_out,) = (column for column in estimates.columns if column.header == "left out")
    assert left_out.values[:].sum() * 4 == estimates.rows


def test_standard_parameters_are_those_of_a_plain_name() -> None:
    plain, told = (
        read_lesson(of_two_layers(f'{{ name = "{name}"{others} }}' if others else f'"{name}"'), "standard").runs
        for name, others in (("ELU", ""), ("ELU", ", alpha = 1"))
    )
    assert plain == told
    assert read_lesson(LESSONS["ELU"], "ELU").runs[0].recipe.layers[0].parameters == (0.5,)
    assert len({read_lesson(LESSONS[name], name).runs[0].recipe for name in LESSONS}) > 20
