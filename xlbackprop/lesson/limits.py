"""The limits of a spreadsheet: arithmetic on the recipe of a network, done before any of its numbers is asked for.

`sizes` is (inputs, units of layer 1, …, outputs) everywhere, as in `Naming`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from xlbackprop.errors import Problem
from xlbackprop.network import (
    BIAS_A_LAYER,
    JOINT_ACTIVATIONS,
    Bias,
    Gradient,
    Naming,
    NetInput,
    Output,
    Part,
    Recipe,
    mixes_outputs,
    row_bands,
)
from xlbackprop.workbook import MAX_COLUMNS, MAX_FORMULA, MAX_ROWS, address, quoted, written_length

# Beyond these ∂E/∂w written out in full, a term a path, is a formula that nobody reads: the chain rule is then shown
# a step a column.
MAX_EXPANDED_WEIGHTS = 64
MAX_EXPANDED_PATHS = 8
# A gap, and the loss chart: 620 pixels over columns of 64. Several examples stand right of it.
BESIDE_THE_TABLE = 12
# What stands above the row-by-row table of the checks.
ABOVE_THE_TABLE = 200
# The checks write sums over the units of a layer term by term, in formulas of at most 8,192 characters. Sums over the
# inputs they check otherwise.
MAX_TERMS = 80
MAX_LINE = 32_000
# Some gigabytes of file; few programs open as much.
MAX_CELLS = 100_000_000


def written_out(recipe: Recipe) -> bool:
    """Return whether gradients are written out in full where the lesson does not say."""
    return recipe.naming.weight_count <= MAX_EXPANDED_WEIGHTS and max(_paths(recipe).values()) <= MAX_EXPANDED_PATHS


def _paths(recipe: Recipe) -> dict[Gradient, int]:
    """Return over how many paths to the outputs the longest gradient of each kind is a sum, a term a path."""
    naming, to_outputs = recipe.naming, recipe.sizes[-1] if mixes_outputs(recipe) else 1
    fans = [naming.layer(number).fan_out for number in naming.layers()]
    paths = {Gradient(next(naming.weights())): to_outputs * math.prod(fans[1:])}
    for layer, description in enumerate(recipe.layers, start=1):
        if description.bias == BIAS_A_LAYER and description.trains_bias:
            paths[Gradient(Bias(layer, 0))] = to_outputs * description.units * math.prod(fans[layer:])
    if recipe.input_gradients:
        paths[Gradient(naming.inputs()[0])] = to_outputs * math.prod(fans)
    return paths


def table_columns(recipe: Recipe) -> int:
    """Return how many columns the table of a run has, the epoch among them."""
    return sum(band.count for band in row_bands(recipe))


def _parts(recipe: Recipe) -> Iterator[tuple[int, str]]:
    """Yield how many columns each part of a row takes, and the words for it: 4, "4 weights"."""
    of: Counter[Part] = Counter()
    for band in row_bands(recipe):
        of[band.part] += band.count
    yield of[Part.INPUT], _count(of[Part.INPUT], "input")
    yield of[Part.TARGET], _count(of[Part.TARGET], "target")
    yield of[Part.WEIGHT], _count(of[Part.WEIGHT], "weight")
    yield of[Part.BIAS], _count(of[Part.BIAS], "bias", "es")
    trained = of[Part.GRADIENT]  # but for frozen ones
    number = trained + of[Part.BATCH_GRADIENT] + of[Part.STATE]
    if number == of[Part.WEIGHT]:
        yield number, "as many gradients"
    elif number % trained:
        yield number, f"{number:,} for gradients, sums and the optimizer"
    else:
        what = "for the gradient of" if number == trained else "for gradient, sums and the optimizer of"
        yield number, f"{number // trained} {what} each of {_count(trained, 'parameter')}"
    units, a_unit = sum(recipe.sizes[1:]), 2 if recipe.expanded else 4
    left_out = a_unit * units - of[Part.UNIT]
    less = f" less {left_out}" if left_out else ""
    yield of[Part.UNIT], f"{a_unit} for each of {_count(units, 'unit')}{less}"
    for layer in map(recipe.naming.layer, recipe.naming.layers()):
        yield layer.between_count, f"{layer.between_count} for {recipe.layers[layer.number - 1].activation}"
    yield of[Part.INPUT_GRADIENT], f"{of[Part.INPUT_GRADIENT]} for the gradients of inputs"
    yield of[Part.COUNTER], f"{of[Part.COUNTER]} for step, example and learning rate"
    losses = of[Part.LOSS] + of[Part.EPOCH]
    yield losses, f"{losses:,} for the losses and the epoch"


def fits_a_sheet(recipe: Recipe) -> bool:
    """Return whether the table of a run and what stands beside it fit."""
    return table_columns(recipe) + _beside(recipe) <= MAX_COLUMNS


def _beside(recipe: Recipe) -> int:
    """Return how many columns stand right of the table: the chart, and the examples where there are several."""
    examples = 0 if recipe.single else 1 + recipe.inputs + recipe.sizes[-1]
    return BESIDE_THE_TABLE + examples


def network_problems(recipe: Recipe, place: str) -> Iterator[Problem]:
    """Yield the problems of a network that is too large, with the arithmetic and a cure; `place` names its layers."""
    sizes = recipe.sizes
    if not fits_a_sheet(recipe):
        *parts, last = [words for number, words in _parts(recipe) if number]
        what = (
            f"a {shape(sizes)} network needs {table_columns(recipe):,} columns a {'step' if recipe.single else 'row'} "
        )
        what += f"({', '.join(parts)} and {last}); a sheet has {MAX_COLUMNS:,}, of which the loss chart "
        taken = f"takes {BESIDE_THE_TABLE}." if recipe.single else f"and the examples take {_beside(recipe):,}."
        yield Problem(place, what + taken, _what_fits(recipe, place))
    for layer in range(1, len(sizes)):
        if sizes[layer] > MAX_TERMS:
            what = f"{_sum_over(sizes, layer)} is a sum over {sizes[layer]:,} units; {MAX_TERMS} are allowed in one "
            yield Problem(f"{place}[{layer - 1}].units", f"{what}formula.", f"Use at most {MAX_TERMS} units.")


def _sum_over(sizes: tuple[int, ...], layer: int) -> str:
    """Return the name of a number that is a sum over the units of a layer."""
    if layer > 1:
        return Naming(sizes).name(Gradient(Output(layer - 1, 0)))
    return "E_Total" if layer == len(sizes) - 1 else Naming(sizes).name(NetInput(layer + 1, 0))


def formula_problems(recipe: Recipe, name: str, place: str) -> Iterator[Problem]:
    """Yield a sum over units that is too long for a formula of the checks: each term names the run's sheet."""
    sheet, sizes = f"{quoted(name)}!", recipe.sizes
    cell = address(recipe.rows + ABOVE_THE_TABLE, table_columns(recipe), fixed=True)
    reference = written_length(f"{sheet}{cell}:{cell}")
    for layer, description in enumerate(recipe.layers, start=1):
        # what is handed back to the layer before is a sum of products; units that answer together are compared
        factors = 2 if layer > 1 or description.activation in JOINT_ACTIVATIONS else 1
        squares = recipe.naming.weight_count if recipe.decays_in_loss and layer == len(sizes) - 1 else 0
        length = (sizes[layer] * factors + squares) * reference + 5 * (sizes[layer] + squares) + 4 * reference + 200
        if length >= MAX_FORMULA:
            what = f"{_sum_over(sizes, layer)} is a sum over {sizes[layer]} units, and its check names the sheet "
            what += f"{quoted(name)} so often that the formula would have {length:,} characters of {MAX_FORMULA:,}."
            yield Problem(place, what, "Choose a shorter name, or fewer units or rows.")
            return


