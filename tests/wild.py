"""False alarms: how many sound lessons of the wild kind turn red, or cannot be proved.

    python -m tests.wild 1000                       a thousand lessons in formualizer
    python -m tests.wild 100 --engine libreoffice

The lessons are drawn anew from their number, always the same: small nets with weights from 10^−12 to 10^9, saturated
units, inputs that nobody scaled, every activation, loss, optimizer and schedule. Every workbook that is made is sound, so
each that fails its own Checks, and each that `verify` does not prove, is a false alarm. It is printed with its number.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.lesson_text import toml_text
from xlbackprop import compile_document, verify, write_workbook
from xlbackprop.engines import engine as engine_named
from xlbackprop.errors import InputError
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.activations import ACTIVATIONS
from xlbackprop.network.losses import LOSSES, Targets
from xlbackprop.network.optimizers import OPTIMIZERS
from xlbackprop.network.schedules import SCHEDULES
from xlbackprop.proof.report import Report
from xlbackprop.workbook import Verdict

SIZES = [0.5, 0.5, 1, 1, 2, 5, 10, 30, 1e3, 1e6, 2e8, 1e-3, 1e-12]
NO_ALARM = {"sound", "refused", "overflow"}
RATES = [0.01, 0.1, 0.5, 0.5, 1, 2, 10, 1e3]


def lesson(number: int) -> str:
    """Return the text of the lesson of a number."""
    draw = random.Random(number)
    examples, inputs, outputs = draw.choice([1, 1, 2, 4, 9]), draw.randint(1, 4), draw.randint(1, 3)
    loss = LOSSES[draw.choice([*LOSSES])]
    optimizer, schedule = draw.choice([*OPTIMIZERS]), draw.choice([*SCHEDULES])
    training = {
        "optimizer": optimizer,
        "epochs": draw.choice([1, 3, 10, 30]),
        "learning_rates": [draw.choice(RATES)],
        "schedule": schedule,
        **({"drop_at": [2]} if schedule == "step" else {}),
    }
    if examples > 1:
        training["batch"] = draw.choice([1, examples])
    layers, sources = [], inputs
    for units in (*(draw.randint(1, 4) for _ in range(draw.randint(0, 2))), outputs):
        size = draw.choice(SIZES)
        layers.append(
            {
                "units": units,
                "activation": draw.choice([*ACTIVATIONS]),
                "weights": [[_number(draw, size) for _ in range(sources)] for _ in range(units)],
                **(
                    {"biases": [_number(draw, size) for _ in range(units)]} if draw.random() < 0.6 else {"bias": "none"}
                ),
                **({"train_biases": True} if draw.random() < 0.5 else {}),
            }
        )
        if layers[-1].get("bias") == "none":
            layers[-1].pop("train_biases", None)
        sources = units
    wanted = [loss.pairs_with] if loss.pairs_with else [*loss.activations]
    layers[-1]["activation"] = draw.choice(wanted) if wanted else layers[-1]["activation"]
    size = draw.choice([1, 1, 1, 5, 30, 1e6])
    text: dict[str, object] = {
        "title": f"Wild lesson {number}",
        "network": {"loss": loss.name, "layers": layers},
        "data": {
            "inputs": [[_number(draw, size) for _ in range(inputs)] for _ in range(examples)],
            "targets": [_targets(draw, loss.targets, outputs) for _ in range(examples)],
        },
        "training": training,
    }
    return toml_text(text)


def _number(draw: random.Random, size: float) -> float:
    return float(f"{draw.choice([draw.uniform(-1, 1), draw.gauss(0, 1), draw.choice([-1, 0, 1])]) * size:.3g}")


def _targets(draw: random.Random, kind: Targets, outputs: int) -> list[float]:
    if kind is Targets.SHARES_OF_1:
        answer = draw.randrange(outputs)
        return [float(unit == answer) for unit in range(outputs)]
    if kind is Targets.SIGNS:
        return [draw.choice([-1.0, 1.0]) for _ in range(outputs)]
    return [draw.choice([0.0, 1.0, 0.01, 0.99, 0.3]) for _ in range(outputs)]


def outcome(number: int, engine: str, folder: Path) -> tuple[str, Report | None]:
    """Return what becomes of a lesson, "sound", "refused" or its false alarm, and the report of its proof.

    "overflow" where a number overflows and the engine is known to calculate on.
    """
    try:
        document = compile_document(read_lesson(lesson(number), "wild"))
    except InputError:
        return "refused", None
    if document.verdict is Verdict.OVERFLOW and not engine_named(engine).overflow_is_error:
        return "overflow", None
    path = folder / "wild.xlsx"
    write_workbook(document, path)
    report = verify(path, engine)
    if document.verdict is Verdict.FAIL:
        return "red Checks", report
    if any("says FAIL" in line for line in report.lines()):
        return "red Checks in this program", report
    return ("sound" if report.equal else "not proved"), report


def main(words: list[str]) -> int:
    """Print each false alarm and the counts; return 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--engine", default="formualizer")
    asked = parser.parse_args(words)
    told: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for number in range(asked.first, asked.first + asked.count):
            what, report = outcome(number, asked.engine, Path(folder))
            told[what] += 1
            if what not in NO_ALARM and report is not None:
                print(f"{number}: {what}", *list(report.lines())[:4], sep="\n    ", flush=True)
    print(dict(told))
    return int(set(told) - NO_ALARM != set())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
