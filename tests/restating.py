"""Formula trees written in one of the many forms that people give them: all of them are right where the tree is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple

from xlbackprop.classroom import Exercise, Spot
from xlbackprop.classroom.exercise import EXERCISE, SCRATCH
from xlbackprop.classroom.formula_parts import with_refs
from xlbackprop.network import (
    Binary,
    Call,
    Expression,
    Function,
    Given,
    Gradient,
    If,
    Input,
    Largest,
    LearningRate,
    Negative,
    Number,
    Output,
    Pick,
    Ref,
    SumProduct,
    Weight,
)
from xlbackprop.workbook import Place, address, excel, fill_text
from xlbackprop.workbook.formula_notation import number_text

_CELL = re.compile(r"\$?([A-Z]+)\$?([0-9]+)")
SCRATCH_ROWS = range(3, 900)


class _Text(NamedTuple):
    """A piece of a formula; `alone` is whether it needs no brackets beside an operator."""

    text: str
    alone: bool = True

    @property
    def operand(self) -> str:
        return self.text if self.alone else f"({self.text})"


@dataclass
class Scratch:
    """What a student works out beside: the formulas of the scratch sheet, from top to bottom."""

    cells: dict[Place, str] = field(default_factory=dict)

    def put(self, formula: str) -> str:
        """Put a formula into the next free cell, and return how other sheets name that cell."""
        row = SCRATCH_ROWS[len(self.cells)]
        self.cells[row, 2] = formula
        return f"{SCRATCH}!{address(row, 2)}"


@dataclass
class Restating:
    """Writes formula trees of a row of an exercise, in forms drawn at random.

    `oddity`, from 0 to 1, is how often a part is written otherwise than as the lesson has it.
    """

    of: Exercise
    row: int
    draw: Random
    scratch: Scratch
    oddity: float = 0.3
    beside: bool = False  # whether the formula is written on the scratch sheet
    opened: int = 0  # numbers that were written out, as the formula of their own cells has them

    def formula(self, tree: Expression) -> str:
        """Return a formula without its "="."""
        text = self._write(tree).text
        if self._odd():
            text = self.draw.choice([f"+{text}" if text[0] != "-" else text, f"({text})", f" {text}", f"0+{text}"])
        return text

    def _odd(self) -> bool:
        return self.draw.random() < self.oddity

    def _write(self, tree: Expression) -> _Text:
        is_whole = isinstance(tree, Binary | Call) and len(self.scratch.cells) < len(SCRATCH_ROWS)
        if is_whole and not self.beside and self._odd() and self.draw.random() < 0.15:
            self.beside = True
            text = self._write(tree).text
            self.beside = False
            return _Text(self.scratch.put(text))
        match tree:
            case Number(value):
                return (
                    _Text("1/2", alone=False) if value == 0.5 and self._odd() else _Text(number_text(value), value >= 0)
                )
            case Ref():
                return self._ref(tree)
            case Negative(of):
                inner = self._write(of).operand
                return _Text(f"(-1)*{inner}" if self._odd() else f"-{inner}", alone=False)
            case Binary():
                return _BINARY[tree.operator](self, tree)
            case Call(function, argument):
                return self._call(function, self._write(argument))
            case SumProduct(left, right):
                return self._sum_product(tree, left, right)
            case If(left, comparison, right, yes, no):
                one, other, then, otherwise = (self._write(part).text for part in (left, right, yes, no))
                return _Text(f"IF({one}{comparison}{other},{then},{otherwise})")
            case Largest(of):
                return _Text(f"MAX({','.join(self._address(ref) for ref in of)})")
            case Pick(block, number):
                return _Text(f"INDEX({self._address(block)},{self._address(number)})")

    # --------------------------------------------------------------------------------------------------- references

    def _address(self, ref: Ref) -> str:
        text = fill_text(self.of.run.here(ref), self.of.run.first_row + self.row)
        return f"{EXERCISE}!{text}" if self.beside else text

    def _ref(self, ref: Ref) -> _Text:
        spot = Spot(self.row - ref.back, ref.quantity)
        if isinstance(ref.quantity, Given):
            if ref.quantity == Given(LearningRate()) and self._odd():
                return _Text(number_text(self.of.table.given(ref.quantity)))
            return _Text(self._address(ref))
        is_there = 0 <= spot.row < self.of.table.rows and self.of.table.is_answer(spot)
        if is_there and self.opened < 2 and self.draw.random() < self.oddity / 10:
            self.opened += 1  # written out instead of looked up
            return self._write(shifted(self.of.table.rule(spot), ref.back))
        text = self._address(ref)
        if self._odd():
            text = _CELL.sub(self.draw.choice([r"$\1$\2", r"$\1\2", r"\1$\2"]), text)
        return _Text(text)

    # ------------------------------------------------------------------------------------------------------ operators

    def _sum(self, tree: Binary) -> _Text:
        one, other = self._write(tree.left), self._write(tree.right)
        forms = [f"{other.text}+{one.operand}", f"SUM({one.text},{other.text})", f"{one.text}-(-{other.operand})"]
        return self._drawn(_Text(f"{one.text}+{other.operand}", alone=False), forms)

    def _difference(self, tree: Binary) -> _Text:
        one, other = self._write(tree.left), self._write(tree.right)
        forms = [
            f"-{other.operand}+{one.operand}",
            f"-({other.text}-{one.operand})",
            f"SUM({one.text},-{other.operand})",
        ]
        return self._drawn(_Text(f"{one.text}-{other.operand}", alone=False), forms)

    def _product(self, tree: Binary) -> _Text:
        left, right = tree.left, tree.right
        if isinstance(right, Binary) and right.operator in "+-" and self._odd():  # multiplied out
            parts = (Binary("*", left, part) for part in (right.left, right.right))
            return self._write(Binary(right.operator, *parts))
        one, other = self._write(left), self._write(right)
        if left == right and self._odd():
            return _Text(
                self.draw.choice([f"{one.operand}^2", f"POWER({one.text},2)", f"SUMSQ({one.text})"]), alone=False
            )
        forms = [
            f"{other.operand}*{one.operand}",
            f"PRODUCT({one.text},{other.text})",
            f"SUMPRODUCT({one.text},{other.text})",
        ]
        return self._drawn(_Text(f"{one.operand}*{other.operand}", alone=False), forms)

    def _quotient(self, tree: Binary) -> _Text:
        one, other = self._write(tree.left), self._write(tree.right)
        if tree.left == Number(1.0) and self._odd() and (logistic := self._logistic(tree.right)):
            return logistic
        forms = [
            f"{one.operand}*{other.operand}^-1",
            f"{one.operand}*(1/{other.operand})",
            f"{one.operand}*POWER({other.text},-1)",
        ]
        return self._drawn(_Text(f"{one.operand}/{other.operand}", alone=False), forms)

    def _logistic(self, below: Expression) -> _Text | None:
        """Return 1/(1 + exp(−z)) in another form, where this is below its bar."""
        match below:
            case Binary("+", Number(1.0), Call(Function.EXP, Negative(z))):
                text = self._write(z)
                forms = [f"EXP({text.text})/(1+EXP({text.text}))", f"0.5*(1+TANH({text.operand}/2))"]
                return _Text(self.draw.choice(forms), alone=False)
            case _:
                return None

    def _power(self, tree: Binary) -> _Text:
        one, other = self._write(tree.left), self._write(tree.right)
        forms = [f"POWER({one.text},{other.text})"]
        if tree.right == Number(2.0):
            forms += [f"{one.operand}*{one.operand}", f"SUMSQ({one.text})"]
        return self._drawn(_Text(f"{one.operand}^{other.operand}", alone=False), forms)

    def _drawn(self, plain: _Text, forms: list[str]) -> _Text:
        return _Text(self.draw.choice(forms), alone=False) if self._odd() else plain

    def _call(self, function: Function, argument: _Text) -> _Text:
        plain = f"{function.value}({argument.text})"
        forms = {
            Function.SQRT: f"{argument.operand}^0.5",
            Function.TANH: f"2/(1+EXP(-2*{argument.operand}))-1",
            Function.LN: f"LOG({argument.text},EXP(1))",
        }
        return _Text(forms[function], alone=False) if function in forms and self._odd() else _Text(plain)

    def _sum_product(self, tree: SumProduct, left: tuple[Ref, ...], right: tuple[Ref, ...]) -> _Text:
        if self.beside or self._odd():
            pairs = [*zip(left, right, strict=True)]
            self.draw.shuffle(pairs)
            return _Text("+".join(f"{self._address(one)}*{self._address(other)}" for one, other in pairs), alone=False)
        return _Text(fill_text(excel(tree, self.of.run.here), self.of.run.first_row + self.row))


_BINARY: dict[str, Callable[[Restating, Binary], _Text]] = {
    "+": Restating._sum,
    "-": Restating._difference,
    "*": Restating._product,
    "/": Restating._quotient,
    "^": Restating._power,
}


def shifted(tree: Expression, back: int) -> Expression:
    """Return a formula of so many rows above, as a row below would write it."""
    return with_refs(tree, lambda ref: ref if isinstance(ref.quantity, Given) else Ref(ref.quantity, ref.back + back))


def leans(of: Exercise, spot: Spot) -> bool:
    """Return whether a gradient may be made from those beside it, which are not made from it in turn: every second one."""
    return of.run.column_of[spot.quantity] % 2 == 0


def by_the_neighbour(of: Exercise, spot: Spot, draw: Random) -> Expression | None:
    """Return the gradient of a weight made from that of a weight beside it, ∂E/∂w5/out_h1·out_h2; None where none is."""
    match spot.quantity:
        case Gradient(Weight(layer, unit, source)) if leans(of, spot):
            before = (lambda number: Output(layer - 1, number)) if layer > 1 else Input
            found = []
            answers = [one for one in of.table.answers if one.row == spot.row]
            for other in (one.quantity for one in answers if not leans(of, one)):
                match other:
                    case Gradient(Weight(there, beside, number)) if (there, beside) == (
                        layer,
                        unit,
                    ) and number != source:
                        known = [of.table.value(Spot(spot.row, one)) for one in (other, before(number), before(source))]
                        found += [Ref(other) / Ref(before(number)) * Ref(before(source))] if all(known) else []
            return draw.choice(found) if found else None
        case _:
            return None
