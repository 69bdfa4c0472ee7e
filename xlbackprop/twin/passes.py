"""The functions of a twin: forward, backward, update, and the schedule of the learning rate, as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from xlbackprop.network import (
    GRADIENT_CLIP,
    OPTIMIZERS,
    SCHEDULES,
    WEIGHT_DECAY,
    Bias,
    Correct,
    Exponential,
    ExponentialSum,
    Expression,
    Gradient,
    Highest,
    Input,
    LearningRate,
    NetInput,
    Output,
    Parameter,
    Quantity,
    Recipe,
    Ref,
    State,
    TotalLoss,
    UnitLoss,
    Weight,
    activation_words,
    children,
    instead_of_slopes,
    loss_of,
    loss_words,
    row_quantities,
    with_children,
)
from xlbackprop.taught import Column, Factor, answer_of, chains, column_of, update_rule
from xlbackprop.twin import words
from xlbackprop.twin.layout import WIDTH, Line, block, call, docstring, indented, wrapped
from xlbackprop.twin.names import NOTED, Names, Place, identifier
from xlbackprop.twin.notation import Name, can_fail, generalised, python, refs

_MOST_PATHS, _MOST_SLOPES = 4, 32  # that are told in words
_SHORT = 40  # characters of an update rule that is told beside each line


class Function(NamedTuple):
    """A function of a twin: paragraphs of its docstring, parameters, and lines, of which it returns all numbers."""

    paragraphs: tuple[tuple[str, ...], ...]
    parameters: tuple[str, ...]
    lines: tuple[Line, ...]

    def text(self, name: str, runs: str = "") -> list[str]:
        """Return the function's text; `runs` says which runs it is for, where there are others."""
        head = call(name, [*self.parameters, "**others"], before="def ", after=":")
        paragraphs = [*self.paragraphs, *([wrapped(runs, WIDTH - 4)] if runs else [])]
        results = call("dict", [f"{line.target}={line.target}" for line in self.lines], before="return ")
        return [*head, *indented([*docstring(paragraphs), *block(self.lines), "", *results])]


def forward(recipe: Recipe, names: Names) -> Function:
    """Return the forward pass of a recipe: the numbers of its units, and the loss."""
    kinds = (NetInput, Output, Highest, Exponential, ExponentialSum, UnitLoss, TotalLoss, Correct)
    columns = [column_of(recipe, of) for of in row_quantities(recipe) if isinstance(of, kinds)]
    lines = _lines(columns, names, names.in_row, lambda of: _part(recipe, of))
    loss = f"The loss is the {loss_words(recipe)}: {loss_of(recipe).rule}."
    return _function([words.FORWARD, words.UNITS, loss], lines, recipe, names)


def backward(recipe: Recipe, names: Names) -> Function:
    """Return the backward pass of a recipe: ∂E/∂ of each parameter and, step by step, of the units on the way."""
    slopes = [of for of in row_quantities(recipe) if isinstance(of, Gradient)]
    # of parameters those of the last layer come first, as the pass goes, and as they are the shorter ones
    slopes.sort(key=lambda of: -of.of.layer if isinstance(of.of, Weight | Bias) else -len(recipe.sizes))
    columns = [column_of(recipe, of) for of in slopes]
    lines = _lines(columns, names, names.in_row, lambda of: _slope_part(recipe, of), sure=_error_reaches_slopes(recipe))
    if not names.wide and recipe.expanded:
        lines = [
            line._replace(above=_path_words(recipe, column, names)) for line, column in zip(lines, columns, strict=True)
        ]
    of = next(filter(recipe.has_gradient, names.naming.weights()), next(names.naming.weights()))
    fill = {"weight": names.sheet(of), "here": names.place(Gradient(of))}
    told = [words.BACKWARD, words.SLOPE.format(**fill), words.CHAIN_RULE.format(**fill)]
    told += [words.STEP_BY_STEP] * (not recipe.expanded)
    if instead := instead_of_slopes(recipe):
        told.append(f"Here {instead}.")
    function = _function(told, lines, recipe, names)
    steps = [*_slope_table(recipe, names), *_arrows(recipe, of, names)] if recipe.expanded and not names.wide else []
    return function._replace(paragraphs=(*function.paragraphs, *steps))


