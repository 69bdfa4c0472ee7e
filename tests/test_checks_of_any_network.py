"""What Checks must see, and must not cry about, in networks other than the walkthrough's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import formualizer
import numpy as np
import pytest

from tests.mutants.proof_lessons import BY_ITSELF
from xlbackprop import InputError, compile_document, load_lesson, verify, write_workbook
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.activations import ACTIVATIONS
from xlbackprop.network.expression import Expression, Number, Ref
from xlbackprop.network.losses import LOSSES, Answer, Targets
from xlbackprop.network.quantities import Gradient, Highest, NetInput, Output
from xlbackprop.network.recipe import Recipe
from xlbackprop.sheets.checks.broken_rows import MOST_TERMS
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught import Column, chain_rule
from xlbackprop.taught.run_columns import columns
from xlbackprop.workbook.document import Filled

_OF_SLOPES = 8  # the column of the counts in which gradients differ from their estimates


def lesson_text(activation: str, loss: str) -> str:
    """Return a small lesson with this activation and this loss; half of its net inputs are below 0."""
    output = next(iter((*filter(None, [LOSSES[loss].pairs_with]), *LOSSES[loss].activations)), "identity")
    first = -1 if LOSSES[loss].targets is Targets.SIGNS else 0
    return f"""\
title = "Slopes"
[network]
loss = "{loss}"
[[network.layers]]
units = 2
activation = "{activation}"
weights = [[0.8, -0.7], [-0.5, 0.6]]
biases = [0.3, -0.4]
[[network.layers]]
units = 2
activation = "{output}"
weights = [[0.9, -0.4], [-0.3, 0.7]]
[data]
inputs = [0.5, -0.8]
targets = [{first}, 1]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 2
"""


@pytest.fixture
def anew() -> Iterator[None]:
    """Columns are remembered by their recipe; a changed entry makes others, before the test and after it."""
    columns.cache_clear()
    yield
    columns.cache_clear()


def counts_of_slopes(text: str, path: Path) -> float:
    """Return in how many estimates the engine finds another slope than the formulas of the table."""
    lesson = read_lesson(text, "slopes")
    write_workbook(compile_document(lesson), path)
    workbook = formualizer.load_workbook(str(path), strategy="eager_all")
    workbook.evaluate_all()
    return float(workbook.get_value(CHECKS, ChecksLayout(lesson).run_row(0), _OF_SLOPES))


def _a_little_too_steep(factors: list[Expression]) -> list[Expression]:
    return [Number(1.001), *factors]


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("name", [name for name, entry in ACTIVATIONS.items() if not entry.instead_of_slope])
def test_a_wrong_slope_of_an_activation_is_seen_by_the_estimates(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, entry = lesson_text(name, "half squared error"), ACTIVATIONS[name]
    assert counts_of_slopes(text, tmp_path / "sound.xlsx") == 0
    faulty = entry._replace(slope=lambda a, z: _a_little_too_steep(entry.slope(a, z)))
    monkeypatch.setitem(ACTIVATIONS, name, faulty)
    columns.cache_clear()
    assert counts_of_slopes(text, tmp_path / "faulty.xlsx") > 0


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("name", LOSSES)
def test_a_wrong_slope_of_a_loss_is_seen_by_the_estimates(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, entry = lesson_text("tanh", name), LOSSES[name]
    assert counts_of_slopes(text, tmp_path / "sound.xlsx") == 0

    def slope(at: Answer) -> Expression:
        return 1.001 * entry.slope(at)

    monkeypatch.setitem(LOSSES, name, entry._replace(slope=slope))
    columns.cache_clear()
    assert counts_of_slopes(text, tmp_path / "faulty.xlsx") > 0


SHARES = """\
title = "Squared error behind softmax"
[network]
loss = "half squared error"
backward = "{backward}"
[[network.layers]]
units = 2
activation = "softmax"
weights = [[0.3], [-0.2]]
[data]
inputs = [0.5]
targets = [0.25, 0.75]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 2
"""


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("backward", ["expanded", "chain"])
def test_a_share_that_the_other_outputs_are_left_out_of_is_seen_by_the_estimates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backward: str
) -> None:
    """A slip in print: ∂E/∂o1 as (out − t)·out·(1 − out), as if softmax were a sigmoid."""
    text = SHARES.format(backward=backward)
    assert counts_of_slopes(text, tmp_path / "sound.xlsx") == 0

    def alone(net: NetInput, unit: int) -> Expression:
        own = Ref(Output(net.layer, net.unit))
        return own * (1.0 - own) if unit == net.unit else Number(0.0)

    def of_one(_: Recipe, net: NetInput) -> Column:
        own = Ref(Output(net.layer, net.unit))
        return Column(Gradient(net), Ref(Gradient(Output(net.layer, net.unit))) * own * (1.0 - own), "")

    monkeypatch.setattr(chain_rule, "_share_slope", alone)
    monkeypatch.setattr(chain_rule, "_of_mixed", of_one)
    columns.cache_clear()
    assert counts_of_slopes(text, tmp_path / "faulty.xlsx") > 0


STEEP = """\
title = "Slopes much larger than any number of the row"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "tanh"
weights = [[0.5], [-0.4]]
bias = "none"
[[network.layers]]
units = 1
activation = "identity"
weights = [[40, -30]]
bias = "none"
[data]
inputs = [1]
targets = [-5]
[training]
optimizer = "gradient descent"
learning_rates = [0.000001]
epochs = 1
"""


def _estimates(text: str) -> dict[str, Filled]:
    """Return the columns of the estimated gradients of a lesson's first run, by their headers."""
    document = compile_document(read_lesson(text, "estimates"))
    return next(
        {column.header: column for column in table.columns}
        for table in document[CHECKS].tables
        if table.columns[-1].header == "differ" and any(column.header == "exact to ±" for column in table.columns)
    )


