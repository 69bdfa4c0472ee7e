"""What is said of a workbook: notes of its cells, and a sheet in front that sums them up. Plain data."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from xlbackprop.workbook import Place


class NoteKind(StrEnum):
    """What a note says of its cell, which shows in the fill and the frame of the cell, but of a REMARK."""

    RIGHT = "right"
    FOLLOWS = "follows"
    MISTAKE = "mistake"
    OPEN = "open"  # not done, or to be looked at
    REMARK = "remark"


class CellNote(NamedTuple):
    """A note of a cell; its first line is in bold letters. Without a text the cell has its fill and frame alone."""

    sheet: str
    place: Place
    text: str
    kind: NoteKind = NoteKind.REMARK


class FrontRow(NamedTuple):
    """A row of the table: cells of a sheet ("C5", "C5:C9"), what is said of them, their formula, and a right one.

    A formula begins with "="; it is shown as a text.
    """

    sheet: str
    cells: str
    said: str
    formula: str = ""
    right: str = ""


class FrontSheet(NamedTuple):
    """The sheet in front: its name (a number is added where the workbook has such a sheet), and what stands on it.

    `strong` is a line in bold letters below the heading, e.g. the points; `lines` are paragraphs; then comes the table,
    whose last column is left out where no row has anything in it.
    """

    title: str
    heading: str
    strong: str = ""
    lines: Sequence[str] = ()
    rows: Sequence[FrontRow] = ()
    columns: tuple[str, str, str, str] = ("cell", "what is said", "your formula", "a right formula")
