"""The first columns of a run's table: the epoch, step and example of each row, and the example's inputs and targets."""

from __future__ import annotations

from xlbackprop.network import (
    Condition,
    Epoch,
    ExampleNumber,
    Expression,
    Given,
    InBatch,
    Input,
    Number,
    Pick,
    Recipe,
    Ref,
    Step,
    Target,
    if_else,
)
from xlbackprop.taught.column import Column

NEW_STEP = Condition(Ref(Step()), ">", Ref(Step(), back=1))
NEW_EPOCH = Condition(Ref(Epoch()), ">", Ref(Epoch(), back=1))
_ONE = Number(1.0)


def epoch_column(recipe: Recipe) -> Column:
    """Return the column of the epoch: 0, 1, 2, …; with a single example one epoch is one update."""
    above = Ref(Epoch(), back=1)
    if recipe.single:
        return Column(Epoch(), above + 1.0, "how many updates have been made", first=Number(0))
    next_epoch: Expression = above + 1.0
    if recipe.held_back:
        next_epoch = if_else(Condition(above, ">=", float(recipe.epochs)), above, next_epoch)
    formula = if_else(Condition(Ref(ExampleNumber(), back=1), "=", float(recipe.examples)), next_epoch, above)
    return Column(Epoch(), formula, "how often all examples have been gone through", first=Number(0))


def step_column(recipe: Recipe) -> Column:
    """Return the column of the step: the number of updates made so far, 0, 1, 2, …"""
    return Column(Step(), _step(recipe), "how many updates have been made", first=Number(0))


def example_column() -> Column:
    """Return the column of the example's number: 1, 2, 3, 1, 2, 3, … with three examples."""
    following = if_else(NEW_EPOCH, 1.0, Ref(ExampleNumber(), back=1) + 1.0)
    return Column(ExampleNumber(), following, "which example the row looks at", first=_ONE)


def in_batch_column() -> Column:
    """Return the column of the example's position in its step: 1, 2, 1, 2, … where a batch has two."""
    place = if_else(NEW_STEP, 1.0, Ref(InBatch(), back=1) + 1.0)
    return Column(InBatch(), place, "how many examples of this step have been looked at", first=_ONE)


def _step(recipe: Recipe) -> Expression:
    """Return the formula of the step: one more than above where a batch is complete; in the last epoch it stays."""
    above = Ref(Step(), back=1)
    learning = Condition(float(recipe.epochs), ">", Ref(Epoch(), back=1))
    if recipe.batch == 1:
        return if_else(learning, above + 1.0, above)
    if recipe.steps == 1:
        return if_else(NEW_EPOCH, above + 1.0, above)
    complete = if_else(Condition(Ref(InBatch(), back=1), "=", float(recipe.batch)), above + 1.0, above)
    return if_else(NEW_EPOCH, above + 1.0, if_else(learning, complete, above))


def example_data_column(recipe: Recipe, quantity: Input | Target) -> Column:
    """Return the column of an input or a target: the typed number, or, of several examples, that of this row's."""
    block = Ref(Given(quantity))
    formula = block if recipe.single else Pick(block, Ref(ExampleNumber()))
    because = "the training example" if isinstance(quantity, Input) else "what the network should answer"
    return Column(quantity, formula, because)
