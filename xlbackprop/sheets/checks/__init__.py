"""The sheet `Checks`, on which the workbook proves itself, and the layout that tells where its numbers are."""

from __future__ import annotations

from xlbackprop.sheets.checks.places import ChecksLayout