def path_problems(recipe: Recipe, place: str) -> Iterator[Problem]:
    """Yield the problem of gradients that are too long to be written out in full."""
    if not recipe.expanded:
        return
    gradient, paths = max(_paths(recipe).items(), key=lambda item: item[1])
    if paths > MAX_EXPANDED_PATHS:
        what = f"written out in full, {recipe.naming.name(gradient)} is a sum over {paths:,} paths; "
        yield Problem(place, f"{what}{MAX_EXPANDED_PATHS} are allowed.", 'Leave it out, or write "chain".')


def penalty_problems(recipe: Recipe, place: str) -> Iterator[Problem]:
    """Yield the problem of a penalty in the loss that is too long to be written out in full."""
    weights = recipe.naming.weight_count
    if recipe.decays_in_loss and weights > MAX_EXPANDED_WEIGHTS:
        what = f"E_Total would be a sum over the squares of {weights:,} weights; {MAX_EXPANDED_WEIGHTS} are allowed."
        yield Problem(place, what, "Leave it out: then weight decay acts in the update alone.")


def row_problems(recipe: Recipe, place: str) -> Iterator[Problem]:
    """Yield the problem of a run with more rows than a sheet has; `place` is where the epochs are told."""
    most = MAX_ROWS - ABOVE_THE_TABLE
    if recipe.rows > most:
        epochs = (most - recipe.held_back) // recipe.examples - 1
        held_back = f" and {recipe.held_back:,} held back" if recipe.held_back else ""
        what = (
            f"{_count(recipe.examples, 'example')} in each of {recipe.epochs + 1:,} epochs, 0 to the last,{held_back} "
        )
        what += f"need {recipe.rows:,} rows; a sheet has {MAX_ROWS:,}, of which the checks take {ABOVE_THE_TABLE}."
        yield Problem(place, what, f"Use at most {_count(epochs, 'epoch')}." if epochs else "Use fewer examples.")


