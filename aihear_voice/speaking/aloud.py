"""Saying an answer: synthesise, then play, and be silent at once when the turn has become stale."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..errors import AihearError
from ..events import Event, Failed
from ..ports import Player, Voice
from ..settings import SpeakingSettings
from .reading import pieces
from .tones import ring_tone

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Aloud:
    """Says one thing at a time, on the caller's thread; `hush` may come from any other.

    speaking: told True before the first sound and False after the last
    audible: whether a turn's answer may be said aloud still
    """

    def __init__(
        self,
        settings: SpeakingSettings,
        voice: Voice,
        player: Player,
        emit: Callable[[Event], None],
        speaking: Callable[[bool], None],
        audible: Callable[[int], bool],
    ) -> None:
        self._settings = settings
        self._voice = voice
        self._player = player
        self._emit = emit
        self._speaking = speaking
        self._audible = audible
        self._told: set[str] = set()

    def say(self, text: str, language: str, turn: int, pace: float = 1.0) -> bool:
        """False where it was stopped, or there is no voice (said once in a Failed event). pace: as in ports.Voice"""
        self._speaking(True)
        try:
            return self._say(text, language, turn, pace)
        finally:
            self._speaking(False)

    def ring(self, text: str, language: str, turn: int) -> bool:
        """The alarm tone and the text in turns, until stopped or for `ring_s` seconds."""
        end = time.monotonic() + self._settings.ring_s
        self._speaking(True)
        try:
            while time.monotonic() < end and self._audible(turn):
                samples, rate = ring_tone()
                if not (self._play(samples, rate, "", turn) and self._say(text, language, turn)):
                    return False
            return True
        finally:
            self._speaking(False)

    def hush(self) -> None:
        """Silent within 200 ms. From any thread."""
        self._player.stop()

    def close(self) -> None:
        self._player.close()
        self._voice.close()

    def _say(self, text: str, language: str, turn: int, pace: float = 1.0) -> bool:
        """A long text sentence by sentence: it begins soon, and ends soon where it is stopped."""
        for part in pieces(text):
            try:
                samples, rate = self._voice.synthesise(part, language, pace)
            except AihearError as error:
                self._tell(error)
                return False
            if not self._play(samples, rate, part, turn):
                return False
        return True

    def _play(self, samples: NDArray[np.float32], rate: int, text: str, turn: int) -> bool:
        if not self._audible(turn):  # stopped while the voice was still computing
            return False
        try:
            return self._player.play(samples, rate, text)
        except AihearError as error:
            self._tell(error)
            return False

    def _tell(self, error: AihearError) -> None:
        """A missing voice or loudspeaker is told once; the answers go on as text."""
        if error.code not in self._told:
            self._told.add(error.code)
            self._emit(Failed(message=error.message, code=error.code, hint=error.hint))
