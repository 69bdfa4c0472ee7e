"""The sheet `Data`: the examples, one a row, where a lesson has several. They are typed, as the numbers of `Inputs`.

Where the inputs are scaled, they stand there twice: as they are typed, and as the network receives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from xlbackprop.lesson import STANDARD, ZERO_TO_ONE, Lesson
from xlbackprop.network import Datum, Input, Target
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.inputs.places import DATA, INPUTS
from xlbackprop.sheets.inputs.sheet import number_validation
from xlbackprop.sheets.number_formats import FOUR_DECIMALS
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import Flag, Look, Page, Role, Sheet, address, cell, column_letters, quoted

_LABELS_ROW, _WIDTH = 4, 12.0
_RULES = {STANDARD: "(x − mean)/deviation", ZERO_TO_ONE: "(x − lowest)/(highest − lowest)"}
_CONSTANT = "constant: 0"
_CHECKED = '"✗ differ: "0;;"✓ checked"'  # of the count of differences
_TRAINED_ON, _HELD_BACK = "trained on", "held back"


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Data`."""
    canvas = Canvas()
    _top(canvas, book)
    _headers(canvas, book)
    _examples(canvas, book)
    if book.lesson.scale:
        _scaled(canvas, book)
    places = book.inputs
    header, first, last = places.data_header_row, places.data_header_row + 1, places.data_last_row
    right = max(places.data_column(target) for target in book.naming.targets())
    typed = " ".join(block.rpartition("!")[2].replace("$", "") for block in places.typed_blocks())
    yield Sheet(
        name=DATA,
        cells=canvas.cells,
        widths={1: 12, 2: 12} | dict.fromkeys(range(places.data_first_column, right + 1), _WIDTH),
        heights=canvas.heights,
        freeze=address(first, places.data_first_column),
        validations=(number_validation(typed),),
        flags=(Flag(f"B{first}:B{last}", f'$B{first}="{_HELD_BACK}"', "muted"),),
        page=Page(
            (f"A{_LABELS_ROW}:{address(last, right)}",),
            landscape=right > 8,
            repeat_rows=f"{_LABELS_ROW}:{header}",
            repeat_columns="A:B",
        ),
        tab=Role.INPUT,
    )


