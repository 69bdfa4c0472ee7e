"""The penalty of large weights, where it is part of the loss: ½·λ·Σw², λ being the weight decay."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xlbackprop.arithmetic import add_up
from xlbackprop.network import WEIGHT_DECAY, Recipe


class Penalty:
    """What the penalty adds to losses and gradients; nothing where a recipe has none.

    `parameters` (…, parameters) are all of a network, weights before biases. `constants` are the hyperparameters by
    name; they broadcast against losses (…).
    """

    def __init__(self, recipe: Recipe, constants: Mapping[str, np.ndarray]) -> None:
        self._decay = constants[WEIGHT_DECAY.name] if recipe.decays_in_loss else None
        self._weights = recipe.naming.weight_count

    def with_loss(self, loss: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Return losses (…) of examples together with the penalty."""
        if self._decay is None:
            return loss
        both: np.ndarray = loss + add_up(np.square(parameters[..., : self._weights])) * self._decay / 2.0
        return both

    def with_gradient(self, gradient: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        """Return gradients (…, parameters) of examples together with that of the penalty; biases have none."""
        if self._decay is None:
            return gradient
        is_weight = np.arange(parameters.shape[-1]) < self._weights
        both: np.ndarray = gradient + self._decay[..., None] * parameters * is_weight
        return both
