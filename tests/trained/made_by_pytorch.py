"""Train two small networks in PyTorch and print their numbers as JSON, for `made_by_pytorch.json` beside this file.

    pip install torch
    python tests/trained/made_by_pytorch.py > tests/trained/made_by_pytorch.json

It is no part of the tests, because PyTorch is large: `test_layers_as_lessons` compares workbooks with what it printed.
All numbers are doubles. Each network is trained from fixed weights; then its outputs are noted, and the weights and
biases after two further steps of SGD with either momentum and a weight decay of weights alone, and of Adam.
"""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import torch
from torch import nn

torch.set_default_dtype(torch.float64)

STEPS = 2
CLASSIFIER = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3))  # its loss has the softmax in it
REGRESSOR = nn.Sequential(nn.Linear(2, 5), nn.LeakyReLU(0.2), nn.Linear(5, 3), nn.Sigmoid(), nn.Linear(3, 2))


def waves(rows: int, columns: int, shift: float) -> torch.Tensor:
    """Return numbers between −1 and 1 that need no chance."""
    return torch.sin(torch.arange(rows * columns) * 1.7 + shift).reshape(rows, columns)


def linear_layers(model: nn.Sequential) -> list[nn.Linear]:
    return [layer for layer in model if isinstance(layer, nn.Linear)]


def numbers_of(model: nn.Sequential) -> list[Any]:
    return [[layer.weight.tolist(), layer.bias.tolist()] for layer in linear_layers(model)]


def train(model: nn.Sequential, optimizer: torch.optim.Optimizer, loss: nn.Module, X: Any, y: Any, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model(X), y).backward()
        optimizer.step()


def stepped(model: nn.Sequential, way: str, loss: nn.Module, X: Any, y: Any) -> list[Any]:
    other = deepcopy(model)
    layers = linear_layers(other)
    if way == "Adam":
        optimizer: torch.optim.Optimizer = torch.optim.Adam(other.parameters(), lr=0.01, betas=(0.8, 0.99), eps=1e-6)
    else:
        groups = [
            {"params": [layer.weight for layer in layers], "weight_decay": 0.01},
            {"params": [layer.bias for layer in layers], "weight_decay": 0.0},
        ]
        optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9, nesterov=way == "Nesterov")
    train(other, optimizer, loss, X, y, STEPS)
    return numbers_of(other)


def told(model: nn.Sequential, loss: nn.Module, answer: nn.Module, X: Any, y: Any) -> dict[str, Any]:
    for number, layer in enumerate(linear_layers(model)):
        with torch.no_grad():
            layer.weight.copy_(waves(*layer.weight.shape, number))
            layer.bias.copy_(waves(1, len(layer.bias), number + 0.5)[0])
    train(model, torch.optim.SGD(model.parameters(), lr=0.1), loss, X, y, 50)
    return {
        "X": X.tolist(),
        "y": y.tolist(),
        "layers": numbers_of(model),
        "outputs": answer(model(X)).tolist(),
        "SGD": stepped(model, "SGD", loss, X, y),
        "Nesterov": stepped(model, "Nesterov", loss, X, y),
        "Adam": stepped(model, "Adam", loss, X, y),
    }


if __name__ == "__main__":
    X = waves(6, 3, 0.3)
    classifier = told(CLASSIFIER, nn.CrossEntropyLoss(), nn.Softmax(dim=1), X, torch.tensor([0, 1, 2, 0, 1, 2]))
    X = waves(7, 2, 0.8)
    regressor = told(REGRESSOR, nn.MSELoss(), nn.Identity(), X, waves(7, 2, 2.1))
    found = {"PyTorch": torch.__version__, "classifier": classifier, "regressor": regressor}
    print("{", ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()), "}", sep="\n")
