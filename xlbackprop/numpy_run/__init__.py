"""The NumPy side of the proof: the same run with matrices. It never imports `taught`: the proof is that both agree."""

from __future__ import annotations

from xlbackprop.numpy_run.agreement import ABSOLUTE, RELATIVE, Agreement, agreement_of, deviations
from xlbackprop.numpy_run.forward_backward import Forward, Network
from xlbackprop.numpy_run.meant_digits import CAUTION, LOSS_ABSOLUTE, LOSS_RELATIVE, REPEATS, Nudges
from xlbackprop.numpy_run.row_judge import RowJudge
from xlbackprop.numpy_run.row_numbers import penalty_of
from xlbackprop.numpy_run.scaling import received
from xlbackprop.numpy_run.trace import Spread, Trace, rounding_warnings, train
