"""The twin of a lesson: one Python file that computes every number of every row of its runs, and reads as a lesson.

The formulas are those of `taught`, read as Python. Nothing of a person's text becomes code: texts stand in remarks, in
the docstring and in string literals alone.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from xlbackprop._version import __version__
from xlbackprop.errors import printable
from xlbackprop.lesson import Lesson
from xlbackprop.network import OPTIMIZERS, Constant, Gradient, Input, Recipe, State, Target, row_quantities
from xlbackprop.twin import machinery
from xlbackprop.twin.layout import WIDTH, call, docstring, indented, wrapped
from xlbackprop.twin.names import Names, identifier, is_wide
from xlbackprop.twin.passes import Function, backward, forward, rule_of, schedule, update
from xlbackprop.twin.seal import sealed

_RULE = "-" * (WIDTH - 2)
_IMPORTS = ("argparse", "ast", "csv", "inspect", "math", "os", "re", "sys")


_LISTS = (
    "The network is wide, so the numbers of a layer stand in lists, counted from 0: h[0] is h1 of the sheet, w_h[2][5] the "
    "weight into the third hidden unit from the sixth input, dE_dw_h[2][5] its slope. In formulas u counts the units of a "
    "layer, s what these receive from, k what is added up."
)


def twin(lesson: Lesson, name: str = "twin.py") -> str:
    """Return the text of a lesson's twin; `name` is that of its file, as the file itself tells how it is run."""
    return sealed("\n".join(_Program(lesson).lines(name)) + "\n")


class _Shared(NamedTuple):
    """What runs have of one sort, e.g. their forward pass: each different one with its name, and the names by run."""

    parts: Mapping[str, Sequence[str]]
    of_run: tuple[str, ...]

    @property
    def varies(self) -> bool:
        return len(self.parts) > 1


