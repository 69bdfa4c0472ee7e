"""What others hold numbers in (arrays, tensors, tables, lists) as NumPy arrays of doubles, each number as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from xlbackprop.errors import Problem


def array_of(value: Any) -> np.ndarray:
    """Return what another library holds as an array of whatever type; of no dimension where it cannot be one.

    A tensor comes from its device, without its graph.
    """
    try:
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except (TypeError, ValueError, RuntimeError):
        return np.array(None)


def numbers_of(value: Any, place: str, dimensions: Sequence[int], problems: list[Problem]) -> np.ndarray | None:
    """Return an array of finite doubles with one of these numbers of dimensions; else note a problem, return None.

    `place` is the name of the value in the caller's program, "X" or "layers[0], weights".
    """
    if hasattr(value, "toarray"):
        problems.append(Problem(place, "this is sparse; a sheet has every number.", f"Write {place}.toarray()."))
        return None
    numbers = _as_doubles(array_of(value))
    if numbers is None:
        hint = "Leave out columns of text, or make numbers of them first." if place == "X" else ""
        problems.append(Problem(place, "these are no numbers in rows of one length.", hint))
        return None
    if numbers.ndim not in dimensions or not numbers.size:
        wanted = " or ".join(map(str, dimensions))
        what = (
            f"an array of {wanted} dimension{'s' * (dimensions != (1,))} is needed, but the shape is {numbers.shape}."
        )
        what = what if numbers.size else f"it is empty: its shape is {numbers.shape}."
        flat = numbers.ndim == 1 and numbers.size > 0 and place == "X"
        hint = "A row is an example: X.reshape(-1, 1) has one input, X.reshape(1, -1) is one example." if flat else ""
        problems.append(Problem(place, what, hint))
        return None
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        where = ", ".join(map(str, wrong[0].tolist()))
        what = f"{len(wrong):,} of the numbers are not finite; the first is {numbers[tuple(wrong[0])]}."
        problems.append(Problem(f"{place}[{where}]", what, "Fill them in, or leave them out."))
        return None
    return numbers


def _as_doubles(array: np.ndarray) -> np.ndarray | None:
    """Return the numbers of an array as they are, None where it holds others things; what is missing is NaN."""
    if array.ndim == 0 or array.dtype.kind not in "biufO":
        return None
    try:
        doubles: np.ndarray = array.astype(np.float64)
    except (TypeError, ValueError):
        return None
    return doubles


def names_of(value: Any) -> tuple[str, ...]:
    """Return the names of the columns of a table (`DataFrame`), or that of a `Series`; empty where it has none."""
    names: list[Any] = list(value.columns) if hasattr(value, "columns") else [getattr(value, "name", None)]
    return tuple(names) if all(isinstance(name, str) and name.strip() for name in names) else ()


def is_single(value: Any) -> bool:
    """Return whether the numbers are of single precision, or of less."""
    array = array_of(value)
    return array.dtype.kind == "f" and array.dtype.itemsize < 8
