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
from xlbackprop.network import row_quantities
from xlbackprop.twin import given, machinery, words
from xlbackprop.twin.layout import WIDTH, call, docstring, indented, wrapped
from xlbackprop.twin.names import Names, is_wide
from xlbackprop.twin.passes import Function, backward, forward, schedule, update
from xlbackprop.twin.seal import sealed

_RULE = "-" * (WIDTH - 2)
_IMPORTS = ("argparse", "ast", "csv", "inspect", "math", "os", "re", "sys")


def twin(lesson: Lesson, name: str = "twin.py") -> str:
    """Return the text of a lesson's twin; `name` is that of its file, as the file itself tells how it is run."""
    return sealed("\n".join(_Program(lesson).lines(name)) + "\n")


class _Shared(NamedTuple):
    """What runs have of one sort, e.g. their forward pass: each different one by its name, and each run's name for it.

    The text of a constant or a function by its name: {"update_1": ["def update_1(…", …], …}; ("update_1", "update_1",
    "update_2") where the first two runs have the same.
    """

    parts: Mapping[str, Sequence[str]]
    of_run: tuple[str, ...]

    @property
    def varies(self) -> bool:
        """Whether runs differ in it, or some have none."""
        return len({*self.of_run}) > 1


class _Program:
    """A lesson's program. All runs have numbers in lists, or none: where one network is wide all are written so."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson, self.runs = lesson, lesson.runs
        wide = any(is_wide(run.recipe) for run in lesson.runs)
        self.names = [Names(run.naming, wide=wide) for run in lesson.runs]
        recipes = [(run.recipe, names) for run, names in zip(lesson.runs, self.names, strict=True)]
        self.parts = {
            "start": self._constants("START", [given.start(*of) for of in zip(lesson.runs, self.names, strict=True)]),
            "memory": self._constants("MEMORY", [given.memory(*of) for of in recipes]),
            "batch": self._constants("BATCH", [[str(recipe.batch)] for recipe, _ in recipes]),
            "names": self._constants("NAMES", [given.names_of_lists(*of) for of in recipes]),
            "schedule": self._functions("schedule", [schedule(*of) for of in recipes]),
            "forward": self._functions("forward", [forward(*of) for of in recipes]),
            "backward": self._functions("backward", [backward(*of) for of in recipes]),
            "update": self._functions("update", [update(*of) for of in recipes]),
        }
        if lesson.single:
            del self.parts["batch"]
        self.own = [name for name, part in self.parts.items() if part.varies]

    def _functions(self, name: str, functions: Sequence[Function | None]) -> _Shared:
        different = [function for function in dict.fromkeys(functions) if function is not None]
        names, parts = _numbered(name, len(different)), {}
        for own, function in zip(names, different, strict=True):
            runs = [run.name for run, other in zip(self.runs, functions, strict=True) if other == function]
            told = "" if len(runs) == len(self.runs) else f"It is that of the runs: {'; '.join(runs)}."
            parts[own] = function.text(own, told)
        return _Shared(parts, tuple(names[different.index(one)] if one else "None" for one in functions))

    @staticmethod
    def _constants(name: str, values: Sequence[Sequence[str]]) -> _Shared:
        """Return constants, each the lines of its value; where a run has none, it is empty."""
        different = list(dict.fromkeys(tuple(value) for value in values if value))
        names = _numbered(name, len(different))
        parts = {own: [f"{own} = {value[0]}", *value[1:]] for own, value in zip(names, different, strict=True)}
        return _Shared(parts, tuple(names[different.index(tuple(value))] if value else "{}" for value in values))

    # ------------------------------------------------------------------------------------------------------- the text

    def lines(self, name: str) -> Iterator[str]:
        """Yield the lines of the file."""
        yield "#!/usr/bin/env python3"
        yield from docstring(_about(self.lesson, name))
        yield from ["", *(f"import {module}" for module in _IMPORTS)]
        yield from _heading("What is given: change a number, and run it again")
        yield from given.examples(self.lesson, self.names[0])
        yield from [*self._text_of("start"), *self._text_of("memory"), f"LAST_EPOCH = {self.lesson.epochs}"]
        if "batch" in self.parts and "batch" not in self.own:
            yield f"{self._text_of('batch')[0]}  # so many examples make a step: after it the weights change"
        yield from [] if self.own else ["", *self._runs()]
        for part, title in words.HEADINGS.items():
            if self.parts[part].parts:
                yield from [*_heading(title), *self._text_of(part, "", "")[:-2]]
        yield from [*_heading(words.RUN_HEADING), *self._rows()]
        yield from ["", "", *self._runs()] if self.own else []
        yield from [*_heading(words.REST_HEADING), *self._printed_names(), *self._arithmetic()]
        yield from machinery.printing(self._features())

    def _features(self) -> set[str]:
        """Return what this lesson needs of the part that prints, as `machinery.printing` names it."""
        has = {
            "several": not self.lesson.single,
            "own": bool(self.own),
            "wide": bool(self.parts["names"].parts),
            "frozen": self._is_frozen,
            "memory": bool(self.parts["memory"].parts),
            "schedule": bool(self.parts["schedule"].parts),
        }
        return {name for name, is_so in has.items() if is_so}

    @property
    def _is_frozen(self) -> bool:
        return any(len(run.recipe.trained) < len(run.parameters) for run in self.runs)

    def _text_of(self, part: str, *between: str) -> list[str]:
        """Return the text of a constant or a function, or of those by which the runs differ, each with lines below."""
        shared = self.parts[part].parts.values()
        return [line for lines in shared for line in [*lines, *(between or [""])]]

    def _runs(self) -> Iterator[str]:
        for name in ("batch", "names"):
            yield from self._text_of(name) if name in self.own else ()
        yield from ["# the runs: what each learns with", "RUNS = {"]
        for index, run in enumerate(self.runs):
            own = [f"{name}={self.parts[name].of_run[index]}" for name in self.own]
            yield from indented(
                call("dict", [*own, *given.settings(run)], before=f"{given.literal(run.name)}: ", after=",")
            )
        yield "}"

    def _rows(self) -> Iterator[str]:
        """Yield the function that makes the rows of a run, and what it needs."""
        lesson = self.lesson
        known = {name: name if name in self.own else name.upper() for name in self.parts}
        start = "{**%(start)s, **%(memory)s}" if self.parts["memory"].parts else "%(start)s"
        fill = {
            "parameters": ", ".join([*self.own, "**settings"]),
            "start": start % known,
            "updated": "{**weights, **calculate(update, row)}" if self._is_frozen else "calculate(update, row)",
            "held_back": ", also of examples held back" if lesson.held_back else "",
            "batch": known.get("batch", ""),
        }
        passes = ["row.update(calculate(forward, row))", "row.update(calculate(backward, row))"]
        if self.parts["schedule"].parts:
            condition = "if schedule is not None:\n    " if "schedule" in self.own else ""
            passes[:0] = f"{condition}row.update(calculate(schedule, row))".split("\n")
        sums = machinery.GATHERED.splitlines() if any(run.recipe.sums for run in self.runs) else []
        template = machinery.ONE_EXAMPLE if lesson.single else machinery.SEVERAL_EXAMPLES
        for line in template.splitlines():
            inserted = {"{passes}": passes, "{sums}": sums}.get(line.strip())
            margin = line[: len(line) - len(line.lstrip())]
            yield from [line.format(**fill)] if inserted is None else (margin + code for code in inserted)

    def _printed_names(self) -> Iterator[str]:
        tables = zip(self.names, self.runs, strict=True)
        columns = dict.fromkeys(names.flat(of) for names, run in tables for of in row_quantities(run.recipe))
        yield from ["# the columns of the sheet, in its order", 'COLUMNS = """']
        yield from [*textwrap.wrap(" ".join(columns), WIDTH), '""".split()']
        if "names" not in self.own and self.parts["names"].parts:
            yield "# how the numbers in lists are called: the beginning of their names, and the number of the first"
            yield from self._text_of("names")[:-1]
        yield from ["", ""]

    def _arithmetic(self) -> Iterator[str]:
        """Yield the functions that the formulas call, and those that treat errors as a sheet does."""
        formulas = "\n".join(line for part in words.HEADINGS for line in self._text_of(part))
        called = {*machinery.ALWAYS, *re.findall(r"\b(\w+)\(", formulas)}
        called |= {"total"} if "largest" in called else set()
        called |= set() if self.lesson.single else {"added"}
        for function in machinery.ARITHMETIC.split("\n\n\n"):
            named = re.match(r"def (\w+)", function)
            if named is None or named[1] in called:
                yield from [*function.splitlines(), "", ""]


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{number}" for number in range(1, count + 1)]


