"""Two more charts on `Loss curves`: the size of the gradient in every run, and the paths of one run's weights.

The charts stand side by side below those of the losses; the numbers behind them right of all charts, each row beside
the loss of the same epoch. From a list a reader chooses the run whose weights are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.network import BatchGradient, Gradient, InBatch, Naming, Parameter
from xlbackprop.numpy_run import Spread
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas, epoch_axis, every
from xlbackprop.sheets.curves.logarithmic import Logarithmic
from xlbackprop.sheets.curves.places import PATHS_OF, LossCurvesLayout
from xlbackprop.sheets.number_formats import fixed_text, shown, together
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.summary.layout import heading
from xlbackprop.workbook import (
    Chart,
    Fill,
    Filled,
    Look,
    Role,
    Series,
    Style,
    Table,
    Validation,
    address,
    cells,
    column_letters,
    filled_down,
    one_of,
    position,
)

# More paths of weights in one small chart nobody tells apart.
MOST_PATHS = 8
HEIGHT = 320  # of a chart, in pixels
_GAP = 10
_OVER_ONE = "/1"  # an overflow of SUMSQ is infinity in formualizer, which it counts as a number until one calculates on
_OF_A_NOTE = 80  # characters: over the columns of the results
_SHORT_NAME = 4  # beside names of so many letters a small chart has room enough
_HEADER_ROW, _FIRST_ROW = LossCurvesLayout.header_row, LossCurvesLayout.first_row


@dataclass(frozen=True, eq=False)
class PathCurves:
    """The two charts of a book, with the tables of their numbers and the cell in which a run is chosen.

    The tables begin in the column `first_column`. The cell `choice` (row, column) holds the name of the chosen run,
    where there is more than one to choose from.
    """

    book: Book
    first_column: int
    choice: tuple[int, int]

    # ----------------------------------------------------------------------------------------------------------- places

    @cached_property
    def offered(self) -> tuple[RunLayout, ...]:
        """The runs to choose from: those of one network, so that w1 is the same weight in all of them."""
        return tuple(self.book.runs[index] for index in self.book.lesson.of_one_network)

    @property
    def naming(self) -> Naming:
        """The naming of these runs' network."""
        return self.offered[0].of.naming

    @property
    def chosen(self) -> RunLayout:
        """The run whose weights are shown now."""
        return self.offered[int(self.book.standing.get(PATHS_OF, 0))]

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The weights and biases whose paths are shown: all if they are few, else some, from the first to the last."""
        parameters = tuple(self.naming.parameters())
        last = len(parameters) - 1
        if last < MOST_PATHS:
            return parameters
        return tuple(parameters[round(place * last / (MOST_PATHS - 1))] for place in range(MOST_PATHS))

    @property
    def paths_column(self) -> int:
        """The first column of the table of weights."""
        return self.first_column + len(self.book.runs) + 1

    @property
    def list_column(self) -> int:
        """The column that lists the names of these runs; the number of the chosen one is in the column right of it."""
        return self.paths_column + len(self.parameters) + 1

    @property
    def stop_column(self) -> int:
        """The first column right of all that stands at the tables."""
        return self.list_column + 2

    @property
    def _names(self) -> str:
        first, last = (
            address(row, self.list_column, fixed=True) for row in (_FIRST_ROW, _FIRST_ROW + len(self.offered) - 1)
        )
        return f"{first}:{last}"

    @property
    def number(self) -> str:
        """The cell with the number of the chosen run among those offered, from 1: `'Loss curves'!$AH$6`."""
        return self.book.curves.column(self.list_column + 1).partition(":")[0]

    # ------------------------------------------------------------------------------------------------------ loose cells

    def put(self, canvas: Canvas, left: int) -> None:
        """Put headings and notes around the charts, from column `left` on, and those and the list at the tables."""
        row = self.choice[0]
        heading(canvas, row - 1, (left, left + 4), "How large is the gradient, and where do the weights go?")
        if len(self.offered) > 1:
            self._put_choice(canvas, left)
        if len(self.offered) < len(self.book.runs):
            canvas.put(row + 1, left, self._not_offered_in_words(), Look.NOTE)
        below = row + 2 + HEIGHT // 20  # the charts
        canvas.paragraph(below, (left, left + 4), self._size_in_words(), _OF_A_NOTE, Look.NOTE)
        canvas.put(2, self.first_column, "The numbers of the two small charts, at the epochs of column A", Look.HEADING)
        canvas.put(3, self.first_column, self._size_in_words(), Look.LABEL)
        canvas.put(4, self.paths_column, self._paths_in_words(), Look.LABEL)

    def _put_choice(self, canvas: Canvas, left: int) -> None:
        """Put the cell in which a run is chosen, the list of runs for its menu, and the number of the chosen run."""
        names = tuple(run.name for run in self.offered)
        canvas.put(self.choice[0], left, "Show the weights of this run (choose another in the cell) →", Look.BODY)
        # a format of texts, or a program might take a run that is called 1 for a number
        look, role, texts = Look.TYPED, Role.PARAMETER, "@"
        choice = canvas.put(
            *self.choice, self.chosen.name, look, role, texts, changeable=PATHS_OF, choices=names, align="right"
        )
        for place, name in enumerate(names):
            canvas.put(_FIRST_ROW + place, self.list_column, name, Look.STORED)
        number = position(choice, cells(self._names, names))
        canvas.put(_HEADER_ROW, self.list_column, "to choose from", Look.HEADER, role)
        canvas.put(_HEADER_ROW, self.list_column + 1, "number chosen", Look.HEADER, role)
        canvas.put(_FIRST_ROW, self.list_column + 1, number, Look.NUMBER, role)

    def widths(self) -> dict[int, float]:
        """Return the widths of the list's columns and of the gaps between the tables, by column."""
        names = max(len(run.name) for run in self.offered)
        gaps = dict.fromkeys((self.first_column - 1, self.paths_column - 1, self.list_column - 1), 3.0)
        return gaps | {self.list_column: max(16.0, names + 2.0), self.list_column + 1: 16.0}

    def validations(self) -> tuple[Validation, ...]:
        """Return the rule that only a run of the list may be chosen; with a single run there is none."""
        if len(self.offered) == 1:
            return ()
        message = "Choose a run from the list of this cell."
        return (Validation(address(*self.choice), "list", None, None, "A run is needed", message, self._names),)

    def _not_offered_in_words(self) -> str:
        others = [run.name for run in self.book.runs if run not in self.offered]
        names = ", ".join(others if len(others) <= 4 else [*others[:3], f"and {len(others) - 3} more"])
        return f"Not shown: the weights of {names}. Their networks differ, and w1 is another weight there."

    def _size_in_words(self) -> str:
        kinds = {_which_gradient(run) for run in self.book.runs}
        which = kinds.pop() if len(kinds) == 1 else "the gradient that the epoch's last step uses"
        return f"Size of the gradient: √(Σ g²) over all that is trained, where g is {which}."

    def _paths_in_words(self) -> str:
        count, shown = sum(1 for _ in self.naming.parameters()), len(self.parameters)
        what = self._weights if shown == count else f"{shown} of the {count:,} {self._weights}"
        run = self.chosen.name if len(self.offered) == 1 else f"the run chosen in {address(*self.choice)}"
        return f"{what} of {run}" + ("" if self.book.lesson.single else ", at the epoch's last example")

    @property
    def _weights(self) -> str:
        return "weights and biases" if any(self.naming.layer_biases()) else "weights"

    # ----------------------------------------------------------------------------------------------------------- tables

    def tables(self) -> tuple[Table, Table]:
        """Return two tables: sizes of the gradient, a column a run; weights of the chosen run, a column a weight."""
        sizes = tuple(self._size_column(run) for run in self.book.runs)
        paths = tuple(self._path_column(*shown) for shown in zip(self.parameters, self._paths.T, strict=True))
        return Table(_HEADER_ROW, self.first_column, sizes), Table(_HEADER_ROW, self.paths_column, paths)

    def _size_column(self, run: RunLayout) -> Filled:
        all_sizes = Spread.of(np.concatenate(self._sizes))
        size = shown(Gradient(self.parameters[0]), all_sizes)
        return Filled(
            header=run.name,
            fill=self._size_formula(run),
            values=self._sizes[run.index],
            style=Style(Look.LINKED, Role.GRADIENT, size.number_format),
            header_style=Style(Look.HEADER, Role.GRADIENT),
            width=max(size.width, len(run.name) + 2.5),
        )

    def _size_formula(self, run: RunLayout) -> Fill:
        groups, curves = side_by_side(run), self.book.curves
        if curves.is_row_by_row(run):
            blocks: list[str | int] = []
            for first, last in groups:
                cell, row = curves.beside(run, first)
                blocks += [*"," * bool(blocks), cell, row, f":{column_letters(run.column_of[last])}", row]
            return ("SQRT(SUMSQ(", *blocks, "))", _OVER_ONE)
        row_number = curves.row_number(run, "$A")
        rows = [f"INDEX({run.block(first, last)},{row_number},0)" for first, last in groups]
        size = f"SQRT(SUMSQ({','.join(rows)}))"
        over = f"/INDEX({run.range(InBatch())},{row_number})" if is_mean(run) else _OVER_ONE
        return filled_down(size + over)

    def _path_column(self, parameter: Parameter, values: np.ndarray) -> Filled:
        name = self.naming.name(parameter)
        spreads = [self.book.trace.spread(run.index, parameter) for run in self.offered]  # whichever is chosen
        weight = shown(parameter, together(spreads))
        return Filled(
            header=name,
            fill=self._path_formula(parameter),
            values=values,
            style=Style(Look.LINKED, Role.PARAMETER, weight.number_format),
            header_style=Style(Look.HEADER, Role.PARAMETER),
            width=max(weight.width, len(name) + 2.5),
        )

    def _path_formula(self, parameter: Parameter) -> Fill:
        curves = self.book.curves
        row_by_row = all(curves.is_row_by_row(run) for run in self.offered)
        row_number = curves.row_number(self.offered[0], "$A")
        options: list[Fill] = [
            curves.beside(run, parameter) if row_by_row else filled_down(f"INDEX({run.range(parameter)},{row_number})")
            for run in self.offered
        ]
        return options[0] if len(options) == 1 else one_of(self.number.rpartition("!")[2], options)

    # ----------------------------------------------------------------------------------------------- the same in NumPy

    @cached_property
    def _sizes(self) -> list[np.ndarray]:
        """The size of the gradient of every run at the epochs shown; NaN where a square or the sum overflows."""
        return [self._sizes_of(run) for run in self.book.runs]

    def _sizes_of(self, run: RunLayout) -> np.ndarray:
        places = self.book.trace.places(run.index)
        columns = [places[gradient] for gradient in gradients_of(run)]
        with np.errstate(all="ignore"):
            sizes = [
                np.sqrt(add_up(np.square(block[:, columns]))) / (block[:, places[InBatch()]] if is_mean(run) else 1)
                for block in self.book.at_epochs(run, self.book.curves.epochs)
            ]
            return error_if_infinite(np.concatenate(sizes))

    @cached_property
    def _paths(self) -> np.ndarray:
        """The weights of the chosen run at the epochs shown, (epochs, weights)."""
        places = self.book.trace.places(self.chosen.index)
        columns = [places[parameter] for parameter in self.parameters]
        numbers = self.book.at_epochs(self.chosen, self.book.curves.epochs)
        return np.concatenate([block[:, columns] for block in numbers])

    # ----------------------------------------------------------------------------------------------------------- charts

    def charts(
        self, row: int, left: int, edge: tuple[int, int], width: int, sizes_shown: Logarithmic
    ) -> tuple[Chart, Chart]:
        """Return the two charts side by side, their upper edge at `row`, in `width` pixels together.

        `edge` is the column in which the second chart begins, and its distance from column `left` in pixels;
        `sizes_shown` are the sizes that a logarithmic axis can show.
        """
        runs, weights = [run.name for run in self.book.runs], [self.naming.name(of) for of in self.parameters]
        sizes = self._chart(
            address(row, left),
            edge[1] - _GAP,
            "Size of the gradient",
            "√(Σ g²) (logarithmic)",
            sizes_shown.series(self.book),
            _from_to("Size of the gradient in every run, on a logarithmic axis", runs, self._sizes),
            log=True,
        )
        paths = self._chart(
            address(row, edge[0]),
            width - edge[1],
            "Weights of the chosen run" if len(self.offered) > 1 else f"Weights of {self.chosen.name}",
            self._weights,
            self._series(self.paths_column, weights, [*self._paths.T]),
            _from_to(f"The {self._weights} of {self.chosen.name}", weights, [*self._paths.T]),
        )
        return sizes, paths

    def _series(self, column: int, names: list[str], numbers: list[np.ndarray]) -> tuple[Series, ...]:
        curves = self.book.curves
        epochs = np.array(curves.epochs, dtype=np.float64)
        return tuple(
            Series(
                name=curves.header_of(place),
                name_text=name,
                x=curves.epoch_range(),
                x_values=epochs,
                y=curves.column(place),
                y_values=values,
            )
            for place, (name, values) in enumerate(zip(names, numbers, strict=True), start=column)
        )

    def _chart(
        self,
        anchor: str,
        width: int,
        title: str,
        y_title: str,
        series: tuple[Series, ...],
        alt_text: str,
        *,
        log: bool = False,
    ) -> Chart:
        end, step = epoch_axis(self.book.lesson.epochs)
        stride = self.book.curves.stride
        narrow = max(len(curve.name_text) for curve in series) <= _SHORT_NAME
        return Chart(
            anchor=anchor,
            width=width,
            height=HEIGHT,
            title=title if stride == 1 else f"{title} at {every(stride)}",
            x_title="epoch",
            y_title=y_title,
            series=series,
            alt_text=alt_text,
            x_max=end,
            x_step=step,
            y_log=log,
            legend=narrow or len(series) <= 8,  # or it would leave no room for curves that the charts above name
            legend_below=not narrow,
        )


