"""The built-in lessons: where they lie. Light to import, so that they can be listed at once."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

DEFAULT_LESSON = "walkthrough"


def templates() -> Traversable:
    """Return the folder of the built-in lessons: inside an installed package, beside it in a checkout."""
    inside = resources.files("xlbackprop") / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def built_in_lessons() -> dict[str, Traversable]:
    """Return the built-in lessons by name."""
    files = sorted(templates().iterdir(), key=lambda file: file.name)
    return {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}
