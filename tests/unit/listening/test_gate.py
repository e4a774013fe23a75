"""The gate before the networks: closed in any steady room, open for any voice in it."""

import numpy as np
import pytest

from aihear_voice.listening.gate import EnergyGate
from aihear_voice.types import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Audio

from ...rigs import RATE, join, noise, speech

VOICES = ["flite:awb", "flite:slt", "espeak:en-us+f4", "espeak:de+m3", "espeak:es", "espeak:en-gb+whisper"]
SENTENCES = {"espeak:de+m3": "wie spät ist es", "espeak:es": "qué hora es"}


def decibel(value):
    return 10 ** (value / 20)


def scaled(sound, level):
    loud = sound[np.abs(sound) > 0.02 * np.abs(sound).max()]
    return (sound * decibel(level) / np.sqrt(np.mean(loud**2))).astype(np.float32)


def white(seconds, level, seed=0):
    return noise(seconds, decibel(level), seed)


def shaped(seconds, level, shape, seed=0):
    """Noise whose amplitude follows `shape` of the frequency in Hz."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    spectrum *= shape(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1))
    return scaled(np.fft.irfft(spectrum, size), level)


def pink(seconds, level, seed=0):
    return shaped(seconds, level, lambda f: np.where(f < 30, 0, f**-0.5), seed)


def fan(seconds, level, seed=0):
    """Air, most of it below 1 kHz, in the rhythm of the blades, and a motor's hum."""
    t = np.arange(round(seconds * RATE)) / RATE
    air = shaped(seconds, 0, lambda f: 1 / (1 + (f / 700) ** 2), seed)
    return scaled(air * (1 + 0.2 * np.sin(2 * np.pi * 6.1 * t)) + 0.2 * np.sin(2 * np.pi * 100 * t), level)


def hum(seconds, level, seed=0):
    t = np.arange(round(seconds * RATE)) / RATE
    return scaled(sum(np.sin(2 * np.pi * 50 * k * t) / k for k in range(1, 12)), level) + white(seconds, -75, seed)


ROOMS = {"white": white, "pink": pink, "fan": fan, "hum": hum}


def opened(sound, gate=None):
    """Whether the gate is open, for each frame."""
    gate = gate or EnergyGate()
    starts = range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES)
    return np.array([gate.hear(Audio(sound[at : at + FRAME_SAMPLES], at / SAMPLE_RATE)) for at in starts])


def at(seconds):
    return round(seconds / FRAME_SECONDS)


def sentence(voice, level):
    return scaled(speech(SENTENCES.get(voice, "what time is it"), voice), level)


@pytest.mark.parametrize("level", [-60, -35])
@pytest.mark.parametrize("room", ROOMS)
def test_a_steady_room_is_closed(room, level):
    assert not opened(ROOMS[room](60, level, seed=3))[at(3) :].any()


def test_digital_silence_is_closed_and_what_follows_is_heard():
    sound = join(5.0, sentence("flite:slt", -50), 3.0)
    open_at = opened(sound)
    assert not open_at[at(3) : at(4.9)].any()
    assert open_at[at(5.0) : at(5.6)].any()


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("voice", VOICES)
def test_a_quiet_voice_opens_it_at_once(voice, room):
    spoken = sentence(voice, -45)
    quiet = ROOMS[room](6 + len(spoken) / RATE, -60, seed=7)
    sound = join(5.0, spoken, 1.0)
    open_at = opened(sound + quiet[: len(sound)])
    first = np.flatnonzero(np.abs(spoken) > 0.1 * np.abs(spoken).max())[0] / RATE
    assert not open_at[at(3) : at(4.9)].any()
    assert open_at[: at(5.0 + first + 0.1)][at(4.9) :].any()
    assert open_at[at(5.0 + first + 0.1) : at(5.0 + len(spoken) / RATE + 0.8)].all()


def test_a_room_that_becomes_loud_is_learnt_and_speech_over_it_passes():
    spoken = sentence("flite:slt", -32)
    rising = fan(60, -38) * decibel(np.concatenate([np.linspace(-22, 0, 30 * RATE), np.zeros(30 * RATE)]))
    sudden = join(white(10, -60), fan(40, -35))
    for room, talks_at in ((rising.astype(np.float32), 50), (sudden, 40)):
        sound = room.copy()
        sound[talks_at * RATE : talks_at * RATE + len(spoken)] += spoken
        open_at = opened(sound)
        assert not open_at[at(talks_at - 5) : at(talks_at - 0.1)].any()
        assert open_at[at(talks_at + 0.5) : at(talks_at + len(spoken) / RATE)].all()


def test_someone_who_goes_on_and_on_is_never_taken_for_the_room():
    text = "and then he said that all of them were already there and nobody had seen the others leave the house so we"
    talk = np.concatenate([scaled(speech(text, voice), -40) for voice in VOICES[:3] * 4])
    sound = join(white(4, -60), talk + white(len(talk) / RATE, -60)[: len(talk)])
    assert len(talk) > 60 * RATE
    assert opened(sound)[at(4.3) :].all()


def test_it_closes_again_when_all_is_said():
    spoken = sentence("flite:slt", -30)
    sound = join(4.0, spoken, 6.0)
    open_at = opened(sound + white(len(sound) / RATE, -60)[: len(sound)])
    assert not open_at[at(4.0 + len(spoken) / RATE + 3) :].any()


def test_it_is_open_until_the_room_is_known():
    spoken = scaled(speech("what time is it what time is it", "flite:slt"), -40)
    assert opened(spoken + white(len(spoken) / RATE, -60)[: len(spoken)])[: at(2)].all()
