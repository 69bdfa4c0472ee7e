"""The sheets `Inputs` and `Data` with all typed numbers, and the layout that tells where these are."""

from __future__ import annotations

from xlbackprop.sheets.inputs.places import InputsLayout
