"""`lessons` and `parts`: print the built-in lessons, and the parts that a lesson can name."""

from __future__ import annotations

import argparse

from xlbackprop.lesson_library import built_in_lessons


def lessons(_: argparse.Namespace) -> int:
    """Print the name and title of each built-in lesson; return the exit code."""
    import tomllib  # noqa: PLC0415

    for name, file in built_in_lessons().items():
        print(f"{name:18}  {tomllib.loads(file.read_text(encoding='utf-8'))['title']}")
    return 0


def parts(_: argparse.Namespace) -> int:
    """Print all activations, losses, optimizers and schedules with their rules and settings; return the exit code."""
    from xlbackprop.network import ACTIVATIONS, JOINT_ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES  # noqa: PLC0415

    activations = [(entry.name, entry.rule) for entry in ACTIVATIONS.values()]
    _list("activations", activations + [(kind.name, kind.rule) for kind in JOINT_ACTIVATIONS.values()])
    pairs = {entry.name: f" (with {entry.pairs_with} outputs)" if entry.pairs_with else "" for entry in LOSSES.values()}
    _list("losses", [(entry.name, entry.rule + pairs[entry.name]) for entry in LOSSES.values()])
    for title, entries in (("optimizers", OPTIMIZERS), ("schedules", SCHEDULES)):
        rows = []
        for entry in entries.values():
            settings = [f"{setting.name.replace(' ', '_')} = {setting.default:g}" for setting in entry.settings]
            settings += ["drop_at = [epoch, …]"] * getattr(entry, "drops", False)
            settings += ["epsilon_inside_root = false"] * getattr(entry, "has_root", False)
            rows.append((entry.name, entry.rule))
            rows += [("", ", ".join(settings))] if settings else []
        _list(title, rows)
    return 0


def _list(title: str, rows: list[tuple[str, str]]) -> None:
    print(title)
    for name, what in rows:
        print(f"  {name:26}{what}".rstrip())
    print()
