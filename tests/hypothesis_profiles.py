"""How many lessons, files and edits are drawn, and which: `python -m pytest --hypothesis-profile=nightly`.

few      some, the same every time: what the ordinary run of the tests draws
usual    some dozen, the same every time: what .ci/run draws
nightly  thousands, the same every time: its counts can be quoted
fresh    as many, others every time (`--hypothesis-seed=7` draws those of a seed once more)
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]  # a lesson is long, and a workbook takes its time

FEW = 6


def register() -> None:
    """Make the profiles known, and the one of few the one that holds."""
    settings.register_profile("few", max_examples=FEW, derandomize=True, deadline=None, suppress_health_check=SLOW)
    settings.register_profile("usual", settings.get_profile("few"), max_examples=20)
    settings.register_profile("nightly", settings.get_profile("usual"), max_examples=2_500)
    settings.register_profile("fresh", settings.get_profile("nightly"), derandomize=False)
    settings.load_profile("few")