class _Program:
    """The parts of a twin, found once for the whole lesson."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson = lesson
        self.wide = any(is_wide(run.recipe) for run in lesson.runs)
        self.names = [Names(run.naming, wide=self.wide) for run in lesson.runs]
        recipes = [run.recipe for run in lesson.runs]
        pairs = list(zip(recipes, self.names, strict=True))
        self.forward = self._functions("forward", [forward(*pair) for pair in pairs])
        self.backward = self._functions("backward", [backward(*pair) for pair in pairs])
        self.update = self._functions("update", [update(*pair) for pair in pairs])
        self.schedule = self._functions("schedule", [schedule(*pair) for pair in pairs])
        self.start = self._constants("START", [self._start(index) for index in range(len(recipes))])
        self.memory = self._constants("MEMORY", [_memory(*pair) for pair in pairs])
        self.names_of_lists = self._constants("NAMES", [_stems(*pair) for pair in pairs])
        self.summed = self._constants("SUMMED", [_summed(*pair) for pair in pairs])
        self.batch = self._constants("BATCH", [[str(recipe.batch)] for recipe in recipes])

    # ----------------------------------------------------------------------------------------- what runs share, or not

    def _functions(self, name: str, functions: Sequence[Function | None]) -> _Shared:
        different = list(dict.fromkeys(function for function in functions if function is not None))
        names = _numbered(name, len(different))
        parts = {}
        for own, function in zip(names, different, strict=True):
            runs = [run.name for run, other in zip(self.lesson.runs, functions, strict=True) if other == function]
            told = f"It is that of the runs: {'; '.join(runs)}." if len(different) > 1 or None in functions else ""
            parts[own] = function.text(own, told)
        of_run = ("None" if function is None else names[different.index(function)] for function in functions)
        return _Shared(parts, tuple(of_run))

    def _constants(self, name: str, values: Sequence[Sequence[str]]) -> _Shared:
        """Return constants, each the lines of its value; a run without one has an empty value."""
        different = list(dict.fromkeys(tuple(value) for value in values if value))
        names = _numbered(name, len(different))
        parts = {own: [f"{own} = {value[0]}", *value[1:]] for own, value in zip(names, different, strict=True)}
        of_run = (names[different.index(tuple(value))] if value else "{}" for value in values)
        return _Shared(parts, tuple(of_run))

    @property
    def _own(self) -> dict[str, _Shared]:
        """What runs differ in, by the names under which RUNS and `rows` know it."""
        parts = {
            "start": self.start,
            "memory": self.memory,
            "batch": self.batch,
            "summed": self.summed,
            "names": self.names_of_lists,
            "schedule": self.schedule,
            "forward": self.forward,
            "backward": self.backward,
            "update": self.update,
        }
        return {name: part for name, part in parts.items() if len({*part.of_run}) > 1}

    # ------------------------------------------------------------------------------------------------------- the text

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of the file."""
        lesson = self.lesson
        yield "#!/usr/bin/env python3"
        yield from docstring(_about(lesson, name))
        yield ""
        yield from (f"import {module}" for module in _IMPORTS)
        yield from _heading("What is given: change a number, and run it again")
        yield from self._data()
        for part in (self.start, self.memory):
            yield from _parts(part)
        yield f"LAST_EPOCH = {lesson.epochs}"
        if not lesson.single and not self.batch.varies:
            yield f"BATCH = {lesson.runs[0].recipe.batch}  # so many examples make a step: then the weights change"
        if not self._own:
            yield from ["", *self._runs()]
        for title, part in (
            ("Forward: from the inputs to the loss", self.forward),
            ("Backward: from the loss to the slope of every weight", self.backward),
            ("Update: from the slopes to better weights", self.update),
            ("The learning rate, epoch by epoch", self.schedule),
        ):
            if part.parts:
                yield from _heading(title)
                yield from _functions_text(part)
        yield from _heading("A run: forward, backward, update, again and again")
        yield from self._rows()
        if self._own:
            yield from ["", ""]
            for part in (self.batch, self.summed) if not lesson.single else ():
                yield from _parts(part) if part.varies else ()
            yield from self._runs()
        yield from _heading("The rest is no part of the lesson: how a sheet calculates, and how numbers are printed")
        yield from self._columns()
        yield from self._arithmetic()
        yield from machinery.PRINTING.splitlines()

    def _data(self) -> Iterator[str]:
        lesson = self.lesson
        names = self.names[0]
        data: tuple[Input | Target, ...] = (*names.naming.inputs(), *names.naming.targets())
        told = [f"{names.flat(of)} is {lesson.own_name(of)}" for of in data if lesson.own_name(of)]
        yield from (f"# {line}" for line in wrapped(", ".join(told), WIDTH - 2))
        rows = [self._example(index) for index in range(len(lesson.inputs))]
        if lesson.single:
            yield "# the example: i… goes in, t… is what should come out"
            yield from [f"EXAMPLE = {rows[0]}", ""]
            return
        yield "# the examples, one a line: i… goes in, t… is what should come out"
        if lesson.order:
            yield "# (in an order that was drawn)"
        yield "EXAMPLES = ["
        for index, row in enumerate(rows):
            if lesson.held_back and index == lesson.examples:
                yield "    # held back: never learnt from, only looked at in the end"
            yield f"    {row},"
        yield "]"
        yield f"LEARNT = {lesson.examples}  # so many of them are learnt from"
        yield ""
        if lesson.scale:
            keys = [names.flat(of) for of in names.naming.inputs()]
            fill = {"item": "name", "items": str(keys).replace("'", '"'), "access": "[name]"}
            if self.wide:
                fill = {"item": "k", "items": f"range({len(keys)})", "access": '["i"][k]'}
            yield from ["", *machinery.SCALED[lesson.scale].format(**fill).splitlines()]
            yield from ["", "", "EXAMPLES = scaled(EXAMPLES)", ""]

    def _example(self, index: int) -> str:
        inputs, targets = self.lesson.inputs[index], self.lesson.targets[index]
        if self.wide:
            return f"dict(i={_numbers(inputs)}, t={_numbers(targets)})"
        names = self.names[0]
        data = (*map(names.flat, names.naming.inputs()), *map(names.flat, names.naming.targets()))
        told = [f"{name}={float(value)!r}" for name, value in zip(data, (*inputs, *targets), strict=True)]
        return f"dict({', '.join(told)})"

    def _start(self, index: int) -> list[str]:
        run, names = self.lesson.runs[index], self.names[index]
        values = dict(zip(run.naming.parameters(), run.parameters, strict=True))
        lines = ["dict("]
        for number in run.naming.layers():
            layer = run.naming.layer(number)
            weights = [
                [values[weight] for weight in layer.weights() if weight.unit == unit] for unit in range(layer.units)
            ]
            biases = [values[bias] for bias in layer.biases()]
            if self.wide:
                own = names.place(next(layer.weights())).variable
                lines += [f"    {own}=[", *(f"        {_numbers(row)}," for row in weights), "    ],"]
                if biases:
                    lines.append(f"    {names.place(next(layer.biases())).variable}={_numbers(biases)},")
                continue
            for unit, net in enumerate(layer.nets()):
                terms = [term for term in layer.terms(unit) if term.source is not None]
                told = ", ".join(f"{names.flat(term.parameter)}={values[term.parameter]!r}" for term in terms)
                sources = ", ".join(names.flat(term.source) for term in terms if term.source is not None)
                lines.append(f"    {told},  # into {names.flat(net)}, from {sources}")
            for bias in layer.biases():
                fed = ", ".join(names.flat(term.net) for term in layer.terms_with(bias))
                lines.append(f"    {names.flat(bias)}={values[bias]!r},  # the bias of {fed}")
        return [*lines, ")"]

    def _runs(self) -> Iterator[str]:
        yield "# the runs: what each learns with"
        yield "RUNS = {"
        for index, run in enumerate(self.lesson.runs):
            own = [f"{name}={part.of_run[index]}" for name, part in self._own.items()]
            constants = map(run.naming.name, map(Constant, run.recipe.constants))
            own += [f"learning_rate={run.learning_rate!r}"]
            own += [f"{identifier(name)}={value!r}" for name, value in zip(constants, run.constants, strict=True)]
            first, *others = call("dict", own, before=f"{_literal(run.name)}: ", after=",")
            yield from indented([first, *others])
        yield "}"

    def _rows(self) -> Iterator[str]:
        lesson, own = self.lesson, self._own
        start = "start" if self.start.varies else "START"
        memory = "memory" if "memory" in own else "MEMORY" if self.memory.parts else ""
        changed = "calculate(update, row)"
        untrained = any(len(run.recipe.trained) < len([*run.naming.parameters()]) for run in lesson.runs)
        is_scheduled, is_summed = bool(self.schedule.parts), any(run.recipe.sums for run in lesson.runs)
        several = self.batch.varies
        used = [name for name in own if name not in ("names",)]
        unused = ["names"] if "names" in own else []
        fill = {
            "parameters": ", ".join([*used, *unused, "**settings"]),
            "start": f"{{**{start}, **{memory}}}" if memory else start,
            "updated": f"{{**weights, **{changed}}}" if untrained else changed,
            "held_back": " and those held back" if lesson.held_back else "",
        }
        learn = [
            "row.update(calculate(forward, row))",
            "row.update(calculate(backward, row))",
        ]
        if is_scheduled:
            line = "row.update(calculate(schedule, row))"
            learn[:0] = ["if schedule is not None:", f"    {line}"] if "schedule" in own else [line]
        template = machinery.ONE_EXAMPLE if lesson.single else machinery.SEVERAL_EXAMPLES
        batch, summed = ("batch" if several else "BATCH"), ("summed" if "summed" in own else "SUMMED")
        if is_summed and "summed" not in own:
            yield from [*next(iter(self.summed.parts.values())), "", ""]
        for line in template.splitlines():
            if line.strip() == "{passes}":
                yield from (" " * line.index("{") + code for code in learn)
            elif line.strip() == "{sums}":
                margin = " " * line.index("{")
                yield from (
                    margin + code for code in machinery.GATHERED.format(summed=summed).splitlines() if is_summed
                )
            else:
                yield line.format(**fill, batch=batch)

    def _columns(self) -> Iterator[str]:
        columns = dict.fromkeys(
            names.flat(of)
            for names, run in zip(self.names, self.lesson.runs, strict=True)
            for of in row_quantities(run.recipe)
        )
        yield "# the columns of the sheet, in its order"
        yield 'COLUMNS = """'
        yield from textwrap.wrap(" ".join(columns), WIDTH)
        yield '""".split()'
        if self.lesson.single:
            yield "EXAMPLES, LEARNT = [EXAMPLE], 1"
        if self.wide and not len({*self.names_of_lists.of_run}) > 1:
            yield "# how the numbers in lists are called: the beginning of the name, and the number of the first"
            yield from next(iter(self.names_of_lists.parts.values()))
        yield ""
        yield ""

    def _arithmetic(self) -> Iterator[str]:
        """Yield the functions that formulas call, as far as those of this file do, and those that treat errors."""
        shared = (self.forward, self.backward, self.update, self.schedule)
        formulas = "\n".join(line for part in shared for lines in part.parts.values() for line in lines)
        called = {
            *machinery.ALWAYS,
            *re.findall(r"\b(\w+)\(", formulas),
            *(["added"] if not self.lesson.single else []),
        }
        called |= {"total"} if "largest" in called else set()
        for function in machinery.ARITHMETIC.split("\n\n\n"):
            named = re.match(r"def (\w+)", function)
            if named is None or named[1] in called:
                yield from [*function.splitlines(), "", ""]


