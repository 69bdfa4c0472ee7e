"""The sheet `Inputs`: the typed numbers of the lesson, one a row. Every other sheet computes from them.

Several examples are not there but on `Data`, one a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlbackprop.lesson import MAX_NUMBER, Lesson, Run, rate_name, with_own
from xlbackprop.network import Bias, Constant, Input, LearningRate, Naming, Parameter, Target, Weight
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.inputs.places import DATA, INPUTS, Heading, InputsLayout, Section
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import Flag, Live, Look, Page, Role, Sheet, Validation, is_number, when

_ROLES = {
    Heading.INPUTS: Role.INPUT,
    Heading.TARGETS: Role.TARGET,
    Heading.WEIGHTS: Role.PARAMETER,
    Heading.BIASES: Role.PARAMETER,
    Heading.RATES: Role.UPDATE,
    Heading.CONSTANTS: Role.UPDATE,
}
_WHAT = {
    Heading.INPUTS: "what the network receives",
    Heading.TARGETS: "what the network should answer",
    Heading.WEIGHTS: "the same start for every run",
    Heading.BIASES: "the same start for every run",
    Heading.RATES: "one run, and one sheet, for each",
    Heading.CONSTANTS: "what else decides how a run learns",
}
_NAMES_WIDTH, _WHAT_WIDTH = 18, 44
SINCE = "since it was handed out"  # heads the column that says what an edit has changed
_WIDEST_NAME = 40


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Inputs`."""
    canvas = Canvas()
    data = {} if book.lesson.single else {"The examples stand on Data →": DATA}
    title = f"Inputs: {_numbers(book)}. Change one, and all sheets follow."
    canvas.head(title, {"← Summary": SUMMARY, "Checks →": CHECKS, **data})
    canvas.put(3, 1, "Blue in a frame: type here. Black: a formula. Green: fetched from another sheet.", Look.NOTE)
    descriptions = _descriptions(book)
    for section in book.inputs.sections:
        _section(canvas, book, section, descriptions)
    longest = max(len(text) for section in book.inputs.sections for text in (section.heading, *section.names))
    yield Sheet(
        name=INPUTS,
        cells=canvas.cells,
        widths={1: max(_NAMES_WIDTH, min(longest + 2, _WIDEST_NAME)), 2: 14, 3: _WHAT_WIDTH, 4: 26},
        heights=canvas.heights,
        freeze="A4",
        validations=tuple(_validations(book)),
        flags=tuple(_flags(book)),
        page=Page((f"A{book.inputs.first_row - 1}:C{max(book.inputs.row_of.values())}",), blocks=True),
        tab=Role.INPUT,
    )


def _numbers(book: Book) -> str:
    return "every number of the lesson that is typed" + ("" if book.lesson.single else ", except the examples")


def _section(canvas: Canvas, book: Book, section: Section, descriptions: Mapping[str, str]) -> None:
    first, last = book.inputs.rows(section)
    top, role = first - 1, _ROLES[section.heading]
    what = f"the start of {section.of}" if section.of else _WHAT[section.heading]
    lines = lines_of(what, _WHAT_WIDTH - 2)
    canvas.put(top, 1, section.heading.value, Look.HEADER, role)
    canvas.put(top, 2, "value", Look.HEADER, role)
    canvas.put(top, 3, what, Look.HEADER, role, wrap=lines > 1)
    canvas.put(top, 4, SINCE, Look.HEADER, role)
    if lines > 1:
        canvas.heights[top] = min(409.0, 15.0 * lines + 1)
    for row, name in zip(range(first, last + 1), section.names, strict=True):
        canvas.put(row, 1, name, Look.LABEL, role)
        here = canvas.put(row, book.inputs.value_column, book.standing[name], Look.TYPED, role, changeable=name)
        lines = lines_of(descriptions[name], _WHAT_WIDTH - 2)
        canvas.put(row, 3, descriptions[name], Look.ASIDE, wrap=lines > 1)
        if lines > 1:
            canvas.heights[row] = 15.0 * lines + 1
        canvas.put(row, 4, _state(book, name, here), Look.NOTE)


def _state(book: Book, name: str, here: Live) -> Live:
    """Return what happened to a typed number since the workbook was handed out."""
    return when(
        is_number(here), when(here.equals(book.shipped_number(name)), "as shipped", "edited"), InputsLayout.no_number
    )


# -------------------------------------------------------------------------------------------------------- in words


