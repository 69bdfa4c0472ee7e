"""The formula side: the forward pass, the chain rule and the updates, one number at a time. Never meets `numpy_run`."""

from __future__ import annotations

from xlbackprop.taught.chain_rule import Column, Factor, answer_of, backward, chains
from xlbackprop.taught.table import columns, epoch_column, update_rule

__all__ = [
    "Column",
    "Factor",
    "answer_of",
    "backward",
    "chains",
    "columns",
    "epoch_column",
    "update_rule",
]
