"""`Checks`, and where its numbers stand."""

from __future__ import annotations

from xlbackprop.sheets.checks.places import ChecksLayout

__all__ = [
    "ChecksLayout",
]
