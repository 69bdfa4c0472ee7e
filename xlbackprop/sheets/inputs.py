"""`Inputs`: the only typed numbers of the lesson. Every other sheet starts from them."""

from __future__ import annotations

from collections.abc import Iterator

from xlbackprop.document import Flag, Look, Page, Role, Sheet, Validation, address, quoted
from xlbackprop.layout import CHECKS, INPUTS, SUMMARY
from xlbackprop.lesson import MAX_NUMBER, rate_name
from xlbackprop.quantities import Weight
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas

_ROLES = {
    "Inputs": Role.INPUT,
    "Targets": Role.TARGET,
    "Starting weights": Role.PARAMETER,
    "Learning rates": Role.UPDATE,
}
_WHAT = {
    "Inputs": "what the network receives",
    "Targets": "what the network should answer",
    "Starting weights": "the same start for every run",
    "Learning rates": "one run, and one sheet, for each",
}


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet."""
    canvas = Canvas()
    canvas.put(1, 1, "Inputs: every number of the lesson that is typed. Change one, and all sheets follow.", Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(2, 2, "Checks →", Look.LINK, link=f"{quoted(CHECKS)}!A1")
    canvas.put(3, 1, "Blue in a frame: type here. Black: a formula. Green: fetched from another sheet.", Look.NOTE)
    for heading, names in book.inputs.groups:
        _group(canvas, book, heading, names)
    yield Sheet(
        name=INPUTS,
        cells=canvas.cells,
        widths={1: 18, 2: 14, 3: 44, 4: 26},
        freeze="A4",
        validations=tuple(_validations(book)),
        flags=tuple(_flags(book)),
        page=Page(landscape=False, pages_tall=1),
        tab=Role.INPUT,
    )


def _group(canvas: Canvas, book: Book, heading: str, names: tuple[str, ...]) -> None:
    top, role = book.inputs.row_of[heading], _ROLES[heading]
    canvas.put(top, 1, heading, Look.HEADER, role)
    canvas.put(top, 2, "value", Look.HEADER, role)
    canvas.put(top, 3, _WHAT[heading], Look.HEADER, role)
    canvas.put(top, 4, "since it was handed out", Look.HEADER, role)
    for name in names:
        row = book.inputs.row_of[name]
        here = address(row, book.inputs.value_column)
        canvas.put(row, 1, name, Look.LABEL, role)
        canvas.put(row, 2, book.settings[name], Look.TYPED, role, setting=name)
        canvas.put(row, 3, _description(book, heading, name), Look.BODY)
        state = "as shipped" if book.is_shipped(name) else "edited"
        canvas.put(row, 4, state, Look.NOTE, formula=f'IF({here}={book.checks.shipped(name)},"as shipped","edited")')


def _description(book: Book, heading: str, name: str) -> str:
    naming = book.naming
    if heading == "Learning rates":
        run = next(run for run in range(book.lesson.runs) if rate_name(run) == name)
        return f"of the sheet {book.runs[run].name}"
    if heading == "Starting weights":
        weight = next(weight for weight in naming.weights() if naming.name(weight) == name)
        return f"weight {_from_to(book, weight)}"
    return {"Inputs": f"input {name[1:]}", "Targets": f"target of output {name[1:]}"}[heading]


def _from_to(book: Book, weight: Weight) -> str:
    """Return "from i1 to h1": the units that a weight joins, named as in the diagram."""
    source, unit = unit_name(book, weight.layer - 1, weight.source), unit_name(book, weight.layer, weight.unit)
    return f"from {source} to {unit}"


def unit_name(book: Book, layer: int, unit: int) -> str:
    """Return the name of a unit: i1, h1, o1."""
    return book.naming.name(book.naming.output(layer, unit)).removeprefix("out_")


def _validations(book: Book) -> Iterator[Validation]:
    for heading, names in book.inputs.groups:
        first, last = book.inputs.row_of[names[0]], book.inputs.row_of[names[-1]]
        is_rate = heading == "Learning rates"
        yield Validation(
            cells=f"B{first}:B{last}",
            kind="decimal",
            low=1e-12 if is_rate else -MAX_NUMBER,
            high=MAX_NUMBER,
            title="A number is needed",
            message="A learning rate is a positive number." if is_rate else "Type a number; no text, not blank.",
        )


def _flags(book: Book) -> Iterator[Flag]:
    for _, names in book.inputs.groups:
        first, last = book.inputs.row_of[names[0]], book.inputs.row_of[names[-1]]
        yield Flag(f"D{first}:D{last}", f'$D{first}="edited"', "bad")
