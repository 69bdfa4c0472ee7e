"""Lessons drawn at random: every activation, loss, optimizer, schedule, bias and batch policy that goes together.

What is drawn comes from the registries, so a new entry is drawn without a word here.
"""

from __future__ import annotations

import math
import random

from xlbackprop.activations import ACTIVATIONS, SOFTMAX
from xlbackprop.losses import LOSSES, Loss
from xlbackprop.optimizers import OPTIMIZERS, Setting
from xlbackprop.recipe import BIAS_A_LAYER, BIAS_A_UNIT, NO_BIAS
from xlbackprop.schedules import SCHEDULES


def random_lesson(seed: int, *, loss: str = "", activation: str = "", optimizer: str = "", schedule: str = "") -> str:
    """Return the text of a lesson; what is named is not drawn."""
    draw = random.Random(seed)
    chosen = LOSSES[loss or draw.choice(sorted(LOSSES))]
    sizes = [draw.randint(1, 6) for _ in range(draw.randint(1, 4) + 1)]
    if chosen.pairs_with == SOFTMAX:
        sizes[-1] = max(2, sizes[-1])
    examples, held_back = draw.choice([(1, 0), (2, 0), (3, 1), (5, 2), (6, 0)])
    epochs = draw.randint(2, 4)
    lines = [f'title = "Lesson {seed}"', "[network]", f'loss = "{chosen.name}"']
    lines += draw.choice([[], ['backward = "chain"'], ['backward = "expanded"'] if _is_small(sizes) else []])
    lines += draw.choice([[], ["input_gradients = true"]])
    for layer in range(1, len(sizes)):
        is_output = layer == len(sizes) - 1
        lines += _layer(
            draw, sizes[layer - 1], sizes[layer], _activation(draw, chosen, activation, is_output=is_output)
        )
    lines += _data(draw, sizes, examples, held_back, chosen)
    lines += ["[training]", f"epochs = {epochs}", f"learning_rates = [{_number(draw, 0.02, 0.2)}, 0.3]"]
    lines += _optimizer(draw, optimizer or draw.choice(sorted(OPTIMIZERS)))
    lines += _schedule(draw, schedule or draw.choice(sorted(SCHEDULES)), epochs)
    if examples - held_back > 1:
        lines += [draw.choice(['batch = "all"', "batch = 1", "batch = 2"])]
        lines += [draw.choice(['gradients = "mean"', 'gradients = "sum"'])]
    return "\n".join(lines) + "\n"


def _is_small(sizes: list[int]) -> bool:
    return math.prod(sizes[1:]) <= 8


def _activation(draw: random.Random, loss: Loss, wanted: str, *, is_output: bool) -> str:
    drawn = wanted or draw.choice(sorted(ACTIVATIONS))
    return loss.pairs_with if is_output and loss.pairs_with else drawn


def _layer(draw: random.Random, sources: int, units: int, activation: str) -> list[str]:
    weights = [[_number(draw, -1.2, 1.2) for _ in range(sources)] for _ in range(units)]
    lines = ["[[network.layers]]", f"units = {units}", f'activation = "{activation}"', f"weights = {weights}"]
    bias = draw.choice([NO_BIAS, BIAS_A_UNIT, BIAS_A_UNIT, BIAS_A_LAYER])
    if bias != NO_BIAS:
        count = units if bias == BIAS_A_UNIT else 1
        lines += [f'bias = "{bias}"', f"biases = {[_number(draw, -0.8, 0.8) for _ in range(count)]}"]
        lines += draw.choice([[], [], ["train_biases = false"]])
    return lines


def _data(draw: random.Random, sizes: list[int], examples: int, held_back: int, loss: Loss) -> list[str]:
    inputs = [[_number(draw, -1, 1) for _ in range(sizes[0])] for _ in range(examples)]
    if loss.pairs_with == SOFTMAX:
        classes = [draw.randrange(sizes[-1]) for _ in range(examples)]
        targets = [[float(unit == named) for unit in range(sizes[-1])] for named in classes]
    elif draw.random() < 0.5:
        targets = [[float(draw.random() < 0.5) for _ in range(sizes[-1])] for _ in range(examples)]
    else:
        targets = [[_number(draw, 0, 1) for _ in range(sizes[-1])] for _ in range(examples)]
    lines = ["[data]", f"inputs = {inputs}", f"targets = {targets}"]
    return [*lines, f"held_back = {held_back}"] if held_back else lines


def _optimizer(draw: random.Random, name: str) -> list[str]:
    lines = [f'optimizer = "{name}"', *(_setting(draw, setting) for setting in OPTIMIZERS[name].settings)]
    if OPTIMIZERS[name].has_root:
        lines.append(f"epsilon_inside_root = {draw.choice(['true', 'false'])}")
    return lines + draw.choice([[], ["weight_decay = 0.05"]])


def _schedule(draw: random.Random, name: str, epochs: int) -> list[str]:
    lines = [f'schedule = "{name}"', *(_setting(draw, setting) for setting in SCHEDULES[name].settings)]
    return [*lines, f"drop_at = {sorted(draw.sample(range(1, epochs + 1), 2))}"] if SCHEDULES[name].drops else lines


def _setting(draw: random.Random, setting: Setting) -> str:
    """Return a line that gives a setting a number between its bounds, near what it is by default."""
    low, high = max(setting.low, 0.5 * setting.default), min(setting.high, 1.5 * setting.default, 0.99)
    return f"{setting.name.replace(' ', '_')} = {draw.uniform(low, max(low, high)):.9f}"


def _number(draw: random.Random, low: float, high: float) -> float:
    return round(draw.uniform(low, high), 3)
