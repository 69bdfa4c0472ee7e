"""Headings in the dialects of many people, and formulas as they are typed, read as quantities."""

from __future__ import annotations

import pytest

from tests.by_hand import NAMING, RECIPE
from xlbackprop.classroom.audit.differences import Comparison
from xlbackprop.classroom.audit.formulas import Reference, Unreadable, read_formula, references
from xlbackprop.classroom.audit.headers import key_of, quantities_by_key, stated_number
from xlbackprop.network import Expression, Ref

MEANT = {
    "out_h1": [
        "a_h1",
        "A_H1",
        "out_h1",
        "act_h1",
        "a(h1)",
        "σ(h1)",
        "h1_out",
        "out h1",
        "ah1",
        "H1 out",
        "sigmoid(h1)",
    ],
    "out_o2": ["a_o2", "a_02", "out_O2", "Out o2", "aO2", "σ(02)", "act(o2)", "output2"],
    "h1": ["h1", "H1", "net_h1", "net h1", "H1 in", "z_h1", "h1 (net)", "h1 = w1*i1 + w2*i2"],
    "o1": ["o1", "O1", "net o1", "01"],
    "E_Total": ["E_T", "E_tot", "Etotal", "E_Total", "Total Error", "Loss", "E", "∑E", "MSE", "Total Loss", "E total"],
    "E1": ["E1", "error1", "E_1", "Error 1", "E1 total", "e1", "E_o1"],
    "∂E/∂w1": [
        *("∂E/∂w1", "dE/dw1", "ӘE_T/Әw1", "δE_total/δw1", "E∂w1", "Edw1", "Etotaldw1", "∂Ew1", "∂E∂W1", "dEt/dw1"),
        *("𝜕E/𝜕w1", "∂E_t/∂W1", "dw1", "grad w1", "w1 grad", "dL/dw1", "∂E_total / ∂w₁"),
    ],
    "∂E/∂w5": ["∂E1/∂w5", "dE1/dw5"],
    "w1": ["w1", "W1", "w₁", "w_1", "weight 1", "w1 (0.15)", "w1\n(start)"],
    "t1": ["t1", "T1", "target1", "Target 1", "t_1", "y1"],
    "i2": ["i2", "I2", "x2", "input 2", "i_2"],
    "learning rate": ["η", "lr", "LR", "learning rate", "learningRate=", "α = ", "L.R", "Learning Rate, η = "],
    "epoch": ["epoch", "Step", "Iteration", "#", "Epochs"],
}
NONE = ["", "w1_new", "w1'", "∂a_h1/∂h1", "∂o1/∂a_h1", "Δw1", "∂E1/∂w1", "T", "sum", "remark", "Sheet1", "x" * 99]


@pytest.mark.parametrize("name", MEANT)
def test_headings_in_many_dialects(name: str) -> None:
    known = quantities_by_key(RECIPE)
    for heading in MEANT[name]:
        quantity = known.get(key_of(heading))
        assert quantity is not None, heading
        assert NAMING.name(quantity) == name, heading


def test_what_is_no_heading_of_the_network() -> None:
    known = quantities_by_key(RECIPE)
    assert [heading for heading in NONE if key_of(heading) in known] == []


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("w4 = 0.3", ("w4", 0.3)),
        ("LR = 0.5", ("rate", 0.5)),
        ("learning rate: 0,5", ("rate", 0.5)),
        ("E_tot LR=0.1", ("rate", 0.1)),
        ("Error 1", None),
        ("w1", None),
    ],
)
def test_numbers_that_a_text_states(text: str, stated: tuple[str, float] | None) -> None:
    assert stated_number(text) == stated


# ------------------------------------------------------------------------------------------------------------ formulas


def read(formula: str) -> Expression:
    """Return a formula in which the columns A to F of row 9 are w1, i1, w2, i2, h1, out_h1."""
    names = ["w1", "i1", "w2", "i2", "h1", "out_h1"]
    known = {NAMING.name(quantity): quantity for quantity in quantities_by_key(RECIPE).values()}

    def meaning(one: Reference) -> Expression:
        return Ref(known[names[one.place[1] - 1]], 9 - one.place[0])

    def no_name(_: str) -> Expression:
        raise Unreadable

    return read_formula(formula, meaning, no_name)


SAME = Comparison(RECIPE).same
H1, OUT = "A9*B9+C9*D9", "1/(1+EXP(-E9))"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (H1, "= (D9*C9) + B9 * A9"),
        (H1, "SUM(A9*B9,C9*D9)"),
        (H1, "PRODUCT(A9:B9)+PRODUCT($C9,D$9)"),
        (OUT, "(1+exp(-E9))^-1"),
        (OUT, "1/(1+EXP(-1*(E9)))"),
        (OUT, "EXP(E9)/(1+EXP(E9))"),
        ("-E9^2", "E9*E9"),  # as a spreadsheet reads it
        ("0.5*(E9-F9)^2", "1/2*POWER(F9-E9,2)"),
        ("50%*E9", "E9/2"),
        ("POW(E9,2)", "SUMSQ(E9)"),
    ],
)
def test_formulas_that_are_the_same_in_other_words(one: str, other: str) -> None:
    assert SAME(read(one), read(other))


@pytest.mark.parametrize(
    "formula", ["IF(A9>0,1,2)", '"a"&B9', "A9:B9", "(A9", "A9)", "", "1..2", "NOSUCH(A9)", "[1]S!A9"]
)
def test_what_no_rule_is_made_of_is_refused(formula: str) -> None:
    with pytest.raises(Unreadable):
        read(formula)


def test_the_references_of_a_formula() -> None:
    found = references("'LR 0.1'!$B$4*A9 - Sheet2!C$3")
    assert [(one.sheet, one.place, one.fixed_row) for one in found] == [
        ("LR 0.1", (4, 2), True),
        ("", (9, 1), False),
        ("Sheet2", (3, 3), True),
    ]


def test_the_smallest_parts_that_differ() -> None:
    compare = Comparison(RECIPE).differences
    assert compare(read(H1), read("C9*D9+B9*A9")) == []
    (part,) = compare(read(H1), read("A9*D9+C9*D9"))
    assert (part.right, part.found) == (read("B9"), read("D9"))
    (part,) = compare(read(OUT), read("1/(1+EXP(-E12))"))
    assert (part.right, part.found) == (read("E9"), read("E12"))
