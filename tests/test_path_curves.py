"""`Loss curves` shows the size of the gradient in every run, and the weights of a run that a reader chooses."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.lessons import covering_lessons
from tests.slow import slow, slow_where
from tests.tampering import set_cell
from tests.test_networks import lesson_text
from xlbackprop import InputError, compile_document, load_lesson, train, verify, write_workbook
from xlbackprop.engines import ENGINES
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.proof.differences import Kind
from xlbackprop.proof.verification import Verification
from xlbackprop.sheets.curves.places import LOSS_CURVES, PATHS_OF
from xlbackprop.workbook.document import Chart, Document, Filled, Table, address
from xlbackprop.workbook.paper import pages

HEAD = """\
title = "Small"
[network]
loss = "half squared error"
[[network.layers]]
units = 2
activation = "tanh"
weights = [[0.8, -0.7], [0.5, 0.6]]
biases = [0.1, -0.2]
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.3, -0.2]]
[data]
inputs = [[0, 0], [0, 1], [1, 0], [1, 1], [0.5, 2]]
targets = [[0], [1], [1], [0], [1]]
[training]
optimizer = "gradient descent"
epochs = 7
"""
OTHER_NETWORK = """
[[runs.layers]]
units = 1
activation = "sigmoid"
weights = [[0.3, -0.2]]
"""


def small(batch: str = "", names: tuple[str, ...] = ("near", "far")) -> Lesson:
    runs = "".join(f'[[runs]]\nname = "{name}"\nlearning_rate = {0.1 + n / 50}\n' for n, name in enumerate(names))
    return read_lesson(f"{HEAD}{batch}\n{runs}", "small")


@cache
def of_lesson(name: str) -> Document:
    return compile_document(load_lesson(name))


def tables(document: Document) -> tuple[dict[str, Filled], dict[str, Filled]]:
    """Return the columns of sizes and of paths, by their headers."""
    _, sizes, paths, *_ = sorted(document[LOSS_CURVES].tables, key=lambda table: table.first_column)
    return tuple({column.header: column for column in table.columns} for table in (sizes, paths))  # type: ignore[return-value]


def choice(document: Document) -> tuple[str, tuple[str, ...]]:
    """Return the cell in which a run is chosen, and the names to choose from."""
    cells = document[LOSS_CURVES].cells
    ((place, cell),) = ((place, cell) for place, cell in cells.items() if cell.changeable == PATHS_OF)
    return address(*place), cell.choices


def choose(path: Path, document: Document, run: str) -> None:
    set_cell(path, LOSS_CURVES, choice(document)[0], f"<v>{run}</v>", "str")


# -------------------------------------------------------------------------------------------------------- the numbers


def test_the_size_of_the_gradient_is_the_root_of_the_sum_of_squares() -> None:
    lesson = load_lesson()
    trace = train(lesson)
    squares = sum(trace[f"∂E/∂w{number}"] ** 2 for number in range(1, 9))
    columns, _ = tables(compile_document(lesson))
    assert [*columns] == [run.name for run in lesson.runs]
    for column, expected in zip(columns.values(), np.sqrt(squares), strict=True):
        np.testing.assert_allclose(column.values, expected, rtol=1e-12)


def per_example(lesson: Lesson, epoch: int, examples: slice) -> np.ndarray:
    """Return ∂E/∂w of some examples of an epoch in the first run, (examples, parameters)."""
    trace, parameters = train(lesson), [*lesson.runs[0].naming.parameters()]
    rows = slice(epoch * 5, epoch * 5 + 5)
    names = [f"∂E/∂{lesson.runs[0].naming.name(of)}" for of in parameters]
    return np.column_stack([trace[name][0, rows][examples] for name in names])


@pytest.mark.parametrize(
    ("batch", "last_step", "mean"),
    [
        ("batch = 1", slice(4, 5), False),
        ('batch = "all"', slice(0, 5), True),
        ('batch = "all"\ngradients = "sum"', slice(0, 5), False),
        ("batch = 2", slice(4, 5), True),
        ("batch = 3", slice(3, 5), True),
        ('batch = 3\ngradients = "sum"', slice(3, 5), False),
    ],
)
def test_with_several_examples_the_gradient_is_that_of_the_last_step(batch: str, last_step: slice, mean: bool) -> None:
    lesson = small(batch)
    column = tables(compile_document(lesson))[0]["near"]
    for epoch in range(7):
        gradients = per_example(lesson, epoch, last_step)
        step = gradients.mean(axis=0) if mean else gradients.sum(axis=0)
        assert column.values[epoch : epoch + 1][0] == pytest.approx(np.linalg.norm(step), rel=1e-12)


@pytest.mark.parametrize("chosen", [0, 4])
def test_the_paths_are_the_weights_of_the_chosen_run(chosen: int) -> None:
    lesson = load_lesson()
    trace = train(lesson)
    _, paths = tables(compile_document(lesson, {PATHS_OF: float(chosen)}))
    assert [*paths] == [f"w{number}" for number in range(1, 9)]
    for name, column in paths.items():
        np.testing.assert_array_equal(column.values, trace[name][chosen])


def test_of_many_weights_eight_are_shown_from_the_first_to_the_last() -> None:
    lesson = load_lesson("digits", epochs=1)
    names = [*tables(compile_document(lesson))[1]]
    naming = lesson.runs[0].naming
    every = [naming.name(of) for of in naming.parameters()]
    assert len(names) == len(set(names)) == 8
    assert (names[0], names[-1]) == (every[0], every[-1])
    gaps = np.diff([every.index(name) for name in names])
    assert gaps.max() - gaps.min() <= 1


def test_long_runs_show_the_epochs_of_the_loss_curves() -> None:
    lesson = load_lesson(epochs=2_500, learning_rates=[0.5, 2.0])
    document, trace = compile_document(lesson), train(lesson)
    epochs = [*range(0, 2_500, 3), 2_500]
    sizes, paths = tables(document)
    squares = sum(trace[f"∂E/∂w{number}"][1, epochs] ** 2 for number in range(1, 9))
    np.testing.assert_allclose(sizes["LR=2.0"].values, np.sqrt(squares), rtol=1e-12)
    np.testing.assert_array_equal(paths["w5"].values, trace["w5"][0, epochs])
    for chart in document[LOSS_CURVES].charts:
        assert "at every 3rd epoch" in chart.title
        assert {len(series.y_values) for series in chart.series} == {len(epochs)}


def test_where_only_the_squares_overflow_the_size_is_an_error(tmp_path: Path) -> None:
    plain = HEAD.replace("tanh", "identity").replace("sigmoid", "identity").replace("epochs = 7", "epochs = 8")
    rates = (30.0, 100.0, 1e3, 1e4, 1e5)
    lesson = read_lesson(
        plain + "".join(f'[[runs]]\nname = "{rate}"\nlearning_rate = {rate}\n' for rate in rates), "large"
    )
    document, trace = compile_document(lesson), train(lesson)
    sizes = np.stack([column.values[:] for column in tables(document)[0].values()])
    last = slice(4, None, 5)
    gradients = np.stack([trace[f"∂E/∂w{number}"][:, last] for number in range(1, 7)])
    assert (np.isnan(sizes) & np.isfinite(gradients).all(axis=0)).any()
    assert not np.isinf(sizes).any()
    write_workbook(document, tmp_path / "large.xlsx")
    report = verify(tmp_path / "large.xlsx")
    assert report.equal, "\n".join(report.lines())


# ---------------------------------------------------------------------------------------------- in spreadsheet programs


@pytest.mark.parametrize("name", covering_lessons())
def test_every_lesson_is_verified_at_another_choice(tmp_path: Path, name: str) -> None:
    lesson, path = load_lesson(name, epochs=min(4, load_lesson(name).epochs)), tmp_path / "chosen.xlsx"
    if len(lesson.of_one_network) == 1:
        pytest.skip("nothing to choose")
    document = compile_document(lesson)
    write_workbook(document, path)
    _, names = choice(document)
    choose(path, document, names[-1])
    report = verify(path)
    assert report.recalculates, "\n".join(report.lines())
    assert not [note for note in report.notes if note.startswith("Edited")]  # who only looks edits nothing


EACH_ENGINE = [
    pytest.param(name, marks=pytest.mark.engine(name)) for name in ("formualizer", "ironcalc", "libreoffice")
]
AWKWARD = ("Run #1", "1", "it's ↑ <here> & 100% {x}", "a~b", "A")


@pytest.fixture(scope="module", params=[slow(AWKWARD[1]), AWKWARD[2]])
def with_awkward_names(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Verification:
    """Return a workbook in which a run of this name was chosen, for all the programs."""
    document, path = compile_document(small("batch = 2", AWKWARD)), tmp_path_factory.mktemp("paths") / "awkward.xlsx"
    assert choice(document)[1] == AWKWARD
    write_workbook(document, path)
    choose(path, document, request.param.replace("&", "&amp;").replace("<", "&lt;"))
    return Verification(path)


@pytest.mark.parametrize("engine", slow_where(EACH_ENGINE, {"ironcalc", "libreoffice"}))
def test_awkward_names_can_be_chosen_in_every_program(with_awkward_names: Verification, engine: str) -> None:
    report = with_awkward_names.by(ENGINES[engine], "")
    assert report.recalculates, "\n".join(report.lines())


@pytest.fixture(scope="module")
def of_many_runs(tmp_path_factory: pytest.TempPathFactory) -> Verification:
    """Return a workbook in which the last but one of 32 runs was chosen: LibreOffice takes 31 options in one CHOOSE."""
    rates = [0.1 + number / 100 for number in range(32)]
    lesson = read_lesson(lesson_text((1, 1)).replace("[0.5, 3]", str(rates)), "many runs")
    document, path = compile_document(lesson), tmp_path_factory.mktemp("paths") / "many.xlsx"
    write_workbook(document, path)
    choose(path, document, lesson.runs[30].name)
    return Verification(path)


@pytest.mark.parametrize("engine", slow_where(EACH_ENGINE, {"ironcalc"}))
def test_one_of_many_runs_can_be_chosen_in_every_program(of_many_runs: Verification, engine: str) -> None:
    assert len(of_many_runs.lesson.runs) == 32
    report = of_many_runs.by(ENGINES[engine], "")
    assert report.recalculates, "\n".join(report.lines())


@pytest.mark.parametrize("epochs", [12, 1_105])
def test_a_formula_of_another_run_or_other_gradients_is_named(tmp_path: Path, epochs: int) -> None:
    text = lesson_text((1, 1)).replace("epochs = 6", f"epochs = {epochs}").replace("[0.5, 3]", "[0.5, 2.0]")
    document, path = compile_document(read_lesson(text, "small")), tmp_path / "false.xlsx"
    write_workbook(document, path)
    sizes, paths = sorted(document[LOSS_CURVES].tables, key=lambda table: table.first_column)[1:3]
    planted = set()
    for table, old, new in ((sizes, "LR=0.5", "LR=2.0"), (paths, "LR=2.0", "LR=0.5")):
        cell = address(table.first_row + 3, table.first_column)
        formula = table.columns[0].formula_at(3, table.first_row + 3)
        assert formula is not None
        assert old in formula
        set_cell(path, LOSS_CURVES, cell, f"<f>{formula.replace(old, new)}</f><v>0</v>")
        planted.add((LOSS_CURVES, cell))
    assert planted <= {(one.sheet, one.cell) for one in verify(path).differences if one.kind is Kind.FORMULA}


def test_a_run_that_is_not_on_the_list_is_refused(tmp_path: Path) -> None:
    document, path = compile_document(small()), tmp_path / "chosen.xlsx"
    write_workbook(document, path)
    choose(path, document, "nobody")
    with pytest.raises(InputError, match=r'paths of run is chosen from the list of the cell, but "nobody"'):
        verify(path)


# ---------------------------------------------------------------------------------------------------------- the sheet


def test_the_menu_of_the_cell_lists_the_runs() -> None:
    document = of_lesson("walkthrough")
    sheet = document[LOSS_CURVES]
    cell, names = choice(document)
    (menu,) = (rule for rule in sheet.validations if rule.kind == "list")
    assert menu.cells == cell
    first, last = menu.source.replace("$", "").split(":")
    listed = {address(*place): content.value for place, content in sheet.cells.items()}
    letters = first.rstrip("0123456789")
    rows = range(int(first.removeprefix(letters)), int(last.removeprefix(letters)) + 1)
    assert tuple(listed[f"{letters}{row}"] for row in rows) == names


def test_only_runs_of_one_network_are_offered_and_the_others_are_named() -> None:
    document = of_lesson("xor")
    lesson = load_lesson("xor")
    _, names = choice(document)
    assert names == tuple(lesson.runs[index].name for index in lesson.of_one_network) == ("Learnt", "Stuck")
    notes = [str(cell.value) for cell in document[LOSS_CURVES].cells.values() if "Not shown" in str(cell.value)]
    assert len(notes) == 1
    assert "No hidden layer, Exact ReLU" in notes[0]


def test_where_one_run_has_the_network_there_is_nothing_to_choose() -> None:
    lesson = read_lesson(HEAD + '[[runs]]\nname = "a"\nlearning_rate = 1\n', "one")
    document = compile_document(lesson)
    sheet = document[LOSS_CURVES]
    assert not [cell for cell in sheet.cells.values() if cell.changeable == PATHS_OF]
    assert not [rule for rule in sheet.validations if rule.kind == "list"]
    assert sheet.charts[3].title == "Weights of a"


def _charts(document: Document) -> tuple[Chart, Chart]:
    _, _, sizes, paths = document[LOSS_CURVES].charts
    return sizes, paths


def test_each_curve_is_drawn_from_its_own_column() -> None:
    document = of_lesson("walkthrough")
    _, _, paths, _, above_0 = sorted(document[LOSS_CURVES].tables, key=lambda table: table.first_column)
    for chart, table in zip(_charts(document), (above_0, paths), strict=True):
        for place, (series, column) in enumerate(zip(chart.series, table.columns, strict=True), table.first_column):
            rows = [address(row, place, fixed=True) for row in (table.header_row, table.first_row, table.last_row)]
            if table is paths:  # the sizes have the names of the runs, which follow an edit
                assert series.name == f"'{LOSS_CURVES}'!{rows[0]}"
            assert series.y == f"'{LOSS_CURVES}'!{rows[1]}:{rows[2]}"
            assert series.name_text == column.header
            np.testing.assert_array_equal(series.y_values, column.values)


def test_the_charts_have_the_right_axes_and_tell_their_gist() -> None:
    sizes, paths = _charts(of_lesson("walkthrough"))
    assert (sizes.y_log, paths.y_log) == (True, False)
    assert "logarithmic" in sizes.y_title
    assert "chosen run" in paths.title
    assert "LR=2.0 from 0.1265 to 0.001759" in sizes.alt_text
    assert "of LR=0.1" in paths.alt_text


def test_the_numbers_stand_outside_what_is_printed() -> None:
    document = of_lesson("walkthrough")
    sheet = document[LOSS_CURVES]
    _, sizes, paths, *_ = sorted(sheet.tables, key=lambda table: table.first_column)
    assert all(area.right < sizes.first_column for area in pages(sheet).areas)
    assert sizes.first_column + len(sizes.columns) < paths.first_column


def formulas(document: Document) -> list[object]:
    sheet = document[LOSS_CURVES]
    columns = [column for table in sheet.tables for column in (table, *table.columns)]
    told = [(one.first_column, one.rows) if isinstance(one, Table) else (one.header, one.fill) for one in columns]
    return [*told, [(place, cell.formula) for place, cell in sheet.cells.items()], sheet.page, sheet.validations]


def test_the_layout_does_not_hang_on_what_was_typed_or_chosen_since() -> None:
    lesson = load_lesson(epochs=20)
    edited = compile_document(lesson, {**lesson.typed, "w1": 50.0, "learning rate 2": 1e5, PATHS_OF: 1.0})
    assert formulas(edited) == formulas(compile_document(lesson))
