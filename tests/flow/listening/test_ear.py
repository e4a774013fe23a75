"""Wake words and voice activity behind the gate: asleep in a quiet room, and nothing missed."""

import numpy as np
import pytest

from aihear_voice import settings as settings_module
from aihear_voice.listening.activity import SileroActivity
from aihear_voice.listening.ear import Ear
from aihear_voice.listening.endpointing import SilenceEndpointer
from aihear_voice.listening.gate import EnergyGate
from aihear_voice.listening.wake import load_wake_words
from aihear_voice.types import FRAME_SAMPLES, SAMPLE_RATE, Audio, Heard

from ...rigs import RATE, join, noise, rms, speech

VOICES = [
    "flite:slt", "flite:kal", "flite:awb", "espeak:en-us", "espeak:en-gb", "espeak:en-us+f1", "espeak:en-gb+m2",
    "espeak:en-us+Andy", "espeak:en-gb-scotland", "espeak:en-us+Denis",
]  # fmt: skip


@pytest.fixture(scope="module")
def words():
    return load_wake_words(settings_module.load(env={}).wake)


class Counting:
    """Counts what reaches a detector."""

    def __init__(self, detector):
        self._detector = detector
        self.frames = 0

    def probability(self, frame):
        self.frames += 1
        return self._detector.probability(frame)

    def hear(self, frame):
        self.frames += 1
        return self._detector.hear(frame)


def frames(samples):
    for at in range(0, len(samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        yield Audio(samples[at : at + FRAME_SAMPLES], at / SAMPLE_RATE)


def heard(words, samples, gate):
    """(frame, probability, wake) of each frame."""
    words.reset()
    ear = Ear(SileroActivity(), words, gate)
    return [(frame, *ear.hear(frame)) for frame in frames(samples)]


def wakes(words, samples, gate):
    return [(round(wake.end, 3), round(wake.score, 3)) for _, _, wake in heard(words, samples, gate) if wake]


def at_level(samples, level):
    loud = samples[np.abs(samples) > 0.02 * np.abs(samples).max()]
    return samples * (10 ** (level / 20) / rms(loud))


def in_room(before, spoken, after, level=-60, seed=0):
    sound = join(before, spoken.astype(np.float32), after)
    return sound + noise(len(sound) / RATE, 10 ** (level / 20), seed)[: len(sound)]


@pytest.mark.parametrize(("level", "room"), [(-25, -60), (-45, -60), (-35, -50)])
def test_wake_words_after_a_long_sleep_are_the_same_as_without_one(words, level, room):
    woken = 0
    for index, voice in enumerate(VOICES):
        text = "hey jarvis" if index % 2 else "hey jarvis what time is it"
        sound = in_room(9 + 0.13 * index, at_level(speech(text, voice), level), 2.0, room, index)
        without, with_gate = (wakes(words, sound, gate) for gate in (None, EnergyGate()))
        assert with_gate == without, voice
        woken += len(without)
    assert woken >= len(VOICES) // 2


def test_in_a_quiet_room_no_network_runs(words):
    words.reset()
    activity, wakes = Counting(SileroActivity()), Counting(words)
    ear = Ear(activity, wakes, EnergyGate())
    for number, frame in enumerate(frames(noise(40, 1e-3))):
        ear.hear(frame)
        if number == 100:  # 3 s: the room has been learnt
            before = activity.frames + wakes.frames
    assert ear.asleep
    assert activity.frames + wakes.frames == before


def test_it_stays_awake_while_an_utterance_is_open(words):
    words.reset()
    ear = Ear(SileroActivity(), words, EnergyGate())
    answers = [ear.hear(frame, attentive=frame.start > 5) for frame in frames(noise(8, 1e-3))]
    assert not ear.asleep
    assert all(0 < probability < 0.5 for probability, _ in answers[-60:])


def test_speech_begins_and_ends_where_it_would_without_a_gate(words):
    settings = settings_module.load(env={}).endpointing
    for index, voice in enumerate(VOICES):
        sound = in_room(6.0, at_level(speech("turn on the kitchen lights", voice), -30), 2.0, -60, index)
        spans = []
        for gate in (None, EnergyGate()):
            ends = SilenceEndpointer(settings, silence_s=0.7)
            for frame, probability, _ in heard(words, sound, gate):
                ends.push(Heard(frame, probability))
            spans.append((ends.speech_start, ends.speech_end))
        assert spans[1] == pytest.approx(spans[0], abs=0.07), voice


def test_the_networks_are_kept_in_step_over_any_length_of_sleep(words):
    """A sleep that is no whole number of the network's steps must not shift them."""
    phrase = at_level(speech("hey jarvis", "flite:rms"), -30)
    for extra in range(5):
        sound = in_room(8 + extra * FRAME_SAMPLES / RATE, phrase, 1.5)
        without, with_gate = (wakes(words, sound, gate) for gate in (None, EnergyGate()))
        assert len(with_gate) == 1
        assert with_gate == without
