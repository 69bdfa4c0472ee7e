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
from xlbackprop.sheets.inputs.scaled import put_scaled
from xlbackprop.sheets.inputs.sheet import number_validation
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import Flag, Look, Page, Role, Sheet, address

_LABELS_ROW, _WIDTH = 4, 12.0
_RULES = {STANDARD: "(x − mean)/deviation", ZERO_TO_ONE: "(x − lowest)/(highest − lowest)"}
_TRAINED_ON, _HELD_BACK = "trained on", "held back"


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Data`."""
    canvas = Canvas()
    _top(canvas, book)
    _headers(canvas, book)
    _examples(canvas, book)
    if book.lesson.scale:
        put_scaled(canvas, book)
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
    canvas.head(title, {"← Summary": SUMMARY, "Inputs": INPUTS, "Checks →": CHECKS})
    note = "Blue in a frame: type here. Every run learns from these examples, in this order"
    note += ", which was drawn; in brackets is where each stood before." if lesson.order else "."
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
        ("inputs, scaled" if lesson.scale else "inputs", "", naming.inputs(), places.data_column),
        ("targets", "", naming.targets(), places.data_column),
    ]
    if lesson.scale:
        bands.insert(0, ("inputs, as typed", " typed", naming.inputs(), places.typed_column))
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
        number = f"{example + 1} ({lesson.order[example] + 1})" if lesson.order else example + 1
        canvas.put(header + 1 + example, 1, number, Look.LABEL, align="center")
        trained_on = example < lesson.examples
        canvas.put(header + 1 + example, 2, _TRAINED_ON if trained_on else _HELD_BACK, Look.BODY)
    for given, _ in lesson.data():
        assert isinstance(given.of, Datum)
        name, row = naming.name(given), header + 1 + given.of.example
        column, role = places.typed_column(given.of.of), role_of(given.of.of, book.naming)
        canvas.put(row, column, book.standing[name], Look.TYPED, role, changeable=name)


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    name = lesson.runs[0].naming.name
    return (Changeable(name(given), value) for given, value in lesson.data())


ENTRY = Entry(DATA, sheets, changeable=_changeable, only_for=lambda lesson: not lesson.single)
