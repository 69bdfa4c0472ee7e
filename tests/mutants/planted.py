"""What each count of `Checks` is there for, planted one after the other: it must rise by just that, and not for less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from tests.mutants.opened import Opened, Place, Planted
from xlbackprop.network.expression import Function, Largest, Pick
from xlbackprop.network.quantities import (
    EpochLoss,
    ExampleNumber,
    Gradient,
    Input,
    Parameter,
    Quantity,
    State,
    TotalLoss,
    Weight,
)
from xlbackprop.sheets.checks.places import CHECKS, CHOSEN_EPOCH
from xlbackprop.sheets.curves.places import LOSS_CURVES
from xlbackprop.sheets.entries import as_shipped
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook.document import Value

_CHANGED = "FAIL: a tolerance was changed"
ABSOLUTE, RELATIVE = 1e-12, 1e-9  # told anew, so that a changed tolerance is noticed
GRADIENT_ABSOLUTE, GRADIENT_RELATIVE = 1e-9, 1e-5


class Fault(NamedTuple):
    """Cells of a workbook changed, and whether `Checks` says what it should say of that."""

    what: str
    changes: Mapping[Place, Planted]
    is_noticed: Callable[[Opened], bool]


def faults_of_checks(name: str, book: Opened) -> Iterator[Fault]:
    """Yield the faults that are planted in the workbook of a lesson of the proof: all of them in the plain one."""
    is_small = name in {"plain", "by itself", "optimizers"}
    for run in book.runs:
        quantities = list(run.column_of) if name == "plain" and run.index == 0 else list(_chosen(run))
        if run.index > 0:  # what makes runs differ: the optimizers
            quantities = [quantity for quantity in quantities if isinstance(quantity, State | Weight)]
        for quantity in quantities:
            yield from _broken_rows(book, run, quantity, whole=is_small)
        yield from _links(book, run)
        if run.index == 0:
            yield from _losses(book, run)
        if run.index == 0 and is_small:
            yield from _numbers(run)
            if name != "by itself":  # there estimates cross a kink, and count for nothing
                yield from _estimates(book, run, quantities)
            yield from _forward_passes(book, run, quantities)
    if name == "plain":
        yield from _of_the_whole(book)


def _chosen(run: RunLayout) -> Iterator[Quantity]:
    """Yield of each kind of quantity the first and the last."""
    kinds: dict[object, list[Quantity]] = {}
    for of in run.column_of:
        kinds.setdefault((type(of), type(getattr(of, "of", None)), getattr(of, "kind", "")), []).append(of)
    for alike in kinds.values():
        yield from dict.fromkeys((alike[0], alike[-1]))


def _cell(run: RunLayout, quantity: Quantity, index: int) -> Place:
    return run.name, run.first_row + index, run.column_of[quantity]


def _moved(book: Opened, place: Place, times: float, absolute: float, relative: float) -> float:
    """Return the number of a cell, moved by so many times what may be."""
    number = book.honest[place][1]
    assert isinstance(number, float)
    return number + times * (absolute + relative * abs(number))


def _count(run: int, number: int, expected: Callable[[Value | None], bool]) -> Callable[[Opened], bool]:
    return lambda book: expected(book.counts(run)[number - 1])


def _broken_rows(book: Opened, run: RunLayout, quantity: Quantity, *, whole: bool) -> Iterator[Fault]:
    """Wrong numbers in the first, a middle and the last row; in the last one just too far off; one near enough."""
    index = list(run.column_of).index(quantity)
    rule, row = run.columns[index].formula, book.checks.matrix_rows(run.recipe)[index]
    first, middle, last = (_cell(run, quantity, number) for number in (0, run.recipe.rows // 2, run.recipe.rows - 1))

    def fault(what: str, moved: Mapping[Place, float], expected: Callable[[Value | None], bool]) -> Fault:
        changes: dict[Place, Planted] = {at: _moved(book, at, times, ABSOLUTE, RELATIVE) for at, times in moved.items()}
        told = f"{run.name}: {quantity} {what}"
        return Fault(told, changes, lambda book: expected(book.value(CHECKS, row, 3 + run.index)))

    if isinstance(rule, Pick):  # compared with Data or with the pass before
        yield fault("in the last row", {last: 1.0}, lambda count: count not in (0, None))
        yield fault("in the first row", {first: 1.0}, lambda count: count not in (0, None))
        return
    most = 99 if isinstance(rule, Largest) else 3  # the largest is counted once for each that is larger
    three = {first: 1e5, middle: -2e5, last: 1e5}
    if whole or run.columns[index].first is not None:
        yield fault("in three rows", three, lambda count: isinstance(count, float | int) and 3 <= count <= most)
    if isinstance(quantity, ExampleNumber):
        return
    # differences of logarithms are compared by powers of e, which are larger or smaller
    small = 1e-3 if Function.LN.value in repr(rule) else 0.3
    yield fault("just too far off", {last: 3.0 if small == 0.3 else 1e4}, lambda count: count == 1)
    if whole and not isinstance(rule, Largest):
        yield fault("near enough", {last: small}, lambda count: count == 0)


def _numbers(run: RunLayout) -> Iterator[Fault]:
    first, *_, last = run.column_of
    for quantity in (first, last, TotalLoss()):
        for content in (None, "0.5"):
            cell = _cell(run, quantity, run.recipe.rows // 2)
            yield Fault(
                f"{run.name}: {quantity} is {content!r}",
                {cell: content},
                _count(run.index, 1, lambda count: isinstance(count, float | int) and count >= 1),
            )


def _links(book: Opened, run: RunLayout) -> Iterator[Fault]:
    """Numbers of the head, of the block of examples and of the loss curve that are not what they fetch."""
    places = [(run.name, run.rate_row, run.rate_column)]
    places += [(run.name, run.constant_row(name), run.rate_column) for name in run.recipe.constants]
    places += [(run.name, run.given_row, run.column_of[of]) for of in run.fetched]
    if not book.lesson.single:
        last = run.first_row + len(book.lesson.inputs) - 1
        columns = list(run.data_column_of.values())
        places += [(run.name, run.first_row, columns[0]), (run.name, last, columns[-1])]
    places += [(LOSS_CURVES, row, 2 + run.index) for row in (6, 6 + book.lesson.epochs)]
    changes: dict[Place, Planted] = {}
    for place in places:
        number = book.honest[place][1]
        assert isinstance(number, float | int)
        changes[place] = number + 1e-7
    sentence = f"FAIL: 1 of {len(book.runs)} run{'s' if len(book.runs) > 1 else ''}"
    yield Fault(
        f"{run.name}: links",
        changes,
        lambda book: book.counts(run.index)[2] == len(places) and book.verdict() == sentence and _is_red(book, run),
    )


def _is_red(book: Opened, run: RunLayout) -> bool:
    return book.value(CHECKS, book.checks.run_row(run.index), 2) == "FAIL: see the counts that are not 0"


def _probed(book: Opened, run: RunLayout) -> list[int]:
    """Return the rows in which the forward pass is done again."""
    chosen, examples = int(as_shipped(book.lesson)[CHOSEN_EPOCH]), run.recipe.examples
    return [0, chosen * examples + chosen % examples, examples * (run.recipe.epochs + 1) - 1]


def _forward_passes(book: Opened, run: RunLayout, quantities: list[Quantity]) -> Iterator[Fault]:
    """A parameter is moved where a pass begins: what was computed from it there differs, were the table not live."""
    computed = [of for of in quantities if type(of).__name__ in {"NetInput", "Output", "UnitLoss", "Highest"}]
    for quantity in computed if run.of.recipe.single else computed[-1:]:
        for row in _probed(book, run):
            cell = _cell(run, quantity, row)
            for times, expected in ((3.0, True), (0.3, False)):
                changed = {cell: _moved(book, cell, times, ABSOLUTE, RELATIVE)}
                yield Fault(
                    f"{run.name}: {quantity} in row {row} is {times} times what may be away from the pass done again",
                    changed,
                    _count(run.index, 5, lambda count, seen=expected: (count != 0) or not seen),  # type: ignore[misc]
                )


def _estimates(book: Opened, run: RunLayout, quantities: list[Quantity]) -> Iterator[Fault]:
    """A gradient that is not the slope of the loss, in each row where it is estimated."""
    probed = book.checks.probed(run.index)
    rows = sorted({*_probed(book, run)})
    for quantity in quantities:
        if not (
            isinstance(quantity, Gradient) and isinstance(quantity.of, Parameter | Input) and quantity.of in probed
        ):
            continue
        for times, where, expected in ((4.0, rows, 3), (0.2, rows[-1:], 0)):
            cells = [_cell(run, quantity, row) for row in where]
            moved = {cell: _moved(book, cell, times, GRADIENT_ABSOLUTE, GRADIENT_RELATIVE) for cell in cells}
            yield Fault(
                f"{run.name}: {quantity} is {times} times what may be away from its estimate",
                moved,
                _count(run.index, 6, lambda count, expected=expected: count == expected),  # type: ignore[misc]
            )


def _losses(book: Opened, run: RunLayout) -> Iterator[Fault]:
    """A loss that is not NumPy's."""
    for epoch in (0, book.lesson.epochs):
        cell = _cell(run, _curve(run), run.recipe.row_of(epoch + 1) - 1)
        for times, expected in ((3.0, 1), (0.3, 0)):
            changed = {cell: _moved(book, cell, times, 1e-15, RELATIVE)}
            yield Fault(
                f"{run.name}: the loss of epoch {epoch} is {times} times what may be away from NumPy's",
                changed,
                _count(run.index, 7, lambda count, expected=expected: count == expected),  # type: ignore[misc]
            )


def _curve(run: RunLayout) -> Quantity:
    return TotalLoss() if run.recipe.single else EpochLoss()


def _of_the_whole(book: Opened) -> Iterator[Fault]:
    """Tolerances that were changed, and inputs that were edited."""
    for row in (8, 9, 10, 11, 12, 13):
        for factor in (1.001, 0.999):
            number = book.honest[CHECKS, row, 3][1]
            assert isinstance(number, float)
            changed = {(CHECKS, row, 3): number * factor}
            yield Fault(f"the tolerance in row {row}", changed, lambda book: book.verdict() == _CHANGED)
    place = next(place for place in book.honest if place[0] == "Inputs" and _is_typed(book, place))
    number = book.honest[place][1]
    assert isinstance(number, float)
    for content, begins in ((number * 1.01, "PASS: live checks"), (None, "FAIL"), ("0,3", "FAIL")):
        yield Fault(
            f"{place} is {content!r}",
            {place: content},
            lambda book, begins=begins: book.verdict().startswith(begins),  # type: ignore[misc]
        )


def _is_typed(book: Opened, place: Place) -> bool:
    cell = book.document[place[0]].cells.get(place[1:])
    return cell is not None and cell.changeable is not None and cell.formula is None
