"""Is a workbook on disk still right? Its cells, a spreadsheet engine's values and NumPy's numbers are compared."""

from __future__ import annotations

from xlbackprop.proof.report import Report
from xlbackprop.proof.verification import Made, Verification, verify
