"""The last line of a twin: a digest of all lines before it, so that a change made by a person is seen."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

_MARK = "# unchanged since it was made, where this is the sha256 of all lines above: "


def sealed(text: str) -> str:
    """Return a text with its seal."""
    return f"{text}{_MARK}{_digest(text)}\n"


def is_untouched(path: Path) -> bool:
    """Return whether a file is a twin as it was made; its line ends may have become those of another system."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    before, mark, digest = text.rpartition(_MARK)
    return bool(mark) and digest == f"{_digest(before)}\n"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
