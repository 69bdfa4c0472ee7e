"""The catalogue of mistakes: what people write in the place of a rule, one edit away from it.

Exercises, planted mistakes, marking and audit stand on it. A mistake is a formula tree as its rule is one, so its value
follows in any row of any lesson; and it is a sentence that says to a student what was done. To add a kind, add an entry
to `KINDS`, the commonest first: a function that yields each wrong formula, with what is said of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from xlbackprop.classroom.drawn_rows import DrawnRows
from xlbackprop.classroom.edited_rule import EditedRule
from xlbackprop.classroom.formula_parts import (
    Edits,
    Signed,
    factors_of,
    in_each_part,
    parts_of,
    place_of,
    product_of,
    refs_of,
    replaced,
    sum_of,
    terms_of,
    with_refs,
)
from xlbackprop.network import (
    BatchGradient,
    Bias,
    Binary,
    Condition,
    Constant,
    Epoch,
    ExampleNumber,
    Exponential,
    ExponentialSum,
    Expression,
    Given,
    Gradient,
    InBatch,
    LearningRate,
    Negative,
    NetInput,
    Number,
    Output,
    Parameter,
    Quantity,
    Recipe,
    Ref,
    State,
    TotalLoss,
    UnitLoss,
    Weight,
    if_else,
)
from xlbackprop.taught import Column, column_of, textbook_loss

PASTED, NOT_ANCHORED = "constant pasted", "rate not anchored"


class Mistake(NamedTuple):
    """What somebody may write in the place of a rule.

    `kind` is a name of `KINDS`, or PASTED; `formula` what stands in the column of `quantity`, `sentence` tells a
    student what was done: "∂E/∂w3 uses out_h1·(1 − out_h1) where out_h2·(1 − out_h2) belongs." With `circular` the
    formula needs its own cell, which a spreadsheet refuses to compute.
    """

    kind: str
    quantity: Quantity
    formula: Expression
    sentence: str
    circular: bool = False


@lru_cache(maxsize=4096)  # the variants of a class have one recipe
def mistakes_in(recipe: Recipe, quantity: Quantity) -> tuple[Mistake, ...]:
    """Return the mistakes that people make in the column of a quantity, the commonest kinds first.

    None of them is the rule in other words, and no two are the same: there are rows in which each gives another number
    than the rule and than all before it. What no student works out has none: epochs, steps, data.
    """
    if not isinstance(quantity, _WORKED_OUT) or (isinstance(quantity, Parameter) and not recipe.is_trained(quantity)):
        return ()
    rules = [EditedRule(recipe, column) for column in _as_people_write_it(recipe, quantity)]
    rows, found = DrawnRows(recipe), []
    seen = {rows.fingerprint(rule.formula) for rule in rules}
    for kind, edits in KINDS.items():
        for rule in rules:
            for formula, told in edits(rule):
                if (numbers := rows.fingerprint(formula)) not in seen:
                    seen.add(numbers)
                    circular = is_circular(recipe, quantity, formula)
                    sentence = f"{rule.name(quantity)} {told}."
                    found.append(Mistake(kind, quantity, rule.whole(formula), sentence, circular))
    return tuple(found)


def pasted(recipe: Recipe, quantity: Quantity, number: float) -> Mistake:
    """Return the mistake of a number in the place of a formula, right in its own row and in no other."""
    shown = f"{number:.6g}".replace("-", "−")
    sentence = f"{recipe.naming.name(quantity)} is the number {shown}, not a formula: it stays where it should move."
    return Mistake(PASTED, quantity, Number(number), sentence)


def _as_people_write_it(recipe: Recipe, quantity: Quantity) -> list[Column]:
    """Return the column of a quantity; where that is a loss made safe for computing, as a textbook has it before it."""
    column = column_of(recipe, quantity)
    textbook = textbook_loss(recipe, quantity) if isinstance(quantity, UnitLoss) else None
    return [column] if textbook is None else [Column(quantity, textbook, column.because), column]


_WORKED_OUT = (
    Weight | Bias | NetInput | Output | Exponential | ExponentialSum | UnitLoss | TotalLoss | Gradient | State
)  # fmt: skip


def is_circular(recipe: Recipe, quantity: Quantity, formula: Expression) -> bool:
    """Return whether a formula in the column of a quantity needs its own cell, by way of whatever others."""
    seen: set[tuple[Quantity, int]] = set()
    waiting = [(ref.quantity, -ref.back) for ref in refs_of(formula)]
    while waiting:
        place = of, row = waiting.pop()
        if place == (quantity, 0):
            return True
        if row < 0 or place in seen or isinstance(of, Given | Constant):
            continue
        seen.add(place)
        waiting += [(ref.quantity, row - ref.back) for ref in refs_of(column_of(recipe, of).formula)]
    return False


# ----------------------------------------------------------------------------------------------------------- the kinds


def _slope_of_another_unit(rule: EditedRule) -> Edits:
    def edit(part: Expression) -> Edits:
        for (layer, unit), slope in rule.slopes.items():
            if (at := place_of(slope, factors := factors_of(part))) is None:
                continue
            for other in rule.others(unit, layer):
                wrong = rule.slope(layer, other)
                said = f"uses {rule.text(product_of(wrong))} where {rule.text(product_of(slope))} belongs"
                yield product_of([*factors[:at], *wrong, *factors[at + len(slope) :]]), said

    yield from in_each_part(rule.formula, edit)


def _weights_of_another_unit(rule: EditedRule) -> Edits:
    """Yield w5 and w7, which lead from h1, for w6 and w8, which lead from h2; and likewise the weights into a unit."""
    weights = [of for ref in rule.refs if isinstance(of := ref.quantity, Weight)]
    for layer in dict.fromkeys(weight.layer for weight in weights):
        here = [weight for weight in weights if weight.layer == layer]
        for source in dict.fromkeys(weight.source for weight in here):
            group = [weight for weight in here if weight.source == source]
            for other in rule.others(source, layer - 1) if len(group) > 1 else ():
                yield _swapped(rule, {weight: Weight(layer, weight.unit, other) for weight in group})
        for unit in dict.fromkeys(weight.unit for weight in here):
            group = [weight for weight in here if weight.unit == unit]
            for other in rule.others(unit, layer) if len(group) > 1 else ():
                yield _swapped(rule, {weight: Weight(layer, other, weight.source) for weight in group})


def _swapped(rule: EditedRule, wrong: Mapping[Quantity, Quantity]) -> tuple[Expression, str]:
    formula = with_refs(rule.formula, lambda ref: Ref(wrong.get(ref.quantity, ref.quantity), ref.back))
    used, belong = (_listed([*map(rule.name, names)]) for names in (wrong.values(), wrong))
    return formula, f"uses {used} where {belong} belong{'s' * (len(wrong) == 1)}"


def _listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: "w5, w6 and w7"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _rule_of_another(rule: EditedRule) -> Edits:
    """Yield the rule of a column beside, as it comes of copying."""
    for other in rule.alike(rule.column.quantity):
        if not isinstance(other, Parameter) or rule.recipe.is_trained(other):
            wrong = EditedRule(rule.recipe, column_of(rule.recipe, other))
            yield wrong.formula, f"has the rule of {rule.name(other)}"


def _another_of_its_kind(rule: EditedRule) -> Edits:
    """Yield each number replaced by another of its kind: wherever it stands, and in one of its places alone."""
    for ref in rule.refs:
        for other in rule.alike(ref.quantity):
            said = f"uses {rule.name(other)} where {rule.name(ref.quantity)} belongs"
            yield from _everywhere_and_once(rule, ref, Ref(other, ref.back), said)


def _everywhere_and_once(rule: EditedRule, ref: Ref, other: Ref, said: str) -> Edits:
    """Yield a number replaced wherever it stands, and where it stands several times in one of these places alone."""
    yield replaced(rule.formula, {ref: other}), said
    if sum(one == ref for one in refs_of(rule.formula)) == 1:
        return

    def edit(part: Expression) -> Edits:
        subtrees, whole = parts_of(part)
        for at, subtree in enumerate(subtrees):
            if subtree == ref:
                wrong = whole([*subtrees[:at], other, *subtrees[at + 1 :]])
                is_factor = isinstance(part, Binary) and part.operator == "*"
                once = f"uses {rule.text(other)} where the factor {rule.text(ref)} belongs"
                yield wrong, once if is_factor else _instead(rule, wrong, part)

    yield from in_each_part(rule.formula, edit)


def _instead(rule: EditedRule, wrong: Expression, right: Expression) -> str:
    return f"has {rule.text(wrong)} where {rule.text(right)} belongs"


def _net_input_for_output(rule: EditedRule) -> Edits:
    """Yield h1 where out_h1 belongs: the activation function is forgotten; and out_h1 where h1 belongs."""
    if isinstance(of := rule.column.quantity, Output):
        net = NetInput(of.layer, of.unit)
        yield Ref(net), f"is {rule.name(net)} itself: the activation function is missing"
    for ref in rule.refs:
        match ref.quantity:
            case Output(layer, unit):
                other: Quantity = NetInput(layer, unit)
            case NetInput(layer, unit):
                other = Output(layer, unit)
            case _:
                continue
        said = f"uses {rule.name(other)} where {rule.name(ref.quantity)} belongs"
        yield from _everywhere_and_once(rule, ref, Ref(other, ref.back), said)
    for (layer, unit), slope in rule.slopes.items():
        received, passed_on = Ref(NetInput(layer, unit)), Ref(Output(layer, unit))
        wrong = [replaced(factor, {passed_on: received}) for factor in slope]
        said = f"takes the slope from {rule.text(received)}, not from {rule.text(passed_on)}"
        yield from in_each_part(rule.formula, _factors_for(slope, wrong, said))


def _factors_for(few: Sequence[Expression], wrong: Sequence[Expression], said: str) -> Callable[[Expression], Edits]:
    """Return the edit that puts other factors in the place of some of a product."""

    def edit(part: Expression) -> Edits:
        if (at := place_of(few, factors := factors_of(part))) is not None:
            yield product_of([*factors[:at], *wrong, *factors[at + len(few) :]]), said

    return edit


def _slope_missing_or_twice(rule: EditedRule) -> Edits:
    for (layer, unit), slope in rule.slopes.items():
        text, of = rule.text(product_of(slope)), rule.name(NetInput(layer, unit))
        yield from in_each_part(rule.formula, _factors_for(slope, [], f"leaves out {text}, the slope at {of}"))
        yield from in_each_part(
            rule.formula, _factors_for(slope, [*slope, *slope], f"has {text}, the slope at {of}, twice")
        )


def _old_and_new_mixed(rule: EditedRule) -> Edits:
    """Yield a gradient that hands back through weights which are updated already."""
    if not isinstance(rule.column.quantity, Gradient):
        return
    updated = {ref: Ref(ref.quantity, ref.back - 1) for ref in rule.refs if isinstance(ref.quantity, Weight)}
    if updated:
        names = _listed([rule.name(ref.quantity) for ref in updated])
        said = f"takes {names} after the update; all gradients come from the old weights"
        yield replaced(rule.formula, updated), said


def _another_row(rule: EditedRule) -> Edits:
    rows = {-1: "the row below", 0: "its own row", 1: "the row above", 2: "two rows above"}
    for ref in rule.refs:
        if isinstance(ref.quantity, Given | Constant):
            continue
        for back in (ref.back + 1, ref.back - 1):
            said = f"takes {rule.name(ref.quantity)} from {rows[back]}, not from {rows[ref.back]}"
            yield replaced(rule.formula, {ref: Ref(ref.quantity, back)}), said


_SIGN_SWAPPED = {"+": "subtracts {} where it is added", "-": "adds {} where it is subtracted"}


def _wrong_sign(rule: EditedRule) -> Edits:
    def edit(part: Expression) -> Edits:
        if isinstance(part, Negative):
            yield part.of, f"leaves out the minus of {rule.text(part)}"
        terms = terms_of(part)
        if [sign for sign, _ in terms] == ["+", "-"]:
            swapped = terms[1].of - terms[0].of
            yield swapped, _instead(rule, swapped, part)
        for at, (sign, of) in enumerate(terms[1:], start=1):
            other = {"+": "-", "-": "+"}[sign]
            said = _SIGN_SWAPPED[sign].format(rule.text(of))
            yield sum_of([*terms[:at], Signed(other, of), *terms[at + 1 :]]), said

    yield from in_each_part(rule.formula, edit)


def _brackets_missing(rule: EditedRule) -> Edits:
    """Yield a + b·c for (a + b)·c, and a·b − c for a·(b − c)."""

    def edit(part: Expression) -> Edits:
        factors = factors_of(part)
        for at, factor in enumerate(factors):
            terms = terms_of(factor)
            if len(factors) == 1 or len(terms) == 1:
                continue
            first, *between, last = terms
            left = Signed(first.sign, product_of([*factors[:at], first.of]))
            right = Signed(last.sign, product_of([last.of, *factors[at + 1 :]]))
            yield sum_of([left, *between, right]), f"leaves out the brackets round {rule.text(factor)}"
        if isinstance(part, Binary) and part.operator == "/" and len(terms := terms_of(part.right)) > 1:
            first, *others = terms
            yield (
                sum_of([Signed("+", part.left / first.of), *others]),
                f"leaves out the brackets round {rule.text(part.right)}",
            )
        if isinstance(part, Binary) and part.operator == "/" and len(terms := terms_of(part.left)) > 1:
            *others, last = terms
            yield (
                sum_of([*others, Signed(last.sign, last.of / part.right)]),
                f"leaves out the brackets round {rule.text(part.left)}",
            )

    yield from in_each_part(rule.formula, edit)


def _wrong_operator(rule: EditedRule) -> Edits:
    """Yield a·b for a − b, a + b for a·b."""

    def edit(part: Expression) -> Edits:
        terms, factors = terms_of(part), factors_of(part)
        for at, (sign, of) in enumerate(terms[1:], start=1):
            before = terms[at - 1]
            merged = Signed(before.sign, before.of * of)
            what = "subtracts" if sign == "-" else "adds"
            yield (
                sum_of([*terms[: at - 1], merged, *terms[at + 1 :]]),
                f"multiplies by {rule.text(of)} where it {what} it",
            )
        for at in range(1, len(factors)):
            added = product_of(factors[:at]) + product_of(factors[at:])
            yield added, f"adds {rule.text(product_of(factors[at:]))} where it multiplies by it"

    yield from in_each_part(rule.formula, edit)


def _part_missing(rule: EditedRule) -> Edits:
    """Yield a sum without one of its terms, a product without one of its factors, a power without its exponent."""

    def edit(part: Expression) -> Edits:
        terms, factors = terms_of(part), factors_of(part)
        for at, (_, of) in enumerate(terms if len(terms) > 1 else []):
            wrong = sum_of([*terms[:at], *terms[at + 1 :]])
            what = "the bias " if isinstance(of, Ref) and isinstance(of.quantity, Bias) else ""
            is_difference = [sign for sign, _ in terms] == ["+", "-"]
            yield wrong, _instead(rule, wrong, part) if is_difference else f"leaves out {what}{rule.text(of)}"
        if len(factors) > 1:
            for at, factor in enumerate(factors):
                yield product_of([*factors[:at], *factors[at + 1 :]]), f"leaves out the factor {rule.text(factor)}"
        match part:
            case Binary("^", base, exponent):
                squares = exponent == Number(2.0)
                said = (
                    f"does not square {rule.text(base)}" if squares else f"leaves out the power {rule.text(exponent)}"
                )
                yield base, said
            case Binary("/", above, below):
                yield above, f"does not divide by {rule.text(below)}"

    yield from in_each_part(rule.formula, edit)


def _mean_or_sum(rule: EditedRule) -> Edits:
    """Yield the mean of the step's gradients for their sum, and the mean of the losses for theirs."""
    count = Ref(InBatch(), back=1)
    for ref in rule.refs:
        if isinstance(ref.quantity, BatchGradient) and count not in rule.refs:
            yield replaced(rule.formula, {ref: ref / count}), "takes the mean of the gradients where their sum belongs"
        if isinstance(ref.quantity, BatchGradient):
            of_last = Ref(Gradient(ref.quantity.of), back=1)
            said = "takes the gradient of the step's last example for that of all"
            yield replaced(rule.formula, {ref: of_last, count: Number(1.0)}), said
    outputs = rule.recipe.sizes[-1]
    if isinstance(rule.column.quantity, TotalLoss) and outputs > 1:
        yield rule.formula / Number(float(outputs)), "takes the mean of the losses where their sum belongs"


