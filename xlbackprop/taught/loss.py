"""The columns of the loss: of an output unit, of the example, of the epoch so far; and whether the class is right."""

from __future__ import annotations

from xlbackprop.network import (
    LONGEST_SUM,
    NEXT_TO_0,
    WEIGHT_DECAY,
    Answer,
    Condition,
    Constant,
    Correct,
    EpochLoss,
    ExampleNumber,
    ExponentialSum,
    Expression,
    Given,
    Highest,
    NetInput,
    Number,
    Output,
    Recipe,
    Ref,
    SumProduct,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
    if_else,
    loss_of,
    product,
    total,
)
from xlbackprop.taught.column import Column
from xlbackprop.taught.counters import NEW_EPOCH


def answer_of(recipe: Recipe, unit: int) -> Answer:
    """Return the trees from which the loss of an output unit is built: references to t1, out_o1, o1, …"""
    depth = recipe.naming.depth
    return Answer(
        t=Ref(Target(unit)),
        a=Ref(Output(depth, unit)),
        z=Ref(NetInput(depth, unit)),
        units=recipe.sizes[-1],
        highest=Ref(Highest(depth)),
        exponential_sum=Ref(ExponentialSum(depth)),
    )


def unit_loss_column(recipe: Recipe, of: UnitLoss) -> Column:
    """Return the column of one output unit's share of the loss, e.g. E1."""
    loss = loss_of(recipe)
    return Column(of, loss.formula(answer_of(recipe, of.unit)), f"the loss: {loss.rule}")


def textbook_loss(recipe: Recipe, of: UnitLoss) -> Expression | None:
    """Return E1 as a textbook writes it, where the column computes it by another formula; else None."""
    textbook = loss_of(recipe).textbook
    return textbook(answer_of(recipe, of.unit)) if textbook else None


def total_loss_column(recipe: Recipe) -> Column:
    """Return the column of E_Total: E1 + E2 + …, with a penalty + ½·λ·(w1² + w2² + …)."""
    shares: list[Expression] = [Ref(UnitLoss(unit)) for unit in recipe.naming.units(recipe.naming.depth)]
    if not recipe.decays_in_loss:
        return Column(TotalLoss(), total(shares), "the sum over the output units")
    squares = total([Ref(weight) ** 2.0 for weight in recipe.naming.weights()])
    because = "the sum over the output units, and the penalty of large weights"
    return Column(TotalLoss(), total([*shares, product([Number(0.5), _decay(), squares])]), because)


def penalty_slope(weight: Weight) -> Expression:
    """Return what the penalty of large weights adds to ∂E/∂w: λ·w."""
    return _decay() * Ref(weight)


def _decay() -> Expression:
    return Ref(Given(Constant(WEIGHT_DECAY.name)))


def epoch_loss_column(recipe: Recipe) -> Column:
    """Return the column of ΣE_Total: the sum of E_Total over the epoch's examples up to this row."""
    here = Ref(TotalLoss())
    formula = if_else(NEW_EPOCH, here, Ref(EpochLoss(), back=1) + here)
    because = "the losses of this epoch's examples so far"
    if recipe.held_back:
        formula = if_else(Condition(Ref(ExampleNumber()), "=", float(recipe.examples + 1)), here, formula)
        because += "; those held back are added up apart"
    return Column(EpochLoss(), formula, because, first=here)


def correct_column(recipe: Recipe) -> Column:
    """Return the column that is 1 where the network predicts the right class, else 0."""
    return Column(Correct(), _correct(recipe), "1 where the network names the right class")


def _correct(recipe: Recipe) -> Expression:
    """Return the formula of that 1 or 0.

    One output is right on the target's side of ½, by more than rounding may leave of ½ − ½; several are right where the
    target class has the largest net input.
    """
    naming = recipe.naming
    units = naming.units(naming.depth)
    if len(units) == 1:
        side = (Ref(Output(naming.depth, 0)) - 0.5) * (Ref(Target(0)) - 0.5)
        return if_else(Condition(side, ">", NEXT_TO_0), 1.0, 0.0)
    targets = tuple(Ref(Target(unit)) for unit in units)
    nets = tuple(Ref(NetInput(naming.depth, unit)) for unit in units)
    if len(units) > LONGEST_SUM:
        named: Expression = SumProduct(targets, nets)
    else:
        named = total([target * net for target, net in zip(targets, nets, strict=True)])
    return if_else(Condition(named, "=", Ref(Highest(naming.depth))), 1.0, 0.0)
