"""The taught chain rule: one Column for every number of the table, in the order of the source walkthrough.

This is the formula side of the proof. It must not know `training`, the NumPy side: their likeness is the proof. The
backward formulas are written by hand, one number at a time, because their shape is the lesson.

The backward pass has two renderings. *Expanded*: each ∂E/∂w is one formula written out in full, as in the walkthrough.
*Chain*, where that would be too long: ∂E/∂out and ∂E/∂net of every unit have columns of their own, from the outputs
back, and each formula is one step of the chain rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product as cartesian
from typing import NamedTuple

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.expression import Expression, Number, Ref, SumProduct, product, total
from xlbackprop.lesson import Lesson
from xlbackprop.losses import LOSSES
from xlbackprop.optimizers import OPTIMIZERS
from xlbackprop.quantities import (
    Epoch,
    Given,
    Gradient,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)

# Up to here a reader follows a sum term by term, w1·i1 + w2·i2 + …; a longer one says more as a single SUMPRODUCT.
LONGEST_SUM = 8


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every row: which it is, how it is computed from its row and the row above, and why.

    `first` is the rule of the first row where there is no row above.
    """

    quantity: Quantity
    formula: Expression
    because: str
    first: Expression | None = None

    def rule(self, index: int) -> Expression:
        """Return the rule of the row with this index, counted from 0."""
        return self.first if index == 0 and self.first is not None else self.formula


@lru_cache(maxsize=4)  # every run of a lesson asks for them
def columns(lesson: Lesson) -> tuple[Column, ...]:
    """Return the columns of a run's table in the order in which they stand."""
    return (*_example(lesson), *_forward(lesson), *_loss(lesson), *_backward(lesson))


def epoch_column() -> Column:
    """Return the column that counts the updates: 0, 1, 2, …"""
    return Column(Epoch(), Ref(Epoch(), back=1) + 1.0, "how many updates have been made", first=Number(0))


def _example(lesson: Lesson) -> Iterator[Column]:
    for target in lesson.naming.targets():
        yield Column(target, Ref(Given(target)), "what the network should answer")
    for given in lesson.naming.inputs():
        yield Column(given, Ref(Given(given)), "the training example")


def _forward(lesson: Lesson) -> Iterator[Column]:
    naming = lesson.naming
    for layer in naming.layers():
        for weight in naming.weights(layer):
            yield _weight(lesson, weight)
        units = naming.units(layer)
        if len(units) > LONGEST_SUM:
            # what a SUMPRODUCT of the next layer multiplies must stand next to each other
            yield from (_net(lesson, layer, unit) for unit in units)
            yield from (_out(lesson, layer, unit) for unit in units)
        else:
            for unit in units:
                yield _net(lesson, layer, unit)
                yield _out(lesson, layer, unit)


def _net(lesson: Lesson, layer: int, unit: int) -> Column:
    return Column(NetInput(layer, unit), net_input(lesson, layer, unit), "the weighted sum of what the unit receives")


def _out(lesson: Lesson, layer: int, unit: int) -> Column:
    activation = ACTIVATIONS[lesson.layers[layer - 1].activation]
    formula = activation.formula(Ref(NetInput(layer, unit)))
    return Column(Output(layer, unit), formula, f"the activation function: {activation.rule}")


def net_input(lesson: Lesson, layer: int, unit: int) -> Expression:
    """Return what a unit receives: w1·i1 + w2·i2, as one SUMPRODUCT where there are many sources."""
    naming = lesson.naming
    sources = naming.units(layer - 1)
    weights = tuple(Ref(Weight(layer, unit, source)) for source in sources)
    received = tuple(Ref(naming.output(layer - 1, source)) for source in sources)
    if len(sources) > LONGEST_SUM:
        return SumProduct(weights, received)
    return total([weight * number for weight, number in zip(weights, received, strict=True)])


def _weight(lesson: Lesson, weight: Weight) -> Column:
    update = OPTIMIZERS[lesson.optimizer]
    return Column(
        weight,
        update.formula(Ref(weight, back=1), Ref(Gradient(weight), back=1), Ref(Given(LearningRate()))),
        f"the update: {update.rule}",
        first=Ref(Given(weight)),
    )


def _loss(lesson: Lesson) -> Iterator[Column]:
    loss = LOSSES[lesson.loss]
    units = lesson.naming.units(lesson.naming.depth)
    for unit in units:
        yield Column(
            UnitLoss(unit), loss.formula(Ref(Target(unit)), Ref(_answer(lesson, unit))), f"the loss: {loss.rule}"
        )
    yield Column(TotalLoss(), total([Ref(UnitLoss(unit)) for unit in units]), "the sum over the output units")


def _answer(lesson: Lesson, unit: int) -> Output:
    return Output(lesson.naming.depth, unit)


def _backward(lesson: Lesson) -> Iterator[Column]:
    return expanded(lesson) if lesson.renders_expanded else chain(lesson)


