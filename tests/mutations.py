"""Sound things made unsound: what Hypothesis draws of a text, of a zip's bytes and of the XML in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.bad_input.workbooks import parts_of, zipped

# What people and programs put where something else belongs.
JUNK = (
    "", " ", "0", "-1", "1e308", "1e400", "-0.0", "5e-324", "nan", "inf", "true", "[]", "{}", "[[]]", "[1, [2]]", "''", '"x"', '"""', "9" * 30,
    "2024-01-01", "16384", "1048577", "A1", "XFD1048576", "A1:XFD1048576", "#REF!", "=1+1", "\u202e", "😀", "../x", "x" * 400, "&lt;", "1_0", "١",
)  # fmt: skip


class Damaged(bytes):
    """Bytes that tell in a line how they came to be, rather than themselves."""

    how: str

    def __new__(cls, content: bytes, how: list[str]) -> Damaged:
        made = super().__new__(cls, content)
        made.how = "; ".join(how)
        return made

    def __repr__(self) -> str:
        return self.how


junk = st.one_of(
    st.sampled_from(JUNK),
    st.floats().map(str),
    st.integers(-(10**20), 10**20).map(str),
    st.text(max_size=12),
)


@st.composite
def damaged_text(draw: Callable[[st.SearchStrategy[Any]], Any], texts: tuple[str, ...]) -> str:
    """Return one of the texts with some of its lines lost, doubled, exchanged, or with other keys, values or signs."""
    lines = draw(st.sampled_from(texts)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        here, there = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(st.integers(0, 6)):
            case 0:
                lines[here] = ""
            case 1:
                lines.insert(there, lines[here])
            case 2:
                lines[here], lines[there] = lines[there], lines[here]
            case 3:  # another value
                lines[here] = re.sub(r"=.*", lambda _: f"= {draw(junk)}", lines[here], count=1)
            case 4:  # another number
                lines[here] = re.sub(r"-?[0-9.]+", lambda _: draw(junk), lines[here], count=draw(st.integers(1, 3)))
            case 5:  # another key
                lines[here] = re.sub(
                    r"^\w+", lambda _: draw(st.sampled_from(("units", "x", "weights", ""))), lines[here]
                )
            case _:
                place = draw(st.integers(0, len(lines[here])))
                lines[here] = lines[here][:place] + draw(junk) + lines[here][place + draw(st.integers(0, 3)) :]
    return "\n".join(lines)


@st.composite
def damaged_bytes(draw: Callable[[st.SearchStrategy[Any]], Any], whole: bytes) -> Damaged:
    """Return bytes with some of them changed, lost, doubled or cut off."""
    content, how = bytearray(whole), []
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.integers(0, 5)):
            case 0 if draw(st.integers(0, 9)) == 0:
                old, new = len(content), b""
            case 1:
                old, new = draw(st.integers(1, 20)), b""
            case 2:
                old, new = 0, bytes(content[place : place + draw(st.integers(1, 40))])
            case 3:
                old, new = 4, draw(st.binary(min_size=4, max_size=4))
            case _:
                old, new = 1, bytes([draw(st.integers(0, 255))])
        content[place : place + old] = new
        how.append(f"{new!r} for {old} bytes at {place}")
    return Damaged(bytes(content), how)


_TOKEN = re.compile(r'"[^"]*"|>[^<]+<|<[^>]*>')


@st.composite
def damaged_xml(draw: Callable[[st.SearchStrategy[Any]], Any], whole: bytes) -> Damaged:
    """Return a zip in which some parts have other values, texts or tags, are lost, doubled or exchanged."""
    parts, how = parts_of(whole), []
    names = sorted(name for name in parts if name.endswith((".xml", ".rels")))
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(names))
        text = parts.get(name, b"").decode(errors="replace")
        tokens = list(_TOKEN.finditer(text))
        if not tokens:
            continue
        token = tokens[draw(st.integers(0, len(tokens) - 1))]
        match draw(st.integers(0, 7)):
            case 0:
                del parts[name]
                how.append(f"without {name}")
                continue
            case 1:
                other = draw(st.sampled_from(names))
                parts[name] = parts.get(other, b"")
                how.append(f"{other} for {name}")
                continue
            case 2:
                new = ""
            case 3:
                new = token[0] * 2
            case 4:
                new = tokens[draw(st.integers(0, len(tokens) - 1))][0]
            case _:
                new = token[0][0] + draw(junk) + token[0][-1]
        parts[name] = (text[: token.start()] + new + text[token.end() :]).encode(errors="replace")
        how.append(f"{new[:200]!r} for {token[0][:200]!r} at {token.start()} of {name}")
    return Damaged(zipped(parts), how)
