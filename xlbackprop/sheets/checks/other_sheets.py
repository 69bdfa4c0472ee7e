"""What `Checks` says of the cells outside the tables of the runs: the heads of their sheets, `Loss curves`, and `Data`.

Each is worked out again from other cells than its own formula takes, or by another formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xlbackprop.lesson import rate_name
from xlbackprop.network import InBatch, TotalLoss
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.checks.tolerance import is_far_formula
from xlbackprop.sheets.checks.workings import Workings
from xlbackprop.sheets.curves.path_curves import PathCurves, is_mean, side_by_side
from xlbackprop.sheets.curves.places import FINISHED
from xlbackprop.sheets.curves.sheet import path_curves
from xlbackprop.sheets.runs.happened import happened
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import address, cell


def formulas_of_run(book: Book, run: RunLayout) -> Mapping[str, int]:
    """Return the ranges of these sheets that speak of one run, each with the number of its formulas."""
    curves, paths = book.curves, book.once(path_curves)
    state = run.elsewhere(address(run.state_row, run.rate_column, fixed=True))
    first = 0 if book.lesson.by_rate else 1  # a name that no edit changes is no formula
    results = f"{curves.result(run.index, first)}:{curves.result(run.index, 4).rpartition('!')[2]}"
    found = {state: 1, results: 5 - first, curves.column(paths.first_column + run.index): len(curves.epochs)}
    if book.lesson.by_rate:
        found[curves.legend(run.index)] = 1
    if curves.has_finished:
        found |= {curves.finished(run.index + 2): 1, curves.legend(run.index, finished=True): 1}
    return found


def shared_formulas(book: Book) -> Mapping[str, int]:
    """Return the ranges of `Loss curves` and `Data` that all runs share, each with the number of its formulas."""
    curves, paths = book.curves, book.once(path_curves)
    weights = _columns(book, paths.paths_column, len(paths.parameters))
    found = {
        curves.column(1): len(curves.epochs) - 1,
        **({curves.best: 1} if curves.one_loss else {}),
        weights: len(paths.parameters) * len(curves.epochs),
        **book.inputs.scaled_formulas(),
    }
    return found | ({paths.number: 1} if len(paths.offered) > 1 else {})


def _columns(book: Book, first: int, count: int) -> str:
    start, end = book.curves.column(first), book.curves.column(first + count - 1)
    return f"{start.partition(':')[0]}:{end.rpartition(':')[2]}"


def differences_of_run(book: Book, run: RunLayout, proofs: Workings) -> Iterator[str]:
    """Yield formulas, each 0 where these cells of a run are right: head, results, and the numbers of small charts."""
    curves, losses = book.curves, proofs.losses(run)
    ends = [cell(there, "") for there in (curves.at(run.index + 2, 0), curves.end(run.index))]
    sentence = happened(book, run, ends, run.range(TotalLoss()))
    yield _unequal(run.elsewhere(address(run.state_row, run.rate_column, fixed=True)), sentence.formula)
    yield _unequal(curves.result(run.index, 1), book.inputs.cell(rate_name(run.index)))
    yield apart(book, curves.result(run.index, 2), f"INDEX({losses},1)")
    yield apart(book, curves.result(run.index, 3), f"INDEX({losses},{len(curves.all_epochs)})")
    if book.lesson.by_rate:
        yield _unequal(curves.result(run.index, 0), book.legend(run.index).formula)
        yield _unequal(curves.legend(run.index), curves.result(run.index, 0))
    if curves.has_finished:
        yield apart(book, curves.finished(run.index + 2), f"INDEX({losses},{len(curves.all_epochs)})")
        named = f'{curves.legend(run.index)}&"{FINISHED}"'
        yield _unequal(curves.legend(run.index, finished=True), f"({named})")
    yield _first_below(book, run)
    yield from _sizes(book, run)
    yield from _paths(book, run, book.once(path_curves))


def _first_below(book: Book, run: RunLayout) -> str:
    """Return a formula: 0 where the first epoch below the threshold is the only one up to it, or there is none."""
    curves, found = book.curves, book.curves.result(run.index, 4)
    losses, epochs = curves.curve(run.index), curves.epoch_range()
    if run.recipe.single:
        losses, epochs = run.range(TotalLoss()), run.range(run.columns[0].quantity)
    below = f"({losses}<{curves.threshold})"
    only = f"SUMPRODUCT(({epochs}<={found})*{below}*(1+{found}-{epochs}))"  # 1 for that epoch, more for those before
    return f'IF(ISNUMBER({found}),IF({only}=1,0,1),IF({found}="never",SUMPRODUCT(1*{below}),1))'


def _sizes(book: Book, run: RunLayout) -> Iterator[str]:
    """Yield formulas that compare the size of the gradient at the first and the last epoch with its square's root."""
    curves = book.curves
    column = book.once(path_curves).first_column + run.index
    absolute, relative = (book.checks.value(row) for row in (book.checks.absolute_row, book.checks.relative_row))
    for place, epoch in ((0, 0), (-1, curves.epochs[-1])):
        row = curves.row(run, epoch)
        size = curves.at(column, place)
        blocks = [run.block(first, last, row, row) for first, last in side_by_side(run)]
        squares = "+".join(f"SUMPRODUCT({block},{block})" for block in blocks)
        if len(blocks) == 1:
            root = f"{squares}^0.5" + (f"/{run.cell(InBatch(), row)}" if is_mean(run) else "")
            far = is_far_formula(size, root, absolute, relative, positive=True)
        else:  # a long sum, so it is written once: a² − b² is (a − b)·(a + b)
            far = f"ABS({size}*{size}-({squares}))>({absolute}+{relative}*{size})*({absolute}+2*{size})"
        yield f"IF(COUNT({size})=0,0,IF({far},1,0))"  # a square may overflow


