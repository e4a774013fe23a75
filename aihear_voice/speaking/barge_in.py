"""The word "stop", said over our own voice."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Sequence

import numpy as np

from ..types import FRAME_SECONDS, Audio, Heard

SPEECH = 0.5  # probability from which a frame of the cleaned sound is speech
LEAD_S = 0.3  # kept from before the speech
PAUSE_S = 0.2  # after which a word is over
LONGEST_S = 1.2  # of sound that is waited for; a longer piece is looked at in parts that overlap by half
LEAST_S = 0.12  # of speech in a word
_AROUND = ("please", "okay", "ok", "bitte", "por favor", "请")  # may stand before or behind the word


class StopSpotter:
    """Fulfils ports.StopSpotter. Counts samples, so that it replays.

    stop_words: any languages; a text that is one of them, or repeats it, is a stop
    """

    def __init__(self, stop_words: Sequence[str]) -> None:
        words, around = (_either(group) for group in (stop_words, _AROUND))
        self._stop = re.compile(rf"(?:{around}\s*)*(?:{words}\s*)+(?:{around}\s*)*")
        self._frames: deque[Heard] = deque(maxlen=round((LEAD_S + LONGEST_S + PAUSE_S) / FRAME_SECONDS))
        self.reset()

    def reset(self) -> None:
        self._frames.clear()
        self._begun = 0.0  # seconds since the speech began
        self._speech = 0.0  # seconds of it that are speech
        self._quiet = 0.0  # seconds since the last speech

    def push(self, heard: Heard) -> Audio | None:
        """The piece of sound that has just ended, or has lasted long enough; at most 1.7 s."""
        self._frames.append(heard)
        speech = heard.speech is not None and heard.speech >= SPEECH
        if speech or self._begun:
            self._begun += FRAME_SECONDS
            self._speech += FRAME_SECONDS if speech else 0.0
            self._quiet = 0.0 if speech else self._quiet + FRAME_SECONDS
        if self._quiet >= PAUSE_S:
            piece = self._piece() if self._speech >= LEAST_S else None
            self._begun = self._speech = self._quiet = 0.0
            return piece
        if self._begun < LONGEST_S:
            return None
        piece = self._piece() if self._speech >= LEAST_S else None
        self._begun /= 2
        self._speech /= 2
        return piece

    def is_stop(self, text: str) -> bool:
        return self._stop.fullmatch(_plain(text)) is not None

    def _piece(self) -> Audio:
        frames = list(self._frames)[-round((LEAD_S + self._begun) / FRAME_SECONDS) :]
        return Audio(np.concatenate([heard.frame.samples for heard in frames]), frames[0].frame.start)


def _either(phrases: Sequence[str]) -> str:
    return "(?:" + "|".join(re.escape(_plain(phrase)) for phrase in phrases if _plain(phrase)) + ")"


def _plain(text: str) -> str:
    """Letters and single spaces, small; no letter twice in a row, as the German "Stopp" is the same word."""
    kept = "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"(.)\1+", r"\1", kept).strip()