def cell_problems(recipes: Sequence[Recipe], place: str = "training.epochs") -> Iterator[Problem]:
    """Yield the problem of tables that have too many cells, those of all runs together."""
    widths = [table_columns(recipe) for recipe in recipes]
    cells = sum(recipe.rows * width for recipe, width in zip(recipes, widths, strict=True))
    if cells > MAX_CELLS:
        low, high = min(widths), max(widths)
        columns = f"{high:,} columns" if low == high else f"{low:,} to {high:,} columns"
        what = f"{_count(len(recipes), 'sheet')} of {recipes[0].rows:,} rows and {columns} are {cells:,} cells; "
        what += f"{MAX_CELLS:,} are allowed, more than most programs open."
        fewer = "epochs, learning rates or units" if recipes[0].single else "examples, epochs, runs or units"
        yield Problem(place, what, f"Use fewer {fewer}.")


def line_problems(text: str, where: str) -> Iterator[Problem]:
    """Yield the lines of a file that the workbook cannot carry; `where` stands before their numbers."""
    for number, line in enumerate(text.split("\n"), start=1):
        if (length := written_length(line)) > MAX_LINE:
            what = f"it has {length:,} characters; {MAX_LINE:,} fit into a cell of the workbook."
            yield Problem(f"{where} {number}", what, "Break it into lines.")


def _what_fits(recipe: Recipe, place: str) -> str:
    """Return how far the inputs, or the widest layer, must shrink for the network to fit."""
    sizes = recipe.sizes
    widest = sizes.index(max(sizes[1:]), 1)
    cures = []
    if inputs := _largest(recipe, 0):
        cures.append(f"at most {_count(inputs, 'input')}")
    if units := _largest(recipe, widest):
        cures.append(f"at most {_count(units, 'unit')} in {place}[{widest - 1}]")
    return f"Use {', or '.join(cures)}." if cures else "Use fewer units in several layers, or fewer layers."


def _largest(recipe: Recipe, layer: int) -> int:
    """Return the largest size of a layer with which the network fits, all others unchanged; 0 where there is none."""

    def needed(size: int) -> int:
        if layer == 0:
            other = replace(recipe, inputs=size)
        else:
            layers = list(recipe.layers)
            layers[layer - 1] = layers[layer - 1]._replace(units=size)
            other = replace(recipe, layers=tuple(layers))
        return table_columns(other) + _beside(other)

    return bisect_right(range(1, recipe.sizes[layer]), MAX_COLUMNS, key=needed)


def shape(sizes: tuple[int, ...]) -> str:
    """Return 784-32-10; of a very deep network only its ends."""
    shown = [f"{size}" for size in sizes]
    return "-".join(shown if len(shown) <= 12 else [*shown[:6], "…", *shown[-3:]])


def _count(number: int, of_what: str, plural: str = "s") -> str:
    return f"{number:,} {of_what}{plural * (number != 1)}"
