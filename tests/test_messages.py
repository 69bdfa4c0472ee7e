"""Messages know the mathematics: a name of the field leads to the formula that it means, a list to the one that was meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bad_input.natural import MISTAKES
from tests.test_lesson import GOOD, SEVERAL, problems
from xlbackprop.errors import InputError
from xlbackprop.lesson.draws import DRAWS
from xlbackprop.lesson.lesson import SCALES
from xlbackprop.lesson.network_section import BACKWARD, ROWS
from xlbackprop.lesson.toml.meanings import cure_of_choice, cure_of_key, meant_key, plain
from xlbackprop.lesson.toml.other_names import KEYS, KEYS_NOT_HERE, MEANINGS
from xlbackprop.lesson.toml.places import line_numbers
from xlbackprop.lesson.toml.table_reader import TableReader
from xlbackprop.network import ACTIVATIONS, BIASES, JOINT_ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES
from xlbackprop.sheets import read_lesson

pytestmark = pytest.mark.installed

HIDDEN = '[[network.layers]]\nunits = 2\nactivation = "sigmoid"\nweights = [[0.3, 0.5], [-0.2, 0.7]]\n'
OUTPUT = 'units = 1\nactivation = "sigmoid"\nweights = [[0.1, -0.6]]'
LESSONS = {
    "GOOD": GOOD,
    "SEVERAL": SEVERAL,
    "SOFTMAX": GOOD.replace("half squared error", "categorical cross-entropy")
    .replace(OUTPUT, 'units = 2\nactivation = "softmax"\nweights = [[0.1, -0.6], [0.3, 0.2]]')
    .replace("targets = [0.01]", "targets = [0, 1]"),
    "WIDE": GOOD.replace("inputs = [0.05, 0.10]", "inputs = [0.5, 1, 1.5]")
    .replace("units = 2", "units = 4")
    .replace("[[0.3, 0.5], [-0.2, 0.7]]", "[[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]")
    .replace("[[0.1, -0.6]]", "[[0.1, 0.2, 0.3, 0.4]]"),
    "LINE": GOOD.replace(HIDDEN, "")
    .replace("[[0.1, -0.6]]", "[[1]]")
    .replace("inputs = [0.05, 0.10]", "inputs = [[14], [86], [28]]")
    .replace("targets = [0.01]", "targets = [[58], [202], [86]]"),
}  # fmt: skip
KNOWN = {
    "loss": [*LOSSES],
    "activation": [*ACTIVATIONS, *JOINT_ACTIVATIONS],
    "optimizer": [*OPTIMIZERS],
    "schedule": [*SCHEDULES],
    "draw": [*DRAWS],
    "kind of bias": [*BIASES],
    "way to join gradients": ["mean", "sum"],
    "backward pass": [*BACKWARD],
    "kind of row": [*ROWS],
    "way to scale": [*SCALES],
}


@pytest.mark.parametrize("name", LESSONS)
def test_the_lessons_without_their_mistakes_are_sound(name: str) -> None:
    assert read_lesson(LESSONS[name], "good.toml").title in ("Small", "Several")


@pytest.mark.parametrize(
    ("name", "right", "wrong", "told"), MISTAKES, ids=[f"{index}" for index in range(len(MISTAKES))]
)
def test_a_natural_mistake_is_told_with_what_was_meant(name: str, right: str, wrong: str, told: str) -> None:
    assert right in LESSONS[name]
    found = problems(LESSONS[name].replace(right, wrong, 1))
    assert [re.sub("Known here: .*", "Known here: …", problem) for problem in found] == told.split("\n")


# ----------------------------------------------------------------------------------------------- names of the field


def test_every_kind_of_choice_has_its_names() -> None:
    assert {*MEANINGS} == {*KNOWN}


def test_a_name_that_is_not_here_is_not_taken_for_another_formula() -> None:
    assert cure_of_choice("activation", "ELU", ["ReLU"]) == "It is not here. Known here: ReLU."
    assert cure_of_choice("activation", "elu", ["ReLU", "ELU"]) == 'Did you mean "ELU"?'


@pytest.mark.parametrize("kind", MEANINGS)
def test_a_name_of_the_field_has_one_meaning_and_leads_to_something_that_is_here(kind: str) -> None:
    names = [plain(name) for _, others, _ in MEANINGS[kind] for name in others.split(", ")]
    assert len(names) == len({*names})
    assert not [others for here, others, remark in MEANINGS[kind] if not here and not remark]
    for here, others, _ in MEANINGS[kind]:
        meant = [name for name in here.split(", ") if name in KNOWN[kind]]
        for name in others.split(", "):
            if name in KNOWN[kind]:
                continue  # it is the name here
            cure = cure_of_choice(kind, name, KNOWN[kind])
            if meant:
                assert cure.startswith(f'Did you mean "{meant[0]}"'), name
            else:
                assert "Did you mean" not in cure, name


def test_a_key_of_another_name_has_one_meaning() -> None:
    rows = [*(f"{key}, {others}" for key, _, others in KEYS), *(others for others, _ in KEYS_NOT_HERE)]
    names = [plain(name) for row in rows for name in row.split(", ")]
    assert len(names) == len({*names})
    for key, table, others in KEYS:
        for name in others.split(", "):
            assert meant_key(name, [key]) == key
            assert f'"{key}"' in cure_of_key(name, ["else"])
            assert not table or table in cure_of_key(name, ["else"])


def test_both_cross_entropies_are_named_where_the_outputs_do_not_tell() -> None:
    tanh = GOOD.replace(OUTPUT, OUTPUT.replace("sigmoid", "tanh")).replace("half squared error", "cross-entropy")
    (told,) = problems(tanh)
    assert told.endswith(
        'Did you mean "categorical cross-entropy" or "binary cross-entropy"? '
        "The first goes with softmax outputs, the second with sigmoid outputs."
    )
    logistic = GOOD.replace(OUTPUT, OUTPUT.replace("sigmoid", "logistic")).replace("half squared error", "log loss")
    assert [told.partition("there is no ")[2] for told in problems(logistic)] == [
        'loss "log loss". Did you mean "binary cross-entropy"?',
        'activation "logistic". Did you mean "sigmoid"?',
    ]


def test_a_run_is_told_what_it_means_by_its_own_outputs() -> None:
    run = '[[runs]]\nname = "a"\nlearning_rate = 1\n'
    text = GOOD.replace("learning_rates = [0.1, 2]\n", "") + run
    assert problems(text + 'loss = "cross-entropy"\n')[0].endswith('Did you mean "binary cross-entropy"?')
    layers = 'layers = [{ units = 1, activation = "softmax", weights = [[0.1, 0.2]] }]\n'
    assert problems(text + 'loss = "cross-entropy"\n' + layers)[0].endswith('Did you mean "categorical cross-entropy"?')
    assert problems(text + "learning_rates = [1]\n")[0].endswith('Did you mean "learning_rate"?')


def test_a_loss_that_is_unknown_is_no_fault_of_the_layers_behind_it() -> None:
    text = GOOD.replace("half squared error", "focal loss").replace("learning_rates = [0.1, 2]\n", "")
    layers = 'layers = [{ units = 1, activation = "softmax", weights = [[0.1, 0.2]] }]\n'
    assert len(problems(f'{text}[[runs]]\nname = "a"\nlearning_rate = 1\n{layers}')) == 1


def test_what_cannot_be_decimal_commas_is_not_called_so() -> None:
    (told,) = problems(GOOD.replace("targets = [0.01]", "targets = [1, -5]"))
    assert told.endswith("but there are 2 numbers.")


def test_a_fraction_elsewhere_in_the_line_is_not_what_is_wrong() -> None:
    (told,) = problems(GOOD.replace("epochs = 3", "epochs = 3 rows # 1/2"))
    assert "fraction" not in told


# ----------------------------------------------------------------------------------------------------------- places


def test_a_file_of_examples_has_lines_of_its_own() -> None:
    text = GOOD.replace("inputs = [0.05, 0.10]\ntargets = [0.01]", 'file = "data.csv"\ntarget_columns = ["t"]')
    with pytest.raises(InputError) as caught:
        read_lesson(text, "bad.toml", data="t,a,b\n1,2,x\n1,2,3\n")
    assert str(caught.value.problems[0]) == 'data.csv, line 2, column "b": "x" is not a finite number.'


def test_lines_are_found_through_texts_lists_and_tables_of_tables() -> None:
    text = '''title = """
