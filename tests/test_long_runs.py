"""Long runs: charts and their proof take every n-th epoch, the rules are still checked in every row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.slow import slow
from tests.tampering import set_cell
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.lesson.lesson_file import load_lesson
from xlbackprop.machine import write_workbook
from xlbackprop.proof.verification import verify
from xlbackprop.sheets.checks.places import CHECKS, ChecksLayout
from xlbackprop.sheets.compiler import compile_document
from xlbackprop.sheets.curves.places import LOSS_CURVES, LossCurvesLayout
from xlbackprop.workbook.document import Document, Filled, Sheet, Table, block_rows
from xlbackprop.workbook.looks import Style
from xlbackprop.xlsx.read.reader import blind_copy
from xlbackprop.xlsx.write import workbook_bytes

EPOCHS = 1_105
LESSON = load_lesson(epochs=EPOCHS, learning_rates=[2.0])


@pytest.fixture(scope="module")
def document() -> Document:
    return compile_document(LESSON)


@pytest.fixture
def path(document: Document, tmp_path: Path) -> Path:
    path = tmp_path / "long.xlsx"
    write_workbook(document, path)
    return path


def test_a_curve_has_the_first_epoch_the_last_and_about_a_thousand_between() -> None:
    curves = LossCurvesLayout(LESSON)
    assert curves.epochs[:3] == (0, 2, 4)
    assert curves.epochs[-2:] == (1104, 1105)
    for epochs in (1, 2, 999, 1000, 1001, 10_000, 99_999, 1_000_000):
        shown = LossCurvesLayout(load_lesson(epochs=epochs, learning_rates=[1.0])).epochs
        assert (shown[0], shown[-1]) == (0, epochs)
        assert list(shown) == sorted(set(shown))
        assert len(shown) == epochs + 1 if epochs <= 1000 else 500 < len(shown) <= 1001


def test_every_chart_is_drawn_from_the_thinned_curve(document: Document) -> None:
    charts = [chart for sheet in document.sheets for chart in sheet.charts]
    assert len(charts) == 7
    assert all("every 2nd epoch" in f"{chart.title} {chart.x_title}" for chart in charts)
    for series in (series for chart in charts for series in chart.series if not series.marked):
        assert LOSS_CURVES in series.x
        assert LOSS_CURVES in series.y
        assert len(series.x_values) == len(series.y_values) == len(LossCurvesLayout(LESSON).epochs)


@pytest.mark.parametrize(
    "name", ["formualizer", slow("ironcalc", engine="ironcalc"), slow("libreoffice", engine="libreoffice")]
)  # fmt: skip
def test_a_long_run_is_proved(path: Path, name: str) -> None:
    report = verify(path, name)
    assert report.equal, "\n".join(report.lines())


@pytest.mark.parametrize(
    ("sheet", "cell"),
    [
        ("LR=2.0", "M1009"),  # an epoch that no chart shows
        slow("LR=2.0", "F1113"),
        (LOSS_CURVES, "B300"),
        slow(LOSS_CURVES, "A300"),
    ],
)
def test_a_fault_anywhere_turns_checks_red(path: Path, tmp_path: Path, sheet: str, cell: str) -> None:
    set_cell(path, sheet, cell, "<f>0.123</f><v>0.123</v>")
    blind_copy(path, tmp_path / "blind.xlsx")
    (values,) = engine("formualizer").recalculate([BlindCopy.of(tmp_path / "blind.xlsx")])
    verdict = str(values[CHECKS][ChecksLayout(LESSON).verdict_row, 2])
    assert verdict.startswith("FAIL"), verdict


class Watched:
    """Values that remember how much of them was asked for at a time."""

    dtype = np.dtype(np.float64)

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.most = 0

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, rows: slice) -> np.ndarray:
        asked = range(*rows.indices(self.rows))
        self.most = max(self.most, len(asked))
        return np.asarray(asked, dtype=np.float64)


@pytest.mark.parametrize("columns", [1, 32, 5_000])
def test_the_writer_never_asks_for_more_than_a_block(columns: int) -> None:
    rows = 3_000 if columns < 100 else 50
    watched = [Watched(rows) for _ in range(columns)]
    filled = tuple(Filled(f"c{n}", ("XFD", 0, "+$A$1"), values, Style()) for n, values in enumerate(watched))
    workbook_bytes(Document("t", "", (Sheet("S", {}, (Table(1, 1, filled),)),)))
    assert 0 < max(values.most for values in watched) <= block_rows(columns) < rows
