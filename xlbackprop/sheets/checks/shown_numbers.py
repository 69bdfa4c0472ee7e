"""What `Checks` says of `Summary` and `Step by step`: each number shown there is found again by another way.

The sheets are read as a reader reads them: beside or above a number stands its name. On `Summary` the number is sought
under this name in one row of the run's table. On `Step by step` the fetched row as a whole is compared with that row,
and each number, and each number in a text, with what the row has under the name that stands with it. What is computed
there must give what the table has: factors and paths ∂E/∂w, the update the next weight, and ∂E/∂ of all units
Σ out·∂E/∂out = Σ w·∂E/∂w.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from xlbackprop.network import (
    OPTIMIZERS,
    BatchGradient,
    Constant,
    Correct,
    Epoch,
    ExampleNumber,
    Given,
    Gradient,
    InBatch,
    LearningRate,
    NetInput,
    Quantity,
    Target,
    TotalLoss,
)
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.checks.places import CHECKS
from xlbackprop.sheets.derivation.opening import opening
from xlbackprop.sheets.number_formats import WHOLE
from xlbackprop.sheets.runs.places import RunLayout
from xlbackprop.sheets.steps import sheet as steps
from xlbackprop.sheets.steps.choice import EQUAL, compared
from xlbackprop.sheets.steps.places import StepLayout
from xlbackprop.sheets.summary import sheet as summary
from xlbackprop.workbook import Cell, Look, Sheet, address, cell, first_where, quoted, short

_MOST_CHARACTERS = 4_000  # of a formula that compares many cells
_ABSOLUTE, _RELATIVE = "1/10^12", "10^9"


class Comparison(NamedTuple):
    """A cell, or the first of several, `'Summary'!D30`; a formula that is 0 where it shows the right number."""

    place: str
    formula: str


class ShownNumbers:
    """The comparisons of all shown numbers, as a table on `Checks` from `row` on: where, and whether it differs."""

    def __init__(self, book: Book) -> None:
        self.places = book.checks
        self.found = [*_summary(book), *(one for layout in book.steps for one in _step_by_step(book, layout))]

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


# ------------------------------------------------------------------------------------------------------------ formulas


def _unlike(one: str, other: str) -> str:
    """Return a formula: 1 where two cells differ; two errors are alike."""
    return f"IFERROR(IF({one}={other},0,1),IF(COUNT({one},{other})=0,0,1))"


def _far(one: str, other: str, scale: str) -> str:
    """Return the condition that two numbers differ by more than rounding makes of numbers of the size `scale`."""
    return f"ABS({one}-{other})>{_ABSOLUTE}+({scale})/{_RELATIVE}"


class _Found:
    """A row of a run's table, counted from 0, in which numbers are sought by their names."""

    def __init__(self, run: RunLayout, index: int) -> None:
        first, last = run.columns[0].quantity, run.columns[-1].quantity
        self.block = run.block(first, last, index, index)
        self.headers = f"{run.header(first)}:{run.header(last).rpartition('!')[2]}"

    def of(self, name: str) -> str:
        """Return the formula of the number under a header, which is a cell, or a text in quotation marks."""
        return f"INDEX({self.block},1,MATCH({name},{self.headers},0))"


def _is_text(told: Cell | None, *looks: Look) -> bool:
    return told is not None and told.formula is None and isinstance(told.value, str) and told.style.look in looks


# ------------------------------------------------------------------------------------------------------------- Summary


def _summary(book: Book) -> Iterator[Comparison]:
    (sheet,) = book.sheets_of(summary.sheets)
    page = _Summary(book, sheet)
    for place, told in sorted(sheet.cells.items()):
        if told.formula is not None and (formula := page.comparison(place, told)):
            yield Comparison(page.address(*place), formula)