def update(recipe: Recipe, names: Names) -> Function:
    """Return the update of a recipe: the next value of each trained parameter, and of what the optimizer keeps."""
    optimizer = OPTIMIZERS[recipe.optimizer]
    fits = len(optimizer.rule) < _SHORT
    rules = [rule for parameter in _changed(recipe, names) for rule in _update_rules(recipe, parameter)]
    rules = [of if fits else replace(of, because=of.because.partition(":")[0]) for of in rules]
    lines = _lines(rules, names, names.in_update, lambda _: "")
    signs = [
        f"{sign} is {what}" for sign, what in words.SIGNS.items() if re.search(rf"(?<!\w){sign}\b", optimizer.rule)
    ]
    rule = f"The rule is {optimizer.name}: {optimizer.rule}. Here {', '.join(signs)}."
    plainly = words.PLAINLY * (not optimizer.keeps)
    told = [words.UPDATE, words.AGAINST.format(plainly=plainly), rule]
    told += [words.DECAY] if _adds_decay(recipe) else []
    told += [words.CLIP] if GRADIENT_CLIP.name in recipe.constants else []
    if recipe.sums:
        told.append(words.BATCH.format(gathered="mean" if recipe.mean else "sum"))
    return _function(told, lines, recipe, names)


def _adds_decay(recipe: Recipe) -> bool:
    return WEIGHT_DECAY.name in recipe.constants and not recipe.decays_in_loss


def schedule(recipe: Recipe, names: Names) -> Function | None:
    """Return the schedule of the learning rate; None where it stays as it is."""
    if recipe.schedule == "constant":
        return None
    column = column_of(recipe, LearningRate())
    lines = _lines([column], names, names.in_row, lambda _: "")
    rule = SCHEDULES[recipe.schedule].rule
    return _function([words.SCHEDULE, f"{rule}."], lines, recipe, names)


def _function(told: Sequence[str], lines: Sequence[Line], recipe: Recipe, names: Names) -> Function:
    made: set[str] = set()
    used: set[str] = set()
    for line in lines:
        used |= {*re.findall(r"[A-Za-z_]\w*", line.rule)} - made
        made.add(line.target)
    of_row = (names.place(quantity).variable for quantity in row_quantities(recipe))
    known = dict.fromkeys([*of_row, *map(identifier, recipe.constants), "learning_rate"])
    paragraphs = tuple(tuple(wrapped(text, WIDTH - 4)) for text in told)
    return Function(paragraphs, tuple(name for name in known if name in used), tuple(lines))


def _changed(recipe: Recipe, names: Names) -> Sequence[Parameter]:
    """Return the parameters that an update returns: the trained ones, then others that stand in a list with such."""
    lists = {names.place(parameter).variable for parameter in recipe.trained}
    others = (parameter for parameter in recipe.naming.parameters() if not recipe.is_trained(parameter))
    return [*recipe.trained, *(parameter for parameter in others if names.place(parameter).variable in lists)]


def _update_rules(recipe: Recipe, parameter: Parameter) -> list[Column]:
    """Return the rules for what the optimizer keeps for a parameter, and for itself, in an order in which each finds
    what it needs: a name means the number before the update up to the line that gives it the number after it.
    """
    if not recipe.is_trained(parameter):
        return [Column(parameter, Ref(parameter), column_of(recipe, parameter).because)]
    letters = OPTIMIZERS[recipe.optimizer].keeps
    *kept, own = (
        replace(column, formula=update_rule(recipe, column))
        for column in (column_of(recipe, of) for of in (*(State(letter, parameter) for letter in letters), parameter))
    )
    if not _uses_old(own.formula):
        return [*kept, own]
    if not any(ref.quantity == parameter for column in kept for ref in refs(column.formula)):
        return [own, *kept]
    return [*(_noted(column) for column in kept), *map(_by_noted, kept), _by_noted(own)]


def _uses_old(rule: Expression) -> bool:
    return any(isinstance(ref.quantity, State) and ref.quantity.kind.startswith("old ") for ref in refs(rule))


def _noted(column: Column) -> Column:
    """Return a line that notes a kept number before it is changed: old_m_w1 = m_w1."""
    assert isinstance(column.quantity, State)
    noted = State(f"{NOTED}{column.quantity.kind}", column.quantity.of)
    return Column(noted, Ref(column.quantity), f"{column.because}, before this update")


