"""Faults of the kinds that people and programs make, planted in every column of finished workbooks.

For each column of a run's table one cell, in the first row of a middle epoch, is changed in every way that changes it. Two judges: the
comparison of `verify`, which must see all, and the workbook's own `Checks`, recalculated in an engine without ISFORMULA.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.lessons import sample_lesson
from tests.mutants.opened import Opened, Place, Planted
from tests.mutants.report import SAME_VALUE, Outcome
from xlbackprop import load_lesson
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.sheets.curves.places import LOSS_CURVES
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import column_letters

VERIFY, CHECKS = "verify", "Checks"
REFUSED = "the engine refuses the formula"
_REFERENCE = re.compile(r"(?<![A-Z'!$])(\$?)([A-Z]{1,3})(\$?)(\d+)(?![\d(])")
_OPERATOR = re.compile(r"(?<=[\w)])[-+*/](?=[\w(])")


class Cell(NamedTuple):
    """The cell that is changed: where it stands, its formula and number, and the formula of the column beside it."""

    row: int
    first_row: int
    formula: str
    number: float
    beside: str | None
    above: str | None


Fault = Callable[[Cell], str | float | None]  # returns what is planted; the formula as it was where it cannot be


def _moved(cell: Cell, rows: int, columns: int) -> str:
    """Return the formula with its first relative reference moved."""

    def move(found: re.Match[str]) -> str:
        number = _number(found[2]) + columns
        return f"{column_letters(number)}{int(found[4]) + rows}" if number > 0 else found[0]

    first = next((found for found in _REFERENCE.finditer(cell.formula) if not found[1]), None)
    return cell.formula if first is None else cell.formula[: first.start()] + move(first) + cell.formula[first.end() :]


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def _unanchored(cell: Cell) -> str:
    """Return the formula as it is after it was dragged down without its dollar signs."""
    return re.sub(
        r"\$([A-Z]+)\$(\d+)", lambda found: f"{found[1]}{int(found[2]) + cell.row - cell.first_row}", cell.formula
    )


def _operator(cell: Cell) -> str:
    swapped = {"+": "-", "-": "+", "*": "/", "/": "*"}
    return _OPERATOR.sub(lambda found: swapped[found[0]], cell.formula, count=1)


def _last_operator(cell: Cell) -> str:
    *_, last = [None, *_OPERATOR.finditer(cell.formula)]
    swapped = {"+": "-", "-": "+", "*": "/", "/": "*"}
    return (
        cell.formula if last is None else cell.formula[: last.start()] + swapped[last[0]] + cell.formula[last.end() :]
    )


FORMULAS: dict[str, Fault] = {
    "a reference one row up": lambda cell: _moved(cell, -1, 0),
    "a reference one row down": lambda cell: _moved(cell, 1, 0),
    "a reference one column to the right": lambda cell: _moved(cell, 0, 1),
    "a reference one column to the left": lambda cell: _moved(cell, 0, -1),
    "an unanchored reference": _unanchored,
    "an operator swapped": _operator,
    "the last operator swapped": _last_operator,
    "the sign turned": lambda cell: f"-({cell.formula})",
    "the row of another copied": lambda cell: cell.above or cell.formula,
    "the formula of the column beside": lambda cell: cell.beside or cell.formula,
    "another formula with the same value": lambda cell: f"({cell.formula})+0",
    "a formula without references, with the same value": lambda cell: f"{cell.number!r}+0",
}
CONSTANTS: dict[str, Fault] = {
    "a constant a millionth off": lambda cell: cell.number * (1 + 1e-6) or 1e-6,
    "a constant a hundred-millionth off": lambda cell: cell.number * (1 + 1e-8) or 1e-8,
    "a constant rounded to six decimals": lambda cell: round(cell.number, 6),
    "a constant with the same value": lambda cell: cell.number,
    "the sign of a constant": lambda cell: -cell.number,
    "0": lambda _: 0.0,
    "nothing": lambda _: None,
    "the number as text": lambda cell: repr(cell.number),
}


def lessons() -> dict[str, Lesson]:
    """Return the lessons whose workbooks are changed: plain, one step an epoch, optimizers, softmax, mini-batches."""
    return {
        "walkthrough": load_lesson(epochs=12, learning_rates=[0.5, 2.0]),
        "xor": load_lesson("xor", epochs=5),
        "optimizers": load_lesson("optimizers", epochs=6),
        "softmax": load_lesson("softmax-3-classes", epochs=5, learning_rates=[0.00001]),
        "mini-batches, Adam": sample_lesson("adam_in_mini_batches"),
    }


def planned(book: Opened) -> Iterator[tuple[int, str, str, dict[Place, Planted]]]:
    """Yield the number of the run, the kind of fault, its place in words, and the cells to be changed."""
    seen: set[object] = set()
    for run in book.runs:
        if run.recipe in seen:  # the same formulas
            continue
        seen.add(run.recipe)
        yield from _in_table(book, run)
        yield from _around_table(book, run)


def _in_table(book: Opened, run: RunLayout) -> Iterator[tuple[int, str, str, dict[Place, Planted]]]:
    row = run.first_row + run.recipe.row_of((run.recipe.epochs + 1) // 2)  # in which a step has just been made
    for quantity, column in run.column_of.items():
        place = (run.name, row, column)
        where = f"{run.name}: {run.of.naming.name(quantity)}"
        yield from _of_cell(book, run, where, place)
        beside = (run.name, row, column + 1)
        if beside in book.honest and book.formula(place) and book.formula(beside):
            swapped: dict[Place, Planted] = {place: book.belongs(beside), beside: book.belongs(place)}
            if swapped[place] != swapped[beside]:
                yield run.index, "swapped with the column beside", where, swapped


def _around_table(book: Opened, run: RunLayout) -> Iterator[tuple[int, str, str, dict[Place, Planted]]]:
    """The head that fetches from Inputs, the block of examples, the loss curve."""
    yield from _of_cell(book, run, f"{run.name}: rate", (run.name, run.rate_row, run.rate_column))
    for of in run.fetched:
        yield from _of_cell(
            book, run, f"{run.name}: head {run.of.naming.name(of)}", (run.name, run.given_row, run.column_of[of])
        )
    if not book.lesson.single:
        for of, column in run.data_column_of.items():
            yield from _of_cell(
                book, run, f"{run.name}: data {run.of.naming.name(of)}", (run.name, run.first_row, column)
            )
    yield from _of_cell(book, run, f"{run.name}: loss curve", (LOSS_CURVES, 6 + book.lesson.epochs // 2, 2 + run.index))


def _of_cell(
    book: Opened, run: RunLayout, where: str, place: Place
) -> Iterator[tuple[int, str, str, dict[Place, Planted]]]:
    sheet, row, column = place
    formula, number = book.honest[place]
    if formula is None or isinstance(number, bool) or not isinstance(number, float | int):
        return
    beside, above = (book.honest.get(at, (None, 0.0))[0] for at in ((sheet, row, column + 1), (sheet, row - 1, column)))
    cell = Cell(row, run.first_row, formula, float(number), beside, above)
    for kind, fault in FORMULAS.items():
        planted = fault(cell)
        if planted != formula:
            yield run.index, kind, where, {place: f"={planted}"}
    for kind, fault in CONSTANTS.items():
        content = fault(cell)
        if kind.startswith("a constant") and content == number and "same value" not in kind:
            continue
        if kind in {"the sign of a constant", "0"} and number == 0:
            continue
        yield run.index, kind, where, {place: content}


def swept(size: int = 0, seed: int = 1, progress: bool = False) -> tuple[list[Outcome], list[Outcome]]:
    """Plant `size` faults (all where it is 0) drawn over all lessons; return what `verify` and what `Checks` notice."""
    outcomes: dict[str, list[Outcome]] = {VERIFY: [], CHECKS: []}
    for name, lesson in lessons().items():
        book = Opened(lesson)
        if book.differences() or not book.verdict().startswith("PASS"):
            raise SystemExit(f"The sound workbook of {name} is accused: {book.verdict()}")
        faults = list(planned(book))
        if size:
            faults = random.Random(seed).sample(faults, min(len(faults), -(-size // len(lessons()))))
        for run, kind, where, changes in faults:
            key = f"{name}, {where}, {kind}"
            by = noticed(book, run, changes)
            for judge, told in by.items():
                harmless = told == SAME_VALUE
                outcomes[judge].append(Outcome(judge, kind, key, "" if harmless else told, harmless))
            if progress:
                print(f"{by}: {key}", file=sys.stderr, flush=True)
    return outcomes[VERIFY], outcomes[CHECKS]


def noticed(book: Opened, run: int, changes: dict[Place, Planted]) -> dict[str, str]:
    """Return by what each judge notices these changes, or nothing."""
    try:
        book.plant(changes)
    except RuntimeError:  # a circle, or a reference to row 0
        book.take_back(changes)
        return {VERIFY: REFUSED, CHECKS: REFUSED}
    verdict = str(book.value("Checks", book.checks.run_row(run), 2))
    is_red = verdict.startswith("FAIL") and book.verdict().startswith("FAIL")
    same = all(_is_same(book.value(*place), book.calculated[place]) for place in changes)
    by = {
        VERIFY: "a difference" if book.differences(changes) else "",
        CHECKS: "a red verdict" if is_red else SAME_VALUE if same else "",
    }
    book.take_back(changes)
    return by


def _is_same(found: object, honest: object) -> bool:
    """Whether a number is the same within the tolerance that `Checks` tells; an empty cell counts as 0."""
    one, other = found or 0.0, honest or 0.0
    if not (isinstance(one, float | int) and isinstance(other, float | int)):
        return False
    return abs(one - other) <= 1e-12 + 1e-9 * abs(other)