def _paths(book: Book, run: RunLayout, paths: PathCurves) -> Iterator[str]:
    """Yield a formula that compares the paths of weights with the run's table, where it is the chosen one."""
    if run not in paths.offered:
        return
    curves = book.curves
    there = []
    for column, parameter in enumerate(paths.parameters, start=paths.paths_column):
        path = curves.column(column)
        if curves.is_row_by_row(run):
            there.append(apart(book, path, run.range(parameter)))
            continue
        for place, epoch in ((0, 0), (-1, curves.epochs[-1])):
            there.append(apart(book, curves.at(column, place), run.cell(parameter, curves.row(run, epoch))))
    number = paths.offered.index(run) + 1
    yield f"IF({paths.number}={number},{'+'.join(there)},0)" if len(paths.offered) > 1 else "+".join(there)


def shared_differences(book: Book, stored_epochs: str) -> str:
    """Return a formula that counts epochs of `Loss curves` that are not the stored ones, and a best run that is not.

    Inputs whose check on `Data` says that they are scaled wrongly are counted, too.
    """
    curves, last = book.curves, len(book.runs) - 1
    epochs = f"SUMPRODUCT(--({curves.epoch_range()}<>{stored_epochs}))"
    if book.lesson.scale:
        epochs += f"+SUMPRODUCT(--({book.inputs.scaled_checks()}<>0))"
    if not curves.one_loss:
        return epochs
    names, ends = (f"{curves.result(0, offset)}:{curves.result(last, offset).rpartition('!')[2]}" for offset in (0, 3))
    lowest = f"({ends}<=MIN({ends})+ABS(MIN({ends}))/10^9+1/10^15)"
    best = f'IF({curves.best}="none",COUNT({ends}),IF(SUMPRODUCT(({names}={curves.best}&"")*{lowest})=1,0,1))'
    return f"{epochs}+{best}"


def apart(book: Book, cells: str, there: str) -> str:
    """Return a formula that counts numbers of two cells or ranges that are not equal by the tolerances.

    The same number in two places may differ by a last digit: after an edit, LibreOffice calculates some cells again in
    another way, and leaves the others.
    """
    rows = book.checks.absolute_row, book.checks.relative_row
    absolute, relative = (book.checks.value(row).rpartition("!")[2] for row in rows)
    far = is_far_formula(there, cells, absolute, relative)  # which names `cells`, mostly the shorter, three times
    return f"SUMPRODUCT(--({far}))" if ":" in cells else f"IF({far},1,0)"


def _unequal(cell: str, other: str) -> str:
    return f"IF({cell}={other},0,1)"