def _heading(text: str) -> list[str]:
    return ["", "", f"# {_RULE}", f"# {text}", f"# {_RULE}", "", ""]


def _about(lesson: Lesson, name: str) -> list[list[str]]:
    """Return the paragraphs of the file's docstring."""
    epoch = f"--epoch {min(3, lesson.epochs)}"
    first, last = (given.literal(lesson.runs[place].name) for place in (0, -1))
    ways = {
        "": "how the loss goes, run by run",
        epoch: f"every number of an epoch of {first}, with its rule",
        f"--run {last} {epoch}": "the same of another run",
        "--csv": "every number of every row, as a table",
    }
    commands = {f"python {printable(name)} {options}".strip(): what for options, what in ways.items()}
    width = max(map(len, commands))
    wide = any(is_wide(run.recipe) for run in lesson.runs)
    about = words.ABOUT.format(examples=" through all examples" * (not lesson.single))
    has_biases = any(any(run.naming.biases) for run in lesson.runs)
    about_names = words.NAMES.format(biases=", b1 a bias" * has_biases)
    told = [about_names, words.LISTS * wide, words.SEVERAL * (not lesson.single), words.ROWS, words.DIGITS]
    return [
        wrapped(lesson.title),
        wrapped(lesson.introduction),
        wrapped(about),
        [f"    {command:<{width}}   {what}" for command, what in commands.items()],
        *map(wrapped, told),
        [f"Made by xlbackprop {__version__}."],
    ]
