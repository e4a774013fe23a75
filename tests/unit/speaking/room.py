"""A room in numbers: a loudspeaker that plays, a microphone that hears it late and weaker, a person who speaks.

Everything counts samples and runs on an injected clock, so that nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aihear_voice.speaking.echo import OwnVoiceGuard
from aihear_voice.speaking.reference import Passage, Reference
from aihear_voice.types import FRAME_SAMPLES, SAMPLE_RATE, Audio
from tests.rigs import noise

Listener = Callable[[OwnVoiceGuard, Audio, bool], None]


def impulse(seconds: float = 0.3, seed: int = 0) -> np.ndarray:
    """The room's answer to a click: the direct sound, and a tail that falls by 60 dB."""
    random = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE)
    tail = random.standard_normal(count) * 0.05 * 10 ** (-3 * np.arange(count) / count)
    tail[0] = 1.0
    return tail


class Room:
    """seconds: how long it is listened to; hiss: root mean square of the room's own noise."""

    def __init__(self, seconds: float, hiss: float = 1e-4) -> None:
        self._now = 0.0
        self.reference = Reference(lambda: self._now)
        self.guard = OwnVoiceGuard(self.reference)
        self.microphone = noise(seconds, hiss).astype(np.float64)
        self.echo = np.zeros_like(self.microphone)
        self._plans: list[tuple[float, np.ndarray, str, int]] = []
        self._passages: list[tuple[Passage, int]] = []

    def answer(
        self,
        sound: np.ndarray,
        text: str,
        at: float,
        decibel: float = -10.0,
        delay: float = 0.15,
        walls: np.ndarray | None = None,
        stopped_after: float | None = None,
        dropped: float = 0.0,
    ) -> None:
        """We say it: handed to the loudspeaker at `at`, heard `delay` seconds later.

        dropped: seconds that were handed over, too, but not heard, when it was stopped
        """
        played = len(sound) if stopped_after is None else round(stopped_after * SAMPLE_RATE)
        self._plans.append((at, sound, text, played + round(dropped * SAMPLE_RATE)))
        heard = sound[:played] if walls is None else np.convolve(sound[:played], walls)
        self._mix(self.echo, heard * 10 ** (decibel / 20), at + delay)

    def person(self, sound: np.ndarray, at: float) -> float:
        """Somebody else says it; returns when it ends."""
        self._mix(self.microphone, sound, at)
        return at + len(sound) / SAMPLE_RATE

    def listen(self, listener: Listener | None = None) -> np.ndarray:
        """All that the guard hands on, as one sound."""
        heard = (self.microphone + self.echo).astype(np.float32)
        cleaned = []
        for start in range(0, len(heard) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            self._play_until((start + FRAME_SAMPLES) / SAMPLE_RATE + 0.01)
            frame = Audio(heard[start : start + FRAME_SAMPLES], start / SAMPLE_RATE)
            clean, own = self.guard.clean(frame)
            cleaned.append(clean.samples)
            if listener is not None:
                listener(self.guard, clean, own)
        return np.concatenate(cleaned)

    def _play_until(self, now: float) -> None:
        while self._plans and self._plans[0][0] <= now:
            at, sound, text, played = self._plans.pop(0)
            self._now = at
            self._passages.append((self.reference.begin(sound, text), played))
        self._now = now
        for passage, played in self._passages:
            passage.played = min(played, round((now - passage.start + 0.03) * SAMPLE_RATE))
            passage.over = passage.played >= played

    def _mix(self, into: np.ndarray, sound: np.ndarray, at: float) -> None:
        first = round(at * SAMPLE_RATE)
        part = into[first : first + len(sound)]
        part += sound[: len(part)]