def _by_noted(column: Column) -> Column:
    return replace(column, formula=_with_noted(column.formula))


def _with_noted(rule: Expression) -> Expression:
    match rule:
        case Ref(State(kind, of)) if kind.startswith("old "):
            return Ref(State(f"{NOTED}{kind.removeprefix('old ')}", of))
        case _:
            return with_children(rule, [_with_noted(part) for part in children(rule)])


def _error_reaches_slopes(recipe: Recipe) -> bool:
    """Return whether an error in a net input makes every slope behind it an error: not where the loss has a fixed one.

    Each unit feeds all those of the next layer, so the outputs are errors then, and with them the slope of the loss.
    """
    return can_fail(loss_of(recipe).slope(answer_of(recipe, 0)))


# --------------------------------------------------------------------------------------------------------------- lines


def _lines(
    columns: Sequence[Column], names: Names, name: Name, heading: Callable[[Quantity], str], *, sure: bool = False
) -> list[Line]:
    """Return a line for each column or, where these are items of lists, for each list, in the order of the first."""
    lists: dict[str, list[Column]] = {}
    for column in columns:
        lists.setdefault(names.place(column.quantity).variable, []).append(column)
    lines: list[Line] = []
    for variable, items in lists.items():
        texts = {names.place(item.quantity): python(item.formula, name, sure=sure) for item in items}
        first = items[0]
        sign = _sign(items, variable, names)
        why = "" if any(line.why == first.because for line in lines) else first.because  # it is told once
        lines.append(Line(variable, rule_of(texts, names.shape(first.quantity)), why, sign, heading(first.quantity)))
    return lines


def _sign(items: Sequence[Column], variable: str, names: Names) -> str:
    """Return the sheet's names of the numbers of a line, "∂E/∂w1", "h1 … h8"; empty where Python's is the same."""
    in_order = sorted(items, key=lambda item: names.place(item.quantity))
    first, last = (names.sheet(in_order[place].quantity) for place in (0, -1))
    told = first if len(items) == 1 else f"{first} … {last}"
    return "" if told == variable else told


def rule_of(texts: Mapping[Place, str], shape: tuple[int, ...]) -> str:
    """Return the right side of an assignment: one formula, or the list of many, as short as their likeness allows.

    `shape` is that of the list, (units,) or (units, sources); None is in the place of a number that no row has.
    """
    items = {place.indices: text for place, text in texts.items()}
    if not shape:
        return items[()]
    if len(shape) == 1:
        return _list_of([items.get((unit,), "None") for unit in range(shape[0])], "u")
    units, sources = (range(count) for count in shape)
    return _list_of([_list_of([items.get((unit, s), "None") for s in sources], "s") for unit in units], "u")


def _list_of(items: Sequence[str], index: str) -> str:
    pattern = items[0] if len(items) > 1 and len({*items}) == 1 else generalised(items, index)
    return f"[{', '.join(items)}]" if pattern is None else f"[{pattern} for {index} in range({len(items)})]"


# ---------------------------------------------------------------------------------------------------- what words tell


def _part(recipe: Recipe, of: Quantity) -> str:
    layer: int | None = getattr(of, "layer", None)
    if layer is None:
        return "the loss" if isinstance(of, UnitLoss | TotalLoss) else "is the class right?"
    return _layer_words(recipe, layer)


def _slope_part(recipe: Recipe, of: Quantity) -> str:
    assert isinstance(of, Gradient)
    match of.of:
        case Output(layer) | NetInput(layer):
            return f"backwards through {_layer_words(recipe, layer)}"
        case Input():
            return "the slopes of the inputs"
        case Weight(layer):
            return f"the slopes of the weights into {_layer_words(recipe, layer)}"
        case Bias(layer):
            return f"the slopes of the biases of {_layer_words(recipe, layer)}"


def _layer_words(recipe: Recipe, layer: int) -> str:
    depth = recipe.naming.depth
    name = "the output layer" if layer == depth else "the hidden layer" if depth == 2 else f"hidden layer {layer}"
    return f"{name} ({activation_words(recipe.layers[layer - 1])})"


