"""How fast workbooks are written: `python -m tests.benchmark` runs us and the peers on the same work in one run.

The parent only starts processes and reads clocks; every contestant is a whole process of its own. To add one, write
its program into `peers/` and name it in `contestants.py`; the test in tests/test_benchmark.py finds it there and
compares its workbook with ours.
"""
