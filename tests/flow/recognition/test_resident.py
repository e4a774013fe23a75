"""The model in memory: unloaded after a time without use, and back for the next sentence."""

import multiprocessing
import time

import pytest

from aihear_voice import settings as settings_module
from aihear_voice.recognition.recogniser import WhisperRecogniser
from aihear_voice.resident import ResidentRecogniser
from aihear_voice.types import Audio

from ...rigs import join, speech, wait_until


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def processes():
    return [child for child in multiprocessing.active_children() if child.name == "aihear-recogniser"]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def recogniser(home, clock):
    made = ResidentRecogniser(WhisperRecogniser(settings_module.load(env={}).recognition), 60.0, clock)
    yield made
    made.close()


def spoken():
    return Audio(join(0.3, speech("what time is it", "flite:slt"), 0.3))


def test_it_goes_after_the_time_and_comes_back_for_the_next_sentence(recogniser, clock):
    first = recogniser.transcribe(spoken(), "assist").text
    clock.now += 59
    recogniser.rest(needed=False)
    assert len(processes()) == 1
    clock.now += 2
    recogniser.rest(needed=False)
    assert processes() == []
    assert recogniser.transcribe(spoken(), "assist").text == first != ""


def test_it_stays_while_somebody_speaks_or_a_turn_is_under_way(recogniser, clock):
    recogniser.warm()
    for _ in range(10):
        clock.now += 50
        recogniser.rest(needed=True)
    clock.now += 50
    recogniser.rest(needed=False)
    assert len(processes()) == 1


def test_it_loads_while_the_person_is_still_speaking(recogniser, clock):
    recogniser.warm()
    clock.now += 61
    recogniser.rest(needed=False)
    before = time.monotonic()
    recogniser.soon()
    recogniser.soon()
    assert time.monotonic() - before < 0.5
    wait_until(lambda: len(processes()) == 1, "the model loads", 60)
    clock.now += 61
    recogniser.rest(needed=False)  # loading is use
    assert recogniser.transcribe(spoken(), "assist").text
    assert len(processes()) == 1


def test_0_is_never(home, clock):
    recogniser = ResidentRecogniser(WhisperRecogniser(settings_module.load(env={}).recognition), 0.0, clock)
    try:
        recogniser.warm()
        clock.now += 1e6
        recogniser.rest(needed=False)
        assert len(processes()) == 1
    finally:
        recogniser.close()
