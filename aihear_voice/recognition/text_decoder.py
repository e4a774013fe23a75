"""Whisper's text decoder on onnxruntime: one token after the other, the likeliest each time.

A step of one token reads every weight once. CTranslate2 does that at 10 GB/s on one core, onnxruntime at 40: a third
of the time (base size, 20 tokens). The graphs come from decoder_graph.py, made of the same checkpoint.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import networks
from . import conversion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .tokens import Tokens

    Logits = NDArray[np.float32]

Caches = dict[str, Any]  # keys and values of attention, by the name of the graph's input


@dataclass(frozen=True, slots=True)
class Likeliest:
    """tokens: without the end; logprob: the sum over them, and the end where it was reached; no_speech: 0 to 1."""

    tokens: tuple[int, ...]
    logprob: float
    no_speech: float
    finished: bool


class TextDecoder:
    def __init__(self, folder: Path, tokens: Tokens, heads: int, threads: int) -> None:
        """folder: a prepared model. Raises OSError, ImportError, and what onnxruntime raises for a broken file."""
        self._tokens = tokens
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._never, self._never_first = config["suppress_ids"], config["suppress_ids_begin"]
        self._memory = networks.load(folder / conversion.MEMORY, threads, arena=False)
        self._step = networks.load(folder / conversion.STEP, threads, arena=False)
        self._embedding = np.load(folder / conversion.EMBEDDING, mmap_mode="r")
        self._positions = np.load(folder / conversion.POSITIONS).astype(np.float32)
        self._made = [made.name for made in self._step.get_outputs()]
        width = self._embedding.shape[1] // heads
        nothing = _value(np.zeros((1, heads, 0, width), np.float32))
        self._start = {given.name: nothing for given in self._step.get_inputs() if given.name.startswith("past_")}

    def memory(self, features: NDArray[np.float32]) -> Caches:
        """What the encoder heard ([1, positions, state]), for `likeliest`."""
        made = self._memory.run_with_ort_values(None, {"features": _value(features)})
        return {output.name: value for output, value in zip(self._memory.get_outputs(), made, strict=True)}

    def likeliest(self, memory: Caches, prompt: Sequence[int], most: int, endless: bool = False) -> Likeliest:
        """Greedy decoding (whisper/decoding.py, at temperature 0). most: tokens; endless: exactly so many."""
        end = self._tokens.eot
        start = list(prompt).index(self._tokens.sot)
        (at_start, logits), past = self._run(prompt, 0, self._start, memory, [start, len(prompt) - 1])
        silence = at_start[self._tokens.no_speech] - _log_sum(at_start)
        logits[self._never_first] = -np.inf
        tokens: list[int] = []
        total = 0.0
        while True:
            logits[[*self._never, end] if endless else self._never] = -np.inf
            token = int(logits.argmax())
            total += float(logits[token] - _log_sum(logits))
            tokens += [] if token == end else [token]
            if token == end or len(tokens) == most:
                return Likeliest(tuple(tokens), total, float(np.exp(silence)), token == end)
            (logits,), past = self._run([token], len(prompt) + len(tokens) - 1, past, memory, [0])

    def _run(
        self, tokens: Sequence[int], at: int, past: Caches, memory: Caches, rows: Sequence[int]
    ) -> tuple[Logits, Caches]:
        """Logits behind some of the tokens, which stand at position `at`, and the caches with them in it."""
        vectors = self._embedding[list(tokens)] + self._positions[at : at + len(tokens)]
        given = {"tokens": _value(vectors[None]), "rows": _value(np.array(rows, np.int64))}
        made = self._step.run_with_ort_values(self._made, given | past | memory)
        present = {name.replace("present", "past"): value for name, value in zip(self._made, made, strict=True)}
        return present.pop("logits").numpy(), present


def _log_sum(logits: Logits) -> float:
    highest = logits.max()
    return float(highest + np.log(np.exp(logits - highest).sum()))


def _value(values: NDArray[Any]) -> Any:
    import onnxruntime

    return onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))
