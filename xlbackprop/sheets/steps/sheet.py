"""The sheets `Step by step`: one row of one run with the arithmetic written out, as chosen in the head of the sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlbackprop.lesson import Lesson
from xlbackprop.network import Bias, TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.inputs.places import INPUTS
from xlbackprop.sheets.steps.choice import Choice, tick
from xlbackprop.sheets.steps.chosen_row import Row
from xlbackprop.sheets.steps.lines import StepLines
from xlbackprop.sheets.steps.pictures import Pictures
from xlbackprop.sheets.steps.places import STEP_BY_STEP, StepLayout, step_sheets
from xlbackprop.sheets.steps.weight_update import UpdateLines
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import (
    Flag,
    Look,
    Page,
    Role,
    Sheet,
    Told,
    Validation,
    address,
    choose,
    element,
    hyperlink,
    joined,
    live,
    quoted,
    smaller,
    when,
    whole,
)

IN_VAIN = "There is no"  # begins what is said of a choice that is none
_ROWS_A_PAGE = 75
_STANDARD, _ROOM = 8.43, 8.0  # characters: of a column without a width of its own, and for a link


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield a sheet `Step by step` for each network of the lesson."""
    for places in book.steps:
        yield _sheet(book, places)


def _sheet(book: Book, places: StepLayout) -> Sheet:
    canvas = Canvas()
    shown = Row(canvas, book, places)
    shown.put_state()
    shown.put_numbers()
    lines = StepLines(canvas, shown)
    choice = Choice(lines)
    _head(canvas, book, shown, choice)
    lines.passes()
    flags = _chosen(lines, choice)
    right = Pictures(canvas, shown, choice)
    right.build()
    _to_other_sheets(canvas, book, places, right.widths)
    _workings(canvas, places)
    return Sheet(
        name=places.name,
        cells=canvas.cells,
        tables=(shown.table(), *choice.tables()),
        charts=right.charts,
        outlines=right.outlines,
        widths=lines.widths | {places.value + 1: 1.5} | right.widths | _widths_of_workings(places),
        heights=canvas.heights,
        freeze=address(places.sentence_row + 1, 1),
        validations=tuple(_validations(shown, choice)),
        flags=(_in_vain_flag(places), *flags, *right.flags),
        scales=right.scales,
        claims=tuple(canvas.claims),
        page=_page(places, lines.row - 1, right),
        tab=Role.GRADIENT,
    )


def _widths_of_workings(places: StepLayout) -> dict[int, float]:
    """Return widths in which each header has one line: a row beside the pictures is as high as one line."""
    lines, products = {1: 18.0, 2: 18.0, 3: 18.0}, dict.fromkeys((places.library + 5, places.update + 3), 14.0)
    tables = {places.library: 18.0, places.library + 1: 24.0, places.library + 2: 30.0, places.update: 22.0}
    return {places.workings + column: width for column, width in lines.items()} | tables | products


def _page(places: StepLayout, left: int, right: Pictures) -> Page:
    """Return how the sheet prints: from the sentence that says what is shown the lines, and then the pictures."""
    sentence, first = places.sentence_row, places.first_row
    parts = (
        f"{address(sentence, places.symbol)}:{address(left, places.value)}",
        f"{address(first, places.right)}:{address(right.row - 1, places.last_network_column)}",
    )
    links = filter(None, (address(sentence, places.numbers), right.told_of_workings))
    return Page(parts, blocks=True, instead=tuple((cell, "") for cell in links))


# ------------------------------------------------------------------------------------------------------------ the head


def _head(canvas: Canvas, book: Book, shown: Row, choice: Choice) -> None:
    places = shown.places
    of_runs = "" if len(book.steps) == 1 else f" of {', '.join(run.name for run in places.runs)}"
    title = f"{places.name}: choose in row {places.choice_row}, and follow every number{of_runs}."
    canvas.head(title, {"← Summary": SUMMARY, "Inputs": INPUTS, "Checks": CHECKS})
    _selector(canvas, shown, places.epoch_column, f"epoch 0–{book.lesson.epochs}", places.epoch_choice)
    runs = tuple(run.name for run in places.runs)
    _selector(canvas, shown, places.run_column, "run", places.run_choice, runs)
    names = tuple(shown.naming.name(of) for of in shown.recipe.trained)
    kind = "weight, bias" if any(isinstance(of, Bias) for of in shown.recipe.trained) else "weight"
    kind += " (trained)" if shown.recipe.freezes else ""  # the others have no update to show
    _selector(canvas, shown, places.parameter_column, kind, places.parameter_choice, names)
    if not book.lesson.single:
        _selector(canvas, shown, places.example_column, f"example 1–{len(book.lesson.inputs)}", places.example_choice)
        canvas.put(places.choice_row, places.right, _held_back(book), Look.NOTE)
    _sentence(canvas, shown, choice)
    _way_to_the_row(canvas, shown)


def _to_other_sheets(canvas: Canvas, book: Book, places: StepLayout, widths: Mapping[int, float]) -> None:
    """Put links to the sheets of other networks, each in a column in which it has room."""
    columns = (column for column in range(places.right, places.workings) if widths.get(column, _STANDARD) >= _ROOM)
    for column, other in zip(columns, (each for each in book.steps if each is not places), strict=False):
        canvas.put(2, column, f"Step {other.number + 1} →", Look.LINK, link=other.place)


