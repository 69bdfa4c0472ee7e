"""The sheet of a run, and where its numbers stand."""

from __future__ import annotations

from xlbackprop.sheets.runs.places import RunLayout

__all__ = [
    "RunLayout",
]