def _descriptions(book: Book) -> dict[str, str]:
    """Return each typed number in words by its name: {"w1": "weight from i1 to h1"}; if shared, for the first run."""
    words: dict[str, str] = {}
    if book.lesson.single:
        naming = book.naming
        told: dict[Input | Target, str] = {of: f"input {of.unit + 1}" for of in naming.inputs()}
        told |= {of: f"target of output {of.unit + 1}" for of in naming.targets()}
        words |= {naming.name(of): with_own(text, book.lesson.own_name(of)) for of, text in told.items()}
    for index, (run, names) in enumerate(zip(book.lesson.runs, book.lesson.given_names, strict=True)):
        for given, name in names.items():
            if name in words:
                continue
            match given.of:
                case Weight() | Bias():
                    words[name] = with_own(parameter_words(run, given.of), book.lesson.own_name(given.of, index))
                case LearningRate():
                    words[name] = f"of the sheet {run.name}"
                case Constant(constant):
                    words[name] = f"{constant} of the sheet {run.name}"
    return words


def parameter_words(run: Run, parameter: Parameter) -> str:
    """Return a parameter in words: "weight from i1 to h1"; "bias of h1, not trained"."""
    naming, ending = run.naming, "" if run.recipe.is_trained(parameter) else ", not trained"
    if isinstance(parameter, Weight):
        source = unit_name(naming, parameter.layer - 1, parameter.source)
        return f"weight from {source} to {unit_name(naming, parameter.layer, parameter.unit)}{ending}"
    units = naming.fed_by(parameter)
    if len(units) == 1:
        return f"bias of {unit_name(naming, parameter.layer, units[0])}{ending}"
    shown = [unit_name(naming, parameter.layer, unit) for unit in units]
    named = ", ".join(shown if len(shown) <= 3 else (shown[0], "…", shown[-1]))
    return f"bias of all units of layer {parameter.layer} ({named}){ending}"


def unit_name(naming: Naming, layer: int, unit: int) -> str:
    """Return the name of a unit, from 0, of a layer: "i1" of layer 0, then "h1", at the end "o1"."""
    return naming.name(naming.output(layer, unit)).removeprefix("out_")


# ------------------------------------------------------------------------------------------------ what may be typed


def _validations(book: Book) -> Iterator[Validation]:
    for section in book.inputs.sections:
        first, last = book.inputs.rows(section)
        is_rate = section.heading is Heading.RATES
        yield number_validation(
            f"B{first}:B{last}",
            low=1e-12 if is_rate else -MAX_NUMBER,
            message="A learning rate is a positive number." if is_rate else "Type a number; no text, not blank.",
        )


def number_validation(
    cells: str, low: float = -MAX_NUMBER, message: str = "Type a number; no text, not blank."
) -> Validation:
    """Return the rule that only numbers from `low` to MAX_NUMBER may be typed into these cells ("B6:B7")."""
    return Validation(
        cells=cells, kind="decimal", low=low, high=MAX_NUMBER, title="A number is needed", message=message
    )


def _flags(book: Book) -> Iterator[Flag]:
    for section in book.inputs.sections:
        first, last = book.inputs.rows(section)
        yield Flag(f"D{first}:D{last}", f'$D{first}="edited"', "bad")


# ------------------------------------------------------------------------------------------------------- the entry

_DEFINED_NAMES = {
    Heading.INPUTS: "lesson_inputs",
    Heading.TARGETS: "lesson_targets",
    Heading.WEIGHTS: "weights",
    Heading.BIASES: "biases",
}


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    for section in InputsLayout(lesson).sections:
        yield from (Changeable(name, lesson.typed[name]) for name in section.names)


def _defined_names(book: Book) -> dict[str, str]:
    """Return the defined names of typed numbers: {"weights": "'Inputs'!$B$14:$B$21"}; last "examples", on `Data`."""
    places = book.inputs
    names = {f"learning_rate_{run + 1}": places.cell(rate_name(run)) for run in range(len(book.runs))}
    for section in places.sections:
        if section.heading in _DEFINED_NAMES and not section.of:
            names[_DEFINED_NAMES[section.heading]] = places.numbers(section)
    return names if book.lesson.single else names | {"examples": places.data_block()}


# Summary leads to it in words of its own.
ENTRY = Entry(INPUTS, sheets, changeable=_changeable, defined_names=_defined_names, on_paper=True, linked=False)
