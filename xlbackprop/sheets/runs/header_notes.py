"""The note on the header of a column, seen by whoever points at it: symbol, rule and reason, in plain words.

    out_h1, forward: what hidden unit 1 passes on.
    out_h1 = σ(h1) = 1/(1 + exp(−h1))
    Why: the activation function: σ(z) = 1/(1 + exp(−z)).

The words depend on the lesson alone, never on a number that is typed.
"""

from __future__ import annotations

from typing import assert_never

from xlbackprop import network
from xlbackprop.lesson import with_own
from xlbackprop.sheets.canvas import role_of
from xlbackprop.sheets.inputs.sheet import parameter_words
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.runs.rule_text import equals, rule_text
from xlbackprop.taught import Column
from xlbackprop.workbook import Role

LONGEST = 400  # characters: what is read at a glance


def header_note(run: RunLayout, column: Column) -> str:
    """Return the note on the header of a column, at most LONGEST characters; a long rule is cut short.

    Raises ValueError for a quantity that has no column.
    """
    name, role = run.of.naming.name(column.quantity), role_of(column.quantity, run.of.naming)
    what = _what(run, column)
    is_named = role is Role.NONE or isinstance(
        column.quantity, network.Weight | network.Bias
    )  # "the weight from …" says it already
    called = with_own(name, run.lesson.own_name(column.quantity, run.index))
    first = f"{called}{'' if is_named else f', {role.value}'}: {what}."
    last = "" if column.because in what else f"\nWhy: {column.because}."
    last += "\nSummary derives this rule." if _is_derived(run, column) else ""
    rule = f"{name} {equals(run.recipe, column.quantity, rule_text(run, column))}"
    return f"{first}\n{_beginning(rule, LONGEST - len(first) - len(last) - 1)}{last}"


def _beginning(text: str, longest: int) -> str:
    """Return the text or, if it is longer than `longest` characters, as many of its words as fit."""
    if len(text) <= longest:
        return text
    return text[: longest - 1].rpartition(" ")[0] + " …"


def _is_derived(run: RunLayout, column: Column) -> bool:
    """Return whether `Summary`, which speaks of the first run, derives this gradient or one of the same form."""
    is_gradient = isinstance(column.quantity, network.Gradient) and isinstance(
        column.quantity.of, network.Weight | network.Bias
    )
    return is_gradient and run.recipe == run.lesson.runs[0].recipe


def _what(run: RunLayout, column: Column) -> str:
    """Return what a column holds, "what hidden unit 1 passes on"; in the words of its own reason where they say it."""
    naming, of_row = run.of.naming, column.quantity
    match of_row:
        case network.Epoch() | network.Step() | network.ExampleNumber() | network.InBatch():
            return column.because
        case network.LearningRate():
            return "the learning rate η in this row"
        case network.Input(unit):
            return f"{column.because}, input {unit + 1}{', scaled on Data' * bool(run.lesson.scale)}"
        case network.Target(unit):
            return f"{column.because} at {_unit(naming, naming.depth, unit)}"
        case network.Weight() | network.Bias():
            return f"the {parameter_words(run.of, of_row)}"
        case network.NetInput(layer, unit):
            return f"what {_unit(naming, layer, unit)} receives"
        case network.Output(layer, unit):
            return f"what {_unit(naming, layer, unit)} {'answers' if layer == naming.depth else 'passes on'}"
        case network.Highest():
            return "the largest of what the output units receive"
        case network.Exponential(layer, unit):
            return f"what {_unit(naming, layer, unit)} brings into the sum that softmax divides by"
        case network.ExponentialSum():
            return "the sum that softmax divides by"
        case network.UnitLoss(unit):
            return f"the part of {_unit(naming, naming.depth, unit)} in the loss"
        case network.TotalLoss():
            penalty = ", with the penalty of large weights" if run.recipe.decays_in_loss else ""
            return f"the loss of this row's example{penalty}"
        case network.EpochLoss():
            return f"{column.because}, added up"
        case network.Correct():
            return f"{column.because}, else 0"
        case network.Gradient(of):
            return _what_a_gradient_is(run, of)
        case network.BatchGradient(of):
            return f"{column.because}, added up for {naming.name(of)}"
        case network.State(kind, of):
            return f"{column.because} for {naming.name(of)}, called {kind} in its rule"
        case network.Constant() | network.Datum() | network.Given():
            raise ValueError(f"{of_row} has no column in the table of a run")
        case _:
            assert_never(of_row)


def _what_a_gradient_is(run: RunLayout, of: network.Quantity) -> str:
    name = run.of.naming.name(of)
    if network.instead_of_slopes(run.recipe):
        what, more = f"what the rule of learning takes for ∂E_Total/∂{name}", "it is no derivative"
    else:
        what, more = f"how fast E_Total grows when {name} grows", "where it is negative, E_Total falls"
    if isinstance(of, network.Weight | network.Bias) and not run.recipe.is_trained(of):
        more = f"no update uses it, as {name} is not trained"
    return f"{what}; {more}"


def _unit(naming: network.Naming, layer: int, unit: int) -> str:
    """Return what a unit is called in words: hidden unit 1, unit 1 of hidden layer 2, output unit 1."""
    if layer == naming.depth:
        return f"output unit {unit + 1}"
    return f"hidden unit {unit + 1}" if naming.depth == 2 else f"unit {unit + 1} of hidden layer {layer}"
