"""A program that uses xlbackprop as a library; `mypy --strict` reads it with the installed package alone.

Where the package brought no types, everything would pass: so the two lines that are wrong have to be found wrong.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xlbackprop import (
    InputError,
    Lesson,
    Report,
    Trace,
    compile_document,
    lesson_of_layers,
    load_lesson,
    train,
    verify,
    write_lesson,
    write_workbook,
)


def loss_of_each_run(name: str) -> list[float]:
    lesson: Lesson = load_lesson(name, epochs=3, learning_rates=[0.1, 0.5])
    trace: Trace = train(lesson)
    losses: NDArray[np.float64] = trace["E_Total"]
    return [float(loss) for loss in losses[:, -1]]


def made_and_proved(name: str, path: Path) -> Report:
    try:
        write_workbook(compile_document(load_lesson(name)), path)
    except InputError as fault:
        raise SystemExit(str(fault)) from fault
    report = verify(path, "formualizer")
    print(f"{report.formulas:,} formulas", *report.lines(), sep="\n")
    return report


def of_a_line(slope: NDArray[np.float64], path: Path) -> Lesson:
    lesson = lesson_of_layers([(slope, None, "identity")], [[1.0]], [2.0], rows="units", loss="half squared error")
    write_lesson(lesson, path)
    return lesson


verify("walkthrough.xlsx")  # type: ignore[arg-type] # a text is no path
made: str = made_and_proved("walkthrough", Path("walkthrough.xlsx"))  # type: ignore[assignment] # a report is no text
