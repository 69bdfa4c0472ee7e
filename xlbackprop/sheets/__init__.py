"""The sheets of a workbook: one module a kind.

To add a kind, write a module with `sheets(book)` that yields its sheets, and name it in SHEETS, which gives the order.
"""

from xlbackprop.sheets import checks, data, inputs, lesson_text, loss_curves, runs, step_by_step, summary

SHEETS = (summary, inputs, data, step_by_step, runs, loss_curves, checks, lesson_text)
