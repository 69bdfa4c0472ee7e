"""The taught forward pass: the net input and the output of each unit."""

from __future__ import annotations

from typing import TypeAlias, assert_never

from xlbackprop.network import (
    LONGEST_SUM,
    Dense,
    Exponential,
    ExponentialSum,
    Expression,
    Function,
    Highest,
    Largest,
    NetInput,
    Output,
    Recipe,
    Ref,
    Softmax,
    SumProduct,
    activation_of,
    call,
    total,
)
from xlbackprop.taught.column import Column

OfUnits: TypeAlias = NetInput | Output | Highest | Exponential | ExponentialSum


def forward_column(recipe: Recipe, quantity: OfUnits) -> Column:
    """Return the column of a net input, an output or, for softmax, max_o, exp_o1, sum_exp_o.

    Softmax takes exponentials of distances to the largest net input, because these cannot overflow.
    """
    match quantity:
        case NetInput():
            return _net_input(recipe, quantity)
        case Output():
            return _output(recipe, quantity)
        case Highest(layer):
            nets = tuple(Ref(net) for net in recipe.naming.layer(layer).nets())
            return Column(quantity, Largest(nets), "the largest; distances to it cannot overflow")
        case Exponential(layer, unit):
            distance = Ref(NetInput(layer, unit)) - Ref(Highest(layer))
            return Column(quantity, call(Function.EXP, distance), "e to the power of the distance")
        case ExponentialSum(layer):
            terms = [Ref(Exponential(layer, unit)) for unit in recipe.naming.units(layer)]
            return Column(quantity, total(terms), "the sum of the exponentials")
        case _:
            assert_never(quantity)


def _net_input(recipe: Recipe, net: NetInput) -> Column:
    """Return the column of a net input: w1·i1 + w2·i2 + b1, as one SUMPRODUCT where there are many sources."""
    terms = recipe.naming.layer(net.layer).terms(net.unit)
    products = [(Ref(term.parameter), Ref(term.source)) for term in terms if term.source is not None]
    biases = [Ref(term.parameter) for term in terms if term.source is None]
    weighted: list[Expression] = [weight * number for weight, number in products]
    if len(products) > LONGEST_SUM:
        weights, received = zip(*products, strict=True)
        weighted = [SumProduct(weights, received)]
    because = "the weighted sum of what the unit receives" + (", and its bias" if biases else "")
    return Column(net, total([*weighted, *biases]), because)


def _output(recipe: Recipe, output: Output) -> Column:
    """Return the column of an output: the activation function of its net input, or for softmax exp_o1/sum_exp_o."""
    match recipe.naming.layer(output.layer):
        case Softmax():
            share = Ref(Exponential(output.layer, output.unit)) / Ref(ExponentialSum(output.layer))
            return Column(output, share, "softmax: the unit's share of the sum")
        case Dense():
            activation = activation_of(recipe.layers[output.layer - 1])
            formula = activation.formula(Ref(NetInput(output.layer, output.unit)))
            return Column(output, formula, f"the activation function: {activation.rule}")
        case other:
            assert_never(other)
