"""The columns of the update: the learning rate, Σ∂E/∂w, each parameter, and the optimizer's numbers for it, v_w1."""

from __future__ import annotations

from xlbackprop.network import (
    GRADIENT_CLIP,
    OPTIMIZERS,
    SCHEDULES,
    WEIGHT_DECAY,
    BatchGradient,
    Binary,
    Condition,
    Constant,
    Epoch,
    Expression,
    Given,
    Gradient,
    If,
    InBatch,
    LearningRate,
    Number,
    Parameter,
    Recipe,
    Ref,
    State,
    Step,
    UpdateTrees,
    Weight,
    children,
    if_else,
    with_children,
)
from xlbackprop.taught.column import Column
from xlbackprop.taught.counters import NEW_STEP


def learning_rate_column(recipe: Recipe) -> Column:
    """Return the column of the learning rate under a schedule, by which it changes from epoch to epoch."""
    schedule = SCHEDULES[recipe.schedule]
    rate = Ref(Given(LearningRate()))
    formula = schedule.formula(rate, Ref(Epoch()), _constants(recipe), recipe.epochs)
    return Column(LearningRate(), formula, f"the schedule: {schedule.rule}")


def parameter_column(recipe: Recipe, parameter: Parameter) -> Column:
    """Return the column of a weight or a bias: its typed starting value in the first row, then the update rule."""
    start = Ref(Given(parameter))
    if not recipe.is_trained(parameter):
        return Column(parameter, start, "it is not trained")
    optimizer = OPTIMIZERS[recipe.optimizer]
    formula = _where_stepped(recipe, optimizer.weight(_update(recipe, parameter)), Ref(parameter, back=1))
    return Column(parameter, formula, f"the update: {optimizer.rule}", first=start)


def gathered_column(gathered: BatchGradient) -> Column:
    """Return the column of Σ∂E/∂w: the sum of ∂E/∂w over the step's examples up to this row."""
    here = Ref(Gradient(gathered.of))
    formula = if_else(NEW_STEP, here, Ref(gathered, back=1) + here)
    return Column(gathered, formula, "the gradients of this step's examples so far", first=here)


def state_column(recipe: Recipe, state: State) -> Column:
    """Return the column of a number that the optimizer keeps for a parameter, e.g. v_w1; it is 0 in the first row."""
    rule = OPTIMIZERS[recipe.optimizer].keeps[state.kind]
    formula = _where_stepped(recipe, rule(_update(recipe, state.of)), Ref(state, back=1))
    return Column(state, formula, f"what {recipe.optimizer} keeps", first=Number(0.0))


def adds_decay(recipe: Recipe) -> bool:
    """Return whether updates add weight decay to gradients as they are, neither clipped nor with a penalty in them."""
    constants = recipe.constants
    return WEIGHT_DECAY.name in constants and GRADIENT_CLIP.name not in constants and not recipe.decays_in_loss


def _constants(recipe: Recipe) -> dict[str, Expression]:
    return {name: Ref(Given(Constant(name))) for name in recipe.constants}


def _where_stepped(recipe: Recipe, updated: Expression, unchanged: Expression) -> Expression:
    """Return the formula of a number that only updates change: `updated` where a step begins, else `unchanged`."""
    return updated if recipe.single else if_else(NEW_STEP, updated, unchanged)


def _update(recipe: Recipe, parameter: Parameter) -> UpdateTrees:
    constants, keeps = _constants(recipe), OPTIMIZERS[recipe.optimizer].keeps
    w = Ref(parameter, back=1)
    g = _gradient_of_step(recipe, parameter)
    if GRADIENT_CLIP.name in constants:
        g = _clipped(g, constants[GRADIENT_CLIP.name])
    if WEIGHT_DECAY.name in constants and not recipe.decays_in_loss and isinstance(parameter, Weight):
        g = g + constants[WEIGHT_DECAY.name] * w
    return UpdateTrees(
        w=w,
        g=g,
        rate=Ref(Given(LearningRate())) if recipe.schedule == "constant" else Ref(LearningRate(), back=1),
        number=Ref(Epoch()) if recipe.single else Ref(Step(), back=1) + 1.0,
        constant=constants,
        before={letter: Ref(State(letter, parameter), back=1) for letter in keeps},
        after={letter: Ref(State(letter, parameter)) for letter in keeps},
        inside_root=recipe.inside_root,
    )


def _clipped(g: Expression, most: Expression) -> Expression:
    """Return a gradient that is nowhere farther from 0 than `most`."""
    return if_else(Condition(g, ">", most), most, if_else(Condition(-g, ">", most), -most, g))


def _gradient_of_step(recipe: Recipe, parameter: Parameter) -> Expression:
    """Return the gradient that an update uses: that of the row above, or the mean or sum over its step."""
    if not recipe.sums:
        return Ref(Gradient(parameter), back=1)
    gathered = Ref(BatchGradient(parameter), back=1)
    return gathered / Ref(InBatch(), back=1) if recipe.mean else gathered


def update_rule(recipe: Recipe, column: Column) -> Expression:
    """Return the rule by which one step changes a parameter, or a number kept for it, without the row above.

    All quantities mean their values before the step. Only a kept number has two: State("old v", …) before the step,
    State("v", …) after it. Step() is the number of the step, counted from 1.
    """
    formula = column.formula
    return _without_rows(formula.yes if isinstance(formula, If) and not recipe.single else formula)


def _without_rows(expression: Expression) -> Expression:
    """Return the rule with each reference to the row above replaced, as `update_rule` describes.

    Step() + 1, from the row above, becomes Step().
    """
    match expression:
        case Binary("+", Ref(Step(), 1), Number(1.0)):
            return Ref(Step())
        case Ref(State(kind, of), 1):
            return Ref(State(f"old {kind}", of))
        case Ref(quantity, 1):
            return Ref(quantity)
        case _:
            return with_children(expression, [_without_rows(part) for part in children(expression)])
