"""`Summary`: the lines of mathematics of every kind of network, and the tables beside them."""

from __future__ import annotations

import re
from itertools import count, takewhile
from pathlib import Path

import pytest

from tests.lessons import covering_lessons
from tests.tampering import set_cell
from tests.test_networks import lesson_text
from xlbackprop import compile_document, load_lesson, write_workbook
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.quantities import NetInput, Weight
from xlbackprop.numpy_run.trace import train
from xlbackprop.sheets.derivation.opening import opening
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import ErrorValue, Sheet, address, quoted
from xlbackprop.workbook.looks import Look
from xlbackprop.xlsx.read.reader import blind_copy

XOR = """title = "XOR"
[network]
loss = "binary cross-entropy"
[[network.layers]]
units = 2
activation = "tanh"
weights = [[1.0, -0.8], [0.6, 0.9]]
bias = "unit"
biases = [0.1, -0.2]
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.7, -1.1]]
bias = "unit"
biases = [0.05]
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
targets = [[0], [1], [1], [0]]
[training]
epochs = 5
"""
RATES = 'optimizer = "gradient descent"\nlearning_rates = [0.1, 0.5]\n'

ONE_LAYER = """title = "One layer"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = 3
activation = "softmax"
weights = [[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]]
bias = "layer"
biases = [0.1]
train_biases = false
[data]
inputs = [0.5, -0.5]
targets = [0, 1, 0]
[training]
optimizer = "gradient descent"
learning_rates = [0.5]
epochs = 3
"""


def _summary(text: str) -> Sheet:
    return compile_document(read_lesson(text, "a lesson"))["Summary"]


def _lines(sheet: Sheet, column: int = 1) -> list[str]:
    return [str(sheet.cells[place].value) for place in sorted(sheet.cells) if place[1] == column]


def _mathematics(sheet: Sheet, name: str) -> list[str]:
    """Return the mathematics beside every line of this name, with what goes on in the rows below."""
    rows = [row for (row, column), cell in sorted(sheet.cells.items()) if column == 1 and cell.value == name]
    return [_whole(sheet, row) for row in rows if (row, 2) in sheet.cells]


def _whole(sheet: Sheet, row: int) -> str:
    below = takewhile(lambda row: (row, 1) not in sheet.cells and (row, 2) in sheet.cells, count(row + 1))
    return " ".join(str(sheet.cells[each, 2].value) for each in (row, *below))


def _right(sheet: Sheet) -> int:
    """Return the first column of the right half; two columns before, the left one ends with the numbers."""
    return next(column for (_, column), cell in sheet.cells.items() if cell.value == "How the loss falls")


def _number(sheet: Sheet, name: str) -> float:
    rows = [row for (row, column), cell in sheet.cells.items() if column == 1 and cell.value == name]
    value = sheet.cells[max(rows), _right(sheet) - 2].value
    assert isinstance(value, float)
    return value


def _table(sheet: Sheet, heading: str) -> list[list[object]]:
    """Return the rows of a table of the right half, header first, up to an empty row."""
    right = _right(sheet)
    row = next(row for (row, column), cell in sheet.cells.items() if column == right and cell.value == heading) + 1
    table = []
    while (row, right) in sheet.cells:
        columns = range(right, right + 7)
        table.append([sheet.cells[row, column].value for column in columns if (row, column) in sheet.cells])
        row += 1
    return table


def test_biases_stand_in_what_a_unit_receives_and_carry_1_back() -> None:
    summary = _summary(XOR + RATES)
    assert _mathematics(summary, "h1") == ["= w1·i1 + w2·i2 + b1"]
    assert "6. Backward: the biases" in _lines(summary)
    assert _mathematics(summary, "∂E/∂b3") == ["= out_o1 − t1"]
    assert _mathematics(summary, "∂E/∂b1") == [
        "= ∂E_Total/∂o1 · ∂o1/∂out_h1 · ∂out_h1/∂h1 · ∂h1/∂b1",
        "= (out_o1 − t1)·w5·(1 − out_h1²)",
    ]


def test_a_symbol_that_says_what_the_formula_says_is_not_said_twice() -> None:
    summary = _summary(XOR + RATES)
    assert _mathematics(summary, "out_h1") == ["= tanh(h1)"]
    assert _mathematics(summary, "out_o1") == ["= σ(o1) = 1/(1 + exp(−o1))"]
    assert _mathematics(_summary(XOR.replace("tanh", "identity") + RATES), "out_h1") == ["= h1"]


def test_a_paired_loss_gives_one_factor_for_both() -> None:
    summary = _summary(XOR + RATES)
    assert _mathematics(summary, "∂E/∂w5") == ["= ∂E_Total/∂o1 · ∂o1/∂w5", "= (out_o1 − t1)·out_h1"]
    assert any("loss and sigmoid have one derivative together" in line for line in _lines(summary))


