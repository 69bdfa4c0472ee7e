"""A curve has one meaning, and its name is true: while learning and finished, one loss function, the rate of now."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.slow import slow
from tests.tampering import set_cell
from xlbackprop import compile_document, load_lesson, train, verify, write_workbook
from xlbackprop.sheets.curves.places import LOSS_CURVES, THRESHOLD, LossCurvesLayout
from xlbackprop.workbook import Chart, Document, Series, address, stroke

SUMMARY, STEPS = "Summary", "Step by step"


@cache
def of_lesson(name: str, epochs: int | None = None) -> Document:
    return compile_document(load_lesson(name, epochs=epochs))


def texts(document: Document, sheet: str) -> list[str]:
    return [str(cell.value) for cell in document[sheet].cells.values() if isinstance(cell.value, str)]


def comparisons(document: Document) -> list[Chart]:
    """Return the charts that compare the losses of all runs: of `Summary`, `Loss curves` (two) and `Step by step`."""
    return [*document[SUMMARY].charts[:1], *document[LOSS_CURVES].charts[:2], *document[STEPS].charts[:1]]


def split(chart: Chart) -> tuple[list[Series], list[Series]]:
    """Return the lines of a chart, and its marks of finished networks."""
    return [one for one in chart.series if not one.marked], [one for one in chart.series if one.like is not None]


# ------------------------------------------------------------------------------------- while learning, and finished


def test_where_an_epoch_has_several_steps_the_finished_network_is_a_mark_and_no_point_of_the_line() -> None:
    lesson = load_lesson("regression")
    losses = train(lesson)["E_Total"].reshape(2, 61, 5).mean(axis=2)
    for chart in comparisons(of_lesson("regression")):
        lines, marks = split(chart)
        assert [line.name_text for line in lines] == ["LR=0.01", "LR=0.05"]
        assert [mark.name_text for mark in marks] == ["LR=0.01, finished", "LR=0.05, finished"]
        for run, (line, mark) in enumerate(zip(lines, marks, strict=True)):
            np.testing.assert_allclose(line.y_values, losses[run, :60], rtol=1e-12)
            np.testing.assert_array_equal(line.x_values, range(60))
            np.testing.assert_allclose(mark.y_values, losses[run, 60:], rtol=1e-12)
            assert mark.x_values.tolist() == [60.0]
            assert mark.point == ("diamond", stroke(run).colour)


@pytest.mark.parametrize(("name", "run"), [("regression", "LR=0.05"), ("digits", "LR=0.2")])
def test_the_chart_of_a_run_has_its_mark_too(name: str, run: str) -> None:
    (chart,) = of_lesson(name, 3)[run].charts
    (line,), (mark,) = split(chart)
    assert (len(line.y_values), mark.name_text, mark.like) == (3, f"{run}, finished", 0)
    assert chart.legend
    assert "mark" in chart.alt_text


@pytest.mark.parametrize("name", ["walkthrough", "xor"])
def test_where_an_epoch_is_a_step_the_last_epoch_is_a_point_as_all_others(name: str) -> None:
    document, last = of_lesson(name), load_lesson(name).epochs
    for chart in comparisons(document):
        lines, marks = split(chart)
        assert not marks
        assert all(line.x_values[-1] == last for line in lines)
    assert not any("finished network" in text for text in texts(document, LOSS_CURVES))


def test_the_first_epoch_below_is_one_of_the_line() -> None:
    lesson, places = load_lesson("regression"), LossCurvesLayout(load_lesson("regression"))
    row, column = places.first_row, places.left + 4

    def first_below(threshold: float) -> object:
        return compile_document(lesson, {THRESHOLD: threshold})[LOSS_CURVES].cells[row, column].value

    assert first_below(0.25) == "never"  # but the finished network is at 0.2419
    assert first_below(0.3) == 4


def test_the_words_say_which_is_which() -> None:
    document = of_lesson("regression")
    curves, run, summary = (texts(document, sheet) for sheet in (LOSS_CURVES, "LR=0.01", SUMMARY))
    assert {"while learning", "while learning epoch 0", "finished network"} < {*curves}
    assert any(text.startswith("A line is the mean of E_Total over the examples of an epoch while") for text in curves)
    assert any("A mark is the finished network" in text for text in curves)
    said = "The mean of E_Total over all examples is 3.362 while epoch 0 is learnt, and 0.2419 of the finished network."
    assert said in run
    assert {"in epoch 0", "finished"} < {*summary}
    assert any("two things" in text for text in summary)


@pytest.mark.parametrize(
    ("epochs", "engine"),
    [(1, "formualizer"), (2, "formualizer"), slow(3000, "formualizer"), slow(1, "gnumeric", engine="gnumeric")],
)
def test_short_and_long_runs_with_marks_are_proved(tmp_path: Path, epochs: int, engine: str) -> None:
    lesson = load_lesson("regression", epochs=epochs)
    document = compile_document(lesson)
    (line, _), _ = split(document[SUMMARY].charts[0])
    assert line.x_values[-1] == epochs - 1
    write_workbook(document, tmp_path / "book.xlsx")
    report = verify(tmp_path / "book.xlsx", engine)
    assert report.equal, "\n".join(report.lines())


# ------------------------------------------------------------------------------------------------- one loss function


def test_curves_of_different_loss_functions_say_so() -> None:
    document = of_lesson("xor")
    assert "not comparable" in texts(document, LOSS_CURVES)
    (note,) = (text for text in texts(document, LOSS_CURVES) if "not one function" in text)
    assert "half squared error in No hidden layer and Exact ReLU" in note
    assert "binary cross-entropy in Learnt and Stuck" in note
    for chart in [*document[SUMMARY].charts, *document[LOSS_CURVES].charts[:2]]:
        assert "different loss functions" in chart.title
        assert "not the same function" in chart.alt_text
        assert [line.name_text for line in chart.series] == [
            "No hidden layer: half squared error",
            "Learnt: binary cross-entropy",
            "Stuck: binary cross-entropy",
            "Exact ReLU: half squared error",
        ]


def test_curves_of_one_loss_function_are_compared() -> None:
    document = of_lesson("walkthrough")
    places = LossCurvesLayout(load_lesson())
    assert document[LOSS_CURVES].cells[places.first_row + 6, places.left + 3].value == "LR=2.0"
    assert not any("loss function" in chart.title for chart in document[LOSS_CURVES].charts)


# -------------------------------------------------------------------------------------------------------- the rate now


@pytest.mark.parametrize("name", ["walkthrough", "regression"])
def test_a_run_that_is_named_by_its_rate_tells_another_rate_in_every_legend(tmp_path: Path, name: str) -> None:
    lesson = load_lesson(name, epochs=5)
    (first, *_), places = (run.name for run in lesson.runs), LossCurvesLayout(lesson)
    told = f"{first}, now 0.7"
    edited = compile_document(lesson, {"learning rate 1": 0.7})
    charts = [*comparisons(edited), edited[LOSS_CURVES].charts[2]]
    assert all(chart.series[0].name_text == told for chart in charts)
    assert all(first not in chart.title for chart in edited[first].charts)
    assert edited[LOSS_CURVES].cells[places.first_row, places.left].value == told
    assert edited[LOSS_CURVES].widths[places.left] > len(told)
    assert edited[LOSS_CURVES].widths == compile_document(lesson)[LOSS_CURVES].widths
    assert told in texts(edited, SUMMARY)
    assert any(text.startswith(f"{told}, epoch 0") for text in texts(edited, STEPS))
    write_workbook(compile_document(lesson), tmp_path / "book.xlsx")
    inputs = next(place for place, cell in edited["Inputs"].cells.items() if cell.changeable == "learning rate 1")
    set_cell(tmp_path / "book.xlsx", "Inputs", address(*inputs), "<v>0.7</v>")
    report = verify(tmp_path / "book.xlsx")
    assert report.recalculates, "\n".join(report.lines())