class _Summary:
    """The page as a reader reads it: what each number claims to be."""

    def __init__(self, book: Book, sheet: Sheet) -> None:
        self.book, self.cells, self.prefix = book, sheet.cells, f"{quoted(sheet.name)}!"
        shown = opening(book.lesson)
        self.run, recipe = book.runs[shown.run], book.runs[shown.run].recipe
        self.index = recipe.row_of(shown.epoch) + shown.example
        self.names = {self.run.of.naming.name(column.quantity): column.quantity for column in self.run.columns}
        start = shown.example // recipe.batch * recipe.batch
        self.in_step = min(recipe.batch, recipe.examples - start)
        self.step_end = recipe.row_of(shown.epoch) + start + self.in_step - 1
        of_lines = (row for (row, column), told in self.cells.items() if column == 2 and told.style.look is Look.MATH)
        rows = {*of_lines}
        numbers = [place[1] for place, told in self.cells.items() if place[0] in rows and told.formula is not None]
        self.number_column = min(numbers, default=0)  # of the lines of mathematics

    def address(self, row: int, column: int) -> str:
        return f"{self.prefix}{address(row, column)}"

    def comparison(self, place: tuple[int, int], told: Cell) -> str:
        """Return the formula that is 0 where a cell has the number that its name says; "" where none stands there."""
        row, column = place
        here = self.address(row, column)
        found = _Found(self.run, self.index)
        if told.style.look is Look.LABEL and isinstance(told.value, str):  # a weight of the drawing: w1 = 0.3
            name = told.value.partition(" = ")[0]
            number = cell(found.of(_quoted(name)), 0.0)
            text = (f"{name} = " & short(number)).formula
            return f"IFERROR(IF({here}={text},0,1),COUNT({number}))"
        above = self.cells.get((row - 1, column))
        if told.style.align == "center" and _is_text(above, Look.LABEL):
            return _unlike(here, found.of(self.address(row - 1, column)))
        if column == self.number_column and _is_text(self.cells.get((row, 1)), Look.LABEL, Look.LINK):
            return self._line(row, here)
        header = next((up for up in range(row - 1, 0, -1) if _is_text(self.cells.get((up, column)), Look.HEADER)), 0)
        return self._result(row, column, header, here) if header else ""

    def _line(self, row: int, here: str) -> str:
        """Return the comparison of a line of mathematics by its name."""
        recipe, name, there = self.run.recipe, str(self.cells[row, 1].value), self.address(row, 1)
        if name in recipe.constants:
            return _unlike(here, self.run.elsewhere(self.run.given(Given(Constant(name)))))
        if name == "their mean":
            gathered = self.run.of.naming.name(BatchGradient(recipe.trained[0]))
            added = _Found(self.run, self.step_end).of(_quoted(gathered))
            return f"IFERROR(IF({here}={added}/{self.in_step},0,1),COUNT({added}))"
        if name == "η of this step":
            eta = self.run.of.naming.name(LearningRate())
            return _unlike(here, _Found(self.run, self.step_end).of(_quoted(eta)))
        if later := re.fullmatch(r"(.+) at (epoch|step) (\d+)", name):
            epoch, step = divmod(int(later[3]), 1 if recipe.single else recipe.steps)
            return _unlike(here, _Found(self.run, recipe.row_of(epoch) + step * recipe.batch).of(_quoted(later[1])))
        if name not in self.names:
            return ""  # a factor: the product of all is compared
        quantity = self.names[name]
        in_step = isinstance(quantity, BatchGradient | InBatch | LearningRate)
        found = _Found(self.run, self.step_end if in_step else self.index).of(there)
        if isinstance(quantity, Gradient) and "!" not in (self.cells[row, self.number_column].formula or "!"):
            factors = re.findall(r"\$[A-Z]+\$\d+", str(self.cells[row, self.number_column].formula))
            scale = "+".join([f"ABS({found})", f"ABS({here})", *self._products(row, factors)])
            return f"IFERROR(IF({_far(here, found, scale)},1,0),IF(COUNT({here},{found})=0,0,1))"
        return _unlike(here, found)

    def _products(self, row: int, factors: list[str]) -> Iterator[str]:
        """Yield the size of each product of a sum, for the sum may be far smaller."""
        formula = str(self.cells[row, self.number_column].formula)
        if len(factors) > len(formula.partition("+")[0].split("*")):
            for product in formula.split("+"):
                yield f"ABS({'*'.join(self.prefix + factor for factor in product.split('*'))})"

    def _result(self, row: int, column: int, header: int, here: str) -> str:
        """Return the comparison of a number in a table of the right half, by its header and the label of its row."""
        book, lesson = self.book, self.book.lesson
        left = column
        while _is_text(self.cells.get((header, left - 1)), Look.HEADER):
            left -= 1
        label, kind = str(self.cells[row, left].value), str(self.cells[header, left].value)
        text, name = str(self.cells[header, column].value), self.address(header, column)
        run = next((run for run in book.runs if run.name == label), book.runs[0])
        if text == "η now":
            return _unlike(here, run.elsewhere(run.given(Given(LearningRate()))))
        if kind == "run":
            return self._of_epoch(run, text, here)
        if kind == "example":
            index = run.recipe.row_of(lesson.epochs) + int(label.partition(",")[0]) - 1
            if text == "class":
                targets = run.of.naming.targets()
                block = run.block(targets[0], targets[-1], index, index)
                largest, before = f"INDEX({block},1,{here})", f"SUMPRODUCT(--({block}=MAX({block})))"
                return f"IFERROR(IF(AND({largest}=MAX({block}),{before}>0),0,1),IF(COUNT({block})={len(targets)},1,0))"
        else:
            if label == "target":
                of = run.of.naming.name(Target(column - left - 1))
                return _unlike(here, _Found(run, 0).of(_quoted(of)))
            index = lesson.epochs if label == run.name else 0
        return _unlike(here, _Found(run, index).of(name))

    def _of_epoch(self, run: RunLayout, text: str, here: str) -> str:
        lesson, curves = self.book.lesson, self.book.curves
        if text.startswith("epoch "):
            return _unlike(here, f"INDEX({curves.curve(run.index)},{1 if text == 'epoch 0' else len(curves.epochs)})")
        held_back = text == "held back"
        last, count = run.recipe.rows - 1, lesson.held_back if held_back else lesson.examples
        last -= 0 if held_back else lesson.held_back
        rows = run.range(Correct(), last - count + 1, last)
        right = f"SUMPRODUCT(--({rows}=1))"
        return f'IFERROR(IF({here}={right}&" of {count}",0,1),IF(COUNT({rows})={count},1,0))'


