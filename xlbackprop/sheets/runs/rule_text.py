"""The rule of a table's column as text, for `Checks`, `Summary` and the notes on headers."""

from __future__ import annotations

from xlbackprop.network import ACTIVATIONS, Given, NetInput, Output, Quantity, Recipe, Ref, UnitLoss
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.taught import Column, textbook_loss
from xlbackprop.workbook import math_text


def rule_text(run: RunLayout, column: Column) -> str:
    """Return the rule of a column in mathematics; where the first row has a rule of its own, both.

    For w1: w1 (row above) − learning rate·∂E/∂w1 (row above); first row: Inputs.
    """
    name = run.of.naming.name
    text = math_text(column.formula, name)
    if isinstance(column.formula, Ref) and isinstance(column.formula.quantity, Given):
        return f"{text} of Inputs"
    if column.first is None:
        return text
    is_start = isinstance(column.first, Ref) and isinstance(column.first.quantity, Given)
    return f"{text}; first row: {'Inputs' if is_start else math_text(column.first, name)}"


def equals(recipe: Recipe, quantity: Quantity, rule: str) -> str:
    """Return the text right of a quantity's name: = w1·i1 + w2·i2.

    For an output also the symbol of the activation, where that says something else: = σ(h1) = 1/(1 + exp(−h1)). For a
    loss also the textbook's form, in a line of its own above the form in which it is computed.
    """
    mathematics = f"= {rule}"
    if isinstance(quantity, UnitLoss) and (textbook := textbook_loss(recipe, quantity)) is not None:
        return f"= {math_text(textbook, recipe.naming.name)}\n{mathematics}"
    if not isinstance(quantity, Output):
        return mathematics
    activation = ACTIVATIONS.get(recipe.layers[quantity.layer - 1].activation)
    symbol = activation.symbol if activation else ""
    short = f"= {symbol}({recipe.naming.name(NetInput(quantity.layer, quantity.unit))})"
    return mathematics if not symbol or short == mathematics else f"{short} {mathematics}"
