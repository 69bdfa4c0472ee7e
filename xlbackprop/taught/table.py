"""The taught chain rule: one Column for every number of the table, in the order of the source walkthrough.

This is the formula side of the proof. It must not know `training`, the NumPy side: their likeness is the proof. The
backward formulas are written by hand, one number at a time, because their shape is the lesson; they are in `backward`.

A row of the table is one training example looked at. With several examples the parameters change where the step does;
in the last epoch they change no more, so that all its rows speak of the trained network.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from xlbackprop.network import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    SOFTMAX,
    WEIGHT_DECAY,
    BatchGradient,
    Binary,
    Call,
    Condition,
    Constant,
    Correct,
    Epoch,
    EpochLoss,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Expression,
    Function,
    Given,
    Gradient,
    Highest,
    If,
    InBatch,
    Input,
    Largest,
    LearningRate,
    Negative,
    NetInput,
    Number,
    Output,
    Parameter,
    Pick,
    Quantity,
    Recipe,
    Ref,
    State,
    Step,
    SumProduct,
    Target,
    TotalLoss,
    UnitLoss,
    Update,
    Weight,
    call,
    if_else,
    total,
)
from xlbackprop.taught.chain_rule import Column, answer_of, backward

# Up to here a reader follows a sum term by term, w1·i1 + w2·i2 + …; a longer one says more as a single SUMPRODUCT.
LONGEST_SUM = 8

_ONE = Number(1.0)
_NEW_STEP = Condition(Ref(Step()), ">", Ref(Step(), back=1))
_NEW_EPOCH = Condition(Ref(Epoch()), ">", Ref(Epoch(), back=1))


@lru_cache(maxsize=16)  # every run of a recipe asks for them
def columns(recipe: Recipe) -> tuple[Column, ...]:
    """Return the columns of a run's table in the order in which they stand, after the epoch."""
    return (
        *_counters(recipe),
        *_example(recipe),
        *_forward(recipe),
        *_loss(recipe),
        *backward(recipe),
        *_gathered(recipe),
        *_kept(recipe),
    )


# ----------------------------------------------------------------------------------------------- which row this is


def epoch_column(recipe: Recipe) -> Column:
    """Return the column that counts the epochs: 0, 1, 2, …; with a single example an epoch is an update."""
    above = Ref(Epoch(), back=1)
    if recipe.single:
        return Column(Epoch(), above + 1.0, "how many updates have been made", first=Number(0))
    next_epoch: Expression = above + 1.0
    if recipe.held_back:
        next_epoch = if_else(Condition(above, ">=", float(recipe.epochs)), above, next_epoch)
    formula = if_else(Condition(Ref(ExampleNumber(), back=1), "=", float(recipe.examples)), next_epoch, above)
    return Column(Epoch(), formula, "how often all examples have been gone through", first=Number(0))


def _counters(recipe: Recipe) -> Iterator[Column]:
    """Yield step and example, the place in the step, and the learning rate where it changes."""
    if not recipe.single:
        yield Column(Step(), _step(recipe), "how many updates have been made", first=Number(0))
        following = if_else(_NEW_EPOCH, 1.0, Ref(ExampleNumber(), back=1) + 1.0)
        yield Column(ExampleNumber(), following, "which example the row looks at", first=_ONE)
    if recipe.sums:
        place = if_else(_NEW_STEP, 1.0, Ref(InBatch(), back=1) + 1.0)
        yield Column(InBatch(), place, "how many examples of this step have been looked at", first=_ONE)
    if recipe.schedule != "constant":
        schedule = SCHEDULES[recipe.schedule]
        rate = Ref(Given(LearningRate()))
        formula = schedule.formula(rate, Ref(Epoch()), _constants(recipe), recipe.epochs)
        yield Column(LearningRate(), formula, f"the schedule: {schedule.rule}")


def _step(recipe: Recipe) -> Expression:
    """Return the rule of the step: one more where a batch is complete; in the last epoch nothing is learnt."""
    above = Ref(Step(), back=1)
    learning = Condition(float(recipe.epochs), ">", Ref(Epoch(), back=1))
    if recipe.batch == 1:
        return if_else(learning, above + 1.0, above)
    if recipe.steps == 1:
        return if_else(_NEW_EPOCH, above + 1.0, above)
    complete = if_else(Condition(Ref(InBatch(), back=1), "=", float(recipe.batch)), above + 1.0, above)
    return if_else(_NEW_EPOCH, above + 1.0, if_else(learning, complete, above))


def _example(recipe: Recipe) -> Iterator[Column]:
    naming = recipe.naming
    for target in naming.targets():
        yield Column(target, _given_of_example(recipe, target), "what the network should answer")
    for given in naming.inputs():
        yield Column(given, _given_of_example(recipe, given), "the training example")


