"""The benchmark of marking counts files that were marked, with and without a mistake."""

from __future__ import annotations

from pathlib import Path

from tests.benchmark.marking import Speed, speed, table


def test_the_time_of_each_file_but_the_first_is_taken(tmp_path: Path) -> None:
    found = speed("vanishing", 2, tmp_path, rows=3)
    assert len(found.cpu) == len(found.wall) == 2
    assert all(0 < one < 5 for one in found.cpu)


def test_a_table_has_files_a_second_and_the_median() -> None:
    lines = [*table(iter([Speed("walkthrough", 289, [0.2, 0.3, 0.4], [0.5, 0.5, 1.0])]))]
    assert lines[-1] == "| walkthrough | 289 | 3 | 1.5 | 0.30 |"
