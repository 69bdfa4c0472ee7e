"""The kinds of layers: by which terms each receives, which numbers it has, and in which order these stand.

Here are identities and structure alone, which both sides of the proof share; the rules are told twice. To add a kind,
write its module, name it in `Kind`, and tell its formulas in `taught.forward` and `taught.chain_rule`, its matrices in
`numpy_run.kernels` and its forward pass done again in `sheets.checks.passes`: mypy names each `match` that lacks it.
"""

from __future__ import annotations

from typing import TypeAlias

from xlbackprop.network.layers.dense import LONGEST_SUM, Dense
from xlbackprop.network.layers.softmax import Softmax
from xlbackprop.network.layers.terms import Term, output_of

__all__ = ["JOINT_ACTIVATIONS", "LONGEST_SUM", "Dense", "Kind", "Softmax", "Term", "kind_of", "output_of"]

Kind: TypeAlias = Dense | Softmax

# Kinds whose units answer together, by the name that a lesson writes for the activation. No unit has a slope by itself,
# so such a layer is the last, with a loss that gives ∂E/∂net at once.
JOINT_ACTIVATIONS = {Softmax.name: Softmax}


def kind_of(activation: str) -> type[Kind]:
    """Return the kind of a layer with this activation: Dense of "sigmoid"."""
    return JOINT_ACTIVATIONS.get(activation, Dense)
