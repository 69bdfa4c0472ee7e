"""The runs as a lesson file tells them: one for each learning rate, or a table [[runs]] for each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import NamedTuple

from xlbackprop.errors import Problem, did_you_mean
from xlbackprop.lesson.lesson import Run, rate_run_name, rate_text
from xlbackprop.lesson.limits import network_problems, path_problems, penalty_problems
from xlbackprop.lesson.network_section import (
    NetworkDescription,
    pairing_problems,
    read_network,
    recipe_of,
    starting_values,
)
from xlbackprop.lesson.toml.number_lists import cure_of_commas, fraction
from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.lesson.training_section import (
    DECAYS_IN_LOSS,
    MAX_FROZEN,
    TrainingMethod,
    hints_of_other_methods,
    read_training_method,
)
from xlbackprop.network import Parameter, Recipe
from xlbackprop.workbook import sheet_name_fault

RATES_OPTION = "--rates"
MAX_RUNS = 100
OF_EXCEL = "History"  # which it keeps for itself


def unnamed_run(
    base: Recipe,
    network: NetworkDescription,
    method: TrainingMethod,
    problems: list[Problem],
    ours: Mapping[str, str],
) -> Run:
    """Return a run without name and learning rate, and note the problems of its network.

    `ours` maps the own names of weights and biases to those that they have here.
    """
    trained = replace(
        base,
        optimizer=method.entry,
        schedule=method.schedule,
        constants=tuple(method.constants),
        inside_root=method.inside_root,
        decays_in_loss=method.decays_in_loss,
    )
    recipe = recipe_of(network, trained)
    if network.starts and base.inputs:
        recipe = replace(recipe, frozen=frozenset(_frozen(recipe, method, ours, problems)))
        if not recipe.trained_count:
            what = "no weight and no bias is trained; a run changes at least one."
            place = method.frozen_at if method.frozen else f"{network.place}[0].train_weights"
            problems.append(Problem(place, what, "Leave one out of what is frozen."))
    if network.layers:
        problems += network_problems(recipe, network.place)
        problems += path_problems(recipe, f"{network.place.removesuffix('layers')}backward")
        problems += pairing_problems(network)
        problems += penalty_problems(recipe, f"training.{DECAYS_IN_LOSS}")
    if network.is_drawn and network.seed is None:
        what = "this is missing; a whole number is needed, because weights are drawn."
        problems.append(Problem("network.seed", what, "For instance: seed = 1"))
    return Run("", recipe, math.nan, starting_values(network, recipe), tuple(method.constants.values()))


def _frozen(
    recipe: Recipe, method: TrainingMethod, ours: Mapping[str, str], problems: list[Problem]
) -> Iterator[Parameter]:
    """Yield the parameters that a run freezes by name; note names that none has."""
    if len(method.frozen) > MAX_FROZEN:
        what = f"there are {len(method.frozen)} names; {MAX_FROZEN} are allowed."
        problems.append(Problem(method.frozen_at, what, "A whole layer is frozen by train_weights = false in it."))
        return
    named = {recipe.naming.name(of): of for of in recipe.naming.parameters()} if method.frozen else {}
    for number, name in enumerate(method.frozen, start=1):
        if found := named.get(ours.get(name, name)):
            yield found
        else:
            ends = f"Weights and biases are {next(iter(named))} … {[*named][-1]}."
            cure = ends if name[:1] in ("w", "b") else did_you_mean(name[:40], [*named, *ours][:30])
            what = f'no weight and no bias has the name "{name[:40]}".'
            problems.append(Problem(f"{method.frozen_at}, text {number}", what, cure))


def rate_runs(
    training: TableReader, run: Run, options: Sequence[tuple[str, str]], problems: list[Problem]
) -> list[Run]:
    """Return a run for each learning rate."""
    rates, place = training.numbers("learning_rates", None, "learning rates"), "training.learning_rates"
    typed = training.peek("learning_rates")
    if 0.0 in rates and (cure := cure_of_commas([typed], len(rates) // 2)):
        training.complain("learning_rates", "a learning rate is positive, but one of these is 0.", cure)
        rates = ()
    for words in (words for name, words in options if name == RATES_OPTION):
        problems[:] = [problem for problem in problems if not problem.place.startswith(place)]
        rates, place = tuple(_option_rates(words, problems)), RATES_OPTION
    problems += _rate_problems(rates, place)
    return [replace(run, name=rate_run_name(rate), learning_rate=rate) for rate in rates]


class RunReader(NamedTuple):
    """Reads the tables [[runs]].

    Its fields are the settings that runs inherit, the last epoch, reserved names, and own names as in `unnamed_run`.
    """

    base: Recipe
    shared: NetworkDescription
    method: TrainingMethod
    last: int
    targets: int
    reserved: Sequence[str]
    ours: Mapping[str, str]

    def read(
        self,
        tables: Sequence[TableReader],
        training: TableReader,
        options: Sequence[tuple[str, str]],
        problems: list[Problem],
    ) -> Iterator[Run]:
        """Yield the run of each table."""
        if RATES_OPTION in dict(options):
            what = "this lesson's runs are told apart by name; their learning rates are given in the lesson."
            problems.append(Problem(RATES_OPTION, what))
        if training.has("learning_rates"):
            hint = "Give each its learning_rate there, or all the same as training.learning_rate."
            training.complain("learning_rates", "the runs of this lesson stand in [[runs]].", hint)
        if len(tables) > MAX_RUNS:
            problems.append(Problem("runs", f"there are {len(tables)} runs, one sheet each; {MAX_RUNS} are allowed."))
        training.ignore(["learning_rates"])
        rate = _rate(training) if training.has("learning_rate") else None
        names: list[str] = []
        for table in tables:
            before = table.problem_count
            name = table.line("name", longest=120)
            if table.problem_count == before and (fault := _name_fault(name, names, self.reserved)):
                table.complain("name", f'"{name[:40]}" cannot be the name of a sheet: {fault}.', "Choose another.")
            names.append(name)
            own = _rate(table) if table.has("learning_rate") or rate is None else rate
            table.ignore(["learning_rate"])
            yield replace(self._run(table, problems), name=name, learning_rate=own)

    def _run(self, table: TableReader, problems: list[Problem]) -> Run:
        layers = table.tables("layers") if table.has("layers") else ()
        network = read_network(table, self.shared, layers, self.base, need_loss=False)
        method = read_training_method(table, self.method, self.last)
        run = unnamed_run(self.base, network, method, problems, self.ours)
        units = layers[-1].peek("units") if layers else self.targets
        if self.targets and run.recipe.layers and units == run.recipe.sizes[-1] != self.targets:
            what = f"the last layer has as many units as there are targets, {self.targets}, but this is {units}."
            problems.append(Problem(f"{network.place}[{len(layers) - 1}].units", what))
        if table.has("seed") and network.starts and not network.is_drawn:
            table.complain("seed", "none of this run's weights are drawn; a seed changes nothing.", "Leave it out.")
        table.complain_of_unknown_keys(hints_of_other_methods(method))
        return run


def _name_fault(name: str, before: Sequence[str], reserved: Sequence[str]) -> str:
    """Return why a run cannot have this name, or ""; an empty name has its problem already."""
    if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in (*reserved, OF_EXCEL)):
        return "the workbook has, or may have, another of this name"
    if name and name.lower() in (other.lower() for other in before):
        return "another run has it"
    return sheet_name_fault(name) if name else ""


def _rate(table: TableReader) -> float:
    rate = table.number("learning_rate")
    if rate <= 0:
        table.complain("learning_rate", f"a learning rate is positive, but this is {_short(rate)}.")
    return rate


def _short(rate: float) -> str:
    text = rate_text(rate)
    return text if len(text) < 15 else f"{rate:g}"


def _rate_problems(rates: Sequence[float], place: str) -> list[Problem]:
    problems: list[Problem] = []
    if len(rates) > MAX_RUNS:
        what = f"there are {len(rates)} learning rates, one sheet each; {MAX_RUNS} are allowed."
        problems.append(Problem(place, what))
    for index, rate in enumerate(rates):
        here = f"{place}, number {index + 1}"
        if rate <= 0:
            problems.append(Problem(here, f"a learning rate is positive, but this is {_short(rate)}."))
        elif rate in rates[:index]:
            problems.append(Problem(here, f"the learning rate {_short(rate)} stands here twice.", "Leave one out."))
        elif fault := sheet_name_fault(rate_run_name(rate)):
            what = f"the name of its sheet, LR= and {rate:g} written out, will not do: {fault}."
            problems.append(Problem(here, what, "Round the rate."))
    return problems


def _option_rates(words: str, problems: list[Problem]) -> list[float]:
    rates = []
    for word in words.split(","):
        try:
            rate = float(word) if (quotient := fraction(word)) is None else quotient
        except ValueError:
            rate = math.nan
        if not math.isfinite(rate):
            what = f'"{word.strip()[:40]}" is not a finite number.'
            problems.append(Problem(RATES_OPTION, what, "For instance: 0.1,0.5,2"))
        else:
            rates.append(rate)
    return rates
