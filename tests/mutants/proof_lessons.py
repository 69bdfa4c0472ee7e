"""The few small lessons of the fast proof: together they use every entry of every registry, and every kind of column."""

from __future__ import annotations

from xlbackprop import load_lesson
from xlbackprop.lesson.lesson import Lesson
from xlbackprop.lesson.lesson_file import read_lesson
from xlbackprop.network.optimizers import OPTIMIZERS

EDITED = {"plain", "layers"}  # looked at with other numbers on Inputs, too
EDITS = {"w2": 0.35, "learning rate 1": 0.15}

LAYERS = """\
title = "Every activation, one after the other"
[network]
loss = "binary cross-entropy"
input_gradients = true
[[network.layers]]
units = 2
activation = "tanh"
weights = [[0.8, -0.7], [-0.5, 0.6]]
bias = "layer"
biases = [0.3]
[[network.layers]]
units = 1
activation = "softplus"
weights = [[0.9, -0.4]]
biases = [0.2]
[[network.layers]]
units = 2
activation = "ReLU"
weights = [[0.9], [-0.8]]
[[network.layers]]
units = 1
activation = "leaky ReLU"
weights = [[-0.6, 0.3]]
biases = [0.1]
train_biases = false
[[network.layers]]
units = 1
activation = "identity"
weights = [[1.1]]
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.6], [-1.3]]
biases = [0.3, -0.4]
[data]
inputs = [[0.5, -0.8], [-0.3, 0.9], [0.7, 0.4], [0.2, 0.1], [-0.9, 0.3], [-0.6, -0.2]]
targets = [[0, 1], [1, 0], [0.3, 0.6], [1, 0], [0, 0], [1, 1]]
held_back = 1
[training]
optimizer = "Adam"
beta1 = 0.8
beta2 = 0.9
epsilon = 0.001
epsilon_inside_root = true
weight_decay = 0.05
gradient_clip = 0.03
schedule = "cosine"
lowest_rate = 0.02
batch = 2
gradients = "mean"
learning_rates = [0.1]
epochs = 3
"""

TEXTBOOKS = """\
title = "The other activations, one after the other"
[network]
loss = "squared error"
[[network.layers]]
units = 2
activation = "bipolar sigmoid"
weights = [[0.8, -0.7], [-0.5, 0.6]]
biases = [0.3, -0.2]
[[network.layers]]
units = 1
activation = { name = "scaled tanh", a = 1.5, b = 0.7 }
weights = [[0.9, -0.4]]
[[network.layers]]
units = 2
activation = { name = "ELU", alpha = 0.6 }
weights = [[0.9], [-0.8]]
[[network.layers]]
units = 1
activation = "SiLU"
weights = [[-0.6, 0.3]]
biases = [0.1]
[[network.layers]]
units = 2
activation = "GELU"
weights = [[1.1], [-0.7]]
biases = [0.4, 0.2]
[data]
inputs = [[0.5, -0.8], [-0.3, 0.9], [0.7, 0.4]]
targets = [[0, 1], [1, 0], [0.3, 0.6]]
[training]
optimizer = "gradient descent"
schedule = "exponential"
decay_rate = 0.2
batch = 1
learning_rates = [0.1]
epochs = 2
"""

OUTCOMES = """\
title = "The other losses"
[network]
loss = "hinge"
[[network.layers]]
units = 2
activation = "identity"
weights = [[0.8, -0.7], [-0.5, 0.6]]
biases = [0.3, -0.2]
[data]
inputs = [[0.5, -0.8], [-0.3, 0.9]]
targets = [[1, 1], [1, -1]]
[training]
optimizer = "gradient descent"
schedule = "1/t"
learning_rate = 0.1
epochs = 2
[[runs]]
name = "hinge"
weight_decay = 0.1
weight_decay_in_loss = true
[[runs]]
name = "absolute error"
loss = "absolute error"
[[runs]]
name = "Huber"
loss = { name = "Huber", delta = 0.7 }
[[runs]]
name = "shares"
loss = "squared error"
[[runs.layers]]
units = 2
activation = "softmax"
weights = [[0.8, -0.7], [-0.5, 0.6]]
[[runs]]
name = "step"
loss = "half squared error"
[[runs.layers]]
units = 2
activation = { name = "step", low = -1 }
weights = [[0.8, -0.7], [-0.5, 0.6]]
"""

SHARES = """\
title = "Losses of shares"
[network]
loss = "two-term log loss"
[[network.layers]]
units = 2
activation = "softmax"
weights = [[0.8, -0.7], [-0.5, 0.6]]
biases = [0.3, -0.2]
[data]
inputs = [0.5, -0.8]
targets = [0.2, 0.8]
[training]
optimizer = "gradient descent"
learning_rate = 0.1
epochs = 2
[[runs]]
name = "two terms"
[[runs]]
name = "mean of classes"
loss = "mean categorical cross-entropy"
weight_decay = 0.2
weight_decay_in_loss = true
[[runs]]
name = "mean of labels"
loss = "mean binary cross-entropy"
[[runs.layers]]
units = 2
activation = "sigmoid"
weights = [[0.8, -0.7], [-0.5, 0.6]]
"""