def test_several_examples_are_spoken_of() -> None:
    summary = _summary(XOR + RATES)
    assert (
        summary.cells[24, 2].value == "numbers at epoch 0, example 4, of LR=0.1"
    )  # the first three have an input of 0
    assert summary.cells[25, _right(summary) - 2].formula == "'Data'!$C$9"
    assert any("The loss of all examples is the mean over 4, and a step" in line for line in _lines(summary))


@pytest.mark.parametrize(("way", "divisor"), [("mean", 4), ("sum", 1)])
def test_a_step_of_several_examples_shows_what_is_gathered(way: str, divisor: int) -> None:
    summary = _summary(f'{XOR}{RATES}gradients = "{way}"\n')
    lines = _lines(summary)
    assert f"A step uses the {way} of the gradients of its 4 examples:" in lines
    moved = 1.0 - 0.1 * _number(summary, "Σ∂E/∂w1") / divisor
    assert _number(summary, "w1 at step 1") == pytest.approx(moved, rel=1e-12)
    for name in ("w1", "w6", "b1"):
        assert f"Σ∂E/∂{name}" in lines
        assert (f"mean ∂E/∂{name}" in lines) == (way == "mean")


def test_a_step_of_each_example_is_the_row_after_the_first() -> None:
    summary = _summary(f"{XOR}{RATES}batch = 1\n[show]\nexample = 1\n")
    assert "Each example makes a step of its own, from its own gradients." in _lines(summary)
    assert _number(summary, "b1 at step 1") == pytest.approx(0.1 - 0.1 * _number(summary, "∂E/∂b1"), rel=1e-12)


