"""One utterance while it is being listened to. Belongs to the session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .messages import First, Guess
from .ports import Endpointer
from .types import FRAME_SECONDS, SAMPLE_RATE, Audio, Follow, Purpose

PAUSE_FRAMES = 3  # so many frames of silence part two words
Source = Literal["wake", "key", "trigger", "dictation", "reply", "amend"]


@dataclass
class Attention:
    """One utterance that is being listened to.

    start: seconds on the audio clock from which its sound counts
    ends_by_silence: False while a key is held
    close_at: seconds on the audio clock at which it closes, once the key let go
    deadline: monotonic seconds, for when no frames come
    base_silence: seconds of silence that end it where the words say nothing else
    first: the command that it goes on with; continues: it goes on with the piece of dictation before
    asked_for, revision: the end of speech that was last speculated on, and the number of that; guess: the answer
    previewed, window: seconds on the audio clock up to which, and from which, it is shown
    pauses: their middles, in seconds on the audio clock; quiet: frames of silence just now
    """

    turn: int
    purpose: Purpose
    source: Source
    start: float
    endpointer: Endpointer
    ends_by_silence: bool = True
    follow: Follow | None = None
    close_at: float | None = None
    deadline: float | None = None
    frames: list[Audio] = field(default_factory=list)
    announced: bool = False
    base_silence: float = 0.0
    first: First | None = None
    continues: bool = False
    asked_for: float | None = None
    revision: int = 0
    guess: Guess | None = None
    previewed: float = 0.0
    window: float = 0.0
    pauses: list[float] = field(default_factory=list)
    quiet: int = 0

    def sound(self, begin: float, end: float) -> Audio:
        """Between two moments on the audio clock, as far as it is there."""
        origin = self.frames[0].start if self.frames else begin
        samples = np.concatenate([frame.samples for frame in self.frames] or [np.zeros(0, np.float32)])
        first = max(0, round((begin - origin) * SAMPLE_RATE))
        return Audio(samples[first : max(first, round((end - origin) * SAMPLE_RATE))], max(begin, origin))

    @property
    def guess_in_time(self) -> Guess | None:
        """Unless speech has gone on since."""
        return self.guess if self.asked_for == self.endpointer.speech_end else None


def quietest(audio: Audio) -> float:
    """Seconds on the audio clock of the middle of the quietest 96 ms."""
    size = round(PAUSE_FRAMES * FRAME_SECONDS * SAMPLE_RATE)
    if len(audio.samples) <= size:
        return audio.end
    power = np.cumsum(np.concatenate([np.zeros(1), np.square(audio.samples, dtype=np.float64)]))
    place = int(np.argmin(power[size:] - power[:-size]))
    return audio.start + (place + size / 2) / SAMPLE_RATE
