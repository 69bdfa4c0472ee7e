"""`Checks`: the workbook proves itself, live, in any spreadsheet program, without macros.

The verdicts and the shipped numbers are here. What they rest on is in `rule_matrix` (one count for every column of
every run) and in `workings` (the forward pass done again, central differences, activations row by row).

Formulas use only what every engine computes alike: no ABS or EXP of a whole column, no AGGREGATE, no IFERROR around
an overflow, COUNTIF of a range even for one cell. Counts are compared with 0 by COUNTIF, because it passes over
errors: a check that breaks is not green.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlbackprop.network import Number, TotalLoss
from xlbackprop.sheets.book import CHOSEN_EPOCH, Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks import closeness, estimates, passes, workings
from xlbackprop.sheets.checks.places import ChecksLayout
from xlbackprop.sheets.checks.rule_matrix import put_matrix
from xlbackprop.sheets.checks.shipped_numbers import (
    edits,
    head_column,
    heads_side_by_side,
    is_edited,
    own_numbers,
    put_heads,
    put_shipped,
    shipped_range,
)
from xlbackprop.sheets.names import CHECKS, SUMMARY
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import (
    Flag,
    Look,
    Page,
    Role,
    Sheet,
    Validation,
    Value,
    address,
    column_letters,
    quoted,
)

PASS = "PASS"
PASS_EDITED = "PASS, inputs edited"
OVERFLOW = "OVERFLOW, see the sheet"
EDITED = "inputs edited"

_LOSS_RELATIVE = 1e-9


@dataclass(frozen=True)
class _Setting:
    """A number that the checks use."""

    row: int
    name: str
    value: float
    why: str


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet."""
    canvas, places = Canvas(), book.checks
    canvas.put(1, 1, "Checks: this workbook proves itself. Every count below should be 0.", Look.TITLE)
    canvas.put(2, 1, "← Summary", Look.LINK, link=f"{quoted(SUMMARY)}!A1")
    fresh = "The numbers are as they were stored; Ctrl+Alt+F9 (LibreOffice: Ctrl+Shift+F9) has all of them judged anew."
    canvas.put(2, 2, fresh, Look.NOTE)
    _settings(canvas, book)
    proofs = workings.Workings(book)
    put_matrix(canvas, book)
    put_shipped(canvas, book)
    if heads_side_by_side(book):
        put_heads(canvas, book)
    for run in book.runs:
        proofs.headings(canvas, run)
    _runs(canvas, book, proofs)
    _verdict(canvas, book)
    header, last = places.matrix_header_row, address(places.shipped_header_row - 2, max(9, 2 + len(book.runs)))
    yield Sheet(
        name=CHECKS,
        cells=canvas.cells,
        tables=proofs.tables(),
        widths={1: 19, 2: 64} | dict.fromkeys(range(3, 80), 13.0),
        heights=canvas.heights | {places.runs_header_row: 62},
        validations=(_chosen_epoch_validation(book),),
        flags=tuple(_flags(book)),
        page=Page(area=f"A1:{last}", repeat_rows=f"{header}:{header}"),
        tab=Role.GRADIENT,
    )


# ---------------------------------------------------------------------------------------------------------- settings


def _settings(canvas: Canvas, book: Book) -> None:
    places = book.checks
    canvas.put(places.chosen_epoch_row - 1, 1, "What the checks use", Look.HEADING)
    canvas.put(places.chosen_epoch_row, 1, CHOSEN_EPOCH, Look.LABEL)
    canvas.put(places.chosen_epoch_row, 2, f"type any epoch from 0 to {book.lesson.epochs}; it is checked closely")
    chosen = book.settings[CHOSEN_EPOCH]
    canvas.put(places.chosen_epoch_row, 3, chosen, Look.TYPED, setting=CHOSEN_EPOCH)
    for setting in _constants(places):
        canvas.put(setting.row, 1, setting.name, Look.LABEL)
        canvas.put(setting.row, 2, setting.why)
        canvas.put(setting.row, 3, setting.value, Look.STORED, number_format="0E+00")


