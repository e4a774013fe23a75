"""What a Whisper network is to the engine: sound in, decoded text out. Two modules fulfil it, with the same weights.

Everything that judges a text stands in whisper_engine.py, once for both.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..types import SAMPLE_RATE
from . import sound

if TYPE_CHECKING:
    from ..types import Samples, Word
    from .tokens import Tokens

WINDOW_S = 30.0  # what Whisper was trained on
LEAD_S = 0.25  # silence put in front, so that a sound that starts with a word is heard like any other
POSITION = 320  # samples of one position of the encoder: 20 ms


def spared_processors() -> int:
    """All but one, which is left to listening."""
    return max(1, (os.cpu_count() or 2) - 1)


@dataclass(frozen=True, slots=True)
class Options:
    """What is decoded with, and what counts as speech. Plain values, as they cross to the worker.

    converted: a folder of CTranslate2, for the fast engine; "": openai-whisper on torch
    official: the checkpoint's name among OpenAI's, "" for others; it tells which heads align words
    embedded: the starter: it knows phrases, and doubtful texts are heard twice
    shortest_window_s: the encoder sees at least so much, and 30 s at most
    languages: the only ones considered
    threads: 0 is one less than there are processors
    """

    checkpoint: str
    converted: str
    name: str
    official: str
    embedded: bool
    shortest_window_s: float
    device: str
    threads: int
    languages: tuple[str, ...]
    no_speech_threshold: float
    logprob_threshold: float
    compression_threshold: float
    prompt: str = ""

    @property
    def processors(self) -> int:
        return self.threads or spared_processors()


@dataclass(frozen=True, slots=True)
class Attempt:
    """How tokens are chosen. beams: texts that are followed at once; temperature: above 0, away from the likeliest."""

    beams: int = 1
    temperature: float = 0.0


GREEDY = Attempt()


@dataclass(frozen=True, slots=True)
class Heard:
    """An encoded window.

    features: the encoder's output, in the model's own form; mel: its picture, where words are aligned from that
    lead: seconds of silence in front
    duration: seconds of the sound behind it
    span: seconds of the sound between which it is louder than its background
    window_s: seconds that the encoder saw
    """

    features: Any
    mel: Any
    lead: float
    duration: float
    span: tuple[float, float]
    window_s: float

    @property
    def full(self) -> bool:
        return self.window_s >= WINDOW_S


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text of the decoder.

    tokens: of the text and its time stamps
    avg_logprob: mean log probability of a token; compression_ratio: high where it repeats itself
    finished: the end of text was reached
    """

    text: str
    language: str
    tokens: tuple[int, ...]
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    finished: bool

    @property
    def compression_ratio(self) -> float:
        data = self.text.encode()
        return len(data) / len(zlib.compress(data))


class Model(Protocol):
    """Loaded at its first use. device: cpu or cuda."""

    device: str

    @property
    def tokens(self) -> Tokens: ...

    def use_processor(self) -> None:
        """Load again on the CPU at the next use."""

    def encode(self, samples: Samples, reference: float, shortest_s: float) -> Heard:
        """samples: no more than WINDOW_S; reference: the level of what they are a part of; shortest_s: the window."""

    def language_probabilities(self, heard: Heard) -> Mapping[str, float]:
        """By code; of all languages that the model knows."""

    def decode(
        self, heard: Heard, language: str, attempt: Attempt, task: str, timestamps: bool, exactly: int = 0
    ) -> Decoded:
        """The same sound gives the same text. exactly: so many tokens, whatever was said."""

    def align(self, heard: Heard, tokens: Sequence[int], language: str) -> list[Word]:
        """Each word of text tokens; `text` begins with its space; times in seconds from the window's beginning."""


def prepared(samples: Samples, reference: float, shortest_s: float, positions: int) -> tuple[Samples, float, int]:
    """Sound at its level behind silence; the seconds of that silence; and the samples that the encoder takes.

    positions: how many the model has, 1,500 of 20 ms.
    """
    lead = min(LEAD_S, WINDOW_S - len(samples) / SAMPLE_RATE)
    padded = np.concatenate([np.zeros(round(lead * SAMPLE_RATE), np.float32), sound.normalise(samples, reference)])
    shortest = round(shortest_s * SAMPLE_RATE / POSITION)
    return padded, lead, min(positions, max(-(-len(padded) // POSITION), shortest)) * POSITION


def most_tokens(duration: float, text_positions: int, prompt: int) -> int:
    """Nobody says more than twenty tokens a second; a loop is cut short there. prompt: tokens before the text."""
    return min(text_positions // 2, text_positions - prompt, 16 + round(20 * duration))