@pytest.mark.parametrize(("batch", "epoch", "example"), [(1, 0, 3), (2, 1, 2), (3, 2, 4), (4, 3, 1)])
def test_the_lesson_says_which_row_is_shown_and_the_update_after_it(batch: int, epoch: int, example: int) -> None:
    shown = f'[show]\nrun = "LR=0.5"\nepoch = {epoch}\nexample = {example}\n'
    lesson = read_lesson(f"{XOR}{RATES}batch = {batch}\n{shown}", "a lesson")
    summary, trace = compile_document(lesson)["Summary"], train(lesson)
    end = min(4, -(-example // batch) * batch)  # the number of the last example of the step
    step = epoch * -(-4 // batch) + (example - 1) // batch + 1
    row = 4 * epoch + example - 1
    assert summary.cells[24, 2].value == f"numbers at epoch {epoch}, example {example}, of LR=0.5"
    assert _number(summary, "h1") == trace.number(NetInput(1, 0), 1, row)
    assert _number(summary, f"w1 at step {step}") == trace.number(Weight(1, 0, 0), 1, 4 * epoch + end)
    steps = compile_document(lesson)["Step by step"]
    assert [steps.cells[4, column].value for column in range(1, 5)] == [epoch, "LR=0.5", example, "w1"]


def test_no_update_follows_the_last_epoch() -> None:
    summary = _summary(f"{XOR}{RATES}[show]\nepoch = 5\n")
    assert "No update follows: this is the last epoch." in _lines(summary)


def test_what_an_optimizer_keeps_is_shown_with_the_constants_and_the_schedule() -> None:
    text = XOR + 'optimizer = "momentum"\nmomentum = 0.8\nweight_decay = 0.01\nschedule = "cosine"\n'
    summary = _summary(text + "learning_rates = [0.1]\n")
    lines = _lines(summary)
    assert _mathematics(summary, "v_w1 at step 1") == ["= momentum·old v_w1 + (Σ∂E/∂w1/4 + weight decay·w1)"]
    assert _mathematics(summary, "v_b1 at step 1") == ["= momentum·old v_b1 + Σ∂E/∂b1/4"]
    assert _mathematics(summary, "w1 at step 1") == ["= w1 − η·v_w1"]
    assert _number(summary, "momentum") == 0.8
    assert _number(summary, "η of this step") == 0.1
    assert any(line.startswith("Weight decay:") for line in lines)
    assert any(line.startswith("Schedule:") for line in lines)


def test_the_number_of_a_step_is_counted_as_the_optimizer_counts() -> None:
    summary = _summary(XOR + 'optimizer = "Adam"\nlearning_rates = [0.1]\n')
    assert _mathematics(summary, "w1 at step 1") == [
        "= w1 − η·[m_w1/(1 − beta1^step)]/[√(v_w1/(1 − beta2^step)) + epsilon]"
    ]


def test_a_softmax_layer_is_shown_from_the_largest_to_the_shares() -> None:
    summary = _summary(ONE_LAYER)
    names = [line for line in _lines(summary) if line.removesuffix("1") in ("o", "exp_o", "out_o")]
    assert names == ["o1", "exp_o1", "out_o1"]
    assert _mathematics(summary, "max_o") == ["= max(o1, o2, o3)"]
    assert _mathematics(summary, "out_o1") == ["= exp_o1/sum_exp_o"]


def test_a_network_of_one_layer_has_no_weights_before_and_frozen_biases_no_gradients() -> None:
    summary = _summary(ONE_LAYER)
    lines = _lines(summary)
    assert not any("the weights before" in line for line in lines)
    assert not any("Backward: the biases" in line for line in lines)
    assert "Biases that are not trained keep their starting values." in lines
    assert sum(outline.kind == "arrow" for outline in summary.outlines) == 2 * 3 + 3


def test_the_losses_of_an_epoch_and_the_right_answers_are_live() -> None:
    summary = _summary(XOR.replace("[training]", "held_back = 1\n[training]") + RATES)
    header, first, _, note = _table(summary, "The loss before and after")
    assert header == ["run", "epoch 0", "epoch 5", "right", "held back", "η now"]
    assert first[0] == "LR=0.1"
    assert str(first[3]).endswith(" of 3")
    assert str(first[4]).endswith(" of 1")
    assert note == ["The loss is the mean of E_Total over 3 examples, without those held back."]
    assert all(summary.cells[25, _right(summary) + offset].formula for offset in range(1, 6))


def test_an_example_shows_its_inputs_its_target_and_the_answer() -> None:
    table = _table(_summary(XOR + RATES), "Output against target, at the end of LR=0.1")
    assert table[0] == ["example", "i1", "i2", "t1", "out_o1", "right"]
    assert [row[:4] for row in table[1:]] == [
        ["1", 0.0, 0.0, 0.0],
        ["2", 0.0, 1.0, 1.0],
        ["3", 1.0, 0.0, 1.0],
        ["4", 1.0, 1.0, 0.0],
    ]


def test_a_class_is_told_by_its_number() -> None:
    data = "inputs = [[0.5, -0.5], [1, 1]]\ntargets = [[0, 1, 0], [0, 0, 1]]\n[training]"
    head, _, training = ONE_LAYER.partition("inputs = [0.5, -0.5]\ntargets = [0, 1, 0]\n[training]")
    table = _table(_summary(head + data + training), "Output against target, at the end of LR=0.5")
    assert table[0] == ["example", "class", "out_o1", "out_o2", "out_o3", "right"]
    assert [row[1] for row in table[1:]] == [2.0, 3.0]


def test_a_run_that_diverged_counts_nothing_as_right() -> None:
    text = XOR.replace("binary cross-entropy", "half squared error").replace('"sigmoid"', '"identity"')
    summary = _summary(
        text.replace("epochs = 5", "epochs = 60").replace('"tanh"', '"identity"') + RATES.replace("0.5", "1e8")
    )
    _, _, diverged, *_ = _table(summary, "The loss before and after")
    assert diverged[3] == ErrorValue.NUM


DEEPER = """[[runs]]
name = "shallow"
learning_rate = 0.1
[[runs]]
name = "deeper"
learning_rate = 0.2
loss = "mean squared error"
[[runs.layers]]
units = 2
activation = "tanh"
weights = [[0.1, 0.2], [0.3, 0.4]]
[[runs.layers]]
units = 2
activation = "tanh"
weights = [[0.1, 0.2], [0.3, 0.4]]
[[runs.layers]]
units = 1
activation = "sigmoid"
weights = [[0.5, 0.6]]
"""


def test_each_run_shows_its_own_outputs_however_deep_it_is() -> None:
    single = XOR.replace("[[0, 0], [0, 1], [1, 0], [1, 1]]", "[0.5, 1]").replace("[[0], [1], [1], [0]]", "[1]")
    document = compile_document(read_lesson(f'{single}optimizer = "gradient descent"\n{DEEPER}', "a lesson"))
    summary = document["Summary"]
    assert summary.cells[6, 1].value == "1. The network at epoch 0 of shallow"
    table = _table(summary, "Output against target")
    assert table[0] == ["", "out_o1", "E_Total", "η now"]
    assert [row[0] for row in table[1:5]] == ["target", "before (epoch 0)", "shallow", "deeper"]
    assert [row[-1] for row in table[3:5]] == [0.1, 0.2]
    assert table[-1] == ["The runs differ in their loss function, so their losses cannot be compared by size."]
    assert str(summary.cells[28, _right(summary) + 1].formula).startswith("'deeper'!")


def test_the_layout_does_not_hang_on_what_was_typed_since() -> None:
    """A verifier compares the cells of an edited workbook with those that its lesson should give, place by place."""
    lesson = read_lesson(XOR + RATES, "a lesson")
    edited = {**lesson.typed, "w1": -123456.789, "b1": 0.0000123, "i1 of example 1": 5.5}
    shipped, now = (compile_document(lesson, settings)["Summary"] for settings in (None, edited))
    assert shipped.cells.keys() == now.cells.keys()
    assert {place: cell.formula for place, cell in shipped.cells.items()} == {
        place: cell.formula for place, cell in now.cells.items()
    }
    assert shipped.merged == now.merged


# ----------------------------------------------------------------------------------------------------------- the links


@pytest.mark.parametrize("name", covering_lessons())
def test_summary_leads_to_every_sheet(name: str) -> None:
    document = compile_document(load_lesson(name, epochs=2))
    linked = {cell.link.rpartition("!")[0] for cell in document["Summary"].cells.values() if cell.link}
    assert {quoted(sheet.name) for sheet in document.sheets} - linked == {"'Summary'"}


@pytest.mark.parametrize("name", ["walkthrough", "softmax-3-classes", "optimizers", "vanishing", "digits"])
def test_the_name_of_a_line_leads_to_the_header_of_its_column(name: str) -> None:
    document = compile_document(load_lesson(name, epochs=2))
    summary = document["Summary"]
    lesson = load_lesson(name, epochs=2)
    run = RunLayout(lesson, opening(lesson).run)
    headers = {address(run.header_row, n): run.of.naming.name(quantity) for quantity, n in run.column_of.items()}
    one_cell = re.compile(rf"{re.escape(quoted(run.name))}!\$([A-Z]+)\$\d+")
    fetched = 0
    for (row, column), cell in summary.cells.items():
        match = one_cell.fullmatch(cell.formula or "")
        named = summary.cells.get((row, 1))
        if (
            row < 23
            or column != _right(summary) - 2
            or match is None
            or named is None
            or re.match(r"\d+\. ", str(named.value))
        ):
            continue  # a factor of a chain is not the number of one column, even where it equals one
        fetched += 1
        sheet, _, place = (named.link or "").rpartition("!")
        assert (sheet, named.style.look) == (quoted(run.name), Look.LINK)
        assert place == f"{match[1]}{run.header_row}"
        assert str(named.value).split(" at ")[0].replace("η of this step", "learning rate") == headers[place]
    assert fetched >= 8


def test_a_derivation_leads_to_the_column_that_holds_its_result() -> None:
    summary = compile_document(load_lesson(epochs=2))["Summary"]
    links = {cell.value: cell.link for cell in summary.cells.values() if cell.link}
    assert (links["∂E/∂w5"], links["∂E/∂w1"]) == ("'LR=0.1'!AC7", "'LR=0.1'!Y7")


# ---------------------------------------------------------------------------------------------------- what went wrong


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.engine(n)) for n in ("formualizer", "libreoffice")])
@pytest.mark.parametrize(("place", "inside", "kind"), [("B14", "<is><t>0,3</t></is>", "inlineStr"), ("B14", "", "")])
def test_a_text_or_a_blank_in_inputs_is_named(tmp_path: Path, name: str, place: str, inside: str, kind: str) -> None:
    path, blind = tmp_path / "odd.xlsx", tmp_path / "blind.xlsx"
    write_workbook(compile_document(load_lesson(epochs=3)), path)
    set_cell(path, "Inputs", place, inside, kind)
    blind_copy(path, blind)
    (values,) = engine(name).recalculate([BlindCopy.of(blind)])
    assert values["Summary"][3, 2] == "FAIL: w1 is not a number, see Inputs"
    assert values["Inputs"][14, 4] == "not a number"


