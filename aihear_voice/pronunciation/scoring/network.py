"""A small recurrent network over the phones of a sentence, run with numpy alone (it is trained with PyTorch).

A linear layer, two bidirectional GRU layers, and linear heads: a score of each phone, of the word around it, and of
the sentence. GOPT (Gong et al. 2022) showed that judging all levels together helps each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .tables import Arrays

    Array = NDArray[np.float32]

CLIP = 4.0  # standard deviations: a feature beyond says no more
WORD_HEADS = ("accuracy", "stress")
SENTENCE_HEADS = ("accuracy", "fluency", "prosody", "total")


@dataclass(frozen=True, eq=False)
class Heard:
    """phones: shape (n,); words: by phone, shape (n, 2); sentence: shape (4,). On the heads' own scales."""

    phones: Array
    words: Array
    sentence: Array


@dataclass(frozen=True, eq=False)
class Network:
    """parameters: as PyTorch names them; mean, spread: of the features"""

    parameters: dict[str, Array]
    mean: Array
    spread: Array

    def __call__(self, features: Array) -> Heard:
        """features: shape (phones, n)."""
        import numpy as np

        inputs = np.clip((features - self.mean) / self.spread, -CLIP, CLIP)
        hidden = np.maximum(self._linear("enter", inputs), 0)
        states = hidden
        for layer in (0, 1):
            onward = self._recurrent(states, f"l{layer}")
            back = self._recurrent(states[::-1], f"l{layer}_reverse")[::-1]
            states = np.hstack([onward, back])
        both = np.hstack([hidden, states])
        mean = both.mean(axis=0, keepdims=True)
        return Heard(self._linear("phone", both)[:, 0], self._linear("word", both), self._linear("sentence", mean)[0])

    def _linear(self, name: str, inputs: Array) -> Array:
        outputs: Array = inputs @ self.parameters[f"{name}.weight"].T + self.parameters[f"{name}.bias"]
        return outputs

    def _recurrent(self, inputs: Array, layer: str) -> Array:
        """One direction of a GRU layer."""
        import numpy as np

        weight, bias = self.parameters[f"row.weight_hh_{layer}"], self.parameters[f"row.bias_hh_{layer}"]
        entering = inputs @ self.parameters[f"row.weight_ih_{layer}"].T + self.parameters[f"row.bias_ih_{layer}"]
        size = len(bias) // 3
        state, states = np.zeros(size, np.float32), np.empty((len(inputs), size), np.float32)
        for index, outside in enumerate(entering):
            inside = weight @ state + bias
            gates = 1 / (1 + np.exp(-(outside[: 2 * size] + inside[: 2 * size])))
            reset, keep = gates[:size], gates[size:]
            new = np.tanh(outside[2 * size :] + reset * inside[2 * size :])
            state = (1 - keep) * new + keep * state
            states[index] = state
        return states

    def arrays(self, name: str) -> dict[str, Array]:
        import numpy as np

        all_of_it = {**self.parameters, "mean": self.mean, "spread": self.spread}
        return {f"{name}.{key}": value.astype(np.float32) for key, value in all_of_it.items()}

    @classmethod
    def read(cls, arrays: Arrays, name: str) -> Network:
        mine = {key.removeprefix(f"{name}."): value for key, value in arrays.items() if key.startswith(f"{name}.")}
        return cls({key: value for key, value in mine.items() if "." in key}, mine["mean"], mine["spread"])
