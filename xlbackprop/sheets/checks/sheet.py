"""The sheet `Checks`: the workbook proves itself, live, in any spreadsheet program, without macros.

`counts` works out what the checks find, and this module puts it on the sheet. It rests on `broken_rows` (one count for
every column of every run) and on `workings` (the forward pass computed again, gradients estimated by central
differences, NumPy's losses).

Formulas use only what every engine computes alike: no ABS or EXP of a whole column, no AGGREGATE, no IFERROR around an
overflow, COUNTIF of a range even for one cell, and only where errors may be among the cells: OnlyOffice's counts what
they held before an edit. Counts are compared with 0 only where all are numbers: a check that breaks is not green.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add

import numpy as np

from xlbackprop.lesson import Lesson
from xlbackprop.network import TotalLoss, instead_of_slopes
from xlbackprop.numpy_run import LOSS_RELATIVE
from xlbackprop.sheets import verdict_wording as wording
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.broken_rows import put_matrix
from xlbackprop.sheets.checks.counts import (
    Count,
    JudgedRun,
    Judgement,
    compared_losses,
    missing_inputs,
    other_errors,
    shared_counts,
    typed_over,
)
from xlbackprop.sheets.checks.estimates import GRADIENT_ABSOLUTE, GRADIENT_RELATIVE
from xlbackprop.sheets.checks.forward_again import STEP
from xlbackprop.sheets.checks.places import CHECKS, CHOSEN_EPOCH, ChecksLayout
from xlbackprop.sheets.checks.shipped_numbers import edits, heads_side_by_side, put_heads, put_shipped
from xlbackprop.sheets.checks.shown_numbers import ShownNumbers
from xlbackprop.sheets.checks.tolerance import ABSOLUTE, RELATIVE
from xlbackprop.sheets.curves.places import LOSS_CURVES
from xlbackprop.sheets.entry import Changeable, Entry
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import SUMMARY
from xlbackprop.workbook import (
    Flag,
    Live,
    Look,
    Page,
    Role,
    Sheet,
    Validation,
    Value,
    Verdict,
    address,
    all_hold,
    cell,
    counted_where,
    first_where,
    live,
    quoted,
    when,
)


def sheets(book: Book) -> Iterator[Sheet]:
    """Yield the sheet `Checks`."""
    canvas, places = Canvas(), book.checks
    canvas.head("Checks: this workbook proves itself. Every count below should be 0.", {"← Summary": SUMMARY})
    fresh = "The numbers are as they were stored; Ctrl+Alt+F9 (LibreOffice: Ctrl+Shift+F9) has all of them judged anew."
    canvas.put(2, 2, fresh, Look.NOTE)
    _stored_numbers(canvas, book)
    judgement = book.once(Judgement)
    put_matrix(canvas, book, judgement.broken)
    put_shipped(canvas, book)
    if heads_side_by_side(book):
        put_heads(canvas, book)
    for run in book.runs:
        judgement.workings.headings(canvas, run)
    book.once(ShownNumbers).put(canvas)
    _runs(canvas, book)
    _verdict(canvas, book)
    header, last = places.matrix_header_row, address(places.shipped_header_row - 2, max(10, 2 + len(book.runs)))
    yield Sheet(
        name=CHECKS,
        cells=canvas.cells,
        tables=judgement.workings.tables(),
        widths={1: 19, 2: 64} | dict.fromkeys(range(3, 80), 13.0),
        heights=canvas.heights | {places.runs_header_row: 62},
        validations=(_chosen_epoch_validation(book),),
        flags=tuple(_flags(book)),
        page=Page((f"A1:{last}",), pages_wide=1, repeat_rows=f"{header}:{header}"),
        tab=Role.GRADIENT,
    )


# ----------------------------------------------------------------------------------------------------- stored numbers


def _stored_numbers(canvas: Canvas, book: Book) -> None:
    places = book.checks
    canvas.put(places.chosen_epoch_row - 1, 1, "What the checks use", Look.HEADING)
    canvas.put(places.chosen_epoch_row, 1, CHOSEN_EPOCH, Look.LABEL)
    canvas.put(places.chosen_epoch_row, 2, f"type any epoch from 0 to {book.lesson.epochs}; it is checked closely")
    chosen = book.standing[CHOSEN_EPOCH]
    canvas.put(places.chosen_epoch_row, 3, chosen, Look.TYPED, changeable=CHOSEN_EPOCH)
    for row, name, value, why in _of_checks(places):
        canvas.put(row, 1, name, Look.LABEL)
        canvas.put(row, 2, why)
        canvas.put(row, 3, value, Look.STORED, number_format="0E+00")


def _of_checks(places: ChecksLayout) -> tuple[tuple[int, str, float, str], ...]:
    """Return row, name and value of each number that the checks use, such as a tolerance, and what it is for."""
    differ = "a gradient ∂E/∂w and its estimate may differ by this"
    uncertain = "… and this part of it, and as much as the estimate is uncertain"
    return (
        (places.absolute_row, "tolerance", ABSOLUTE, "two numbers count as equal when they differ by less than"),
        (places.relative_row, "… relative", RELATIVE, "… this, or by less than this part of their size"),
        (places.step_row, "step", STEP, "each weight is moved up and down by this and twice this"),
        (places.gradient_absolute_row, "gradient tolerance", GRADIENT_ABSOLUTE, differ),
        (places.gradient_relative_row, "… relative", GRADIENT_RELATIVE, uncertain),
        (places.loss_relative_row, "loss tolerance", LOSS_RELATIVE, "losses may differ from NumPy's by this part"),
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
    "3 links, head or Loss curves differ",
    "4 columns with a broken row",
    "5 forward pass done again differs",
    "6 ∂E/∂w differs from its estimate",
    "7 losses differ from NumPy's, as shipped",
    "where it begins",
)


def _runs(canvas: Canvas, book: Book) -> None:
    top = book.checks.runs_header_row
    canvas.put(top - 1, 1, "One verdict for each run", Look.HEADING)
    for column, header in enumerate(_RUN_HEADERS, start=1):
        canvas.put(top, column, header, Look.HEADER)
    for judged in book.once(Judgement).runs:
        row = book.checks.run_row(judged.run.index)
        canvas.put(row, 1, judged.run.name, Look.LINK, link=f"{quoted(judged.run.name)}!A1")
        for column, (formula, number) in enumerate(judged.counts, start=3):
            value = wording.EDITED if number is None else number
            canvas.put(row, column, cell(formula, value), Look.NUMBER, number_format=WHOLE, align="center")
        canvas.put(row, 2, _run_verdict(book, judged), Look.VERDICT)
        place, formula = _begins(book, judged.run)
        canvas.put(row, len(_RUN_HEADERS), cell(formula, place), Look.LINK)
    _shared(canvas, book)
    canvas.put(
        book.checks.shown_row + 1,
        1,
        "(*) counted by Excel 2013 and newer, LibreOffice and OnlyOffice; other programs show 0. "
        "Numbers 1 to 6 prove the tables after any edit of Inputs; number 7 speaks only of the shipped numbers.",
        Look.NOTE,
    )
    shared = "“all runs”: " + "the scaled inputs on Data, " * bool(book.lesson.scale)
    shared += "the epochs and the best run on Loss curves, and verdicts and counts that were typed over. "
    shared += "“numbers shown”: each on Summary and Step by step, sought again under its name."
    canvas.put(book.checks.shown_row + 2, 1, shared + "".join(_digits_in_words(book)), Look.NOTE)


def _shared(canvas: Canvas, book: Book) -> None:
    """Put the verdicts on what all runs share and on what other sheets show, and their counts 2 and 3."""
    rows = book.checks.shared_row, book.checks.shown_row
    shown = book.once(ShownNumbers)
    of_shown = Count(typed_over(book, shown.formulas), 0), Count(shown.count, 0)
    canvas.put(rows[0], 1, "all runs", Look.LINK, link=f"{quoted(LOSS_CURVES)}!A1")
    canvas.put(rows[1], 1, "numbers shown", Look.LINK, link=shown.place)
    for row, counts in zip(rows, (shared_counts(book, book.once(Judgement).workings), of_shown), strict=True):
        canvas.put(row, 2, when(_are_zero(f"D{row}:E{row}", (0, 0)), wording.SOUND, wording.BROKEN), Look.VERDICT)
        for column, (count, number) in enumerate(counts, start=4):
            canvas.put(row, column, cell(count, number or 0), Look.NUMBER, number_format=WHOLE, align="center")
    canvas.put(rows[1], len(_RUN_HEADERS), cell(shown.first, ""), Look.LINK)


def _begins(book: Book, run: RunLayout) -> tuple[str, str]:
    """Return text and formula of a link to the first row that counts 4, 5 or 6 of a run find wrong; "" for none."""
    places, row = book.checks, book.checks.run_row(run.index)
    found = first_where(f"{places.matrix_range(3 + run.index)}<>0")
    broken = places.matrix_range(places.first_rows_column(run.index))
    column, first = (f"INDEX({cells},{found})" for cells in (places.matrix_range(1), broken))
    in_table = _link(quoted(run.name), f"MAX(1,{first})", f'{column}&", row "&{first}')
    (forward, forward_row), (estimate, estimate_row) = book.once(Judgement).workings.first_different(run)
    on_checks = (_link(quoted(CHECKS), place, f'"row "&{place}&" here"') for place in (forward, estimate))
    text = _begins_in_words(book, run) or next((f"row {at} here" for at in (forward_row, estimate_row) if at), "")
    first_here, then_here = on_checks
    here = f'IF(COUNT(G{row}:H{row})<2,"",IF(G{row}>0,{first_here},IF(H{row}>0,{then_here},"")))'
    return text, f"IF(IFERROR({found},0)>0,{in_table},{here})"


def _begins_in_words(book: Book, run: RunLayout) -> str:
    broken = book.once(Judgement).broken[run.index]
    lines = sorted(
        zip(book.checks.matrix_rows(run.recipe), run.columns, *broken, strict=True), key=lambda line: line[0]
    )
    found = ((column.quantity, first) for _, column, count, first, _ in lines if count > 0)
    return next((f"{run.of.naming.name(quantity)}, row {first:.0f}" for quantity, first in found), "")


def _link(sheet: str, row: str, text: str) -> str:
    """Return the formula of a link to a row of a sheet, whose name may have quotation marks."""
    name = sheet.replace('"', '""')
    return f'HYPERLINK("#{name}!A"&{row},{text})'


def _digits_in_words(book: Book) -> Iterator[str]:
    """Yield a sentence for each run of which numbers 4 and 7 compare fewer digits, or fewer losses."""
    for run, broken in zip(book.runs, book.once(Judgement).broken, strict=True):
        if instead := instead_of_slopes(run.recipe):
            yield f" {run.name}: number 6 proves nothing: {instead}."
        if count := int(np.count_nonzero(broken.lost)):
            columns = "a column" if count == 1 else f"{count} columns"
            yield f" {run.name}: number 4 compares fewer digits of {columns}, as many as rounding leaves."
        meant = book.shipped.digits_meant(run.index)
        digits = f"{round(-math.log10(meant.tolerance))} digits"
        if meant.through is not None and compared_losses(book, run):
            yield f" {run.name}: number 7 ends at epoch {meant.through}, as rounding decides from then on."
        elif meant.through is not None:
            yield f" {run.name}: number 7 compares nothing, as rounding decides from the start and programs part."
        elif meant.tolerance > LOSS_RELATIVE:
            yield f" {run.name}: number 7 compares {digits}, as many as rounding leaves."


def _run_verdict(book: Book, judged: JudgedRun) -> Live:
    """Return the verdict of a run in words, and with FAIL its reason: "FAIL: losses differ from NumPy"."""
    run, proofs = judged.run, book.once(Judgement).workings
    row, edited = book.checks.run_row(run.index), edits(book, run)
    rows, losses = run.recipe.rows, run.range(TotalLoss())
    said, values = wording.OF_A_RUN, [count.value for count in judged.counts]
    as_many = [cell(f"COUNT({proofs.losses(run)})=COUNT({proofs.stored_losses(run)})", value=True)]
    if proofs.losses(run) != losses:  # the curve leaves losses out: one of these that is deleted is no overflow
        errors = book.shipped.spread(run.index, TotalLoss()).errors
        as_many.append(cell(f"{rows}-COUNT({losses})", judged.lost).equals(errors))
    lost = wording.with_number(wording.LOST, cell(f"({rows}-COUNT({losses}))", judged.lost))
    overflows = when(all_hold(edited.equals(0), *as_many), said[Verdict.OVERFLOW], lost)
    broken = live(wording.BROKEN)
    if errors := other_errors(book, run):
        only_these = cell(f"C{row}", values[0] or 0).equals(errors), _are_zero(f"D{row}:E{row}", values[1:3])
        broken = when(all_hold(edited.equals(0), *only_these), said[Verdict.OVERFLOW], broken)
    chosen = cell(book.checks.value(book.checks.chosen_epoch_row), book.standing[CHOSEN_EPOCH])
    fresh = all_hold(edited.equals(0), chosen.equals(book.as_shipped[CHOSEN_EPOCH]))
    too_many = cell(*proofs.left_out(run)) > when(fresh, *proofs.most_left_out(run))
    says_edited = cell(counted_where(f'I{row}:I{row}="{wording.EDITED}"', "0"), int(values[6] is None))
    edited_alike = all_hold(edited > 0, says_edited.equals(1))
    proved = when(edited_alike, said[Verdict.PASS_EDITED], wording.UNLIKE_NUMPY)
    proved = when(all_hold(edited.equals(0), _are_zero(f"I{row}:I{row}", values[6:])), said[Verdict.PASS], proved)
    judged_by_counts = when(
        _are_zero(f"C{row}:H{row}", values[:6]), when(too_many, said[Verdict.UNPROVED], proved), broken
    )
    by_losses = when(cell(f"COUNT({losses})", rows - judged.lost) < rows, overflows, judged_by_counts)
    return when(cell(missing_inputs(book), 0) > 0, wording.NO_NUMBER, by_losses)


def _are_zero(area: str, values: Sequence[Value | None]) -> Live:
    """Return the condition that cells are all 0; it is false where one of them is blank, a text or an error."""
    formula = f"IF(COUNT({area})={len(values)},SUMPRODUCT(--({area}=0)),0)={len(values)}"
    return cell(formula, all(value == 0 for value in values))


def _verdict(canvas: Canvas, book: Book) -> None:
    """Put the verdict of the whole workbook, and a sentence that says whether the inputs are as shipped."""
    places, runs, verdicts = book.checks, len(book.runs), book.once(Judgement).verdicts
    area = f"$B${places.run_row(0)}:$B${places.run_row(runs - 1)}"
    counts = {
        verdict: cell(counted_where(f'{area}="{text}"', f'COUNTIF({area},"{text}")'), verdicts.count(verdict))
        for verdict, text in wording.OF_A_RUN.items()
    }
    failed = cell(f"({runs}-{'-'.join(map(str, counts.values()))})", verdicts.count(Verdict.FAIL))

    def said(verdict: Verdict) -> Live:
        template = wording.of_all_runs(verdict, runs)
        return wording.with_number(template, counts.get(verdict, failed)) if "{number}" in template else live(template)

    row, below = places.shared_row, places.shown_row
    untouched = cell(typed_over(book, {f"$B${row}:$E${below}": 6}), 0).equals(0)
    shared, shown = (cell(f"B{line}", wording.SOUND).equals(wording.SOUND) for line in (row, below))
    sound = when(counts[Verdict.PASS].equals(runs), said(Verdict.PASS), said(Verdict.PASS_EDITED))
    for verdict in (Verdict.OVERFLOW, Verdict.UNPROVED):
        sound = when(counts[verdict] > 0, said(verdict), sound)
    shared = all_hold(shared, untouched)
    sound = when(all_hold(shared, shown), sound, when(shown, wording.SHARED, wording.SHOWN))
    told = when(reduce(add, counts.values()) < runs, said(Verdict.FAIL), sound)
    told = when(cell(_tolerances_changed(places), 0) > 0, wording.TOLERANCE_CHANGED, told)
    canvas.put(places.verdict_row, 1, "verdict", Look.LABEL)
    canvas.put(places.verdict_row, 2, told, Look.VERDICT)
    _inputs_state(canvas, book)


def _tolerances_changed(places: ChecksLayout) -> str:
    """Return a formula that counts the tolerances and other stored numbers of the checks that are not as shipped."""
    powers = [(row, round(-math.log10(value))) for row, _, value, _ in _of_checks(places)]
    return "+".join(f"IF(ABS({places.value(row)}*10^{power}-1)<1/10^6,0,1)" for row, power in powers)


def _inputs_state(canvas: Canvas, book: Book) -> None:
    as_shipped = "The inputs are as shipped: all seven checks prove something."
    changed = "Inputs are not as shipped: checks 1 to 6 still prove the tables; check 7 does not apply to edited runs."
    rows = book.checks.shipped_row_of.values()
    edited = cell(f"SUM($E${min(rows)}:$E${max(rows)})", sum(not book.is_shipped(name) for name in book.lesson.typed))
    canvas.put(book.checks.verdict_row + 1, 2, when(edited.equals(0), as_shipped, changed), Look.NOTE)


def _flags(book: Book) -> Iterator[Flag]:
    places = book.checks
    first, last = places.run_row(0), places.shown_row
    for cells, one in ((f"B{first}:B{last}", f"$B{first}"), (f"B{places.verdict_row}", f"$B${places.verdict_row}")):
        yield from wording.verdict_flags(cells, one)
    matrix_top, matrix_end = places.matrix_header_row + 1, places.matrix_last_row
    counts = (
        (f"C{first}:I{last}", f"C{first}"),
        (f"C{matrix_top}:{address(matrix_end, 2 + len(book.runs))}", f"C{matrix_top}"),
    )
    for cells, one in counts:
        yield Flag(cells, f'{one}="{wording.EDITED}"', "muted")
        # blank: a column that this run does not have
        yield Flag(cells, f"COUNTIF({one}:{one},0)+ISBLANK({one})=0", "bad")


def _changeable(lesson: Lesson) -> Iterator[Changeable]:
    yield Changeable(CHOSEN_EPOCH, float(lesson.epochs // 2), range(lesson.epochs + 1))


def _defined_names(book: Book) -> dict[str, str]:
    chosen = book.checks.value(book.checks.chosen_epoch_row)
    return {"verdict": book.checks.verdict, "chosen_epoch": f"{quoted(CHECKS)}!{chosen}"}


ENTRY = Entry(CHECKS, sheets, changeable=_changeable, defined_names=_defined_names)
