"""Reading a lesson: a TOML file that a teacher wrote, checked.

`load_lesson` returns a `Lesson` or raises `InputError` with every problem of the file at once. To add a key, read it
in the function of its table below, and put it into a template with a remark. Whose the lesson is, is read in `credits`,
the examples in `data_file`, the network in `network_section`, the training in `training_section`, the runs in
`runs_section`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from xlbackprop.errors import InputError, Problem, did_you_mean
from xlbackprop.lesson.companion_files import MAX_TEXT, CompanionFiles, companion_files, plain_lines, text_of
from xlbackprop.lesson.credits import read_credits
from xlbackprop.lesson.csv_text import MAX_EXAMPLES
from xlbackprop.lesson.data_file import Examples, has_classes, read_examples, target_problems
from xlbackprop.lesson.lesson import ALL, LEVELS, PARTS, ExerciseChoice, Experiment, Lesson, Run, Show
from xlbackprop.lesson.limits import cell_problems, formula_problems, line_problems, row_problems
from xlbackprop.lesson.network_section import MAX_UNITS, THRESHOLDS, mend_units, read_network, typed_shape
from xlbackprop.lesson.own_names import names_here, of_inputs, of_outputs, of_thresholds, read_names
from xlbackprop.lesson.runs_section import RATES_OPTION, RunReader, rate_runs, unnamed_run
from xlbackprop.lesson.toml.number_lists import is_flat, mind_the_minus
from xlbackprop.lesson.toml.places import in_words, line_numbers
from xlbackprop.lesson.toml.syntax import parse
from xlbackprop.lesson.toml.table_reader import TableReader, first_problems
from xlbackprop.lesson.training_section import TrainingMethod, hints_of_other_methods, read_training_method
from xlbackprop.lesson_library import DEFAULT_LESSON, built_in_lessons
from xlbackprop.network import LOSSES, Naming, Recipe

EPOCHS_OPTION = "--epochs"
MOST_EXERCISE_ROWS = 60

# What fits a sheet, `limits` tells from the rows and columns; these keep the arithmetic short.
MAX_EPOCHS = 1_000_000
MAX_PROBLEMS = 100
LONGEST_NOTE = 600  # on Summary, beside the mathematics
# What Inputs lets a reader type, too. Nothing useful is learnt from larger numbers, and EXP overflows at 710.
MAX_NUMBER = 1e9
_MINUS_0 = re.compile(r"-0\s*,\s*[0-9]")


# ------------------------------------------------------------------------------------------------------- finding it


def load_lesson(
    lesson: str | Path = DEFAULT_LESSON,
    *,
    epochs: int | str | None = None,
    learning_rates: Sequence[float | str] | None = None,
    reserved: Sequence[str] = (),
) -> Lesson:
    """Return a built-in lesson by its name, or the lesson in a TOML file by its path.

    `epochs` (the last epoch) and `learning_rates` take the place of what the file says; both may be words that a
    person typed. A file of examples and a logo are read from the lesson's folder. No run may have one of the
    `reserved` names, those of other sheets ("Summary"; "Step by step*" is every name that begins so). Raises InputError
    with every problem at once.
    """
    options: list[tuple[str, str]] = []
    if epochs is not None:
        options.append((EPOCHS_OPTION, str(epochs)))
    if learning_rates is not None:
        options.append((RATES_OPTION, ", ".join(str(rate) for rate in learning_rates)))
    text, source, folder = _lesson_text(lesson)
    return _read_lesson(text, source, options, companion_files(folder), reserved)


def read_lesson(
    text: str,
    source: str,
    options: Sequence[tuple[str, str]] = (),
    data: str | None = None,
    reserved: Sequence[str] = (),
) -> Lesson:
    """Return the lesson that a TOML text describes; `source` names it in messages.

    `options` change it as the command line does: ("--epochs", "50"), ("--rates", "0.1, 0.2"). `data` is the text of
    the file of examples, where the lesson names one; a logo is not at hand and is left out. `reserved` is as in
    `load_lesson`. Raises InputError with every problem at once.
    """

    def fetch(name: str) -> str:
        if data is None:
            raise InputError(name, [Problem("", f'the text of "{name}" is not at hand.')])
        return plain_lines(data.removeprefix("\ufeff"))

    return _read_lesson(text, source, options, CompanionFiles(fetch, lambda _: None), reserved)


def _lesson_text(lesson: str | Path) -> tuple[str, str, Path]:
    """Return the text of a lesson, where it comes from, and the folder of its data."""
    built_in = built_in_lessons()
    if isinstance(lesson, str) and lesson in built_in:
        path = built_in[lesson].resolve()  # some installers put links into their store here, one for each file
        return path.read_text(encoding="utf-8"), f"the built-in lesson {lesson}", path.parent
    path, source = Path(lesson), str(lesson)
    if not source.strip("\0 "):
        raise InputError(
            "LESSON", [Problem("", "the name is empty.", "Name a built-in lesson or a lesson file (.toml).")]
        )
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise InputError(source, [Problem("", "this is not a file that can be read as a whole.")])
        if path.is_file() and (size := path.stat().st_size) > MAX_TEXT:
            what = f"it has {size / 1e6:,.0f} MB; {MAX_TEXT / 1e6:g} MB are allowed. Is it a lesson file (.toml)?"
            raise InputError(source, [Problem("", what)])
        text = text_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(source, [_missing(path, built_in)]) from None
    except IsADirectoryError:
        raise InputError(source, [Problem("", "this is a folder.", "Name a lesson file (.toml) in it.")]) from None
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        what = "this is not UTF-8 text."
        raise InputError(source, [Problem(place, what, "Save the lesson as UTF-8 in your editor.")]) from None
    except OSError as error:
        raise InputError(source, [Problem("", f"it cannot be read: {error.strerror}.")]) from None
    return text, source, path.parent


def _missing(path: Path, built_in: Mapping[str, Path]) -> Problem:
    """Return the problem of a lesson that is not there; a bare name is taken for that of a built-in lesson."""
    if path.parent != Path():
        return Problem("", "there is no such file.", "Is the path right?")
    if path.suffix == "":
        return Problem(
            "", "there is no built-in lesson and no file of this name.", did_you_mean(str(path), list(built_in))
        )
    hint = f'The built-in lesson is named "{path.stem}" alone.' if path.stem in built_in else "Is the path right?"
    return Problem("", "there is no such file.", hint)


def _read_lesson(
    text: str, source: str, options: Sequence[tuple[str, str]], companions: CompanionFiles, reserved: Sequence[str]
) -> Lesson:
    problems: list[Problem] = []
    tables = parse(text, source)
    if not tables:
        raise InputError(
            source, [Problem("", "there is no lesson in it.", "xlbackprop new my-lesson.toml writes one.")]
        )
    root = TableReader(tables, "", problems)
    lesson = _read(root, text, options, companions, reserved, problems)
    root.complain_of_unknown_keys()
    if not problems:
        problems += _size_problems(lesson)
    if problems:
        lines = line_numbers(text)
        told = [in_words(problem, tables, lines) for problem in problems]
        if _MINUS_0.search(text):  # TOML keeps no minus of a whole 0
            told = [one._replace(hint=mind_the_minus(one.hint)) for one in told]
        raise InputError(source, first_problems(list(dict.fromkeys(told)), MAX_PROBLEMS))
    return lesson


# --------------------------------------------------------------------------------------------------------- reading it


def _read(
    root: TableReader,
    text: str,
    options: Sequence[tuple[str, str]],
    companions: CompanionFiles,
    reserved: Sequence[str],
    problems: list[Problem],
) -> Lesson:
    title, introduction = root.line("title", longest=120), root.text("introduction", "")
    whose = read_credits(root, companions.image)
    network, data, training = root.table("network"), root.table("data"), root.table("training")
    named = root.tables("runs", required=False)
    layers = network.tables("layers", required=not _all_have(named, "layers"))
    mend_units(layers, _typed_targets(data))
    typed = typed_shape(layers[0]) if layers else None
    examples = read_examples(data, _target_names(layers), typed and typed[1], companions.text)
    in_file = training.whole("epochs", 0, MAX_EPOCHS)
    last = MAX_EPOCHS if in_file is None else in_file
    epochs = _option_epochs(options, 1 if in_file is None else in_file, problems)
    base = _base(training, examples, epochs)
    shared = read_network(network, None, layers, base, need_loss=not _all_have(named, "loss"))
    method, ours = read_training_method(training, TrainingMethod(), last), names_here(root)
    if named:
        targets = len(next(iter(examples.targets), ()))
        reader = RunReader(base, shared, method, last, targets, reserved, ours)
        runs = [*reader.read(named, training, options, problems)]
    else:
        runs = rate_runs(training, unnamed_run(base, shared, method, problems, ours), options, problems)
    corrections = root.table("corrections", required=False)
    lesson = Lesson(
        title=title,
        introduction=introduction,
        runs=tuple(runs),
        inputs=examples.inputs,
        targets=examples.targets,
        held_back=examples.held_back,
        epochs=epochs,
        by_rate=not named,
        experiments=_experiments(root),
        corrected_source=corrections.text("source", "the source text"),
        corrections=corrections.texts("notes"),
        text=text,
        data_file=examples.file,
        data_text=examples.text,
        input_names=examples.input_names,
        own_names=tuple(_own_names(root, layers, examples, runs).items()),
        scale=examples.scale,
        order=examples.order,
        options=tuple(options),
        credits=whose,
        show=_show(root, runs, examples, last, epochs, options),
        exercise=_exercise(root),
    )
    network.complain_of_unknown_keys()
    training.complain_of_unknown_keys(hints_of_other_methods(method))
    corrections.complain_of_unknown_keys()
    return lesson


def _own_names(
    root: TableReader, layers: Sequence[TableReader], examples: Examples, runs: Sequence[Run]
) -> dict[str, str]:
    """Return names from outside by ours: those of the file, in their place those of [data], and then of [names].

    `layers` are those of [network]; a bias that was written as a threshold has the name of that, −θ.
    """
    namings = Counter(run.naming for run in runs if run.recipe.inputs and run.recipe.layers).most_common(1)
    naming = namings[0][0] if namings else None
    of_file = of_inputs(examples.input_names) | of_outputs(examples.output_names)
    written = [number for number, table in enumerate(layers, start=1) if table.has(THRESHOLDS)]
    thresholds = of_thresholds(naming, written) if naming and naming.depth == len(layers) else {}
    return {**of_file, **examples.typed_names, **thresholds, **read_names(root, naming, examples.typed_names)}


def _show(
    root: TableReader,
    runs: Sequence[Run],
    examples: Examples,
    in_file: int,
    epochs: int,
    options: Sequence[tuple[str, str]],
) -> Show:
    """Return what a reader sees first; options may leave out the run, or the epoch, that the file names."""
    show = root.table("show", required=False)
    names = [run.name for run in runs]
    is_known = names and RATES_OPTION not in dict(options)
    name = show.choice("run", names, "run", default="") if is_known else show.text("run", "")
    epoch = show.whole("epoch", 0, in_file, default=0) or 0
    example = show.whole("example", 1, max(1, len(examples.inputs))) if show.has("example") else None
    show.ignore(["example"])
    if example and example > len(examples.inputs) - examples.held_back and epoch < in_file:
        what = f"example {example} is held back, and looked at in the last epoch only."
        show.complain("example", what, f"For instance: epoch = {in_file}")
    show.complain_of_unknown_keys()
    return Show(names.index(name) if name in names else None, min(epoch, epochs), example - 1 if example else None)


def _exercise(root: TableReader) -> ExerciseChoice:
    """Return what an exercise asks for; options of its command may say otherwise."""
    table = root.table("exercise", required=False)
    level = table.choice("level", LEVELS, "level", default=ALL)
    rows = table.whole("rows", 1, MOST_EXERCISE_ROWS) if table.has("rows") else None
    typed = table.number("typed", default=0.0, low=0.0, high=1.0)
    points = table.table("points", required=False)
    table.ignore(["rows"])
    table.complain_of_unknown_keys()
    shares = tuple((part, points.number(part, low=0.0, high=1000.0)) for part in PARTS if points.has(part))
    points.complain_of_unknown_keys()
    if shares and not any(share for _, share in shares):
        table.complain("points", "no part of the exercise gets any points.", "For instance: forward = 40")
    return ExerciseChoice(level, rows, shares, typed)


def _all_have(named: Sequence[TableReader], key: str) -> bool:
    """Return whether every run has this key itself, so that [training] needs none."""
    return bool(named) and all(table.has(key) for table in named)


def _target_names(layers: Sequence[TableReader]) -> list[str] | None:
    """Return the names of the targets, None where it is not known how many there are."""
    units = layers[-1].peek("units") if layers else None
    if isinstance(units, bool) or not isinstance(units, int) or not 1 <= units <= MAX_UNITS:
        return None
    naming = Naming((1, units))
    return [naming.name(target) for target in naming.targets()]


def _typed_targets(data: TableReader) -> int | None:
    """Return how many targets each example has in [data], None where that is not plain."""
    targets = data.peek("targets")
    rows = [targets] if is_flat(targets) else targets
    if not isinstance(rows, list) or not rows or not all(map(is_flat, rows)):
        return None
    several = isinstance(data.peek("inputs"), list) and any(isinstance(row, list) for row in data.peek("inputs"))
    return None if rows[0] is targets and several else len(rows[0])


def _base(training: TableReader, examples: Examples, epochs: int) -> Recipe:
    """Return the recipe that all runs share; it has 0 inputs where their number is unknown."""
    count = len(examples.inputs) - examples.held_back
    if training.peek("batch") in (None, "all"):
        training.ignore(["batch"])
        batch: int | None = count
    elif isinstance(training.peek("batch"), str):
        training.ignore(["batch"])
        batch = None
        training.complain("batch", 'a whole number or "all" is needed.', "For instance: batch = 1")
    else:
        batch = training.whole("batch", 1, count or MAX_EXAMPLES)
    return Recipe(
        inputs=len(examples.inputs[0]) if examples.inputs else 0,
        layers=(),
        loss=next(iter(LOSSES)),
        epochs=epochs,
        examples=max(count, 1),
        held_back=examples.held_back,
        batch=batch or 1,
        mean=training.choice("gradients", ("mean", "sum"), "way to join gradients", "mean") == "mean",
        accuracy=len(examples.inputs) > 1 and has_classes(examples.targets),
    )


def _experiments(root: TableReader) -> tuple[Experiment, ...]:
    experiments = []
    for table in root.tables("try", required=False):
        experiments.append(
            Experiment(*(table.text(key, longest=LONGEST_NOTE) for key in ("question", "prediction", "knob")))
        )
        table.complain_of_unknown_keys()
    return tuple(experiments)


# -------------------------------------------------------------------------------------------- options and sizes


def _option_epochs(options: Sequence[tuple[str, str]], epochs: int, problems: list[Problem]) -> int:
    """Return the last epoch, as the options or else the file has it."""
    for name, words in options:
        if name == EPOCHS_OPTION:
            problems[:] = [problem for problem in problems if problem.place != "training.epochs"]
            epochs = int(words) if words.isdecimal() and len(words) < 10 else -1
            if not 0 <= epochs <= MAX_EPOCHS:
                what = f'a whole number from 0 to {MAX_EPOCHS:,} is needed, not "{words[:20]}".'
                problems.append(Problem(EPOCHS_OPTION, what))
                epochs = 1
        elif name != RATES_OPTION:
            problems.append(Problem(name, "there is no such option."))
    return epochs


def _size_problems(lesson: Lesson) -> list[Problem]:
    """Return the problems of size: of lines of the file, of numbers, and of all cells together."""
    problems = [*line_problems(lesson.text, "line"), *line_problems(lesson.data_text, f"{lesson.data_file}, line")]
    recipes = [run.recipe for run in lesson.runs]
    place = EPOCHS_OPTION if EPOCHS_OPTION in dict(lesson.options) else "training.epochs"
    problems += row_problems(recipes[0], place)
    problems = problems or [*cell_problems(recipes, place)]
    for index, run in enumerate(lesson.runs):
        where = f"training.learning_rates, number {index + 1}" if lesson.by_rate else f"runs[{index}].name"
        problems += formula_problems(run.recipe, run.name, where)
    if problems:
        return problems
    for loss in dict.fromkeys(recipe.loss for recipe in recipes):
        problems += target_problems(
            LOSSES[loss], lesson.targets, "data.file" if lesson.data_file else "data.targets", lesson.order
        )
    name_of = lesson.runs[0].naming.name
    data = {name_of(given) for given, _ in lesson.data()}
    for name, value in lesson.typed.items():
        if abs(value) > MAX_NUMBER:
            what = f"{value:g} is too large to learn from; numbers go up to {MAX_NUMBER:,.0f}."
            problems.append(Problem(name, what, "Scale the data." if name in data else "Make it smaller."))
    return problems
