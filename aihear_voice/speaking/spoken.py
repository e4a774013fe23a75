"""What our own voice says at which moment: its words, and where it would wake us."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..ports import WakeWords
from ..types import FRAME_SAMPLES, SAMPLE_RATE, Audio
from .reference import Passage

Interval = Callable[[Passage], tuple[float, float]]

ALIKE = 75.0  # per cent of letters in order
SHORT = 10  # letters, below which three in four are found in any sentence
ALIKE_SHORT = 90.0
SLACK_S = 0.6  # letters are no exact clock
WAKE_SLACK_S = 0.8


def words_between(text: str, interval: tuple[float, float], start: float, end: float) -> str:
    """The words of `text`, spoken evenly over `interval`, that fall between `start` and `end` or nearly."""
    first, last = interval
    if not text or last <= first or end + SLACK_S < first or start - SLACK_S > last:
        return ""
    a, b = ((moment - first) / (last - first) * len(text) for moment in (start - SLACK_S, end + SLACK_S))
    left = text.rfind(" ", 0, max(0, int(a))) + 1
    right = text.find(" ", min(len(text), int(b) + 1))
    return text[left:] if right < 0 else text[left:right]


def resembles(heard: str, spoken: str) -> bool:
    """Whether `heard` is, but for misheard letters, a part of `spoken`."""
    from rapidfuzz import fuzz

    heard, spoken = _letters(heard), _letters(spoken)
    needed = ALIKE if len(heard) >= SHORT else ALIKE_SHORT
    return bool(heard) and len(heard) <= len(spoken) * 1.3 and fuzz.partial_ratio(heard, spoken) >= needed


def _letters(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


class SelfWakes:
    """Runs the wake-word detector over what we are about to say, in a thread: 4 % of the spoken time."""

    def __init__(self, make: Callable[[], WakeWords]) -> None:
        self._make = make
        self._detector: WakeWords | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="aihear-self-wake")
        self._found: dict[Passage, list[float]] = {}

    def watch(self, passages: Sequence[Passage]) -> None:
        for passage in passages:
            if passage not in self._found:
                self._found = {p: found for p, found in self._found.items() if p in passages}
                self._found[passage] = []
                self._thread.submit(self._scan, passage, self._found[passage])

    def expected(self, moment: float, interval: Interval) -> bool:
        """Whether our voice is heard to say a wake word at about that moment of the audio clock."""
        return any(
            abs(interval(passage)[0] + found - moment) < WAKE_SLACK_S
            for passage, wakes in self._found.items()
            for found in wakes
        )

    def _scan(self, passage: Passage, found: list[float]) -> None:
        if self._detector is None:
            self._detector = self._make()
        self._detector.reset()
        samples = np.concatenate((passage.samples, np.zeros(SAMPLE_RATE // 2, np.float32)))
        for first in range(0, len(samples) - FRAME_SAMPLES, FRAME_SAMPLES):
            wake = self._detector.hear(Audio(samples[first : first + FRAME_SAMPLES], first / SAMPLE_RATE))
            if wake is not None:
                found.append(wake.end)
