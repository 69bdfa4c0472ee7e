"""The taught backward pass: ∂E/∂w of one example, for every parameter.

It has two renderings. *Expanded*: each ∂E/∂w is one formula written out in full, as in the walkthrough. *Chain*:
∂E/∂out and ∂E/∂net of every unit have columns of their own, from the outputs back, and each formula is one step of the
chain rule. A loss that is paired with the activation of the outputs gives ∂E/∂net of the outputs at once.

The sheets call ∂E/∂net the "blame" of a unit: the derivative of the loss with respect to its net input.
"""

from __future__ import annotations

from typing import NamedTuple, assert_never

from xlbackprop.network import (
    LONGEST_SUM,
    Bias,
    Dense,
    Expression,
    Gradient,
    Input,
    Naming,
    NetInput,
    Number,
    Output,
    Parameter,
    Quantity,
    Recipe,
    Ref,
    SumProduct,
    Term,
    TotalLoss,
    UnitLoss,
    Weight,
    activation_of,
    loss_of,
    mixes_outputs,
    product,
    total,
)
from xlbackprop.taught.column import Column
from xlbackprop.taught.loss import answer_of, penalty_slope


def gradient_column(recipe: Recipe, gradient: Gradient) -> Column:
    """Return the column of a gradient: ∂E/∂w, ∂E/∂b, ∂E/∂net, ∂E/∂out or ∂E/∂i."""
    match gradient.of:
        case Weight() | Bias():
            return Column(gradient, _of_parameter(recipe, gradient.of), _why(recipe, gradient.of))
        case NetInput():
            return _of_net_input(recipe, gradient.of)
        case Output():
            return _of_output(recipe, gradient.of)
        case Input(unit):
            return Column(gradient, _handed_back(recipe, 0, unit), "how the loss moves with this input")
        case _:
            assert_never(gradient.of)


def _of_parameter(recipe: Recipe, parameter: Parameter) -> Expression:
    """Return ∂E/∂w: ∂E/∂net of the unit that w feeds, times the number that w multiplies; for a bias that is 1.

    For a bias that units share, it is the sum over these units. A penalty of large weights adds its own slope.
    """
    terms = recipe.naming.layer(parameter.layer).terms_with(parameter)
    paths = [product([*_blame(recipe, term.net), _carried(term)]) for term in terms]
    if recipe.decays_in_loss and isinstance(parameter, Weight):
        paths.append(penalty_slope(parameter))
    return total(paths)


def _carried(term: Term) -> Expression:
    return Number(1.0) if term.source is None else Ref(term.source)


def _why(recipe: Recipe, parameter: Parameter) -> str:
    if recipe.expanded:
        return "the chain rule, all from this row's weights"
    if isinstance(parameter, Bias):
        return "the blame of each unit that the bias feeds"
    penalty = ", and the slope of the penalty" if recipe.decays_in_loss else ""
    return f"the blame of the unit that the weight feeds, times what it carries{penalty}"


def _blame(recipe: Recipe, net: NetInput) -> list[Expression]:
    """Return the factors of ∂E/∂net: written out where the recipe is expanded, else a reference to its column.

    At the outputs: (out − t)·out·(1 − out). In hidden layers: ∂E/∂out, written out in the same way, times ∂out/∂net.
    """
    if not recipe.expanded:
        return [Ref(Gradient(net))]
    if net.layer < recipe.naming.depth:
        return [_handed_back(recipe, net.layer, net.unit), *_slope(recipe, net)]
    if mixes_outputs(recipe):
        return [total([product([_loss_slope(recipe, unit), _share_slope(net, unit)]) for unit in _outputs(recipe)])]
    slope = _loss_slope(recipe, net.unit)
    return [slope] if loss_of(recipe).pairs_with else [slope, *_slope(recipe, net)]


def _loss_slope(recipe: Recipe, unit: int) -> Expression:
    """Return the slope of the loss at an output unit: ∂E/∂out or, of a loss that is paired, ∂E/∂net."""
    return loss_of(recipe).slope(answer_of(recipe, unit))


def _outputs(recipe: Recipe) -> range:
    return recipe.naming.units(recipe.naming.depth)


def _handed_back(recipe: Recipe, layer: int, unit: int) -> Expression:
    """Return ∂E/∂out of a unit, in layer 0 ∂E/∂i: ∂E/∂net of each unit that it feeds, times the weight between them.

    For example ∂E/∂out_h1 = ∂E/∂o1·w5 + ∂E/∂o2·w7.
    """
    terms = recipe.naming.layer(layer + 1).terms_from(unit)
    return total([product([*_blame(recipe, term.net), Ref(term.parameter)]) for term in terms])


def _slope(recipe: Recipe, net: NetInput) -> list[Expression]:
    """Return the factors of ∂out/∂net, the slope of the unit's activation function: out_h1·(1 − out_h1)."""
    match recipe.naming.layer(net.layer):
        case Dense():  # never called for softmax, in which no unit has a slope of its own
            activation = activation_of(recipe.layers[net.layer - 1])
            return activation.slope(Ref(Output(net.layer, net.unit)), Ref(net))
        case other:
            assert_never(other)


