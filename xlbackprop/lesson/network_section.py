"""The network as a lesson file tells it: layers, activations, loss, biases and what the weights start from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from xlbackprop.errors import Problem
from xlbackprop.lesson.draws import DRAWS, LARGEST_SEED, NORMAL, UNIFORM, XAVIER, Draw, draw_weights
from xlbackprop.lesson.limits import fits_a_sheet, written_out
from xlbackprop.lesson.toml.meanings import means
from xlbackprop.lesson.toml.number_lists import is_flat, written
from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.network import (
    ACTIVATIONS,
    BIAS_A_LAYER,
    BIAS_A_UNIT,
    BIASES,
    JOINT_ACTIVATIONS,
    LOSSES,
    NO_BIAS,
    Activation,
    Layer,
    Loss,
    Naming,
    NetInput,
    Recipe,
)
from xlbackprop.workbook import MAX_COLUMNS

LARGEST_DRAWN = 1e6
_KEYS = {UNIFORM: ("low", "high"), NORMAL: ("mean", "deviation")}
MAX_UNITS = MAX_COLUMNS  # each needs columns of its own; how many fit together, `limits` tells
EXPANDED = "expanded"
BACKWARD = (EXPANDED, "chain")
_ACTIVATIONS: Mapping[str, Activation | None] = {**ACTIVATIONS, **dict.fromkeys(JOINT_ACTIVATIONS)}
THRESHOLDS = "thresholds"  # θ of w·x − θ
_BIAS_KEYS = ("biases", THRESHOLDS)  # of which a layer has one
BY_UNIT, BY_SOURCE = ROWS = ("units", "sources")  # what a row of typed weights belongs to
_EXAMPLE = 'weights = { draw = "uniform", low = -0.5, high = 0.5 }'


class LayerStart(NamedTuple):
    """The starting weights and biases of a layer; `weights` are typed, a row a unit, or drawn at random."""

    weights: tuple[float, ...] | Draw
    biases: tuple[float, ...]


class NetworkDescription(NamedTuple):
    """The network of a run.

    `starts` are missing where it is too large for a sheet, `backward` is empty where the size decides, `place` is where
    the layers stand, e.g. "network.layers". `doubtful` tells that the loss or the last activation could not be read.
    """

    loss: str
    loss_parameters: tuple[float, ...] = ()
    layers: tuple[Layer, ...] = ()
    starts: tuple[LayerStart, ...] = ()
    backward: str = ""
    input_gradients: bool = False
    seed: int | None = None
    place: str = "network.layers"
    doubtful: bool = False

    @property
    def is_drawn(self) -> bool:
        """Whether any of its weights are drawn at random."""
        return any(isinstance(start.weights, Draw) for start in self.starts)


def recipe_of(network: NetworkDescription, base: Recipe) -> Recipe:
    """Return the recipe `base`, which knows the examples and the training of a run, completed with its network."""
    base = replace(base, inputs=max(base.inputs, 1), input_gradients=network.input_gradients)
    names_a_class = any(layer.units == 1 or layer.activation in JOINT_ACTIVATIONS for layer in network.layers[-1:])
    recipe = replace(
        base,
        layers=network.layers,
        loss=network.loss,
        loss_parameters=network.loss_parameters,
        accuracy=base.accuracy and names_a_class,
    )
    if network.backward or not network.layers:
        return replace(recipe, expanded=network.backward == EXPANDED)
    return replace(recipe, expanded=written_out(recipe))


def starting_values(network: NetworkDescription, recipe: Recipe) -> tuple[float, ...]:
    """Return the starting values of a run, in the order of `Naming.parameters`."""
    weights: list[float] = []
    for layer, start in enumerate(network.starts, start=1):
        if isinstance(start.weights, Draw):
            sizes = recipe.sizes[layer - 1 : layer + 1]
            weights += draw_weights(start.weights, network.seed or 0, layer, *sizes)
        else:
            weights += start.weights
    return (*weights, *(bias for start in network.starts for bias in start.biases))


def pairing_problems(network: NetworkDescription) -> Iterator[Problem]:
    """Yield the problem of a loss whose activation of the outputs is another, as cross-entropy behind tanh."""
    if not network.layers or network.doubtful:
        return
    loss, last = LOSSES[network.loss], network.layers[-1].activation
    wanted = loss.pairs_with
    place = f"{network.place}[{len(network.layers) - 1}].activation"
    if wanted and last != wanted:
        what = f"{network.loss} goes with {wanted} in the last layer, but this is {last}."
        yield Problem(place, what, f'Write activation = "{wanted}", or choose another loss.')
    elif loss.activations and last not in loss.activations:
        what = f"{network.loss} goes with {' or '.join(loss.activations)} in the last layer, but this is {last}."
        yield Problem(place, what, f'Write activation = "{loss.activations[0]}", or choose another loss.')


# --------------------------------------------------------------------------------------------------------- reading it


def read_network(
    table: TableReader,
    inherited: NetworkDescription | None,
    layers: Sequence[TableReader],
    base: Recipe,
    *,
    need_loss: bool,
) -> NetworkDescription:
    """Return the network that [network] or a run describes; a run inherits all that it does not name."""
    before = inherited or NetworkDescription(next(iter(LOSSES)))
    typed = layers[-1].peek("activation") if layers else before.layers[-1].activation if before.layers else ""
    last = typed.get("name") if isinstance(typed, dict) else typed

    def goes_with_last(loss: str) -> bool:
        return means("activation", last, LOSSES[loss].pairs_with)

    loss, loss_parameters = before.loss, before.loss_parameters
    if need_loss or table.has("loss"):
        loss, loss_parameters = read_entry(table, "loss", LOSSES, "loss", goes_with_last)
    table.ignore(["loss"])
    backward = table.choice("backward", BACKWARD, "backward pass", before.backward)
    input_gradients = table.flag("input_gradients", before.input_gradients)
    seed = table.whole("seed", 0, LARGEST_SEED) if table.has("seed") else before.seed
    table.ignore(["seed"])
    network = before._replace(
        loss=loss, loss_parameters=loss_parameters, backward=backward, input_gradients=input_gradients, seed=seed
    )
    if layers:
        built, starts = _read_layers(layers, replace(base, loss=loss, loss_parameters=loss_parameters))
        network = network._replace(layers=built, starts=starts, place=table.place("layers"))
    wrong = table.is_wrong("loss") or any(layer.is_wrong("activation") for layer in layers[-1:])
    network = network._replace(doubtful=before.doubtful or wrong)
    if inherited and table.has("activation"):
        activation, parameters = read_entry(table, "activation", _ACTIVATIONS, "activation")
        hidden = max(len(network.layers) - 1, 1)
        if activation in JOINT_ACTIVATIONS and len(network.layers) > 1:
            table.complain("activation", f"{activation} is for the last layer; this is for the hidden layers.")
        changed = [layer._replace(activation=activation, parameters=parameters) for layer in network.layers[:hidden]]
        network = network._replace(layers=(*changed, *network.layers[hidden:]))
    return network


def _read_layers(tables: Sequence[TableReader], base: Recipe) -> tuple[tuple[Layer, ...], tuple[LayerStart, ...]]:
    """Return the layers, and the starting values of each.

    No weights are asked for where there are more than a sheet can hold: nobody should type thousands of numbers to
    learn that they do not fit.
    """
    units = [table.whole("units", 1, MAX_UNITS) for table in tables]
    layers = []
    for count, table in zip(units, tables, strict=True):
        activation, parameters = read_entry(table, "activation", _ACTIVATIONS, "activation")
        if activation in JOINT_ACTIVATIONS and table is not tables[-1]:
            table.complain("activation", f"{activation} is for the last layer.", "Choose another for this one.")
        trains_weights = table.flag("train_weights", default=True)
        layers.append(Layer(count or 1, activation, *read_bias(table), parameters, trains_weights))
    recipe = replace(base, inputs=max(base.inputs, 1), layers=tuple(layers))
    if not fits_a_sheet(replace(recipe, expanded=written_out(recipe))):
        return recipe.layers, ()
    starts = []
    for number, table in enumerate(tables, start=1):
        starts.append(read_start(table, number, recipe.naming, [base.inputs or None, *units]))
        table.complain_of_unknown_keys(_hints(table, recipe.layers[number - 1].activation))
    return recipe.layers, tuple(starts)


def read_entry(
    table: TableReader,
    key: str,
    known: Mapping[str, Activation | Loss | None],
    what: str,
    fits: Callable[[str], bool] | None = None,
) -> tuple[str, tuple[float, ...]]:
    """Return the name of an entry, given alone or with parameters: "ELU" or { name = "ELU", alpha = 0.5 }.

    The parameters are empty where they are the standard ones. `fits` is as in `TableReader.choice`.
    """
    if not isinstance(table.peek(key), dict):
        return table.choice(key, tuple(known), what, fits=fits), ()
    told = table.table(key)
    entry = known[told.choice("name", tuple(known), what, fits=fits)]
    if told.peek("name") not in known:
        told.ignore(parameter.name for other in known.values() if other for parameter in other.parameters)
    if entry is None:
        told.complain_of_unknown_keys()
        return str(told.peek("name")), ()
    values = [told.number(of.name, of.default, of.low, of.high) for of in entry.parameters]
    told.complain_of_unknown_keys()
    standard = [of.default for of in entry.parameters]
    # what is wrong has its problem; a number in its place lets reading go on
    good = [default if math.isnan(value) else value for value, default in zip(values, standard, strict=True)]
    return entry.name, () if good == standard else tuple(good)


def _hints(table: TableReader, activation: str) -> dict[str, str]:
    """Return a hint for each parameter of an activation that stands beside its name, not in one table with it."""
    known = _ACTIVATIONS[activation]
    return {
        of.name: f'Write activation = {{ name = "{activation}", {of.name} = {table.peek(of.name)} }}'
        for of in (known.parameters if known else ())
    }


def typed_shape(table: TableReader) -> tuple[int, int] | None:
    """Return for how many units and sources the weights of a layer are typed, None where that is not plain."""
    weights = table.peek("weights")
    if not isinstance(weights, list) or not weights or not all(isinstance(row, list) for row in weights):
        return None
    shape = len(weights), len(weights[0])
    if not shape[1] or any(len(row) != shape[1] for row in weights):
        return None
    return (shape[1], shape[0]) if table.peek("rows") == BY_SOURCE else shape


def mend_units(layers: Sequence[TableReader], targets: int | None) -> None:
    """Note one problem, and read on as it was meant, where all else agrees that a layer has another number of units.

    That is its own weights with those of the next layer, or, for the last layer, with `targets`, the numbers of an
    example; each alone could be wrong itself.
    """
    shapes = [typed_shape(table) for table in layers]
    for table, own, after in zip(layers, shapes, [*shapes, None][1:], strict=True):
        following = targets if table is layers[-1] else after and after[1]
        units = table.peek("units")
        if type(units) is not int or not 1 <= units <= MAX_UNITS or units == following:
            continue
        if own is not None and own[0] == following:
            others = "weights and targets" if table is layers[-1] else "weights, here and in the next layer,"
            what = f"this is {units}, but there are {others} for {following}."
            table.complain("units", what, f"Write units = {following}.")
            table.stand_in("units", following)


def read_bias(table: TableReader) -> tuple[str, bool]:
    """Return which biases a layer has, one of BIASES, and whether they are trained."""
    given = [key for key in _BIAS_KEYS if table.has(key)]
    table.ignore([*_BIAS_KEYS, "train_biases"])
    told = table.peek("bias")
    if is_flat(told) or type(told) in (int, float):
        cure = f"biases = {written(told)}" if is_flat(told) else f'bias = "{BIAS_A_LAYER}" and biases = [{told}]'
        table.ignore(["bias"])
        table.complain("bias", "this tells which biases there are, and biases their numbers.", f"Write {cure}.")
        return NO_BIAS, True
    bias = table.choice("bias", BIASES, "kind of bias", BIAS_A_UNIT if given else NO_BIAS)
    trains = table.flag("train_biases", default=True)
    if bias == NO_BIAS and table.peek("bias") in (None, NO_BIAS):
        hint = f'Add bias = "{BIAS_A_UNIT}" for one a unit, or "{BIAS_A_LAYER}" for one that all units share.'
        for key in (*given, *["train_biases"] * table.has("train_biases")):
            table.complain(key, "this layer has no biases.", hint)
    elif len(given) > 1:
        table.complain(THRESHOLDS, "a threshold is minus a bias, and this layer has both.", "Leave one out.")
    return bias, trains or bias == NO_BIAS


def read_start(table: TableReader, layer: int, naming: Naming, known: Sequence[int | None]) -> LayerStart:
    """Return the starting values of a layer; `known` are the sizes of the layers, None where one is unreadable."""
    return LayerStart(_weights(table, layer, naming, known), _biases(table, layer, naming, known))


def _weights(table: TableReader, layer: int, naming: Naming, known: Sequence[int | None]) -> tuple[float, ...] | Draw:
    written = table.peek("weights")
    if isinstance(written, str | dict) and table.has("rows"):
        table.ignore(["rows"])
        table.complain("rows", "these weights are drawn, not written in rows.", "Leave it out.")
    if isinstance(written, str):
        return _named_draw(table, "weights", table.choice("weights", DRAWS, "draw", ""))
    if isinstance(written, dict):
        return _described_draw(table.table("weights"))
    units = [naming.name(NetInput(layer, unit)) for unit in naming.units(layer)] if known[layer] else None
    sources = [naming.name(naming.output(layer - 1, unit)) for unit in naming.units(layer - 1)]
    known_sources = sources if known[layer - 1] else None
    if table.choice("rows", ROWS, "kind of row", BY_UNIT) == BY_SOURCE:
        turned = table.matrix("weights", known_sources, units, f', or leave out rows = "{BY_SOURCE}"')
        return tuple(weight for row in zip(*turned, strict=False) for weight in row)
    other_way = f', or put rows = "{BY_SOURCE}" beside it'
    rows = table.matrix("weights", units, known_sources, other_way, "Is the bias among them? It stands in biases.")
    return tuple(weight for row in rows for weight in row)


def _named_draw(table: TableReader, key: str, kind: str) -> Draw:
    if kind in _KEYS and table.peek(key) == kind:
        first, second = _KEYS[kind]
        table.complain(key, f"a {kind} draw needs {first} and {second}.", f"For instance: {_EXAMPLE}")
    return Draw(XAVIER if kind in _KEYS else kind)


def _described_draw(table: TableReader) -> Draw:
    kind = table.choice("draw", DRAWS, "draw")
    if table.peek("draw") not in DRAWS:
        table.ignore(key for keys in _KEYS.values() for key in keys)
        return Draw(XAVIER)
    before = table.problem_count
    numbers = [table.number(key, None, -LARGEST_DRAWN, LARGEST_DRAWN) for key in _KEYS.get(kind, ())]
    table.complain_of_unknown_keys()
    if kind == UNIFORM and numbers[1] <= numbers[0]:
        table.complain("high", "it must be larger than low.")
    if kind == NORMAL and numbers[1] <= 0.0:
        table.complain("deviation", f"a standard deviation is positive, but this is {numbers[1]:g}.")
    return Draw(kind, *numbers) if table.problem_count == before else Draw(XAVIER)


def _biases(table: TableReader, layer: int, naming: Naming, known: Sequence[int | None]) -> tuple[float, ...]:
    """Return the starting biases of a layer: 0 where none are typed, and −θ for a threshold θ."""
    count = naming.biases[layer - 1]
    key = next((key for key in _BIAS_KEYS if table.has(key)), "")
    if not count or not key:
        return (0.0,) * count
    if table.peek("bias") == BIAS_A_LAYER:
        is_list = isinstance(table.peek(key), list)
        numbers = table.numbers(key, ["the whole layer"], key) if is_list else (table.number(key),)
    else:
        units = [naming.name(NetInput(layer, unit)) for unit in naming.units(layer)]
        numbers = table.numbers(key, units if known[layer] else None, key)
    return tuple(0.0 - number for number in numbers) if key == THRESHOLDS else numbers
