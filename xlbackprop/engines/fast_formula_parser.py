"""fast-formula-parser, an evaluator of single formulas in JavaScript from npm.

Known deviations from Excel: MAX, MIN, CHOOSE, MATCH, HYPERLINK and ISFORMULA are unknown.
"""

from __future__ import annotations

from xlbackprop.engines.base import Gap, lacks
from xlbackprop.engines.node import NodeEngine


class FastFormulaParser(NodeEngine):
    """The library `fast-formula-parser`."""

    name = "fast-formula-parser"
    package = "fast-formula-parser"
    script = "fast_formula_parser.js"
    gaps: tuple[Gap, ...] = lacks("MAX", "MIN", "CHOOSE", "MATCH", "HYPERLINK", "ISFORMULA")
