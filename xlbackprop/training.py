"""The same run in NumPy, a layer at a time: the judge of the formulas.

This side must not know `columns`, where the taught chain rule stands: their likeness is the proof. All runs (one for
each learning rate) are computed at once; R is their number, S the number of rows (epochs 0 … last).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from xlbackprop.activations import ACTIVATIONS
from xlbackprop.errors import did_you_mean
from xlbackprop.lesson import Lesson, rate_text
from xlbackprop.losses import LOSSES
from xlbackprop.optimizers import OPTIMIZERS
from xlbackprop.quantities import (
    Epoch,
    Gradient,
    Input,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)


@dataclass(frozen=True, eq=False)
class Forward:
    """One forward pass for any number of weight sets at once (leading axes …).

    `net[l]` and `out[l]` are (…, units of layer l); `net[0]` is empty and `out[0]` the inputs. `unit_loss` is
    (…, outputs), `loss` is (…). NaN stands where a spreadsheet shows an error.
    """

    net: list[np.ndarray]
    out: list[np.ndarray]
    unit_loss: np.ndarray
    loss: np.ndarray


def unflatten(lesson: Lesson, weights: np.ndarray) -> list[np.ndarray]:
    """Return flat weights (…, number of weights) as one (…, units, sources) array a layer."""
    sizes = lesson.naming.sizes
    shapes = [(sizes[layer], sizes[layer - 1]) for layer in lesson.naming.layers()]
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    parts = np.split(weights, ends[:-1], axis=-1)
    return [part.reshape(*part.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)]


def forward(lesson: Lesson, weights: list[np.ndarray]) -> Forward:
    """Run the network forward; `weights` one (…, units, sources) array a layer."""
    leading = weights[0].shape[:-2]
    inputs = np.broadcast_to(np.array(lesson.inputs), (*leading, len(lesson.inputs)))
    net, out = [np.empty(0)], [inputs]
    for layer, matrix in zip(lesson.layers, weights, strict=True):
        net.append(_as_sheet((matrix @ out[-1][..., None])[..., 0]))
        out.append(ACTIVATIONS[layer.activation].compute(net[-1]))
    unit_loss = _as_sheet(LOSSES[lesson.loss].compute(np.array(lesson.targets), out[-1]))
    return Forward(net, out, unit_loss, unit_loss.sum(axis=-1))


def backward(lesson: Lesson, weights: list[np.ndarray], run: Forward) -> list[np.ndarray]:
    """Return ∂E/∂(weights), one (…, units, sources) array a layer: δ of the outputs, carried back layer by layer.

    `run` is the forward pass of these weights. NaN where a spreadsheet shows an error.
    """
    slopes = [ACTIVATIONS[layer.activation].compute_slope for layer in lesson.layers]
    delta = LOSSES[lesson.loss].compute_slope(np.array(lesson.targets), run.out[-1]) * slopes[-1](run.net[-1])
    gradients = []
    for layer in range(len(weights), 0, -1):
        gradients.append(_as_sheet(delta[..., :, None] * run.out[layer - 1][..., None, :]))
        if layer > 1:
            carried = (np.swapaxes(weights[layer - 1], -1, -2) @ delta[..., None])[..., 0]
            delta = carried * slopes[layer - 2](run.net[layer - 1])
    return gradients[::-1]


def _as_sheet(values: np.ndarray) -> np.ndarray:
    """A spreadsheet has no infinity: what overflows is an error (NaN here) in all that follows."""
    return np.where(np.isfinite(values), values, np.nan)


def train(lesson: Lesson) -> Trace:
    """Return every number of every run of a lesson, as arrays (runs, rows); NaN where a spreadsheet shows an error.

    Row n stands after n updates; all gradients of a row come from the weights of that row.
    """
    start = np.tile(np.array(lesson.weights), (lesson.runs, 1))
    weights = unflatten(lesson, start)
    rates = np.array(lesson.learning_rates)[:, None, None]
    step = OPTIMIZERS[lesson.optimizer].step
    history: list[tuple[list[np.ndarray], Forward, list[np.ndarray]]] = []
    with np.errstate(all="ignore"):
        for _ in range(lesson.rows):
            run = forward(lesson, weights)
            gradients = backward(lesson, weights, run)
            history.append((weights, run, gradients))
            weights = [_as_sheet(step(w, g, rates)) for w, g in zip(weights, gradients, strict=True)]
    return _trace(lesson, history)


def rounding_decides(lesson: Lesson, trace: Trace) -> list[int | None]:
    """Return for each run the first epoch from which a last digit of the weights decides the loss, or None.

    A second run starts one unit in the last place away; where their losses differ by more than a ten-thousandth of a
    millionth, so may those of two spreadsheet programs.
    """
    nudged = train(replace(lesson, weights=tuple(np.nextafter(lesson.weights, np.inf).tolist())))
    with np.errstate(all="ignore"):
        apart = np.abs(nudged.loss - trace.loss) > 1e-12 + 1e-10 * np.abs(trace.loss)
    return [int(np.argmax(run)) if run.any() else None for run in apart]


def chaos(lesson: Lesson, trace: Trace) -> Iterator[str]:
    """Yield a sentence for every run in which rounding decides."""
    for rate, epoch in zip(lesson.learning_rates, rounding_decides(lesson, trace), strict=True):
        if epoch is not None:
            name = f"The run with learning rate {rate_text(rate)}"
            yield f"{name} is chaotic: from epoch {epoch} on rounding decides, and sound programs part there."


def _trace(lesson: Lesson, history: list[tuple[list[np.ndarray], Forward, list[np.ndarray]]]) -> Trace:
    """Gather the steps; an array of a layer becomes (R, S, …)."""
    depth = lesson.naming.depth

    def gather(steps: Iterator[np.ndarray]) -> np.ndarray:
        return np.stack(list(steps), axis=1)

    return Trace(
        lesson=lesson,
        weights=[gather(weights[i] for weights, _, _ in history) for i in range(depth)],
        net=[np.empty(0), *(gather(run.net[i] for _, run, _ in history) for i in range(1, depth + 1))],
        out=[gather(run.out[i] for _, run, _ in history) for i in range(depth + 1)],
        gradients=[gather(gradients[i] for _, _, gradients in history) for i in range(depth)],
        unit_loss=gather(run.unit_loss for _, run, _ in history),
        loss=gather(run.loss for _, run, _ in history),
    )


@dataclass(frozen=True, eq=False)
class Trace(Mapping[str, np.ndarray]):
    """Every number of every run. Index it by name: `trace["∂E/∂w1"]` is an array (runs, rows).

    The arrays behind it, per layer: `weights` and `gradients` (R, S, units, sources), `net` and `out` (R, S, units)
    with the inputs as layer 0; `unit_loss` (R, S, outputs), `loss` (R, S). NaN where a spreadsheet shows an error.
    """

    lesson: Lesson
    weights: list[np.ndarray]
    net: list[np.ndarray]
    out: list[np.ndarray]
    gradients: list[np.ndarray]
    unit_loss: np.ndarray
    loss: np.ndarray

    @cached_property
    def _quantities(self) -> dict[str, Quantity]:
        naming = self.lesson.naming
        units = [(layer, unit) for layer in naming.layers() for unit in naming.units(layer)]
        quantities: list[Quantity] = [Epoch(), LearningRate(), *naming.targets(), *naming.inputs(), *naming.weights()]
        for layer, unit in units:
            quantities += [NetInput(layer, unit), Output(layer, unit)]
        quantities += [UnitLoss(unit) for unit in naming.units(naming.depth)]
        quantities += [TotalLoss(), *(Gradient(weight) for weight in naming.weights())]
        return {naming.name(quantity): quantity for quantity in quantities}

    def __getitem__(self, name: str) -> np.ndarray:
        """Return the array (runs, rows) of the quantity of this name. Raises KeyError that tells the nearest name."""
        if name not in self._quantities:
            raise KeyError(f'there is no "{name}". {did_you_mean(name, list(self._quantities))}')
        return self.of(self._quantities[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._quantities)

    def __len__(self) -> int:
        return len(self._quantities)

    def of(self, quantity: Quantity) -> np.ndarray:
        """Return the array (runs, rows) of a quantity. Raises KeyError where a run has no such column."""
        shape = self.loss.shape
        match quantity:
            case Epoch():
                return np.broadcast_to(np.arange(shape[1], dtype=np.float64), shape)
            case LearningRate():
                return np.broadcast_to(np.array(self.lesson.learning_rates)[:, None], shape)
            case Input(unit):
                return self.out[0][:, :, unit]
            case Target(unit):
                return np.broadcast_to(np.float64(self.lesson.targets[unit]), shape)
            case Weight(layer, unit, source):
                return self.weights[layer - 1][:, :, unit, source]
            case NetInput(layer, unit):
                return self.net[layer][:, :, unit]
            case Output(layer, unit):
                return self.out[layer][:, :, unit]
            case UnitLoss(unit):
                return self.unit_loss[:, :, unit]
            case TotalLoss():
                return self.loss
            case Gradient(Weight(layer, unit, source)):
                return self.gradients[layer - 1][:, :, unit, source]
            case _:
                raise KeyError(quantity)

    def diverged_at(self, run: int) -> int | None:
        """Return the first epoch of a run whose loss is an error in a spreadsheet, or None."""
        broken = np.isnan(self.loss[run])
        return int(np.argmax(broken)) if broken.any() else None
