"""The sheet `Summary`: the lesson on one page, each line of mathematics with its live number.

The left half goes from the network to the update, the right half from the loss curves to what one can try.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod

from xlbackprop.lesson import Lesson
from xlbackprop.network import (
    Given,
    Gradient,
    LearningRate,
    Naming,
    Parameter,
    Quantity,
    Recipe,
    activation_words,
    instead_of_slopes,
    mixes_outputs,
)
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, lines_of, role_of
from xlbackprop.sheets.checks.counts import Judgement
from xlbackprop.sheets.curves import sheet as loss_curves
from xlbackprop.sheets.derivation.drawing import NetworkDrawing, can_be_drawn
from xlbackprop.sheets.derivation.opening import opening
from xlbackprop.sheets.derivation.own_names import list_of_names
from xlbackprop.sheets.entry import Entry
from xlbackprop.sheets.inputs.places import INPUTS
from xlbackprop.sheets.inputs.sheet import unit_name
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.sheets.summary.layout import GLANCE_ROWS, MOST_LAYERS, MOST_ROWS, PICTURES_ROW, SUMMARY, SummaryLayout
from xlbackprop.sheets.summary.layout import heading as put_heading
from xlbackprop.sheets.summary.mathematics import Left
from xlbackprop.sheets.summary.outcomes import Right
from xlbackprop.workbook import (
    Live,
    Look,
    Page,
    Picture,
    Role,
    Sheet,
    Told,
    absolute,
    address,
    cell,
    cells,
    element,
    found_in,
    joined,
    operand,
    quoted,
    short,
    ten_to,
    unless_error,
    when,
    with_decimals,
)

_MOST_LAYERS_TOLD = 10
_PLAIN = "gradient descent"
_OF_A_NOTE = 1.2  # so many times as many letters of a note fit
_OF_A_TITLE = 0.6  # so many of its letters take the room of one of running text
# The logo stands above the last two columns, beside title and credits, which are together as high as it may be.
LOGO_COLUMN_PIXELS = 71
LOGO_ROOM = (140, 50)


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Summary`."""
    canvas, page = Canvas(), _page(book)
    verdict = _top(canvas, book, page)
    if page.drawing is None:
        _layers(canvas, book, PICTURES_ROW + len(page.own_names))
    else:
        page.drawing.put(canvas)
    _at_a_glance(canvas, book, page.text_row - GLANCE_ROWS - 1)
    for row, line in enumerate(page.own_names, start=PICTURES_ROW):
        canvas.put(row, page.left, line, Look.NOTE)
    left = Left(canvas, book, page)
    left.build()
    right = Right(canvas, book, page)
    right.build()
    longest_run = book.longest_legend if book.lesson.by_rate else max(len(run.name) for run in book.runs)
    named = {page.left: left.longest_name + 1.0, page.right: min(longest_run + 1.0, 32.0)}
    yield Sheet(
        name=SUMMARY,
        cells=canvas.cells,
        charts=(loss_curves.comparison(book, address(PICTURES_ROW, page.right), 560, 310),),
        outlines=() if page.drawing is None else page.drawing.outlines(),
        pictures=tuple(_logo(book.lesson, page)),
        widths=page.widths | {column: max(width, page.widths[column]) for column, width in named.items()},
        heights=canvas.heights,
        merged=tuple(canvas.merged),
        claims=tuple(canvas.claims),
        flags=wording.verdict_flags(f"B{verdict}", f"$B${verdict}"),
        page=_paper(page, verdict, (left.row, right.row)),
        tab=Role.HIDDEN,
    )


def _top(canvas: Canvas, book: Book, page: SummaryLayout) -> int:
    """Put title, introduction, verdict and links above the pictures; return the row of the verdict."""
    row = _title(canvas, book.lesson, page)
    introduction = book.lesson.introduction or "Every number of this workbook is a formula that you can follow."
    canvas.paragraph(row, (1, page.left_end), " ".join(introduction.split()), page.left_characters)
    canvas.put(row + 1, 1, "proof", Look.LABEL)
    verdict = wording.verdict_words(book.once(Judgement).verdicts)
    canvas.put(row + 1, 2, _with_what_is_no_number(book, cell(book.checks.verdict, verdict)), Look.VERDICT)
    canvas.merged.append(f"B{row + 1}:{address(row + 1, page.left_end)}")
    canvas.put(row + 2, 1, "go to", Look.LABEL)
    canvas.put(row + 2, 2, "Inputs: the numbers you can change", Look.LINK, link=f"{quoted(INPUTS)}!A1")
    for column, name in zip(range(page.right, page.last + 1), book.linked, strict=False):
        canvas.put(row + 2, column, name, Look.LINK, link=f"{quoted(name)}!A1")
    for column, step in zip(range(page.right, page.last + 1), book.steps, strict=False):
        name = f"{step.name} →" if step.number == 0 else f"… {step.number + 1} →"
        canvas.put(row + 1, column, name, Look.LINK, link=step.place)
    put_heading(canvas, PICTURES_ROW - 1, (page.left, page.left_end), f"1. {_network(book)}")
    put_heading(canvas, PICTURES_ROW - 1, (page.right, page.last), "How the loss falls")
    return row + 1


