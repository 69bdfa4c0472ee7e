"""What a lesson gets that is silent on a setting, and between which bounds it may give one.

A changed default changes the numbers of every lesson that relies on it, so each is told here a second time.
"""

from __future__ import annotations

import pytest

from xlbackprop.network.optimizers import GRADIENT_CLIP, OPTIMIZERS, WEIGHT_DECAY, Hyperparameter
from xlbackprop.network.schedules import SCHEDULES

MOMENTUM, EPSILON = ("momentum", 0.9, 0.0, 1.0), ("epsilon", 1e-8, 0.0, 1.0)
ADAM = (("beta1", 0.9, 0.0, 0.9999), ("beta2", 0.999, 0.0, 0.9999), EPSILON)
DECAY_RATE = ("decay rate", 0.1, 0.0, 1e3)
SETTINGS: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "gradient descent": (),
    "momentum": (MOMENTUM,),
    "classical momentum": (MOMENTUM,),
    "averaged momentum": (MOMENTUM,),
    "Nesterov momentum": (MOMENTUM,),
    "AdaGrad": (EPSILON,),
    "RMSProp": (("decay", 0.9, 0.0, 1.0), EPSILON),
    "RMSProp from the average before": (("decay", 0.9, 0.0, 1.0), EPSILON),
    "Adam": ADAM,
    "Adam with epsilon hat": ADAM,
    "Adam without bias correction": ADAM,
    "Adam from the first gradient": ADAM,
    "Adam from the averages before": ADAM,
    "constant": (),
    "step": (("drop factor", 0.1, 1e-6, 1e6),),
    "cosine": (("lowest rate", 0.0, 0.0, 1e9),),
    "exponential": (DECAY_RATE,),
    "1/t": (DECAY_RATE,),
}


@pytest.mark.parametrize("name", [*OPTIMIZERS, *SCHEDULES])
def test_defaults_and_bounds_are_those_that_are_told(name: str) -> None:
    entry = OPTIMIZERS[name] if name in OPTIMIZERS else SCHEDULES[name]
    assert entry.settings == tuple(Hyperparameter(*setting) for setting in SETTINGS[name])


def test_nothing_decays_where_a_lesson_does_not_say() -> None:
    assert Hyperparameter("weight decay", 0.0, 0.0, 1e6) == WEIGHT_DECAY


def test_nothing_is_clipped_where_a_lesson_does_not_say() -> None:
    assert Hyperparameter("gradient clip", 0.0, 0.0, 1e9) == GRADIENT_CLIP


def test_epsilon_may_stand_inside_a_root_where_there_is_one() -> None:
    assert [name for name, entry in OPTIMIZERS.items() if entry.has_root] == [
        "AdaGrad",
        "RMSProp",
        "RMSProp from the average before",
        "Adam",
        "Adam with epsilon hat",
        "Adam without bias correction",
        "Adam from the first gradient",
        "Adam from the averages before",
    ]