def _constants(places: ChecksLayout) -> tuple[_Setting, ...]:
    return (
        _Setting(
            places.absolute_row,
            "tolerance",
            closeness.ABSOLUTE,
            "two numbers count as equal when they differ by less than",
        ),
        _Setting(
            places.relative_row, "… relative", closeness.RELATIVE, "… this, or by less than this part of their size"
        ),
        _Setting(places.step_row, "step", passes.STEP, "each weight is moved up and down by this and twice this"),
        _Setting(
            places.gradient_absolute_row,
            "gradient tolerance",
            estimates.GRADIENT_ABSOLUTE,
            "∂E/∂w and its estimate may differ by",
        ),
        _Setting(
            places.gradient_relative_row,
            "… relative",
            estimates.GRADIENT_RELATIVE,
            "… this, plus this part of the gradient, plus the doubt in the estimate",
        ),
        _Setting(
            places.loss_relative_row, "loss tolerance", _LOSS_RELATIVE, "losses may differ from NumPy's by this part"
        ),
    )


def _chosen_epoch_validation(book: Book) -> Validation:
    last = book.lesson.epochs
    return Validation(
        cells=address(book.checks.chosen_epoch_row, 3),
        kind="whole",
        low=0,
        high=last,
        title="A whole number is needed",
        message=f"Type an epoch: a whole number from 0 to {last}.",
    )


# --------------------------------------------------------------------------------------------------- verdict per run

_RUN_HEADERS = (
    "run",
    "verdict",
    "1 cells or inputs that are not numbers",
    "2 formulas typed over (*)",
    "3 links to Inputs or on Loss curves differ",
    "4 columns with a broken row",
    "5 forward pass done again differs",
    "6 ∂E/∂w differs from its estimate",
    "7 losses differ from NumPy's, as shipped",
)


