"""Which quantities a row of a run's table holds, and in which order. Only identities are here, no rules.

`taught` writes its formulas and `numpy_run` its numbers in this order; whether a run fits a sheet is counted from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from xlbackprop.network.band import Band, Part
from xlbackprop.network.losses import LOSSES
from xlbackprop.network.optimizers import OPTIMIZERS
from xlbackprop.network.quantities import (
    BatchGradient,
    Correct,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Gradient,
    InBatch,
    LearningRate,
    Parameter,
    Quantity,
    State,
    Step,
    TotalLoss,
    UnitLoss,
)
from xlbackprop.network.recipe import Recipe


def row_quantities(recipe: Recipe) -> Iterator[Quantity]:
    """Yield all quantities of a row in the order of its columns, the epoch first."""
    return _listed(row_bands(recipe))


def backward_quantities(recipe: Recipe) -> Iterator[Quantity]:
    """Yield the gradients of a row in the order of its columns: ∂E/∂out and ∂E/∂net in a chain, then ∂E/∂w1, …"""
    return _listed(_backward(recipe))


def _listed(of: Iterator[Band]) -> Iterator[Quantity]:
    return (quantity for band in of for quantity in band.quantities)


def row_bands(recipe: Recipe) -> Iterator[Band]:
    """Yield the bands of a row in the order of its columns; they are few, so their counts give its length quickly."""
    naming = recipe.naming
    yield Band(Part.EPOCH, 1, (Epoch(),))
    yield from _counters(recipe)
    yield Band(Part.TARGET, naming.sizes[-1], naming.targets())
    yield Band(Part.INPUT, naming.sizes[0], naming.inputs())
    for number in naming.layers():
        layer = naming.layer(number)
        yield Band(Part.WEIGHT, layer.weight_count, layer.weights())
        yield Band(Part.BIAS, layer.bias_count, layer.biases())
        yield from layer.bands()
    yield from _losses(recipe)
    yield from _backward(recipe)
    yield from _of_steps(recipe)


def _counters(recipe: Recipe) -> Iterator[Band]:
    if not recipe.single:
        yield Band(Part.COUNTER, 1, (Step(),))
        yield Band(Part.COUNTER, 1, (ExampleNumber(),))
    if recipe.sums:
        yield Band(Part.COUNTER, 1, (InBatch(),))
    if recipe.schedule != "constant":
        yield Band(Part.COUNTER, 1, (LearningRate(),))


def _losses(recipe: Recipe) -> Iterator[Band]:
    outputs = recipe.sizes[-1]
    yield Band(Part.LOSS, outputs, map(UnitLoss, range(outputs)))
    yield Band(Part.LOSS, 1, (TotalLoss(),))
    if not recipe.single:
        yield Band(Part.LOSS, 1, (EpochLoss(),))
    if recipe.accuracy:
        yield Band(Part.LOSS, 1, (Correct(),))


def _backward(recipe: Recipe) -> Iterator[Band]:
    """Yield the bands of gradients: in a chain ∂E/∂out and ∂E/∂net of each layer, outputs first; then ∂E/∂i, ∂E/∂w.

    The outputs have no ∂E/∂out where the loss is paired with their activation: it gives ∂E/∂net at once.
    """
    naming = recipe.naming
    for number in () if recipe.expanded else reversed(naming.layers()):
        layer = naming.layer(number)
        if number < naming.depth or not LOSSES[recipe.loss].pairs_with:
            yield Band(Part.UNIT, layer.units, map(Gradient, layer.outputs()))
        yield Band(Part.UNIT, layer.units, map(Gradient, layer.nets()))
    if recipe.input_gradients:
        yield Band(Part.INPUT_GRADIENT, recipe.inputs, map(Gradient, naming.inputs()))
    yield Band(Part.GRADIENT, recipe.gradient_count, map(Gradient, _with_gradient(recipe)))


def _of_steps(recipe: Recipe) -> Iterator[Band]:
    """Yield the bands of the gradients added up over a step, Σ∂E/∂w1, and of the optimizer's numbers, v_w1."""
    if recipe.sums:
        yield Band(Part.BATCH_GRADIENT, recipe.trained_count, map(BatchGradient, _trained(recipe)))
    for letter in OPTIMIZERS[recipe.optimizer].keeps:
        yield Band(Part.STATE, recipe.trained_count, map(partial(State, letter), _trained(recipe)))


def _with_gradient(recipe: Recipe) -> Iterator[Parameter]:
    return filter(recipe.has_gradient, recipe.naming.parameters())


def _trained(recipe: Recipe) -> Iterator[Parameter]:
    """Yield the parameters of `recipe.trained` one by one, so that none are made where they are only counted."""
    return filter(recipe.is_trained, recipe.naming.parameters())
