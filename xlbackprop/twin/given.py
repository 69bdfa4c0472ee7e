"""What is given to a twin, as text: examples, starting values, what optimizers keep, runs; persons' texts, quoted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from xlbackprop.lesson import Lesson, Run
from xlbackprop.network import OPTIMIZERS, Constant, Input, Parameter, Recipe, State, Target, row_quantities
from xlbackprop.twin import machinery
from xlbackprop.twin.layout import WIDTH, indented, wrapped
from xlbackprop.twin.names import Names, identifier
from xlbackprop.twin.passes import rule_of

# Each function returns the lines of a constant's value, none where a run needs no such constant.


def examples(lesson: Lesson, names: Names) -> Iterator[str]:
    """Yield the constants EXAMPLE or EXAMPLES and LEARNT: the data as typed, and scaled where the lesson scales it."""
    data: tuple[Input | Target, ...] = (*names.naming.inputs(), *names.naming.targets())
    told = [f"{names.flat(of)} is {lesson.own_name(of)}" for of in data if lesson.own_name(of)]
    yield from (f"# {line}" for line in wrapped(", ".join(told), WIDTH - 2))
    rows = [_example(names, data, (*inputs, *targets)) for inputs, targets in _pairs(lesson)]
    if lesson.single:
        yield from ["# the example: i… goes in, t… is what should come out", f"EXAMPLE = {rows[0]}", ""]
        return
    order = " (in an order that was drawn)" if lesson.order else ""
    yield from [f"# the examples, one a line{order}: i… goes in, t… is what should come out", "EXAMPLES = ["]
    for index, row in enumerate(rows):
        if lesson.held_back and index == lesson.examples:
            yield "    # held back: never learnt from, only looked at in the end"
        yield f"    {row},"
    yield from ["]", f"LEARNT = {lesson.examples}  # so many of them are learnt from", ""]
    if lesson.scale:
        yield from _scaled(lesson, names)


def _pairs(lesson: Lesson) -> Iterator[tuple[tuple[float, ...], tuple[float, ...]]]:
    return zip(lesson.inputs, lesson.targets, strict=True)


def _example(names: Names, data: Sequence[Input | Target], values: Sequence[float]) -> str:
    inputs = names.naming.sizes[0]
    if names.wide:
        return f"dict(i={_numbers(values[:inputs])}, t={_numbers(values[inputs:])})"
    return f"dict({', '.join(f'{names.flat(of)}={float(value)!r}' for of, value in zip(data, values, strict=True))})"


def _scaled(lesson: Lesson, names: Names) -> Iterator[str]:
    inputs = ", ".join(f'"{names.flat(of)}"' for of in names.naming.inputs())
    fill = {"item": "name", "items": f"[{inputs}]", "access": "[name]"}
    if names.wide:
        fill = {"item": "k", "items": f"range({names.naming.sizes[0]})", "access": '["i"][k]'}
    yield from ["", *machinery.SCALED[lesson.scale].format(**fill).splitlines()]
    yield from ["", "", "EXAMPLES = scaled(EXAMPLES)", ""]


def start(run: Run, names: Names) -> list[str]:
    """Return the value of START: the starting values of all parameters."""
    values = dict(zip(run.naming.parameters(), run.parameters, strict=True))
    if names.wide:
        return ["dict(", *indented([*_start_in_lists(run, names, values)]), ")"]
    told: list[tuple[str, str]] = []
    for layer in map(run.naming.layer, run.naming.layers()):
        for unit, net in enumerate(layer.nets()):
            terms = [(term.parameter, term.source) for term in layer.terms(unit) if term.source is not None]
            sources = ", ".join(names.flat(source) for _, source in terms)
            weights = " ".join(f"{names.flat(weight)}={values[weight]!r}," for weight, _ in terms)
            told.append((weights, f"into {names.flat(net)}, from {sources}"))
        for bias in layer.biases():
            fed = ", ".join(names.flat(term.net) for term in layer.terms_with(bias))
            told.append((f"{names.flat(bias)}={values[bias]!r},", f"the bias of {fed}"))
    width = max(len(numbers) for numbers, _ in told)
    return ["dict(", *(f"    {numbers:<{width}}  # {what}" for numbers, what in told), ")"]


def _start_in_lists(run: Run, names: Names, values: Mapping[Parameter, float]) -> Iterator[str]:
    for layer in map(run.naming.layer, run.naming.layers()):
        weights, biases = [*layer.weights()], [*layer.biases()]
        yield f"{names.place(weights[0]).variable}=["
        for at in range(0, len(weights), layer.sources):
            yield f"    {_numbers([values[weight] for weight in weights[at : at + layer.sources]])},"
        yield "],"
        if biases:
            yield f"{names.place(biases[0]).variable}={_numbers([values[bias] for bias in biases])},"


def memory(recipe: Recipe, names: Names) -> list[str]:
    """Return the value of MEMORY: what the optimizer keeps for each parameter, 0 before the first update."""
    kept = [State(letter, of) for letter in OPTIMIZERS[recipe.optimizer].keeps for of in recipe.trained]
    if not kept:
        return []
    lists: dict[str, list[State]] = {}
    for state in kept:
        lists.setdefault(names.place(state).variable, []).append(state)
    told = [
        f"{name}={rule_of(dict.fromkeys(map(names.place, states), '0.0'), names.shape(states[0]))},"
        for name, states in lists.items()
    ]
    return ["dict(", *indented(told if names.wide else textwrap.wrap(" ".join(told), WIDTH)), ")"]


def names_of_lists(recipe: Recipe, names: Names) -> list[str]:
    """Return the value of NAMES: of each list the beginning of its numbers' names, and the number of the first."""
    stems = names.stems(row_quantities(recipe)).items()
    return ["{", *(f'    "{name}": ("{stem}", {number}),' for name, (stem, number) in stems), "}"] if stems else []


def settings(run: Run) -> list[str]:
    """Return what a run learns with: "learning_rate=0.4", "momentum=0.5"."""
    constants = [identifier(run.naming.name(Constant(name))) for name in run.recipe.constants]
    named = zip(("learning_rate", *constants), (run.learning_rate, *run.constants), strict=True)
    return [f"{name}={float(value)!r}" for name, value in named]


def literal(text: str) -> str:
    """Return a text as a string literal on one line; signs that do not print are written as escapes."""
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(repr(float(value)) for value in values)}]"
