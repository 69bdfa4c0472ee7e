"""The update on `Summary`: from the gradients of the first step to the new values of some parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xlbackprop.network import (
    GRADIENT_CLIP,
    OPTIMIZERS,
    SCHEDULES,
    WEIGHT_DECAY,
    BatchGradient,
    Bias,
    Constant,
    Given,
    Gradient,
    InBatch,
    LearningRate,
    Parameter,
    Quantity,
    State,
    Weight,
)
from xlbackprop.sheets.summary.layout import LiveLines
from xlbackprop.taught import adds_decay, update_rule
from xlbackprop.workbook import Live, Role, absolute, live, math_text

_MOST_NAMED = 8  # frozen parameters


class UpdateSection:
    """The section on the update of the first step; it puts its lines below those that `lines` has already."""

    def __init__(self, lines: LiveLines) -> None:
        self.lines = lines
        self.recipe = lines.recipe
        self.naming = lines.naming
        self.optimizer = OPTIMIZERS[self.recipe.optimizer]
        self.columns = {column.quantity: column for column in lines.run.columns}
        batch, first = self.recipe.batch, lines.example // self.recipe.batch * self.recipe.batch
        self.in_step = min(batch, self.recipe.examples - first)  # examples of the step
        self.number = lines.epoch * self.recipe.steps + lines.example // batch  # of the step, from 0
        self.last = self.recipe.row_of(lines.epoch) + first + self.in_step - 1  # the step's last row
        self.what = "epoch" if lines.book.lesson.single else "step"

    def build(self) -> None:
        """Put the update rule, the numbers it uses, and new values: of the first and last weight, and a bias."""
        if self.lines.epoch == self.recipe.epochs:
            self.lines.heading("Update", f"of {self.lines.run.name}")
            self.lines.words("No update follows: this is the last epoch.")
            return
        self.lines.heading("Update", f"from {self.what} {self.number} to {self.number + 1} of {self.lines.run.name}")
        weights = [parameter for parameter in self.recipe.trained if isinstance(parameter, Weight)]
        biases = [parameter for parameter in self.recipe.trained if isinstance(parameter, Bias)]
        shown: tuple[Parameter, ...] = tuple(dict.fromkeys((*weights[:1], *weights[-1:], *biases[:1])))
        self._rule()
        self._given()
        self._gradients(shown)
        self._schedule()
        for parameter in shown:
            for letter in self.optimizer.keeps:
                self._updated(State(letter, parameter))
            self._updated(parameter)

    def _rule(self) -> None:
        has_biases = any(isinstance(parameter, Bias) for parameter in self.recipe.trained)
        who, old = ("weight and bias", "ones") if has_biases else ("weight", "weights")
        letters = "η is the learning rate"
        letters += ", g the gradient" if re.search(r"\bg\b", self.optimizer.rule) else ""
        who = f"trained {who}" if self.recipe.freezes else who
        text = f"{self.optimizer.rule}, every {who} at once, all gradients from the old {old} ({letters})."
        self.lines.words(text)
        if self.recipe.gradient_count < len([*self.naming.parameters()]):
            self.lines.words("Biases that are not trained keep their starting values.")
        if self.recipe.freezes:
            self.lines.words(self._frozen())

    def _frozen(self) -> str:
        """Return in words which parameters are frozen though they have a gradient."""
        frozen = [self.naming.name(of) for of in self.recipe.with_gradient if not self.recipe.is_trained(of)]
        named, more = ", ".join(frozen[:_MOST_NAMED]), len(frozen) - _MOST_NAMED
        named += f" and {more:,} more" if more > 0 else ""
        if len(frozen) == 1:
            return f"{named} is frozen: it keeps its starting value, and no update uses its ∂E/∂{named}."
        return f"Frozen are {named}: they keep their starting values, and no update uses their ∂E/∂w."

    def _gradients(self, shown: Sequence[Parameter]) -> None:
        """Put the gradients that the step uses, of some parameters: of its examples together, and with weight decay."""
        if self.recipe.examples > 1 and not self.recipe.sums:
            self.lines.words("Each example makes a step of its own, from its own gradients.")
        if self.recipe.sums:
            of_all = "mean" if self.recipe.mean else "sum"
            self.lines.words(f"A step uses the {of_all} of the gradients of its {self.in_step:,} examples:")
        decays = adds_decay(self.recipe)
        for parameter in shown:
            name, gradient = self.naming.name(Gradient(parameter)), None
            if self.recipe.sums:
                name, gradient = self._gathered(parameter)
            if decays and isinstance(parameter, Weight):
                self._decayed(parameter, name, gradient)

    def _gathered(self, parameter: Parameter) -> tuple[str, Live]:
        """Put the sum of a step's gradients and, where the step uses that, their mean; return its name and its cell."""
        count, gathered, name = self.in_step, BatchGradient(parameter), self.naming.name(Gradient(parameter))
        added = f"= {name} of the first example + … + {name} of the last" if count > 2 else f"= {name} of both examples"
        if count == 1:
            added = f"= {name} of the only example"
        total = self.naming.name(gathered)
        cell = self.lines.fetched(total, added, gathered, self.last)
        if not self.recipe.mean:
            return total, cell
        mean = cell / self.lines.book.number(self.lines.run, InBatch(), self.last)
        there = self.lines.line(f"mean {name}", f"= {total}/{count}", mean, Role.GRADIENT)
        self.lines.canvas.claim(there, f"{self.lines.run.named(live(total).formula, self.last)}/{count}")
        return f"mean {name}", there

    def _decayed(self, weight: Weight, name: str, gradient: Live | None) -> None:
        """Put the gradient of a weight with weight decay: g + λ·w; None is that of the step's only example."""
        run, book = self.lines.run, self.lines.book
        decay = book.in_head(run, Given(Constant(WEIGHT_DECAY.name)))
        if gradient is None:
            gradient = book.number(run, Gradient(weight), self.last)
        there = self.lines.line(
            "with decay",
            f"= {name} + {WEIGHT_DECAY.name}·{self.naming.name(weight)}",
            gradient + decay * book.number(run, weight, self.last),
            Role.GRADIENT,
        )
        value = run.named(live(self.naming.name(weight)).formula, self.last)
        self.lines.canvas.claim(there, f'IFERROR({gradient}+{value}*{decay},"error")', absolute(there).formula)

    def _given(self) -> None:
        """Put the constants of the optimizer and the schedule, and what clipping and weight decay do."""
        for name in self.recipe.constants:
            self.lines.given(Given(Constant(name)), name, "given")
        if GRADIENT_CLIP.name in self.recipe.constants:
            self.lines.words("Gradient clip: a gradient that is farther from 0 than this counts as no more than this.")
        if WEIGHT_DECAY.name in self.recipe.constants and not self.recipe.decays_in_loss:
            self.lines.words("Weight decay: to the gradient of a weight, weight decay·w is added; biases do not decay.")

    def _schedule(self) -> None:
        if self.recipe.schedule == "constant":
            return
        self.lines.words(f"Schedule: {SCHEDULES[self.recipe.schedule].rule}.")
        header = live(self.naming.name(LearningRate())).formula
        self.lines.fetched("η of this step", "by the schedule", LearningRate(), self.last, header)

    def _updated(self, quantity: Parameter | State) -> None:
        name = f"{self.naming.name(quantity)} at {self.what} {self.number + 1}"
        header = f'LEFT({self.lines.name},FIND(" at ",{self.lines.name})-1)'
        self.lines.fetched(name, f"= {self._mathematics(quantity)}", quantity, self.last + 1, header)

    def _mathematics(self, quantity: Quantity) -> str:
        return math_text(update_rule(self.recipe, self.columns[quantity]), self._name)

    def _name(self, quantity: Quantity) -> str:
        match quantity:
            case LearningRate() | Given(LearningRate()):
                return "η"
            case InBatch():
                return f"{self.in_step}"
            case _:
                return self.naming.name(quantity)