def _top(canvas: Canvas, book: Book) -> None:
    lesson = book.lesson
    held_back = f"; the last {lesson.held_back} are held back, and only looked at in the end" * bool(lesson.held_back)
    title = f"Data: {len(lesson.inputs):,} examples, one a row{held_back}. Change a number, and all sheets follow."
    canvas.put(1, 1, title, Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(2, 2, "Inputs", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    canvas.put(2, 3, "Checks →", Look.LINK, link=f"{quoted(CHECKS)}!A1")
    note = "Blue in a frame: type here. Every run learns from these examples, in this order."
    note += f" They were read from {lesson.data_file}." * bool(lesson.data_file)
    if lesson.scale:
        of_those = "those trained on" if lesson.held_back else "all examples"
        note += f" The network receives {_RULES[lesson.scale]}, with the numbers of {of_those}."
    canvas.put(3, 1, note, Look.NOTE)


def _headers(canvas: Canvas, book: Book) -> None:
    """Put above each column its symbol, and the own name of what it holds."""
    lesson, naming, places = book.lesson, book.naming, book.inputs
    header, longest = places.data_header_row, 1
    canvas.put(header, 1, "example", Look.HEADER)
    canvas.put(header, 2, "", Look.HEADER)
    bands: list[tuple[str, str, Sequence[Input | Target], Callable[[Input | Target], int]]] = [
        ("inputs", "", naming.inputs(), places.data_column),
        ("targets", "", naming.targets(), places.data_column),
    ]
    if lesson.scale:
        bands = [("inputs, as typed", " typed", naming.inputs(), places.typed_column), *bands]
        bands[1] = ("inputs, scaled", *bands[1][1:])
    for label, typed, quantities, column in bands:
        role = role_of(quantities[0], naming)
        canvas.put(_LABELS_ROW, column(quantities[0]), label, Look.LABEL, role)
        for of in quantities:
            canvas.put(header, column(of), f"{naming.name(of)}{typed}", Look.HEADER, role)
            if places.data_names_row is not None:
                own = lesson.own_name(of)
                canvas.put(places.data_names_row, column(of), own, Look.LABEL, role, wrap=True, align="center")
                longest = max(longest, lines_of(own, 1.2 * _WIDTH))
    if places.data_names_row is not None:
        canvas.heights[places.data_names_row] = 15.0 * longest + 1


def _examples(canvas: Canvas, book: Book) -> None:
    lesson, naming, places = book.lesson, book.naming, book.inputs
    header = places.data_header_row
    for example in range(len(lesson.inputs)):
        canvas.put(header + 1 + example, 1, example + 1, Look.LABEL, align="center")
        trained_on = example < lesson.examples
        canvas.put(header + 1 + example, 2, _TRAINED_ON if trained_on else _HELD_BACK, Look.BODY)
    for given, _ in lesson.data():
        assert isinstance(given.of, Datum)
        name, row = naming.name(given), header + 1 + given.of.example
        column, role = places.typed_column(given.of.of), role_of(given.of.of, book.naming)
        canvas.put(row, column, book.standing[name], Look.TYPED, role, changeable=name)


def _scaled(canvas: Canvas, book: Book) -> None:
    """Put the inputs as the network receives them, and above the typed ones the two numbers that they are scaled by.

    Formulas are told here, their values are those of the NumPy side.
    """
    places, first = book.inputs, book.inputs.data_header_row + 1
    found, rows = book.trace.received, (first - 3, first - 2)
    is_standard = book.lesson.scale == STANDARD
    for row, name in zip(rows, ("mean", "deviation") if is_standard else ("lowest", "highest"), strict=True):
        canvas.put(row, 1, name, Look.LABEL)
    for of in book.naming.inputs():
        column, typed = places.data_column(of), column_letters(places.typed_column(of))
        one, other = (f"{typed}${row}" for row in rows)
        is_constant, size = (f"{other}=0", other) if is_standard else (f"{other}={one}", f"({other}-{one})")
        by = found.by[:, of.unit]
        for row, formula, value in zip(rows, _scaled_by(book, of), by, strict=True):
            canvas.put(row, places.typed_column(of), cell(formula, float(value)), Look.NUMBER, Role.INPUT)
        canvas.put(
            rows[0], column, cell(_differences(book, of), 0), Look.NUMBER, number_format=_CHECKED, align="center"
        )
        told = _CONSTANT if by[1] == (0 if is_standard else by[0]) else ""
        canvas.put(rows[1], column, cell(f'IF({is_constant},"{_CONSTANT}","")', told), Look.NOTE, align="center")
        for row, value in enumerate(found.inputs[:, of.unit], start=first):
            formula = f"IF({is_constant},0,({typed}{row}-{one})/{size})"
            canvas.put(row, column, cell(formula, float(value)), Look.NUMBER, Role.INPUT, FOUR_DECIMALS)


def _column(book: Book, column: int, last: int) -> str:
    """Return the range of a column of `Data` down to the example `last`, counted from 1."""
    first = book.inputs.data_header_row + 1
    return f"{address(first, column, fixed=True)}:{address(first + last - 1, column, fixed=True)}"


def _scaled_by(book: Book, of: Input) -> tuple[str, str]:
    """Return the formulas of the two numbers by which an input is scaled."""
    places, trained = book.inputs, _column(book, book.inputs.typed_column(of), book.lesson.examples)
    if book.lesson.scale != STANDARD:
        return f"MIN({trained})", f"MAX({trained})"
    mean = address(places.data_header_row - 2, places.typed_column(of))
    deviation = f"(SUMPRODUCT(({trained}-{mean})*({trained}-{mean}))/COUNT({trained}))^0.5"
    # the mean of equal numbers, rounded, may be none of them
    return f"SUM({trained})/COUNT({trained})", f"IF(MAX({trained})=MIN({trained}),0,{deviation})"


def _differences(book: Book, of: Input) -> str:
    """Return a formula: 0 where a scaled input is right, whatever it is scaled by.

    Scaled and typed numbers must lie alike between the lowest and the highest, and the scaled ones must have the mean 0
    and the deviation 1, or begin at 0 and end at 1.
    """
    places, lesson = book.inputs, book.lesson
    (typed, typed_trained), (scaled, trained) = (
        [_column(book, column, last) for last in (len(lesson.inputs), lesson.examples)]
        for column in (places.typed_column(of), places.data_column(of))
    )
    near = f"{quoted(CHECKS)}!{book.checks.value(book.checks.relative_row)}"
    there, here = (
        f"({whole}-MIN({part}))/(MAX({part})-MIN({part}))"
        for whole, part in ((typed, typed_trained), (scaled, trained))
    )
    # 1+…-1 as in `is_far_formula`
    apart = f"SUMPRODUCT(--((1+({there}-{here})-1)^2>{near}^2))"
    middle, size = f"SUM({trained})/COUNT({trained})", f"SUMPRODUCT({trained},{trained})/COUNT({trained})-1"
    if lesson.scale != STANDARD:
        middle, size = f"MIN({trained})", f"MAX({trained})-1"
    norm = f"IF(ABS({middle})+ABS({size})>{near},1,0)"
    constant = f"SUMPRODUCT(--({scaled}<>0))"
    return f"IF(MAX({typed_trained})=MIN({typed_trained}),{constant},{apart}+{norm})"


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    name = lesson.runs[0].naming.name
    return (Changeable(name(given), value) for given, value in lesson.data())


ENTRY = Entry(DATA, sheets, changeable=_changeable, only_for=lambda lesson: not lesson.single)
