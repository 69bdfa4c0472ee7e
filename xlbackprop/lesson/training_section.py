"""The training of a run as a lesson file describes it: optimizer, schedule, and the numbers of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.network import (
    EPSILON,
    GRADIENT_CLIP,
    OPTIMIZERS,
    SCHEDULES,
    WEIGHT_DECAY,
    Hyperparameter,
    drop_name,
    without_correction,
)

MAX_DROPS = 20
MAX_FROZEN = 16  # each may part the gradients of a row, and a check adds up their squares group by group
FROZEN = "frozen"
_ROOT, _DROPS, _CORRECTS = "epsilon_inside_root", "drop_at", "bias_correction"
DECAYS_IN_LOSS = "weight_decay_in_loss"


class TrainingMethod(NamedTuple):
    """Optimizer and schedule of a run. `settings` are the numbers of the optimizer, `changes` those of the schedule.

    `corrects_bias` is False where the lesson leaves out the bias correction of the optimizer, `in_loss` True where its
    weight decay is a penalty in the loss. `frozen` are the names of weights and biases that are not trained, as
    they are written, and `frozen_at` is where.
    """

    optimizer: str = ""
    settings: Mapping[str, float] = {}
    weight_decay: float = WEIGHT_DECAY.default
    inside_root: bool = False
    schedule: str = "constant"
    changes: Mapping[str, float] = {}
    corrects_bias: bool = True
    in_loss: bool = False
    clip: float = GRADIENT_CLIP.default
    frozen: tuple[str, ...] = ()
    frozen_at: str = ""

    @property
    def entry(self) -> str:
        """The key of OPTIMIZERS: the optimizer as it is named, or the same without bias correction."""
        return self.optimizer if self.corrects_bias else without_correction(self.optimizer) or self.optimizer

    @property
    def decays_in_loss(self) -> bool:
        """Whether there is a penalty in the loss."""
        return self.in_loss and self.weight_decay > 0.0

    @property
    def constants(self) -> dict[str, float]:
        """The values of `Recipe.constants` by name, in its order."""
        settings = {name: value for name, value in self.settings.items() if name != EPSILON.name or value > 0.0}
        decay = {WEIGHT_DECAY.name: self.weight_decay} if self.weight_decay > 0.0 else {}
        clip = {GRADIENT_CLIP.name: self.clip} if self.clip > 0.0 else {}
        return {**settings, **decay, **clip, **self.changes}


def read_training_method(table: TableReader, inherited: TrainingMethod, last: int) -> TrainingMethod:
    """Return the training that [training] or a run describes.

    A run inherits all that it does not name, but no number of another optimizer. What nobody names is plain gradient
    descent.
    """
    default = inherited.optimizer or next(iter(OPTIMIZERS))
    optimizer = table.choice("optimizer", tuple(OPTIMIZERS), "optimizer", default)
    schedule = table.choice("schedule", tuple(SCHEDULES), "schedule", inherited.schedule)
    if table.has("optimizer") and table.peek("optimizer") != optimizer:
        table.ignore(
            [*_keys(*(setting for entry in OPTIMIZERS.values() for setting in entry.settings)), _ROOT, _CORRECTS]
        )
    if table.has("schedule") and table.peek("schedule") != schedule:
        table.ignore([*_keys(*(setting for entry in SCHEDULES.values() for setting in entry.settings)), _DROPS])
    same = optimizer == inherited.optimizer
    settings = _numbers(table, OPTIMIZERS[optimizer].settings, inherited.settings if same else {})
    shared = {WEIGHT_DECAY.name: inherited.weight_decay, GRADIENT_CLIP.name: inherited.clip}
    decay, clip = _numbers(table, (WEIGHT_DECAY, GRADIENT_CLIP), shared).values()
    in_loss = table.flag(DECAYS_IN_LOSS, inherited.in_loss)
    inside = OPTIMIZERS[optimizer].has_root and table.flag(_ROOT, same and inherited.inside_root)
    corrects = True
    if without_correction(optimizer):
        corrects = table.flag(_CORRECTS, inherited.corrects_bias if same else True)
    before = inherited.changes if schedule == inherited.schedule else {}
    changes = _numbers(table, SCHEDULES[schedule].settings, before)
    if SCHEDULES[schedule].drops:
        if before and not table.has(_DROPS):
            changes = {**before, **changes}
        else:
            drops = table.wholes(_DROPS, 1, max(last, 1), MAX_DROPS)
            changes |= {drop_name(number): float(epoch) for number, epoch in enumerate(drops, start=1)}
    frozen = inherited.frozen, inherited.frozen_at
    table.ignore([FROZEN])
    if table.has(FROZEN):
        frozen = table.texts(FROZEN), table.place(FROZEN)
    return TrainingMethod(optimizer, settings, decay, inside, schedule, changes, corrects, in_loss, clip, *frozen)


def _keys(*settings: Hyperparameter) -> list[str]:
    return [setting.name.replace(" ", "_") for setting in settings]


def _numbers(table: TableReader, settings: Sequence[Hyperparameter], before: Mapping[str, float]) -> dict[str, float]:
    numbers = {}
    for setting, key in zip(settings, _keys(*settings), strict=True):
        default = before.get(setting.name, setting.default)
        # what is inherited was checked where it was given
        numbers[setting.name] = table.number(key, None, setting.low, setting.high) if table.has(key) else default
        table.ignore([key])
    return numbers


def hints_of_other_methods(method: TrainingMethod) -> dict[str, str]:
    """Return, by key, a hint for each setting that only other methods have; it lists the settings of this method."""
    optimizer, schedule = OPTIMIZERS[method.optimizer], SCHEDULES[method.schedule]
    flags = [*[_ROOT] * optimizer.has_root, *[_CORRECTS] * bool(without_correction(optimizer.name))]
    keys = ", ".join([*_keys(*optimizer.settings, WEIGHT_DECAY), DECAYS_IN_LOSS, *_keys(GRADIENT_CLIP), *flags])
    changes = ", ".join([*_keys(*schedule.settings), *[_DROPS] * schedule.drops])
    of_schedule = f'The schedule "{schedule.name}" has {f"these settings: {changes}" if changes else "no settings"}.'
    hints = dict.fromkeys(
        [_DROPS, *(key for entry in SCHEDULES.values() for key in _keys(*entry.settings))], of_schedule
    )
    of_optimizer = f'The optimizer "{optimizer.name}" has these settings: {keys}.'
    return hints | dict.fromkeys(
        [_ROOT, _CORRECTS, *(k for entry in OPTIMIZERS.values() for k in _keys(*entry.settings))], of_optimizer
    )
