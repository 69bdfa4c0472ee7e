"""The columns of a run's table: a formula for each quantity of a row.

This is the formula side of the proof. It must not import `numpy_run`, the NumPy side: the proof is that both agree. The
formulas are written by hand, one number at a time, because their shape is the lesson.

A row of the table belongs to one training example. With several examples the parameters change where the step does;
in the last epoch they change no more, so that all its rows show the trained network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import assert_never

from xlbackprop import network
from xlbackprop.taught.chain_rule import gradient_column
from xlbackprop.taught.column import Column
from xlbackprop.taught.counters import epoch_column, example_column, example_data_column, in_batch_column, step_column
from xlbackprop.taught.forward import forward_column
from xlbackprop.taught.loss import correct_column, epoch_loss_column, total_loss_column, unit_loss_column
from xlbackprop.taught.updates import gathered_column, learning_rate_column, parameter_column, state_column


@lru_cache(maxsize=16)  # every run of a recipe asks for them
def columns(recipe: network.Recipe) -> tuple[Column, ...]:
    """Return the columns of a run's table in their order, without the first, which is the epoch."""
    return tuple(
        column_of(recipe, quantity) for quantity in network.row_quantities(recipe) if quantity != network.Epoch()
    )


def backward(recipe: network.Recipe) -> Iterator[Column]:
    """Yield the columns of the backward pass: ∂E/∂w1, …; where the recipe is not expanded ∂E/∂out and ∂E/∂net first."""
    return (column_of(recipe, quantity) for quantity in network.backward_quantities(recipe))


def column_of(recipe: network.Recipe, quantity: network.Quantity) -> Column:
    """Return the column of a quantity. Raises ValueError for one without a column: Constant, Datum, Given."""
    match quantity:
        case network.Epoch():
            return epoch_column(recipe)
        case network.Step():
            return step_column(recipe)
        case network.ExampleNumber():
            return example_column()
        case network.InBatch():
            return in_batch_column()
        case network.Input() | network.Target():
            return example_data_column(recipe, quantity)
        case network.Weight() | network.Bias():
            return parameter_column(recipe, quantity)
        case (
            network.NetInput() | network.Output() | network.Highest() | network.Exponential() | network.ExponentialSum()
        ):
            return forward_column(recipe, quantity)
        case network.UnitLoss():
            return unit_loss_column(recipe, quantity)
        case network.TotalLoss():
            return total_loss_column(recipe)
        case network.EpochLoss():
            return epoch_loss_column(recipe)
        case network.Correct():
            return correct_column(recipe)
        case network.Gradient():
            return gradient_column(recipe, quantity)
        case network.BatchGradient():
            return gathered_column(quantity)
        case network.State():
            return state_column(recipe, quantity)
        case network.LearningRate():
            return learning_rate_column(recipe)
        case network.Constant() | network.Datum() | network.Given():
            raise ValueError(f"{quantity} is typed, and stands in no row")
        case _:
            assert_never(quantity)