def _parts(shared: _Shared) -> Iterator[str]:
    for lines in shared.parts.values():
        yield from [*lines, ""]


def _functions_text(shared: _Shared) -> Iterator[str]:
    for place, lines in enumerate(shared.parts.values()):
        yield from ["", ""] if place else []
        yield from lines


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{number}" for number in range(1, count + 1)]


def _heading(text: str) -> list[str]:
    return ["", "", f"# {_RULE}", f"# {text}", f"# {_RULE}", "", ""]


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(repr(float(value)) for value in values)}]"


def _literal(text: str) -> str:
    """Return a text as a string literal on one line; signs that do not print are written as escapes."""
    return '"' + "".join(_escaped(sign) for sign in text) + '"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    if sign.isprintable():
        return sign
    return sign.encode("unicode_escape").decode()


def _memory(recipe: Recipe, names: Names) -> list[str]:
    """Return the value of MEMORY: what the optimizer keeps for each parameter, 0 before the first update."""
    kept = [State(letter, of) for letter in OPTIMIZERS[recipe.optimizer].keeps for of in recipe.trained]
    if not kept:
        return []
    places = dict.fromkeys(map(names.place, kept), "0.0")
    variables = dict.fromkeys(place.variable for place in places)
    zeros = {name: {at: zero for at, zero in places.items() if at.variable == name} for name in variables}
    told = [f"{name}={rule_of(of_name)}," for name, of_name in zeros.items()]
    return ["dict(", *indented(told if names.wide else textwrap.wrap(" ".join(told), WIDTH)), ")"]