def _from_to(what: str, names: list[str], numbers: list[np.ndarray]) -> str:
    """Return the alternative text of a chart: the first and the last value of each curve."""
    ends = [map(fixed_text, values[[0, -1]].tolist()) for values in numbers]
    told = "; ".join(f"{name} from {' to '.join(end)}" for name, end in zip(names, ends, strict=True))
    return f"{what}, from epoch 0 to the last: {told}."


def is_mean(run: RunLayout) -> bool:
    """Return whether a step divides the gradients that it has gathered by their number."""
    return run.recipe.sums and run.recipe.mean


def gradients_of(run: RunLayout) -> list[Gradient | BatchGradient]:
    """Return the gradients that the steps of a run use, ∂E/∂w1, … or Σ∂E/∂w1, …"""
    kind = BatchGradient if run.recipe.sums else Gradient
    return [kind(parameter) for parameter in run.recipe.trained]


def side_by_side(run: RunLayout) -> list[tuple[Gradient | BatchGradient, Gradient | BatchGradient]]:
    """Return the first and the last of each group of these gradients that no column of a frozen weight parts."""
    numbered = enumerate(gradients_of(run))
    groups = groupby(numbered, key=lambda at: run.column_of[at[1]] - at[0])
    return [(group[0][1], group[-1][1]) for group in ([*group] for _, group in groups)]


def _which_gradient(run: RunLayout) -> str:
    recipe = run.recipe
    if recipe.single:
        return "∂E/∂w"
    if not recipe.sums:
        return "∂E/∂w of the epoch's last example"
    gathered = f"the {'mean' if recipe.mean else 'sum'} of ∂E/∂w over the examples"
    return gathered if recipe.steps == 1 else f"{gathered} of the epoch's last step"