def _with_what_is_no_number(book: Book, verdict: Live) -> Live:
    """Return the verdict; where a typed number is none, it is named."""
    inputs = book.inputs
    rows = range(inputs.first_row, max(inputs.row_of.values()) + 1)
    names = {row: name for name, row in inputs.row_of.items()}
    states = cells(inputs.column(inputs.state_column), ["" for _ in rows])
    found = found_in(inputs.no_number, states)
    name = element(cells(inputs.column(1), [names.get(row, "") for row in rows]), found)
    return unless_error(wording.with_number(wording.NAMED_NO_NUMBER, name), verdict)


def _title(canvas: Canvas, lesson: Lesson, page: SummaryLayout) -> int:
    """Put the title and, in a row of their own, the credits; return the row below.

    That row takes the place of the empty one above the headings of the pictures, which stay where they are. A logo
    stands right of both; its room is left whether or not the picture is at hand, as it is not in a verification.
    """
    title, columns = f"Summary: {lesson.title}", (1, page.left_end)
    lines = lines_of(title, _OF_A_TITLE * page.left_characters)
    canvas.put(1, 1, title, Look.TITLE, wrap=lines > 1)
    if lines > 1 or lesson.credits:
        canvas.heights[1] = 24.0 * lines
    if lines > 1:
        canvas.merged.append(f"A1:{address(1, page.left_end)}")
    if not lesson.credits:
        return 2
    canvas.paragraph(2, columns, lesson.credits.line, page.left_characters)
    canvas.heights[2] = max(canvas.heights[2], 18.0)
    canvas.heights[PICTURES_ROW - 1] = 30.0
    return 3


def _logo(lesson: Lesson, page: SummaryLayout) -> Iterator[Picture]:
    """Yield the logo, if there is one, with its right edge on that of the page."""
    if (logo := lesson.credits.logo) is not None:
        width, height = logo.fitted(*LOGO_ROOM)
        # no program lets a picture begin further right than its cell ends
        column, offset = divmod(2 * LOGO_COLUMN_PIXELS - width, LOGO_COLUMN_PIXELS)
        yield Picture(address(1, page.last - 1 + column), offset, width, height, logo, lesson.credits.logo_text)


def _paper(page: SummaryLayout, verdict: int, ends: tuple[int, int]) -> Page:
    """Return how the sheet prints: the left half from the title on, then the right half from its first heading on."""
    left, right = ends
    parts = (
        f"A1:{address(left - 1, page.left_end)}",
        f"{address(PICTURES_ROW - 1, page.right)}:{address(right, page.last)}",
    )
    links = f"A{verdict + 1}:{address(verdict + 1, page.left_end)}"
    what_can_be_typed = f"{address(right - 1, page.right)}:{address(right, page.right)}"
    return Page(parts, blocks=True, instead=((links, ""), (what_can_be_typed, "")))


def _network(book: Book) -> str:
    """Return the heading of the drawing: whose network it is, and when."""
    first = opening(book.lesson)
    example = "" if book.lesson.single else f", example {first.example + 1},"
    return f"The network at epoch {first.epoch}{example} of {book.runs[first.run].name}"


def _layers(canvas: Canvas, book: Book, row: int) -> None:
    """Put a table of the layers, from this row on, in place of the drawing of a network that is too large for it."""
    run = book.runs[opening(book.lesson).run]
    recipe, naming = run.recipe, run.of.naming
    for column, header in enumerate(("layer", "its units", "learnt"), start=1):
        canvas.put(row, column, header, Look.HEADER)
    layers = range(naming.depth + 1)
    half = _MOST_LAYERS_TOLD // 2
    shown = layers if len(layers) <= _MOST_LAYERS_TOLD else (*layers[:half], *layers[-half:])
    for at, layer in enumerate(shown, start=row + 1):
        names = [naming.name(naming.output(layer, unit)) for unit in naming.units(layer)]
        ends = " … ".join(dict.fromkeys((names[0], names[-1])))
        made = (
            f", {activation_words(recipe.layers[layer - 1])}, each fed by all {naming.sizes[layer - 1]}"
            if layer
            else ""
        )
        learnt = sum(of.layer == layer and recipe.is_trained(of) for of in naming.parameters())
        role = role_of(naming.output(layer, 0), naming)
        canvas.put(at, 1, f"layer {layer}" if layer else "inputs", Look.LABEL, role)
        canvas.put(at, 2, f"{ends}: {len(names)}{made}", Look.BODY)
        canvas.put(at, 3, learnt, Look.NUMBER, number_format=WHOLE)