def _share_slope(net: NetInput, unit: int) -> Expression:
    """Return ∂out/∂net of softmax, the output of `unit` by `net`: out_o1·(1 − out_o1), −out_o2·out_o1 for others."""
    own, other = Ref(Output(net.layer, net.unit)), Ref(Output(net.layer, unit))
    return own * (1.0 - own) if unit == net.unit else -(other * own)


# -------------------------------------------------------------------------------------- the columns of a chain of units


def _of_output(recipe: Recipe, output: Output) -> Column:
    """Return the column of ∂E/∂out: the slope of the loss at the outputs, a sum over the next layer before them."""
    if output.layer == recipe.naming.depth:
        return Column(Gradient(output), _loss_slope(recipe, output.unit), "how the loss moves with this answer")
    because = "the blame of each unit that this one feeds, times the weight on the way"
    return Column(Gradient(output), _handed_back(recipe, output.layer, output.unit), because)


def _of_net_input(recipe: Recipe, net: NetInput) -> Column:
    """Return the column of ∂E/∂net: ∂E/∂out·∂out/∂net, or in one where the loss is paired with the activation."""
    if net.layer == recipe.naming.depth and loss_of(recipe).pairs_with:
        return Column(Gradient(net), _loss_slope(recipe, net.unit), "how the loss moves with what this unit receives")
    if net.layer == recipe.naming.depth and mixes_outputs(recipe):
        return _of_mixed(recipe, net)
    formula = product([Ref(Gradient(Output(net.layer, net.unit))), *_slope(recipe, net)])
    return Column(Gradient(net), formula, "the blame of the output, times the slope here")


def _of_mixed(recipe: Recipe, net: NetInput) -> Column:
    """Return the column of ∂E/∂net of a softmax unit: out_o1·(∂E/∂out_o1 − (∂E/∂out_o1·out_o1 + ∂E/∂out_o2·out_o2))."""
    outputs = tuple(Output(net.layer, unit) for unit in _outputs(recipe))
    pairs = [(Ref(Gradient(output)), Ref(output)) for output in outputs]
    mean: Expression = total([slope * share for slope, share in pairs])
    if len(pairs) > LONGEST_SUM:
        slopes, shares = zip(*pairs, strict=True)
        mean = SumProduct(slopes, shares)
    own = Output(net.layer, net.unit)
    because = "the blame of the output beside the mean blame of all shares: what one gains, the others lose"
    return Column(Gradient(net), Ref(own) * (Ref(Gradient(own)) - mean), because)


# --------------------------------------------------------------------------------------------------- path after path


class Factor(NamedTuple):
    """One local derivative of a chain, ∂`top`/∂`bottom`, as a tree: ∂out_h1/∂h1 = out_h1·(1 − out_h1)."""

    top: Quantity
    bottom: Quantity
    value: Expression


def chains(recipe: Recipe, parameter: Parameter) -> list[list[Factor]]:
    """Return every path from a parameter to the loss, each as its local derivatives, from the loss backwards.

    For ∂E/∂w1 of a 2-2-2 network: two paths of five factors, the ten of the source walkthrough. For a bias the last
    factor is 1.
    """
    paths = _paths(recipe.naming, parameter)
    if mixes_outputs(recipe):
        return [_chain(recipe, path, unit) for path in paths for unit in _outputs(recipe)]
    return [_chain(recipe, path, path[-1].net.unit) for path in paths]


def _paths(naming: Naming, parameter: Parameter) -> list[tuple[Term, ...]]:
    """Return every path from a parameter to the outputs, one term per layer: w1·i1 (in h1), then w5·out_h1 (in o1)."""
    paths: list[tuple[Term, ...]] = [(term,) for term in naming.layer(parameter.layer).terms_with(parameter)]
    for layer in range(parameter.layer + 1, naming.depth + 1):
        feeds = naming.layer(layer).terms_from
        paths = [(*path, term) for path in paths for term in feeds(path[-1].net.unit)]
    return paths


def _chain(recipe: Recipe, path: tuple[Term, ...], unit: int) -> list[Factor]:
    """Return the local derivatives along a path, from the loss of an output unit backwards."""
    depth, paired, last = recipe.naming.depth, bool(loss_of(recipe).pairs_with), path[-1].net
    slope = _loss_slope(recipe, unit)
    factors = [Factor(TotalLoss(), last, slope) if paired else Factor(UnitLoss(unit), Output(depth, unit), slope)]
    for step, term in reversed([*enumerate(path)]):
        net = term.net
        if net.layer == depth and mixes_outputs(recipe):
            factors.append(Factor(Output(depth, unit), net, _share_slope(net, unit)))
        elif net.layer < depth or not paired:
            factors.append(Factor(Output(net.layer, net.unit), net, product(_slope(recipe, net))))
        if step:
            before = path[step - 1].net
            factors.append(Factor(net, Output(before.layer, before.unit), Ref(term.parameter)))
    factors.append(Factor(path[0].net, path[0].parameter, _carried(path[0])))
    return factors
