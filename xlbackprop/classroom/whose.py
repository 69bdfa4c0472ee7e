"""Whose variant is a workbook: told by the code in its properties or, where a program has lost that, its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

from xlbackprop.classroom.exercise import EXERCISE
from xlbackprop.classroom.grading import Grader, sentence_of
from xlbackprop.classroom.manifest import ManifestRow
from xlbackprop.classroom.marking import code_of
from xlbackprop.classroom.strangers import as_xlsx
from xlbackprop.errors import InputError
from xlbackprop.workbook import Place
from xlbackprop.xlsx.read import ReadCell, read_workbook

_Key = tuple[float, ...]
_NO_MANIFEST = "it is a variant, and no manifest says whose and with which numbers."
_DIGITS = 9  # that every program keeps


class VariantFinder:
    """Finds the variants of a class, whose manifest has them by their codes; it may be empty."""

    def __init__(self, grader: Grader, manifest: Mapping[str, ManifestRow]) -> None:
        self._grader, self._manifest = grader, manifest

    def of(self, path: Path) -> tuple[ManifestRow | None, str]:
        """Return the variant of a workbook, None where all have the same; and why it cannot be graded, "" if it can."""
        try:
            code = code_of(path)
            if code in self._manifest or not (code or self._manifest):
                return self._manifest.get(code), ""
            if not self._manifest:
                return None, _NO_MANIFEST
            found = self._by_numbers.get(self._numbers(path))
            return found, "" if found else "its numbers are of no variant in the manifest."
        except InputError as error:
            return None, sentence_of(error)
        except OSError as error:
            return None, f"it cannot be read: {error.strerror or error}"

    @cached_property
    def _by_numbers(self) -> Mapping[_Key, ManifestRow]:
        return {_key(row.numbers.values()): row for row in self._manifest.values()}

    def _numbers(self, path: Path) -> _Key:
        """Return the numbers that a workbook starts from, in the order of the manifest; () where there are not all."""
        row = next(iter(self._manifest.values()))
        places = self._grader.exercise(row.numbers).number_places
        with as_xlsx(path) as book:
            sheet: Mapping[Place, ReadCell] = read_workbook(book).get(EXERCISE, {})
        cells = [sheet.get(places[name]) for name in row.numbers if name in places]
        numbers = [cell.value for cell in cells if cell is not None and isinstance(cell.value, int | float)]
        return _key(numbers) if len(numbers) == len(row.numbers) else ()


def _key(numbers: Iterable[float]) -> _Key:
    return tuple(float(f"{number:.{_DIGITS}g}") for number in numbers)
