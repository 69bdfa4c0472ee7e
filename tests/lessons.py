"""Lessons that several tests look at, and lessons with other numbers than their files type."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from xlbackprop import load_lesson
from xlbackprop.lesson.lesson import Lesson, rate_name
from xlbackprop.lesson_library import built_in_lessons
from xlbackprop.network import Recipe

# The built-in lessons that between them have every feature that any of them has: test_lessons.py sees that none is
# missing. What takes its time with whole lessons tries these; with another it would show nothing new. Of every lesson it
# is tried that it is sound and made without a warning, what is printed of it, and (`-m slow`) that it is proved.
# XLBACKPROP_EVERY_LESSON=1 tries all of them everywhere.
COVERING = (
    "walkthrough",
    "two-biases",
    "softmax-3-classes",
    "vanishing",
    "xor",
    "optimizers",
    "perceptron",
    "scaling",
    "weight-decay",
    "digits",
)


def covering_lessons() -> list[str]:
    """Return the names of the built-in lessons that show all that there is to be shown of whole ones."""
    everything = os.environ.get("XLBACKPROP_EVERY_LESSON") == "1"
    return [name for name in built_in_lessons() if everything or name in COVERING]


def features(lesson: Lesson) -> Iterator[object]:
    """Yield what is told of a lesson, or is computed in it, in another way than in lessons without it."""
    recipes = {run.recipe for run in lesson.runs}
    yield from (words for words, holds in _of_the_whole(lesson, recipes).items() if holds)
    for recipe in recipes:
        yield "steps of", "one" if recipe.single else "some" if 1 < recipe.batch < recipe.examples else recipe.batch > 1
        yield from (("loss", recipe.loss), ("optimizer", recipe.optimizer), ("schedule", recipe.schedule))
        yield from (("constant", constant) for constant in recipe.constants)
        yield from (("mean", recipe.mean), ("expanded", recipe.expanded), ("decays in loss", recipe.decays_in_loss))
        yield from (("gradients of inputs", recipe.input_gradients), ("accuracy", recipe.accuracy))
        yield from (("layers", min(len(recipe.layers), 3)), ("several outputs", recipe.layers[-1].units > 1))
        for layer in recipe.layers:
            yield layer.activation, layer.parameters
            yield "bias", layer.bias, layer.trains_bias, layer.trains_weights


def _of_the_whole(lesson: Lesson, recipes: set[Recipe]) -> dict[str, bool]:
    return {
        "a file of examples": bool(lesson.data_file),
        "examples held back": bool(lesson.held_back),
        "scaled inputs": bool(lesson.scale),
        "names from outside": bool(lesson.own_names),
        "corrections": bool(lesson.corrections),
        "a single run": len(lesson.runs) == 1,
        "runs that differ in their rates": lesson.by_rate,
        "runs that differ in other things": not lesson.by_rate,
        "unlike networks": len(recipes) > 1,
        "unlike losses": len({recipe.loss for recipe in recipes}) > 1,
        "unlike starts": len({run.start for run in lesson.runs}) > 1,
    }


def sample_lesson(name: str) -> Lesson:
    """Return one of the lessons in `sample_lessons`: networks of several kinds, with numbers that were drawn once."""
    return load_lesson(Path(__file__).parent / "sample_lessons" / f"{name}.toml")


def with_numbers(
    lesson: Lesson,
    *,
    inputs: Sequence[float] | None = None,
    targets: Sequence[float] | None = None,
    weights: Sequence[float] | None = None,
    learning_rates: Sequence[float] | None = None,
) -> Lesson:
    """Return a lesson of one example, whose runs all start alike, with other numbers on `Inputs`."""
    naming = lesson.runs[0].naming
    groups = [
        ([naming.name(given) for given in naming.inputs()], inputs),
        ([naming.name(target) for target in naming.targets()], targets),
        ([naming.name(weight) for weight in naming.weights()], weights),
        ([rate_name(run) for run in range(len(lesson.runs))], learning_rates),
    ]
    changes = {}
    for names, values in groups:
        if values is not None:
            changes |= zip(names, values, strict=True)
    assert changes.keys() <= lesson.typed.keys()
    return lesson.with_typed({**lesson.typed, **changes})
