"""`Loss curves`, and where its numbers stand."""

from __future__ import annotations

from xlbackprop.sheets.curves.places import LossCurvesLayout

__all__ = [
    "LossCurvesLayout",
]
