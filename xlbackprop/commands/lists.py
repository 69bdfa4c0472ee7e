"""`lessons` and `parts`: print the built-in lessons, and the parts that a lesson can name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from xlbackprop.lesson_library import built_in_lessons

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than the whole command line
if TYPE_CHECKING:
    from xlbackprop.network import Hyperparameter


def lessons(_: argparse.Namespace) -> int:
    """Print the name and title of each built-in lesson; return the exit code."""
    import tomllib  # noqa: PLC0415

    for name, file in built_in_lessons().items():
        print(f"{name:18}  {tomllib.loads(file.read_text(encoding='utf-8'))['title']}")
    return 0


def parts(_: argparse.Namespace) -> int:
    """Print all activations, losses, optimizers and schedules with their rules and settings; return the exit code."""
    from xlbackprop.network import ACTIVATIONS, JOINT_ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, without_correction  # noqa: PLC0415

    activations = []
    for unit in ACTIVATIONS.values():
        caution = f"; {unit.instead_of_slope}" if unit.instead_of_slope else ""
        activations += [(unit.name, unit.rule + caution), *_parameters("activation", unit.name, unit.parameters)]
    _list("activations", activations + [(kind.name, kind.rule) for kind in JOINT_ACTIVATIONS.values()])
    losses = []
    for loss in LOSSES.values():
        outputs = " or ".join(filter(None, (loss.pairs_with, *loss.activations)))
        with_outputs = f" (with {outputs} outputs)" if outputs else ""
        losses += [(loss.name, loss.rule + with_outputs), *_parameters("loss", loss.name, loss.parameters)]
    _list("losses", losses)
    for title, entries in (("optimizers", OPTIMIZERS), ("schedules", SCHEDULES)):
        rows = []
        for entry in entries.values():
            settings = [f"{setting.name.replace(' ', '_')} = {setting.default:g}" for setting in entry.settings]
            settings += ["drop_at = [epoch, …]"] * getattr(entry, "drops", False)
            settings += ["epsilon_inside_root = false"] * getattr(entry, "has_root", False)
            settings += ["bias_correction = true"] * bool(without_correction(entry.name))
            rows.append((entry.name, entry.rule))
            rows += [("", ", ".join(settings))] if settings else []
        _list(title, rows)
    return 0


def _parameters(key: str, name: str, parameters: Sequence[Hyperparameter]) -> list[tuple[str, str]]:
    """Return the line that shows how a lesson gives an entry its parameters, with the standard ones."""
    if not parameters:
        return []
    told = ", ".join(f"{parameter.name} = {parameter.default:.5g}" for parameter in parameters)
    return [("", f'{key} = {{ name = "{name}", {told} }}')]


def _list(title: str, rows: list[tuple[str, str]]) -> None:
    print(title)
    for name, what in rows:
        print(f"  {name:32}{what}".rstrip())
    print()