def _rate_not_anchored(rule: EditedRule) -> Edits:
    """Yield an update that is right in the first row and, filled down, reads empty cells below the learning rate."""
    rate, recipe = Ref(Given(LearningRate())), rule.recipe
    if rate in rule.refs:
        row = Ref(Epoch()) if recipe.single else Ref(Epoch()) * float(recipe.examples) + Ref(ExampleNumber()) - 1.0
        moved = if_else(Condition(row, ">", 1.0), 0.0, rate)
        said = "lets the cell of the learning rate move down with it: its reference needs dollar signs"
        yield replaced(rule.formula, {rate: moved}), said


# The commonest first: a formula that is several mistakes at once is the first of them.
KINDS: Mapping[str, Callable[[EditedRule], Edits]] = {
    "slope of another unit": _slope_of_another_unit,
    "weights of another unit": _weights_of_another_unit,
    "rule of another": _rule_of_another,
    "another number of its kind": _another_of_its_kind,
    "net input for output": _net_input_for_output,
    "slope missing or twice": _slope_missing_or_twice,
    "updated weights": _old_and_new_mixed,
    "brackets missing": _brackets_missing,
    "wrong sign": _wrong_sign,
    "part missing": _part_missing,
    "mean or sum": _mean_or_sum,
    "another row": _another_row,
    "wrong operator": _wrong_operator,
    NOT_ANCHORED: _rate_not_anchored,
}
