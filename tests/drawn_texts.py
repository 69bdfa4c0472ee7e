"""Texts drawn by Hypothesis for whatever a person may write: names, titles, paragraphs, names of files and sheets.

The everyday comes first, and then what has broken other programs: formulas, quotes, marks of XML, signs outside of the
basic plane, writing from right to left, what looks like a cell, an escape or a pattern.
"""

from __future__ import annotations

from hypothesis import strategies as st

_STRANGE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", '="', "'", "''", '"', "<b>&amp;</b>", "]]>", "&#0;", "_x0041_", "_x005F_", "%s", "{0}"),
    *("😀", "👩‍👩‍👧", "שלום", "‮abc", "é", "e\u0301", "ß", "İ", "数", "\u00a0x", "\u2028x", "x\u200b", "\ufeffx", "\x85x"[1:]),
    *("A1", "R1C1", "TRUE", "#NUM!", "1E5", "01", "LR=0.1", "*", "?", "~*", "#", "↑", "$C$3", "!", "a!b", ";", ",", "\\", "`"),
    *("E_Total", "w1", "History", "Print_Area", "x" * 31, "Ω" * 20, "nul", "3-4", "1/2", "a|b", "<", ">", "{=1}", "\t="),
]  # fmt: skip
_SIGNS = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
_FORBIDDEN_IN_SHEETS = "\\/?*[]:"
_FORBIDDEN_IN_FILES = '\\/:*?"<>|'
_TAKEN = ("summary", "inputs", "data", "loss curves", "checks", "lesson", "history")


def words(longest: int = 60) -> st.SearchStrategy[str]:
    """Return texts of one line that are more than blanks."""
    everyday = st.sampled_from(["a", "Lesson", "two words", "Ada Lovelace", "x = 1"])
    anything = st.one_of(everyday, st.sampled_from(_STRANGE), st.text(_SIGNS, max_size=20))
    several = st.lists(anything, min_size=1, max_size=3).map(" ".join)
    return st.one_of(everyday, anything, several).map(lambda text: text[:longest]).filter(lambda text: bool(text.strip()))


def lines(longest: int = 60) -> st.SearchStrategy[str]:
    """Return texts as they are understood: without blanks around them."""
    return words(longest).map(str.strip)


def paragraphs() -> st.SearchStrategy[str]:
    """Return texts of up to three lines, some of them long."""
    long = words().map(lambda text: (text + " ") * 20)
    return st.lists(st.one_of(words(), words(), long), min_size=1, max_size=3).map("\n".join)


def names_of_runs() -> st.SearchStrategy[str]:
    """Return texts that can be the name of a sheet: 31 units of UTF-16 at most, some signs not at all."""
    everyday = st.sampled_from(["a", "b", "c", "with Adam"])
    return st.one_of(everyday, lines(31).map(_as_a_sheet).filter(_can_be_a_sheet))


def _as_a_sheet(text: str) -> str:
    kept = "".join(sign for sign in text if sign not in _FORBIDDEN_IN_SHEETS)
    return kept.strip().strip("'").strip()


def _can_be_a_sheet(name: str) -> bool:
    known = name.casefold() in _TAKEN or name.casefold().startswith("step by step")
    return bool(name) and not known and "'" not in (name[0], name[-1])


def file_names(endings: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return names of files that any system can hold, with one of these endings."""
    stems = lines(20).map(lambda text: "".join(sign for sign in text if sign not in _FORBIDDEN_IN_FILES).strip(". "))
    stem = st.one_of(st.just("beside"), stems.filter(lambda text: bool(text) and text.isprintable()))
    return st.tuples(stem, st.sampled_from(endings)).map("".join)