WIDE = """\
title = "Nine inputs, nine classes"
[network]
loss = "categorical cross-entropy"
[[network.layers]]
units = 1
activation = "tanh"
weights = [[0.5, -0.4, 0.3, 0.2, -0.6, 0.1, 0.7, -0.3, 0.45]]
[[network.layers]]
units = 1
activation = "leaky ReLU"
weights = [[0.8]]
[[network.layers]]
units = 9
activation = "softmax"
weights = [[0.5], [-0.4], [0.3], [0.2], [-0.6], [0.1], [0.7], [-0.3], [0.45]]
[data]
inputs = [[0.1, 3.0, 0.3, -0.4, 0.5, 0.6, -0.7, 0.8, 2.0], [0.9, 0.7, -0.2, 0.3, 0.1, -0.5, 0.2, 0.4, -0.1]]
targets = [[0, 0, 0, 0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0, 0]]
[training]
optimizer = "momentum"
momentum = 0.7
schedule = "step"
drop_at = [1, 2]
drop_factor = 0.5
batch = 1
learning_rates = [0.4]
epochs = 2
"""

BROAD = """\
title = "Nine hidden units, gradients added up, written out; so many weights that only some are estimated"
[network]
loss = "binary cross-entropy"
backward = "expanded"
[[network.layers]]
units = 9
activation = "tanh"
weights = [
  [0.5, 0.1], [-0.4, 0.3], [0.3, -0.2], [0.2, 0.7], [-0.6, 0.4], [0.1, 0.6], [0.7, -0.8], [-0.3, 0.2], [0.4, 0.9]
]
biases = [0.1, -0.2, 0.3, -0.1, 0.2, 0.05, -0.3, 0.15, 0.25]
[[network.layers]]
units = 1
activation = "sigmoid"
weights = [[0.4, -0.3, 0.8, 0.6, -0.5, 0.2, 0.1, -0.9, 0.55]]
bias = "layer"
biases = [2]
[data]
inputs = [[0.6, 0.3], [-0.9, 0.5]]
targets = [[1], [0]]
[training]
optimizer = "gradient descent"
batch = "all"
gradients = "sum"
learning_rates = [0.2]
epochs = 2
"""

OPTIMIZED = """\
title = "Every optimizer"
[network]
loss = "mean squared error"
backward = "chain"
[[network.layers]]
units = 2
activation = "sigmoid"
weights = [[0.8], [-0.5]]
[data]
inputs = [0.7]
targets = [0.2, 0.9]
[training]
learning_rate = 0.3
epochs = 3
"""

BY_ITSELF = """\
title = "The output itself, by the steps of the chain rule; net inputs that are 0, and some that estimates carry past it"
[network]
loss = "the output itself"
backward = "chain"
[[network.layers]]
units = 3
activation = "ReLU"
weights = [[0.4, -0.3], [0.2, 0.6], [0, 0]]
biases = [0.1, 0.1005, 0.002]
[[network.layers]]
units = 3
activation = "leaky ReLU"
weights = [[0.4, -0.3, 0.2], [0.2, 0.6, 0.5], [0, 0, 0]]
biases = [-0.2, 0.1, -0.0015]
[data]
inputs = [0.7, -0.4]
targets = [0.2, 0, 0.5]
[training]
optimizer = "gradient descent"
schedule = "step"
drop_at = [1]
learning_rates = [0.3]
epochs = 2
"""

OVERFLOW = """\
title = "Two examples, and a run that grows without end"
[network]
loss = "half squared error"
[[network.layers]]
units = 1
activation = "identity"
weights = [[1]]
[data]
inputs = [[1], [2]]
targets = [[0], [1]]
[training]
optimizer = "gradient descent"
batch = 1
learning_rates = [0.1, 1000000000]
epochs = 12
"""


def _optimized() -> str:
    """Return a run for each optimizer, and a second one where ε may stand outside the root."""
    runs = []
    for number, (name, optimizer) in enumerate(OPTIMIZERS.items()):
        settings = [f"{setting.name} = {max(0.6 * setting.default, 0.001)}" for setting in optimizer.settings]
        for inside in ("true", "false") if optimizer.has_root else ("",):
            where = [f"epsilon_inside_root = {inside}"] if inside else []
            runs.append(
                "\n".join(["[[runs]]", f'name = "{number} {inside}"', f'optimizer = "{name}"', *settings, *where])
            )
    return "\n".join([OPTIMIZED, *runs])


def proof_lessons() -> dict[str, Lesson]:
    """Return the lessons by a short name."""
    texts = {"by itself": BY_ITSELF, "optimizers": _optimized(), "layers": LAYERS, "wide": WIDE, "broad": BROAD}
    texts |= {"textbooks": TEXTBOOKS, "outcomes": OUTCOMES, "shares": SHARES}
    read = {name: read_lesson(text, name) for name, text in texts.items()}
    # the overflow last: what faults do to a workbook is asked of sound ones
    return {
        "plain": load_lesson(epochs=3, learning_rates=[0.5, 2.0]),
        **read,
        "overflow": read_lesson(OVERFLOW, "overflow"),
    }
