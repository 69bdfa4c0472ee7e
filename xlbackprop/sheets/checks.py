"""`Checks`: the workbook proves itself, live, in any spreadsheet program, without macros.

The upper part is here: verdicts, one count for every column of every run, the shipped numbers. The workings that
they rest on (the forward pass done again, central differences, activations row by row) are in `workings`.

Formulas use only what every engine computes alike: no ABS or EXP of a whole column, no AGGREGATE, no IFERROR around
an overflow, COUNTIF of a range even for one cell. Counts are compared with 0 by COUNTIF, because it passes over
errors: a check that breaks is not green.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from xlbackprop.columns import Column
from xlbackprop.document import Flag, Look, Page, Role, Sheet, Validation, Value, address, column_letters, quoted
from xlbackprop.expression import Ref, excel, math_text
from xlbackprop.layout import CHECKS, SUMMARY, ChecksLayout, RunLayout
from xlbackprop.lesson import rate_name
from xlbackprop.quantities import Epoch, Given, LearningRate, Output, TotalLoss, Weight
from xlbackprop.sheets import workings
from xlbackprop.sheets.book import CHOSEN_EPOCH, Book
from xlbackprop.sheets.canvas import Canvas, role_of

PASS = "PASS"
PASS_EDITED = "PASS, inputs edited"
EDITED = "inputs edited"

_ABSOLUTE, _RELATIVE = 1e-12, 1e-9
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
    _settings(canvas, book)
    proofs = workings.Workings(book)
    _matrix(canvas, book, proofs)
    _shipped(canvas, book)
    for run in book.runs:
        proofs.headings(canvas, run)
    _runs(canvas, book, proofs)
    _verdict(canvas, book)
    yield Sheet(
        name=CHECKS,
        cells=canvas.cells,
        tables=proofs.tables(),
        widths={1: 19, 2: 64} | dict.fromkeys(range(3, 80), 13.0),
        heights=canvas.heights | {places.runs_header_row: 62},
        validations=(_chosen_epoch_validation(book),),
        flags=tuple(_flags(book)),
        page=Page(landscape=True, area=f"A1:{address(places.shipped_header_row - 2, max(9, 2 + book.lesson.runs))}"),
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
            places.absolute_row, "tolerance", _ABSOLUTE, "two numbers count as equal when they differ by less than"
        ),
        _Setting(places.relative_row, "… relative", _RELATIVE, "… this, or by less than this part of their size"),
        _Setting(places.step_row, "step", workings.STEP, "each weight is moved up and down by this for ∂E/∂w"),
        _Setting(places.gradient_absolute_row, "gradient tolerance", 1e-9, "∂E/∂w and its estimate may differ by"),
        _Setting(places.gradient_relative_row, "… relative", 1e-5, "… this, plus this part of the gradient"),
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


# ------------------------------------------------------------------------------------------------ the matrix of rules


def _matrix(canvas: Canvas, book: Book, proofs: workings.Workings) -> None:
    """One count for every column of every run: the rows in which a number is not what its rule gives."""
    top = book.checks.matrix_header_row
    canvas.put(top - 1, 1, "Rows that break the rule of their column (all rows of every run)", Look.HEADING)
    canvas.put(top, 1, "column", Look.HEADER)
    canvas.put(top, 2, "its rule", Look.HEADER)
    for run in book.runs:
        canvas.put(top, 3 + run.run, run.name, Look.HEADER)
    for offset, column in enumerate(book.runs[0].columns, start=1):
        row, role = top + offset, role_of(column.quantity)
        canvas.put(row, 1, book.naming.name(column.quantity), Look.LABEL, role)
        canvas.put(row, 2, _rule_text(book, column), Look.MATH)
        for run in book.runs:
            formula = _broken_formula(book, run, column, proofs)
            canvas.put(row, 3 + run.run, _broken_rows(book, run, column), Look.NUMBER, formula=formula, align="center")


def _rule_text(book: Book, column: Column) -> str:
    text = math_text(column.formula, book.naming.name)
    if isinstance(column.formula, Ref) and isinstance(column.formula.quantity, Given):
        return f"{text} of Inputs"
    if column.first is not None:
        return f"{text}; first row: {'0' if isinstance(column.quantity, Epoch) else 'Inputs'}"
    return text


def _broken_formula(book: Book, run: RunLayout, column: Column, proofs: workings.Workings) -> str:
    """Return a formula that counts the rows of a column which differ from their rule, computed anew from the rest."""
    skip = 0 if column.first is None else 1
    there = run.range(column.quantity, skip)
    if isinstance(column.quantity, Output):
        # EXP of a whole column is not computed alike everywhere, so activations are done again row by row
        rule = proofs.activations(run, column.quantity)
    else:
        rule = "".join(map(str, excel(column.formula, lambda ref: (_over_rows(book, run, ref, skip),))))
    count = f"SUMPRODUCT(--(({there}-({rule}))^2>{_squared_tolerance(book.checks, there)}))"
    if column.first is None:
        return count
    start = "0" if isinstance(column.quantity, Epoch) else book.inputs.given(Given(_weight(column)), run.run)
    return f"{count}+IF({run.cell(column.quantity, 0)}={start},0,1)"


def _weight(column: Column) -> Weight:
    assert isinstance(column.quantity, Weight)
    return column.quantity


def _over_rows(book: Book, run: RunLayout, ref: Ref, skip: int) -> str:
    if isinstance(ref.quantity, Given):
        if isinstance(ref.quantity.of, LearningRate):
            return run.elsewhere(run.given(ref.quantity))
        return book.inputs.given(ref.quantity, run.run)
    return run.range(ref.quantity, skip - ref.back, book.lesson.epochs - ref.back)


def _squared_tolerance(places: ChecksLayout, there: str) -> str:
    return f"{places.value(places.absolute_row)}^2+({places.value(places.relative_row)}*{there})^2"


def _broken_rows(book: Book, run: RunLayout, column: Column) -> float:
    """Return what `_broken_formula` gives, from the NumPy numbers."""
    there, skip = book.trace.of(column.quantity)[run.run], 0 if column.first is None else 1
    rule = book.values(column.formula, run.run)
    with np.errstate(all="ignore"):
        far = (there - rule) ** 2 > _ABSOLUTE**2 + (_RELATIVE * there) ** 2
    return _count(far[skip:], there, rule)


def _count(far: np.ndarray, *numbers: np.ndarray) -> float:
    """Return the count of true rows, or NaN (an error) where any number is one."""
    return float("nan") if any(np.isnan(number).any() for number in numbers) else float(far.sum())


# ------------------------------------------------------------------------------------------------- the shipped numbers


def _shipped(canvas: Canvas, book: Book) -> None:
    places, top = book.checks, book.checks.shipped_header_row
    canvas.put(top - 1, 1, "Inputs now, and as shipped", Look.HEADING)
    for column, header in enumerate(("number", "", "now", "as shipped", "edited?"), start=1):
        canvas.put(top, column, header, Look.HEADER)
    for name, shipped in book.lesson.typed().items():
        row = places.shipped_row_of[name]
        canvas.put(row, 1, name, Look.LABEL)
        canvas.put(row, 3, book.settings[name], Look.LINKED, formula=book.inputs.cell(name))
        canvas.put(row, 4, shipped, Look.STORED)
        canvas.put(
            row,
            5,
            0 if book.is_shipped(name) else 1,
            Look.NUMBER,
            number_format='"edited";"edited";"as shipped"',
            formula=f"IF(C{row}=D{row},0,1)",
        )


def _edits(book: Book, run: RunLayout) -> str:
    """Return a formula that counts the edited numbers of a run."""
    rows = book.checks.shipped_row_of
    rate = rows[rate_name(run.run)]
    first, last = min(rows.values()), rows[rate_name(0)] - 1
    return f"SUM($E${first}:$E${last})+$E${rate}"


def _is_edited(book: Book, run: RunLayout) -> bool:
    shared = [name for name in book.lesson.typed() if not name.startswith("learning rate")]
    return not all(book.is_shipped(name) for name in (*shared, rate_name(run.run)))


# --------------------------------------------------------------------------------------------------- verdict per run

_RUN_HEADERS = (
    "run",
    "verdict",
    "1 cells that are not numbers",
    "2 formulas typed over (*)",
    "3 head differs from Inputs",
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
        row = book.checks.run_row(run.run)
        canvas.put(row, 1, run.name, Look.LINK, link=f"{quoted(run.name)}!A1")
        counts = tuple(_counts(book, run, proofs))
        for column, (formula, value) in enumerate(counts, start=3):
            canvas.put(row, column, value, Look.NUMBER, formula=formula, align="center")
        _run_verdict(canvas, book, run, [value for _, value in counts])
    canvas.put(
        book.checks.run_row(book.lesson.runs),
        1,
        "(*) counted by Excel 2013 and newer and by LibreOffice; other programs show 0. "
        "Numbers 1 to 6 prove the tables after any edit of Inputs; number 7 speaks only of the shipped numbers.",
        Look.NOTE,
    )


def _counts(book: Book, run: RunLayout, proofs: workings.Workings) -> Iterator[tuple[str, Value]]:
    """Yield formula and value of the seven counts of a run."""
    losses, columns = book.trace.loss[run.run], run.columns
    block = run.block(columns[0].quantity, columns[-1].quantity)
    cells = len(columns) * book.lesson.rows
    errors = sum(int(np.isnan(book.trace.of(column.quantity)[run.run]).sum()) for column in columns)
    yield f"{cells}-COUNT({block})", errors
    yield _typed_over(book, run), 0
    yield _head_differs(book, run), 0
    letters = column_letters(3 + run.run)
    first, last = book.checks.matrix_header_row + 1, book.checks.matrix_last_row
    broken = [_broken_rows(book, run, column) for column in columns]
    yield f"{len(columns)}-COUNTIF({letters}{first}:{letters}{last},0)", sum(count != 0 for count in broken)
    yield proofs.forward_differences(run)
    yield proofs.gradient_differences(run)
    there, numpy = run.range(TotalLoss()), proofs.stored_losses(run)
    relative = book.checks.value(book.checks.loss_relative_row)
    # 1E-30 is the square of 1E-15: below that a relative difference of losses means nothing
    compared = f"SUMPRODUCT(--(({there}-{numpy})^2>({relative}*{numpy})^2+1/10^30))"
    value: Value = EDITED
    if not _is_edited(book, run):
        value = _count(np.zeros(1), losses)
    yield f'IF({_edits(book, run)}>0,"{EDITED}",{compared})', value


def _typed_over(book: Book, run: RunLayout) -> str:
    """Return a formula that counts numbers where formulas belong.

    ISFORMULA of a range is counted only by Excel and LibreOffice. A probe of two cells that are surely formulas (the
    first two losses of the table fetched on Loss curves) tells whether the program can; where not, the count is 0.
    """
    quantities = [column.quantity for column in run.columns]
    block = run.block(quantities[1], quantities[-1])
    cells = (len(quantities) - 1) * book.lesson.rows
    probe = "'Loss curves'!$B$6:$B$7"
    can = f"IFERROR(SUMPRODUCT(--_xlfn.ISFORMULA({probe})),0)=2"
    return f"IF({can},{cells}-SUMPRODUCT(--_xlfn.ISFORMULA({block})),0)"


def _head_differs(book: Book, run: RunLayout) -> str:
    pairs = [
        f"IF({run.elsewhere(run.given(given))}={book.inputs.given(given, run.run)},0,1)"
        for given in book.now.given(run.run)
    ]
    return "+".join(pairs)


def _run_verdict(canvas: Canvas, book: Book, run: RunLayout, values: list[Value]) -> None:
    row = book.checks.run_row(run.run)
    rows, losses = book.lesson.rows, run.range(TotalLoss())
    live, stored = f"COUNTIF(C{row}:H{row},0)=6", f"COUNTIF(I{row}:I{row},0)=1"
    formula = (
        f'IF(COUNT({losses})<{rows},"FAIL: not a number from epoch "&COUNT({losses})&" on",'
        f'IF({live},IF({stored},"{PASS}",IF(COUNTIF(I{row}:I{row},"{EDITED}")=1,"{PASS_EDITED}",'
        f'"FAIL: losses differ from NumPy")),"FAIL: see the counts that are not 0"))'
    )
    finite = int(np.isfinite(book.trace.loss[run.run]).sum())
    if finite < rows:
        verdict = f"FAIL: not a number from epoch {finite} on"
    elif any(value != 0 for value in values[:6]):
        verdict = "FAIL: see the counts that are not 0"
    else:
        verdict = {0: PASS, EDITED: PASS_EDITED}.get(values[6], "FAIL: losses differ from NumPy")
    canvas.put(row, 2, verdict, Look.VERDICT, formula=formula)


def _verdict(canvas: Canvas, book: Book) -> None:
    """One verdict for the book, and a sentence that says what it rests on."""
    places = book.checks
    first, last = places.run_row(0), places.run_row(book.lesson.runs - 1)
    verdicts = f"$B${first}:$B${last}"
    runs = book.lesson.runs
    passed, edited = f'COUNTIF({verdicts},"{PASS}")', f'COUNTIF({verdicts},"{PASS_EDITED}")'
    words = [str(canvas.cells[places.run_row(run.run), 2].value) for run in book.runs]
    failed = sum(word.startswith("FAIL") for word in words)
    all_pass, all_live = f"PASS: all checks of all {runs} runs", f"PASS: live checks of all {runs} runs; inputs edited"
    verdict = f"FAIL: {failed} of {runs} runs" if failed else all_live if PASS_EDITED in words else all_pass
    canvas.put(places.verdict_row, 1, "verdict", Look.LABEL)
    canvas.put(
        places.verdict_row,
        2,
        verdict,
        Look.VERDICT,
        formula=f'IF({passed}={runs},"{all_pass}",IF({passed}+{edited}={runs},"{all_live}",'
        f'"FAIL: "&({runs}-{passed}-{edited})&" of {runs} runs"))',
    )
    as_shipped = "The inputs are as shipped: all seven checks prove something."
    changed = "Inputs are not as shipped: checks 1 to 6 still prove the tables; check 7 does not apply to edited runs."
    rows = places.shipped_row_of.values()
    canvas.put(
        places.verdict_row + 1,
        2,
        as_shipped if all(book.is_shipped(name) for name in book.lesson.typed()) else changed,
        Look.NOTE,
        formula=f'IF(SUM($E${min(rows)}:$E${max(rows)})=0,"{as_shipped}","{changed}")',
    )


def _flags(book: Book) -> Iterator[Flag]:
    places = book.checks
    first, last = places.run_row(0), places.run_row(book.lesson.runs - 1)
    for cells, cell in ((f"B{first}:B{last}", f"$B{first}"), (f"B{places.verdict_row}", f"$B${places.verdict_row}")):
        yield Flag(cells, f'LEFT({cell},4)="PASS"', "good")
        yield Flag(cells, f'LEFT({cell},4)<>"PASS"', "bad")
    matrix_top, matrix_end = places.matrix_header_row + 1, places.matrix_last_row
    counts = (
        (f"C{first}:I{last}", f"C{first}"),
        (f"C{matrix_top}:{address(matrix_end, 2 + book.lesson.runs)}", f"C{matrix_top}"),
    )
    for cells, cell in counts:
        yield Flag(cells, f'{cell}="{EDITED}"', "muted")
        yield Flag(cells, f"COUNTIF({cell}:{cell},0)=0", "bad")
