"""Find the mistake: a lesson's workbook with one real mistake in it, and nothing in it that would name the mistake.

The numbers follow from the wrong formula, as they do in a workbook that somebody made by hand; the loss curves look
nearly as they should. What judges is left out, `Checks` and the derivations; the rules are there to compare with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from xlbackprop.classroom.answer_table import TYPED
from xlbackprop.classroom.edited_rule import shown_name
from xlbackprop.classroom.formula_parts import in_one_row
from xlbackprop.classroom.mistakes import KINDS, Mistake, mistakes_in
from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson import Lesson
from xlbackprop.network import Expression, Given, Gradient, Quantity, Recipe, Ref, TotalLoss, evaluate
from xlbackprop.numpy_run import Trace, train
from xlbackprop.sheets import SINCE, Canvas, RunLayout, alone, compile_document, opening, role_of
from xlbackprop.taught import Column, columns, epoch_column
from xlbackprop.workbook import (
    Cell,
    Document,
    Fill,
    Look,
    Page,
    Role,
    Sheet,
    column_letters,
    excel,
    fill_text,
    math_text,
    quoted,
)

TO_FIND = "Find the mistake"
_KEPT = ("Inputs", "Data", "Loss curves")
_MOST_CELLS = 150_000
_MOST_TRIED = 60
_LEAST_WRONG, _MOST_SEEN = 0.01, 0.05  # of the largest number of its column; of the largest loss
_NOT_PLANTED = ("rate not anchored", "another row")

# Mistakes that are known from public workbooks and texts, by what is said of them; each in all its columns.
FAMOUS: Mapping[str, tuple[str, ...]] = {
    "class workbook": (
        "∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs.",
        "∂E/∂w4 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs.",
    ),
    "updated output weights": (
        "∂E/∂w1 takes w5 and w7 after the update; all gradients come from the old weights.",
        "∂E/∂w2 takes w5 and w7 after the update; all gradients come from the old weights.",
        "∂E/∂w3 takes w6 and w8 after the update; all gradients come from the old weights.",
        "∂E/∂w4 takes w6 and w8 after the update; all gradients come from the old weights.",
    ),
    "gradients of others": (
        "w3 uses ∂E/∂w1 where ∂E/∂w3 belongs.",
        "w4 uses ∂E/∂w2 where ∂E/∂w4 belongs.",
    ),
}


@dataclass(frozen=True)
class PlantedMistake:
    """A lesson with mistakes in some columns: one, or the same one in columns that are alike.

    They are made in every run that has the formulas of the run `index`.
    """

    trace: Trace
    mistakes: tuple[Mistake, ...]
    index: int = 0

    @property
    def lesson(self) -> Lesson:
        """The lesson as it should be."""
        return self.trace.lesson

    @cached_property
    def wrong(self) -> Trace:
        """The runs as they become with the mistakes."""
        formulas = {mistake.quantity: mistake.formula for mistake in self.mistakes}
        tables = {run: consequences(self.trace, run, formulas) for run in self._runs}
        return self.trace.with_numbers(
            lambda run, start, stop: tables[run][start:stop] if run in tables else self.trace.rows(run, start, stop)
        )

    @property
    def _runs(self) -> list[int]:
        """The runs in which the mistakes are made."""
        recipes = [run.recipe for run in self.lesson.runs]
        return [run for run, recipe in enumerate(recipes) if recipe == recipes[self.index]]

    def document(self) -> Document:
        """Return the workbook."""
        document = compile_document(self.lesson, trace=self.trace, now=self.wrong)
        runs = {run.name: RunLayout(self.lesson, index) for index, run in enumerate(self.lesson.runs)}
        kept = [sheet for sheet in document.sheets if sheet.name in (*_KEPT, *runs)]
        gone = tuple(f"{quoted(sheet.name)}!" for sheet in document.sheets if sheet not in kept)
        sheets = [_without(sheet, gone, is_run=sheet.name in runs) for sheet in kept]
        wrong = [self.lesson.runs[run].name for run in self._runs]
        planted = [self._planted(sheet, runs[sheet.name]) if sheet.name in wrong else sheet for sheet in sheets]
        # the names of header rows tell the number of a sheet, which is another now
        of_headers = [name for name in document.names if name.startswith("ColumnTitleRegion")]
        names = {name: place for name, place in document.names.items() if name not in of_headers}
        return replace(
            document,
            title=f"{TO_FIND}: {document.title}",
            description="A workbook with a mistake in it, to be found. Made by xlbackprop.",
            sheets=(self._instructions(), *planted),
            names={name: place for name, place in names.items() if not place.startswith(gone)},
            outcomes=(),
        )

    def _planted(self, sheet: Sheet, run: RunLayout) -> Sheet:
        (table,) = sheet.tables
        filled = list(table.columns)
        for mistake in self.mistakes:
            at = run.column_of[mistake.quantity] - 1
            filled[at] = replace(filled[at], fill=self._fill(mistake, run))
        return replace(sheet, tables=(replace(table, columns=tuple(filled)),))

    def _fill(self, mistake: Mistake, run: RunLayout) -> Fill:
        return excel(mistake.formula, run.here)

    def _instructions(self) -> Sheet:
        """Return the first sheet: what is asked, the rules in mathematics, room for the answer."""
        canvas, run = Canvas(), RunLayout(self.lesson, self.index)
        canvas.put(1, 1, f"{TO_FIND}: {self.lesson.title}", Look.TITLE)
        canvas.heights[1] = 24.0
        told = "In the tables of the runs one mistake was made, and all follows from it. Which column is wrong?"
        canvas.put(2, 1, told, Look.BODY)
        for row, asked in enumerate(("column", "what is wrong", "what belongs there"), start=4):
            canvas.put(row, 1, asked, Look.LABEL)
            canvas.put(row, 2, "", Look.ANSWER, Role.UPDATE)
        canvas.put(8, 1, "The rules as they should be", Look.HEADING)
        canvas.put(8, 2, "", Look.HEADING)
        naming = run.of.naming
        worked_out = [column for column in run.columns if not isinstance(column.quantity, TYPED)]
        for row, column in enumerate(worked_out, start=9):
            canvas.put(row, 1, naming.name(column.quantity), Look.LABEL, role_of(column.quantity, naming))
            rule = f"= {math_text(in_one_row(column.formula), lambda of: shown_name(naming, of))}"
            canvas.put(row, 2, rule, Look.MATH, wrap=True)
        return Sheet(
            TO_FIND,
            canvas.cells,
            widths={1: 20.0, 2: 100.0},
            heights=canvas.heights,
            page=Page(landscape=False),
            tab=Role.GRADIENT,
        )

    # ----------------------------------------------------------------------------------------------------- the answer

    def answer(self) -> str:
        """Return in words what was planted, where, and what it does: what the teacher keeps."""
        run = RunLayout(self.lesson, self.index)
        lines = [f"{TO_FIND}: {self.lesson.title}", ""]
        for mistake in self.mistakes:
            column = next(column for column in run.columns if column.quantity == mistake.quantity)
            letters = column_letters(run.column_of[mistake.quantity])
            lines += [
                mistake.sentence,
                f"  kind     {mistake.kind}",
                f"  where    column {letters} of {', '.join(self.lesson.runs[run].name for run in self._runs)}",
                f"  formula  ={fill_text(self._fill(mistake, run), run.first_row + 1)}",
                f"  right    ={fill_text(excel(column.formula, run.here), run.first_row + 1)}",
            ]
        apart = curve_apart(self.trace, self.wrong, self.index)
        lines += ["", f"The loss is off by {100 * apart:.2g} % of the largest at most."]
        return "\n".join(lines) + "\n"


def _without(sheet: Sheet, gone: Sequence[str], *, is_run: bool) -> Sheet:
    """Return a sheet without what refers to sheets that are gone; texts that followed from them stay as they are."""
    cells: dict[tuple[int, int], Cell] = {}
    for place, cell in sheet.cells.items():
        refers = any(name in (cell.formula or "") for name in gone)
        if cell.link is not None and cell.link.startswith(tuple(gone)):
            continue
        if cell.value == SINCE or (refers and sheet.name == "Inputs"):
            continue
        cells[place] = Cell(cell.value, cell.style) if refers else cell
    # flags judge: in the table of a run they turn red what breaks its rule, in Inputs what is not as handed out
    judges = is_run or sheet.name == "Inputs"
    left = (flag for flag in sheet.flags if not judges and not any(name in flag.formula for name in gone))
    return replace(sheet, cells=cells, flags=tuple(left), claims=())


# ------------------------------------------------------------------------------------------------- what follows from it


def consequences(trace: Trace, run: int, wrong: Mapping[Quantity, Expression]) -> np.ndarray:
    """Return the numbers of a run in whose table some columns have other formulas, of shape (rows, quantities).

    Numbers and order are as `Trace.rows` has them. A formula that reads beyond the last row finds 0 there, as in an
    empty cell.
    """
    recipe = trace.lesson.runs[run].recipe
    cells = _Cells(recipe, trace, run, wrong)
    quantities = sorted(trace.places(run), key=trace.places(run).__getitem__)
    return np.array([[cells.number(of, row) for of in quantities] for row in range(recipe.rows)])


class _Cells:
    """The cells of a run's table, each computed from its formula when it is asked for."""

    def __init__(self, recipe: Recipe, trace: Trace, run: int, wrong: Mapping[Quantity, Expression]) -> None:
        self.recipe, self.given = recipe, trace.lesson.given(run)
        self.columns: dict[Quantity, Column] = {c.quantity: c for c in (epoch_column(recipe), *columns(recipe))}
        self.wrong, self.found = wrong, dict[tuple[Quantity, int], float]()
        self.data = {of: trace.column(run, of)[:] for of in self.columns if isinstance(of, TYPED)}

    def number(self, of: Quantity, row: int) -> float:
        """Return the number of a cell."""
        if of in self.data:
            return float(self.data[of][row])
        if not 0 <= row < self.recipe.rows:
            return 0.0
        key = of, row
        if key not in self.found:
            column = self.columns[of]
            has_first = row == 0 and column.first is not None
            formula = column.rule(row) if has_first or of not in self.wrong else self.wrong[of]
            self.found[key] = float(evaluate(formula, lambda ref: np.asarray(self._read(ref, row))))
        return self.found[key]

    def _read(self, ref: Ref, row: int) -> float:
        return (
            self.given[ref.quantity] if isinstance(ref.quantity, Given) else self.number(ref.quantity, row - ref.back)
        )


