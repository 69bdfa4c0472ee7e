"""Training in NumPy: the parameters of several runs, row after row, and the numbers that their optimizer keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from xlbackprop.arithmetic import add_up, error_if_infinite
from xlbackprop.network import GRADIENT_CLIP, OPTIMIZERS, SCHEDULES, WEIGHT_DECAY, Recipe, UpdateArrays
from xlbackprop.numpy_run.forward_backward import Network, nudges_of
from xlbackprop.numpy_run.meant_digits import REPEATS
from xlbackprop.numpy_run.penalty import Penalty


class History(NamedTuple):
    """The parameters in a block of rows of several runs and then of their repeats, (…, rows, parameters).

    `kept` maps the letters of the numbers that the optimizer keeps ("v") to arrays of the same shape.
    """

    parameters: np.ndarray
    kept: dict[str, np.ndarray]


_EPOCHS_AHEAD = 256


class Update:
    """One step of a recipe's optimizer, with clipping and weight decay, for any leading axes (…): of runs, or rows.

    Parameters are listed in the order of `Naming.parameters`; those that are not trained may be left out.
    """

    def __init__(self, recipe: Recipe, constants: Mapping[str, np.ndarray], is_weight: np.ndarray) -> None:
        """Take the values of the hyperparameters, which broadcast, and which parameters are weights, (count,)."""
        self._optimizer, self._inside_root = OPTIMIZERS[recipe.optimizer], recipe.inside_root
        self._constants = constants
        decay = constants.get(WEIGHT_DECAY.name)
        # biases do not decay; what is a penalty in the loss is in the gradient already
        self._decay = None if decay is None or recipe.decays_in_loss else decay * is_weight

    def step(
        self,
        parameters: np.ndarray,
        gradient: np.ndarray,
        rate: np.ndarray,
        number: int | np.ndarray,
        kept: dict[str, np.ndarray],
        after: Mapping[str, np.ndarray] | None = None,
    ) -> np.ndarray:
        """Return the parameters (…, count) after the step, and replace the numbers that the optimizer keeps.

        `number` is that of the step, counted from 1. The new parameters follow from the new kept numbers, or from those
        in `after`, where it is given.
        """
        if (most := self._constants.get(GRADIENT_CLIP.name)) is not None:
            gradient = np.clip(error_if_infinite(gradient), -most, most)
        if self._decay is not None:
            gradient = gradient + self._decay * parameters
        return self._optimizer.step(
            UpdateArrays(parameters, gradient, rate, number, self._constants, kept, self._inside_root, after)
        )


class Learner:
    """Trains several runs of one recipe side by side, each from its own starting parameters."""

    def __init__(
        self,
        recipe: Recipe,
        start: np.ndarray,
        rates: Sequence[float],
        constants: Sequence[Sequence[float]],
        data: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Take `start` (runs, parameters), learning rates (runs), `constants` (runs, constants of the recipe).

        `data` is (inputs (examples, inputs), targets (examples, outputs)). Beside them the runs are trained once more
        for each repeat, with nudged digits; these stand after all runs.
        """
        self._recipe, self._nudges = recipe, nudges_of(recipe, exact=len(start))
        self._network = Network(recipe, nudges=self._nudges)
        self._quick = Network(recipe, trusting=True, nudges=self._nudges)
        self._schedule = SCHEDULES[recipe.schedule]
        # updated in place, so that views of its layers are made only once
        self._parameters = np.concatenate([start] * (1 + REPEATS))
        self._layers = self._network.layers(self._parameters[:, None, :])
        self._kept = {letter: np.zeros_like(self._parameters) for letter in OPTIMIZERS[recipe.optimizer].keeps}
        self._rates = np.array([*rates] * (1 + REPEATS))[:, None]
        table = np.array([*constants] * (1 + REPEATS)).reshape(len(self._parameters), len(recipe.constants))
        self._constants = {name: table[:, [index]] for index, name in enumerate(recipe.constants)}
        is_weight = np.arange(start.shape[-1]) < recipe.naming.weight_count
        self._optimizer = Update(recipe, self._constants, is_weight)
        self._penalty = Penalty(recipe, self._constants)
        self._inputs, self._targets = data
        trained = np.array([recipe.is_trained(parameter) for parameter in recipe.naming.parameters()])
        self._frozen = None if trained.all() else ~trained
        self._step, self._next_step_begins = 0, self._first_row(1)
        self._left = self._next_step_begins
        self._rates_ahead, self._ahead_from = np.empty((0, 0)), -1  # (runs, epochs), and the first of these epochs

    def rows(self, count: int) -> History:
        """Return the next `count` rows and train on. All gradients of a step use the parameters before it."""
        shape = (len(self._parameters), count, self._parameters.shape[-1])
        history = History(np.empty(shape), {letter: np.empty(shape) for letter in self._kept})
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            done = 0
            while done < count:
                size = min(count - done, self._left)
                history.parameters[:, done : done + size] = self._parameters[:, None, :]
                for letter, kept in self._kept.items():
                    history.kept[letter][:, done : done + size] = kept[:, None, :]
                done += size
                self._left -= size
                if not self._left:
                    self._update()
        return history

    def _first_row(self, step: int) -> int:
        """Return the index of the first row of a step; after the last step, the number of rows."""
        recipe = self._recipe
        if step > recipe.epochs * recipe.steps:
            return recipe.rows
        epoch, batch = divmod(step, recipe.steps)
        return recipe.row_of(epoch) + batch * recipe.batch

    def _update(self) -> None:
        if self._next_step_begins < self._recipe.rows:
            before = dict(self._kept)
            try:
                self._parameters[:] = self._stepped(self._quick)
            except FloatingPointError:
                self._kept = before
                with np.errstate(all="ignore"):  # NumPy met an overflow: repeat it with a check of every number
                    self._parameters[:] = error_if_infinite(self._stepped(self._network))
        self._step += 1
        begins, self._next_step_begins = self._next_step_begins, self._first_row(self._step + 1)
        self._left = self._next_step_begins - begins

    def _stepped(self, network: Network) -> np.ndarray:
        """Return the parameters after the update that ends this step; the optimizer's numbers are replaced."""
        epoch, batch = divmod(self._step, self._recipe.steps)
        rate = self._rate(epoch)
        gradient = self._gradient(network, batch)
        stepped = self._nudges(self._optimizer.step(self._parameters, gradient, rate, self._step + 1, self._kept))
        for kept in self._kept.values():
            self._nudges(kept)
        return stepped if self._frozen is None else np.where(self._frozen, self._parameters, stepped)

    def _rate(self, epoch: int) -> np.ndarray:
        """Return the learning rates (runs, 1) of an epoch; they are computed for many epochs ahead."""
        ahead = epoch % _EPOCHS_AHEAD
        if (begin := epoch - ahead) != self._ahead_from:
            epochs, self._ahead_from = np.arange(begin, begin + _EPOCHS_AHEAD, dtype=np.float64), begin
            self._rates_ahead = self._schedule.compute(self._rates, epochs, self._constants, self._recipe.epochs)
        return self._rates_ahead[:, ahead : ahead + 1]

    def _gradient(self, network: Network, batch: int) -> np.ndarray:
        """Return the gradient of a batch, (runs, parameters): the mean or the sum over its examples."""
        recipe = self._recipe
        which = slice(batch * recipe.batch, min((batch + 1) * recipe.batch, recipe.examples))
        run = network.forward(self._layers, self._inputs[which])
        gradients = network.backward(self._layers, run, self._targets[which]).parameters
        gradients = self._penalty.with_gradient(gradients, self._parameters[:, None, :])
        if gradients.shape[1] == 1:
            return gradients[:, 0]
        gathered = add_up(gradients.swapaxes(1, 2))
        return gathered / gradients.shape[1] if recipe.mean else gathered
