import numpy as np
import pytest

from aihear_voice.recognition import sound

from ... import rigs

RATE = 16_000


def tone(hertz, seconds, level=0.1):
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def coloured(seconds, slope, level, seed):
    n = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    spectrum /= (np.arange(len(spectrum)) + 1.0) ** (slope / 2)
    noise = np.fft.irfft(spectrum, n)
    return (noise / rigs.rms(noise) * level).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("level", [1e-4, 0.01, 0.2])
def test_hiss_and_rumble_are_still(seconds, level):
    for slope in (0, 1):
        assert sound.is_still(coloured(seconds, slope, level, seed=3))


def test_exact_silence_hum_and_whistle_are_still():
    assert sound.is_still(np.zeros(RATE, np.float32))
    assert sound.is_still(tone(50, 3) + tone(150, 3, 0.03) + rigs.noise(3, 1e-4))
    assert sound.is_still(tone(1800, 2))
    sweep = np.cumsum(900 + 300 * np.sin(2 * np.pi * np.arange(3 * RATE) / RATE))
    assert sound.is_still((0.2 * np.sin(2 * np.pi * sweep / RATE)).astype(np.float32))


@pytest.mark.parametrize("voice", ["flite:slt", "flite:awb", "espeak:en-us+f3", "espeak:de+m7", "espeak:cmn+linda"])
@pytest.mark.parametrize("level", [0.002, 0.5])
def test_a_voice_is_not_still_even_in_loud_noise(voice, level):
    spoken = rigs.speech("停止。" if "cmn" in voice else "Nein.", voice)
    spoken = spoken / np.abs(spoken).max() * level
    assert not sound.is_still(spoken)
    for slope in (0, 1):
        mixed = rigs.join(0.4, spoken, 0.4)
        assert not sound.is_still(
            mixed + coloured(len(mixed) / RATE, slope, rigs.rms(spoken) / 2, seed=4)[: len(mixed)]
        )


def test_quiet_and_loud_microphones_come_out_alike():
    spoken = rigs.speech("Turn on the lights.")
    for gain in (0.003, 0.1, 3.0):
        assert sound.level(sound.normalise(spoken * np.float32(gain))) == pytest.approx(sound.LEVEL, rel=0.01)


def test_the_background_of_a_recording_is_not_blown_up():
    reference = sound.loudest(rigs.join(rigs.speech("Turn on the lights."), rigs.noise(2, 1e-4)))
    assert sound.is_still(rigs.noise(2, 1e-4) * np.hanning(2 * RATE).astype(np.float32), reference)
    assert sound.level(sound.normalise(rigs.noise(1, 0.001), reference)) < sound.LEVEL / 3


def test_long_sound_is_parted_between_sentences():
    first, second = rigs.speech("Open the browser."), rigs.speech("Close the window.")
    both = rigs.join(first, 0.6, second)
    at = sound.cut(both, longest=8, earliest=1, pause=0.4)
    assert len(first) - 0.2 * RATE < at < len(first) + 0.6 * RATE
    assert sound.cut(first, longest=8, earliest=1, pause=0.4) >= len(first) - 0.5 * RATE


def test_a_window_without_a_pause_is_parted_where_it_is_quietest():
    samples = rigs.noise(40, 0.1)
    samples[24 * RATE : 24 * RATE + 6400] *= 0.3
    assert sound.cut(samples, longest=30, earliest=20) / RATE == pytest.approx(24.2, abs=0.2)
    assert sound.cut(samples[: 10 * RATE], longest=30, earliest=20) == 10 * RATE


def test_the_voice_is_found_between_silences():
    start, end = sound.voiced_span(rigs.join(1.0, rigs.speech("Open the browser."), 0.7))
    length = len(rigs.speech("Open the browser.")) / RATE
    assert start == pytest.approx(1.0, abs=0.35)
    assert end == pytest.approx(1.0 + length, abs=0.35)
