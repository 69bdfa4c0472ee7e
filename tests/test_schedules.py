"""Both tellings of every schedule give the same rates, and the ends are exact."""

from __future__ import annotations

import numpy as np
import pytest

from xlbackprop.network.expression import Ref, evaluate
from xlbackprop.network.quantities import Constant, Epoch, Given, LearningRate
from xlbackprop.network.schedules import SCHEDULES, drop_name

LAST = 8


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_sheet_and_numpy_tell_the_same_rates(name: str) -> None:
    entry, epochs = SCHEDULES[name], np.arange(LAST + 1.0)
    numbers = {setting.name: setting.default for setting in entry.settings}
    numbers |= {drop_name(1): 2.0, drop_name(2): 5.0} if entry.drops else {}
    constants = {of: Ref(Given(Constant(of))) for of in numbers}
    formula = entry.formula(Ref(Given(LearningRate())), Ref(Epoch()), constants, LAST)

    def value(ref: Ref) -> np.ndarray:
        of = ref.quantity
        if isinstance(of, Epoch):
            return epochs
        assert isinstance(of, Given)
        return np.array(numbers[of.of.name] if isinstance(of.of, Constant) else 0.4)

    told = entry.compute(np.array(0.4), epochs, {of: np.array(number) for of, number in numbers.items()}, LAST)
    assert np.broadcast_to(evaluate(formula, value), told.shape) == pytest.approx(told, rel=1e-14, abs=1e-17)
    assert told[0] == 0.4


def test_a_cosine_ends_at_the_lowest_rate_to_the_last_digit() -> None:
    rates = SCHEDULES["cosine"].compute(np.array(0.4), np.arange(9.0), {"lowest rate": np.array(0.0)}, LAST)
    assert rates[-1] == 0.0


def test_drops_happen_at_their_epochs() -> None:
    constants = {"drop factor": np.array(0.5), drop_name(1): np.array(2.0), drop_name(2): np.array(3.0)}
    rates = SCHEDULES["step"].compute(np.array(0.4), np.arange(5.0), constants, 4)
    assert rates.tolist() == [0.4, 0.4, 0.2, 0.1, 0.1]