def test_an_estimate_may_stray_as_far_as_rounding_moves_the_loss() -> None:
    """A hidden output is rounded as 1 is, ∂E/∂out tells how that moves the loss; all divided by the step."""
    out, weights = np.tanh([0.5, -0.4]), np.array([40.0, -30.0])
    error = weights @ out + 5.0
    rounding = (0.5 * error**2 + np.abs(error * weights).sum()) / 1e15 / 1e-3
    columns = _estimates(STEEP)
    for header in ("∂E/∂w estimated", "exact to ±"):
        assert columns[header].noise == pytest.approx(1e-10 + 10 * rounding, rel=0.05)


def test_net_inputs_of_0_are_not_left_to_rounding() -> None:
    assert _estimates(BY_ITSELF)["kinks crossed"].noise == 0
    near = BY_ITSELF.replace("0.1005, 0.002", "0.1005, 1e-17")
    assert _estimates(near)["kinks crossed"].noise > 0


THREE_CLASSES = """\
title = "The third class is the likeliest"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = 3
activation = "softmax"
weights = [[0.1], [0.2], [0.9]]
[data]
inputs = [1]
targets = [0, 0, 1]
[training]
optimizer = "gradient descent"
learning_rates = [0.1]
epochs = 2
"""


@pytest.mark.parametrize("instead", [0.2, 0.95])
def test_a_highest_net_input_that_is_not_the_highest_is_seen(tmp_path: Path, instead: float) -> None:
    """Softmax is the same whatever is taken off every net input, so nothing else would tell."""
    lesson = read_lesson(THREE_CLASSES, "classes")
    path = tmp_path / "classes.xlsx"
    write_workbook(compile_document(lesson), path)
    workbook = formualizer.load_workbook(str(path), strategy="eager_all")
    run, checks = RunLayout(lesson, 0), ChecksLayout(lesson)
    column = run.column_of[Highest(1)]
    names = [of.quantity for of in run.columns]
    cell = checks.matrix_rows(run.recipe)[names.index(Highest(1))], checks.value_column
    workbook.evaluate_all()
    assert workbook.get_value(CHECKS, *cell) == 0
    workbook.set_value(run.name, run.first_row, column, instead)
    workbook.evaluate_all()
    assert workbook.get_value(CHECKS, *cell) == 1


GROWING = """\
title = "A run that grows without end"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "identity"
weights = [[1]]
[data]
inputs = [1]
targets = [0]
[training]
optimizer = "gradient descent"
learning_rates = [1e9]
epochs = 14
"""


@pytest.mark.parametrize(
    "engine", [pytest.param(n, marks=pytest.mark.engine(n)) for n in ("formualizer", "ironcalc", "libreoffice")]
)
def test_numbers_whose_squares_would_overflow_are_still_compared(tmp_path: Path, engine: str) -> None:
    document = compile_document(read_lesson(GROWING, "growing"))  # to losses of 5e251
    assert document[CHECKS].cells[3, 2].value == "PASS: all checks of 1 run"
    write_workbook(document, tmp_path / "growing.xlsx")
    report = verify(tmp_path / "growing.xlsx", engine)
    assert report.equal, "\n".join(report.lines())


