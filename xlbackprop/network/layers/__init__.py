"""The kinds of layers: the terms of their net inputs, their quantities, and the order of these in a row.

Here are identities and structure alone, which both sides of the proof share; the rules are defined once as formulas
and once in NumPy. To add a kind, write its module, name it in `Kind`, and write its formulas in `taught.forward` and
`taught.chain_rule`, its matrices in `numpy_run.kernels` and the check of its forward pass in `sheets.checks.passes`:
mypy names each `match` that lacks it.
"""

from __future__ import annotations

from typing import TypeAlias

from xlbackprop.network.layers.dense import LONGEST_SUM, Dense
from xlbackprop.network.layers.softmax import Softmax
from xlbackprop.network.layers.terms import Term, output_of

Kind: TypeAlias = Dense | Softmax

# Kinds in which each output depends on all net inputs, by the name of the activation in a lesson. No unit has a slope
# of its own, so such a layer is the last.
JOINT_ACTIVATIONS = {Softmax.name: Softmax}


def kind_of(activation: str) -> type[Kind]:
    """Return the class of a layer with this activation: Softmax for "softmax", Dense for "sigmoid" and all others."""
    return JOINT_ACTIVATIONS.get(activation, Dense)
