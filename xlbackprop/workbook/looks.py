"""How a cell looks: its look (heading, formula, typed number, …) and its role in the lesson (weight, loss, …)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple


class Role(Enum):
    """The role of a number in the lesson; it decides the fill. The word is also shown, so colour is never alone."""

    __hash__ = object.__hash__  # each member is one object; Enum's own hash is slow, and every cell's style asks for it

    NONE = ""
    INPUT = "input"
    TARGET = "target"
    PARAMETER = "weight"
    HIDDEN = "hidden layer"
    OUTPUT = "output layer"
    LOSS = "loss"
    GRADIENT = "gradient"
    UPDATE = "update"


class Look(Enum):
    """The sort of a cell, as a reader sees it; it decides font, border and alignment."""

    __hash__ = object.__hash__
    BODY = "body"  # running text
    ASIDE = "aside"  # a text that explains the number on its left
    TITLE = "title"
    HEADING = "heading"
    STRONG = "strong"  # a line of text that leads a paragraph: bold
    LABEL = "label"  # names the cell beside or below it
    HEADER = "header"  # the header row of a table
    MATH = "math"  # a line of mathematics
    NUMBER = "number"  # a formula: black
    TOTAL = "total"  # the number that all others of a row come to: a bold formula
    LINKED = "linked"  # a formula that only fetches from another sheet: green
    TYPED = "typed"  # a number a reader may change: blue, framed
    ANSWER = "answer"  # empty, for a student to fill in: framed like a typed number, and pale
    STORED = "stored"  # a constant nobody should change ("NumPy, as shipped"): grey italics
    LINK = "link"  # a hyperlink
    NOTE = "note"  # small grey text
    VERDICT = "verdict"  # the result of a check; bold, framed
    CODE = "code"  # monospaced text


class FlagColours(NamedTuple):
    """The fill and the text colour, RRGGBB, of a cell while the condition of its Flag is true."""

    fill: str
    text: str


FLAG_COLOURS: dict[str, FlagColours] = {
    "good": FlagColours("C6EFCE", "0B5A1E"),
    "bad": FlagColours("FFC7CE", "9C0006"),
    "muted": FlagColours("EDEDED", "595959"),
    "chosen": FlagColours("3B3B98", "FFFFFF"),
    "path": FlagColours("D9D9F3", "1F1F5F"),
}

# From −limit over 0 to the limit; black text has enough contrast on each.
SCALE_COLOURS = ("9DC3E6", "FFFFFF", "F6B26B")


@dataclass(frozen=True, slots=True)
class Style:
    """How a cell looks; the writer turns it into a font, a border and a fill."""

    look: Look = Look.BODY
    role: Role = Role.NONE
    number_format: str = "General"
    align: Literal["left", "center", "right"] | None = None
    wrap: bool = False
    shrink: bool = False  # letters get smaller where the text or number is wider than its cell
    lined: bool = False  # a line at the left sets the cell off from its neighbour
