"""The taught backward pass: ∂E/∂w of one example, for every parameter.

It has two renderings. *Expanded*: each ∂E/∂w is one formula written out in full, as in the walkthrough. *Chain*:
∂E/∂out and ∂E/∂net of every unit have columns of their own, from the outputs back, and each formula is one step of the
chain rule. A loss that is paired with the activation of the outputs gives ∂E/∂net of the outputs at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as cartesian
from typing import NamedTuple

from xlbackprop.network import (
    ACTIVATIONS,
    LOSSES,
    Answer,
    Bias,
    ExponentialSum,
    Expression,
    Gradient,
    Highest,
    Input,
    NetInput,
    Number,
    Output,
    Parameter,
    Quantity,
    Recipe,
    Ref,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
    product,
    total,
)


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


def answer_of(recipe: Recipe, unit: int) -> Answer:
    """Return what the loss of an output unit is made from."""
    depth = recipe.naming.depth
    return Answer(
        t=Ref(Target(unit)),
        a=Ref(Output(depth, unit)),
        z=Ref(NetInput(depth, unit)),
        units=recipe.sizes[-1],
        highest=Ref(Highest(depth)),
        exponential_sum=Ref(ExponentialSum(depth)),
    )


def backward(recipe: Recipe) -> Iterator[Column]:
    """Yield the columns of the backward pass, in the rendering of the recipe."""
    if not recipe.expanded:
        yield from _chain_of_units(recipe)
    if recipe.input_gradients:
        for given in recipe.naming.inputs():
            yield Column(Gradient(given), _input_gradient(recipe, given), "how the loss moves with this input")
    for parameter in recipe.trained:
        yield Column(Gradient(parameter), _gradient(recipe, parameter), _why(recipe, parameter))


def _gradient(recipe: Recipe, parameter: Parameter) -> Expression:
    """Return ∂E/∂w: the blame of the unit that w feeds, times what w carries to it; a bias carries 1.

    A bias that units share takes the blame of each.
    """
    if isinstance(parameter, Weight):
        carried = Ref(recipe.naming.output(parameter.layer - 1, parameter.source))
        return product([*_blame_of(recipe, parameter.layer, parameter.unit), carried])
    fed = recipe.naming.fed_by(parameter)
    return total([product(_blame_of(recipe, parameter.layer, unit)) for unit in fed])


def _why(recipe: Recipe, parameter: Parameter) -> str:
    if recipe.expanded:
        return "the chain rule, all from this row's weights"
    if isinstance(parameter, Bias):
        return "the blame of each unit that the bias feeds"
    return "the blame of the unit that the weight feeds, times what it carries"


def _blame_of(recipe: Recipe, layer: int, unit: int) -> list[Expression]:
    """Return the factors of ∂E/∂(net input): written out, or the column where it stands."""
    return _blame(recipe, layer, unit) if recipe.expanded else [Ref(Gradient(NetInput(layer, unit)))]


def _blame(recipe: Recipe, layer: int, unit: int) -> list[Expression]:
    """Return the factors of ∂E/∂(net input): how the loss moves with what this unit receives.

    At the output: (out − t)·out·(1 − out). Before it: the sum, over the units that this one feeds, of their blame
    times the weight on the way, all times the slope here.
    """
    if layer == recipe.naming.depth:
        loss = LOSSES[recipe.loss]
        slope = loss.slope(answer_of(recipe, unit))
        return [slope] if loss.pairs_with else [slope, *_slope(recipe, layer, unit)]
    through = [
        product([*_blame(recipe, layer + 1, fed), Ref(Weight(layer + 1, fed, unit))])
        for fed in recipe.naming.units(layer + 1)
    ]
    return [total(through), *_slope(recipe, layer, unit)]


def _slope(recipe: Recipe, layer: int, unit: int) -> list[Expression]:
    """Return the factors of ∂out/∂net of a unit."""
    activation = ACTIVATIONS[recipe.layers[layer - 1].activation]
    return activation.slope(Ref(Output(layer, unit)), Ref(NetInput(layer, unit)))


def _input_gradient(recipe: Recipe, given: Input) -> Expression:
    """Return ∂E/∂i1: the blame of each unit of the first layer, times the weight on the way."""
    return total(
        [product([*_blame_of(recipe, 1, unit), Ref(Weight(1, unit, given.unit))]) for unit in recipe.naming.units(1)]
    )


def _chain_of_units(recipe: Recipe) -> Iterator[Column]:
    """Yield, layer by layer from the outputs, all ∂E/∂out and then all ∂E/∂net."""
    naming, loss = recipe.naming, LOSSES[recipe.loss]
    for layer in reversed(naming.layers()):
        paired = layer == naming.depth and loss.pairs_with
        if not paired:
            yield from (_output_gradient(recipe, layer, unit) for unit in naming.units(layer))
        for unit in naming.units(layer):
            if paired:
                formula = loss.slope(answer_of(recipe, unit))
                because = "how the loss moves with what this unit receives"
            else:
                formula = product([Ref(Gradient(Output(layer, unit))), *_slope(recipe, layer, unit)])
                because = "the blame of the output, times the slope here"
            yield Column(Gradient(NetInput(layer, unit)), formula, because)


def _output_gradient(recipe: Recipe, layer: int, unit: int) -> Column:
    """Return ∂E/∂out of a unit: the slope of the loss at the output, before it what the units that it feeds hand back.

    ∂E/∂out_h1 = ∂E/∂o1·w5 + ∂E/∂o2·w7.
    """
    quantity = Gradient(Output(layer, unit))
    if layer == recipe.naming.depth:
        slope = LOSSES[recipe.loss].slope(answer_of(recipe, unit))
        return Column(quantity, slope, "how the loss moves with this answer")
    back = [
        Ref(Gradient(NetInput(layer + 1, fed))) * Ref(Weight(layer + 1, fed, unit))
        for fed in recipe.naming.units(layer + 1)
    ]
    return Column(quantity, total(back), "the blame of each unit that this one feeds, times the weight on the way")


class Factor(NamedTuple):
    """One local derivative of a chain, ∂`top`/∂`bottom`, and what it is."""

    top: Quantity
    bottom: Quantity
    value: Expression


def chains(recipe: Recipe, parameter: Parameter) -> list[list[Factor]]:
    """Return, for every path from a parameter to the loss, its local derivatives from the loss backwards.

    For ∂E/∂w1 of a 2-2-2 network: two paths of five factors, the source's ten. A bias carries 1 to each unit that it
    feeds.
    """
    naming = recipe.naming
    if isinstance(parameter, Weight):
        return _chains_of_weight(recipe, parameter)
    paths = []
    for unit in naming.fed_by(parameter):
        to_bias = Factor(NetInput(parameter.layer, unit), parameter, Number(1.0))
        paths += [[*path[:-1], to_bias] for path in _chains_of_weight(recipe, Weight(parameter.layer, unit, 0))]
    return paths


def _chains_of_weight(recipe: Recipe, weight: Weight) -> list[list[Factor]]:
    naming = recipe.naming
    later = [naming.units(layer) for layer in range(weight.layer + 1, naming.depth + 1)]
    return [_chain(recipe, weight, (weight.unit, *units)) for units in cartesian(*later)]


def _chain(recipe: Recipe, weight: Weight, units: tuple[int, ...]) -> list[Factor]:
    naming, loss, last = recipe.naming, LOSSES[recipe.loss], units[-1]
    slope = loss.slope(answer_of(recipe, last))
    if loss.pairs_with:
        factors = [Factor(TotalLoss(), NetInput(naming.depth, last), slope)]
    else:
        factors = [Factor(UnitLoss(last), Output(naming.depth, last), slope)]
    for step in range(len(units) - 1, -1, -1):
        layer, unit = weight.layer + step, units[step]
        out, net = Output(layer, unit), NetInput(layer, unit)
        if layer < naming.depth or not loss.pairs_with:
            factors.append(Factor(out, net, product(_slope(recipe, layer, unit))))
        if step:
            between = Weight(layer, unit, units[step - 1])
            factors.append(Factor(net, Output(layer - 1, units[step - 1]), Ref(between)))
    carried = naming.output(weight.layer - 1, weight.source)
    factors.append(Factor(NetInput(weight.layer, weight.unit), weight, Ref(carried)))
    return factors