def _given_of_example(recipe: Recipe, quantity: Input | Target) -> Expression:
    block = Ref(Given(quantity))
    return block if recipe.single else Pick(block, Ref(ExampleNumber()))


# ---------------------------------------------------------------------------------------------------------- forward


def _forward(recipe: Recipe) -> Iterator[Column]:
    naming = recipe.naming
    for layer in naming.layers():
        yield from (_parameter(recipe, weight) for weight in naming.weights(layer))
        yield from (_parameter(recipe, bias) for bias in naming.layer_biases(layer))
        units = naming.units(layer)
        if recipe.layers[layer - 1].activation == SOFTMAX:
            yield from _softmax(recipe, layer)
        elif len(units) > LONGEST_SUM:
            # what a SUMPRODUCT of the next layer multiplies must stand next to each other
            yield from (_net(recipe, layer, unit) for unit in units)
            yield from (_out(recipe, layer, unit) for unit in units)
        else:
            for unit in units:
                yield _net(recipe, layer, unit)
                yield _out(recipe, layer, unit)


def _net(recipe: Recipe, layer: int, unit: int) -> Column:
    because = "the weighted sum of what the unit receives"
    because += ", and its bias" if recipe.naming.bias(layer, unit) else ""
    return Column(NetInput(layer, unit), net_input(recipe, layer, unit), because)


def _out(recipe: Recipe, layer: int, unit: int) -> Column:
    activation = ACTIVATIONS[recipe.layers[layer - 1].activation]
    formula = activation.formula(Ref(NetInput(layer, unit)))
    return Column(Output(layer, unit), formula, f"the activation function: {activation.rule}")


def net_input(recipe: Recipe, layer: int, unit: int) -> Expression:
    """Return what a unit receives: w1·i1 + w2·i2 + b1, as one SUMPRODUCT where there are many sources."""
    naming = recipe.naming
    sources = naming.units(layer - 1)
    weights = tuple(Ref(Weight(layer, unit, source)) for source in sources)
    received = tuple(Ref(naming.output(layer - 1, source)) for source in sources)
    if len(sources) > LONGEST_SUM:
        weighted: Expression = SumProduct(weights, received)
    else:
        weighted = total([weight * number for weight, number in zip(weights, received, strict=True)])
    bias = naming.bias(layer, unit)
    return weighted if bias is None else weighted + Ref(bias)


def _softmax(recipe: Recipe, layer: int) -> Iterator[Column]:
    """Yield a softmax layer: the distances to the largest net input keep every exponential from overflowing."""
    units = recipe.naming.units(layer)
    yield from (_net(recipe, layer, unit) for unit in units)
    nets = tuple(Ref(NetInput(layer, unit)) for unit in units)
    yield Column(Highest(layer), Largest(nets), "the largest; distances to it cannot overflow")
    for unit in units:
        distance = Ref(NetInput(layer, unit)) - Ref(Highest(layer))
        yield Column(Exponential(layer, unit), call(Function.EXP, distance), "e to the power of the distance")
    terms = [Ref(Exponential(layer, unit)) for unit in units]
    yield Column(ExponentialSum(layer), total(terms), "the sum of the exponentials")
    for unit in units:
        share = Ref(Exponential(layer, unit)) / Ref(ExponentialSum(layer))
        yield Column(Output(layer, unit), share, "softmax: the unit's share of the sum")


# ------------------------------------------------------------------------------------------------------------- loss


def _loss(recipe: Recipe) -> Iterator[Column]:
    loss, naming = LOSSES[recipe.loss], recipe.naming
    units = naming.units(naming.depth)
    for unit in units:
        yield Column(UnitLoss(unit), loss.formula(answer_of(recipe, unit)), f"the loss: {loss.rule}")
    yield Column(TotalLoss(), total([Ref(UnitLoss(unit)) for unit in units]), "the sum over the output units")
    if not recipe.single:
        yield _epoch_loss(recipe)
    if recipe.accuracy:
        yield Column(Correct(), _correct(recipe), "1 where the network names the right class")


def _epoch_loss(recipe: Recipe) -> Column:
    here = Ref(TotalLoss())
    formula = if_else(_NEW_EPOCH, here, Ref(EpochLoss(), back=1) + here)
    because = "the losses of this epoch's examples so far"
    if recipe.held_back:
        formula = if_else(Condition(Ref(ExampleNumber()), "=", float(recipe.examples + 1)), here, formula)
        because += "; those held back are added up apart"
    return Column(EpochLoss(), formula, because, first=here)