units = 3
[data]
"""
[[runs]]     # a remark
name = "a"
[[runs.layers]]
weights = [
  [0.5],
[inf]
]
[[runs.layers]]
units = 1
[[runs]]
name = "b"
[[runs.layers]]
units = 2
[data]
inputs = [1]
'''
    lines = line_numbers(text)
    assert (lines["title"], lines["runs"], lines["runs[0]"], lines["runs[0].name"]) == (1, 5, 5, 6)
    assert (lines["runs[0].layers[0].weights"], lines["runs[0].layers[1].units"]) == (8, 13)
    assert (lines["runs[1].layers[0].units"], lines["data"], lines["data.inputs"]) == (17, 18, 19)


def test_layers_and_runs_are_named_as_people_count_them() -> None:
    ragged = HIDDEN.replace("[0.3, 0.5]", "[0.3]")
    told = problems(GOOD.replace(HIDDEN, ragged * 2))
    assert [problem.partition(", weights")[0] for problem in told] == [
        "line 8, hidden layer 1",
        "line 12, hidden layer 2",
    ]
    text = SEVERAL.replace("learning_rates = [0.1, 2]", "learning_rate = 1") + "[[runs]]\nname = 3\n"
    layers = "".join(f"[[runs.layers]]\nunits = {units}\n" for units in ("true", 1))
    found = [problem.partition(":")[0] for problem in problems(text + layers)]
    assert found == [
        "line 34, run 1, name",
        "line 36, run 1, hidden layer 1, units",
        "line 35, run 1, hidden layer 1, activation",
        "line 37, run 1, output layer, activation",
        "line 35, run 1, hidden layer 1, weights",
        "line 37, run 1, output layer, weights",
    ]


def test_all_mistakes_are_still_told_at_once() -> None:
    text = GOOD.replace("half squared error", "log loss").replace("[0.1, 2]", "[0,1, 2,0]").replace("0.01", '"a"')
    assert len(problems(text)) == 3
    assert len(problems(text.replace("[[0.1, -0.6]]", "[0.1, -0.6]"))) == 4


# ------------------------------------------------------------------------------------------------- what the docs say

DOCS = Path(__file__).parents[1] / "docs" / "lessons.md"
SECTIONS = {"": "", "network": "[network]", "network.layers": "[[network.layers]]", "data": "[data]", "training": "[training]"}  # fmt: skip


def documented() -> dict[str, dict[str, str]]:
    """Return, by section and key, whether it is needed, as the table in the docs says: {"[data]": {"file": "yes, …"}}."""
    table = DOCS.read_text(encoding="utf-8").partition("## Every key")[2].partition("\n## ")[0]
    found: dict[str, dict[str, str]] = {"": {}}
    section = ""
    for line in table.split("\n"):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header := re.fullmatch(r"\*\*`(.+)`\*\*", cells[0]):
            section = header[1]
            found[section] = {}
        elif len(cells) > 1:
            found[section] |= dict.fromkeys(re.findall(r"`([a-z_]+)`", cells[0]), cells[1])
    return found


@pytest.mark.checkout
def test_every_key_stands_in_the_docs(monkeypatch: pytest.MonkeyPatch) -> None:
    read: dict[str, set[str]] = {}
    judge = TableReader.complain_of_unknown_keys

    def noted(table: TableReader, *words: dict[str, str]) -> None:
        read.setdefault(re.sub(r"\[\d+\]", "", table._path), set()).update(table._read)
        judge(table, *words)

    monkeypatch.setattr(TableReader, "complain_of_unknown_keys", noted)
    for text in (GOOD, SEVERAL):
        read_lesson(text, "good.toml")
    from_file = GOOD.replace("inputs = [0.05, 0.10]\ntargets = [0.01]", 'file = "p.csv"\ntarget_columns = ["t"]')
    read_lesson(from_file, "good.toml", data="t,a,b\n1,2,3\n0,2,3\n")
    settings = {setting.name.replace(" ", "_") for entry in (*OPTIMIZERS.values(), *SCHEDULES.values()) for setting in entry.settings}  # fmt: skip
    settings |= {"epsilon_inside_root", "drop_at"}
    tables = {"network", "data", "names", "training", "layers", "runs", "show", "exercise", "try", "corrections"}
    for path, section in SECTIONS.items():
        # those of an optimizer or a schedule, `parts` lists
        assert read[path] - settings - tables <= {*documented()[section]}, section


@pytest.mark.checkout
def test_the_docs_say_which_keys_are_needed() -> None:
    whole = SEVERAL.replace("low = -0.5, high = 0.5", "low = 0, high = 1")
    for section, keys in documented().items():
        for key, needed in keys.items():
            begin = whole.index(section) if section else 0
            lines = whole[begin:].split("\n")
            place = next((n for n, line in enumerate(lines) if line.startswith(f"{key} =")), None)
            if place is None or key in ("bias", "biases"):  # one of both is there for the other
                continue
            text = whole[:begin] + "\n".join(lines[:place] + lines[place + 1 :])
            text = re.sub("drop_factor.*\ndrop_at.*\n", "", text) if key == "schedule" else text
            text = re.sub("momentum = .*\n", "", text) if key == "optimizer" else text
            if needed == "no":
                assert read_lesson(text, "less.toml")
            else:
                assert any("is missing" in problem for problem in problems(text)), key
