"""The arithmetic that all machines share: as near to the truth as a library's, and made of what IEEE 754 rounds alike."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np
import pytest

from tests.slow import slow
from xlbackprop import arithmetic
from xlbackprop.arithmetic import add_up, cos, exp, log, log1p, magnitude, power, sin, tanh

PI = Decimal("3.14159265358979323846264338327950288419716939937510")


def spread(low: float, high: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    return lambda draw, count: draw.uniform(low, high, count)


def powers_of_e(low: float, high: float) -> Callable[[np.random.Generator, int], np.ndarray]:
    return lambda draw, count: np.exp(draw.uniform(low, high, count))


def _tanh(x: Decimal) -> Decimal:
    return 1 - 2 / ((2 * x).exp() + 1)


def _sin(x: Decimal) -> Decimal:
    term = total = x
    for number in range(2, 40, 2):
        term *= -x * x / (number * (number + 1))
        total += term
    return total


@pytest.mark.parametrize("count", [4_000, slow(1_000_000)])
@pytest.mark.parametrize(
    ("computed", "true", "drawn", "units"),
    [
        (exp, Decimal.exp, spread(-708, 709.7), 1),
        (exp, Decimal.exp, spread(-2, 2), 1),
        (exp, lambda x: x.exp(), powers_of_e(-50, 0), 1),
        (log, Decimal.ln, powers_of_e(-744, 709.7), 1),
        (log, Decimal.ln, spread(0.5, 2), 1),
        (log1p, lambda x: (1 + x).ln(), powers_of_e(-50, 0), 1),
        (lambda x: tanh(x)[0], _tanh, spread(-22, 22), 1),
        (lambda x: tanh(x)[0], _tanh, spread(-1, 1), 1),
        (lambda x: tanh(x)[0], _tanh, powers_of_e(-50, 0), 1),
        (lambda x: tanh(x)[1], lambda x: 1 - _tanh(x) ** 2, spread(-19.9, 19.9), 5),
        (sin, _sin, spread(-np.pi / 2, np.pi / 2), 2),
    ],
    ids=(
        *("exp", "exp near 0", "exp of tiny", "log", "log near 1", "log1p", "tanh", "tanh near 0", "tanh of tiny"),
        *("slope of tanh", "sin"),
    ),
)
def test_it_is_within_units_of_the_last_place(
    computed: Callable[[np.ndarray], np.ndarray],
    true: Callable[[Decimal], Decimal],
    drawn: Callable[[np.random.Generator, int], np.ndarray],
    units: int,
    count: int,
) -> None:
    x = drawn(np.random.default_rng(count), count)
    with localcontext(prec=45):
        rounded = np.array([float(true(Decimal(number))) for number in x.tolist()])
    assert (np.abs(computed(x) - rounded) <= units * np.spacing(np.abs(rounded))).all()


@pytest.mark.parametrize("count", [4_000, slow(1_000_000)])
def test_whole_powers_are_within_a_unit_of_the_last_place(count: int) -> None:
    draw = np.random.default_rng(count)
    x, y = draw.choice([0.9, 0.999, 0.9999, 0.5, 0.1, -0.3, 1.001], count), draw.integers(0, 300, count)
    with localcontext(prec=45):
        rounded = np.array([float(Decimal(base) ** int(times)) for base, times in zip(x.tolist(), y, strict=True)])
    assert (np.abs(power(x, y) - rounded) <= np.spacing(np.abs(rounded))).all()


def test_other_powers_lose_what_their_logarithm_magnifies() -> None:
    x, y = np.array([0.3, 2.0, 7.5]), np.array([0.5, -1.5, 3.25])
    assert power(x, y) == pytest.approx(x**y, rel=1e-15)


def test_what_is_exact_is_exact() -> None:
    assert exp(np.array([0.0, -0.0, -800.0, -np.inf])).tolist() == [1, 1, 0, 0]
    assert [part.tolist() for part in tanh(np.array([0.0, 25.0, -25.0]))] == [[0, 1, -1], [1, 0, 0]]
    assert log(np.array([1.0, 0.0])).tolist() == [0, -np.inf]
    assert power(np.array([0.0, 0.1, -3.0]), np.array([3, 0, 3])).tolist() == [0, 1, -27]
    assert (sin(np.array([0.0, np.pi / 2])).tolist(), cos(np.array([0.0, np.pi])).tolist()) == ([0, 1], [1, -1])
    assert np.signbit(tanh(np.array(-0.0))[0])


def test_what_has_no_number_is_no_number() -> None:
    with np.errstate(all="ignore"):
        assert np.isnan(
            [exp(np.array(np.nan)), *tanh(np.array(np.nan)), log(np.array(-1.0)), log(np.array(np.nan))]
        ).all()
        assert np.isinf([exp(np.array(709.79)), exp(np.array(np.inf))]).all()


@pytest.mark.parametrize("shape", [(1,), (2,), (5,), (3, 1, 2), (4, 3, 7), (0, 3), (2, 16)])
def test_sums_are_those_of_the_last_axis(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(size=shape)
    assert add_up(values) == pytest.approx(values.sum(axis=-1))
    assert add_up(values).shape == shape[:-1]


def test_sums_have_one_order() -> None:
    """(a + d) + (b + e), and c last: whatever stands in memory beside them."""
    a, b, c, d, e = values = np.array([0.1, 1e16, -0.3, 0.7, -1e16])
    told = ((a + d) + c) + (b + e)
    assert add_up(values) == told
    assert add_up(np.stack([values, values], axis=-1).swapaxes(0, 1)).tolist() == [told, told]


def test_it_calls_nothing_that_a_processor_may_compute_otherwise() -> None:
    called = {
        node.attr
        for node in ast.walk(ast.parse(inspect.getsource(arithmetic)))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np"
    }
    constants = {"float64", "inf", "int32", "nan", "ndarray", "pi"}
    rearranging = {"array", "asarray", "ascontiguousarray", "concatenate", "empty", "unique", "where", "zeros_like"}
    exact = {"abs", "copysign", "frexp", "ldexp", "maximum", "minimum", "rint"}
    assert called == constants | rearranging | exact


def test_a_magnitude_is_exact_beside_a_power_of_ten() -> None:
    for power_of_10 in range(-300, 300):
        number = float(f"1e{power_of_10}")
        assert [magnitude(number), magnitude(-number)] == [
            power_of_10 - (Decimal(number) < Decimal(10) ** power_of_10)
        ] * 2
        assert magnitude(np.nextafter(number, 0)) == power_of_10 - 1