def _correct(recipe: Recipe) -> Expression:
    """Return 1 where the answer is on the target's side of ½, or where no class beats that of the target."""
    naming = recipe.naming
    units = naming.units(naming.depth)
    if len(units) == 1:
        side = (Ref(Output(naming.depth, 0)) - 0.5) * (Ref(Target(0)) - 0.5)
        return if_else(Condition(side, ">", 0.0), 1.0, 0.0)
    targets = tuple(Ref(Target(unit)) for unit in units)
    nets = tuple(Ref(NetInput(naming.depth, unit)) for unit in units)
    if len(units) > LONGEST_SUM:
        named: Expression = SumProduct(targets, nets)
    else:
        named = total([target * net for target, net in zip(targets, nets, strict=True)])
    return if_else(Condition(named, "=", Ref(Highest(naming.depth))), 1.0, 0.0)


# ----------------------------------------------------------------------------------------------------------- updates


def _constants(recipe: Recipe) -> dict[str, Expression]:
    return {name: Ref(Given(Constant(name))) for name in recipe.constants}


def _where_stepped(recipe: Recipe, updated: Expression, unchanged: Expression) -> Expression:
    """Return the rule of what only an update changes."""
    return updated if recipe.single else if_else(_NEW_STEP, updated, unchanged)


def _parameter(recipe: Recipe, parameter: Parameter) -> Column:
    start = Ref(Given(parameter))
    if not recipe.is_trained(parameter):
        return Column(parameter, start, "it is not trained")
    optimizer = OPTIMIZERS[recipe.optimizer]
    formula = _where_stepped(recipe, optimizer.weight(_update(recipe, parameter)), Ref(parameter, back=1))
    return Column(parameter, formula, f"the update: {optimizer.rule}", first=start)


def _update(recipe: Recipe, parameter: Parameter) -> Update:
    constants, keeps = _constants(recipe), OPTIMIZERS[recipe.optimizer].keeps
    w = Ref(parameter, back=1)
    g = _gradient_of_step(recipe, parameter)
    if WEIGHT_DECAY.name in constants and isinstance(parameter, Weight):
        g = g + constants[WEIGHT_DECAY.name] * w
    return Update(
        w=w,
        g=g,
        rate=Ref(Given(LearningRate())) if recipe.schedule == "constant" else Ref(LearningRate(), back=1),
        number=Ref(Epoch()) if recipe.single else Ref(Step(), back=1) + 1.0,
        constant=constants,
        before={letter: Ref(State(letter, parameter), back=1) for letter in keeps},
        after={letter: Ref(State(letter, parameter)) for letter in keeps},
        inside_root=recipe.inside_root,
    )


def _gradient_of_step(recipe: Recipe, parameter: Parameter) -> Expression:
    """Return the gradient that an update uses: that of the row above, or the mean or sum over its step."""
    if not recipe.sums:
        return Ref(Gradient(parameter), back=1)
    gathered = Ref(BatchGradient(parameter), back=1)
    return gathered / Ref(InBatch(), back=1) if recipe.mean else gathered


def _gathered(recipe: Recipe) -> Iterator[Column]:
    if not recipe.sums:
        return
    for parameter in recipe.trained:
        here = Ref(Gradient(parameter))
        formula = if_else(_NEW_STEP, here, Ref(BatchGradient(parameter), back=1) + here)
        yield Column(BatchGradient(parameter), formula, "the gradients of this step's examples so far", first=here)


def _kept(recipe: Recipe) -> Iterator[Column]:
    for letter, rule in OPTIMIZERS[recipe.optimizer].keeps.items():
        for parameter in recipe.trained:
            quantity: Quantity = State(letter, parameter)
            formula = _where_stepped(recipe, rule(_update(recipe, parameter)), Ref(quantity, back=1))
            yield Column(quantity, formula, f"what {recipe.optimizer} keeps", first=Number(0.0))


def update_rule(recipe: Recipe, column: Column) -> Expression:
    """Return the rule of a parameter, or of what is kept for it, where a step is made, as one step tells it.

    No reference leads to the row above: all numbers are those before the step, but State("old v", …) and State("v", …)
    are what is kept before it and after. Step() is the number of the step, counted from 1.
    """
    formula = column.formula
    return _without_rows(formula.yes if isinstance(formula, If) and not recipe.single else formula)


def _without_rows(expression: Expression) -> Expression:
    """Return the rule without the word of the row above: all numbers are old, but what is kept is there old and new.

    A number counted from 0 before the step is, with 1 added, that of the step.
    """
    match expression:
        case Binary("+", Ref(Step(), 1), Number(1.0)):
            return Ref(Step())
        case Ref(State(kind, of), 1):
            return Ref(State(f"old {kind}", of))
        case Ref(quantity, 1):
            return Ref(quantity)
        case Binary(operator, left, right):
            return Binary(operator, _without_rows(left), _without_rows(right))
        case Call(function, argument):
            return Call(function, _without_rows(argument))
        case Negative(of):
            return Negative(_without_rows(of))
        case _:
            return expression
