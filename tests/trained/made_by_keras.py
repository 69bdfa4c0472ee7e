"""Train two small networks in Keras and print their numbers as JSON, for `made_by_keras.json` beside this file.

    pip install keras jax
    JAX_ENABLE_X64=1 KERAS_BACKEND=jax python tests/trained/made_by_keras.py > tests/trained/made_by_keras.json

It is no part of the tests, as `made_by_pytorch` is none. Each network is trained from fixed weights; then its outputs
are noted, and the weights and biases after two further steps of each optimizer. Keras computes parts of it in single
precision though it is told to compute in double, so its numbers hold to about seven digits.
"""

from __future__ import annotations

import json
from typing import Any

import keras
import numpy as np
from keras import layers

keras.config.set_floatx("float64")

STEPS = 2
OPTIMIZERS = {
    "SGD": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "Nesterov": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "Adam": lambda: keras.optimizers.Adam(0.01, epsilon=0.001),  # so large that one sees where it stands
}


def waves(rows: int, columns: int, shift: float) -> np.ndarray:
    """Return numbers between −1 and 1 that need no chance."""
    return np.sin(np.arange(rows * columns) * 1.7 + shift).reshape(rows, columns)


def numbers_of(model: Any) -> list[Any]:
    return [[array.tolist() for array in layer.get_weights()] for layer in model.layers]


def step(model: Any, optimizer: Any, loss: str, X: np.ndarray, y: np.ndarray, steps: int) -> None:
    model.compile(optimizer, loss)
    for _ in range(steps):
        model.train_on_batch(X, y)


def told(model: Any, loss: str, X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    shapes = [array.shape for array in model.get_weights()]
    model.set_weights([waves(1, int(np.prod(shape)), place).reshape(shape) for place, shape in enumerate(shapes)])
    step(model, keras.optimizers.SGD(0.1), loss, X, y, 50)
    trained = model.get_weights()
    found = {
        "X": X.tolist(),
        "y": y.tolist(),
        "layers": numbers_of(model),
        "outputs": model.predict_on_batch(X).tolist(),
    }
    for name, optimizer in OPTIMIZERS.items():
        model.set_weights(trained)
        step(model, optimizer(), loss, X, y, STEPS)
        found[name] = numbers_of(model)
    return found


if __name__ == "__main__":
    classifier = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1, "sigmoid")])
    regressor = keras.Sequential([keras.Input((2,)), layers.Dense(5, "relu"), layers.Dense(2, use_bias=False)])
    found = {
        "Keras": keras.__version__,
        "classifier": told(classifier, "binary_crossentropy", waves(6, 3, 0.3), np.array([[0.0], [1.0]] * 3)),
        "regressor": told(regressor, "mean_squared_error", waves(7, 2, 0.8), waves(7, 2, 2.1)),
    }
    print("{", ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()), "}", sep="\n")
