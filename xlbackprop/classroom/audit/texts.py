"""Formulas that stand as text beside a table, as a derivation has them: ∂E/∂w5 = (a_o1 − t1)·a_o1·(1 − a_o1)·a_h1.

A slip in one changes no number; it is remarked. What is no plain formula of the network's quantities is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlbackprop.classroom.audit.book import BookSheet
from xlbackprop.classroom.audit.formulas import Reference, Unreadable, read_formula
from xlbackprop.classroom.audit.headers import key_of, quantities_by_key
from xlbackprop.classroom.audit.meanings import DERIVED
from xlbackprop.classroom.audit.roots import ANOTHER_FORMULA, roots_of
from xlbackprop.network import Expression, Recipe, Ref
from xlbackprop.workbook import address, column_letters

MOST_TEXTS, LONGEST = 2000, 250
_ADDED = re.compile(r"∂(\w+)\s*/\s*∂(\w+)\s*\)?\s*\+\s*\(?\s*∂(\w+)\s*/\s*∂\w+")
_SPELLED = str.maketrans(
    {"·": "*", "×": "*", "∗": "*", "−": "-", "–": "-", "[": "(", "]": ")", "{": "(", "}": ")", "²": "^2", "½": "(1/2)"}
)


def text_slips(sheet: BookSheet, recipe: Recipe) -> Iterator[str]:
    """Yield a sentence for each text whose formula is not the rule of the quantity that it names."""
    known = quantities_by_key(recipe)
    for place, text in sorted(sheet.texts.items())[:MOST_TEXTS]:
        if (chain := _ADDED.search(text)) and key_of(chain[2]) == key_of(chain[3]) != "":
            yield f"The text in {address(*place)} adds {chain[0].strip('() ')}, where the chain rule multiplies."
        name, sign, _ = text.partition("=")
        quantity = known.get(key_of(name)) if sign and len(text) <= LONGEST else None
        if not isinstance(quantity, DERIVED):
            continue
        tree = _tree(text.rpartition("=")[2], recipe)
        root = None if tree is None else roots_of(recipe).of(quantity, tree)
        if root is not None and not root.sentence.endswith(ANOTHER_FORMULA):  # it may be notation
            yield f"The text in {address(*place)} has a slip, which changes no number: {root.sentence}"


def _tree(text: str, recipe: Recipe) -> Expression | None:
    known = quantities_by_key(recipe)

    def named(name: str) -> Expression:
        if (quantity := known.get(key_of(name))) is None:
            raise Unreadable
        return Ref(quantity)

    def in_cell(one: Reference) -> Expression:  # w5 and t1 look like cells
        row, column = one.place
        return named(f"{column_letters(column)}{row}")

    try:
        return read_formula(text.translate(_SPELLED).replace("**", "^"), in_cell, named)
    except (Unreadable, RecursionError):
        return None