def _at_a_glance(canvas: Canvas, book: Book, row: int) -> None:
    """Put below the network along how many paths the first weight moves the loss, and what a step makes of it."""
    first = opening(book.lesson)
    run = book.runs[first.run]
    recipe, naming = run.recipe, run.of.naming
    # where all weights are frozen, w1: it moves the loss, though no update moves it
    weight = next((of for of in naming.weights() if recipe.is_trained(of)), next(naming.weights()))
    index = recipe.row_of(first.epoch) + first.example
    name, step = naming.name(weight), "next epoch" if book.lesson.single else "after the step"
    end = recipe.row_of(first.epoch) + min(recipe.examples, (first.example // recipe.batch + 1) * recipe.batch)
    is_plain = recipe.optimizer == _PLAIN and recipe.batch == 1 and not recipe.constants

    def texts(number: Callable[[Quantity, int], Live], rate: Live) -> Iterator[Live]:
        gradient = number(Gradient(weight), index)
        moves = when(gradient < 0, f"raising {name} lowers E_Total", f"raising {name} raises E_Total")
        moves = when(absolute(gradient) < 5 / ten_to(16), f"a small change of {name} does not move E_Total", moves)
        yield joined([f"∂E_Total/∂{name} = ", short(gradient), ": ", instead_of_slopes(recipe) or moves, "."])
        if first.epoch == recipe.epochs or not recipe.is_trained(weight):
            return
        how: Told = ""
        if is_plain:
            rule = f"{name} − η·∂E_Total/∂{name} = " & short(number(weight, index))
            how = rule & " − " & short(rate) & " × " & operand(short(gradient)) & " = "
        what = "  (η: learning rate)" if how else ""
        yield joined([f"{step}: {name} = ", how, with_decimals(number(weight, end), 6), what])

    beside = f" Beside that, the penalty of {name} itself." if recipe.decays_in_loss else ""
    canvas.put(row, 1, _ways_of(recipe, naming, weight) + beside, Look.STRONG)
    given, named = Given(LearningRate()), {naming.name(of): of for of in run.column_of}
    shown = texts(lambda of, at: book.number(run, of, at), book.given(given, run.index))
    by_name = texts(lambda of, at: cell(run.cell(named[naming.name(of)], at), 0.0), book.in_head(run, given))
    for below, (told, there) in enumerate(zip(shown, by_name, strict=True), start=row + 1):
        canvas.claim(canvas.put(below, 1, told, Look.BODY), there)


def _ways_of(recipe: Recipe, naming: Naming, weight: Parameter) -> str:
    """Return in words along how many paths a weight moves the loss, and which these are where they are two."""
    name, unit = naming.name(weight), unit_name(naming, weight.layer, naming.fed_by(weight)[0])
    paths = prod(naming.sizes[weight.layer + 1 :]) * (naming.sizes[-1] if mixes_outputs(recipe) else 1)
    if paths == 1:
        return f"{name} → {unit} → E_Total: one path."
    if naming.depth == weight.layer + 1 and paths == naming.sizes[-1] == 2:
        ends = [unit_name(naming, naming.depth, end) for end in naming.units(naming.depth)]
        named = " and ".join(f"{name} → {unit} → {end}" for end in ends)
        return f"Two paths, added up, as {unit} feeds two units: {named}."
    return f"{name} → {unit} → … → E_Total: {paths:,} paths, added up."


def _page(book: Book) -> SummaryLayout:
    """Return the columns of the sheet, with the drawing of the shown run's network where it is small enough."""
    first = opening(book.lesson)
    run, naming = book.runs[first.run], book.runs[first.run].of.naming
    index = run.recipe.row_of(first.epoch) + first.example

    def number(quantity: Quantity) -> Live | None:
        return book.number(run, quantity, index) if quantity in run.column_of else None

    def text(quantity: Quantity) -> Live:
        return short(book.number(run, quantity, index))

    def named(name: Live) -> tuple[Live, Live]:
        found = cell(run.named(name.formula, index), 0.0)
        return found, short(found)

    drawing = NetworkDrawing(naming, PICTURES_ROW + 1, SummaryLayout.left, number, text, named, gradients=False)
    fits = can_be_drawn(naming) and naming.depth <= MOST_LAYERS and drawing.rows <= MOST_ROWS
    width = SummaryLayout(drawing if fits else None).left_characters
    own_names = tuple(list_of_names(book.lesson, first.run, _OF_A_NOTE * width))
    return SummaryLayout(replace(drawing, top=drawing.top + len(own_names)) if fits else None, own_names)


ENTRY = Entry(SUMMARY, sheets, on_paper=True, linked=False)
