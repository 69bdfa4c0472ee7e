"""How the columns of a run's table are shown: columns of one kind alike, whatever number is typed later."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from xlbackprop.lesson import Lesson
from xlbackprop.network import Input, NetInput, Output, Quantity, Target
from xlbackprop.numpy_run import Trace
from xlbackprop.sheets.number_formats import FOUR_DECIMALS, SCIENTIFIC, TOO_LONG, WHOLE, Shown, shown, together
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.workbook import Reformat, address


class ColumnLooks:
    """Format and width of each column of a run's table, from its lesson and trained numbers as shipped."""

    def __init__(self, lesson: Lesson, shipped: Trace, run: RunLayout) -> None:
        self.lesson, self.shipped, self.run = lesson, shipped, run

    def of(self, quantity: Quantity) -> Shown:
        """Return how the column of a quantity is shown."""
        return self._of_kinds[_kind(quantity)]

    @cached_property
    def _of_kinds(self) -> dict[tuple[object, ...], Shown]:
        kinds: dict[tuple[object, ...], list[Quantity]] = {}
        for quantity in self.run.column_of:
            kinds.setdefault(_kind(quantity), []).append(quantity)
        return {kind: self._shown(quantities) for kind, quantities in kinds.items()}

    def _shown(self, quantities: list[Quantity]) -> Shown:
        first = quantities[0]
        spread = together(self.shipped.spread(self.run.index, quantity) for quantity in quantities)
        return shown(first, spread, whole=isinstance(first, Input | Target) and self._is_typed_whole(first))

    def _is_typed_whole(self, of: Input | Target) -> bool:
        """Return whether all inputs, or all targets, are whole numbers as a run receives them."""
        if isinstance(of, Input) and self.lesson.scale:
            return False
        examples = self.lesson.inputs if isinstance(of, Input) else self.lesson.targets
        return all(float(number).is_integer() for example in examples for number in example)

    def reformats(self) -> Iterator[Reformat]:
        """Yield rules for what an edit may bring about: decimals for whole numbers, an exponent for long ones."""
        whole = [number for quantity, number in self.run.column_of.items() if self._is_data_in_whole_numbers(quantity)]
        if whole:
            cell = address(self.run.first_row, whole[0])
            yield Reformat(self._cells(whole), f"{cell}<>INT({cell})", FOUR_DECIMALS)
        for limit in sorted({*TOO_LONG.values()}):
            columns = [number for of, number in self.run.column_of.items() if self._limit(of) == limit]
            if columns:
                yield Reformat(
                    self._cells(columns), f"ABS({address(self.run.first_row, columns[0])})>={limit}", SCIENTIFIC
                )

    def _limit(self, quantity: Quantity) -> int | None:
        """Return from which size on a number of this quantity's column would be too long, or None."""
        return TOO_LONG.get(self.of(quantity).number_format)

    def _is_data_in_whole_numbers(self, quantity: Quantity) -> bool:
        return isinstance(quantity, Input | Target) and self.of(quantity).number_format == WHOLE

    def _cells(self, columns: list[int]) -> str:
        """Return the cells of these columns in all rows, one range for those side by side: "F8:I290 Q8:T290"."""
        starts = [column for column in columns if column - 1 not in columns]
        ends = [column for column in columns if column + 1 not in columns]
        return " ".join(
            f"{address(self.run.first_row, start)}:{address(self.run.last_row, end)}"
            for start, end in zip(starts, ends, strict=True)
        )


def _kind(quantity: Quantity) -> tuple[object, ...]:
    """Return what columns that look alike have in common, e.g. that they hold gradients of weights."""
    if isinstance(quantity, NetInput | Output):
        return type(quantity), quantity.layer
    return type(quantity), type(getattr(quantity, "of", None)), getattr(quantity, "kind", None)