def test_a_large_network_has_a_table_of_its_layers_and_the_same_first_look() -> None:
    sheet = compile_document(load_lesson("digits", epochs=1))["Summary"]
    assert sheet.outlines == ()
    told = [[sheet.cells[row, column].value for column in (1, 2, 3)] for row in range(10, 14)]
    assert told == [
        ["layer", "its units", "learnt"],
        ["inputs", "i1 … i16: 16", 0],
        ["layer 1", "out_h1 … out_h8: 8, tanh, each fed by all 16", 16 * 8 + 8],
        ["layer 2", "out_o1 … out_o5: 5, softmax, each fed by all 8", 8 * 5 + 5],
    ]
    assert sheet.cells[22, 1].value == "w1 → h1 → … → E_Total: 5 paths, added up."
    assert [str(sheet.cells[row, 1].value)[:14] for row in (7, 8)] == ["Names: i1: p1;", "i12: p12; i13:"]


def test_of_a_very_deep_network_the_table_has_the_first_and_the_last_layers() -> None:
    sheet = compile_document(read_lesson(lesson_text((1,) * 21), "a lesson"))["Summary"]
    assert [sheet.cells[row, 1].value for row in range(8, 18)] == [
        "inputs", "layer 1", "layer 2", "layer 3", "layer 4",
        "layer 16", "layer 17", "layer 18", "layer 19", "layer 20",
    ]  # fmt: skip
    assert (18, 1) not in sheet.cells
