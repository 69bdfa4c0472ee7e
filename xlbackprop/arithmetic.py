"""Arithmetic that gives the same bits on every machine: exp, tanh, logarithms, powers, sines, and sums in one order.

A library computes these as the processor suits it, and the last digits differ from one to the next. Here they are made
of additions, multiplications, divisions and roots, which IEEE 754 rounds alike everywhere: the argument is reduced to a
small rest by means of a table, and a few terms of the Taylor series of the rest remain. Results are within one unit in
the last place of the correctly rounded ones (a sine and a slope within a few); the tests hold a million of each against
decimal numbers of many digits.

Everything works on arrays of any shape, elementwise but for `add_up`. Training calls `exp` and `tanh` with a dozen
numbers thousands of times; their constants are arrays, since NumPy takes twice as long for a number of Python.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache

import numpy as np


def _split(number: Decimal, bits: int) -> tuple[float, float]:
    """Return a number as a sum: its first bits, so that a whole number times these is exact, and the rest."""
    whole, exponent = math.frexp(float(number))
    high = math.ldexp(math.floor(math.ldexp(whole, bits)), exponent - bits)
    return high, float(number - Decimal(high))


def _constants(*numbers: float) -> list[np.ndarray]:
    return [np.array(number) for number in numbers]


_LN2 = Decimal("0.69314718055994530941723212145817656807550013436")
_LN2_HIGH, _LN2_LOW = _split(_LN2, 30)
ONE, _HALF, _THIRD, _SIXTH = _constants(1, 1 / 2, 1 / 3, 1 / 6)


def error_if_infinite(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN for ±∞: a spreadsheet has no infinity, an overflow is an error there."""
    return values + 0.0 * values  # quicker than asking each: 0·∞ is NaN, and a finite number stays as it is


# ------------------------------------------------------------------------------------------------------------- powers

_BITS = 12
_OCTAVE = 1 << _BITS  # powers of 2 in the table
_LAST_BITS, _BITS_OF_PLACE = np.array(_OCTAVE - 1, dtype=np.int32), np.array(_BITS, dtype=np.int32)
_PLACES_IN_1, _PLACE_HIGH, _PLACE_LOW = _constants(_OCTAVE / float(_LN2), _LN2_HIGH / _OCTAVE, _LN2_LOW / _OCTAVE)
_LEAST, _MOST = _constants(-746, 710)  # e^x is 0 below, ∞ above


def _octave() -> np.ndarray:
    """Return 2^(0/4096), 2^(1/4096), … below 2, each rounded once: they are computed in whole numbers of 96 bits."""
    root = 2 << 96
    for _ in range(_BITS):
        root = math.isqrt(root << 96)
    powers, power = np.empty(_OCTAVE), 1 << 96
    for place in range(_OCTAVE):
        powers[place] = power / (1 << 96)
        power = power * root >> 96
    return powers


_POWERS_OF_2 = _octave()


def exp(x: np.ndarray, low: np.ndarray | None = None) -> np.ndarray:
    """Return e^x: with n = x/(ln 2/4096), rounded, it is 2^(n/4096)·e^rest. `low` is what rounding left out of x."""
    rest = np.minimum(np.maximum(x, _LEAST), _MOST)
    count = np.rint(rest * _PLACES_IN_1)
    whole = count.astype(np.int32)  # of NaN any number will do
    rest = rest - count * _PLACE_HIGH - count * _PLACE_LOW
    if low is not None:
        rest = rest + low
    power = _POWERS_OF_2.take(whole & _LAST_BITS)
    scaled: np.ndarray = np.ldexp(
        power + power * (rest * (ONE + rest * (_HALF + rest * _SIXTH))), whole >> _BITS_OF_PLACE
    )
    return scaled


def log(x: np.ndarray) -> np.ndarray:
    """Return ln x for x > 0, −∞ for 0, NaN below.

    With x = 2^k·(1 + f), ½ < (1 + f)² ≤ 2 and s = f/(2 + f) it is k·ln 2 + ln (1 + s)/(1 − s), and that is a series of
    s, 2s + 2s³/3 + …, whose first term is f − s·f.
    """
    part, exponent = np.frexp(x)
    is_low = part < math.sqrt(0.5)
    f, k = part + part * is_low - 1.0, exponent - 1.0 * is_low
    s = f / (2.0 + f)
    square, tail = s * s, np.zeros_like(s)
    for power in range(23, 1, -2):
        tail = (tail + 2.0 / power) * square
    of_positive = k * _LN2_HIGH + (f - (s * (f - tail) - k * _LN2_LOW))
    logarithm: np.ndarray = np.where(x > 0, of_positive, np.where(x == 0, -np.inf, np.nan))
    return logarithm


def log1p(x: np.ndarray) -> np.ndarray:
    """Return ln(1 + x) for x ≥ 0, exact to the last digit also where x is tiny."""
    u = 1.0 + x
    logarithm: np.ndarray = log(u) + (x - (u - 1.0)) / u
    return logarithm


