"""`Step by step`: one row of one run with the arithmetic written out, as chosen in the head of the sheet."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from xlbackprop.document import (
    Diagram,
    Flag,
    Look,
    Page,
    Role,
    Sheet,
    Validation,
    address,
    column_letters,
    quoted,
)
from xlbackprop.layout import CHECKS, INPUTS, SUMMARY
from xlbackprop.limits import shape
from xlbackprop.quantities import Bias, TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, short, short_text
from xlbackprop.sheets.steps.choice import Choice, tick
from xlbackprop.sheets.steps.drawing import NetworkDrawing
from xlbackprop.sheets.steps.lines import WIDTHS, Lines
from xlbackprop.sheets.steps.network import WIDTH, NetworkInCells
from xlbackprop.sheets.steps.row import Row
from xlbackprop.sheets.steps.update import Update
from xlbackprop.sheets.steps.words import Text, constant, joined
from xlbackprop.step_layout import StepLayout

_PIXELS_A_ROW = 20
_ROWS_A_PAGE = 75


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield a sheet for each network of the lesson."""
    for places in book.steps:
        yield _sheet(book, places)


def _sheet(book: Book, places: StepLayout) -> Sheet:
    canvas = Canvas()
    shown = Row(canvas, book, places)
    lines = Lines(canvas, shown)
    choice = Choice(lines)
    shown.put_state()
    choice.put_state()
    _head(canvas, book, shown, choice)
    lines.passes()
    flags = _chosen(lines, choice)
    diagrams, network, end = _network(canvas, shown)
    last = max(lines.row, end)
    _workings(canvas, places)
    return Sheet(
        name=places.name,
        cells=canvas.cells,
        tables=(shown.table(), *choice.tables()),
        diagrams=diagrams,
        widths=_widths(places),
        heights=canvas.heights,
        freeze=address(places.sentence_row + 1, 1),
        validations=tuple(_validations(shown, choice)),
        flags=flags,
        scales=network,
        page=_page(places, last),
        tab=Role.GRADIENT,
    )


def _widths(places: StepLayout) -> dict[int, float]:
    columns = range(places.right, places.last_network_column + 1)
    workings = {places.library: 18.0, places.library + 1: 24.0, places.library + 2: 30.0, places.update: 22.0}
    return WIDTHS | {places.value + 1: 2.5} | dict.fromkeys(columns, WIDTH) | workings


def _page(places: StepLayout, last: int) -> Page:
    width = sum(WIDTHS.values()) + places.network_columns * WIDTH
    return Page(
        landscape=True,
        pages_tall=ceil(last / _ROWS_A_PAGE),
        pages_wide=ceil(width / 420),
        area=f"A1:{address(last, places.last_network_column)}",
    )


# ------------------------------------------------------------------------------------------------------------ the head


