"""How names from outside stand beside ours: "w1 (w13)", and below a network a list of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from textwrap import wrap

from xlbackprop.lesson import Lesson
from xlbackprop.network import NetInput, Output, Quantity, TotalLoss, UnitLoss

_MOST_LINES = 6
_BOUND = "\u00a0"  # keeps a name in one line


def beside(own: str, rows: Sequence[str], room: float) -> list[str]:
    """Return the rows of a rule with the own name of what it computes before them: "(setosa) = exp_o1/sum_exp_o".

    A name for which a row of `room` characters is too short has a row of its own.
    """
    first, *others = rows
    together = f"({own}) {first}"
    if not own:
        return list(rows)
    return [together, *others] if len(together) <= room else [f"({own})", *rows]


def list_of_names(lesson: Lesson, run: int, width: float) -> list[str]:
    """Return the lines, at most `width` characters long, that list the own names in the network of a run.

    There are none where nothing has an own name. What an output and its target share is told of the target.
    """
    if not lesson.own_names:
        return []
    told: dict[str, str] = {}
    shared = {lesson.own_name(target, run) for target in lesson.runs[run].naming.targets()}
    for quantity in _all(lesson, run):
        own, name = lesson.own_name(quantity, run), lesson.runs[run].naming.name(quantity)
        if own and not (isinstance(quantity, NetInput | Output) and own in shared):
            told[name] = own
    if not told:
        return []
    words = "; ".join(f"{name}: {own}".replace(" ", _BOUND) for name, own in told.items())
    lines = [
        line.replace(_BOUND, " ")
        for line in wrap(f"Names: {words}", int(width), break_long_words=False, break_on_hyphens=False)
    ]
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "… and more, on Inputs and Data."]


def _all(lesson: Lesson, run: int) -> list[Quantity]:
    naming = lesson.runs[run].naming
    units = [(layer, unit) for layer in naming.layers() for unit in naming.units(layer)]
    computed: Iterable[Quantity] = chain.from_iterable((NetInput(*unit), Output(*unit)) for unit in units)
    losses = (UnitLoss(target.unit) for target in naming.targets())
    return [*naming.inputs(), *naming.targets(), *computed, *losses, TotalLoss(), *naming.parameters()]
