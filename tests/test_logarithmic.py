"""A logarithmic axis has no place for 0 and less: what the charts with one draw, as made and after an edit."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from tests.lessons import covering_lessons
from tests.slow import slow_where
from tests.tampering import edit_part, set_cell
from xlbackprop import compile_document, load_lesson, train, verify, write_workbook
from xlbackprop.engines import ENGINES, BlindCopy
from xlbackprop.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.sheets.curves.places import LOSS_CURVES
from xlbackprop.sheets.inputs.places import InputsLayout
from xlbackprop.workbook import ErrorValue, SheetValues, Value
from xlbackprop.xlsx.read import areas, read_sheets, workbook_package

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
REGRESSIONS = Path(__file__).parent / "regression_lessons"
BELOW_0 = REGRESSIONS / "a_loss_that_goes_below_0.toml"
HARD = (BELOW_0, *(REGRESSIONS / f"a_loss_{words}.toml" for words in ("that_falls_to_0", "far_below_0", "that_jumps")))
HIT = """title = "One weight that an edit makes exact"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "identity"
weights = [[0.5]]
[data]
inputs = [1]
targets = [1]
[training]
optimizer = "gradient descent"
learning_rates = [0.5]
epochs = 6
"""


class Drawn(NamedTuple):
    """A curve of a logarithmic chart: the numbers stored with it, and the values of the cells that it draws."""

    stored: list[float]
    cells: list[Value | None]

    @property
    def is_possible(self) -> bool:
        """Whether all that is drawn has a place on the axis; #N/A is left off, and any other error drawn as 0."""
        numbers = [value for value in self.cells if value is not ErrorValue.NA]
        return all(isinstance(number, float | int) and number > 0 for number in (*self.stored, *numbers))


def drawn(path: Path, values: SheetValues | None = None) -> Iterator[Drawn]:
    """Yield the curves of all logarithmic charts, from the values that the file has stored or from other ones."""
    with workbook_package(path) as package:
        cells = read_sheets(package)[LOSS_CURVES].stored if values is None else values
    with zipfile.ZipFile(path) as package:
        charts = [ElementTree.fromstring(package.read(name)) for name in package.namelist() if "charts/chart" in name]
    for chart in charts:
        if chart.find(f".//{CHART}logBase") is None:
            continue
        for y in chart.iter(f"{CHART}yVal"):
            sheet, _, reference = y.findtext(f".//{CHART}f", "").rpartition("!")
            assert sheet == f"'{LOSS_CURVES}'"
            ((first, column, last, _),) = areas(reference)
            stored = [float(point.findtext(f"{CHART}v", "")) for point in y.iter(f"{CHART}pt")]
            yield Drawn(stored, [cells.get((row, column)) for row in range(first, last + 1)])


def written(lesson: Lesson, folder: Path) -> Path:
    write_workbook(compile_document(lesson), folder / "lesson.xlsx")
    return folder / "lesson.xlsx"


@pytest.mark.parametrize("source", [*slow_where(covering_lessons(), ["digits"]), *HARD], ids=lambda one: Path(one).stem)
def test_nothing_on_a_logarithmic_axis_is_0_or_less(tmp_path: Path, source: str | Path) -> None:
    lesson = load_lesson(source)
    curves = [*drawn(written(lesson, tmp_path))]
    marks = len(lesson.runs) if lesson.runs[0].recipe.steps > 1 else 0  # of the finished networks
    assert len(curves) == 2 * len(lesson.runs) + marks
    assert all(curve.is_possible for curve in curves)


def test_a_curve_that_draws_the_losses_themselves_would_be_seen(tmp_path: Path) -> None:
    path = written(load_lesson("xor"), tmp_path)
    with zipfile.ZipFile(path) as package:
        charts = [name for name in package.namelist() if "charts/chart" in name]
        part = next(name for name in charts if b"logBase" in package.read(name))
    losses, own = "$E$6:$E$126", re.compile(r"(?<=<c:yVal><c:numRef><c:f>'Loss curves'!)[^<]*")
    edit_part(path, part, lambda text: own.sub(losses, text, count=1))
    assert [curve.is_possible for curve in drawn(path)].count(False) == 1


def left_off(path: Path, values: SheetValues | None = None) -> list[str]:
    """Return the sentences that say what the charts leave off."""
    with workbook_package(path) as package:
        cells = read_sheets(package)[LOSS_CURVES].stored if values is None else values
    return [text for text in cells.values() if isinstance(text, str) and text.startswith("Left off")]


def test_a_sentence_below_each_chart_says_how_much_is_left_off(tmp_path: Path) -> None:
    words = "Left off, as a logarithmic axis has no place for 0 and less (nor below about 1E-150): 121 of 484"
    assert left_off(written(load_lesson("xor"), tmp_path)) == [f"{words} losses.", f"{words} sizes."]
    assert left_off(written(load_lesson(), tmp_path)) == []


@pytest.mark.parametrize("engine", [pytest.param(name, marks=pytest.mark.engine(name)) for name in ENGINES])
def test_after_an_edit_that_makes_a_loss_0_nothing_impossible_is_drawn(tmp_path: Path, engine: str) -> None:
    lesson = read_lesson(HIT, "hit")
    path = written(lesson, tmp_path)
    assert left_off(path) == []
    cell = InputsLayout(lesson).cell("w1").rpartition("!")[2].replace("$", "")
    set_cell(path, "Inputs", cell, "<v>1</v>")
    (values,) = ENGINES[engine].recalculate([BlindCopy.of(path)])
    curves = [*drawn(path, values[LOSS_CURVES])]
    assert all(set(curve.cells) == {ErrorValue.NA} for curve in curves)
    assert [text.partition(":")[2] for text in left_off(path, values[LOSS_CURVES])] == [
        " 7 of 7 losses.",
        " 7 of 7 sizes.",
    ]
    assert not verify(path, engine).differences


def test_an_overflow_is_left_off_and_not_counted(tmp_path: Path) -> None:
    lesson = read_lesson(HIT.replace("[0.5]\nepochs = 6", "[1000000]\nepochs = 60"), "far")
    path = written(lesson, tmp_path)
    curves = [*drawn(path)]
    assert all(curve.is_possible and ErrorValue.NA in curve.cells for curve in curves)
    assert left_off(path) == []


def test_the_neuron_whose_output_falls_below_0_has_the_published_numbers() -> None:
    trace = train(load_lesson(BELOW_0))
    published = {"o1": 0.8813735870195432, "out_o1": 0.7071067811865476, "∂E/∂w1": 1.0, "∂E/∂w2": 0.0, "∂E/∂b1": 0.5}
    published |= {"∂E/∂i1": -1.5, "∂E/∂i2": 0.5}
    for name, number in published.items():
        assert trace[name][0, 0] == pytest.approx(number, rel=1e-15, abs=1e-15), name
    assert (trace["E_Total"][0] <= 0).sum() == 28
