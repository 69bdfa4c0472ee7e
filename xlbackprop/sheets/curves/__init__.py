"""The sheet `Loss curves`, and the layout that tells where its numbers are."""

from __future__ import annotations

from xlbackprop.sheets.curves.places import LossCurvesLayout