# -------------------------------------------------------------------------------------------------------- Step by step


def _step_by_step(book: Book, layout: StepLayout) -> Iterator[Comparison]:
    sheet = next(sheet for sheet in book.sheets_of(steps.sheets) if sheet.name == layout.name)
    yield from _Steps(book, layout, sheet).comparisons()


class _Steps:
    """A sheet `Step by step` as a reader reads it.

    `number` gives the cell of the number that stands with a name: of the fetched row, or of a line that computes it.
    """

    def __init__(self, book: Book, layout: StepLayout, sheet: Sheet) -> None:
        self.book, self.layout, self.cells = book, layout, sheet.cells
        self.prefix = f"{quoted(sheet.name)}!"
        self.naming = layout.naming
        name = self.naming.name
        workings = layout.workings
        self.number = {name(of): self.at(row, workings + 3) for of, row in layout.row_of.items()}
        self.texts = {name(of): (row, workings + 1) for of, row in layout.row_of.items()}
        self.lines = [*self._lines()]
        for row in self.lines:
            symbol = str(self.cells[row, layout.symbol].value)
            self.number.setdefault(symbol, self.at(row, layout.value))
            self.texts.setdefault(symbol, (row, layout.beside))
        rows = [*layout.row_of.values()]
        self.fetched = self.range(rows[0], rows[-1], workings + 3)
        self.symbols = self.range(rows[0], rows[-1], workings)
        self.is_whole = f"COUNT({self.fetched})={len(rows)}"
        computed = [
            self.at(row, layout.value) for row in self.lines if self.at(row, layout.value) in self.number.values()
        ]
        self.is_computed = f"COUNT({','.join(computed)})={len(computed)}" if computed else "TRUE"
        self.run_number = self.at(layout.state_row, workings + 3) if len(layout.runs) > 1 else "1"
        self.row_number = self.at(layout.state_row + 1, workings + 3)
        self.name = self.at(layout.state_row + 5, workings + 3)  # of the chosen weight or bias

    def at(self, row: int, column: int) -> str:
        return f"{self.prefix}{address(row, column, fixed=True)}"

    def range(self, first: int, last: int, column: int) -> str:
        return f"{self.at(first, column)}:{address(last, column, fixed=True)}"

    def _lines(self) -> Iterator[int]:
        """Yield the rows of the lines of forward and backward pass, which have a rule and a name that stays."""
        layout = self.layout
        for row, column in sorted(self.cells):
            is_rule = column == layout.rule and _is_text(self.cells[row, column], Look.MATH)
            if is_rule and _is_text(self.cells.get((row, layout.symbol)), Look.LABEL):
                yield row

    def comparisons(self) -> Iterator[Comparison]:
        """Yield the comparisons of the sheet, a few cells or a block each."""
        yield from self._fetched_row()
        yield from self._choice()
        yield from self._sums(self._numbers_of_lines())
        errors = f"IF(AND({self.is_whole},{self.is_computed}),1,0)"
        yield from self._sums(self._texts_of_lines(), errors)
        yield from self._sums(self._drawing(), errors)
        yield from self._sums(self._computed(), "0")
        yield from self._paths()
        yield from self._update()

    def _sums(self, found: Iterable[tuple[tuple[int, int], str]], of_errors: str = "") -> Iterator[Comparison]:
        """Yield comparisons that add up conditions, as many as fit into a formula.

        An error among them is one in the chosen row, or a difference; or `of_errors`.
        """
        others = of_errors or f"IF({self.is_whole},1,0)"
        rest = [*found]
        while rest:
            some: list[tuple[tuple[int, int], str]] = []
            length = 0
            while rest and (not some or length + len(rest[0][1]) < _MOST_CHARACTERS):
                some.append(rest.pop(0))
                length += len(some[-1][1]) + 3
            row, column = some[0][0]
            total = "+".join(f"({condition})" for _, condition in some)
            yield Comparison(self.prefix + address(row, column), f"IFERROR({total}+0,{others})")

    # ------------------------------------------------------------------------------------------------- what is chosen

    def _fetched_row(self) -> Iterator[Comparison]:
        """Yield for each run a comparison of the fetched row with the row of its table, of which Gnumeric knows none.

        Neighbours are multiplied, so that their order counts.
        """
        layout, quantities = self.layout, self.layout.quantities
        rows = [layout.row_of[of] for of in quantities]
        column = layout.workings + 3
        here = self.range(rows[1], rows[-1], column)
        pairs = f"SUMPRODUCT({self.range(rows[1], rows[-2], column)},{self.range(rows[2], rows[-1], column)})"
        for place, run in enumerate(layout.runs, start=1):

            def whole(first: Quantity, last: Quantity, run: RunLayout = run) -> str:
                return f"INDEX({run.block(first, last)},{self.row_number},0)"

            there = whole(quantities[1], quantities[-1])
            there_pairs = f"SUMPRODUCT({whole(quantities[1], quantities[-2])},{whole(quantities[2], quantities[-1])})"
            whole_here = f"COUNT({here})={len(rows) - 1}"  # a text would count as 0
            same = f"AND({whole_here},SUM({there})=SUM({here}),{there_pairs}={pairs})"
            sums, products = f"ABS(SUM({there})-SUM({here}))", f"ABS({there_pairs}-{pairs})"
            near = f"AND({whole_here},{sums}<=SUMSQ({here})^0.5/10^14,{products}<=SUMSQ({here})/10^14)"
            errors = f"IF(COUNT({there})=0,0,IF(COUNT({there})=COUNT({here}),0,1))"
            compared = f"IFERROR(IF({same},0,IF({near},0,1)),{errors})"
            formula = compared if self.run_number == "1" else f"IF({self.run_number}={place},{compared},0)"
            yield Comparison(self.prefix + address(rows[0], column), formula)

    def _choice(self) -> Iterator[Comparison]:
        """Yield comparisons of run, epoch, example and weight with those chosen, and of the sentence that says them."""
        layout, recipe = self.layout, self.layout.recipe
        state, column, symbol = layout.state_row, layout.workings + 3, self.naming.name
        where = [self.prefix + address(state + row, column) for row in (0, 1, 5)]
        chosen_epoch = self.at(layout.choice_row, layout.epoch_column)
        epoch = f"IFERROR(MAX(0,MIN({recipe.epochs},INT({chosen_epoch}))),0)"
        valid = [f'{chosen_epoch}&""={epoch}&""']
        run = _quoted(layout.runs[0].name)
        if len(layout.runs) > 1:
            first = layout.header_row + 1
            names = self.range(first, first + len(layout.runs) - 1, layout.workings + 7)
            chosen = f'{self.at(layout.choice_row, layout.run_column)}&""'
            valid.append(f"SUMPRODUCT(--({names}={chosen}))=1")
            run = f"INDEX({names},{self.run_number})"
            yield Comparison(where[0], f'IF({valid[-1]},IF({run}&""={chosen},0,1),IF({self.run_number}=1,0,1))')
        if Epoch() in layout.row_of:
            yield Comparison(where[1], f"IF({self.number[symbol(Epoch())]}={epoch},0,1)")
        said = f'{run}&", epoch "&{epoch}'
        if not self.book.lesson.single:
            looked_at = f"IF({epoch}<{recipe.epochs},{recipe.examples},{recipe.examples + recipe.held_back})"
            chosen = self.at(layout.choice_row, layout.example_column)
            example = f"MIN({looked_at},IFERROR(MAX(1,INT({chosen})),1))"
            if ExampleNumber() in layout.row_of:
                yield Comparison(where[1], f"IF({self.number[symbol(ExampleNumber())]}={example},0,1)")
            said += f'&", example "&{example}'
        first_name = _quoted(symbol(recipe.trained[0]))
        if len(recipe.trained) > 1:
            first = layout.header_row + len(layout.quantities) + 4
            menu = self.range(first, first + len(recipe.trained) - 1, layout.workings)
            chosen = f'{self.at(layout.choice_row, layout.parameter_column)}&""'
            valid.append(f"SUMPRODUCT(--({menu}={chosen}))=1")
            yield Comparison(where[2], f"IF({self.name}=IF({valid[-1]},{chosen},{first_name}),0,1)")
        said += f'&": E_Total is "&{self.at(*self.texts[symbol(TotalLoss())])}&"."'
        here = self.at(layout.sentence_row, layout.symbol)
        told = f'IF(AND({",".join(valid)}),{here}={said},LEFT({here},11)="There is no")'
        place = self.prefix + address(layout.sentence_row, layout.symbol)
        yield Comparison(place, f"IFERROR(IF({told},0,1),IF({self.is_whole},1,0))")

    # ------------------------------------------------------------------------------------------------- lines, drawing

    def _numbers_of_lines(self) -> Iterator[tuple[tuple[int, int], str]]:
        for row in self.lines:
            here, there = self.at(row, self.layout.value), self.number[str(self.cells[row, self.layout.symbol].value)]
            if here != there:
                yield (row, self.layout.value), f"{here}<>{there}"

    def _texts_of_lines(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield for each rule with numbers a comparison with the rule beside, its names replaced by the row's texts."""
        layout = self.layout
        one_name = re.compile("|".join(re.escape(name) for name in sorted(self.texts, key=len, reverse=True)))
        for row in self.lines:
            rule, numbers = str(self.cells[row, layout.rule].value), self.cells[row, layout.numbers].formula or ""
            names, told = one_name.findall(rule), re.findall(r"\$([A-Z]+)\$\d+", numbers)
            if len(names) != len(told) or not names:
                continue
            parts = [f'"{text.replace("·", " × ")}"' for text in one_name.split(rule)]
            # whether a negative number has its parentheses is no matter here: as in the text
            beside = {address(1, column).rstrip("1") for column in (layout.workings + 2, layout.beside + 1)}
            for place, (name, letters) in enumerate(zip(names, told, strict=True)):
                line, column = self.texts[name]
                parts.insert(2 * place + 1, self.at(line, column + (letters in beside)))
            joined = "&".join(part for part in parts if part != '""')
            yield (row, layout.numbers), f"{self.at(row, layout.numbers)}<>{joined}"

    def _drawing(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield a comparison for each number of the drawing with that of the name above it."""
        layout = self.layout
        for (row, column), told in sorted(self.cells.items()):
            if told.formula is None or not layout.right <= column <= layout.last_network_column:
                continue
            if isinstance(told.value, str) and " = " in told.value:
                name = told.value.partition(" = ")[0]
                there = f'"{name} = "&{self.at(*self.texts[name])}'
            else:
                above, top = (self.cells.get((row - up, column)) for up in (1, 2))
                if _is_text(above, Look.LABEL):
                    name = str(above.value) if above else ""
                elif _is_text(top, Look.LABEL):
                    name = f"∂E/∂{top.value}" if top else ""
                elif above is not None and " = " in str(above.value):
                    name = f"∂E/∂{str(above.value).partition(' = ')[0]}"
                else:
                    continue
                there = self.number.get(name, "")
            if there:
                yield (row, column), f"{self.at(row, column)}<>{there}"

    # ---------------------------------------------------------------------------------------------- what is computed

    def _computed(self) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield comparisons that prove ∂E/∂ of units, which tables with written out gradients do not have."""
        name, number = self.naming.name, self.number
        rows = {str(self.cells[row, self.layout.symbol].value): row for row in self.lines}
        for layer in self.naming.layers():
            weights = [weight for weight in self.naming.weights(layer) if name(Gradient(weight)) in number]
            if len(weights) < len([*self.naming.weights(layer)]):
                continue
            moved = [f"{number[name(of)]}*{number[name(Gradient(of))]}" for of in weights]
            units = [self.naming.output(layer - 1, unit) for unit in self.naming.units(layer - 1)]
            if all(name(Gradient(unit)) in rows for unit in units):
                passed = [f"{number[name(unit)]}*{number[name(Gradient(unit))]}" for unit in units]
                yield (rows[name(Gradient(units[0]))], self.layout.value), _sums_far(passed, moved)
            for unit in self.naming.units(layer):
                net = name(Gradient(NetInput(layer, unit)))
                if net in rows:
                    fed = [weight for weight in weights if weight.unit == unit]
                    sources = [number[name(self.naming.output(layer - 1, weight.source))] for weight in fed]
                    here = [f"{number[net]}*{source}" for source in sources]
                    there = [number[name(Gradient(weight))] for weight in fed]
                    bias = self.naming.bias(layer, unit)
                    if bias is not None and len(self.naming.fed_by(bias)) == 1 and name(Gradient(bias)) in number:
                        here.append(number[net])
                        there.append(number[name(Gradient(bias))])
                    yield (rows[net], self.layout.value), _sums_far(here, there)

    def _paths(self) -> Iterator[Comparison]:
        """Yield comparisons of the factors with their products, of the sum of all paths, of the table's gradient."""
        layout = self.layout
        (last,) = (row for (row, column), told in self.cells.items() if _is_table_has(told) and column == layout.rule)
        here, symbol = self.at(last, layout.value), self.at(last, layout.symbol)
        found = f"INDEX({self.fetched},MATCH({symbol},{self.symbols},0))"
        same = [((last, layout.value), f"{here}<>{found}"), ((last, layout.symbol), f'{symbol}<>"∂E/∂"&{self.name}')]
        heading = next(row for row in range(last, 0, -1) if self._is_heading(row))
        chapter = str(self.cells[heading, layout.symbol].value).partition(".")[0]
        said = _quoted(f"{chapter}. The chain rule for ")
        same.append(((heading, layout.symbol), f"{self.at(heading, layout.symbol)}<>{said}&{self.name}"))
        yield from self._sums(same)
        first = next((row for row in range(last - 1, 0, -1) if self._is_path(row) and not self._is_path(row - 1)), 0)
        if first:
            yield from self._products(first, last - 1)
            yield from self._sums(self._words_of_sum(last - 1))
            yield from self._sums(((row, layout.symbol), self._unlike_library(row)) for row in range(first, last - 1))

    def _products(self, first: int, total_row: int) -> Iterator[Comparison]:
        """Yield comparisons of all factors with the running products, and of these with the table's gradient.

        A sum of products may overflow where these do not: then only their number is compared.
        """
        layout, end = self.layout, total_row - 1
        line, before = (self.range(first - up, end - up, layout.beside) for up in (0, 1))
        product, product_before = (self.range(first - up, end - up, layout.beside + 3) for up in (0, 1))
        factors = self.range(first, end, layout.value)
        goes_on = f"({line}>0)*({before}>0)"
        shown = f"SUMPRODUCT({factors},{goes_on}*{product_before}+1-{goes_on})"
        told, sizes = f"SUMPRODUCT({product}*({line}<>0))", f"MAX({product})-MIN({product})"
        errors = f"COUNT({factors})<>SUMPRODUCT(--({line}<>0))"
        total, here = self.at(total_row, layout.value), self.at(total_row + 1, layout.value)
        for row, far, otherwise in (
            (first, _far(shown, told, f"{sizes}+ABS({told})"), errors),
            (total_row, _far(total, here, f"{sizes}+ABS({here})"), f"COUNT({total})<>COUNT({here})"),
        ):
            are_numbers = f"COUNT({product})={end - first + 1}"
            formula = f"IFERROR(IF({far},1,0),IF(AND({are_numbers},{otherwise}),1,0))"
            yield Comparison(self.prefix + address(row, layout.value), formula)

    def _words_of_sum(self, row: int) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield comparisons of the name of the sum of all paths, of its numbers as text, of the verdict below."""
        layout = self.layout
        yield (row, layout.symbol), f'{self.at(row, layout.symbol)}<>"∂E/∂"&{self.name}'
        yield (row + 1, layout.numbers), self._unlike_verdict(row + 1, self.at(row, layout.value))
        if "&" not in (self.cells[row, layout.numbers].formula or ""):
            text = self.at(row - 1, layout.beside + 6)
            yield (row, layout.numbers), f"{self.at(row, layout.numbers)}<>{text}"

    def _unlike_library(self, row: int) -> str:
        """Return the condition that a line of a path says otherwise than its derivative in the table of all of them."""
        layout = self.layout
        top, headers = layout.header_row, ("derivative", "rule", "with numbers")
        columns = [self._library(header) for header in headers]
        end = max(line for line, column in self.cells if column == columns[0] and line > top)
        line, factors, paths, text = (self.at(row, layout.beside + offset) for offset in (0, 1, 2, 4))
        name, *others = (f"INDEX({self.range(top + 1, end, column)},{line})" for column in columns)
        factor = "&".join([f'{factors}&". "&{name}', *others])
        if (row, layout.beside + 4) not in self.cells or self.cells[row, layout.beside + 4].formula is None:
            text = _quoted("= the product of its factors")
        ended = f'"path "&{paths}&"the product of these factors"&{text}'
        here = "&".join(self.at(row, column) for column in (layout.symbol, layout.rule, layout.numbers))
        return f'{here}<>IF({line}>0,{factor},IF({line}<0,{ended},""))'

    def _library(self, header: str) -> int:
        top, first = self.layout.header_row, self.layout.library
        return next(column for column in range(first, first + 7) if self.cells[top, column].value == header)

    def _unlike_verdict(self, row: int, computed: str) -> str:
        """Return the condition that "✓ equal" is not said where a computed number equals that of this row."""
        here = self.at(row, self.layout.numbers)
        return f"{here}<>{compared(cell(computed, 0.0), cell(self.at(row, self.layout.value), 0.0))}"

    def _is_path(self, row: int) -> bool:
        told = self.cells.get((row, self.layout.symbol))
        return told is not None and '"path "' in (told.formula or "")

    def _is_heading(self, row: int) -> bool:
        told = self.cells.get((row, self.layout.symbol))
        return told is not None and told.style.look is Look.HEADING

    def _update(self) -> Iterator[Comparison]:
        """Yield comparisons of the new value with the table's, and of this with the table under the weight's name."""
        layout = self.layout
        row = max(row for (row, column), told in self.cells.items() if column == 3 and EQUAL in (told.formula or ""))
        here, new, symbol = self.at(row, layout.value), self.at(row, layout.beside), self.at(row, layout.symbol)
        end = self.at(layout.state_row + 2, layout.workings + 3)
        quantities = layout.quantities
        learns = f'{symbol}<>""'
        if Epoch() in layout.row_of:
            learns = f"{self.number[self.naming.name(Epoch())]}<{layout.recipe.epochs}"
        options = []
        for run in layout.runs:
            headers = f"{run.header(quantities[0])}:{run.header(quantities[-1]).rpartition('!')[2]}"
            block = run.block(quantities[0], quantities[-1])
            options.append(f"INDEX({block},{end}+1,MATCH({self.name},{headers},0))")
        there = options[0] if len(options) == 1 else f"CHOOSE({self.run_number},{','.join(options)})"
        far = f"IFERROR(IF({_far(new, here, f'ABS({here})')},1,0),IF(COUNT({new},{here})=0,0,1))"
        said = f'IF({symbol}="new "&{self.name},0,1)+IF({self._unlike_verdict(row, new)},1,0)'
        nothing = f'IF({symbol}&{here}="",0,1)'
        place = self.prefix + address(row, layout.value)
        yield Comparison(place, f"IF({learns},{_unlike(here, there)}+{far}+{said},{nothing})")
        yield from self._sums(self._names_of_new(row, learns))

    def _names_of_new(self, end: int, learns: str) -> Iterator[tuple[tuple[int, int], str]]:
        """Yield a comparison of the name of each new number above row `end` with what the run's optimizer computes."""
        ways = [
            [*(f"{letter}_" for letter in OPTIMIZERS[run.recipe.optimizer].keeps), "new "] for run in self.layout.runs
        ]
        first = end - max(map(len, ways))
        for row in range(first, end):
            names = ["".join(way[row - first : row - first + 1]) for way in ways]
            options = [f"{_quoted(name)}&{self.name}" if name else '""' for name in names]
            told = options[0] if len({*options}) == 1 else f"CHOOSE({self.run_number},{','.join(options)})"
            here, number = self.at(row, self.layout.symbol), self.at(row, self.layout.value)
            yield (row, self.layout.symbol), f'IF({learns},{here}<>{told},{here}&{number}<>"")'


def _is_table_has(told: Cell) -> bool:
    return told.value == "as the run's table has it"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _sums_far(ones: list[str], others: list[str]) -> str:
    """Return the condition that two sums differ by more than rounding makes of their terms."""
    scale = "+".join(f"ABS({term})" for term in (*ones, *others))
    return _far(f"({'+'.join(ones)})", f"({'+'.join(others)})", scale)
