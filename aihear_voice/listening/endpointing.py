"""The end of an utterance, by silence. Pure: counts samples, knows no clock."""

from __future__ import annotations

from ..ports import Segment
from ..settings import EndpointingSettings
from ..types import FRAME_SECONDS, Heard

ONSET_S = 0.09  # a shorter sound is a click: keys, a mouse, a mug that is put down
EPSILON_S = FRAME_SECONDS / 100  # frame times are floats: 0.7 s of silence must not become 0.732 s


class SilenceEndpointer:
    """Fulfils ports.Endpointer for one utterance.

    speech_start, speech_end: seconds on the audio clock; None until there was speech enough for an utterance
    speech_seconds: of speech heard so far, pauses not counted
    silence_s: that ends the utterance; may be changed while it listens
    """

    def __init__(
        self,
        settings: EndpointingSettings,
        *,
        silence_s: float,
        grace_s: float = 0.0,
        wait_s: float | None = None,
        lead_s: float = 1.0,
    ) -> None:
        """All in seconds.

        silence_s: that ends the utterance
        grace_s: speech that ends within so long is the tail of the wake phrase; speech that goes on is the command
        wait_s: how long to wait for speech; None is for ever
        lead_s: the most that is kept from before the speech; it counts towards max_utterance_s
        """
        self._settings = settings
        self.silence_s = silence_s
        self._grace_s = grace_s
        self._wait_s = wait_s
        self._lead_s = lead_s
        self._first: float | None = None  # where the first frame starts
        self._answered = 0.0  # seconds of frames on which the detector had an answer
        self._talking = False
        self._run: tuple[float, float] | None = None  # the stretch of speech that goes on, or was the last
        self._run_counts = False
        self._candidate: float | None = None  # start of speech that may yet turn out too short
        self.speech_start: float | None = None
        self.speech_end: float | None = None
        self.speech_seconds = 0.0

    def push(self, heard: Heard) -> Segment:
        frame = heard.frame
        if self._first is None:
            self._first = frame.start
        if heard.speech is not None:
            self._answered += frame.duration
            self._follow(heard.speech, frame.start, frame.end)
        return self._state(frame.end)

    def _follow(self, probability: float, start: float, end: float) -> None:
        was_talking = self._talking
        threshold = self._settings.silence_threshold if was_talking else self._settings.speech_threshold
        self._talking = probability >= threshold
        if self._talking:
            self._extend(start if not was_talking or self._run is None else self._run[0], end, end - start)
        elif self._candidate is not None and self.speech_start is None:
            self._forget_short_speech(end)

    def _extend(self, run_start: float, end: float, step: float) -> None:
        """The present stretch of speech reaches from `run_start` to `end`."""
        if self._run is None or self._run[0] != run_start:
            self._run_counts = False
        self._run = (run_start, end)
        if not self._run_counts:
            if not self._is_speech(run_start, end):
                return
            self._run_counts = True
            step = end - run_start
        self.speech_seconds += step
        self._candidate = run_start if self._candidate is None else self._candidate
        if self.speech_start is not None or self.speech_seconds >= self._settings.min_speech_s - EPSILON_S:
            self.speech_start = self._candidate if self.speech_start is None else self.speech_start
            self.speech_end = end

    def _is_speech(self, run_start: float, end: float) -> bool:
        """Neither a click nor the tail of the wake phrase."""
        assert self._first is not None
        past_grace = self._grace_s == 0 or end - self._first > self._grace_s + EPSILON_S
        return past_grace and end - run_start >= ONSET_S - EPSILON_S

    def _forget_short_speech(self, end: float) -> None:
        """A cough, followed by silence, does not add up with the next one to an utterance."""
        if self._run is not None and end - self._run[1] >= self.silence_s - EPSILON_S:
            self._candidate = None
            self.speech_seconds = 0.0

    def _state(self, now: float) -> Segment:
        if self.speech_start is None or self.speech_end is None:
            return self._before_speech()
        assert self._first is not None
        if now - max(self._first, self.speech_start - self._lead_s) >= self._settings.max_utterance_s - EPSILON_S:
            return "cap"
        if self._talking:  # if it is a click, the end is declared a moment later
            return "speech"
        return "ended" if now - self.speech_end >= self.silence_s - EPSILON_S else "speech"

    def _before_speech(self) -> Segment:
        if self._wait_s is None or self._talking or self._candidate is not None:
            return "waiting"
        return "nothing" if self._answered >= self._wait_s - EPSILON_S else "waiting"