def softplus(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return ln(1 + e^x) and its slope 1/(1 + e^−x): of the powers of e that of −|x| alone, which cannot overflow."""
    small = exp(-np.abs(x))
    return np.maximum(x, 0.0) + log1p(small), np.where(x > 0, 1.0, small) / (1.0 + small)


def power(x: np.ndarray, y: np.ndarray | int) -> np.ndarray:
    """Return x^y, for x ≥ 0 unless y is whole.

    A whole y is for few different x, of which the logarithm is computed to many digits. Where y is not whole it is
    e^(y·ln x), whose rounding grows with |y·ln x|.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if (y == 2.0).all():
        squares: np.ndarray = x * x + 0.0 * y
        return squares
    if (y != np.rint(y)).any():
        return exp(y * log(x))
    different, which = np.unique(np.abs(x), return_inverse=True)
    high, low = np.array([_logarithm(number) for number in different.tolist()]).T[:, which.reshape(x.shape)]
    exponent = y * high + y * low
    powers = exp(exponent, y * high - exponent + y * low)
    signed: np.ndarray = np.where((x < 0) & (y % 2.0 == 1.0), -powers, powers)
    return signed


@cache
def _logarithm(x: float) -> tuple[float, float]:
    """Return ln x as a sum, bits that a whole number of seven digits leaves exact, and the rest; for 0 a low number."""
    if not x > 0:
        return (-1e300 if x == 0 else math.nan), 0.0
    with localcontext(prec=40):
        return _split(Decimal(x).ln(), 28)


# ------------------------------------------------------------------------------------------------- tanh, sine, cosine

_STEPS, _END = _constants(64, 20)  # places of the table of tanh in each unit of x; tanh is 1 long before 20
_TURN_HIGH, _TURN_LOW = _split(Decimal("6.28318530717958647692528676655900576839433879875"), 30)
_OF_FIFTH, _OF_SEVENTH = _constants(2 / 15, 17 / 315)


def _tanh_table() -> tuple[np.ndarray, np.ndarray]:
    """Return tanh c and 1 − tanh² c for c = 0, 1/64, …, 20, each rounded once; the last are 1 and 0."""
    values = np.empty((2, int(_STEPS * _END) + 1))
    with localcontext(prec=40):
        factor, power = (Decimal(-2) / int(_STEPS)).exp(), Decimal(1)
        for place in range(values.shape[1]):
            values[:, place] = (1 - power) / (1 + power), 4 * power / (1 + power) ** 2
            power *= factor
    values[:, -1] = 1.0, 0.0
    return values[0], values[1]


_TANH, _SLOPE = _tanh_table()


def tanh(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return tanh x and its slope 1 − tanh² x, which keeps its digits where tanh x is nearly 1; from 20 on it is 0.

    With c the nearest number of a table, T = tanh c and t = tanh(|x| − c), the addition theorem gives
    (T + t)/(1 + T·t), which is T + t − T·t·(T + t)/(1 + T·t), and for the slope (1 − T²)·(1 − t²)/(1 + T·t)².
    """
    size = np.minimum(np.abs(x), _END)
    count = np.rint(size * _STEPS)
    place = count.astype(np.int32)
    rest = size - count / _STEPS
    square = rest * rest
    less = rest * square * (_THIRD - square * (_OF_FIFTH - square * _OF_SEVENTH))
    t = rest - less
    at_c, slope_at_c = _TANH.take(place, mode="clip"), _SLOPE.take(place, mode="clip")  # of NaN any place will do
    product = at_c * t
    divisor = ONE + product
    slope: np.ndarray = slope_at_c * (ONE - t * t) / (divisor * divisor)
    # the largest parts last, so that no rounding but theirs is seen
    return np.copysign(at_c + (rest - (less + product * (at_c + t) / divisor)), x), slope


def sin(x: np.ndarray) -> np.ndarray:
    """Return sin x for |x| ≤ π/2, exact at 0 and ±π/2: up to π/4 by its series, beyond as 1 − 2·sin²(½·(π/2 − |x|))."""
    size = np.abs(x)
    beyond = size > 0.25 * np.pi
    angle = np.where(beyond, 0.5 * (0.5 * np.pi - size), size)
    square, tail = angle * angle, np.zeros_like(angle)
    for number in range(16, 0, -2):
        tail = (1.0 + tail) * square / -(number * (number + 1.0))
    sine = angle + angle * tail
    signed: np.ndarray = np.copysign(np.where(beyond, 1.0 - 2.0 * sine * sine, sine), x)
    return signed


def cos(x: np.ndarray) -> np.ndarray:
    """Return cos x, for |x| to some millions; near ±π/2, where it is nearly 0, to the digits of 1."""
    turns = np.rint(x / (2.0 * np.pi))
    return sin(0.5 * np.pi - np.abs(x - turns * _TURN_HIGH - turns * _TURN_LOW))


# ------------------------------------------------------------------------------------------------ sums and magnitudes


def add_up(values: np.ndarray) -> np.ndarray:
    """Return the sums of (…, count) along the last axis: the last half is added to the first until 1 is left.

    So it adds in an order that no processor changes, and rounds less than from left to right.
    """
    if values.shape[-1] == 2:
        pairs: np.ndarray = values[..., 0] + values[..., 1]
        return pairs
    rows = np.ascontiguousarray(
        values.reshape(-1, values.shape[-1]).T
    )  # few long rows are quicker than many short ones
    while (count := len(rows)) > 1:
        half = count // 2
        folded = rows[:half] + rows[count - half :]
        rows = folded if count == 2 * half else np.concatenate((folded, rows[half : half + 1]))
    summed: np.ndarray = rows[0].reshape(values.shape[:-1])
    return summed


def magnitude(number: float) -> int:
    """Return the largest n with 10^n ≤ |number|, for a number that is not 0: a logarithm may round past a power."""
    return Decimal(number).adjusted()
