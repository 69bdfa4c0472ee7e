"""The sheet of a run, and the layout that tells where its numbers are."""

from __future__ import annotations

from xlbackprop.sheets.runs.places import RunLayout
