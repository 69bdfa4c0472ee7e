"""What `Checks` says of `Summary` and `Step by step`: each number shown there is found again by another way.

Whoever puts a number claims what it is: the number that a table has under the name beside or above it (see `Claim`).
On `Summary` this is one row of the run's table, on `Step by step` the fetched row. Here each claim becomes a
comparison. What only makes sense once is added: the fetched row is that of the run, the choice is what is shown,
products of factors are what the paths say, and ∂E/∂ of units obeys Σ out·∂E/∂out = Σ w·∂E/∂w.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xlbackprop.network import Epoch, ExampleNumber, Gradient, NetInput, Quantity, TotalLoss, Weight
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps import sheet as steps
from xlbackprop.sheets.steps.paths import Running
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.sheets.summary import sheet as summary
from xlbackprop.workbook import Claim, Look, Sheet, address, cell, first_where, live, on_sheet, quoted

_MOST_CHARACTERS = 4_000  # of a formula that compares many cells
_ABSOLUTE, _RELATIVE = "1/10^12", "10^9"


class Comparison(NamedTuple):
    """A cell, or the first of several; a formula that is 0 where it shows the right number, else positive.

    Both are written as on the cell's sheet, `$D$30`, or as elsewhere, 'Summary'!D30.
    """

    place: str
    formula: str


class ShownNumbers:
    """The comparisons of all shown numbers, as a table on `Checks`: where, and how many cells differ."""

    def __init__(self, book: Book) -> None:
        self.places = book.checks
        self.found: list[Comparison] = []
        for sheet in book.sheets_of(summary.sheets):
            self.found += _elsewhere(sheet, map(_of_claim, sheet.claims))
        for layout, sheet in zip(book.steps, book.sheets_of(steps.sheets), strict=True):
            comparisons = (*_Steps(book, layout, sheet).proofs(), *map(_of_claim, sheet.claims))
            self.found += _added(_elsewhere(sheet, comparisons))

    @property
    def _rows(self) -> tuple[int, int]:
        top = self.places.shown_header_row
        return top + 1, top + len(self.found)

    def put(self, canvas: Canvas) -> None:
        """Put the table."""
        top = self.places.shown_header_row
        canvas.put(top - 1, 1, "The numbers on Summary and Step by step, found again by another way", Look.HEADING)
        canvas.put(top, 1, "from", Look.HEADER)
        canvas.put(top, 2, "differ", Look.HEADER)
        for row, (place, formula) in enumerate(self.found, start=top + 1):
            canvas.put(row, 1, place, Look.LINK, link=place)
            canvas.put(row, 2, cell(formula, 0.0), Look.NUMBER, number_format=WHOLE, align="center")

    @property
    def place(self) -> str:
        """The target of links to the table: `'Checks'!A899`."""
        return f"{quoted(CHECKS)}!{address(self.places.shown_header_row, 1)}"

    def column(self, letter: str) -> str:
        """Return a column of the table on this sheet: `$B$900:$B$990`."""
        first, last = self._rows
        return f"${letter}${first}:${letter}${last}"

    @property
    def formulas(self) -> dict[str, int]:
        """The range of the formulas, with how many they are."""
        return {self.column("B"): len(self.found)}

    @property
    def count(self) -> str:
        """A formula: how many of them differ."""
        return f"SUM({self.column('B')})"

    @property
    def first(self) -> str:
        """The formula of a link to the first that differs; empty where none does."""
        there = f"INDEX({self.column('A')},{first_where(self.column('B') + '<>0')})"
        return f'IF({self.count}=0,"",HYPERLINK("#"&{there},{there}))'


def _of_claim(claim: Claim) -> Comparison:
    """Return the comparison of a cell with what it must show; two errors are alike."""
    here, there, size = claim
    if not size:
        return Comparison(here, f'IF(IFERROR({here},"error")=IFERROR({there},"error"),0,1)')
    return Comparison(here, f"IFERROR(IF({_far(here, there, size)},1,0),IF(COUNT({here})=COUNT({there}),0,1))")


def _far(one: str, other: str, size: str) -> str:
    """Return the condition that two numbers differ by more than rounding makes of numbers of this size."""
    return f"ABS({one}-{other})>{_ABSOLUTE}+({size})/{_RELATIVE}"


def _elsewhere(sheet: Sheet, comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
    """Yield comparisons of a sheet as other sheets write them."""
    for place, formula in comparisons:
        yield Comparison(f"{quoted(sheet.name)}!{place.replace('$', '')}", on_sheet(formula, sheet.name))


def _added(comparisons: Iterable[Comparison]) -> Iterator[Comparison]:
    """Yield comparisons of a sheet added up, as many as fit into a formula."""
    place, terms = "", ""
    for comparison in comparisons:
        if terms and len(terms) + len(comparison.formula) > _MOST_CHARACTERS:
            yield Comparison(place, terms)
            terms = ""
        place, terms = (place, f"{terms}+{comparison.formula}") if terms else comparison
    if terms:
        yield Comparison(place, terms)


class _Steps:
    """What is proved of a sheet `Step by step` beside its claims."""

    def __init__(self, book: Book, layout: StepLayout, sheet: Sheet) -> None:
        self.book, self.layout, self.sheet, self.naming = book, layout, sheet, layout.naming
        first, last = layout.header_row + 1, layout.header_row + len(layout.quantities)
        self.fetched = self.range(first, last, layout.workings + 3)
        self.run_number = self.state(0) if len(layout.runs) > 1 else "1"

    def range(self, first: int, last: int, column: int) -> str:
        return f"{self.layout.cell(first, column)}:{self.layout.cell(last, column)}"

    def state(self, offset: int) -> str:
        """Return a cell of the state of the choice: of the run's number, the row's number, …"""
        return self.layout.cell(self.layout.state_row + offset, self.layout.workings + 3)

    def number(self, quantity: Quantity) -> str:
        """Return the cell of a number of the fetched row."""
        return self.layout.cell(self.layout.row_of[quantity], self.layout.workings + 3)

    def proofs(self) -> Iterator[Comparison]:
        """Yield the comparisons, from the choice to the paths."""
        yield from map(self._fetched_row, self.layout.runs)
        yield from self._choice()
        yield from self._units()
        yield from self._paths()

    def _fetched_row(self, run: RunLayout) -> Comparison:
        """Return the comparison of the fetched row with the row of a run's table, of which Gnumeric knows none.

        Each number counts as often as the number of its place says, so that their order counts.
        """
        layout, here, count = self.layout, self.fetched, len(self.layout.quantities)
        first, last = layout.quantities[0], layout.quantities[-1]
        there = f"INDEX({run.block(first, last)},{self.state(1)},0)"
        headers = f"{run.header(first)}:{run.header(last).rpartition('!')[2]}"
        weighed = f"SUMPRODUCT({there},COLUMN({headers}))-SUMPRODUCT({here},ROW({here})-{layout.header_row})"
        far = f"ABS({weighed})>MAX(MAX({here}),-MIN({here}))*{count}/10^14"
        errors = f"IF(COUNT({there})=0,0,IF(COUNT({there})=COUNT({here}),0,1))"
        compared = f"IFERROR(IF(COUNT({here})<{count},1/0,IF({far},1,0)),{errors})"
        number = layout.runs.index(run) + 1
        return Comparison(here.partition(":")[0], f"IF({self.run_number}={number},{compared},0)")

    def _choice(self) -> Iterator[Comparison]:
        """Yield comparisons of run, epoch, example and weight with those chosen, and of the sentence that says them."""
        layout, recipe, name = self.layout, self.layout.recipe, self.state(5)
        chosen = {
            column: layout.cell(layout.choice_row, column)
            for column in (layout.epoch_column, layout.run_column, layout.example_column, layout.parameter_column)
        }
        epoch = f"IFERROR(MAX(0,MIN({recipe.epochs},INT({chosen[layout.epoch_column]}))),0)"
        run, valid = live(layout.runs[0].name).formula, [f'{chosen[layout.epoch_column]}&""={epoch}&""']
        if len(layout.runs) > 1:
            top = layout.header_row + 1
            names = self.range(top, top + len(layout.runs) - 1, layout.workings + 7)
            run = f"INDEX({names},{self.run_number})"
            yield self._listed(self.run_number, run, names, chosen[layout.run_column], valid)
        if self.book.lesson.by_rate:  # then it is told with the rate that it has now
            first, last = (self.book.curves.legend(run.index) for run in (layout.runs[0], layout.runs[-1]))
            run = f"INDEX({first}:{last.rpartition('!')[2]},{self.run_number})" if len(layout.runs) > 1 else first
        said = f'{run}&", epoch "&{epoch}'
        shown: dict[Quantity, str] = {Epoch(): epoch}
        if not self.book.lesson.single:
            looked_at = f"IF({epoch}<{recipe.epochs},{recipe.examples},{recipe.examples + recipe.held_back})"
            example = f"MIN({looked_at},IFERROR(MAX(1,INT({chosen[layout.example_column]})),1))"
            shown[ExampleNumber()], said = example, f'{said}&", example "&{example}'
        for quantity, there in shown.items():
            if quantity in layout.row_of:
                yield Comparison(self.state(1), f"IF({self.number(quantity)}={there},0,1)")
        yield Comparison(self.state(3), f"IF({self.state(3)}=IF({epoch}<{recipe.epochs},1,0),0,1)")
        if len(recipe.trained) > 1:
            top = layout.header_row + len(layout.quantities) + 4
            menu = self.range(top, top + len(recipe.trained) - 1, layout.workings)
            yield self._listed(self.state(4), name, menu, chosen[layout.parameter_column], valid)
        text = layout.cell(layout.row_of[TotalLoss()], layout.workings + 1)
        here = layout.cell(layout.sentence_row, layout.symbol)
        told = f'{here}={said}&": E_Total is "&{text}&"."'
        told = f'IF(AND({",".join(valid)}),{told},LEFT({here},{len(steps.IN_VAIN)})="{steps.IN_VAIN}")'
        yield Comparison(here, f"IFERROR(IF({told},0,1),IF(ISERROR({text}),0,1))")

    def _listed(self, number: str, shown: str, names: str, chosen: str, valid: list[str]) -> Comparison:
        """Return the comparison of a name with that chosen from a list; where none is chosen, the first is shown."""
        valid.append(f'SUMPRODUCT(--({names}={chosen}&""))=1')
        return Comparison(number, f'IF({shown}&""=IF({valid[-1]},{chosen},INDEX({names},1))&"",0,1)')

    def _units(self) -> Iterator[Comparison]:
        """Yield comparisons that prove ∂E/∂ of units: Σ out·∂E/∂out = Σ w·∂E/∂w, and Σ out·∂E/∂net = Σ ∂E/∂w.

        A table with written out gradients has none of these.
        """
        layout, naming = self.layout, self.naming
        rows = {str(told.value): row for (row, column), told in self.sheet.cells.items() if column == layout.symbol}
        cells = {naming.name(of): self.number(of) for of in layout.quantities}

        def unproved(*quantities: Quantity) -> bool:
            return all(naming.name(of) in rows for of in quantities)

        def products(ones: Iterable[Quantity], others: Iterable[Quantity]) -> list[str]:
            cell_of = {name: layout.cell(row, layout.value) for name, row in rows.items()} | cells
            return [f"{cell_of[naming.name(a)]}*{cell_of[naming.name(b)]}" for a, b in zip(ones, others, strict=True)]

        def from_paths(weight: Weight) -> str:
            """Return ∂E/∂w without what a penalty of large weights adds to it."""
            gradient = cells[naming.name(Gradient(weight))]
            if not layout.recipe.decays_in_loss:
                return gradient
            return f"({gradient}-{layout.cell(layout.state_row, layout.update + 1)}*{cells[naming.name(weight)]})"

        for layer in naming.layers():
            weights = [*naming.weights(layer)]
            if not all(naming.name(Gradient(weight)) in cells for weight in weights):
                continue
            before = [naming.output(layer - 1, unit) for unit in naming.units(layer - 1)]
            if unproved(*map(Gradient, before)):
                moved = [f"{cells[naming.name(of)]}*{from_paths(of)}" for of in weights]
                passed = products(before, map(Gradient, before))
                yield self._alike(rows[naming.name(Gradient(before[0]))], passed, moved)
            for unit in naming.units(layer):
                net: Quantity = Gradient(NetInput(layer, unit))
                if unproved(net):
                    fed = [weight for weight in weights if weight.unit == unit]
                    here = products([net] * len(fed), (naming.output(layer - 1, of.source) for of in fed))
                    there = [from_paths(weight) for weight in fed]
                    bias = naming.bias(layer, unit)
                    if bias is not None and len(naming.fed_by(bias)) == 1 and naming.name(Gradient(bias)) in cells:
                        here.append(here[0].partition("*")[0])
                        there.append(cells[naming.name(Gradient(bias))])
                    yield self._alike(rows[naming.name(net)], here, there)

    def _alike(self, row: int, ones: list[str], others: list[str]) -> Comparison:
        """Return the comparison of two sums, but for what rounding makes of their terms; an error is none."""
        size = "+".join(f"ABS({term})" for term in (*ones, *others))
        far = _far(f"({'+'.join(ones)})", f"({'+'.join(others)})", size)
        return Comparison(self.layout.cell(row, self.layout.value), f"IFERROR(IF({far},1,0),0)")

    def _paths(self) -> Iterator[Comparison]:
        """Yield comparisons of all factors with the running products, and of these with the table's gradient.

        A sum of products may overflow where these do not: then only their number is compared.
        """
        layout = self.layout
        running = layout.beside + Running._fields.index("product")
        lines = sorted(row for row, column in self.sheet.cells if column == running)
        if not lines:
            return
        first, end = lines[0], lines[-1]
        line, before = (self.range(first - up, end - up, layout.beside) for up in (0, 1))
        product, product_before = (self.range(first - up, end - up, running) for up in (0, 1))
        factors, goes_on = self.range(first, end, layout.value), f"({line}>0)*({before}>0)"
        shown = f"SUMPRODUCT({factors},{goes_on}*{product_before}+1-{goes_on})"
        told, sizes = f"SUMPRODUCT({product}*({line}<>0))", f"MAX({product})-MIN({product})"
        total, here = layout.cell(end + 1, layout.value), layout.cell(end + 2, layout.value)
        for place, far, otherwise in (
            (first, _far(shown, told, f"{sizes}+ABS({told})"), f"COUNT({factors})<>SUMPRODUCT(--({line}<>0))"),
            (end + 1, _far(total, here, f"{sizes}+ABS({here})"), f"COUNT({total})<>COUNT({here})"),
        ):
            errors = f"IF(AND(COUNT({product})={len(lines)},{otherwise}),1,0)"
            yield Comparison(layout.cell(place, layout.value), f"IFERROR(IF({far},1,0),{errors})")
