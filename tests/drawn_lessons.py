"""Lessons drawn by Hypothesis: everything that a lesson file can say, in every way that goes together.

What is drawn comes from the registries, so a new entry is drawn without a word here. What is drawn first is the
simplest: a lesson that fails shrinks to one unit, one example and one epoch, and says no more than it must.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

from tests.drawn_texts import distinct, file_names, lines, names_of_runs, paragraphs, words
from tests.lesson_text import toml_text, with_file
from xlbackprop.lesson.draws import HE, NORMAL, UNIFORM, XAVIER
from xlbackprop.lesson.lesson import SCALES
from xlbackprop.lesson.limits import MAX_EXPANDED_PATHS
from xlbackprop.network.activations import ACTIVATIONS, Activation
from xlbackprop.network.layers import Softmax
from xlbackprop.network.losses import LOSSES, Loss, Targets
from xlbackprop.network.optimizers import OPTIMIZERS, WEIGHT_DECAY, Hyperparameter
from xlbackprop.network.recipe import BIAS_A_LAYER, BIAS_A_UNIT, NO_BIAS
from xlbackprop.network.schedules import SCHEDULES

T = TypeVar("T")
Draw = Callable[[st.SearchStrategy[Any]], Any]
Table = dict[str, Any]

EVERYDAY = st.one_of(st.integers(-1200, 1200).map(lambda number: number / 1000), st.integers(-2, 2))
EXTREME = st.one_of(
    st.sampled_from([-0.0, 1e-300, -1e-300, 5e-324, 1e-9, 0.1 + 0.2, 30.0, -30.0, 709.0, -745.0, 1e5, 1e9, -1e9]),
    st.floats(-1e9, 1e9),
)
RATES = st.integers(1, 500).map(lambda number: number / 1000)
# Most are narrow, so that there is time for many lessons; nine are more than the sheet writes out term by term.
WIDTHS = [1, 2, 3, 2, 1, 2, 1, 2, 3, 1, 2, 9]
EXTREME_RATES = st.sampled_from([1e-9, 1.0, 2.0, 10.0, 100.0, 1e3, 1e6, 1e9, 1e12])


class Plan(NamedTuple):
    """What all runs of a lesson have in common."""

    inputs: int
    outputs: int
    examples: int
    held_back: int
    epochs: int
    numbers: st.SearchStrategy[float]
    rates: st.SearchStrategy[float]
    losses: tuple[str, ...]
    entry: str


@st.composite
def lesson_texts(draw: Draw, *, tame: bool = False, one_file: bool = False, entry: str = "") -> str:
    """Draw the text of a lesson.

    `tame` leaves out extreme numbers and what is refused, `one_file` whatever would lie beside the lesson. `entry` is an
    activation, a loss, an optimizer or a schedule that it shall have.
    """
    plan = _plan(draw, tame, entry)
    lesson: Table = {"title": draw(lines(60))}
    _maybe(draw, lesson, introduction=paragraphs(), author=lines(), institution=lines(), licence=lines())
    if not one_file and _rarely(draw):
        lesson["logo"] = draw(file_names((".png", ".jpg", ".jpeg")))
        _maybe(draw, lesson, logo_text=lines())
    data, beside = _data(draw, plan, one_file)
    file = data.get("file", "")
    network, training = _network(draw, plan), _training(draw, plan)
    lesson |= {"network": network, "data": data, "training": training}
    if draw(st.booleans()):
        lesson["runs"] = _runs(draw, plan, network, training)
    else:
        training["learning_rates"] = [*dict.fromkeys(draw(st.lists(plan.rates, min_size=1, max_size=2)))]
    if names := _names_to_freeze(plan, network, lesson.get("runs", ())):
        for table in (training, *lesson.get("runs", ())):
            if _rarely(draw):
                table["frozen"] = draw(st.lists(st.sampled_from(names), max_size=3))
    if _rarely(draw):
        keys = ("question", "prediction", "knob")
        lesson["try"] = draw(st.lists(st.fixed_dictionaries({key: words(60) for key in keys}), max_size=3))
    if _rarely(draw):
        lesson["corrections"] = {}
        _maybe(draw, lesson["corrections"], source=words(40), notes=st.lists(words(60), max_size=3))
    if not tame and draw(st.sampled_from([False] * 19 + [True])):
        _spoil(draw, lesson)
    remarks = draw(st.lists(words(60), max_size=1))
    text = "".join(f"# {remark}\n" for remark in remarks) + toml_text(lesson) + "\n" * draw(st.integers(0, 1))
    return with_file(text, file, beside) if beside else text


def _names_to_freeze(plan: Plan, network: Table, runs: Sequence[Table]) -> list[str]:
    """Return the names of weights that all networks of a lesson have, but for a last one, so that something is trained."""
    counts = []
    for layers in (table["layers"] for table in (network, *runs) if "layers" in table):
        sizes = [plan.inputs, *(layer["units"] for layer in layers)]
        counts.append(sum(sources * units for sources, units in pairwise(sizes)))
    return [f"w{number}" for number in range(1, min(counts))]


# -------------------------------------------------------------------------------------------------- small helpers


def _maybe(draw: Draw, table: Table, **strategies: st.SearchStrategy[Any]) -> None:
    """Put some of these keys into a table."""
    table |= {key: draw(strategy) for key, strategy in strategies.items() if draw(st.booleans())}


def _rarely(draw: Draw) -> bool:
    return bool(draw(st.sampled_from([False] * 4 + [True])))


def _one_of(draw: Draw, items: Sequence[T]) -> T:
    chosen: T = draw(st.sampled_from(items))
    return chosen


def _plan(draw: Draw, tame: bool, entry: str) -> Plan:
    extreme = not tame and _one_of(draw, [False] * 3 + [True])
    examples = _one_of(draw, [1, 1, 2, 3, 4])
    return Plan(
        inputs=_one_of(draw, WIDTHS),
        outputs=_one_of(draw, [1, 2, 3]),
        examples=examples,
        held_back=draw(st.integers(0, examples - 1)) if _rarely(draw) else 0,
        epochs=_one_of(draw, [1, 0, 2, 3, 4, 2, 3, 2, 12]),
        numbers=st.one_of(EVERYDAY, EVERYDAY, EXTREME) if extreme else EVERYDAY,
        rates=st.one_of(RATES, EXTREME_RATES) if extreme else RATES,
        losses=_with_like_targets(
            draw(st.lists(st.sampled_from(_losses_with(entry)), min_size=1, max_size=2, unique=True))
        ),
        entry=entry,
    )


def _with_like_targets(losses: Sequence[str]) -> tuple[str, ...]:
    """Return the losses, or the first alone where no targets would do for all of them."""
    kinds = {LOSSES[loss].targets for loss in losses} - {Targets.ANY}
    return tuple(losses[:1] if Targets.SIGNS in kinds and len(kinds) > 1 else losses)


def _losses_with(entry: str) -> list[str]:
    """Return the losses with which a lesson can have an entry of any kind."""
    if entry in LOSSES:
        return [entry]
    if entry in (*ACTIVATIONS, Softmax.name):
        return [name for name, loss in LOSSES.items() if _goes_with(loss, entry)]
    return [*LOSSES]


def _with_parameters(draw: Draw, name: str, registry: Mapping[str, Activation] | Mapping[str, Loss]) -> Any:
    """Return an entry as a lesson names it: alone, or in a table with some of its parameters."""
    parameters = registry[name].parameters if name in registry else ()
    if not (parameters and draw(st.booleans())):
        return name
    told: Table = {"name": name}
    _maybe(draw, told, **{parameter.name: _setting(parameter) for parameter in parameters})
    return told


def _name(told: Any) -> str:
    """Return the name of an entry that a lesson names, alone or in a table."""
    name: str = told["name"] if isinstance(told, dict) else told
    return name


def _entry(draw: Draw, plan: Plan, registry: Mapping[str, object]) -> str:
    """Draw the name of an entry; where the plan names one of this kind, it is that."""
    return plan.entry if plan.entry in registry else _one_of(draw, [*registry])


# ------------------------------------------------------------------------------------------------------ the network


def _network(draw: Draw, plan: Plan) -> Table:
    loss = LOSSES[plan.losses[0]]
    network: Table = {"loss": _with_parameters(draw, loss.name, LOSSES), "layers": _layers(draw, plan, loss)}
    _maybe(draw, network, backward=st.sampled_from(_backward(network["layers"], loss)), input_gradients=st.booleans())
    if _is_drawn(network["layers"]) or _rarely(draw):
        network["seed"] = draw(st.integers(0, 99))
    return network


def _layers(draw: Draw, plan: Plan, loss: Loss) -> list[Table]:
    hidden = draw(st.lists(st.sampled_from(WIDTHS), max_size=2))
    sizes = [plan.inputs, *hidden, plan.outputs]
    layers = []
    for layer in range(1, len(sizes)):
        activation = _entry(draw, plan, ACTIVATIONS)
        if layer == len(sizes) - 1:
            activation = _of_outputs(draw, plan, loss, activation)
        layers.append(_layer(draw, plan, sizes[layer - 1], sizes[layer], activation))
        if layer < len(sizes) - 1 and _rarely(draw):  # so something is trained
            layers[-1]["train_weights"] = False
    return layers


def _of_outputs(draw: Draw, plan: Plan, loss: Loss, activation: str) -> str:
    """Return the activation of the outputs, one that goes with the loss."""
    if loss.pairs_with:
        return loss.pairs_with
    if plan.entry == Softmax.name or (plan.entry not in ACTIVATIONS and _rarely(draw)):
        return Softmax.name
    return activation if _goes_with(loss, activation) else _one_of(draw, loss.activations)


def _layer(draw: Draw, plan: Plan, sources: int, units: int, activation: str) -> Table:
    named = _with_parameters(draw, activation, ACTIVATIONS)
    layer: Table = {"units": units, "activation": named, "weights": _weights(draw, plan, sources, units)}
    bias = _one_of(draw, [None, NO_BIAS, BIAS_A_UNIT, BIAS_A_LAYER, "only the biases"])
    if bias not in (None, "only the biases"):
        layer["bias"] = bias
    if bias == "only the biases" or (bias not in (None, NO_BIAS) and draw(st.booleans())):
        count = 1 if bias == BIAS_A_LAYER else units
        biases = _row(draw, plan, count)
        layer["biases"] = biases[0] if bias == BIAS_A_LAYER and draw(st.booleans()) else biases
    if bias not in (None, NO_BIAS):
        _maybe(draw, layer, train_biases=st.booleans())
    return layer


def _weights(draw: Draw, plan: Plan, sources: int, units: int) -> Any:
    kind = _one_of(draw, ["typed", "typed", "typed", XAVIER, HE, "described"])
    if kind == "typed":
        return [_row(draw, plan, sources) for _ in range(units)]
    if kind != "described":
        return kind
    low, size = draw(EVERYDAY), draw(RATES)
    described = [
        {"draw": UNIFORM, "low": low, "high": low + size},
        {"draw": NORMAL, "mean": low, "deviation": size},
        {"draw": XAVIER},
    ]
    return _one_of(draw, described)


def _row(draw: Draw, plan: Plan, count: int) -> list[float]:
    return list(draw(st.lists(plan.numbers, min_size=count, max_size=count)))


def _is_drawn(layers: Sequence[Table]) -> bool:
    return any(not isinstance(layer["weights"], list) for layer in layers)


def _backward(layers: Sequence[Table], loss: Loss) -> list[str]:
    """Return the ways in which the backward pass of a network can be shown."""
    paths = math.prod(layer["units"] for layer in layers)
    if layers[-1]["activation"] == Softmax.name and not loss.pairs_with:
        paths *= layers[-1]["units"]
    return ["chain", "expanded"] if paths <= MAX_EXPANDED_PATHS else ["chain"]


# ------------------------------------------------------------------------------------------------------- the training


def _training(draw: Draw, plan: Plan) -> Table:
    training: Table = {"optimizer": _entry(draw, plan, OPTIMIZERS)}
    if plan.entry in SCHEDULES or draw(st.booleans()):
        training["schedule"] = _entry(draw, plan, SCHEDULES)
    training |= _way(draw, plan, training["optimizer"], training.get("schedule", "constant"), must_drop=True)
    training["epochs"] = plan.epochs
    batches: list[Any] = ["all", *range(1, plan.examples - plan.held_back + 1)]
    _maybe(draw, training, gradients=st.sampled_from(["mean", "sum"]), batch=st.sampled_from(batches))
    return training


def _way(draw: Draw, plan: Plan, optimizer: str, schedule: str, *, must_drop: bool) -> Table:
    """Return settings of an optimizer and of a schedule, some of them."""
    way: Table = {}
    settings = [*OPTIMIZERS[optimizer].settings, *SCHEDULES[schedule].settings]
    _maybe(draw, way, **{setting.name.replace(" ", "_"): _setting(setting) for setting in settings})
    if OPTIMIZERS[optimizer].has_root:
        _maybe(draw, way, epsilon_inside_root=st.booleans())
    if _rarely(draw):
        way[WEIGHT_DECAY.name.replace(" ", "_")] = draw(st.sampled_from([WEIGHT_DECAY.default, 0.05]))
        _maybe(draw, way, weight_decay_in_loss=st.booleans(), gradient_clip=st.sampled_from([0, 0.01, 1.0]))
    if SCHEDULES[schedule].drops and (must_drop or draw(st.booleans())):
        epochs = st.integers(1, max(plan.epochs, 1))
        way["drop_at"] = sorted(draw(st.lists(epochs, min_size=1, max_size=2, unique=True)))
    return way


def _setting(setting: Hyperparameter) -> st.SearchStrategy[float]:
    """Return numbers between the bounds of a setting: mostly near what it is by default, seldom a bound."""
    low, high = max(setting.low, 0.5 * setting.default), min(setting.high, max(1.5 * setting.default, 0.1))
    near = st.integers(0, 100).map(lambda part: float(f"{low + (high - low) * part / 100:.9g}"))
    return st.one_of(st.just(setting.default), near, near, st.just(setting.low))


# ------------------------------------------------------------------------------------------------------------ the runs


def _runs(draw: Draw, plan: Plan, network: Table, training: Table) -> list[Table]:
    names = distinct(draw(st.lists(names_of_runs(), min_size=1, max_size=_one_of(draw, [1, 2, 2, 3]))))
    if draw(st.booleans()):
        training["learning_rate"] = draw(plan.rates)
    runs = [_run(draw, plan, name, network, training) for name in names]
    # what every run says for itself, the lesson need not say
    for table, key in ((network, "layers"), (network, "loss"), (training, "optimizer")):
        if all(key in run for run in runs) and draw(st.booleans()):
            _leave_out(table, key, runs)
    return runs


def _leave_out(table: Table, key: str, runs: Sequence[Table]) -> None:
    """Take a key out of the table that runs share, and with an optimizer its settings."""
    if key == "layers" and any("activation" in run for run in runs):
        return
    if key == "optimizer":
        of_optimizer = [setting.name for setting in OPTIMIZERS[table[key]].settings] + ["epsilon_inside_root"]
        for name in of_optimizer:
            table.pop(name.replace(" ", "_"), None)
    del table[key]


def _run(draw: Draw, plan: Plan, name: str, network: Table, training: Table) -> Table:
    run: Table = {"name": name}
    if "learning_rate" not in training or draw(st.booleans()):
        run["learning_rate"] = draw(plan.rates)
    layers = network["layers"]
    if _rarely(draw):
        run["loss"] = _with_parameters(draw, _one_of(draw, plan.losses), LOSSES)
        layers = run["layers"] = _layers(draw, plan, LOSSES[_name(run["loss"])])
    elif _rarely(draw):
        run["loss"] = _one_of(
            draw, [loss for loss in plan.losses if _goes_with(LOSSES[loss], _name(layers[-1]["activation"]))]
        )
    elif len(layers) > 1 and _rarely(draw):
        run["activation"] = _with_parameters(draw, _entry(draw, plan, ACTIVATIONS), ACTIVATIONS)
    ways = _backward(layers, LOSSES[_name(run.get("loss", network["loss"]))])
    if (network.get("backward") == "expanded" and len(ways) == 1) or _rarely(draw):
        run["backward"] = _one_of(draw, ways)
    if _is_drawn(layers) and ("seed" not in network or _rarely(draw)):
        run["seed"] = draw(st.integers(0, 99))
    if _rarely(draw):
        run["input_gradients"] = draw(st.booleans())
    if draw(st.booleans()):
        run["optimizer"] = _entry(draw, plan, OPTIMIZERS)
    if _rarely(draw):
        run["schedule"] = _entry(draw, plan, SCHEDULES)
    inherited = training.get("schedule", "constant")
    schedule = run.get("schedule", inherited)
    return run | _way(
        draw, plan, run.get("optimizer", training["optimizer"]), schedule, must_drop=schedule != inherited
    )


def _goes_with(loss: Loss, activation: str) -> bool:
    if loss.pairs_with:
        return loss.pairs_with == activation
    return not loss.activations or activation in loss.activations


# ------------------------------------------------------------------------------------------------------------ the data


def _data(draw: Draw, plan: Plan, one_file: bool) -> tuple[Table, str]:
    """Return the table of the data, and the text of the file that it names, if any."""
    inputs = [_row(draw, plan, plan.inputs) for _ in range(plan.examples)]
    targets = draw(st.lists(_targets(plan), min_size=plan.examples, max_size=plan.examples))
    data: Table = {"inputs": inputs, "targets": targets}
    if plan.examples == 1 and draw(st.booleans()):
        data = {"inputs": inputs[0], "targets": targets[0]}
    beside = ""
    if not one_file and _rarely(draw):
        data, beside = _in_a_file(draw, plan, inputs, targets)
    if plan.held_back or _rarely(draw):
        data["held_back"] = plan.held_back
    if plan.examples - plan.held_back > 1 and _rarely(draw):
        data["scale"] = _one_of(draw, SCALES)
    if _rarely(draw):
        data["input_names"] = distinct(draw(st.lists(lines(60), min_size=plan.inputs, max_size=plan.inputs)))
    return data, beside


def _targets(plan: Plan) -> st.SearchStrategy[list[float]]:
    """Return rows of targets that every loss of the plan can be computed for."""
    kinds = {LOSSES[loss].targets for loss in plan.losses}
    if Targets.SIGNS in kinds:
        return st.lists(st.sampled_from([-1, 1]), min_size=plan.outputs, max_size=plan.outputs)
    classes = st.integers(0, plan.outputs - 1).map(lambda one: [float(unit == one) for unit in range(plan.outputs)])
    if Targets.SHARES_OF_1 in kinds:
        shared = st.integers(1, 9).map(
            lambda tenth: [tenth / 10, *[(1 - tenth / 10) / max(plan.outputs - 1, 1)] * (plan.outputs - 1)]
        )
        return st.one_of(classes, shared) if plan.outputs > 1 else classes
    numbers = st.integers(0, 100).map(lambda part: part / 100)
    between = st.lists(st.one_of(st.integers(0, 1), numbers), min_size=plan.outputs, max_size=plan.outputs)
    anywhere = st.lists(plan.numbers, min_size=plan.outputs, max_size=plan.outputs)
    return st.one_of(classes, between, between if Targets.BETWEEN_0_AND_1 in kinds else anywhere)


def _in_a_file(draw: Draw, plan: Plan, inputs: list[list[float]], targets: list[list[float]]) -> tuple[Table, str]:
    """Return the examples in a file: targets as columns of numbers, or as classes where these can be told."""
    count = plan.inputs + plan.outputs
    titles = distinct(draw(st.lists(lines(20), min_size=count, max_size=count)))
    name = draw(file_names((".csv",)))
    labels = distinct(draw(st.lists(lines(12), min_size=plan.outputs, max_size=plan.outputs)))
    signs = any(LOSSES[loss].targets is Targets.SIGNS for loss in plan.losses)
    if plan.outputs > 1 and plan.examples >= plan.outputs and not signs and draw(st.booleans()):
        chosen = draw(st.permutations([*labels, *(labels[0] for _ in range(plan.examples - plan.outputs))]))
        header, rows = titles[: plan.inputs + 1], [[*row, label] for row, label in zip(inputs, chosen, strict=True)]
        data: Table = {"file": name, "class_column": header[-1]}
    else:
        header, rows = titles, [[*row, *target] for row, target in zip(inputs, targets, strict=True)]
        data = {"file": name, "target_columns": header[plan.inputs :]}
    order = draw(st.permutations(range(len(header))))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([[row[place] for place in order] for row in [header, *rows]])
    return data, text.getvalue()


# ------------------------------------------------------------------------------------------------- what is not right


def _spoil(draw: Draw, lesson: Table) -> None:
    """Make one thing of a lesson wrong: a key that is missing or misspelt, or what it says."""
    table = lesson
    while isinstance(below := table[key := _one_of(draw, [*table])], dict | list):
        if isinstance(below, list):
            below = _one_of(draw, below) if below else None
        if not isinstance(below, dict) or not below:
            break
        table = below
    wrong = draw(
        st.sampled_from([None, "misspelt", -1, 0, 1e300, math.inf, math.nan, "", "no such", [], [[]], {}, True])
    )
    if wrong == "misspelt":
        table[f"{key}s"] = table[key]
    if wrong is None or wrong == "misspelt":
        del table[key]
    else:
        table[key] = wrong
