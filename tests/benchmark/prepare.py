"""What programs in other languages need, made before the clock runs: LESSON EPOCHS TEMPLATES NUMBERS.

TEMPLATES is a text, one thing a line with tabs between: first the counts, then for each sheet S (its name), H (a
number above the table) and C (a column). NUMBERS holds the values of all sheets, row by row, as doubles.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.benchmark.plan import PlannedSheet, asked, planned


def main() -> None:
    """Write both files."""
    lesson, templates = asked()
    with templates.open("w", encoding="utf-8", newline="\n") as text, Path(sys.argv[4]).open("wb") as numbers:
        for index, sheet in enumerate(planned(lesson)):
            if index == 0:
                counts = (len(lesson.runs), lesson.rows, len(sheet.columns), sheet.header_row, sheet.loss_column)
                print(*counts, sep="\t", file=text)
            text.writelines(f"{line}\n" for line in _lines(sheet))
            numbers.write(sheet.values.tobytes())


def _lines(sheet: PlannedSheet) -> Iterator[str]:
    yield f"S\t{sheet.name}"
    for row, column, value in sheet.head:
        yield f"H\t{row}\t{column}\t{value!r}"
    for column in sheet.columns:
        yield f"C\t{column.header}\t{column.number_format}\t{column.first or ''}\t{column.template}"


if __name__ == "__main__":
    main()
