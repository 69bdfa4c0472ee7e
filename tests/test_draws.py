"""Drawn starting weights: the same seed makes the same numbers, and they are spread as their sources say."""

from __future__ import annotations

import math
from statistics import fmean, pstdev

import pytest

from xlbackprop.lesson.draws import HE, NORMAL, UNIFORM, XAVIER, Draw, draw_weights

KNOWN = {
    Draw(XAVIER): (-0.0129, 0.3058, 0.4689, 0.9124),
    Draw(HE): (-0.0132, 0.3182, 0.4999, 1.1382),
    Draw(UNIFORM, -0.5, 0.5): (-0.0053, 0.1249, 0.1914, 0.3725),
    Draw(NORMAL, 0.0, 0.5): (-0.0066, 0.1591, 0.25, 0.5691),
}


@pytest.mark.parametrize(("draw", "weights"), KNOWN.items(), ids=[draw.kind for draw in KNOWN])
def test_seed_1_draws_these_numbers_everywhere(draw: Draw, weights: tuple[float, ...]) -> None:
    assert draw_weights(draw, 1, 1, 2, 2) == weights


def test_seeds_and_layers_differ() -> None:
    draw = Draw(XAVIER)
    drawn = {draw_weights(draw, seed, layer, 2, 2) for seed in (1, 2, 11) for layer in (1, 2)}
    assert len(drawn) == 6


@pytest.mark.parametrize(
    ("draw", "mean", "deviation"),
    [
        (Draw(XAVIER), 0.0, math.sqrt(2.0 / (50 + 40))),
        (Draw(HE), 0.0, math.sqrt(2.0 / 50)),
        (Draw(UNIFORM, 1.0, 2.0), 1.5, math.sqrt(1.0 / 12)),
        (Draw(NORMAL, -1.0, 0.3), -1.0, 0.3),
    ],
)
def test_draws_are_spread_as_they_should_be(draw: Draw, mean: float, deviation: float) -> None:
    drawn = draw_weights(draw, 7, 1, 50, 40)
    assert len(drawn) == 2000
    assert fmean(drawn) == pytest.approx(mean, abs=4 * deviation / math.sqrt(2000))
    assert pstdev(drawn) == pytest.approx(deviation, rel=0.07)
    assert all(round(number, 4) == number for number in drawn)
