"""Numbers of a workbook that was made of a trained network, from wherever they are read: stored, or recalculated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl

from xlbackprop import Lesson, compile_document, train, write_workbook
from xlbackprop.engines import BlindCopy, engine
from xlbackprop.network.quantities import Quantity
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.xlsx.read.reader import blind_copy

Cells = Mapping[tuple[int, int], object]


def stored_cells(lesson: Lesson, path: Path) -> Cells:
    """Write the workbook, and return the values that are stored on the sheet of its run."""
    write_workbook(compile_document(lesson), path)
    sheet = openpyxl.load_workbook(path, data_only=True)[lesson.runs[0].name]
    return {(cell.row, cell.column): cell.value for row in sheet.iter_rows() for cell in row}


def calculated_cells(lesson: Lesson, path: Path, name: str) -> Cells:
    """Return what an engine calculates on the sheet of the run, from a copy of the workbook without its values."""
    blind_copy(path, copy := path.with_name(f"{name}-{path.name}"))
    (values,) = engine(name).recalculate([BlindCopy.of(copy)])
    return values[lesson.runs[0].name]


def numbers(lesson: Lesson, cells: Cells, quantities: Sequence[Quantity], epoch: int) -> np.ndarray:
    """Return quantities at each example of an epoch: (examples, quantities)."""
    layout = RunLayout(lesson, 0)
    first = layout.first_row + layout.recipe.row_of(epoch)
    rows = range(first, first + lesson.examples)
    return np.array([[cells[row, layout.column_of[of]] for of in quantities] for row in rows], dtype=np.float64)


def outputs(lesson: Lesson, cells: Cells, epoch: int = 0) -> np.ndarray:
    """Return what the network answers to each example: (examples, outputs)."""
    naming = lesson.runs[0].naming
    return numbers(lesson, cells, [naming.output(naming.depth, unit) for unit in naming.units(naming.depth)], epoch)


def outputs_of_numpy(lesson: Lesson, epoch: int = 0) -> np.ndarray:
    """Return the same as NumPy computes it, and the workbook stores it."""
    trace, naming, first = train(lesson), lesson.runs[0].naming, lesson.runs[0].recipe.row_of(epoch)
    names = [naming.name(naming.output(naming.depth, unit)) for unit in naming.units(naming.depth)]
    return np.stack([trace[name][0, first : first + lesson.examples] for name in names], axis=1)


def parameters_of_numpy(lesson: Lesson, epoch: int) -> np.ndarray:
    """Return the weights, layer by layer and unit by unit, and then the biases at the beginning of an epoch."""
    trace, run = train(lesson), lesson.runs[0]
    return np.array([trace[run.naming.name(of)][0, run.recipe.row_of(epoch)] for of in run.naming.parameters()])


def in_our_order(weights: Sequence[np.ndarray], biases: Sequence[np.ndarray]) -> np.ndarray:
    """Return weights, each array (units, sources), and biases in that order."""
    return np.concatenate([np.ravel(array) for array in (*weights, *biases)])
