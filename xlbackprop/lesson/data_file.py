"""The examples of a lesson: written into its [data] table, or in a CSV file that lies beside it.

A CSV file has a header row and then an example a row, numbers but for the classes. Which columns are targets, the
lesson tells, and which are left out; `csv_text` reads the cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson.companion_files import is_bare_name
from xlbackprop.lesson.csv_text import (
    CURE_OF_MISSING,
    MAX_EXAMPLES,
    MOST_PROBLEMS,
    CsvTable,
    column_numbers_rows,
    numbers,
    read_table,
    shape_problems,
)
from xlbackprop.lesson.draws import LARGEST_SEED, draw_order
from xlbackprop.lesson.lesson import SCALES
from xlbackprop.lesson.own_names import read_data_names
from xlbackprop.lesson.toml.number_lists import cure_of_commas, is_flat, is_number, regrouped, written
from xlbackprop.lesson.toml.table_reader import TableReader, first_problems
from xlbackprop.network import Loss, Targets

MAX_CLASSES = 80  # an output unit each; more are too many for one formula, see `limits`

LEAST_SPREAD = 1e-4  # of its size; what varies less loses digits when its mean is subtracted
LEAST = 1e-100  # the square of less is 0

TARGET_COLUMNS, LEAVE_OUT = "target_columns", "leave_out"
Rows: TypeAlias = tuple[tuple[float, ...], ...]
Fetch: TypeAlias = Callable[[str], str]


class Examples(NamedTuple):
    """Inputs and targets, a row for each example; the last `held_back` are not trained on.

    `file` and `text` are the name and the text of the file that they were read from, if any, `input_names` the headers
    of its columns that are inputs, and `output_names` those of its targets, or the names of its classes. `typed_names`
    are the own names that [data] gives to inputs and outputs. Where the examples were shuffled, `order` is where each
    of them stood before, counted from 0.
    """

    inputs: Rows
    targets: Rows
    held_back: int = 0
    file: str = ""
    text: str = ""
    input_names: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()
    typed_names: Mapping[str, str] = MappingProxyType({})
    scale: str = ""
    order: tuple[int, ...] = ()


# --------------------------------------------------------------------------------------------------- the [data] table


def read_examples(table: TableReader, outputs: Sequence[str] | None, sources: int | None, fetch: Fetch) -> Examples:
    """Return the examples of a lesson; `outputs` names the targets, None where the outputs are unknown.

    `sources` is for how many inputs weights are typed, None where none are. `fetch` returns the text of a file by its
    name, or raises InputError.
    """
    examples = _from_file(table, outputs, fetch) if table.has("file") else _from_table(table, outputs, sources)
    examples = _shuffled(table, examples)
    most = max(len(examples.inputs) - 1, 0)
    held_back = table.whole("held_back", 0, most if examples.inputs else MAX_EXAMPLES, default=0) or 0
    names, scale = _typed_names(table, examples), _scale(table, examples.inputs, held_back)
    table.complain_of_unknown_keys()
    return examples._replace(held_back=min(held_back, most), typed_names=names, scale=scale)


def _shuffled(table: TableReader, examples: Examples) -> Examples:
    seed = table.whole("shuffle", 0, LARGEST_SEED) if table.has("shuffle") else None
    if seed is None or len(examples.inputs) != len(examples.targets):
        return examples
    order = draw_order(seed, len(examples.inputs))
    inputs, targets = (tuple(rows[place] for place in order) for rows in (examples.inputs, examples.targets))
    return examples._replace(inputs=inputs, targets=targets, order=order)


def _scale(table: TableReader, inputs: Rows, held_back: int) -> str:
    """Return how the inputs are scaled, "" where they are not; what can hardly be scaled is told."""
    scale = table.choice("scale", SCALES, "way to scale", "")
    if scale and len(inputs) - held_back == 1:
        what = "there is one example to learn from only; others are needed to scale it by."
        table.complain("scale", what, "Leave scale out.")
    if scale and inputs:
        for number, column in enumerate(zip(*inputs[: len(inputs) - held_back], strict=True), start=1):
            low, high = min(column), max(column)
            if low < high and high - low < max(LEAST_SPREAD * max(abs(low), abs(high)), LEAST):
                what = f"i{number} goes from {low:.10g} to {high:.10g}; so near together, they lose digits when scaled."
                table.complain("scale", what, f"Subtract {low:g} in the data, or leave scale out.")
    return scale


def _typed_names(table: TableReader, examples: Examples) -> dict[str, str]:
    inputs, targets = (len(next(iter(rows), ())) for rows in (examples.inputs, examples.targets))
    column = table.peek("class_column")
    texts = [name for name in examples.output_names if column and not name.startswith(f"{column} ")]
    return read_data_names(table, inputs, targets, texts, are_classes=has_classes(examples.targets))


def _from_table(table: TableReader, outputs: Sequence[str] | None, sources: int | None) -> Examples:
    for key in (TARGET_COLUMNS, "class_column", LEAVE_OUT):
        table.ignore([key])
        if table.has(key):
            table.complain(key, "it names columns of a file, but there is none.", 'For instance: file = "examples.csv"')
    fault = _shape_fault(table.peek("inputs"), table.peek("targets"), len(outputs or ()), sources)
    if fault is not None:
        table.ignore(["inputs", "targets"])
        table.complain(*fault)
        return Examples((), ())
    inputs = table.examples("inputs", None, "inputs (one for each of i1, i2, …)")
    targets = table.examples("targets", outputs, "targets (one for each output unit)")
    if inputs and targets and len(inputs) != len(targets):
        table.complain("targets", _not_as_many(inputs, targets), "Each example needs both.")
    if len(inputs) > MAX_EXAMPLES:
        table.complain("inputs", f"there are {len(inputs):,} examples; {MAX_EXAMPLES:,} are allowed.")
    return Examples(inputs, targets)


def _shape_fault(inputs: Any, targets: Any, outputs: int, sources: int | None) -> tuple[str, str, str] | None:
    """Return key, fault and cure where the lists were meant otherwise than they are read; None where they were not.

    `outputs` is 0 where it is unknown, `sources` None.
    """
    if words := _words(targets):
        return "targets", "these are words, and a network answers with numbers.", _cure_of_words(words, outputs)
    examples, answers = _rows_of_numbers(inputs), _rows_of_numbers(targets)
    if is_flat(inputs) and sources and len(inputs) != sources and (cure := cure_of_commas([inputs], sources)):
        return "inputs", f"the weights are for {sources} inputs, but there are {len(inputs)}.", cure
    if is_flat(targets) and outputs and len(targets) > outputs and len(targets) % outputs == 0:
        return _flat_fault(inputs, regrouped(targets, outputs), sources)
    if is_flat(inputs) and len(answers) > 1:
        return _flat_fault(inputs, answers, sources, write_targets=False)
    if is_flat(targets) and len(examples) > 1:
        return "targets", "each of several examples needs a list of its own.", "For instance: [[0], [1]]"
    if len(answers) == 1 < len(examples) and len(answers[0]) == len(examples) * outputs:
        return _flat_fault(inputs, regrouped(answers[0], outputs), sources)
    turned = examples and len({*map(len, examples)}) == 1 and len(examples[0]) == len(answers) != len(examples)
    if turned and sources in (None, len(examples)):
        rows = [list(row) for row in zip(*examples, strict=True)]
        return "inputs", _not_as_many(examples, answers), f"Transposed? A row is an example: inputs = {written(rows)}."
    return None


def _not_as_many(inputs: Sequence[Any], targets: Sequence[Any]) -> str:
    examples = f"{len(targets):,} example{'s' * (len(targets) != 1)}"
    return f"there are targets for {examples}, but inputs for {len(inputs):,}."


def _flat_fault(
    inputs: Any, answers: list[list[Any]], sources: int | None, *, write_targets: bool = True
) -> tuple[str, str, str] | None:
    """Return the fault of targets, or inputs, that stand in one list but are those of several examples."""
    cure = f"targets = {written(answers)}"
    if _rows_of_numbers(inputs):
        if len(inputs) == len(answers):
            return "targets", "each of several examples needs a list of its own.", f"Write {cure}."
        return "targets", _not_as_many(inputs, answers), "Each example needs both."
    width, rest = divmod(len(inputs), len(answers)) if is_flat(inputs) else (0, 1)
    if rest or sources not in (None, width):
        return None
    what = f"one list is one example, but there are targets for {len(answers)}."
    rows = f"inputs = {written(regrouped(inputs, width))}"
    return "inputs", what, f"Write {rows} and {cure}." if write_targets else f"Write {rows}."


def _words(targets: Any) -> list[str]:
    """Return the class of each example where all are words, and differ: ["cat", "dog"], [["cat"], ["dog"]]; else []."""
    rows = targets if isinstance(targets, list) else []
    words = [row[0] if isinstance(row, list) and len(row) == 1 else row for row in rows]
    are_words = all(isinstance(word, str) and word.strip().isalpha() for word in words)
    return words if are_words and len({*words}) > 1 else []


def _cure_of_words(words: Sequence[str], outputs: int) -> str:
    """Return the targets to write in the place of words: 0 and 1 for one output, else a 1 at the place of the class."""
    classes = list(dict.fromkeys(words))
    if outputs == 1 and len(classes) == 2:
        rows = [[int(word == classes[0])] for word in words]
        return f'For instance, 1 for "{classes[0][:40]}" and 0 for "{classes[1][:40]}": targets = {written(rows)}.'
    rows = [[int(word == known) for known in classes] for word in words]
    return f"With an output for each of {', '.join(classes)[:100]}: targets = {written(rows)}."


def _rows_of_numbers(value: Any) -> list[list[Any]]:
    """Return a list of lists of numbers, an empty one where this is none."""
    return value if isinstance(value, list) and value and all(map(is_flat, value)) else []


def _from_file(table: TableReader, outputs: Sequence[str] | None, fetch: Fetch) -> Examples:
    before = table.problem_count
    name = table.line("file", longest=100)
    for key in ("inputs", "targets"):
        if table.has(key):
            table.ignore([key])
            table.complain(key, "the examples stand in a file already.", f"Leave out either {key} or file.")
    target_columns, leave_out = table.texts(TARGET_COLUMNS), table.texts(LEAVE_OUT)
    class_column = table.text("class_column", "")
    if bool(target_columns) == bool(class_column) and table.problem_count == before:
        what = "which columns are targets must be told, by target_columns or by class_column, not by both."
        table.complain("file", what, 'For instance: target_columns = ["t1"]')
    if table.problem_count == before and not is_bare_name(name, ".csv"):
        what = "the name of a file beside the lesson is needed, one that ends in .csv, without folders."
        table.complain("file", what, 'For instance: file = "examples.csv"')
    if table.problem_count > before:
        return Examples((), ())
    try:
        text = fetch(name)
        inputs, targets, names, classes = read_csv(text, name, target_columns, class_column, leave_out)
    except InputError as error:
        for place, what, hint in error.problems:
            if place in (TARGET_COLUMNS, LEAVE_OUT) or not place:
                table.complain(place or "file", what, hint)
            else:
                table.complain_elsewhere(f"{name}, {place}", what, hint)
        return Examples((), ())
    if outputs and len(outputs) != len(targets[0]):
        key = "class_column" if class_column else "target_columns"
        there = f"{len(targets[0])} target{'s' * (len(targets[0]) != 1)}"
        units = f"{len(outputs)} unit{'s' * (len(outputs) != 1)}"
        cure = f"Write units = {len(targets[0])} there." if class_column else "Make them equal."
        if class_column:
            there += f" ({written(classes, 100)[1:-1]})"
            alike = [name for name in classes if [*map(str.lower, classes)].count(name.lower()) > 1]
            cure = f"{' and '.join(alike[:2])} differ in capitals only. Mend the file." if alike else cure
        table.complain(key, f"it makes {there}, but the last layer has {units}.", cure)
    return Examples(inputs, targets, 0, name, text, names, classes or target_columns)


# ------------------------------------------------------------------------------------------------------- the CSV file


class Columns(NamedTuple):
    """What the columns of a CSV text are: inputs with their headers, targets with the names of their classes, if any.

    A class that is a number is named with the header of its column: "digit 0".
    """

    inputs: Rows
    targets: Rows
    input_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()


def read_csv(
    text: str, name: str, target_columns: Sequence[str], class_column: str, leave_out: Sequence[str] = ()
) -> Columns:
    """Return inputs and targets of a CSV text; targets are the columns named, or the classes of one column.

    Raises InputError with the first problems, each with its line.
    """
    table = read_table(text, name)
    targets = [class_column] if class_column else list(target_columns)
    problems = [*_header_problems(table, targets, leave_out)] or [*shape_problems(table)]
    names = table.header.cells
    classes = table.column(names.index(class_column)) if class_column and not problems else []
    for row, cell in zip(table.rows, classes, strict=False):
        if not cell:
            place = table.place(row, names.index(class_column))
            problems.append(Problem(place, "this cell is empty; a class is needed.", CURE_OF_MISSING))
    if problems:
        raise InputError(name, first_problems(problems, MOST_PROBLEMS))
    inputs = [place for place, column in enumerate(names) if column not in (*targets, *leave_out)]
    chosen = [] if class_column else [names.index(column) for column in targets]
    found = numbers(table, [*inputs, *chosen], targets, name)
    answers: Rows = tuple(tuple(row[len(inputs) :]) for row in found)
    class_names: tuple[str, ...] = ()
    if class_column:
        answers, class_names = _one_hot(classes, class_column, name)
    return Columns(
        inputs=tuple(tuple(row[: len(inputs)]) for row in found),
        targets=answers,
        input_names=tuple(names[place] for place in inputs),
        class_names=class_names,
    )


def _header_problems(table: CsvTable, targets: Sequence[str], leave_out: Sequence[str]) -> Iterator[Problem]:
    place, names = f"line {table.header.line}", table.header.cells
    if len(names) == 1:
        hint = "Separate the cells with commas; numbers have a decimal point."
        yield Problem(place, "the header has one column only; inputs and targets are needed.", hint)
        return
    for index, column in enumerate(names):
        if not column:
            counts = column_numbers_rows(table, index)
            hint = "It only numbers the rows: delete it." if counts else "The first row names the columns."
            yield Problem(place, f"column {index + 1} has no name.", hint)
        elif column in names[:index]:
            yield Problem(place, f'two columns are named "{column[:40]}".', "Rename one.")
    for index, column in enumerate((*targets, *leave_out)):
        if column not in names:
            what = f'there is no column "{column[:40]}".'
            cure = "A first row with the names of the columns is needed; these are numbers."
            only_numbers = all(map(is_number, names))
            yield Problem(place, what, cure if only_numbers else did_you_mean(column[:40], [*filter(None, names[:30])]))
        elif column in targets[:index] and index < len(targets):
            yield Problem(TARGET_COLUMNS, f'"{column[:40]}" stands there twice.', "Leave one out.")
        elif column in targets and index >= len(targets):
            yield Problem(LEAVE_OUT, f'"{column[:40]}" is a target.', "Leave out other columns.")
    if set(names) <= set(targets):
        yield Problem(place, "every column is a target; none is left for the inputs.")
    elif set(names) <= {*targets, *leave_out}:
        yield Problem(place, "every column is a target or left out; none is left for the inputs.")


def _one_hot(cells: Sequence[str], column: str, name: str) -> tuple[Rows, tuple[str, ...]]:
    """Return for each cell a row with a 1 at the place of its class among all, and the names of the classes."""
    numeric = all(map(is_number, cells))
    values: list[float] | list[str] = [float(cell) for cell in cells] if numeric else list(cells)
    order = {value: place for place, value in enumerate(sorted(set(values)))}  # type: ignore[type-var]
    if len(order) == 1:
        what = f'every example is of the class "{cells[0][:40]}"; there is nothing to tell apart.'
        raise InputError(name, [Problem(f'column "{column[:40]}"', what)])
    if len(order) > MAX_CLASSES:
        what = f"it has {len(order):,} different values; {MAX_CLASSES} classes are allowed."
        raise InputError(name, [Problem(f'column "{column[:40]}"', what, "Numbers to be met are target_columns.")])
    rows = [tuple(1.0 if place == at else 0.0 for at in range(len(order))) for place in range(len(order))]
    names = tuple(value if isinstance(value, str) else f"{column} {value:g}" for value in order)
    return tuple(rows[order[value]] for value in values), names


# ------------------------------------------------------------------------------------------ what a loss asks of them


def has_classes(targets: Rows) -> bool:
    """Return whether the targets are classes: all of them 0 or 1, and of several outputs exactly one is 1 in each row.

    Classes are at least two: targets that are all 0 name none.
    """
    return len({*targets}) > 1 and all(
        all(target in (0.0, 1.0) for target in row) and (len(row) == 1 or sum(row) == 1.0) for row in targets
    )


def target_problems(loss: Loss, targets: Rows, place: str, order: Sequence[int] = ()) -> list[Problem]:
    """Return the examples whose targets a loss cannot be computed for; `order` is where they stood, if shuffled."""
    problems = []
    for number, row in sorted(zip(order or range(len(targets)), targets, strict=True)):
        if loss.targets is Targets.SHARES_OF_1 and (min(row) < 0.0 or abs(sum(row) - 1.0) > 1e-9):
            what = f"with {loss.name}, targets are at least 0 and add up to 1; these add up to {sum(row):g}."
            what = what if min(row) >= 0.0 else f"with {loss.name}, no target is below 0, but one is {min(row):g}."
        elif loss.targets is Targets.BETWEEN_0_AND_1 and not all(0.0 <= target <= 1.0 for target in row):
            wrong = next(target for target in row if not 0.0 <= target <= 1.0)
            what = f"with {loss.name}, targets lie between 0 and 1, but one is {wrong:g}."
        elif loss.targets is Targets.SIGNS and not all(abs(target) == 1.0 for target in row):
            wrong = next(target for target in row if abs(target) != 1.0)
            what = f"with {loss.name}, targets must be −1 or 1, but one is {wrong:g}."
        else:
            continue
        problems.append(Problem(place, what if len(targets) == 1 else f"example {number + 1}: {what}"))
    return first_problems(problems, MOST_PROBLEMS)
