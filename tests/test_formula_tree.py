"""Formulas are compared as formulas: spelling changes nothing, and whatever else changes is seen."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import formualizer
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kinds import kinds
from tests.slow import slow, slow_but
from xlbackprop import write_workbook
from xlbackprop.engines.libreoffice import _program
from xlbackprop.workbook import contents
from xlbackprop.xlsx.read import canonical_formula, read_workbook, same_formula
from xlbackprop.xlsx.read.formula_tree import _NoFormulaError, _Reader
from xlbackprop.xlsx.read.package import MAX_FORMULA, MAX_NESTING

KINDS = kinds()

# ---------------------------------------------------------------------------------------------------- the one spelling

SAME = [
    # the sign before it, spaces, capitals
    ("=A1+1", "A1+1"),
    (" 1 / (1 + EXP(-H8)) ", "1/(1+EXP(-H8))"),
    ("sum(a1 ,\n$b1)", "SUM(A1,$B1)"),
    ("if(true,False)", "IF(TRUE,FALSE)"),
    ("IF(TRUE(),1,FALSE ( ))", "IF(TRUE,1,FALSE)"),
    ("A1:B2   B1:C3", "A1:B2 B1:C3"),
    ("#num!+#n/a", "#NUM!+#N/A"),
    # brackets that change no order
    ("((A1))", "A1"),
    ("(A1+B1)+C1", "A1+B1+C1"),
    ("(A1*B1)/C1", "A1*B1/C1"),
    ("A1+(B1*C1)", "A1+B1*C1"),
    ("(-A1)^2", "-A1^2"),
    ("(A1^B1)^C1", "A1^B1^C1"),
    ("A1^(B1%)", "A1^B1%"),
    ("(-A1)%", "-A1%"),
    ("A1*(-B1)", "A1*-B1"),
    ("A1-(-B1)", "A1--B1"),
    ('(A1+B1)&("x")', 'A1+B1&"x"'),
    ('(A1&B1)="x"', 'A1&B1="x"'),
    ("A1&(B1+C1)", "A1&B1+C1"),
    ("(A1=B1)=C1", "A1=B1=C1"),
    ("SUM((A1),(B1))", "SUM(A1,B1)"),
    ("SUM(((A1,B1),C1))", "SUM((A1,B1,C1))"),
    ("(A1,B1)", "A1,B1"),
    ("INDEX((A1:B2),1):C3", "INDEX(A1:B2,1):C3"),
    # signs before what is a number
    ("+2", "2"),
    ("+-2", "-2"),
    ("+(A1*B1)", "A1*B1"),
    ("--(A1*B1)", "A1*B1"),
    ("--2^2", "2^2"),
    ("-(-(-A1))", "-A1"),
    ("-(-(A1>0))", "--(A1>0)"),
    ("SUMPRODUCT(-(-(A1:A9>0)))", "SUMPRODUCT(--(A1:A9>0))"),
    # numbers
    ("A1*.5+1.50+2.", "A1*0.5+1.5+2"),
    ("A1*0.00001+5E-1", "A1*1E-5+.5"),
    ("A1*1000000000000000000000", "A1*1e+21"),
    ("A1*0.1234567890123456", "A1*0.123456789012346"),
    ("{+1,-2.0;3, \"a\"}", '{1,-2;3,"a"}'),
    # sheets
    ("Inputs!$B$3", "'Inputs'!$B$3"),
    ("'Inputs' !$B$3", "Inputs!$B$3"),
    ("inputs!A1", "'INPUTS'!a1"),
    ("[1]Sheet1!A1", "'[1]Sheet1'!A1"),
    ("a:b!A1", "'a:b'!A1"),
    ("SUM('it''s'!A1)", "sum( 'it''s'!A1 )"),
    # one cell as a range, as Gnumeric and OnlyOffice save it
    ("SUM($O9:$O9)", "SUM($O9)"),
    ("SQRT(SUMSQ('a b'!L9:L9))", "SQRT(SUMSQ('a b'!L9))"),
    # newer functions
    ("_xlfn.ISFORMULA(A1)", "ISFORMULA(A1)"),
    ("_xlfngnumeric.ISFORMULA(A1)", "ISFORMULA(A1)"),
    ("_xlfn._xlws.FILTER(A1:A2,B1:B2)", "FILTER(A1:A2,B1:B2)"),
]  # fmt: skip

DIFFERENT = [
    ("$C$4", "C4"),
    ("$C4", "C$4"),
    ("A1:A2", "A1"),
    ("A1:$A$1", "A1"),
    ("A:A", "A1"),
    ("A:A", "A"),
    ("1:1", "1"),
    ("SUM(A1:A2)", "SUM(A1,A2)"),
    ("A1:B2 B2:C3", "(A1:B2,B2:C3)"),
    ("SUM((A1,B1))", "SUM(A1,B1)"),
    ("IF(A1,,2)", "IF(A1,2)"),
    ("IF(A1,2,)", "IF(A1,2)"),
    ("F()", "F(0)"),
    ("SUM (A1)", "SUM(A1)"),
    ("[1]!F(A1)", "F(A1)"),
    ("(A1+B1)#", "A1+B1#"),
    # sheets and names
    ("'LR=0.1'!A1", "'LR=0.2'!A1"),
    ("Inputs!A1", "A1"),
    ("[1]Sheet1!A1", "Sheet1!A1"),
    ("größe", "GRÖSSE"),
    ("ſum(A1)", "SUM(A1)"),
    ("FALſE", "FALSE"),
    ("TRUE1", "TRUE"),
    # texts
    ('"a b"', '"ab"'),
    ('"sum"', '"SUM"'),
    ('"_xlfn.X"', '"X"'),
    ('"1.0"', '"1"'),
    ('"a""b"', '"a"&"b"'),
    ('"1"', "1"),
    ("\"'A'!x\"", "\"'a'!x\""),
    # numbers
    ("A1*0.5", "A1*0.50001"),
    ("A1*1E5", "A1*1E-5"),
    ("A1*0.12345678901234", "A1*0.12345678901235"),
    ("A1*0.123456789012341", "A1*0.123456789012342"),
    ("1E400", "1E401"),
    ("1E400", "INF"),
    ("1%", "0.01"),
    ("A1+١", "A1+1"),
    # the order of operations; floating-point numbers are rounded at each
    ("-(A1^2)", "-A1^2"),
    ("2^(3^2)", "2^3^2"),
    ("A1+(B1+C1)", "A1+B1+C1"),
    ("A1*(B1*C1)", "A1*B1*C1"),
    ("A1-(B1-C1)", "A1-B1-C1"),
    ("A1/(B1/C1)", "A1/B1/C1"),
    ("-(A1*B1)", "-A1*B1"),
    ("(A1+B1)*C1", "A1+B1*C1"),
    ("(A1+B1)%", "A1+B1%"),
    ('A1&("x"=B1)', 'A1&"x"=B1'),
    ("(A1:B1)%", "A1:(B1%)"),
    ("A1=(B1=C1)", "A1=B1=C1"),
    ("A1+B1", "B1+A1"),
    # signs that make a number, or a value of a reference
    ("--(A1>0)", "(A1>0)"),
    ("--A1", "A1"),
    ("--ISNUMBER(A1)", "ISNUMBER(A1)"),
    ('--("1"&"2")', '"1"&"2"'),
    ("--+A1", "+A1"),
    ("--@A1", "@A1"),
    ("+-2", "2"),
    ("+A1", "A1"),
    ("-A1", "A1"),
    ("@A1:A9", "A1:A9"),
    ("A1#", "A1"),
    # functions that carry no prefix, or not this one
    ("_xlfn.EXP(1)", "EXP(1)"),
    ("_xlws.ISFORMULA(A1)", "ISFORMULA(A1)"),
    ("_xlfn._xlfn.ISFORMULA(A1)", "ISFORMULA(A1)"),
    ("_xludf.ISFORMULA(A1)", "ISFORMULA(A1)"),
    ("EXP(1)", "EXPM(1)"),
    # the columns of tables, errors, arrays
    ("T[[#This Row],[a]]", "T[[#This Row],[b]]"),
    ("T[a b]", "T[ab]"),
    ("T[a]", "T[A]"),
    ("#REF!", "#NUM!"),
    ("{1,2}", "{1;2}"),
    ("{1,2}", "(1,2)"),
    # what is no formula is compared as it is
    ("(A1", "A1"),
    ("A1)", "A1"),
    ("A1+", "A1"),
    ("A1 + 1 1", "A1+1"),
    ("F(A1", "F(A1)"),
    ("F(A1,B1", "F(A1)"),
    ("F(-)", "F()"),
    ("1A", "1a"),
    ("=", "0"),
    ("A1\u00a0+1", "A1+1"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spelling_changes_nothing(one: str, other: str) -> None:
    assert same_formula(one, other)
    assert same_formula(other, one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_may_change_a_value_is_seen(one: str, other: str) -> None:
    assert not same_formula(one, other)
    assert not same_formula(other, one)


@pytest.mark.parametrize("text", [text for pair in SAME + DIFFERENT for text in pair])
def test_the_one_spelling_is_its_own(text: str) -> None:
    assert canonical_formula(canonical_formula(text)) == canonical_formula(text)


def test_the_one_spelling_can_be_read_by_people() -> None:
    assert canonical_formula("=sum( a!b1:b1, +2.0, (a1,b1) )*(1-$x$2 )") == "SUM('a'!B1,2,(A1,B1))*(1-$X$2)"
    assert canonical_formula("((a1+b1)-(c1*2))+(-d1)") == "A1+B1-C1*2+-D1"


# ------------------------------------------------------------------------------------------------------- drawn formulas

# A tree is a tuple: a leaf ("A1",) or ("0.5",), or a sign with its operands: ("-", x) is a minus before x.
Tree = tuple  # type: ignore[type-arg]

_NUMBERS = ("0.1", "0.2", "0.3", "3", "2", "0.7")
_CELLS = ("A1", "$A$1", "A$2", "'S'!A3", "A4", "'S'!$A5")
_SIGNS = ("+", "-", "*", "/", "^", "&", "=", "<", ">=")
_CALLS = ("SUM", "MAX", "IF")
_LEAVES = st.sampled_from([(leaf,) for leaf in (*_NUMBERS, *_CELLS, "TRUE", '"a b"')])


def _larger(trees: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.tuples(st.sampled_from(_SIGNS), trees, trees),
        st.tuples(st.sampled_from(("-", "%")), trees),
        st.tuples(st.sampled_from(_CALLS), trees, trees, trees),
    )


TREES = st.recursive(_LEAVES, _larger, max_leaves=12)


def in_brackets(tree: Tree) -> str:
    """Return a formula with a pair of brackets around each part, in which no reader can go wrong."""
    match tree:
        case (leaf,):
            return leaf
        case ("%", operand):
            return f"({in_brackets(operand)}%)"
        case ("-", operand):
            return f"(-{in_brackets(operand)})"
        case (sign, left, right):
            return f"({in_brackets(left)}{sign}{in_brackets(right)})"
        case (name, *arguments):
            return f"{name}({','.join(map(in_brackets, arguments))})"
    raise AssertionError(tree)


def otherwise(tree: Tree, draw: random.Random) -> str:
    """Return the same formula with spaces, brackets, signs, capitals and digits as chance will have them."""
    blank = draw.choice(("", "", " ", "\n"))
    match tree:
        case (leaf,):
            text = _leaf_otherwise(leaf, draw)
        case ("%", operand):
            text = f"({otherwise(operand, draw)}{blank}%)"
        case ("-", operand):
            text = f"(-{blank}{otherwise(operand, draw)})"
        case (sign, left, right):
            text = f"({otherwise(left, draw)}{blank}{sign}{blank}{otherwise(right, draw)})"
            if sign in "+-*/^":
                text = draw.choice(("", "", "+", "--", "-(-")) + text
                text += ")" * text.startswith("-(-")
        case (name, *arguments):
            text = (
                draw.choice((name, name.lower())) + f"({f',{blank}'.join(otherwise(one, draw) for one in arguments)})"
            )
    return draw.choice((text, f"({text})", f"( {text} )"))


def _leaf_otherwise(leaf: str, draw: random.Random) -> str:
    if leaf in _NUMBERS:
        return draw.choice((leaf, f"+{leaf}", f"{leaf}{'0' if '.' in leaf else '.00'}", f"{float(leaf):e}"))
    if leaf in _CELLS:
        return draw.choice((leaf, leaf.lower(), leaf.replace("'", ""), f"{leaf}:{leaf.rpartition('!')[2]}"))
    return draw.choice((leaf, "true()")) if leaf == "TRUE" else leaf


def places(tree: Tree) -> list[tuple[int, ...]]:
    """Return the way to each node of a tree, by the numbers of operands."""
    below = [(at, *way) for at, operand in enumerate(tree) if isinstance(operand, tuple) for way in places(operand)]
    return [(), *below]


def changed(tree: Tree, way: tuple[int, ...], draw: random.Random) -> Tree:
    """Return the tree with one node changed: another leaf, another sign or function, or operands in another order."""
    if way:
        at = way[0]
        return (*tree[:at], changed(tree[at], way[1:], draw), *tree[at + 1 :])
    match tree:
        case (leaf,):
            group = next((group for group in (_NUMBERS, _CELLS) if leaf in group), ("TRUE", '"a b"'))
            return (draw.choice([other for other in group if other != leaf]),)
        case ("%", operand):
            return ("&", operand, ("1",))
        case (_, operand):
            return ("%", operand)
        case (sign, left, right):
            others = [(other, left, right) for other in _SIGNS if other != sign]
            return draw.choice(others if left == right else [*others, (sign, right, left)])
        case (name, *arguments):
            return (draw.choice([other for other in _CALLS if other != name]), *arguments)
    raise AssertionError(tree)


@given(TREES, st.randoms(use_true_random=False))
def test_a_formula_spelled_otherwise_is_the_same(tree: Tree, draw: random.Random) -> None:
    plain = in_brackets(tree)
    for _ in range(20):
        assert same_formula(plain, otherwise(tree, draw))
    assert canonical_formula(canonical_formula(plain)) == canonical_formula(plain)
    assert len(canonical_formula(plain)) <= len(plain) + plain.count("e") * 2


@given(TREES, st.randoms(use_true_random=False))
def test_a_formula_with_one_part_changed_is_another(tree: Tree, draw: random.Random) -> None:
    for way in places(tree):
        other = changed(tree, way, draw)
        assert not same_formula(in_brackets(tree), otherwise(other, draw)), (tree, other)


def _value(workbook: formualizer.Workbook, formula: str) -> str:
    workbook.set_formula("S", 1, 2, f"={formula}")
    return repr(workbook.evaluate_cell("S", 1, 2))


@given(TREES, st.randoms(use_true_random=False))
def test_the_one_spelling_gives_the_value_of_the_formula_in_brackets(tree: Tree, draw: random.Random) -> None:
    workbook = formualizer.Workbook()
    workbook.add_sheet("S")
    for row in range(1, 6):
        workbook.set_value("S", row, 1, draw.choice((0.1, 0.2, 0.3, 2.0, 3.0, True)))
    assert _value(workbook, canonical_formula(in_brackets(tree))) == _value(workbook, in_brackets(tree))


# -------------------------------------------------------------------------------------------------------------- nonsense

_PIECES = ("(", ")", "{", "}", ",", ";", "'", '"', "[", "]", "!", ":", "-", "+", "^", "%", "#", "@", "A1", "1", ".", "E", " ", "SUM(", "\0", "é", "=", "#REF!", "TRUE", "_xlfn.")  # fmt: skip


def test_no_nonsense_breaks_it_or_takes_long() -> None:
    draw = random.Random(7)
    began = time.process_time()
    for length in (*range(60), *[1_000] * 20):
        text = "".join(draw.choices(_PIECES, k=length))
        assert isinstance(canonical_formula(text), str)
        assert same_formula(text, text)
    assert time.process_time() - began < 2


HOSTILE: dict[str, Callable[[int], str]] = {
    **{f"many {piece!r}": lambda n, piece=piece: piece * (n // len(piece)) for piece in _PIECES},  # type: ignore[misc]
    "a long sum": lambda n: "1+" * (n // 2 - 1) + "1",
    "a long range": lambda n: ":".join(["A1"] * (n // 3)),
    "ranges of minus": lambda n: ":-".join(["A1"] * (n // 4)),
    "a long union": lambda n: ",".join(["A1"] * (n // 3)),
    "a long power": lambda n: "-".join(["2^"] * (n // 4)) + "2",
    "open columns": lambda n: "T[" + "[a]," * (n // 4 - 1),
    "sheets without end": lambda n: "a:b" * (n // 3),
    "open sheets": lambda n: "'a" * (n // 2),
    "one long name": lambda n: "a" * n,
    "one long number": lambda n: "9" * n,
    "one long text": lambda n: '"' + '""' * (n // 2 - 1),
    "a long list": lambda n: "F(" + "1," * (n // 2 - 2) + "1)",
    "blanks": lambda n: "A1" + " " * (n - 4) + "B1",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_formula_takes_a_moment(name: str) -> None:
    text = HOSTILE[name](MAX_FORMULA)
    assert MAX_FORMULA // 2 < len(text) <= MAX_FORMULA
    began = time.process_time()
    canonical_formula(text)
    assert time.process_time() - began < 0.5


def test_brackets_inside_brackets_are_read_as_deep_as_files_may_have_them() -> None:
    for opening, closing in (("(", ")"), ("F(", ")"), ("-(", ")"), ("1=2&3+4*5^F(", ")"), ("{", "}")):
        deep = opening * MAX_NESTING + "1" + closing * MAX_NESTING
        assert same_formula(deep, deep.replace("(", "( ").replace("{", "{ "))
    assert same_formula("f(1)+" * 1_000 + "1", "F(1)+" * 1_000 + "1")  # beside each other, not inside
    deeper = "(" * 5_000 + "1" + ")" * 5_000
    assert canonical_formula(deeper) == deeper


# -------------------------------------------------------------------------------------------------------------- lessons


@pytest.mark.parametrize("name", slow_but(KINDS, {"walkthrough", "diverged", "optimizers", "a logo, png"}))
def test_every_formula_of_a_lesson_is_read_and_stays_apart(name: str, tmp_path: Path) -> None:
    spelled: dict[str, str] = {}
    for sheet in KINDS[name](tmp_path).sheets:
        for formula in {formula for _, _, formula, _ in contents(sheet) if formula is not None}:
            try:
                _Reader(formula).formula()
            except _NoFormulaError:
                pytest.fail(f"{formula} is not read")
            plain = re.sub(r"[\s()]|_xlfn\.", "", formula)  # may two formulas that are one differ in more than this?
            assert spelled.setdefault(canonical_formula(formula), plain) == plain, formula


def _saved_by_openpyxl(path: Path, folder: Path) -> None:
    openpyxl.load_workbook(path).save(folder / path.name)


def _saved_by_gnumeric(path: Path, folder: Path) -> None:
    command = ["ssconvert", "--export-type=Gnumeric_Excel:xlsx2", path, folder / path.name]
    subprocess.run(command, check=True, capture_output=True)


def _saved_by_libreoffice(path: Path, folder: Path) -> None:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [_program(), profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, path]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("name", ["diverged", "vanishing"])
@pytest.mark.parametrize(
    "save",
    [
        slow(_saved_by_openpyxl),
        slow(_saved_by_gnumeric, engine="gnumeric"),
        slow(_saved_by_libreoffice, engine="libreoffice"),
    ],
)
def test_what_a_program_saves_anew_has_the_same_formulas(
    name: str, save: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    path, folder = tmp_path / "book.xlsx", tmp_path / "anew"
    folder.mkdir()
    write_workbook(KINDS[name](tmp_path), path)
    save(path, folder)
    ours, theirs = read_workbook(path), read_workbook(folder / path.name)
    formulas = 0
    for sheet, cells in ours.items():
        for place, cell in cells.items():
            if cell.formula is not None:
                formulas += 1
                assert same_formula(cell.formula, theirs[sheet][place].formula or ""), (sheet, place)
    assert formulas > 1_000
