"""The names of the sheets that every workbook has; each run's sheet is called as the run."""

SUMMARY = "Summary"
INPUTS = "Inputs"
DATA = "Data"
STEP_BY_STEP = "Step by step"
LOSS_CURVES = "Loss curves"
CHECKS = "Checks"
LESSON = "Lesson"