def curve_apart(right: Trace, wrong: Trace, run: int = 0) -> float:
    """Return how far the losses of a run are from the right ones at most, as a part of the largest of these."""
    one, other = (trace.column(run, TotalLoss())[:] for trace in (right, wrong))
    with np.errstate(over="ignore"):
        return float(np.max(np.abs(one - other)) / np.max(np.abs(one)))


# --------------------------------------------------------------------------------------------------------- choosing it


def plant_mistake(lesson: Lesson, kind: str | None = None, seed: int = 0) -> PlantedMistake:
    """Return the lesson with a mistake of a kind: a name of `FAMOUS` or `KINDS`, None: any of the kinds.

    Of several that are possible `seed` decides. Raises InputError where there is no such kind, where the lesson has
    none that shows in its numbers and hardly in its loss curves, or where it is too large.
    """
    if lesson.cells > _MOST_CELLS:
        what = (
            f"its tables have {lesson.cells:,} cells; {_MOST_CELLS:,} are the most for a mistake and all that follows."
        )
        raise InputError("--plant-bug", [Problem("", what, "Take fewer epochs, with --epochs, or another lesson.")])
    known = [*FAMOUS, *(name for name in KINDS if name not in _NOT_PLANTED)]
    if kind is not None and kind not in known:
        what = f'there is no mistake "{kind[:40]}".'
        raise InputError("--plant-bug", [Problem("", what, did_you_mean(kind[:40], known))])
    trace, index = train(lesson), opening(lesson).run
    recipe = lesson.runs[index].recipe
    if kind is not None and kind in FAMOUS:
        return PlantedMistake(trace, _famous(recipe, kind), index)
    judged = train(alone(lesson))
    for mistake in _in_order(recipe, kind, seed)[:_MOST_TRIED]:
        if _is_worth_finding(judged, mistake):
            return PlantedMistake(trace, (mistake,), index)
    what = "no such mistake shows in the numbers of this lesson and hardly in its loss curves."
    raise InputError("--plant-bug", [Problem("", what, "Choose another kind, or another lesson.")])


