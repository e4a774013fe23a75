"""Wake words: fulfils ports.WakeWords over one of the two packages of wake_models.py.

The networks answer about 0.2 s before a phrase ends (`if_it_ended` guesses the rest) or up to 0.5 s after
it. What is reported is neither, but the phrase's end, found in the sound; so a report waits for the end to
be seen: 0.05-0.3 s after it as a rule, half a second at most.

A guess that silence would make it the phrase must be borne out: by the s that the phrase really ends in, by
the network itself, or by several guesses in a row. That takes 3 of 4 false detections away (102 minutes of
learners' English: one is left) and costs nothing in a quiet room.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..settings import WakeSettings
from ..types import SAMPLE_RATE, Audio, Wake
from . import wake_models
from .phrase_end import end_of_hiss, ends_in_hiss, has_hiss, quietest, start_of_pause
from .wake_models import LOOK_SCORE, STEP_SAMPLES, WakeModels, Word

if TYPE_CHECKING:
    from ..types import Samples

_KEPT_STEPS = 20  # 1.6 s of sound, in which the phrase's end is looked for
_LOUD_STEPS = 4  # after a loud step, so many are worth a look
_LOUD = 2.0  # times the background
_FLOOR_RISE = 1.005  # a step: the background is followed up slowly and down at once
_PLACE_AFTER = 2  # steps after the detection: before, the end has hardly been heard
_PLACE_BEFORE = 6  # steps after the detection: by then the end is taken where the scores had their peak
_HISS_BEFORE_S = 0.12  # a hiss that ends earlier than that before the detection is not the phrase's last
_HISS_NEAR_S = 0.25
_PAUSE_BEFORE_S = 0.08
_PEAK_TO_END_S = 0.03  # the imagined endings score best so long before the end
_DETECTION_TO_END_S = {"alexa": -0.07}  # of words without an s at the end, as measured
_DETECTION_TO_END_ELSE_S = 0.2
_QUIET_NEAR_S = 0.05
_SURE_STEPS = 3  # of imagined endings, where neither a real ending nor an s bears them out


@dataclass
class _Detection:
    """A phrase that is being heard.

    word: its index; at, peak: ends of steps, seconds on the audio clock
    sure: the network said so by itself; strong: steps whose imagined ending reached the threshold
    """

    word: int
    at: float
    peak: float
    score: float = 0.0
    peak_score: float = 0.0
    steps: int = 0
    strong: int = 0
    sure: bool = False


class OpenWakeWords:
    """Fulfils ports.WakeWords. Times come from the frames, so that any recording replays to the same detections.

    scores: of the last step, by word, for `aihear wake test`
    """

    def __init__(self, words: tuple[Word, ...], models: WakeModels, settings: WakeSettings) -> None:
        self.words = tuple(word.phrase for word in words)
        self.scores = dict.fromkeys(self.words, 0.0)
        self._models = models
        self._settings = settings
        self._rest: Samples = np.zeros(0, np.float32)  # less than a step
        self._kept: deque[Samples] = deque(maxlen=_KEPT_STEPS)
        self._clear()

    def hear(self, frame: Audio) -> Wake | None:
        self._rest = np.concatenate((self._rest, frame.samples))
        found = None
        while len(self._rest) >= STEP_SAMPLES:
            step, self._rest = self._rest[:STEP_SAMPLES], self._rest[STEP_SAMPLES:]
            found = self._step(step, frame.end - len(self._rest) / SAMPLE_RATE) or found
        return found

    def reset(self) -> None:
        """Forget what was heard: after our own voice, or a device that was lost."""
        self._models.reset()
        self._clear()

    def _clear(self) -> None:
        self._rest = np.zeros(0, np.float32)
        self._kept.clear()
        self._in_a_row = [0] * len(self.words)
        self._floor = 1.0
        self._loud_for = 0
        self._detection: _Detection | None = None
        self._deaf_until = float("-inf")

    def _step(self, samples: Samples, now: float) -> Wake | None:
        """now: where the step ends."""
        self._kept.append(samples)
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
        heard = self._models.step(pcm)
        imagined = [0.0] * len(self.words)
        if self._is_loud(samples) or self._detection is not None:
            imagined = list(self._models.if_it_ended(0.0 if self._detection is not None else LOOK_SCORE))
        scores = [max(pair) for pair in zip(heard, imagined, strict=True)]
        self.scores = dict(zip(self.words, scores, strict=True))
        if self._detection is None:
            self._detection = self._detect(scores, now)
        if self._detection is None:
            return None
        word = self._detection.word
        self._note(self._detection, heard[word], imagined[word], now)
        return self._conclude(self._detection, now)

    def _is_loud(self, samples: Samples) -> bool:
        """A phrase may be ending; most of the day, nothing is said at all."""
        level = float(np.sqrt(np.mean(np.square(samples)))) + 1e-6
        self._floor = min(level, self._floor * _FLOOR_RISE)
        self._loud_for = _LOUD_STEPS if level > _LOUD * self._floor else max(0, self._loud_for - 1)
        return self._loud_for > 0

    def _detect(self, scores: list[float], now: float) -> _Detection | None:
        for word, score in enumerate(scores):
            self._in_a_row[word] = self._in_a_row[word] + 1 if score >= self._settings.threshold else 0
        ready = [word for word, count in enumerate(self._in_a_row) if count >= self._settings.patience]
        if not ready or now < self._deaf_until:
            return None
        return _Detection(max(ready, key=lambda word: scores[word]), now, now)

    def _note(self, detection: _Detection, heard: float, imagined: float, now: float) -> None:
        threshold = self._settings.threshold
        detection.steps += 1
        detection.sure = detection.sure or heard >= threshold
        detection.strong += imagined >= threshold
        detection.score = max(detection.score, heard, imagined)
        if imagined > detection.peak_score:
            detection.peak, detection.peak_score = now, imagined

    def _conclude(self, detection: _Detection, now: float) -> Wake | None:
        """The report, once the end of the phrase is known; a detection that is not borne out is dropped."""
        if detection.steps <= _PLACE_AFTER:
            return None
        sound = self._sound(now)
        end, certain = self._end(detection, sound), True
        if end is None:
            if detection.steps <= _PLACE_BEFORE:
                return None
            end, certain = self._guess(detection, sound), self._is_borne_out(detection, sound)
        self._detection = None
        self._in_a_row = [0] * len(self.words)
        if not certain:
            return None
        self._deaf_until = max(now, end + self._settings.refractory_s)
        return Wake(self.words[detection.word], detection.score, end)

    def _is_borne_out(self, detection: _Detection, sound: Audio) -> bool:
        """Although no end was found. "Hey John" has the j of "hey jarvis", and no s."""
        lacks_s = ends_in_hiss(self.words[detection.word]) and has_hiss(sound)
        return not lacks_s and (detection.sure or detection.strong >= _SURE_STEPS)

    def _sound(self, now: float) -> Audio:
        samples = np.concatenate(self._kept)
        return Audio(samples, now - len(samples) / SAMPLE_RATE)

    def _end(self, detection: _Detection, sound: Audio) -> float | None:
        """Where it can be told. Seconds on the audio clock."""
        if ends_in_hiss(self.words[detection.word]):
            after = detection.at - _HISS_BEFORE_S
            return end_of_hiss(sound, near=self._by_scores(detection), after=after, within=_HISS_NEAR_S)
        sure = detection.sure or detection.strong >= _SURE_STEPS
        return start_of_pause(sound, self._by_scores(detection) - _PAUSE_BEFORE_S) if sure else None

    def _guess(self, detection: _Detection, sound: Audio) -> float:
        """Where the sound is weakest near what the scores say."""
        guess = self._by_scores(detection)
        return min(sound.end, quietest(sound, guess - _QUIET_NEAR_S, guess + _QUIET_NEAR_S))

    def _by_scores(self, detection: _Detection) -> float:
        word = self.words[detection.word]
        if ends_in_hiss(word):
            return detection.peak + _PEAK_TO_END_S
        return detection.at + _DETECTION_TO_END_S.get(word, _DETECTION_TO_END_ELSE_S)


def load_wake_words(settings: WakeSettings) -> OpenWakeWords:
    """Raises SettingsError for a word that is not known, ModelError."""
    words, models = wake_models.load(settings.words)
    return OpenWakeWords(words, models, settings)
