"""A network that trains in a moment, and a way to interrupt its training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.training.fit import History


def build_tiny(classes: int, side: int) -> Any:
    """Sees the colour of each cell of 8 pixels, nothing else."""
    import keras

    inputs = keras.Input((side, side, 3))
    cells = keras.layers.Conv2D(16, 8, 8, activation="relu", name="top")(inputs)
    cells = keras.layers.BatchNormalization()(cells)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    scores = keras.layers.Dense(classes, activation="softmax", name="last_output")(pooled)
    return keras.Model(inputs, scores)


@pytest.fixture(autouse=True)
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is imported, nothing that was trained is compiled, nor opened to look at photos."""
    monkeypatch.setattr("core.training.trainer.compile_model", lambda path: None)
    recipe = "core.training.recipes.rice_classifier"
    monkeypatch.setattr(f"{recipe}.save_familiarity", lambda *given: (None, ()))


@contextmanager
def interrupted_in(epoch: int) -> Iterator[None]:
    """Within it a training is interrupted at the end of an epoch, counted from 1.

    Its loss is noted then, but its weights are not backed up.
    """
    add = History.add

    def add_and_stop(history: History, loss: float) -> bool:
        best = add(history, loss)
        if len(history.epochs) == epoch:
            raise KeyboardInterrupt
        return best

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(History, "add", add_and_stop)
        with pytest.raises(KeyboardInterrupt):
            yield