def _famous(recipe: Recipe, name: str) -> tuple[Mistake, ...]:
    listed = (each for column in columns(recipe) for each in mistakes_in(recipe, column.quantity))
    found = tuple(each for each in listed if each.sentence in FAMOUS[name])
    if len(found) < len(FAMOUS[name]):
        what = f'the mistake "{name}" is one of the 2-2-2 network, which this lesson is not.'
        raise InputError("--plant-bug", [Problem("", what, "Take the lesson walkthrough.")])
    return found


def _in_order(recipe: Recipe, kind: str | None, seed: int) -> list[Mistake]:
    """Return the mistakes in gradients and updates that may be planted, in an order drawn from the seed."""
    listed = (each for column in columns(recipe) for each in mistakes_in(recipe, column.quantity))
    wanted = [
        each for each in listed if not each.circular and each.kind not in _NOT_PLANTED and kind in (None, each.kind)
    ]
    learns = [
        each for each in wanted if isinstance(each.quantity, Gradient) or recipe.naming.name(each.quantity)[0] in "wb"
    ]
    return sorted(learns or wanted, key=lambda each: hashlib.sha256(f"{seed} {each.sentence}".encode()).digest())


def _is_worth_finding(right: Trace, mistake: Mistake) -> bool:
    wrong = PlantedMistake(right, (mistake,)).wrong
    numbers, others = (trace.column(0, mistake.quantity)[:] for trace in (right, wrong))
    if not np.isfinite(others).all() or not np.isfinite(wrong.column(0, TotalLoss())[:]).all():
        return False
    size = float(np.max(np.abs(numbers)))
    return float(np.max(np.abs(numbers - others))) > _LEAST_WRONG * size and curve_apart(right, wrong) < _MOST_SEEN
