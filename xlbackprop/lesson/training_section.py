"""The training of a run as a lesson file describes it: optimizer, schedule, and the numbers of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from xlbackprop.lesson.toml_reader import TableReader
from xlbackprop.network import OPTIMIZERS, SCHEDULES, WEIGHT_DECAY, Hyperparameter, drop_name

MAX_DROPS = 20
_ROOT, _DROPS = "epsilon_inside_root", "drop_at"


class TrainingMethod(NamedTuple):
    """Optimizer and schedule of a run. `settings` are the numbers of the optimizer, `changes` those of the schedule."""

    optimizer: str = ""
    settings: Mapping[str, float] = {}
    weight_decay: float = WEIGHT_DECAY.default
    inside_root: bool = False
    schedule: str = "constant"
    changes: Mapping[str, float] = {}

    @property
    def constants(self) -> dict[str, float]:
        """The values of `Recipe.constants` by name, in its order."""
        decay = {WEIGHT_DECAY.name: self.weight_decay} if self.weight_decay > 0.0 else {}
        return {**self.settings, **decay, **self.changes}


def read_training_method(table: TableReader, inherited: TrainingMethod, last: int) -> TrainingMethod:
    """Return the training that [training] or a run describes.

    A run inherits all that it does not name, but no number of another optimizer. What nobody names is plain gradient
    descent.
    """
    default = inherited.optimizer or next(iter(OPTIMIZERS))
    optimizer = table.choice("optimizer", tuple(OPTIMIZERS), "optimizer", default)
    schedule = table.choice("schedule", tuple(SCHEDULES), "schedule", inherited.schedule)
    if table.has("optimizer") and table.peek("optimizer") != optimizer:
        table.ignore([*_keys(*(setting for entry in OPTIMIZERS.values() for setting in entry.settings)), _ROOT])
    if table.has("schedule") and table.peek("schedule") != schedule:
        table.ignore([*_keys(*(setting for entry in SCHEDULES.values() for setting in entry.settings)), _DROPS])
    same = optimizer == inherited.optimizer
    settings = _numbers(table, OPTIMIZERS[optimizer].settings, inherited.settings if same else {})
    decay = _numbers(table, (WEIGHT_DECAY,), {WEIGHT_DECAY.name: inherited.weight_decay})[WEIGHT_DECAY.name]
    inside = OPTIMIZERS[optimizer].has_root and table.flag(_ROOT, same and inherited.inside_root)
    before = inherited.changes if schedule == inherited.schedule else {}
    changes = _numbers(table, SCHEDULES[schedule].settings, before)
    if SCHEDULES[schedule].drops:
        if before and not table.has(_DROPS):
            changes = {**before, **changes}
        else:
            drops = table.wholes(_DROPS, 1, last, MAX_DROPS)
            changes |= {drop_name(number): float(epoch) for number, epoch in enumerate(drops, start=1)}
    return TrainingMethod(optimizer, settings, decay, inside, schedule, changes)


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
    keys = ", ".join([*_keys(*optimizer.settings, WEIGHT_DECAY), *[_ROOT] * optimizer.has_root])
    changes = ", ".join([*_keys(*schedule.settings), *[_DROPS] * schedule.drops])
    of_schedule = f'The schedule "{schedule.name}" has {f"these settings: {changes}" if changes else "no settings"}.'
    hints = dict.fromkeys(
        [_DROPS, *(key for entry in SCHEDULES.values() for key in _keys(*entry.settings))], of_schedule
    )
    of_optimizer = f'The optimizer "{optimizer.name}" has these settings: {keys}.'
    return hints | dict.fromkeys(
        [_ROOT, *(k for entry in OPTIMIZERS.values() for k in _keys(*entry.settings))], of_optimizer
    )
