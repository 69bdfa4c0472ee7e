"""The result of a comparison, and how it is told to a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from xlbackprop.errors import printable
from xlbackprop.proof.differences import NO_DEVIATION, Deviation, Difference, Kind, counted, group_text, grouped
from xlbackprop.proof.surroundings import CURE, Surrounding, Weight

FEW = 5  # of stored values: where one is out of date, most are


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a comparison: how many formulas and values were compared, and all differences.

    `differences` are those of formulas, typed values and calculated values; `stored` those of the values that the file
    has stored, `stored_kinds` their counts, for `stored` has only the first of very many. `around` are those of what
    people see besides cells: charts, names, formats, notes; `told` are cells and sheets that people added, which are no
    differences.

    `largest_absolute`, `largest_relative` and `largest_ulps` are the largest deviations of calculated numbers, within
    the tolerance or not; in the table of a run, from what follows from the same row and the row above. A number that
    should be 0 counts in the first alone, one in a column with noise in none. One ulp is the step from the expected
    number to the next one that a computer has. `numbers` is the count of calculated numbers, `exact` of those that are
    equal to the last bit. `drift` is the largest relative difference of a run's numbers from NumPy's own, None where
    runs were not judged row by row.

    `given` counts, for each gap of the program, the formulas that it was not asked to calculate: {"INDEX of a whole
    row": 51}. `notes` are further sentences for a person. `seconds` is the time from the program's start to its last
    value.
    """

    engine: str
    version: str
    formulas: int
    values: int
    differences: tuple[Difference, ...] = ()
    stored: tuple[Difference, ...] = ()
    stored_kinds: Mapping[Kind, int] = field(default_factory=dict)
    around: tuple[Surrounding, ...] = ()
    told: tuple[Difference, ...] = ()
    largest_absolute: Deviation = NO_DEVIATION
    largest_relative: Deviation = NO_DEVIATION
    largest_ulps: Deviation = NO_DEVIATION
    numbers: int = 0
    exact: int = 0
    drift: float | None = None
    given: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether there is no difference in cells, stored values, charts, names, settings and looks."""
        return self.recalculates and not self.stored and not self._of(Weight.STORED)

    @property
    def recalculates(self) -> bool:
        """Whether there is no difference once a spreadsheet program has recalculated the file and saved it."""
        return not (self.differences or self._of(Weight.DIFFERENT))

    def _of(self, weight: Weight) -> list[Surrounding]:
        return [one for one in self.around if one.weight is weight]

    def is_equal(self, *, strict: bool) -> bool:
        """Whether there is no difference; with `strict` what a program lost when it saved the file is one."""
        return self.equal and not (strict and self._of(Weight.LOST))

    def in_words(self, *, strict: bool = False) -> str:
        """Return the verdict in a few words: "equal", "different: 3 differences, 375 stored values"."""
        weights = {Weight.DIFFERENT: "shown otherwise", Weight.STORED: "stored with charts"}
        if strict:
            weights[Weight.LOST] = "lost"
        counts = [
            (len(self.differences), counted(len(self.differences), "difference")),
            (stored := sum(self.stored_kinds.values()), counted(stored, "stored value")),
            *((number := len(self._of(weight)), f"{number:,} {words}") for weight, words in weights.items()),
        ]
        said = ", ".join(words for number, words in counts if number)
        return f"different: {said}" if said else "equal"

    def lines(self, limit: int = 20) -> list[str]:
        """Return the report as lines of text, with at most `limit` differences of each sort written out."""
        return [printable(line) for line in self._lines(limit)]

    def _lines(self, limit: int) -> Iterator[str]:
        program = f"{self.engine} {self.version}".strip()
        yield f"{program}: {self.formulas:,} formulas and {self.values:,} values compared."
        if self.equal:
            yield "Every formula and every value is as it should be, also the stored ones that viewers show."
        elif self.differences:
            counts = Counter(difference.kind for difference in self.differences)
            kinds = ", ".join(f"{kind}: {number:,}" for kind, number in counts.items())
            yield f"{counted(len(self.differences), 'difference')} ({kinds})."
        yield from _groups(self.differences, limit)
        yield from self._stored_lines(min(limit, FEW))
        for weight in Weight:
            yield from self._around_lines(weight, min(limit, FEW) if weight is Weight.STORED else limit)
        if self.told:
            yield "Added by somebody, and no difference:"
            yield from _groups(self.told, limit)
        if self.given:
            told = ", ".join(f"{number:,} with {what}" for what, number in self.given.items())
            yield f"Not asked of {self.engine}, which cannot calculate them: {told}."
        yield f"Largest difference of a number: {self.largest_absolute}; relative: {self.largest_relative}."
        if self.drift is not None:
            yield f"Each row follows from the row above; whole runs are within {self.drift:.2g} of NumPy's own."
        yield from self.notes

    def _stored_lines(self, limit: int) -> Iterator[str]:
        counts = [(Kind.STORED, "differ", "differs"), (Kind.STORED_MISSING, "are missing", "is missing")]
        said = [
            f"{counted(number, 'stored value')} {one if number == 1 else many}"
            for kind, many, one in counts
            if (number := self.stored_kinds.get(kind, 0))
        ]
        if said:
            yield f"{' and '.join(said)}: {CURE}."
        yield from _groups(self.stored, limit, sum(self.stored_kinds.values()) - len(self.stored))

    def _around_lines(self, weight: Weight, limit: int) -> Iterator[str]:
        here = self._of(weight)
        if here:
            yield weight.heading(len(here))
        for surrounding in here[:limit]:
            yield f"  {surrounding}"
        if len(here) > limit:
            yield f"  … and {len(here) - limit:,} more."


def _groups(differences: Sequence[Difference], limit: int, unnamed: int = 0) -> Iterator[str]:
    """Yield the lines of differences; `unnamed` is the number of those that are only counted."""
    groups = grouped(differences)
    for group in groups[:limit]:
        yield f"  {group_text(group)}"
    if more := sum(map(len, groups[limit:])) + unnamed:
        yield f"  … and {more:,} more."