def _way_to_the_row(canvas: Canvas, shown: Row) -> None:
    """Put a link to the chosen row in the table of the run."""
    places = shown.places
    ways = [f"#{quoted(run.name)}!A" & (shown.row_number + run.header_row) for run in places.runs]
    words = "this row in the table of the run →"
    canvas.put(places.sentence_row, places.right, hyperlink(shown.of_run(ways), words), Look.LINK)


def _held_back(book: Book) -> str:
    """Return a remark on the examples held back, which are not trained on; empty where there are none."""
    lesson = book.lesson
    return f"← from {lesson.examples + 1} on: held back, looked at in the last epoch only" if lesson.held_back else ""


def _selector(canvas: Canvas, shown: Row, column: int, name: str, choice: str, choices: tuple[str, ...] = ()) -> None:
    """Put a cell in which something is chosen; if there is one thing only, put its name as plain text."""
    row, standing = shown.places.choice_row, shown.book.standing
    canvas.put(row - 1, column, name, Look.STRONG)
    if len(choices) == 1:
        canvas.put(row, column, choices[0], Look.BODY, align="left")
        return
    value = choices[int(standing[choice])] if choices else standing[choice]
    canvas.put(row, column, value, Look.TYPED, Role.INPUT, changeable=choice, choices=choices, align="left")


def _validations(shown: Row, choice: Choice) -> Iterator[Validation]:
    places, lesson, row = shown.places, shown.book.lesson, shown.places.choice_row

    def whole(column: int, allowed: range, what: str) -> Validation:
        message = f"Type {what}: a whole number from {allowed[0]} to {allowed[-1]}."
        cell = address(row, column)
        return Validation(cell, "whole", allowed[0], allowed[-1], "A whole number is needed", message)

    def listed(column: int, source: str, what: str) -> Validation:
        message = f"Pick {what} from the list that opens with the arrow beside the cell."
        return Validation(address(row, column), "list", None, None, "Not in the list", message, source)

    if len(places.runs) > 1:
        yield listed(places.run_column, shown.list_of_runs.formula, "a run")
    yield whole(places.epoch_column, places.whole_choices[places.epoch_choice], "an epoch")
    if not lesson.single:
        yield whole(places.example_column, places.whole_choices[places.example_choice], "the number of an example")
    if len(shown.recipe.trained) > 1:
        yield listed(places.parameter_column, choice.menu, "a weight or a bias")


def _sentence(canvas: Canvas, shown: Row, choice: Choice) -> None:
    """Put the sentence that says what is shown: run, epoch, example and E_Total; first, what was chosen in vain."""
    places, recipe = shown.places, shown.recipe
    epoch = smaller(recipe.epochs, whole((shown.row_number - 1) / recipe.examples))
    run = choose(shown.run_number, [live(run.name) for run in places.runs])
    called = element(shown.book.legends, shown.run_number) if shown.book.lesson.by_rate else run
    parts: list[Told] = [called, ", epoch ", epoch]
    if not recipe.single:
        parts += [", example ", shown.row_number - epoch * recipe.examples]
    sentence = joined([*parts, ": E_Total is ", shown.text(TotalLoss()), "."])
    chosen = [("epoch", shown.chosen_epoch, shown.epoch)]
    chosen += [("run", shown.chosen_run, run)] * (len(places.runs) > 1)
    chosen += [("weight or bias", choice.chosen, choice.name)] * (len(choice.trained) > 1)
    in_vain = [
        when((one & "").equals(found & ""), "", f"{IN_VAIN} {what} " & one & ". ") for what, one, found in chosen
    ]
    canvas.put(places.sentence_row, places.symbol, joined([*in_vain, sentence]), Look.STRONG)


def _in_vain_flag(places: StepLayout) -> Flag:
    """Return the colour of that sentence where something was chosen in vain."""
    there = address(places.sentence_row, places.symbol, fixed=True)
    return Flag(there.replace("$", ""), f'LEFT({there},{len(IN_VAIN)})="{IN_VAIN}"', "bad")


# --------------------------------------------------------------------------------------------------- the chosen weight


def _chosen(lines: StepLines, choice: Choice) -> tuple[Flag, ...]:
    """Put every path from the chosen parameter to a loss, the gradient that they add up to, and the update."""
    lines.heading("The chain rule for " & choice.called, "factor by factor, along every path from a loss back to it")
    lines.make_room_for(choice.longest_name)
    choice.put_paths()
    return (*tick(lines.row - 1, lines.places.numbers), *UpdateLines(choice).put())


def _workings(canvas: Canvas, places: StepLayout) -> None:
    canvas.put(2, places.workings, "Workings: what this sheet looks up", Look.HEADING)
    canvas.put(places.header_row - 1, places.workings, "The whole row, fetched from the table of the run", Look.NOTE)


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    for places in step_sheets(lesson):
        for name, shipped in places.choices.items():
            yield Changeable(name, shipped, places.whole_choices.get(name), is_view=True)


# There may be several, to each of which Summary leads.
ENTRY = Entry(STEP_BY_STEP, sheets, reserved=(f"{STEP_BY_STEP}*",), changeable=_changeable, on_paper=True, linked=False)
