"""`Inputs` and `Data`: the typed numbers, and where they stand."""

from __future__ import annotations

from xlbackprop.sheets.inputs.places import InputsLayout

__all__ = [
    "InputsLayout",
]