def _runs(canvas: Canvas, book: Book, proofs: workings.Workings) -> None:
    top = book.checks.runs_header_row
    canvas.put(top - 1, 1, "One verdict for each run", Look.HEADING)
    for column, header in enumerate(_RUN_HEADERS, start=1):
        canvas.put(top, column, header, Look.HEADER)
    for run in book.runs:
        row = book.checks.run_row(run.index)
        canvas.put(row, 1, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
        counts = tuple(_counts(canvas, book, run, proofs))
        for column, (formula, value) in enumerate(counts, start=3):
            canvas.put(row, column, value, Look.NUMBER, formula=formula, align="center")
        _run_verdict(canvas, book, run, [value for _, value in counts], proofs)
    canvas.put(
        book.checks.run_row(len(book.runs)),
        1,
        "(*) counted by Excel 2013 and newer and by LibreOffice; other programs show 0. "
        "Numbers 1 to 6 prove the tables after any edit of Inputs; number 7 speaks only of the shipped numbers.",
        Look.NOTE,
    )


def _counts(canvas: Canvas, book: Book, run: RunLayout, proofs: workings.Workings) -> Iterator[tuple[str, Value]]:
    """Yield formula and value of the seven counts of a run."""
    columns = run.columns
    block = run.block(columns[0].quantity, columns[-1].quantity)
    cells = len(columns) * run.recipe.rows
    errors = sum(book.trace.spread(run.index, column.quantity).errors for column in columns)
    differing = float("nan") if np.isnan(book.curve(run.index)).any() else 0.0
    yield f"{cells}-COUNT({block})+{_missing_inputs(book)}", errors
    yield _typed_over(book, run), 0
    yield _links_differ(book, run, proofs), differing
    letters = column_letters(3 + run.index)
    first, last = book.checks.matrix_header_row + 1, book.checks.matrix_last_row
    broken = sum(canvas.cells[row, 3 + run.index].value != 0 for row in book.checks.matrix_rows(run.recipe))
    yield f"{len(columns)}-COUNTIF({letters}{first}:{letters}{last},0)", broken
    yield proofs.forward_differences(run)
    yield proofs.gradient_differences(run)
    there, numpy = proofs.losses(run), proofs.stored_losses(run)
    relative = book.checks.value(book.checks.loss_relative_row)
    # below 1E-15 a relative difference of losses means nothing
    compared = f"SUMPRODUCT(--({closeness.is_far_formula(there, numpy, '1/10^15', relative)}))"
    value: Value = EDITED if is_edited(book, run) else differing
    yield f'IF({edits(book, run)}>0,"{EDITED}",{compared})', value


def _missing_inputs(book: Book) -> str:
    """Return a formula that counts typed numbers which are blank or no numbers."""
    return f"({len(book.lesson.typed)}-{'-'.join(f'COUNT({block})' for block in book.inputs.blocks())})"


def _typed_over(book: Book, run: RunLayout) -> str:
    """Return a formula that counts numbers where formulas belong: in the table, its head and its loss curve.

    ISFORMULA of a range is counted only by Excel and LibreOffice. A probe of two cells of this sheet that are surely
    formulas (and depend on Inputs alone) tells whether the program can; where not, the count is 0.
    """
    quantities = [column.quantity for column in run.columns]
    begin_with_number = sum(isinstance(column.first, Number) for column in run.columns)
    ranges = {
        run.block(quantities[0], quantities[-1]): len(quantities) * run.recipe.rows - begin_with_number,
        run.head(): len(run.fetched),
        run.constants(): 1 + len(run.recipe.constants),
        book.curves.curve(run.index): len(book.curves.epochs),
    }
    if not book.lesson.single:
        ranges[run.data_block()] = sum(1 for _ in book.lesson.data())
    counted = "-".join(f"SUMPRODUCT(--_xlfn.ISFORMULA({cells}))" for cells in ranges)
    first = book.checks.shipped_header_row + 1
    can = f"IFERROR(SUMPRODUCT(--_xlfn.ISFORMULA($E${first}:$E${first + 1})),0)=2"
    return f"IF({can},{sum(ranges.values())}-{counted},0)"


def _links_differ(book: Book, run: RunLayout, proofs: workings.Workings) -> str:
    """Return a formula that counts cells which do not show what they fetch: the run's head, and its loss curve."""
    if heads_side_by_side(book):
        pairs = [f"SUMPRODUCT(--({shipped_range(book, 3)}<>{shipped_range(book, head_column(run))}))"]
    else:
        pairs = [
            f"IF({run.elsewhere(run.given(given))}={book.inputs.cell(name)},0,1)"
            for given, name in own_numbers(book, run).items()
        ]
    if not book.lesson.single:
        pairs.append(f"SUMPRODUCT(--({run.data_block()}<>{book.inputs.data_block()}))")
    curve = f"SUMPRODUCT(--({book.curves.curve(run.index)}<>{proofs.losses(run)}))"
    return "+".join([*pairs, curve])


def _run_verdict(canvas: Canvas, book: Book, run: RunLayout, values: list[Value], proofs: workings.Workings) -> None:
    row = book.checks.run_row(run.index)
    rows, losses = run.recipe.rows, run.range(TotalLoss())
    live, stored = f"COUNTIF(C{row}:H{row},0)=6", f"COUNTIF(I{row}:I{row},0)=1"
    missing = '"FAIL: "&' + f'({rows}-COUNT({losses}))&" losses are not numbers"'
    as_many = f"COUNT({proofs.losses(run)})=COUNT({proofs.stored_losses(run)})"
    if proofs.losses(run) != losses:  # the curve leaves losses out: one of these that is deleted is no overflow
        as_many += f",{rows}-COUNT({losses})={book.shipped.spread(run.index, TotalLoss()).errors}"
    same = f"AND({edits(book, run)}=0,{as_many})"
    failed = '"FAIL: see the counts that are not 0"'
    errors = _other_errors(book, run)
    if errors:
        failed = f'IF(AND({edits(book, run)}=0,C{row}={errors},COUNTIF(D{row}:E{row},0)=2),"{OVERFLOW}",{failed})'
    formula = (
        f'IF({_missing_inputs(book)}>0,"FAIL: an input is not a number",'
        f'IF(COUNT({losses})<{rows},IF({same},"{OVERFLOW}",{missing}),'
        f'IF({live},IF({stored},"{PASS}",IF(COUNTIF(I{row}:I{row},"{EDITED}")=1,"{PASS_EDITED}",'
        f'"FAIL: losses differ from NumPy")),{failed})))'
    )
    canvas.put(row, 2, _run_verdict_text(book, run, values, errors), Look.VERDICT, formula=formula)


def _other_errors(book: Book, run: RunLayout) -> int:
    """Return how many cells of the table overflow as shipped while every loss is a number.

    They are gradients of examples held back, or of the last epoch: nothing is learnt from these.
    """
    spreads = {column.quantity: book.shipped.spread(run.index, column.quantity) for column in run.columns}
    return 0 if spreads[TotalLoss()].errors else sum(spread.errors for spread in spreads.values())


def _run_verdict_text(book: Book, run: RunLayout, values: list[Value], errors: int) -> str:
    """Return what the formula gives, from the NumPy numbers; `errors` are those that overflow while no loss does."""
    lost = book.trace.spread(run.index, TotalLoss()).errors
    if lost:
        return f"FAIL: {lost} losses are not numbers" if is_edited(book, run) else OVERFLOW
    if any(value != 0 for value in values[:6]):
        if errors and values[:3] == [errors, 0, 0] and not is_edited(book, run):
            return OVERFLOW
        return "FAIL: see the counts that are not 0"
    return {0: PASS, EDITED: PASS_EDITED}.get(values[6], "FAIL: losses differ from NumPy")


def _verdict(canvas: Canvas, book: Book) -> None:
    """One verdict for the book, and a sentence that says what it rests on."""
    places, runs = book.checks, len(book.runs)
    words = [str(canvas.cells[places.run_row(run.index), 2].value) for run in book.runs]
    verdicts = f"$B${places.run_row(0)}:$B${places.run_row(runs - 1)}"
    noun = "run" if runs == 1 else "runs"
    counts = {word: f'COUNTIF({verdicts},"{word}")' for word in (PASS, PASS_EDITED, OVERFLOW)}
    sound = "+".join(counts.values())
    texts = {
        PASS: f"PASS: all checks of {runs} {noun}",
        PASS_EDITED: f"PASS: live checks of {runs} {noun}; inputs edited",
        OVERFLOW: f"OVERFLOW in {words.count(OVERFLOW)} of {runs} {noun}; the others pass",
    }
    failed = sum(word.startswith("FAIL") for word in words)
    worst = next(word for word in (OVERFLOW, PASS_EDITED, PASS) if word in words or word == PASS)
    overflow = f'"OVERFLOW in "&{counts[OVERFLOW]}&" of {runs} {noun}; the others pass"'
    formula = (
        f'IF({_tolerances_changed(places)}>0,"FAIL: a tolerance was changed",'
        f'IF({sound}<{runs},"FAIL: "&({runs}-{"-".join(counts.values())})&" of {runs} {noun}",'
        f'IF({counts[OVERFLOW]}>0,{overflow},IF({counts[PASS]}={runs},"{texts[PASS]}","{texts[PASS_EDITED]}"))))'
    )
    verdict = f"FAIL: {failed} of {runs} {noun}" if failed else texts[worst]
    canvas.put(places.verdict_row, 1, "verdict", Look.LABEL)
    canvas.put(places.verdict_row, 2, verdict, Look.VERDICT, formula=formula)
    _inputs_state(canvas, book)


def _tolerances_changed(places: ChecksLayout) -> str:
    """Return a formula that counts the stored settings of this sheet which are no longer what they were."""
    powers = [(setting.row, round(-math.log10(setting.value))) for setting in _constants(places)]
    return "+".join(f"IF(ABS({places.value(row)}*10^{power}-1)<1/10^6,0,1)" for row, power in powers)


def _inputs_state(canvas: Canvas, book: Book) -> None:
    as_shipped = "The inputs are as shipped: all seven checks prove something."
    changed = "Inputs are not as shipped: checks 1 to 6 still prove the tables; check 7 does not apply to edited runs."
    rows = book.checks.shipped_row_of.values()
    canvas.put(
        book.checks.verdict_row + 1,
        2,
        as_shipped if all(book.is_shipped(name) for name in book.lesson.typed) else changed,
        Look.NOTE,
        formula=f'IF(SUM($E${min(rows)}:$E${max(rows)})=0,"{as_shipped}","{changed}")',
    )


def _flags(book: Book) -> Iterator[Flag]:
    places = book.checks
    first, last = places.run_row(0), places.run_row(len(book.runs) - 1)
    for cells, cell in ((f"B{first}:B{last}", f"$B{first}"), (f"B{places.verdict_row}", f"$B${places.verdict_row}")):
        yield Flag(cells, f'LEFT({cell},4)="PASS"', "good")
        yield Flag(cells, f'LEFT({cell},4)<>"PASS"', "bad")
    matrix_top, matrix_end = places.matrix_header_row + 1, places.matrix_last_row
    counts = (
        (f"C{first}:I{last}", f"C{first}"),
        (f"C{matrix_top}:{address(matrix_end, 2 + len(book.runs))}", f"C{matrix_top}"),
    )
    for cells, cell in counts:
        yield Flag(cells, f'{cell}="{EDITED}"', "muted")
        # blank: a column that this run does not have
        yield Flag(cells, f"COUNTIF({cell}:{cell},0)+ISBLANK({cell})=0", "bad")