def _head(canvas: Canvas, book: Book, shown: Row, choice: Choice) -> None:
    places = shown.places
    others = "" if len(book.steps) == 1 else f" of {', '.join(run.name for run in places.runs)}"
    canvas.put(1, 1, f"{places.name}: choose a run, an epoch and a weight, and follow every number{others}.", Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    canvas.put(2, 2, "Inputs", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    canvas.put(2, 3, "Checks", Look.LINK, link=f"{quoted(CHECKS)}!A1")
    for column, run in enumerate(places.runs[: places.network_columns - 1], start=places.right):
        canvas.put(2, column, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
    runs = tuple(run.name for run in places.runs)
    _selector(canvas, shown, places.run_row, "run", places.run_setting, "pick one from the list", runs)
    last = book.lesson.epochs
    _selector(canvas, shown, places.epoch_row, "epoch", places.epoch_setting, f"type a whole number from 0 to {last}")
    if not book.lesson.single:
        count = len(book.lesson.inputs)
        what = f"type a whole number from 1 to {count}" + held_back(book)
        _selector(canvas, shown, places.example_row, "example", places.example_setting, what)
    names = tuple(shown.naming.name(of) for of in shown.recipe.trained)
    kind = "weight or bias" if any(isinstance(of, Bias) for of in shown.recipe.trained) else "weight"
    _selector(canvas, shown, places.parameter_row, kind, places.parameter_setting, "pick one from the list", names)
    _sentence(canvas, shown)
    del choice


def held_back(book: Book) -> str:
    """Return what is said of examples that are not trained on."""
    lesson = book.lesson
    return f"; from {lesson.examples + 1} on: held back, looked at in the last epoch only" if lesson.held_back else ""


def _selector(
    canvas: Canvas, shown: Row, row: int, name: str, setting: str, what: str, choices: tuple[str, ...] = ()
) -> None:
    """Put a cell in which something is chosen; where there is one choice only, it is said."""
    places, settings = shown.places, shown.book.settings
    canvas.put(row, places.symbol, name, Look.STRONG)
    if len(choices) == 1:
        canvas.put(row, places.rule, choices[0], Look.BODY, align="left")
        return
    value = choices[int(settings[setting])] if choices else settings[setting]
    canvas.put(row, places.rule, value, Look.TYPED, setting=setting, choices=choices, align="left")
    canvas.put(row, places.numbers, f"← {what}", Look.NOTE)


def _validations(shown: Row, choice: Choice) -> Iterator[Validation]:
    places, lesson = shown.places, shown.book.lesson
    column = places.rule

    def whole(row: int, allowed: range, what: str) -> Validation:
        message = f"Type {what}: a whole number from {allowed[0]} to {allowed[-1]}."
        cell = address(row, column)
        return Validation(cell, "whole", allowed[0], allowed[-1], "A whole number is needed", message)

    def listed(row: int, source: str, what: str) -> Validation:
        message = f"Pick {what} from the list that opens with the arrow beside the cell."
        return Validation(address(row, column), "list", None, None, "Not in the list", message, source)

    if len(places.runs) > 1:
        yield listed(places.run_row, shown.list_of_runs, "a run")
    yield whole(places.epoch_row, places.whole_settings[places.epoch_setting], "an epoch")
    if not lesson.single:
        yield whole(places.example_row, places.whole_settings[places.example_setting], "the number of an example")
    if len(shown.recipe.trained) > 1:
        yield listed(places.parameter_row, choice.menu, "a weight or a bias")


def _sentence(canvas: Canvas, shown: Row) -> None:
    """Say in words what is shown."""
    places, run = shown.places, shown.run.name
    loss = shown.text(TotalLoss())
    parts = [
        Text(places.cell(places.run_row, places.rule), run),
        constant(", epoch "),
        Text(f"INT(({places.row_number}-1)/{shown.recipe.examples})", str(shown.epoch)),
    ]
    if not shown.book.lesson.single:
        total = shown.recipe.examples * shown.recipe.epochs
        epoch = f"MIN({shown.recipe.epochs},INT(({places.row_number}-1)/{shown.recipe.examples}))"
        parts[2] = Text(epoch, str(shown.epoch))
        parts += [
            constant(", example "),
            Text(f"({places.row_number}-{epoch}*{shown.recipe.examples})", str(shown.example + 1)),
        ]
        del total
    sentence = joined([*parts, constant(": E_Total is "), loss, constant(".")])
    canvas.put(places.sentence_row, places.symbol, sentence.value, Look.STRONG, formula=sentence.formula)


# --------------------------------------------------------------------------------------------------- the chosen weight


def _chosen(lines: Lines, choice: Choice) -> tuple[Flag, ...]:
    """Put the gradient of the chosen parameter, its update, and every path from it to the loss."""
    places = lines.places
    lines.heading("The chain rule for the chosen weight", "a weight moves E_Total along every path that leads from it to a loss")
    update = Update(choice)
    top = lines.row
    results = 1 if choice.plan is None else 2
    first_path = top + results + update.height + 3
    choice.put_paths(first_path)
    flags = tick(lines.row - 1, places.numbers)
    flags += update.put()
    if choice.plan is not None:
        lines.heading("Its paths", "factor by factor, from the loss back to the weight")
        assert lines.row == first_path, (lines.row, first_path)
        lines.row += choice.plan.longest
    return flags


# --------------------------------------------------------------------------------------------------------- the network


def _network(canvas: Canvas, shown: Row):  # type: ignore[no-untyped-def]
    places, row = shown.places, shown.places.first_row
    _heading(canvas, places, row, "The network at this step")
    if not places.is_drawn:
        text = f"A network of {shape(shown.naming.sizes)} units is too large to draw here; the table right of this has"
        canvas.put(row + 1, places.right, f"{text} every number of the chosen row.", Look.NOTE)
        return (), (), row + 2
    drawing = NetworkDrawing(shown)
    diagram = drawing.diagram(address(row + 1, places.right))
    below = row + 2 + ceil(diagram.height / _PIXELS_A_ROW)
    canvas.put(below, places.right, "Under a node: its value, and ∂E/∂ of it. At a weight: its value, and ∂E/∂ of it.", Look.NOTE)
    words = "In Excel the drawing follows what you choose; other programs show it as it came. The cells below follow everywhere."
    canvas.put(below + 1, places.right, words, Look.NOTE)
    _heading(canvas, places, below + 3, "The same network in cells")
    words = "Blue is negative, orange positive, the stronger the larger; layer by layer from left to right."
    canvas.put(below + 4, places.right, words, Look.NOTE)
    cells = NetworkInCells(canvas, shown, below + 5)
    cells.put()
    diagrams: tuple[Diagram, ...] = (diagram,)
    return diagrams, cells.scales(), cells.bottom


def _heading(canvas: Canvas, places: StepLayout, row: int, text: str) -> None:
    for column in range(places.right, places.last_network_column + 1):
        canvas.put(row, column, text if column == places.right else "", Look.HEADING)


def _workings(canvas: Canvas, places: StepLayout) -> None:
    canvas.put(2, places.workings, "Workings: what this sheet looks up", Look.HEADING)
    canvas.put(places.header_row - 1, places.workings, "The whole row, fetched from the table of the run", Look.NOTE)


__all__ = ["sheets"]
_ = (column_letters, short, short_text)