def expanded(lesson: Lesson) -> Iterator[Column]:
    """Yield the backward pass with each ∂E/∂w in one formula, written out in full."""
    for weight in lesson.naming.weights():
        yield Column(Gradient(weight), gradient(lesson, weight), "the chain rule, all from this row's weights")


def gradient(lesson: Lesson, weight: Weight) -> Expression:
    """Return ∂E/∂w written out in full: the blame of the unit that w feeds, times what w carries to it."""
    carried = Ref(lesson.naming.output(weight.layer - 1, weight.source))
    return product([*_blame(lesson, weight.layer, weight.unit), carried])


def _blame(lesson: Lesson, layer: int, unit: int) -> list[Expression]:
    """Return the factors of ∂E/∂(net input): how the loss moves with what this unit receives.

    At the output: (out − t)·out·(1 − out). Before it: the sum, over the units that this one feeds, of their blame
    times the weight on the way, all times the slope here.
    """
    slope = ACTIVATIONS[lesson.layers[layer - 1].activation].slope(Ref(Output(layer, unit)))
    if layer == lesson.naming.depth:
        return [LOSSES[lesson.loss].slope(Ref(Target(unit)), Ref(_answer(lesson, unit))), *slope]
    through = [
        product([*_blame(lesson, layer + 1, fed), Ref(Weight(layer + 1, fed, unit))])
        for fed in lesson.naming.units(layer + 1)
    ]
    return [total(through), *slope]


def chain(lesson: Lesson) -> Iterator[Column]:
    """Yield the backward pass one step of the chain rule a column: layer by layer from the outputs, then each ∂E/∂w.

    Of each layer all ∂E/∂out come first, then all ∂E/∂net.
    """
    naming = lesson.naming
    for layer in reversed(naming.layers()):
        for unit in naming.units(layer):
            yield _output_gradient(lesson, layer, unit)
        for unit in naming.units(layer):
            slope = ACTIVATIONS[lesson.layers[layer - 1].activation].slope(Ref(Output(layer, unit)))
            formula = product([Ref(Gradient(Output(layer, unit))), *slope])
            yield Column(Gradient(NetInput(layer, unit)), formula, "the blame of the output, times the slope here")
    for weight in naming.weights():
        carried = Ref(naming.output(weight.layer - 1, weight.source))
        formula = Ref(Gradient(NetInput(weight.layer, weight.unit))) * carried
        yield Column(Gradient(weight), formula, "the blame of the unit that the weight feeds, times what it carries")


def _output_gradient(lesson: Lesson, layer: int, unit: int) -> Column:
    """Return ∂E/∂out of a unit: the slope of the loss at the output, before it what the units that it feeds hand back.

    ∂E/∂out_h1 = ∂E/∂o1·w5 + ∂E/∂o2·w7.
    """
    quantity = Gradient(Output(layer, unit))
    if layer == lesson.naming.depth:
        slope = LOSSES[lesson.loss].slope(Ref(Target(unit)), Ref(_answer(lesson, unit)))
        return Column(quantity, slope, "how the loss moves with this answer")
    back = [
        Ref(Gradient(NetInput(layer + 1, fed))) * Ref(Weight(layer + 1, fed, unit))
        for fed in lesson.naming.units(layer + 1)
    ]
    return Column(quantity, total(back), "the blame of each unit that this one feeds, times the weight on the way")


class Factor(NamedTuple):
    """One local derivative of a chain, ∂`top`/∂`bottom`, and what it is."""

    top: Quantity
    bottom: Quantity
    value: Expression


def chains(lesson: Lesson, weight: Weight) -> list[list[Factor]]:
    """Return, for every path from a weight to the loss, its local derivatives from the loss backwards.

    For ∂E/∂w1 of a 2-2-2 network: two paths of five factors, the source's ten.
    """
    later = [lesson.naming.units(layer) for layer in range(weight.layer + 1, lesson.naming.depth + 1)]
    return [_chain(lesson, weight, (weight.unit, *units)) for units in cartesian(*later)]


def _chain(lesson: Lesson, weight: Weight, units: tuple[int, ...]) -> list[Factor]:
    last = units[-1]
    answer = _answer(lesson, last)
    factors = [Factor(UnitLoss(last), answer, LOSSES[lesson.loss].slope(Ref(Target(last)), Ref(answer)))]
    for step in range(len(units) - 1, -1, -1):
        layer, unit = weight.layer + step, units[step]
        out, net = Output(layer, unit), NetInput(layer, unit)
        factors.append(Factor(out, net, product(ACTIVATIONS[lesson.layers[layer - 1].activation].slope(Ref(out)))))
        if step:
            between = Weight(layer, unit, units[step - 1])
            factors.append(Factor(net, Output(layer - 1, units[step - 1]), Ref(between)))
    carried = lesson.naming.output(weight.layer - 1, weight.source)
    factors.append(Factor(NetInput(weight.layer, weight.unit), weight, Ref(carried)))
    return factors