def _path_words(recipe: Recipe, column: Column, names: Names) -> tuple[str, ...]:
    """Return the paths from a parameter to the loss: "w1 → h1 → out_h1 → o1 → out_o1 → E1", the first of very many."""
    assert isinstance(column.quantity, Gradient)
    if not isinstance(column.quantity.of, Weight | Bias):
        return ()
    paths = [_path(chain, names) for chain in chains(recipe, column.quantity.of)]
    more = len(paths) - _MOST_PATHS
    return (*paths[:_MOST_PATHS], *([f"and {more} paths more"] if more > 0 else []))


def _path(chain: Sequence[Factor], names: Names) -> str:
    steps = [*(factor.bottom for factor in reversed(chain)), chain[0].top]
    return " → ".join(map(names.sheet, steps))


def _slope_table(recipe: Recipe, names: Names) -> list[tuple[str, ...]]:
    """Return paragraphs with the slopes of all steps, "∂E1/∂out_o1 = out_o1 - t1"; none where these are very many."""
    factors = [factor for of in recipe.with_gradient for chain in chains(recipe, of) for factor in reversed(chain)]
    kinds: dict[str, dict[str, str]] = {kind: {} for kind in words.KINDS}
    for factor in sorted(factors, key=lambda factor: getattr(factor.bottom, "layer", 0)):
        step = f"∂{names.sheet(factor.top)}/∂{names.sheet(factor.bottom)}"
        kinds[_kind(factor)][step] = _slope(factor, recipe, names)
    if sum(map(len, kinds.values())) > _MOST_SLOPES:
        return []
    term = names.naming.layer(1).terms(0)[0]
    assert term.source is not None
    fill = {"net": names.sheet(term.net), "weight": names.sheet(term.parameter), "source": names.sheet(term.source)}
    biases = words.OR_BIAS * any(isinstance(of, Bias) for of in recipe.with_gradient)
    tables = [
        (f"    {words.KINDS[kind].format(biases=biases)}:", *_columns([f"{step} = {slopes[step]}" for step in slopes]))
        for kind, slopes in kinds.items()
        if slopes
    ]
    return [tuple(wrapped(words.STEPS.format(**fill), WIDTH - 4)), *tables]


def _kind(factor: Factor) -> str:
    """Return of which of `words.KINDS` a step is."""
    match factor.top, factor.bottom:
        case ((UnitLoss() | TotalLoss()), _):
            return "loss"
        case _, (Weight() | Bias()):
            return "parameter"
        case NetInput(), _:
            return "weight"
        case _:
            return "activation"


def _slope(factor: Factor, recipe: Recipe, names: Names) -> str:
    return python(factor.value, names.in_row, sure=_error_reaches_slopes(recipe))


def _columns(items: Sequence[str]) -> list[str]:
    """Return short texts below and beside each other."""
    width = max(map(len, items)) + 3
    count = max(1, (WIDTH - 9) // width)
    return [
        "      " + "".join(f"{item:<{width}}" for item in items[at : at + count]).rstrip()
        for at in range(0, len(items), count)
    ]


def _arrows(recipe: Recipe, of: Parameter, names: Names) -> list[tuple[str, ...]]:
    """Return paragraphs that tell how formulas are made of paths, with one path of a parameter, arrow by arrow."""
    if not recipe.has_gradient(of):
        return []
    paths = chains(recipe, of)
    arrows = {
        f"{names.sheet(factor.bottom)} → {names.sheet(factor.top)}": _slope(factor, recipe, names)
        for factor in reversed(paths[0])
    }
    ones = any(
        _slope(factor, recipe, names) == "1" for one in recipe.with_gradient for factor in chains(recipe, one)[0]
    )
    whole = isinstance(paths[0][0].top, UnitLoss)
    fill = {"ones": words.ONES * ones, "whole": words.WHOLE * whole + words.PENALTY * recipe.decays_in_loss}
    which = "the path" if len(paths) == 1 else "the first path"
    told = [words.PATHS.format(**fill), words.ARROWS.format(which=which, weight=names.sheet(of))]
    width = max(map(len, arrows))
    table = tuple(f"    {arrow:<{width}}   {slope}" for arrow, slope in arrows.items())
    last = [tuple(wrapped(words.LAST_FIRST, WIDTH - 4))] if names.naming.depth > 1 else []
    return [*(tuple(wrapped(text, WIDTH - 4)) for text in told), table, *last]
