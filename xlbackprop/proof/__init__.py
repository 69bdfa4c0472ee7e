"""Is a workbook on disk still right? What its cells, a spreadsheet engine and NumPy say of it."""

from __future__ import annotations

from xlbackprop.proof.comparison import Report
from xlbackprop.proof.verification import Verification, verify

__all__ = [
    "Report",
    "Verification",
    "verify",
]
