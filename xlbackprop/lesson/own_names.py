"""The names that inputs, targets, classes and weights have outside: of a column of data, in a textbook.

They stand beside i1, t1 and w1 and never in their place: every rule is written with these. A table of own names maps
ours to theirs: {"i1": "sepal length", "t1": "setosa", "w1": "w13"}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from xlbackprop.errors import did_you_mean
from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.network import Naming, NetInput, Output, TotalLoss, UnitLoss

INPUT_NAMES, TARGET_NAMES, CLASS_NAMES = "input_names", "target_names", "class_names"
LONGEST_NAME = 60  # characters; a line of a sheet holds them


def with_own(name: str, own: str) -> str:
    """Return a name, or words, with the own name beside it: "w1 (w13)"."""
    return f"{name} ({own})" if own else name


def of_inputs(names: Sequence[str]) -> dict[str, str]:
    """Return the own names of inputs: {"i1": "sepal length", …}."""
    return _apart({f"i{number}": name for number, name in enumerate(names, start=1)})


def of_outputs(names: Sequence[str]) -> dict[str, str]:
    """Return the own names of targets, and of the outputs that should meet them: {"t1": "setosa", "o1": …}."""
    table: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        table |= {f"{letter}{number}": name for letter in ("t", "o", "out_o")}
    return _apart(table)


def of_thresholds(naming: Naming, layers: Iterable[int]) -> dict[str, str]:
    """Return the own names of biases of these layers, which were written as thresholds: {"b1": "−θ1", …}."""
    units = ((layer, unit) for layer in layers for unit in naming.units(layer))
    biases = [bias for unit in units if (bias := naming.bias(*unit)) is not None]
    names = dict.fromkeys(map(naming.name, biases))
    return {name: f"−θ{name[1:]}" if len(names) > 1 else "−θ" for name in names}


def _apart(table: Mapping[str, str]) -> dict[str, str]:
    """Return the names that tell more than ours do; those of a file may be as long as they like."""
    shown = {ours: f"{own[: LONGEST_NAME - 1]}…" if len(own) > LONGEST_NAME else own for ours, own in table.items()}
    return {ours: own for ours, own in shown.items() if own and own != ours}


# ---------------------------------------------------------------------------------------------------- what was written


def read_data_names(
    table: TableReader, inputs: int, targets: int, classes: Sequence[str], *, are_classes: bool
) -> dict[str, str]:
    """Return the own names that the [data] table gives to so many inputs and targets; 0 where these are unknown.

    `classes` are the texts that name classes in a file, `are_classes` tells whether the targets are classes.
    """
    found = of_inputs(_names(table, INPUT_NAMES, [f"i{number + 1}" for number in range(inputs)]))
    outputs = [f"t{number + 1}" for number in range(targets)]
    if fault := _fault_of_classes(table, targets, classes, are_classes=are_classes):
        table.ignore([TARGET_NAMES, CLASS_NAMES])
        table.complain(CLASS_NAMES, *fault)
        return found
    if targets == 1 and table.has(CLASS_NAMES):
        names = _names(table, CLASS_NAMES, ["0", "1"])
        return found | of_outputs([f"0: {names[0]}, 1: {names[1]}"] if names else [])
    return found | of_outputs(_names(table, CLASS_NAMES, outputs) or _names(table, TARGET_NAMES, outputs))


def _fault_of_classes(
    table: TableReader, targets: int, classes: Sequence[str], *, are_classes: bool
) -> tuple[str, str] | None:
    """Return why the targets have no class_names, and the cure; None where they may have."""
    if not table.has(CLASS_NAMES):
        return None
    if table.has(TARGET_NAMES):
        return "the targets have names already.", "Leave out either class_names or target_names."
    if targets and not are_classes:
        what = "the targets are no classes: of these each is 0 or 1, and of several one is 1."
        return what, "Numbers to be met have target_names."
    if classes:
        return f'the classes have names in the file already: "{classes[0]}", …', "Leave class_names out."
    return None


def _names(table: TableReader, key: str, ours: Sequence[str]) -> tuple[str, ...]:
    """Return a list of different names, one for each of ours; there may be none."""
    before = table.problem_count
    names = table.texts(key, ours)
    if table.problem_count == before:
        _complain_of_names(table, {f"{key}, text {number}": name for number, name in enumerate(names, start=1)})
    return names if table.problem_count == before else ()


def _complain_of_names(table: TableReader, names: Mapping[str, str]) -> None:
    """Note each of these names, by its place, that is empty, long, of several lines, or there twice."""
    seen: dict[str, str] = {}
    for place, name in names.items():
        if not name or "\n" in name:
            table.complain(place, "one line of text is needed.", "Leave the name out, or write one.")
        elif len(name) > LONGEST_NAME:
            what = f"this name has {len(name)} characters; {LONGEST_NAME} are allowed."
            table.complain(place, what, "Make it shorter.")
        elif name in seen:
            what = f'"{name}" is the name of {seen[name]}, too; names tell things apart.'
            table.complain(place, what, "Choose another.")
        seen.setdefault(name, place.rpartition(", ")[2])


def read_names(root: TableReader, naming: Naming | None, of_data: Mapping[str, str]) -> dict[str, str]:
    """Return the own names that the table [names] gives to what this network has; None where that is unknown.

    They take the place of those in a file. An output without a name of its own has that of its target. `of_data` are
    those that are typed in [data].
    """
    table = root.table("names", required=False)
    keys = list(root.peek("names") or {}) if isinstance(root.peek("names"), dict) else []
    if naming is None or not keys:
        table.ignore(keys)
        return {}
    known = dict.fromkeys(_nameable(naming))
    found: dict[str, str] = {}
    for key in keys:
        if key in known:
            found[key] = table.text(key)
            if key in of_data and key[0] in "it":
                table.complain(key, f'it has the name "{of_data[key]}" in [data] already.', "Leave one out.")
        else:
            table.ignore([key])
            table.complain(key, f"this lesson has no {key[:40]}.", _cure(key, table.peek(key), naming, known))
    texts = {key: name for key, name in found.items() if isinstance(table.peek(key), str)}
    _complain_of_names(table, texts)
    targets = [(target.unit + 1, naming.name(target)) for target in naming.targets()]
    of_targets = {f"{letter}{unit}": found[t] for unit, t in targets if t in found for letter in ("o", "out_o")}
    return _apart(of_targets | found)


def names_here(root: TableReader) -> dict[str, str]:
    """Return the table [names] the other way round, {"w13": "w1"}; what is wrong with it `read_names` tells."""
    told = root.peek("names")
    texts = told.items() if isinstance(told, dict) else ()
    return {own.strip(): ours for ours, own in texts if isinstance(own, str)}


def _cure(key: str, value: Any, naming: Naming, known: Iterable[str]) -> str:
    if isinstance(value, str) and value.strip() in known:
        return f'The name that it has here stands first: {value.strip()} = "{key[:40]}"'
    names = [naming.name(of) for of in naming.parameters()]
    ends = f"Weights and biases are {names[0]} … {names[-1]}." if len(names) > 1 else f"There is {names[0]}."
    return ends if key[:1] in ("w", "b") else did_you_mean(key[:40], [*known][:30])


def _nameable(naming: Naming) -> Iterable[str]:
    """Yield the names of what may have an own name: inputs, weights, biases, units, targets, losses."""
    units = [(layer, unit) for layer in naming.layers() for unit in naming.units(layer)]
    nets, outputs = (NetInput(*unit) for unit in units), (Output(*unit) for unit in units)
    losses = (UnitLoss(target.unit) for target in naming.targets())
    for of in (*naming.inputs(), *naming.parameters(), *nets, *outputs, *naming.targets(), *losses, TotalLoss()):
        yield naming.name(of)
