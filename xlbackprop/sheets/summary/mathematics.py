"""The left half of `Summary`: lines of mathematics, each with a live number from the first row of the first run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import chain, count, islice
from math import prod
from operator import add, mul

from xlbackprop.network import (
    LOSSES,
    Bias,
    Correct,
    Datum,
    Expression,
    Given,
    Gradient,
    NetInput,
    Output,
    Parameter,
    Quantity,
    Ref,
    TotalLoss,
    UnitLoss,
    Weight,
    instead_of_slopes,
    mixes_outputs,
)
from xlbackprop.sheets.book import Book
from xlbackprop.sheets.canvas import Canvas
from xlbackprop.sheets.inputs.sheet import unit_name
from xlbackprop.sheets.runs.rule_text import equals
from xlbackprop.sheets.summary.layout import LiveLines, SummaryLayout, block
from xlbackprop.sheets.summary.weight_update import UpdateSection
from xlbackprop.taught import Factor, chains, penalty_slope, textbook_loss
from xlbackprop.workbook import Live, Look, Role, absolute, math_text, rule

_MOST_LINES = 12
_MOST_ROWS = 18  # of lines that take several rows each
_MOST_FACTORS = 20


class Left(LiveLines):
    """The left half of `Summary`: forward pass, backward pass and update, one section below the other."""

    def __init__(self, canvas: Canvas, book: Book, page: SummaryLayout) -> None:
        super().__init__(canvas, book, page)
        self.columns = {column.quantity: column for column in self.run.columns}

    def build(self) -> None:
        """Put all sections, one below the other."""
        start = f"{self.when}{',' * (not self.book.lesson.single)} of {self.run.name}"
        self.heading("Forward", start)
        self._forward()
        self.heading("The loss")
        self._losses()
        self.heading("Backward: the weights into the outputs")
        if instead := instead_of_slopes(self.recipe):
            self.words(f"These are no derivatives, and Checks does not estimate them: {instead}.")
        self._output_weights()
        if self.naming.depth > 1:
            self.heading("Backward: the weights before")
            self._hidden_weights()
        if any(isinstance(parameter, Bias) for parameter in self.recipe.with_gradient):
            self.heading("Backward: the biases")
            self._biases()
        if self.recipe.input_gradients:
            self.heading("Backward: the inputs")
            self._others([Gradient(given) for given in self.naming.inputs()], "How the loss moves with each input:")
        UpdateSection(self).build()

    # ------------------------------------------------------------------------------------------------------ one line

    def _math(self, expression: Expression) -> str:
        return "= " + math_text(expression, self.naming.name)

    def _computed(self, quantity: Quantity) -> None:
        """Put the line of a quantity of the table: its rule, and its number fetched from the table."""
        mathematics = equals(self.recipe, quantity, math_text(self.columns[quantity].formula, self.naming.name))
        self.cell_of[quantity] = self.fetched(self.naming.name(quantity), mathematics, quantity)

    def _others(self, quantities: Sequence[Quantity], words: str) -> None:
        """Put the gradients whose derivation has the same form, the first few of them, and how many more there are."""
        if not quantities:
            return
        self.words(words)
        top, shown = self.row, 0
        for quantity in quantities[:_MOST_LINES]:
            if self.row - top < _MOST_ROWS:
                self._computed(quantity)
                shown += 1
        if len(quantities) > shown:
            self.words(f"… and {len(quantities) - shown:,} more of the same form, in the tables.")

    # -------------------------------------------------------------------------------------------------------- forward

    def _forward(self) -> None:
        naming = self.naming
        inputs = naming.inputs()
        for given in inputs[:_MOST_LINES]:
            of = Given(given if self.book.lesson.single else Datum(given, self.example))
            self.cell_of[given] = self.given(
                of, naming.name(given), "given, scaled" if self.book.lesson.scale else "given"
            )
        self._more(len(inputs) - _MOST_LINES, "inputs")
        for layer in naming.layers():
            self._layer(layer)
            self._more(len(naming.units(layer)) - _MOST_LINES, f"units of layer {layer}")

    def _losses(self) -> None:
        naming = self.naming
        outputs = naming.units(naming.depth)
        self.words(self._convention())
        if textbook_loss(self.recipe, UnitLoss(0)) is not None:
            self.words(
                "First as a textbook writes it; in the line below as the table computes the same number, from the net "
                f"input{'s' * (len(outputs) > 1)}: no digit is lost there, and no ln(0) can occur."
            )
        for unit in outputs[:_MOST_LINES]:
            self._computed(UnitLoss(unit))
        self._more(len(outputs) - _MOST_LINES, "outputs")
        self._computed(TotalLoss())
        if self.recipe.decays_in_loss:
            words = "Large weights have a penalty: half the weight decay times the sum of their squares is part of"
            self.words(f"{words} E_Total, and each ∂E/∂w has weight decay·w in it.")
        if self.recipe.accuracy:
            self._computed(Correct())

    def _convention(self) -> str:
        """Return in words by what the loss is multiplied and divided: ½, the outputs, the examples."""
        recipe, outputs = self.recipe, self.naming.sizes[-1]
        half = ""
        if "squared" in recipe.loss:
            half = ", with the factor ½" if recipe.loss.startswith("half ") else ", without a factor ½"
        of_outputs = "the sum over" if not recipe.loss.startswith("mean ") else "the mean of"
        added = f"{of_outputs} the {outputs} outputs" if outputs > 1 else "of one output"
        words = f"Convention: {recipe.loss}{half}; E_Total is {added}"
        if recipe.single:
            return f"{words}, for one example."
        return f"{words} and of this one example. The loss of all examples is {self._of_examples()}."

    def _of_examples(self) -> str:
        recipe = self.recipe
        way = "mean" if recipe.mean else "sum"
        said = f"the {way} over {recipe.examples:,}"
        return f"{said}, and a step uses the {way} of its gradients" if recipe.sums else said

    def _layer(self, number: int) -> None:
        """Put the lines of the first units of a layer, and of the numbers that they share."""
        layer = self.naming.layer(number)
        quantities: Iterable[Quantity] = (*layer.nets(), *layer.between(), *layer.outputs())
        if not layer.between_count:
            quantities = chain.from_iterable(zip(layer.nets(), layer.outputs(), strict=True))
        for quantity in quantities:
            if getattr(quantity, "unit", 0) < _MOST_LINES:
                self._computed(quantity)

    def _more(self, left_out: int, what: str) -> None:
        if left_out > 0:
            self.words(f"… and {left_out:,} more {what}, in the tables.")

    # ------------------------------------------------------------------------------------------------------- backward

    def _output_weights(self) -> None:
        weights = list(self.naming.weights(self.naming.depth))
        name, unit = self.naming.name(weights[0]), unit_name(self.naming, self.naming.depth, 0)
        beside = " and its own penalty" if self.recipe.decays_in_loss else ""
        others = "In the same way for the others; each moves only the loss of the unit it leads to:"
        if LOSSES[self.recipe.loss].pairs_with:
            activation = self.recipe.layers[-1].activation
            together = f"loss and {activation} have one derivative together, ∂E_Total/∂{unit}"
            self.words(f"{name} moves E_Total only through {unit}{beside}; {together}, so there is one chain:")
            others = "In the same way for the others; each moves only the net input of the unit it leads to:"
        elif mixes_outputs(self.recipe):
            others = "In the same way for the others, each through every output:"
            if self.naming.sizes[-1] > 1:
                self.words(f"{name} moves every output, since shares add up to 1; the chains of all are added:")
        elif self.naming.sizes[-1] > 1:
            self.words(f"{name} moves E_Total only through E1{beside}, so there is one chain:")
        self._derivation(weights[0])
        self._others([Gradient(weight) for weight in weights[1:]], others)

    def _hidden_weights(self) -> None:
        weights = [weight for weight in self.naming.weights() if weight.layer < self.naming.depth]
        name = self.naming.name(weights[0])
        if self.naming.sizes[-1] > 1:
            self.words(f"{name} moves every output, so the chains of all paths are added:")
        elif self._paths(1) > 1:
            self.words(f"{name} reaches the output along {self._paths(1):,} paths, whose chains are added:")
        self._derivation(weights[0])
        others = "In the same way, with the unit and the input that each weight joins:"
        self._others([Gradient(weight) for weight in weights[1:]], others)

    def _paths(self, layer: int) -> int:
        """Return how many paths lead from a unit of this layer to the loss."""
        sizes = self.naming.sizes
        return prod(sizes[layer + 1 :]) * (sizes[-1] if mixes_outputs(self.recipe) else 1)

    def _derivation(self, weight: Weight) -> None:
        """Put the chain rule for one weight: every factor of every path, and ∂E/∂w as a formula of these very cells."""
        name = self.naming.name(Gradient(weight))
        if not self.recipe.expanded:
            self._steps(weight)
            return
        paths = chains(self.recipe, weight)
        if sum(map(len, paths)) > _MOST_FACTORS:
            self.words(f"{name} is a sum over {len(paths)} paths to the outputs; the table writes it out.")
            self._computed(Gradient(weight))
            return
        self._rule(weight, paths)
        numbers = count(1)
        products = [reduce(mul, [self._factor(next(numbers), factor) for factor in path]) for path in paths]
        mathematics = self._math(self.columns[Gradient(weight)].formula)
        if self.recipe.decays_in_loss:
            products.append(self._penalty(next(numbers), weight))
        header, size = self.name, reduce(add, map(absolute, products))
        there = self.line(name, mathematics, reduce(add, products), Role.GRADIENT, column=Gradient(weight))
        self.canvas.claim(there, self.run.named(header, self.index), size.formula)

    def _steps(self, weight: Weight) -> None:
        """Put the gradients by which the table comes to ∂E/∂w: ∂E/∂out and ∂E/∂net of the unit that w feeds first."""
        unit = weight.layer, weight.unit
        for quantity in (Gradient(Output(*unit)), Gradient(NetInput(*unit)), Gradient(weight)):
            if quantity in self.columns:  # a loss that is paired with its activation gives ∂E/∂o1 at once
                self._computed(quantity)

    def _rule(self, weight: Parameter, paths: Sequence[Sequence[Factor]]) -> None:
        """Put the chain rule in symbols, one line for each path, and what a penalty of large weights adds."""
        name = self.naming.name(Gradient(weight))
        for sign, path in zip(("=", *"+" * (len(paths) - 1)), paths, strict=True):
            rule = " · ".join(self._derivative(factor.top, factor.bottom) for factor in path)
            self._line_without_number(name if sign == "=" else "", f"{sign} {rule}")
        if self.recipe.decays_in_loss and isinstance(weight, Weight):
            self._line_without_number("", f"+ {math_text(penalty_slope(weight), self.naming.name)}")

    def _derivative(self, top: Quantity, bottom: Quantity) -> str:
        return f"∂{self.naming.name(top)}/∂{self.naming.name(bottom)}"

    def _factor(self, number: int, factor: Factor) -> Live:
        there = rule(factor.value, lambda ref: self.book.number(self.run, ref.quantity, self.index))
        name = f"{number}. {self._derivative(factor.top, factor.bottom)}"
        return self.line(name, self._math(factor.value), there, Role.GRADIENT)

    def _penalty(self, number: int, weight: Weight) -> Live:
        """Put what the penalty of large weights adds to ∂E/∂w: weight decay·w."""
        slope = penalty_slope(weight)

        def number_of(ref: Ref) -> Live:
            if isinstance(ref.quantity, Given):
                return self.book.in_head(self.run, ref.quantity)
            return self.book.number(self.run, ref.quantity, self.index)

        return self.line(f"{number}. its penalty", self._math(slope), rule(slope, number_of), Role.GRADIENT)

    def _line_without_number(self, name: str, mathematics: str) -> None:
        self.canvas.put(self.row, 1, name, Look.LABEL, Role.GRADIENT)
        columns, width = (2, self.page.left_end), self.page.rule_characters + 12
        self.row = block(self.canvas, self.row, columns, mathematics, width, Look.MATH)

    def _biases(self) -> None:
        biases = [parameter for parameter in self.recipe.with_gradient if isinstance(parameter, Bias)]
        first = biases[0]
        fed = self.naming.fed_by(first)
        net, name = NetInput(first.layer, fed[0]), self.naming.name(first)
        carries = f"{self._derivative(net, first)} = 1: a bias carries 1, a weight what its source passes on."
        if len(fed) > 1:
            units = [unit_name(self.naming, first.layer, unit) for unit in islice(fed, 3)]
            carries += f" {name} feeds {', '.join(units)}{', …' * (len(fed) > 3)}, so their chains are added."
        self.words(carries)
        if self.recipe.expanded and len(fed) * self._paths(first.layer) <= 4:
            self._rule(first, chains(self.recipe, first))
        self._computed(Gradient(first))
        self._others([Gradient(bias) for bias in biases[1:]], "In the same way for the others:")
