"""The headings that people give to the columns of a table, read as quantities: A_H1, act(h1), out_h1 are all out_h1.

A heading is brought to a key ("out h1", "∂ w3", "rate"); the keys of a network's own names tell which quantity it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from xlbackprop.network import (
    Bias,
    Epoch,
    Gradient,
    Input,
    LearningRate,
    NetInput,
    Output,
    Quantity,
    Recipe,
    Target,
    TotalLoss,
    UnitLoss,
    Weight,
)

RATE, EPOCH = "rate", "epoch"
LONGEST = 40  # characters; what is longer is a sentence, and no heading

# Letters that stand for another: those that look like ∂ (Cyrillic schwa, delta, eth), σ for an activation, and η.
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys("əәδƌðð∆∇", "∂"),
        **dict.fromkeys("σςφϕƒ", "a"),
        **dict.fromkeys("ηƞͷἠἡἢ", "η"),
        "∑": "σσ",
        "′": "'",
    }
)
_SUM_SIGN = re.compile("[∑Σ]")
_SEPARATORS = re.compile(r"[^a-z0-9∂ηα/.#+'*]+")
_REMARK = re.compile(r"\((?:[^()\d]{2,}|\s*-?\d*[.,]\d+\s*)\)")  # w1 (0.15), i1 (input)
_STEP = re.compile(r"(?:δ|∆|delta)[\s_]*w[\s_]*\d+$")  # Δw1 is a step, η·∂E/∂w1, or it is ∂E/∂w1
_DERIVATIVE = r"(?:∂|partial|delta|d|gradient|grad|derivative|deriv)"
_LOSS = r"(?:e|err|erro|error|errors|loss|l|j|c|cost|mse)"
_TOTAL = r"(?:total|totl|ttl|tot|t|sum|all)"
_BEFORE_WEIGHT = re.compile(rf"(?:{_DERIVATIVE}|{_LOSS}|{_TOTAL}|of|wrt|by|the|/|\.)*")
_OF_ONE_LOSS = re.compile(rf"{_DERIVATIVE}{_LOSS}(\d+)/?{_DERIVATIVE}")  # of ∂E1/∂w5
_WEIGHT = re.compile(r"(?P<before>.*?)(?P<letter>w|weights?|b|bias)\.?(?P<number>\d+)(?P<after>[a-z∂']*)")
_UNIT = re.compile(
    r"(?P<before>[a-z.]*?)(?P<core>hiddenlayer|hidden|h|outputs?|out|o|0)\.?(?P<number>\d+(?:\.\d+)?)(?P<after>[a-z.]*)"
)
_NET = {"net", "in", "input", "z", "sum", "s", "total", "pre", "preactivation", "weightedsum", "netinput", "netin"}
_OUT = {
    *("out", "output", "a", "act", "activation", "activated", "sig", "sigmoid", "sigm", "f", "g", "outof", "o"),
    *("actout", "activate", "acti", "afteractivation", "outout", "aout", "sigmoidof", "logistic", "y"),
}
_NUMBERED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("t", re.compile(r"(?:t|target|targets|tgt|trg|y|ytrue|true|expected|desired|actual|targeto|to|label)\.?(\d+)")),
    ("i", re.compile(r"(?:i|x|input|inputs|inp|in|feature)\.?(\d+)")),
    ("E", re.compile(rf"{_LOSS}{_TOTAL}?(?:o|0|out|output)?\.?(\d+)(?:{_TOTAL}|error|loss)?")),
)
_TOTAL_LOSS = re.compile(
    rf"{_LOSS}{_TOTAL}{_LOSS}?|(?:e|err|errors?|loss|cost|mse|l|j)|{_TOTAL}{_LOSS}{_TOTAL}?|total|tot|(?:sum|σσ){_LOSS}"
)
_EPOCH = re.compile(
    r"epochs?|iterations?|iter|itr|steps?|#|sno|srno|slno|no|n|index|rounds?|updates?|(?:epoch|iteration|step)(?:no|number|#)"
)
_RATE_WORD = re.compile(r"\b(?:lr|l\.r\.?|η|alpha|learning[\s_-]*rate)\s*$")
_RATE = re.compile(r"η|eta|lr|learningrate|learningrateη|learningratelr|rate|alpha|α|learningrateeta|learnrate|l\.r")


@lru_cache(maxsize=8192)
def key_of(heading: str) -> str:
    """Return the key of a heading: "out h1" for "A_H1", "∂ w3" for "dE/dw3"; "" where it is none."""
    text = _SUM_SIGN.sub("sum", heading.strip())
    text = unicodedata.normalize("NFKC", text).casefold()
    if _STEP.match(text):
        return ""
    text = text.translate(_LOOK_ALIKES)
    text = _REMARK.sub("", text.partition("=")[0]).strip()
    if not text or len(text) > LONGEST:
        return ""
    text = _SEPARATORS.sub("", re.sub(r"(?<=\d)[\s_,.-]+(?=\d)", ".", text)).strip("./*")
    for reader in (_rate_or_epoch, _of_parameter, _numbered, _of_unit):
        if key := reader(text):
            return key
    return "E_Total" if _TOTAL_LOSS.fullmatch(text) else ""


def _rate_or_epoch(text: str) -> str:
    if _RATE.fullmatch(text):
        return RATE
    return EPOCH if _EPOCH.fullmatch(text) else ""


def _of_parameter(text: str) -> str:
    match = _WEIGHT.fullmatch(text)
    if match is None:
        return ""
    before, after, number = match["before"], match["after"], int(match["number"])
    name = f"{match['letter'][0]}{number}"
    if not after and before in ("", "weight", "bias"):
        return name
    of_one = _OF_ONE_LOSS.fullmatch(before)
    if of_one is not None and not after:
        return f"∂{of_one[1]} {name}"
    is_derivative = bool(re.search(_DERIVATIVE, before) or before.startswith("e"))
    if is_derivative and _BEFORE_WEIGHT.fullmatch(before) and not after:
        return f"∂ {name}"
    if not before and re.fullmatch(rf"{_DERIVATIVE}(?:ient)?s?", after):
        return f"∂ {name}"
    return ""


def _numbered(text: str) -> str:
    for letter, pattern in _NUMBERED:
        if match := pattern.fullmatch(text):
            return f"{letter}{int(match[1])}"
    return ""


def _of_unit(text: str) -> str:
    match = _UNIT.fullmatch(text)
    if match is None:
        return ""
    before, core, after = match["before"].strip("."), match["core"], match["after"].strip(".")
    if "∂" in text or "/" in text:
        return ""
    unit = ("h" if core[0] == "h" else "o") + match["number"].lstrip("0").replace(".", "_")
    if core in ("out", "output", "outputs") and not before:
        before = "out"  # "output1" is what the unit puts out
    words = {word for word in (before, after) if word}
    if not words:
        return f"net {unit}"
    if words <= _OUT:
        return f"out {unit}"
    return f"net {unit}" if words <= _NET else ""


@lru_cache(maxsize=64)
def quantities_by_key(recipe: Recipe) -> Mapping[str, Quantity]:
    """Return the quantities of a network by the keys of their headings."""
    naming = recipe.naming
    found: dict[str, Quantity] = {RATE: LearningRate(), EPOCH: Epoch(), "E_Total": TotalLoss()}

    def add(*quantities: Quantity) -> None:
        found.update((_own_key(recipe, quantity), quantity) for quantity in quantities)

    add(*naming.inputs(), *naming.targets(), *naming.parameters())
    add(*(Gradient(parameter) for parameter in naming.parameters()))
    for layer in naming.layers():
        for unit in naming.units(layer):
            add(NetInput(layer, unit), Output(layer, unit))
    add(*(UnitLoss(unit) for unit in naming.units(naming.depth)))
    for weight in naming.weights(naming.depth):  # ∂E1/∂w5 is ∂E/∂w5: no other loss depends on w5
        found[f"∂{weight.unit + 1} {naming.name(weight)}"] = Gradient(weight)
    return found


def _own_key(recipe: Recipe, quantity: Quantity) -> str:
    name = recipe.naming.name
    match quantity:
        case Input() | Target() | Weight() | Bias() | UnitLoss():
            return name(quantity)
        case Gradient(Weight() | Bias() as of):
            return f"∂ {name(of)}"
        case NetInput():
            return f"net {name(quantity)}"
        case Output():
            return f"out {name(quantity).removeprefix('out_')}"
        case _:
            raise ValueError(f"{quantity} has no heading")


_NAME_AND_NUMBER = re.compile(r"(?P<name>.*?)(?P<sign>\s*[=:≈]+\s*|\s+)(?P<number>-?[0-9]*[.,]?[0-9]+)\s*")


def stated_number(text: str) -> tuple[str, float] | None:
    """Return what a text like "w4 = 0.3" or "LR: 0,5" states: the key and the number; None where it states none."""
    match = _NAME_AND_NUMBER.fullmatch(unicodedata.normalize("NFKC", text.strip()))
    if match is None:
        return None
    key = key_of(match["name"])
    if key != RATE and _RATE_WORD.search(match["name"].casefold()):
        key = RATE
    if not key or not (match["sign"].strip() or key == RATE):  # "Error 1" is a heading
        return None
    return key, float(match["number"].replace(",", "."))
