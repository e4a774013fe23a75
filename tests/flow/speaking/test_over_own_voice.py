"""The guard together with the real wake word, voice activity and recogniser, on a room in numbers."""

import pytest

from aihear_voice import paths
from aihear_voice.listening.activity import SileroActivity
from aihear_voice.listening.wake import load_wake_words
from aihear_voice.recognition.recogniser import WhisperRecogniser
from aihear_voice.settings import load
from aihear_voice.speaking.barge_in import StopSpotter
from aihear_voice.types import Heard
from tests.rigs import need, speech
from tests.unit.speaking.room import Room, impulse

OURS = "Say hey jarvis, then stop. You can say hey jarvis again, and stop. Stop. The weather is good in London today."
SETTINGS = load(env={})
START = 1.0
ROOMS = {
    "near": {},
    "loud": {"decibel": -3},
    "walls": {"walls": impulse()},
    "late": {"delay": 0.45},
}


@pytest.fixture(scope="module")
def wake_words():
    need("espeak-ng", "flite")
    return load_wake_words(SETTINGS.wake)


@pytest.fixture(scope="module")
def recogniser():
    made = WhisperRecogniser(load([f"recognition.model={paths.assets() / 'starter.pt'}"], env={}).recognition)
    yield made
    made.close()


@pytest.fixture
def hear(wake_words, recogniser):
    """hear(room): what woke and what stopped us in it."""

    def listen(room):
        ears = Ears(wake_words, recogniser)
        room.listen(ears)
        return ears

    return listen


class Ears:
    """As the session's: what wakes, what stops. At: seconds on the audio clock."""

    def __init__(self, wake_words, recogniser):
        wake_words.reset()
        self._recogniser = recogniser
        self._wake_words = wake_words
        self._activity = SileroActivity()
        self._spotter = StopSpotter(SETTINGS.speaking.stop_words)
        self.woken: list[float] = []
        self.stopped: list[float] = []

    def __call__(self, guard, frame, own):
        wake = self._wake_words.hear(frame)
        if wake is not None and not guard.ours(wake):
            self.woken.append(wake.end)
        heard = Heard(frame, self._activity.probability(frame), None, own)
        piece = self._spotter.push(heard) if own else None
        if piece is None:
            return
        text = self._recogniser.transcribe(piece, "assist").text
        if self._spotter.is_stop(text) and not guard.said(text, piece):
            self.stopped.append(frame.end)


def answering(where, text=OURS, voice="espeak:en-us", seconds=11.0):
    room = Room(seconds)
    room.answer(speech(text, voice), text, START, **ROOMS[where])
    return room


@pytest.mark.parametrize("voice", ["espeak:en-us", "flite:rms"])
@pytest.mark.parametrize("where", ROOMS)
def test_our_own_words_neither_wake_nor_stop(hear, where, voice):
    ears = hear(answering(where, voice=voice))
    assert ears.woken == []
    assert ears.stopped == []


@pytest.mark.parametrize("voice", ["flite:slt", "espeak:en-us+m7", "flite:rms"])
@pytest.mark.parametrize("where", ["near", "walls", "late"])
def test_a_person_wakes_us_over_our_own_voice(hear, where, voice):
    room = answering(where)
    end = room.person(speech("hey jarvis", voice), 6.5)
    ears = hear(room)
    assert len(ears.woken) == 1
    assert ears.woken[0] == pytest.approx(end, abs=0.4)


@pytest.mark.parametrize("voice", ["flite:slt", "espeak:en-us+f3", "flite:kal"])
@pytest.mark.parametrize("where", ["near", "walls", "late"])
def test_a_person_stops_our_own_voice_with_a_word(hear, where, voice):
    room = answering(where)
    end = room.person(speech("stop", voice), 6.5)
    ears = hear(room)
    assert ears.stopped, "the word was not heard"
    assert 6.5 < ears.stopped[0] < end + 0.6