def _summed(recipe: Recipe, names: Names) -> list[str]:
    """Return the value of SUMMED: the names of the gradients that are added up over a step."""
    if not recipe.sums:
        return []
    variables = dict.fromkeys(names.place(Gradient(of)).variable for of in recipe.trained)
    told = " ".join(variables)
    return [f'"{told}".split()'] if len(told) < WIDTH else ['"""', *textwrap.wrap(told, WIDTH), '""".split()']


def _stems(recipe: Recipe, names: Names) -> list[str]:
    """Return the value of NAMES: of each list the beginning of its numbers' names, and the number of the first."""
    stems = names.stems(row_quantities(recipe))
    return (
        ["{", *(f'    "{name}": ("{stem}", {number}),' for name, (stem, number) in stems.items()), "}"] if stems else []
    )


def _about(lesson: Lesson, name: str) -> list[list[str]]:
    """Return the paragraphs of the file's docstring."""
    run, epoch = _literal(lesson.runs[0].name), min(3, lesson.epochs)
    ways = {
        "": "how the loss goes, run by run",
        f"--epoch {epoch}": "every number of a row: its rule, the rule with numbers, the number",
        f"--run {run} --epoch {epoch}": "the same of this run",
        "--csv": "every number of every row of every run, as a table",
    }
    command = f"python {printable(name)}"
    width = max(map(len, ways)) + len(command) + 1
    return [
        wrapped(lesson.title),
        wrapped(lesson.introduction),
        wrapped(
            "This file computes every number of this lesson's workbook again, in plain Python and by the same names. "
            "It needs nothing but Python 3.8 or newer. Read it from top to bottom: forward() finds what the network "
            "answers and how wrong that is (the loss), backward() how much each weight has to do with it (the slopes), "
            "update() changes the weights. Then it begins anew."
        ),
        [f"    {f'{command} {options}'.strip():<{width}}   {what}" for options, what in ways.items()],
        wrapped(
            "Names: i1 is an input, t1 a target, w1 a weight, b1 a bias; h1 is the sum that a hidden unit receives, out_h1 "
            "what it makes of it and hands on; o1 and out_o1 are the same of an output. E1 is the loss of an output, "
            "E_Total that of all. dE_dw1 is ∂E/∂w1, the slope of the loss in w1."
        ),
        wrapped(_LISTS) if any(is_wide(run.recipe) for run in lesson.runs) else [],
        ["Numbers may differ from those of the workbook in the last of their 16 digits."],
        [f"Made by xlbackprop {__version__}."],
    ]
