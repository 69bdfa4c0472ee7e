"""The names of a network's numbers in Python: those of the sheet, with letters that Python allows.

∂E/∂w1 is dE_dw1, Σ∂E/∂w1 is sum_dE_dw1, "in this step" is in_this_step. In a wide network the numbers of a layer are a
list: h[0] is h1 of the sheet, w_h[2][5] the weight into its third unit from the sixth of the layer before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from xlbackprop.network import (
    LONGEST_SUM,
    BatchGradient,
    Bias,
    Constant,
    Epoch,
    Exponential,
    ExponentialSum,
    Given,
    Gradient,
    Highest,
    Input,
    LearningRate,
    Naming,
    NetInput,
    Output,
    Quantity,
    Recipe,
    Ref,
    State,
    Step,
    Target,
    UnitLoss,
    Weight,
)

NOTED = "old_"  # begins the name of a kept number that is noted before an update changes it
_SIGNS = {"Σ": "sum_", "∂E/∂": "dE_d"}


class Place(NamedTuple):
    """Where Python keeps a number: in a variable, ("h1", ()), or in a list, ("h", (0,)), ("w_h", (2, 5))."""

    variable: str
    indices: tuple[int, ...] = ()

    def __str__(self) -> str:
        return self.variable + "".join(f"[{index}]" for index in self.indices)


def is_wide(recipe: Recipe) -> bool:
    """Return whether the numbers of a network's layers are lists: as in the sheet, where a layer has over 8 numbers."""
    return max(recipe.sizes) > LONGEST_SUM


def identifier(name: str) -> str:
    """Return a name of ours with letters that Python allows: "dE_dw1" of "∂E/∂w1", "learning_rate"."""
    for sign, letters in _SIGNS.items():
        name = name.replace(sign, letters)
    return re.sub(r"\W", "_", name)


class Names:
    """The Python names of one network's numbers; `wide` tells whether layers are lists."""

    def __init__(self, naming: Naming, *, wide: bool) -> None:
        self.naming, self.wide = naming, wide

    def sheet(self, quantity: Quantity) -> str:
        """Return the name in the sheet: "∂E/∂w1"."""
        return self.naming.name(quantity)

    def flat(self, quantity: Quantity) -> str:
        """Return the name of a number by itself: "dE_dw1", also where Python keeps it in a list."""
        return identifier(self.naming.name(quantity))

    def place(self, quantity: Quantity) -> Place:
        """Return where Python keeps a number."""
        return self._listed(quantity) if self.wide else Place(self.flat(quantity))

    def in_row(self, ref: Ref) -> str:
        """Return the name of a number in a formula of a row, or in an update rule, where `Epoch` or `Step` counts it.

        A number that the optimizer keeps has the same name before ("old v") and after the update.
        """
        match ref.quantity:
            case State(kind, of):
                return str(self.place(State(kind.removeprefix("old "), of)))
            case Given(LearningRate() | Constant() as of):
                return identifier(self.naming.name(of))
            case Given(of):
                return str(self.place(of))
            case quantity:
                return str(self.place(quantity))

    def in_update(self, ref: Ref) -> str:
        """Return the name of a number in an update rule: as in a row, which has made as many updates as it counts."""
        if isinstance(ref.quantity, Epoch | Step):
            return f"({self.flat(ref.quantity)} + 1)"
        return self.in_row(ref)

    def shape(self, quantity: Quantity) -> tuple[int, ...]:
        """Return the shape of the list that a number stands in: (units,), (units, sources); () where it is in none."""
        indices = self.place(quantity).indices
        match quantity:
            case _ if not indices:
                return ()
            case Gradient(of) | BatchGradient(of) | State(_, of):
                return self.shape(of)
            case Weight(layer):
                return self.naming.sizes[layer], self.naming.sizes[layer - 1]
            case Bias(layer):
                return (self.naming.biases[layer - 1],)
            case Input():
                return (self.naming.sizes[0],)
            case NetInput(layer) | Output(layer) | Exponential(layer):
                return (self.naming.sizes[layer],)
            case _:
                return (self.naming.sizes[-1],)

    def stems(self, quantities: Iterable[Quantity]) -> dict[str, tuple[str, int]]:
        """Return for each list the beginning and the number of the first name in it: {"w_o": ("w", 161)}."""
        found: dict[str, tuple[str, int]] = {}
        for quantity in quantities:
            place = self.place(quantity)
            if place.indices and place.variable not in found:
                letters, number = re.fullmatch(r"(.*?)(\d+)", self.flat(_first_of_list(quantity))).groups()  # type: ignore[union-attr]
                found[place.variable] = letters, int(number)
        return found

    def _listed(self, quantity: Quantity) -> Place:
        match quantity:
            case Input(unit):
                return Place("i", (unit,))
            case Target(unit):
                return Place("t", (unit,))
            case Weight(layer, unit, source):
                return Place(f"w_{self._letter(layer)}", (unit, source))
            case Bias(layer, index):
                return Place(f"b_{self._letter(layer)}", (index,))
            case NetInput(layer, unit):
                return Place(self._letter(layer), (unit,))
            case Output(layer, unit):
                return Place(f"out_{self._letter(layer)}", (unit,)) if layer else Place("i", (unit,))
            case Exponential(layer, unit):
                return Place(f"exp_{self._letter(layer)}", (unit,))
            case UnitLoss(unit):
                return Place("E", (unit,))
            case Gradient(of):
                return self._of(of, "dE_d")
            case BatchGradient(of):
                return self._of(of, "sum_dE_d")
            case State(kind, of):
                return self._of(of, f"{kind}_")
            case Highest() | ExponentialSum() | _:
                return Place(self.flat(quantity))

    def _of(self, of: Quantity, before: str) -> Place:
        inner = self._listed(of)
        return Place(before + inner.variable, inner.indices)

    def _letter(self, layer: int) -> str:
        if layer == self.naming.depth:
            return "o"
        return "h" if self.naming.depth == 2 else f"h{layer}"


def _first_of_list(quantity: Quantity) -> Quantity:
    """Return the first quantity of the list that one stands in, also where no row has it: m_w1, w1 being frozen."""
    match quantity:
        case Weight(layer):
            return Weight(layer, 0, 0)
        case Bias(layer):
            return Bias(layer, 0)
        case Gradient(of) | BatchGradient(of) | State(_, of):
            return replace(quantity, of=_first_of_list(of))  # type: ignore[arg-type]
        case Input() | Target() | NetInput() | Output() | Exponential() | UnitLoss():
            return replace(quantity, unit=0)
        case _:
            return quantity
