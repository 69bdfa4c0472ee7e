"""Trained networks of other libraries become lessons: their weights, examples and training as a lesson file.

Neither scikit-learn nor PyTorch nor Keras is imported, and nothing is unpickled: a network is what its attributes and
arrays say.
"""

from __future__ import annotations

from xlbackprop.models.layers import lesson_of_layers
from xlbackprop.models.lesson_text import write_lesson
from xlbackprop.models.scikit_learn import lesson_of
