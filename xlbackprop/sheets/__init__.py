"""The sheets of a workbook: one module a kind.

To add a kind, write a module with `sheets(book)` that yields its sheets, and name it in SHEETS, which gives the order.
"""

from xlbackprop.sheets import checks, data, inputs, lesson_text, loss_curves, runs, summary

SHEETS = (summary, inputs, data, runs, loss_curves, checks, lesson_text)
