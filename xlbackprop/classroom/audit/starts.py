"""Where a table starts from: against what texts and drawings of the workbook state, and against a lesson's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from xlbackprop.classroom.audit.book import Book
from xlbackprop.classroom.audit.comparisons import ComparisonTable
from xlbackprop.classroom.audit.findings import Finding, Kind
from xlbackprop.classroom.audit.headers import quantities_by_key, stated_number
from xlbackprop.classroom.audit.meanings import Meanings
from xlbackprop.classroom.audit.right_run import losses, start_of
from xlbackprop.lesson import Lesson
from xlbackprop.network import Bias, Input, Quantity, Target, Weight
from xlbackprop.workbook import address, number_text

MOST_SLIPS = 2  # numbers that differ by a slip; where more do, other numbers are meant


def stated_starts(book: Book, sheet: str, meanings: Meanings) -> dict[Quantity, float]:
    """Return the starting numbers that texts and shapes of a sheet state: w4 = 0.3."""
    texts = [*(text for name, text in book.drawn_texts() if name == sheet), *meanings.table.sheet.texts.values()]
    known = quantities_by_key(meanings.table.recipe)
    found: dict[Quantity, set[float]] = {}
    for text in texts:
        stated = stated_number(text) if len(text) < 40 else None
        of = None if stated is None else known.get(stated[0])
        if stated is not None and isinstance(of, Weight | Bias | Input | Target):
            found.setdefault(of, set()).add(stated[1])
    return {of: next(iter(numbers)) for of, numbers in found.items() if len(numbers) == 1}


def other_starts(meanings: Meanings, stated: dict[Quantity, float]) -> list[Quantity]:
    """Return the quantities that start with another number than is stated."""
    found = meanings.table.found
    return [of for of, number in stated.items() if of in found and not np.isclose(found[of][0], number, rtol=1e-9)]


def wrong_starts(
    book: Book, meanings: Meanings, comparisons: Sequence[ComparisonTable]
) -> tuple[list[Finding], list[str]]:
    """Return findings and remarks about a start that is not the stated one.

    It is wrong where a comparison of learning rates in the workbook was made from what is stated; else it is remarked.
    """
    name = meanings.table.recipe.naming.name
    stated = stated_starts(book, meanings.table.sheet.name, meanings)
    others = other_starts(meanings, stated)
    if not others or len(others) > MOST_SLIPS or len(others) >= len(stated) - len(others):
        return [], []
    proved = _made_from(meanings, {of: stated[of] for of in others}, comparisons)
    findings, remarks = [], []
    for of in others:
        number = meanings.table.found[of][0]
        said = f"{name(of)} starts with {number:g}; beside the table stands {name(of)} = {stated[of]:g}"
        if proved:
            said += ", and the comparison of learning rates was made with that"
            findings.append(_finding(meanings, of, f"{said}.", stated[of]))
        else:
            remarks.append(f"{said}.")
    return findings, remarks


def _made_from(meanings: Meanings, stated: dict[Quantity, float], comparisons: Sequence[ComparisonTable]) -> bool:
    """Return whether a comparison begins with the loss that follows from the stated numbers, not from those found."""
    start, naming = start_of(meanings), meanings.table.recipe.naming
    if start is None:
        return False
    groups: list[tuple[Quantity, ...]] = [naming.inputs(), naming.targets(), tuple(naming.parameters())]
    inputs, targets, parameters = (
        tuple(stated.get(of, number) for of, number in zip(group, numbers, strict=True))
        for group, numbers in zip(groups, start, strict=True)
    )
    loss = losses(meanings.table.recipe, inputs, targets, parameters, 0.1, 2)[0]
    return any(np.isclose(column.numbers[0], loss, rtol=1e-8) for one in comparisons for column in one.columns)


def not_the_lessons(meanings: Meanings, lesson: Lesson) -> tuple[list[Finding], list[str]]:
    """Return findings and remarks about a start that is not that of the lesson."""
    naming = meanings.table.recipe.naming
    given = dict(_numbers_of(lesson))
    others = other_starts(meanings, given)
    if not others:
        return [], []
    if len(others) > MOST_SLIPS:
        names = ", ".join(naming.name(of) for of in others)
        return [], [f"It starts from other numbers than the lesson: {names}."]
    said = "{} starts with {:g}, and with {:g} in the lesson."
    return [
        _finding(meanings, of, said.format(naming.name(of), meanings.table.found[of][0], given[of]), given[of])
        for of in others
    ], []


def _numbers_of(lesson: Lesson) -> Iterator[tuple[Quantity, float]]:
    run = lesson.runs[0]
    yield from zip(run.naming.inputs(), lesson.inputs[0], strict=True)
    yield from zip(run.naming.targets(), lesson.targets[0], strict=True)
    yield from zip(run.naming.parameters(), run.parameters, strict=True)


def _finding(meanings: Meanings, of: Quantity, sentence: str, right: float) -> Finding:
    table = meanings.table
    place = table.place(of, 0)
    found = float(table.found[of][0])
    formula = table.formulas[of][0]
    return Finding(
        kind=str(Kind.START),
        quantity=table.recipe.naming.name(of),
        sentence=sentence,
        cells=(address(*place),),
        count=1,
        first=place,
        formula=number_text(found) if formula is None else f"={formula.at(place[0])}",
        expected=number_text(right),
        found=found,
        right=right,
        off=abs(found - right),
    )
