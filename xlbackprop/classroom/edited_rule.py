"""The rule of a column, and what an edit of it must know: which numbers may be taken for which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from xlbackprop.classroom.formula_parts import in_one_row, refs_of
from xlbackprop.network import (
    BatchGradient,
    Bias,
    Exponential,
    Expression,
    Given,
    Gradient,
    If,
    InBatch,
    Input,
    LearningRate,
    Naming,
    NetInput,
    Output,
    Parameter,
    Quantity,
    Recipe,
    Ref,
    Softmax,
    State,
    Target,
    UnitLoss,
    Weight,
    activation_of,
)
from xlbackprop.taught import Column
from xlbackprop.workbook import math_text

_MANY = 8  # beyond so many of a kind only the neighbours of a number are taken for it


def shown_name(naming: Naming, of: Quantity) -> str:
    """Return the name of a quantity in a sentence or a rule: η, w1, "the number of examples"."""
    if of == InBatch():
        return "the number of examples"
    return "η" if of in (LearningRate(), Given(LearningRate())) else naming.name(of)


@dataclass(frozen=True)
class EditedRule:
    """The rule of a column, and what an edit of it must know."""

    recipe: Recipe
    column: Column

    @cached_property
    def naming(self) -> Naming:
        return self.recipe.naming

    @cached_property
    def formula(self) -> Expression:
        """The formula, of what only a step changes without the question whether there is one."""
        formula = self.column.formula
        return formula.yes if self._asks and isinstance(formula, If) else formula

    @property
    def _asks(self) -> bool:
        return isinstance(self.column.quantity, Weight | Bias | State) and not self.recipe.single

    def whole(self, formula: Expression) -> Expression:
        """Return the formula of the column with this in the place of `formula`."""
        asked = self.column.formula
        if self._asks and isinstance(asked, If):
            return If(asked.left, asked.comparison, asked.right, formula, asked.no)
        return formula

    def name(self, of: Quantity) -> str:
        return shown_name(self.naming, of)

    def text(self, part: Expression) -> str:
        """Return a part as mathematics; of which row a number is, the edit itself has to say."""
        return math_text(in_one_row(part), self.name)

    @cached_property
    def refs(self) -> tuple[Ref, ...]:
        """The different references of the formula, as they come."""
        return tuple(dict.fromkeys(refs_of(self.formula)))

    @cached_property
    def slopes(self) -> dict[tuple[int, int], list[Expression]]:
        """The factors of ∂out/∂net of each unit that the formula names, by its layer and number; none where it is 1."""
        units = dict.fromkeys(
            (of.layer, of.unit) for ref in self.refs if isinstance(of := ref.quantity, Output | NetInput)
        )
        return {unit: slope for unit in units if (slope := self.slope(*unit))}

    def slope(self, layer: int, unit: int) -> list[Expression]:
        """Return the factors of ∂out/∂net of a unit, [out_h1, 1 − out_h1]; none in a softmax, which shares it out."""
        if isinstance(self.naming.layer(layer), Softmax):
            return []
        activation = activation_of(self.recipe.layers[layer - 1])
        return activation.slope(Ref(Output(layer, unit)), Ref(NetInput(layer, unit)))

    def others(self, unit: int, layer: int) -> list[int]:
        """Return the units of a layer that may be taken for this one."""
        units = self.naming.units(layer)
        return [other for other in units if other != unit and (len(units) <= _MANY or abs(other - unit) == 1)]

    def alike(self, of: Quantity) -> Iterator[Quantity]:
        """Yield the quantities of the same kind that may be taken for this one."""
        match of:
            case Target(unit) | UnitLoss(unit):
                yield from (type(of)(other) for other in self.others(unit, self.naming.depth))
            case Exponential(layer, unit):
                yield from (Exponential(layer, other) for other in self.others(unit, layer))
            case Input() | NetInput() | Output():
                yield from self._units_like(of)
            case Weight() | Bias():
                yield from self._parameters_like(of)
            case Gradient(Input() | NetInput() | Output() as unit):
                yield from map(Gradient, self._units_like(unit))
            case Gradient(Weight() | Bias() as parameter):
                yield from map(Gradient, self._with_its_gradient(parameter))
            case BatchGradient(parameter):
                yield from map(BatchGradient, self._with_its_gradient(parameter))
            case State(kind, parameter):
                yield from (State(kind, other) for other in self._parameters_like(parameter))

    def _units_like(self, of: Input | NetInput | Output) -> Iterator[Input | NetInput | Output]:
        match of:
            case Input(unit):
                yield from map(Input, self.others(unit, 0))
            case NetInput(layer, unit) | Output(layer, unit):
                yield from (type(of)(layer, other) for other in self.others(unit, layer))

    def _parameters_like(self, of: Parameter) -> Iterator[Parameter]:
        """Yield the weights of the same unit, from the same source, of the transposed matrix; for a bias all others."""
        naming = self.naming
        if isinstance(of, Bias):
            near = (
                bias for bias in naming.layer_biases() if bias.layer != of.layer or abs(bias.index - of.index) < _MANY
            )
            yield from (bias for bias in near if bias != of)
            return
        layer, unit, source = of.layer, of.unit, of.source
        yield from (Weight(layer, unit, other) for other in self.others(source, layer - 1))
        yield from (Weight(layer, other, source) for other in self.others(unit, layer))
        if source in naming.units(layer) and unit in naming.units(layer - 1) and unit != source:
            yield Weight(layer, source, unit)

    def _with_its_gradient(self, of: Parameter) -> Iterator[Parameter]:
        """Yield the parameters whose gradient may be taken for that of this one: for a bias also a weight beside it."""
        yield from self._parameters_like(of)
        if isinstance(of, Bias):
            yield from (term.parameter for term in self.naming.layer(of.layer).terms(of.index)[:1])
