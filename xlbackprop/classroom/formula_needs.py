"""What the formulas of a filled-in exercise stand on: other answers, checks, cells elsewhere, themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from xlbackprop.classroom.answer_table import Spot
from xlbackprop.classroom.exercise import EXERCISE, Exercise
from xlbackprop.workbook import Place
from xlbackprop.xlsx.read import Area, ReadSheet, references

_MOST_STEPS = 2000  # cells that are followed to see what a formula stands on


class FormulaNeeds:
    """What formulas of a workbook stand on; a formula is a text of the sheet with the table."""

    def __init__(self, exercise: Exercise, sheets: Mapping[str, ReadSheet]) -> None:
        self.exercise, self.sheets = exercise, sheets
        self._of_table = range(1, exercise.run.first_row + exercise.table.rows)
        self._known: dict[str, Collection[tuple[str, Place]]] = {}

    def is_linked(self, formula: str) -> bool:
        """Return whether a formula stands on a check."""
        first, last = self.exercise.check_rows
        reached = self.reached(formula)
        return any(sheet == EXERCISE and first <= row <= last and column > 1 for sheet, (row, column) in reached)

    def is_typed_elsewhere(self, formula: str) -> bool:
        """Return whether a formula refers to cells, and none that it stands on is of the table."""
        reached = self.reached(formula)
        return bool(reached) and not any(sheet == EXERCISE and row in self._of_table for sheet, (row, _) in reached)

    def circular(self, formulas: Mapping[Spot, str]) -> set[Spot]:
        """Return which answers need themselves, by way of others of these and of cells outside of the table."""
        by_place = {(EXERCISE, self.exercise.at(spot)): spot for spot in formulas}
        needs = {
            spot: [by_place[one] for one in self.reached(text) if one in by_place] for spot, text in formulas.items()
        }
        return {spot for spot in formulas if spot in _all_behind(spot, needs)}

    def reached(self, formula: str) -> Collection[tuple[str, Place]]:
        """Return the cells that a formula stands on, at once or by way of others outside of the table."""
        if formula not in self._known:
            self._known[formula] = self._found(formula)
        return self._known[formula]

    def _found(self, formula: str) -> Collection[tuple[str, Place]]:
        reached: dict[tuple[str, Place], None] = {}
        waiting = [(EXERCISE, formula)]
        while waiting and len(reached) < _MOST_STEPS:
            here, text = waiting.pop()
            for named, area in references(text):
                sheet = named or here
                for place in _few_places(Area(*area)):
                    if (sheet, place) in reached:
                        continue
                    reached[sheet, place] = None
                    if sheet == EXERCISE and place[0] in self._of_table:
                        continue
                    cell = self.sheets[sheet].get(place) if sheet in self.sheets else None
                    if cell is not None and cell.formula is not None:
                        waiting.append((sheet, cell.formula))
        return reached


def _all_behind(spot: Spot, needs: Mapping[Spot, Sequence[Spot]]) -> set[Spot]:
    """Return all that an answer needs, and what that needs in turn."""
    found: set[Spot] = set()
    waiting = [*needs[spot]]
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += needs[one]
    return found


def _few_places(area: Area) -> Iterator[Place]:
    """Yield the places of an area, at most `_MOST_STEPS`."""
    width = area.last_column - area.first_column + 1
    for number in range(min(_MOST_STEPS, width * (area.last_row - area.first_row + 1))):
        yield area.first_row + number // width, area.first_column + number % width
