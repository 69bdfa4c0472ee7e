"""Number formats by what they show: the spellings of one format by different programs become equal.

A format has up to four sections, for positive numbers, negative ones, zero and text; those left out follow from the
first. `0.00;-0.00` shows the same as `0.00`, and `\\-` the same as `-` and `"-"`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

GENERAL, TEXT = "General", "@"
# The formats that have a number instead of a text, as far as no date or time is in them.
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;[Red]-#,##0.00", 48: "##0.0E+0", 49: TEXT,
}  # fmt: skip


class NumberFormat(NamedTuple):
    """What a format shows for positive and negative numbers, for zero and for text; quotes are around fixed text."""

    positive: str
    negative: str
    zero: str
    text: str

    def __str__(self) -> str:
        plain = NumberFormat.of_sections([self.positive])
        if self == plain:
            return self.positive
        return ";".join(self if self.text != plain.text else self[:3])

    @staticmethod
    def of_sections(sections: list[str]) -> NumberFormat:
        """Return the format of the sections that are written."""
        text = TEXT
        if len(sections) > 3 or TEXT in sections[-1]:
            *sections, text = sections[:4]
        positive = sections[0] if sections else GENERAL
        negative = sections[1] if len(sections) > 1 else _joined(f'"-"{positive}')
        return NumberFormat(positive, negative, sections[2] if len(sections) > 2 else positive, text)


_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r"|\\(?P<escaped>.?)"
    r"|_(?P<space>.?)"  # as wide as this character: it shows nothing
    r"|\[\$(?P<currency>[^\]-]*)(?:-[0-9A-Fa-f]{1,4})?\]"
    rf"|(?P<general>{GENERAL})"
    r"|(?P<kept>\*.?|\[[^\]]*\]?|E[+-]|[0#?.,%@]|[ymdhsbg]+|;)"
    r"|(?P<plain>.)",
    re.DOTALL | re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def shown_format(code: str) -> NumberFormat:
    """Return what a format shows: equal for `0.000E+00` and `0.000E+00;\\-0.000E+00`."""
    sections: list[list[str]] = [[]]
    for token in _TOKEN.finditer(code or GENERAL):
        match token.lastgroup:
            case "kept" if token[0] == ";":
                sections.append([])
            case "kept":
                sections[-1].append(token[0].upper() if token[0][0] in "eE" else token[0].lower())
            case "general":
                sections[-1].append(GENERAL)
            case "space":
                pass
            case kind:
                sections[-1].append('"{}"'.format(token[kind or 0].replace('"', "”")))
    return NumberFormat.of_sections([_joined("".join(section)) for section in sections])


def _joined(section: str) -> str:
    """Return a section in which fixed texts that follow each other are one."""
    pieces = re.findall(r'"[^"]*"|[^"]+', section)
    runs = [(fixed, list(run)) for fixed, run in groupby(pieces, key=lambda piece: piece.startswith('"'))]
    written = (f'"{"".join(piece[1:-1] for piece in run)}"' if fixed else "".join(run) for fixed, run in runs)
    return "".join(text for text in written if text != '""')
