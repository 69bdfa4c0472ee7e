"""The built-in lessons: where they lie. Light to import, so that they can be listed at once."""

from __future__ import annotations

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than the whole command line
if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_LESSON = "walkthrough"


def templates() -> Path:
    """Return the folder of the built-in lessons: inside an installed package, beside it in a checkout."""
    from pathlib import Path  # noqa: PLC0415

    package = Path(__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def built_in_lessons() -> dict[str, Path]:
    """Return the files of the built-in lessons by name."""
    return {file.stem: file for file in sorted(templates().glob("*.toml"))}
