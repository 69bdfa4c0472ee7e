"""fast-formula-parser, an evaluator of single formulas in JavaScript from npm.

Known deviations from Excel: MAX, MIN, CHOOSE, MATCH, HYPERLINK and ISFORMULA are unknown; INDEX of a range of another
sheet looks at the same cell of its own sheet; SUMPRODUCT does not calculate with
ranges; COUNTIF(range,0) counts empty cells; SUM leaves errors out; FIXED writes -0.5 as (0.5), and 0.00001 as 1e-5.
"""

from __future__ import annotations

import re

from xlbackprop.engines.base import Gap, lacks
from xlbackprop.engines.node import NodeEngine


class FastFormulaParser(NodeEngine):
    """The library `fast-formula-parser`."""

    name = "fast-formula-parser"
    package = "fast-formula-parser"
    script = "fast_formula_parser.js"
    overflow_is_error = False  # where SUM adds it up
    gaps: tuple[Gap, ...] = (
        *lacks("MAX", "MIN", "CHOOSE", "MATCH", "HYPERLINK", "ISFORMULA", "SUMPRODUCT", "COUNTIF"),
        Gap("INDEX of another sheet", re.compile(r"\bINDEX\('")),
        Gap("equality with a highest number", re.compile(r"\*\$?[A-Z]+\d+=\$?[A-Z]+\d+,1,0\)$"), follows=True),
    )
