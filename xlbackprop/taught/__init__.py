"""The formula side of the proof: the same run in formulas, one number at a time. It never imports `numpy_run`."""

from __future__ import annotations

from xlbackprop.taught.chain_rule import Factor, chains
from xlbackprop.taught.column import Column
from xlbackprop.taught.counters import epoch_column
from xlbackprop.taught.loss import answer_of, penalty_slope, textbook_loss
from xlbackprop.taught.run_columns import backward, column_of, columns
from xlbackprop.taught.updates import adds_decay, update_rule
