"""One table judged: its cells that are off, gathered by what is wrong with them, each with its root and formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.classroom.audit.factor_columns import factor_findings
from xlbackprop.classroom.audit.findings import Finding, JudgedTable, Kind
from xlbackprop.classroom.audit.formulas import references
from xlbackprop.classroom.audit.judging import Judge, Judged
from xlbackprop.classroom.audit.meanings import DERIVED, Meanings
from xlbackprop.classroom.audit.right_run import right_losses
from xlbackprop.classroom.audit.roots import ANOTHER_FORMULA, OTHER_RATE, SEVERAL, UNNAMED, Root, is_number, roots_of
from xlbackprop.classroom.formula_parts import refs_of
from xlbackprop.classroom.mistakes import is_circular, mistakes_in
from xlbackprop.network import (
    Bias,
    Expression,
    Given,
    Gradient,
    Input,
    LearningRate,
    Quantity,
    Ref,
    Target,
    TotalLoss,
    Weight,
)
from xlbackprop.workbook import Fill, address, column_letters, excel, number_text, quoted
from xlbackprop.xlsx.read import RelativeFormula

FEWEST_ROWS = 3  # complete ones, below which a table is unfinished
_ROUNDS = re.compile(r"(?i)\b(?:ROUND|ROUNDUP|ROUNDDOWN|TRUNC)\(")
_STALE = 1e-6  # relative; a program that rounds stores ten digits
SHARE_EXPLAINED = 0.9  # of the wrong numbers of a column, by a mistake that shall explain them


class _Reason(NamedTuple):
    """Why cells are wrong: a kind, a sentence, and what tells apart reasons that have the same."""

    kind: str
    sentence: str
    apart: object = None


def judge_table(meanings: Meanings) -> JudgedTable:
    """Return a table judged row by row."""
    table, judge = meanings.table, Judge(meanings)
    naming = table.recipe.naming
    judged = dict(judge.columns())
    findings = [finding for quantity, column in judged.items() for finding in _of_column(judge, quantity, column)]
    findings += factor_findings(judge)
    losses = right_losses(meanings)
    found = table.found.get(TotalLoss())
    moves = last = last_right = None
    if losses is not None and found is not None:
        known = np.flatnonzero(np.isfinite(found) & np.isfinite(losses))
        hidden = np.isnan(found[: len(losses)]) & np.isfinite(losses)
        hidden[-1] &= not table.begun
        if len(known) and not hidden.any():
            moves = float(np.abs(found - losses)[known].max())
            last, last_right = float(found[known[-1]]), float(losses[known[-1]])
    complete = len(table.rows) - table.begun
    moved = meanings.moved
    return JudgedTable(
        sheet=table.sheet.name,
        area=table.area,
        header_row=table.header_row,
        first_row=table.rows[0],
        last_row=table.rows[-1],
        rows=len(table.rows),
        columns={naming.name(quantity): column_letters(at) for quantity, at in table.columns.items()},
        others={column_letters(at): head for at, head in table.others.items() if at not in meanings.factors},
        missing=[naming.name(quantity) for quantity in table.missing],
        rate=meanings.rate,
        rate_used=None if np.isnan(moved) else moved,
        findings=findings,
        remarks=[*_remarks(judge, judged)],
        unfinished=_unfinished(meanings, complete),
        are_numbers=not any(one is not None for column in table.formulas.values() for one in column),
        loss_moves=moves,
        last_loss=last,
        last_right=last_right,
    )


def _unfinished(meanings: Meanings, complete: int) -> str:
    table = meanings.table
    if complete < FEWEST_ROWS:
        rows = f"{complete} row{'s' * (complete != 1)}"
        return f"It stops after {rows}{', and one that is begun' if table.begun else ''}."
    blank = [
        table.recipe.naming.name(quantity)
        for quantity, numbers in table.found.items()
        if isinstance(quantity, DERIVED | Weight | Bias)
        and np.isnan(numbers[1:]).all()
        and not any(one is not None for one in table.formulas[quantity][1:])
    ]
    return f"Its columns {', '.join(blank)} are blank." if blank else ""


# ------------------------------------------------------------------------------------------------------------- columns


def _of_column(judge: Judge, quantity: Quantity, judged: Judged) -> Iterator[Finding]:
    """Yield what is wrong in a column, each root once."""
    if isinstance(quantity, Input | Target) and (blank := _blank_but_read(judge, quantity)):
        said = f"{judge.table.recipe.naming.name(quantity)} is blank, and the formulas of its rows count it as 0."
        yield _finding(judge, quantity, judged, _Reason(Kind.BLANK, said), blank)
    rows: list[int] = np.flatnonzero(judged.off).tolist()
    if not rows:
        return
    table = judge.table
    if isinstance(quantity, Input | Target | LearningRate):
        yield _finding(judge, quantity, judged, _drift(judge, quantity, rows), rows)
        return
    gathered: dict[_Reason, list[int]] = {}
    known: dict[RelativeFormula, _Reason | None] = {}
    unreadable: list[int] = []
    for index in rows:
        formula = table.formulas[quantity][index]
        if formula is None:
            continue
        if formula not in known or not judge.meanings.is_regular(formula, index):
            tree = judge.meanings.tree(quantity, index)
            if tree is None:
                unreadable.append(index)
                continue
            known[formula] = _reason(judge, quantity, formula, tree, index)
        if (reason := known[formula]) is not None:
            gathered.setdefault(reason, []).append(index)
    for index in np.flatnonzero(np.isnan(judged.right)).tolist():  # the same mistake, where an error hides the numbers
        formula = table.formulas[quantity][index]
        if formula is not None and (reason := known.get(formula)) is not None and index > min(gathered[reason]):
            gathered[reason].append(index)
    typed = [index for index in rows if table.formulas[quantity][index] is None]
    _add_typed(judge, quantity, judged, typed, gathered)
    if unreadable:
        gathered.setdefault(_by_numbers(judge, quantity, judged, unreadable), []).extend(unreadable)
    for reason, indices in gathered.items():
        yield _finding(judge, quantity, judged, reason, indices)


def _reason(judge: Judge, quantity: Quantity, formula: RelativeFormula, tree: Expression, index: int) -> _Reason | None:
    roots, table = roots_of(judge.table.recipe), judge.table
    root = roots.of(quantity, tree, judge.meanings.rule(quantity))
    if root is None:
        return _though_the_rule(judge, quantity, formula, tree, index)
    if root.kind == OTHER_RATE:
        return _of_rate(judge, quantity, formula, root, index)
    if root.kind == UNNAMED and root.sentence.endswith(ANOTHER_FORMULA):
        return _Reason(root.kind, root.sentence, formula)
    if is_circular(table.recipe, quantity, tree):
        return _Reason(root.kind, f"{root.sentence} So it needs its own number, in a circle.")
    return _Reason(root.kind, root.sentence)


def _blank_but_read(judge: Judge, quantity: Input | Target) -> list[int]:
    """Return the rows whose formulas read a given number that is blank there."""
    blank: list[int] = np.flatnonzero(judge.is_blank(quantity)).tolist()
    return [index for index in blank if judge.meanings.reads(index, judge.table.place(quantity, index))]


def _reads_a_blank(judge: Judge, formula: RelativeFormula, tree: Expression, index: int) -> bool:
    table = judge.table
    cells = {one.place for one in references(formula.at(table.rows[index]))}
    given = {of for ref in refs_of(tree) if isinstance(of := ref.quantity, Input | Target) and of in table.columns}
    return any(judge.is_blank(of)[index] and table.place(of, index) in cells for of in given)


def _though_the_rule(
    judge: Judge, quantity: Quantity, formula: RelativeFormula, tree: Expression, index: int
) -> _Reason | None:
    """Return why a number is wrong though its formula is the rule; None where it follows from a wrong factor."""
    table, name = judge.table, roots_of(judge.table.recipe).name(quantity)
    if _ROUNDS.search(formula.template):
        return _Reason(Kind.ROUNDED, f"{name} is rounded, and what follows from it, too.")
    if np.isnan(table.found[quantity][index]):
        for ref in refs_of(tree):
            at = index - ref.back
            if ref.quantity in table.columns and 0 <= at < len(table.rows):
                place = table.place(ref.quantity, at)
                if isinstance(table.sheet.value(place), str):
                    text = roots_of(table.recipe).name(ref.quantity)
                    return _Reason(Kind.NO_NUMBER, f"{name} shows an error: {text} is a text, not a number.")
        return _Reason(Kind.NO_NUMBER, f"{name} shows an error.")
    if judge.meanings.reads_factors(quantity, index) or _reads_a_blank(judge, formula, tree, index):
        return None
    return _Reason(Kind.STALE, f"{name} shows a number that is not what its formula gives.")


def _of_rate(judge: Judge, quantity: Quantity, formula: RelativeFormula, root: Root, index: int) -> _Reason:
    """Return why an update takes something else for the learning rate: mostly, because its reference moves down."""
    table, name = judge.table, roots_of(judge.table.recipe).name(quantity)
    rate = judge.meanings.rate
    if is_number(root.instead) and rate.place is None:
        return _Reason(OTHER_RATE, root.sentence)
    row = table.rows[index]
    moving = [one for one in references(formula.at(row)) if not one.fixed_row]
    inside = [table.place(of, index - 1) for of in (quantity, Gradient(quantity)) if of in table.columns]  # type: ignore[arg-type]
    if rate.place is not None and any(one.place[1] == rate.place[1] and one.place not in inside for one in moving):
        said = "lets the cell of the learning rate move down with it: its reference needs dollar signs"
        return _Reason(Kind.RATE_DRIFTS, f"{name} {said}.")
    return _Reason(Kind.OTHER_RATE, root.sentence)


def _drift(judge: Judge, quantity: Quantity, rows: Sequence[int]) -> _Reason:
    """Return why a number that should stay the same does not."""
    numbers = judge.table.found[quantity]
    name = roots_of(judge.table.recipe).name(quantity)
    steps = np.diff(numbers[np.isfinite(numbers)])
    moving = steps[steps != 0]
    if np.isnan(numbers[list(rows)]).all():
        return _Reason(Kind.BLANK, f"{name} is blank.")
    if len(moving) > 1 and np.allclose(moving, moving[0], rtol=1e-6, atol=0):
        step = f"{moving[0]:+.4g}".replace("-", "−")
        return _Reason(Kind.DRIFTS, f"{name} was filled down as a series ({step} a row) and must stay the same.")
    return _Reason(Kind.DRIFTS, f"{name} changes and must stay the same.")


def _add_typed(
    judge: Judge, quantity: Quantity, judged: Judged, typed: Sequence[int], gathered: dict[_Reason, list[int]]
) -> None:
    """Add the cells without a formula: blank, a text, or a number that is wrong."""
    table, name = judge.table, roots_of(judge.table.recipe).name(quantity)
    numbers = table.found[quantity]
    with_number = [index for index in typed if np.isfinite(numbers[index])]
    known = np.flatnonzero(np.isfinite(numbers) | np.array([one is not None for one in table.formulas[quantity]]))
    last = int(known[-1]) if len(known) else -1
    for index in typed:
        if np.isnan(numbers[index]) and index < last:  # below the last one the column is not filled yet
            value = table.sheet.value(table.place(quantity, index))
            reason = _Reason(Kind.BLANK, f"{name} is blank.")
            if value is not None:
                reason = _Reason(Kind.NO_NUMBER, f"{name} is no number.")
            gathered.setdefault(reason, []).append(index)
    if not with_number:
        return
    has_formulas = any(one is not None for one in table.formulas[quantity][1:])
    if has_formulas:
        same = len({*numbers[with_number]}) == 1
        said = "it stays where it should move" if same else "it is not what its row gives"
        gathered.setdefault(_Reason(Kind.TYPED, f"{name} is a number, not a formula: {said}."), []).extend(with_number)
    else:
        gathered.setdefault(_by_numbers(judge, quantity, judged, with_number), []).extend(with_number)


def _by_numbers(judge: Judge, quantity: Quantity, judged: Judged, rows: Sequence[int]) -> _Reason:
    """Return the mistake of the catalogue that makes most of these numbers; else that they are not explained."""
    found, at = judge.table.found[quantity], np.array(rows)
    name = roots_of(judge.table.recipe).name(quantity)
    for mistake in mistakes_in(judge.table.recipe, quantity):
        if mistake.circular:
            continue
        made = judge.made(mistake.formula)
        with np.errstate(invalid="ignore"):
            close = np.abs(found - made)[at] <= (1e-7 * np.abs(made) + judged.tolerance)[at]
        known = np.isfinite(made[at])
        if known.any() and close[known].mean() >= SHARE_EXPLAINED and known.mean() > 0.5:
            return _Reason(mistake.kind, mistake.sentence)
    if not np.isfinite(found[at]).any():
        return _Reason(Kind.NO_NUMBER, f"{name} shows an error.")
    return _Reason(UNNAMED, f"{name} is not what its row gives.")


# ------------------------------------------------------------------------------------------------------------ findings


def _finding(judge: Judge, quantity: Quantity, judged: Judged, reason: _Reason, rows: Sequence[int]) -> Finding:
    table, naming = judge.table, judge.table.recipe.naming
    indices = sorted(int(index) for index in rows)
    first = indices[0]
    formula = table.formulas[quantity][first]
    place = table.place(quantity, first)
    found, right = table.found[quantity][first], judged.right[first]
    off = np.abs(table.found[quantity] - judged.right)[indices]
    return Finding(
        kind=str(reason.kind),
        quantity=naming.name(quantity),
        sentence=reason.sentence,
        cells=tuple(table.ranges(quantity, indices)),
        count=len(indices),
        first=place,
        formula="" if formula is None else f"={formula.at(table.rows[first])}",
        expected=_expected(judge.meanings, quantity, first),
        found=None if np.isnan(found) else float(found),
        right=None if np.isnan(right) else float(right),
        off=float(np.nanmax(off)) if np.isfinite(off).any() else None,
    )


def _expected(meanings: Meanings, quantity: Quantity, index: int) -> str:
    """Return the formula that belongs in a cell, in the addresses of the file."""
    table = meanings.table
    row = table.rows[index]
    if isinstance(quantity, Input | Target | LearningRate):
        return f"={address(*table.place(quantity, 0)).replace(str(table.rows[0]), f'${table.rows[0]}')}"
    try:
        formula = excel(meanings.rule(quantity), lambda one: _cell(meanings, one, index))
    except (KeyError, ValueError):
        return ""
    return "=" + "".join(str(row + part) if isinstance(part, int) else part for part in formula)


def _cell(meanings: Meanings, ref: Ref, index: int) -> Fill:
    table, rate = meanings.table, meanings.rate
    match ref.quantity:
        case Given(LearningRate()) if rate.place is not None:
            sheet = "" if rate.sheet == table.sheet.name else f"{quoted(rate.sheet)}!"
            row, column = rate.place
            return (f"{sheet}${column_letters(column)}${row}",)
        case Given(LearningRate()) if LearningRate() in table.columns:
            return (column_letters(table.columns[LearningRate()]), table.rows[index - 1] - table.rows[index])
        case Given(LearningRate()):
            return (number_text(rate.number),)
        case Given(Weight() | Bias() as of):
            return (f"${column_letters(table.columns[of])}${table.rows[0]}",)
        case Input() | Target() as of if of not in table.columns:
            return (number_text(meanings.given(of)),)
        case of:
            at = index - ref.back
            return (column_letters(table.columns[of]), table.rows[at] - table.rows[index])


# ------------------------------------------------------------------------------------------------------------- remarks


def _remarks(judge: Judge, judged: dict[Quantity, Judged]) -> Iterator[str]:
    """Yield what does not change the verdict: numbers where formulas belong, formulas that are right by chance."""
    table = judge.table
    roots = roots_of(table.recipe)
    typed = []
    for quantity, column in judged.items():
        if not isinstance(quantity, DERIVED | Weight | Bias):
            continue
        first = int(isinstance(quantity, Weight | Bias))
        formulas = table.formulas[quantity][first:]
        numbers = [
            one is None and np.isfinite(number)
            for one, number in zip(formulas, table.found[quantity][first:], strict=True)
        ]
        if any(numbers) and any(one is not None for one in formulas) and not column.off.any():
            typed.append(roots.name(quantity))
        yield from _by_chance(judge, quantity, column)
    if typed:
        yield f"There are numbers, not formulas, in {', '.join(typed)}; they are right."
    yield from _stale(judge)
    if judge.meanings.rate.how == "typed":
        rate = judge.meanings.rate.number
        yield f"The learning rate {rate:g} is typed into the formulas; a cell of its own would do."


def _stale(judge: Judge) -> Iterator[str]:
    """Yield that the file shows numbers which its formulas do not give; it has them from a calculation before."""
    table, count, first = judge.table, 0, ""
    for quantity in table.columns:
        stored, calculated = table.stored(quantity), table.calculated(quantity)
        with np.errstate(invalid="ignore"):
            apart = np.abs(stored - calculated) > _STALE * (np.abs(calculated) + _STALE)
        if apart.any():
            count += int(apart.sum())
            first = first or address(*table.place(quantity, int(np.flatnonzero(apart)[0])))
    if count:
        yield f"{count} cells show stored numbers that their formulas do not give, first {first}: recalculate the file."


def _by_chance(judge: Judge, quantity: Quantity, judged: Judged) -> Iterator[str]:
    """Yield the mistakes of formulas whose numbers are right all the same, as where t1 and t2 are equal."""
    roots, table = roots_of(judge.table.recipe), judge.table
    seen: set[str] = set()
    patterns: set[RelativeFormula] = set()
    for index, formula in enumerate(table.formulas[quantity]):
        if formula is None or formula in patterns or judged.off[index] or np.isnan(judged.right[index]):
            continue
        patterns.add(formula)
        tree = judge.meanings.tree(quantity, index)
        root = None if tree is None else roots.of(quantity, tree, judge.meanings.rule(quantity))
        if root is not None and root.kind not in (UNNAMED, SEVERAL, OTHER_RATE) and root.sentence not in seen:
            seen.add(root.sentence)
            at = address(*table.place(quantity, index))
            yield f"{at} is right by chance: {root.sentence} The numbers happen to be the same."
