"""Faults planted on purpose, one at a time, and what catches each: the tests of the tests.

Two kinds. *Code*: a module of the package that decides numbers, formulas or verdicts is changed in one place (in a copy
of the package, never here), and a short proof, then the module's own tests, must notice. *Workbook*: one cell of a
finished workbook is changed, and `verify` and the workbook's own `Checks` must notice.

    python -m tests.mutants --kind code --module columns --sample 50

What no judge noticed is a survivor. `survivors.toml` says of each why it is none to worry about; one without a reason
there is a hole, and the command ends with exit code 1.
"""
