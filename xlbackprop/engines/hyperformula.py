"""HyperFormula, a spreadsheet engine in TypeScript from npm (GPL-3.0; it is run beside the project, never shipped).

Known deviations from Excel: FIXED is unknown, 1E-12 is no number in a formula, INT(-1.5) is -1; neither a whole row nor
a compared range is handed on by INDEX; SUMPRODUCT(--ISFORMULA(range)) looks at the first cell alone.
"""

from __future__ import annotations

from xlbackprop.engines.base import COMPARED_RANGE, WHOLE_ROW, Gap, lacks
from xlbackprop.engines.node import NodeEngine


class HyperFormula(NodeEngine):
    """The library `hyperformula`."""

    name = "hyperformula"
    package = "hyperformula"
    script = "hyperformula.js"
    gaps: tuple[Gap, ...] = (*lacks("FIXED"), COMPARED_RANGE, WHOLE_ROW)
