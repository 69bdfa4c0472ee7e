"""The fast proof: is this package right? It says who noticed first that it is not.

It runs in a process of its own, with the package (sound or changed) that stands first on the path; so nothing of the
package is imported before it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.mutants.opened import Opened, Place
    from xlbackprop.lesson.lesson import Lesson
    from xlbackprop.numpy_run.trace import Trace

DOES_NOT_RUN = "does not run"


class Noticed(Exception):  # noqa: N818 -- it is what the proof is for
    """A judge says that something is wrong."""


def first_to_notice(*, opened: Collection[str] = (), planted: bool = True, sound: str = "") -> str:
    """Return the name of the judge that notices first, or nothing where all find the package right.

    `opened` names the lessons whose workbooks are calculated (all where it is empty); `planted` tells whether faults
    are planted in them too, which takes longest. Where every document is that of the `sound` package, of which this is
    the fingerprint, an engine would find in it what it finds in the sound one, and is not asked.
    """
    try:
        from tests.mutants.proof_lessons import proof_lessons

        lessons = proof_lessons()
        books = {name: lesson for name, lesson in lessons.items() if not opened or name in opened}
        for name, judge, needs_books in JUDGES if planted else JUDGES[:-1]:
            if name == _FIRST_WITH_BOOKS and sound and fingerprint() == sound:
                return ""
            try:
                judge(books if needs_books else lessons)
            except Noticed:
                return name
    except Exception:
        return DOES_NOT_RUN
    return ""


def fingerprint() -> str:
    """Return what tells the documents of all lessons, also those with edited inputs, from any others."""
    from tests.mutants.proof_lessons import EDITED, EDITS, proof_lessons
    from xlbackprop import compile_document
    from xlbackprop.workbook.document import contents

    digest = sha256()
    for name, lesson in proof_lessons().items():
        for settings in ({}, EDITS) if name in EDITED else ({},):
            for sheet in compile_document(lesson, settings).sheets:
                digest.update(sheet.name.encode())
                for cell in contents(sheet):
                    digest.update(repr(cell).encode())
    return digest.hexdigest()


def _expect(holds: object) -> None:
    if not holds:
        raise Noticed


def _near(one: object, other: object, relative: float = 1e-11, absolute: float = 1e-13) -> None:
    _expect(np.shape(one) == np.shape(other) and np.allclose(one, other, relative, absolute, equal_nan=True))


# ------------------------------------------------------------------------------------------------------------ NumPy


def _plain_arithmetic(lessons: dict[str, Lesson]) -> None:
    """The walkthrough in bare Python; the optimizers by what their authors' formulas give for two numbers."""
    from tests.plain_run import HEADERS, plain_run
    from xlbackprop.numpy_run.trace import train

    trace = train(lessons["plain"])
    _expect(list(trace) and set(trace) == {*HEADERS})
    for run, rate in enumerate((0.5, 2.0)):
        table = np.array(plain_run(rate, 4))
        for place, name in enumerate(HEADERS):
            _near(trace[name][run], table[:, place], 1e-12, 1e-15)


def _formulas_against_numpy(lessons: dict[str, Lesson]) -> None:
    """Every formula of every column, evaluated from NumPy's other numbers, gives NumPy's number."""
    from xlbackprop.numpy_run.trace import train
    from xlbackprop.taught import columns, epoch_column

    for lesson in lessons.values():
        trace = train(lesson)
        for index, run in enumerate(lesson.runs):
            table = (epoch_column(run.recipe), *columns(run.recipe))
            _expect({column.quantity for column in table} == set(trace.places(index)))
            _expect(len(table) == len(trace.places(index)))
            for column in table:
                _compare_column(lesson, trace, index, column)


def _compare_column(lesson: Lesson, trace: Trace, index: int, column: object) -> None:
    from xlbackprop.network.expression import Ref, evaluate
    from xlbackprop.network.quantities import Given, Input, Target
    from xlbackprop.taught.column import Column

    assert isinstance(column, Column)
    given, rows = lesson.given(index), trace.rows(index, 0, lesson.rows)
    places = trace.places(index)

    def value(ref: Ref) -> np.ndarray:
        if not isinstance(ref.quantity, Given):
            return np.roll(rows[:, places[ref.quantity]], ref.back)
        of = ref.quantity.of
        if isinstance(of, Input | Target) and not lesson.single:
            return np.array(lesson.inputs if isinstance(of, Input) else lesson.targets)[:, of.unit]
        return np.asarray(given[ref.quantity])

    there = rows[:, places[column.quantity]]
    here = np.broadcast_to(evaluate(column.formula, value), there.shape)
    skip = 0 if column.first is None else 1
    _near(here[skip:], there[skip:], 1e-11, 1e-14)
    if column.first is not None:
        _expect(float(np.broadcast_to(evaluate(column.first, value), there.shape)[0]) == there[0])