def test_a_column_that_a_run_does_not_have_is_not_marked_as_broken(tmp_path: Path) -> None:
    lesson = load_lesson("optimizers", epochs=3)
    document = compile_document(lesson)
    sheet, places = document[CHECKS], ChecksLayout(lesson)
    first = places.matrix_header_row + 1
    (flag,) = (flag for flag in sheet.flags if flag.colour == "bad" and flag.cells.startswith(f"C{first}:"))
    blank = next(
        row
        for row in range(first, places.matrix_last_row + 1)
        if (row, 3) not in sheet.cells and (row, 1) in sheet.cells
    )
    write_workbook(document, tmp_path / "optimizers.xlsx")
    workbook = formualizer.load_workbook(str(tmp_path / "optimizers.xlsx"), strategy="eager_all")
    for row, marked in ((blank, False), (first, False), (first, True)):
        if marked:
            workbook.set_value(CHECKS, row, 3, 2.0)  # two broken rows
        workbook.set_formula(CHECKS, 1, 60, "=" + flag.formula.replace(f"C{first}", f"C{row}"))
        workbook.evaluate_all()
        assert workbook.get_value(CHECKS, 1, 60) is marked


def test_a_name_that_makes_the_checks_too_long_is_refused_before_training() -> None:
    weights = '{ draw = "uniform", low = -1, high = 1 }'
    text = (
        GROWING.replace('"half squared error"', '"categorical cross-entropy"\nseed = 1')
        .replace("units = 1", "units = 80")
        .replace('"identity"', '"softmax"')
        .replace("[[1]]", weights)
        .replace("targets = [0]", f"targets = {[1, *[0] * 79]}")
        .replace("learning_rates = [1e9]", "learning_rate = 0.1")
    )
    named = '[[runs]]\nname = "{}"\n'
    assert read_lesson(text + named.format("short"), "short").runs[0].name == "short"
    with pytest.raises(InputError) as fault:
        read_lesson(text.replace("epochs = 14", "epochs = 9999") + named.format("n" * 31), "long")
    assert [problem.place for problem in fault.value.problems] == ["line 17, run 1, name"]
    assert "is a sum over 80 units, and its check names the sheet" in str(fault.value)


def test_a_sum_of_too_many_terms_for_a_formula_is_compared_in_total(tmp_path: Path) -> None:
    terms = MOST_TERMS + 1
    weights = [round(0.3 - 0.007 * term, 3) for term in range(terms)]
    text = (
        GROWING.replace("weights = [[1]]", f"weights = [{weights}]\nbiases = [0.25]")
        .replace("inputs = [1]", f"inputs = {[round(0.9 - 0.02 * term, 2) for term in range(terms)]}")
        .replace("learning_rates = [1e9]", "learning_rates = [0.01]")
        .replace("epochs = 14", "epochs = 3")
    )
    lesson = read_lesson(text, "many terms")
    write_workbook(compile_document(lesson), tmp_path / "terms.xlsx")
    workbook = formualizer.load_workbook(str(tmp_path / "terms.xlsx"), strategy="eager_all")
    workbook.evaluate_all()
    run, checks = RunLayout(lesson, 0), ChecksLayout(lesson)
    net = NetInput(1, 0)
    count = checks.matrix_rows(run.recipe)[list(run.column_of).index(net)]
    assert str(workbook.get_value(CHECKS, checks.verdict_row, 2)).startswith("PASS")
    place = run.name, run.first_row + 2, run.column_of[net]
    honest, formula = workbook.get_value(*place), workbook.get_formula(*place)
    for off, broken in ((1e-7, 1), (-1e-7, 1), (1e-12, 0)):
        workbook.set_value(*place, honest + off * abs(honest))
        workbook.evaluate_all()
        assert workbook.get_value(CHECKS, count, 3) == broken
    workbook.set_formula(*place, formula.rpartition("+")[0])  # the bias forgotten
    workbook.evaluate_all()
    assert workbook.get_value(CHECKS, count, 3) == 1


def test_a_sum_of_too_many_terms_may_be_0_in_every_row(tmp_path: Path) -> None:
    terms = MOST_TERMS + 1
    text = GROWING.replace("weights = [[1]]", f"weights = [{[0] * terms}]").replace(
        "inputs = [1]", f"inputs = {[0] * terms}"
    )
    document = compile_document(read_lesson(text.replace("[1e9]", "[0.1]"), "nothing"))
    assert document[CHECKS].cells[ChecksLayout.verdict_row, 2].value == "PASS: all checks of 1 run"
    write_workbook(document, tmp_path / "nothing.xlsx")
    report = verify(tmp_path / "nothing.xlsx")
    assert report.equal, "\n".join(report.lines())
