"""A long text aloud: part by part, by a real voice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from aihear_voice import settings
from aihear_voice.events import Event
from aihear_voice.speaking.aloud import Aloud
from aihear_voice.speaking.voices import Pyttsx3Voice
from tests.rigs import need

SENTENCE = "This is one sentence of a text that somebody has selected and wants to hear. "


class Loudspeaker:
    """Keeps what it is given instead of sounding; told "stop" while it plays the part of that number."""

    def __init__(self, stopped_at: int = 0) -> None:
        self.played: list[tuple[str, float]] = []
        self._stopped_at = stopped_at

    def play(self, samples: NDArray[np.float32], rate: int, text: str = "") -> bool:
        self.played.append((text, len(samples) / rate))
        return len(self.played) != self._stopped_at

    def stop(self) -> None:
        """It never sounds."""

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="module")
def voice() -> Iterator[Pyttsx3Voice]:
    need("espeak-ng")
    opened = Pyttsx3Voice(settings.load(env={}).speaking)
    yield opened
    opened.close()


def aloud(voice: Pyttsx3Voice, loudspeaker: Loudspeaker, events: list[Event], speaking: list[bool]) -> Aloud:
    chosen = settings.load(env={}).speaking
    return Aloud(chosen, voice, loudspeaker, events.append, speaking.append, lambda turn: True)


def test_a_long_text_begins_soon_and_is_one_answer(voice: Pyttsx3Voice) -> None:
    loudspeaker, speaking = Loudspeaker(), list[bool]()
    assert aloud(voice, loudspeaker, [], speaking).say(SENTENCE * 12, "en", turn=1)
    said = " ".join(text.strip() for text, _ in loudspeaker.played)
    assert said == (SENTENCE * 12).strip()
    assert len(loudspeaker.played) > 2
    assert all(2 < seconds < 30 for _, seconds in loudspeaker.played)
    assert speaking == [True, False]


def test_stop_ends_a_long_text_for_good(voice: Pyttsx3Voice) -> None:
    loudspeaker, speaking = Loudspeaker(stopped_at=2), list[bool]()
    assert not aloud(voice, loudspeaker, [], speaking).say(SENTENCE * 12, "en", turn=1)
    assert len(loudspeaker.played) == 2
    assert speaking == [True, False]
