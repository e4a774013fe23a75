"""All that listens to a frame: the gate, and behind it voice activity and the wake words."""

from __future__ import annotations

from collections import deque

from ..ports import VoiceActivity, WakeWords
from ..types import FRAME_SECONDS, Audio, Wake
from .gate import EnergyGate

REPLAYED_S = 2.6  # of sound, to the networks that slept through it: a wake word's network looks 2.1 s back
_STEPS = 5  # frames: two steps of the wake words' networks. Forgetting so many at a time keeps them in step


class Ear:
    """Sleeps while nothing but the room is heard. On waking, the networks are given what they missed, so that they
    find what they would have found.
    """

    def __init__(self, activity: VoiceActivity, wakes: WakeWords | None, gate: EnergyGate | None) -> None:
        """gate: None never sleeps."""
        self._activity = activity
        self._wakes = wakes
        self._gate = gate
        self._missed: deque[Audio] = deque()
        self.asleep = False

    def hear(self, frame: Audio, attentive: bool = False) -> tuple[float | None, Wake | None]:
        """The probability of speech (0 while asleep; None: not known yet), and a wake word whose detection completed.

        attentive: stay awake whatever is heard
        """
        heard = self._gate is None or self._gate.hear(frame)
        self.asleep = not (heard or attentive)
        if self.asleep:
            self._miss(frame)
            return 0.0, None
        found = self._catch_up()
        wake = self._wakes.hear(frame) if self._wakes is not None else None
        return self._activity.probability(frame), wake or found

    def _miss(self, frame: Audio) -> None:
        self._missed.append(frame)
        if len(self._missed) >= REPLAYED_S / FRAME_SECONDS + _STEPS:
            for _ in range(_STEPS):
                self._missed.popleft()

    def _catch_up(self) -> Wake | None:
        found = None
        while self._missed:
            frame = self._missed.popleft()
            self._activity.probability(frame)
            if self._wakes is not None:
                found = self._wakes.hear(frame) or found
        return found