def _secant(lessons: dict[str, Lesson]) -> None:
    """Gradients are the central differences of the forward pass, which knows no chain rule."""
    from xlbackprop.network.activations import instead_of_slopes
    from xlbackprop.network.quantities import Constant, ExampleNumber, Given, Gradient, Weight
    from xlbackprop.numpy_run.forward_backward import Network
    from xlbackprop.numpy_run.trace import train

    step = 1e-5
    for name, lesson in lessons.items():
        if name in {"overflow", "by itself"}:  # no slope there, and two at a kink
            continue
        trace = train(lesson)
        for index, run in enumerate(lesson.runs):
            if instead_of_slopes(run.recipe):
                continue
            network, parameters = Network(run.recipe), list(run.naming.parameters())
            decay = lesson.given(index)[Given(Constant("weight decay"))] if run.recipe.decays_in_loss else 0.0
            for row in (0, lesson.rows - 1):
                example = 0 if lesson.single else int(trace.number(ExampleNumber(), index, row)) - 1
                start = np.array([trace.number(parameter, index, row) for parameter in parameters])
                moved = (start + sign * step * np.eye(len(parameters)) for sign in (1, -1))
                data = np.array(lesson.inputs[example]), np.array(lesson.targets[example])
                up, down = (network.loss(network.forward(network.layers(each), data[0]), data[1])[1] for each in moved)
                for place in map(parameters.index, run.recipe.with_gradient):
                    there = trace.number(Gradient(parameters[place]), index, row)
                    if isinstance(parameters[place], Weight):  # the forward pass knows nothing of the penalty
                        there -= decay * start[place]
                    _near((up[place] - down[place]) / (2 * step), there, 1e-6, 1e-9)


# ---------------------------------------------------------------------------------------------------------- workbook


def _opened(lessons: dict[str, Lesson]) -> Iterator[tuple[str, Opened]]:
    from tests.mutants.opened import Opened

    for name, lesson in lessons.items():
        if name not in _held:
            _held[name] = Opened(lesson)
        yield name, _held[name]


_held: dict[str, Opened] = {}


def _recalculated(lessons: dict[str, Lesson]) -> None:
    """Every cell that the engine calculates is the document's, also after a weight and a rate were edited."""
    from tests.mutants.proof_lessons import EDITED, EDITS

    for name, book in _opened(lessons):
        _expect(book.differences() == 0)
        if name in EDITED:
            book.edit(EDITS)
            _expect(book.differences() == 0)
            book.edit({})


def _checks_pass(lessons: dict[str, Lesson]) -> None:
    """What `Checks` says of a sound workbook, as it is stored and as it is calculated."""
    from xlbackprop.sheets.checks.places import CHECKS

    for name, book in _opened(lessons):
        number = len(book.runs)
        sentence = f"PASS: all checks of {number} run{'s' if number > 1 else ''}"
        if name == "overflow":
            sentence = "OVERFLOW in 1 of 2 runs; the others pass"
        _expect(book.verdict() == sentence)
        _expect(book.document[CHECKS].cells[book.checks.verdict_row, 2].value == sentence)
        for run in range(1 if name == "overflow" else number):
            _expect(book.counts(run) == [0] * 7)


def _planted_faults(lessons: dict[str, Lesson]) -> None:
    """Each count of `Checks` rises for what it is there for, and for no less than its tolerance."""
    from tests.mutants.planted import faults_of_checks

    for name, book in _opened(lessons):
        if name == "overflow":
            continue
        planted: list[Place] = []
        for fault in faults_of_checks(name, book):
            book.plant({place: book.belongs(place) for place in planted} | dict(fault.changes))
            _expect(fault.is_noticed(book))
            planted = list(fault.changes)
        book.take_back(planted)
        _expect(book.verdict().startswith("PASS: all"))


_FIRST_WITH_BOOKS = "recalculated"
# The name of a judge, what it does, and whether it calculates workbooks.
JUDGES: tuple[tuple[str, Callable[[dict[str, Lesson]], None], bool], ...] = (
    ("plain arithmetic", _plain_arithmetic, False),
    ("formulas = NumPy", _formulas_against_numpy, False),
    ("secant", _secant, False),
    ("recalculated", _recalculated, True),
    ("Checks", _checks_pass, True),
    ("planted faults", _planted_faults, True),
)
