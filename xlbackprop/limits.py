"""What a spreadsheet can hold of a network: arithmetic on its sizes, done before any of its numbers is asked for.

`sizes` is (inputs, units of layer 1, …, outputs) everywhere, as in `Naming`. The counts here follow the columns that
`columns` lists; a test compares them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from xlbackprop.document import MAX_COLUMNS
from xlbackprop.errors import Problem
from xlbackprop.quantities import Gradient, Naming, Output

# Beyond these ∂E/∂w written out in full, a term a path, is a formula that nobody reads: the chain rule is then shown
# a step a column.
MAX_EXPANDED_WEIGHTS = 64
MAX_EXPANDED_PATHS = 16
# A gap, and the loss chart: 620 pixels over columns of 64.
BESIDE_THE_TABLE = 12
MAX_TABLE_COLUMNS = MAX_COLUMNS - BESIDE_THE_TABLE
# ∂E/∂out_h1 = ∂E/∂o1·w5 + … is one formula of at most 8,192 characters, 22 a term where the addresses are longest; and
# the readings of a formula go down one call a term, or two, of the 1,000 that Python allows.
MAX_TERMS = 300
# Some gigabytes of file; few programs open as much.
MAX_CELLS = 100_000_000


def count_weights(sizes: tuple[int, ...]) -> int:
    """Return how many weights a network has."""
    return sum(before * units for before, units in pairwise(sizes))


def renders_expanded(sizes: tuple[int, ...]) -> bool:
    """Return whether each ∂E/∂w is written out in full, and not as a chain of short formulas."""
    return count_weights(sizes) <= MAX_EXPANDED_WEIGHTS and math.prod(sizes[2:]) <= MAX_EXPANDED_PATHS


def table_columns(sizes: tuple[int, ...]) -> int:
    """Return how many columns the table of a run has, the epoch among them."""
    example = sizes[0] + sizes[-1]
    units = (2 if renders_expanded(sizes) else 4) * sum(sizes[1:])
    losses = sizes[-1] + 1
    return 1 + example + 2 * count_weights(sizes) + units + losses


def fits_a_sheet(sizes: tuple[int, ...]) -> bool:
    """Return whether the table of a run and the chart beside it fit."""
    return table_columns(sizes) <= MAX_TABLE_COLUMNS


def network_problems(sizes: tuple[int, ...]) -> Iterator[Problem]:
    """Yield what is too large in a network, with the arithmetic and with what would fit."""
    place = "network.layers"
    if not fits_a_sheet(sizes):
        inputs, outputs, units = sizes[0], sizes[-1], sum(sizes[1:])
        parts = f"{_count(inputs, 'input')}, {_count(outputs, 'target')}, {_count(count_weights(sizes), 'weight')} and "
        parts += (
            f"as many gradients, 4 for each of {_count(units, 'unit')}, {outputs + 2:,} for the losses and the epoch"
        )
        what = f"a {_shape(sizes)} network needs {table_columns(sizes):,} columns a step ({parts}); a sheet has "
        what += f"{MAX_COLUMNS:,}, of which the loss chart takes {BESIDE_THE_TABLE}."
        yield Problem(place, what, _what_fits(sizes))
    for layer in range(1, len(sizes)):
        of = Output(layer - 1, 0)
        # nothing is carried back to the inputs; their layer's units are only added where they are the outputs
        if sizes[layer] > MAX_TERMS and (layer > 1 or layer == len(sizes) - 1):
            added = Naming(sizes).name(Gradient(of)) if layer > 1 else "E_Total"
            what = f"{added} is a sum over {sizes[layer]:,} units; {MAX_TERMS} are allowed in one formula."
            yield Problem(f"{place}[{layer - 1}].units", what, f"Use at most {MAX_TERMS} units.")


def cell_problems(runs: int, rows: int, columns: int) -> Iterator[Problem]:
    """Yield what is too large in all tables together: `runs` of so many rows and columns."""
    cells = runs * rows * columns
    if cells > MAX_CELLS:
        what = f"{_count(runs, 'sheet')} of {rows:,} rows and {columns:,} columns are {cells:,} cells; "
        what += f"{MAX_CELLS:,} are allowed, more than most programs open."
        yield Problem("training.epochs", what, "Use fewer epochs, learning rates or units.")


def _what_fits(sizes: tuple[int, ...]) -> str:
    """Return how far the inputs, or the widest layer, must shrink for the network to fit."""
    widest = sizes.index(max(sizes[1:]), 1)
    cures = []
    if inputs := _largest(sizes, 0):
        cures.append(f"at most {_count(inputs, 'input')}")
    if units := _largest(sizes, widest):
        cures.append(f"at most {_count(units, 'unit')} in network.layers[{widest - 1}]")
    return f"Use {', or '.join(cures)}." if cures else "Use fewer units in several layers, or fewer layers."


def _largest(sizes: tuple[int, ...], layer: int) -> int:
    """Return the largest size of a layer with which the network fits, all others unchanged; 0 where there is none."""

    def needed(size: int) -> int:
        return table_columns((*sizes[:layer], size, *sizes[layer + 1 :]))

    return bisect_right(range(1, sizes[layer]), MAX_TABLE_COLUMNS, key=needed)


def _shape(sizes: tuple[int, ...]) -> str:
    """Return 784-32-10; of a very deep network only its ends."""
    shown = [f"{size}" for size in sizes]
    return "-".join(shown if len(shown) <= 12 else [*shown[:6], "…", *shown[-3:]])


def _count(number: int, of_what: str) -> str:
    return f"{number:,} {of_what}{'s' * (number != 1)}"
