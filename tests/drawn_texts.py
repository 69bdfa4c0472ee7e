"""Texts drawn by Hypothesis for whatever a person may write: names, titles, paragraphs, names of files and sheets.

The everyday comes first, and then what has broken other programs: formulas, quotes, marks of XML, signs outside of the
basic plane, writing from right to left, what looks like a cell, an escape or a pattern.
"""

from __future__ import annotations

from unicodedata import category

from hypothesis import strategies as st

_STRANGE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", '="', "'", "''", '"', "<b>&amp;</b>", "]]>", "&#0;", "_x0041_", "_x005F_", "%s", "{0}"),
    *("😀", "👩‍👩‍👧", "שלום", "\u202eabc", "é", "e\u0301", "ß", "İ", "数", "\u00a0x", "\u2028x", "x\u200b", "\ufeffx", "¬"),
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
    return st.one_of(everyday, anything, several).map(lambda text: _not_blank(text[:longest]))


def _not_blank(text: str) -> str:
    return text if any(not sign.isspace() and category(sign) != "Cf" for sign in text) else "blank"


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
    return st.one_of(everyday, lines(31).map(_as_a_sheet))


def _as_a_sheet(text: str) -> str:
    kept = "".join(sign for sign in text if sign not in _FORBIDDEN_IN_SHEETS).encode("utf-16-le")[:62]
    name = kept.decode("utf-16-le", errors="ignore").strip(" '").strip()
    return "d" if not name or name.casefold() in _TAKEN or "'" in (name[0], name[-1]) else name


def file_names(endings: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Return names of files that any system can hold, with one of these endings."""
    stems = st.one_of(st.just("beside"), lines(20).map(_as_a_file))
    return st.tuples(stems, st.sampled_from(endings)).map("".join)


def _as_a_file(text: str) -> str:
    kept = "".join(sign for sign in text if sign not in _FORBIDDEN_IN_FILES and sign.isprintable())
    return kept.strip(" .") or "file"


def distinct(texts: list[str]) -> list[str]:
    """Return the same texts, with numbers after those that stood there before, whatever their capitals."""
    seen: set[str] = set()
    for number, text in enumerate(texts):
        if text.casefold() in seen:
            texts[number] = f"{text[:20]} {number}"
        seen.add(texts[number].casefold())
    return texts
