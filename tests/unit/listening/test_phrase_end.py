"""The end of a phrase in sound of known parts: voiced hum for vowels, high noise for s."""

import numpy as np
import pytest

from aihear_voice.listening.phrase_end import end_of_hiss, ends_in_hiss, quietest
from aihear_voice.types import SAMPLE_RATE, Audio

ORIGIN = 50.0


def vowel(seconds):
    t = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 16)) * 0.1


def hiss(seconds, level=0.05):
    white = np.random.default_rng(3).normal(0, level, round(seconds * SAMPLE_RATE))
    spectrum = np.fft.rfft(white)
    spectrum[: int(len(spectrum) * 0.5)] = 0
    return np.fft.irfft(spectrum, len(white))


def room(seconds):
    return np.random.default_rng(4).normal(0, 3e-4, round(seconds * SAMPLE_RATE))


def sound(*parts):
    samples = np.concatenate(parts)
    return Audio((samples + room(len(samples) / SAMPLE_RATE)).astype(np.float32), ORIGIN)


def end(audio, near):
    return end_of_hiss(audio, near=ORIGIN + near, after=ORIGIN + near - 0.3, within=0.25)


@pytest.mark.parametrize("guess", [0.62, 0.70, 0.78])
def test_the_end_of_the_s_before_a_vowel(guess):
    audio = sound(room(0.3), vowel(0.3), hiss(0.1), vowel(0.4))
    assert end(audio, guess) == pytest.approx(ORIGIN + 0.7, abs=0.015)


def test_a_long_s_before_a_pause_is_one():
    audio = sound(room(0.3), vowel(0.3), hiss(0.2), room(0.4))
    assert end(audio, 0.75) == pytest.approx(ORIGIN + 0.8, abs=0.02)


def test_two_that_run_together_are_parted_in_the_middle():
    """As in "jarvis, stop": silence of a t, which is shorter than a pause, and then a vowel."""
    audio = sound(room(0.3), vowel(0.3), hiss(0.18), room(0.05), vowel(0.4))
    assert end(audio, 0.7) == pytest.approx(ORIGIN + 0.69, abs=0.02)


def test_an_s_that_goes_on_has_no_end_yet():
    assert end(sound(room(0.3), vowel(0.3), hiss(0.1)), 0.65) is None


def test_there_is_none_in_a_vowel_in_noise_or_in_silence():
    assert end(sound(room(0.3), vowel(0.6)), 0.7) is None
    assert end(sound(np.random.default_rng(5).normal(0, 0.05, SAMPLE_RATE)), 0.7) is None
    assert end(Audio(np.zeros(SAMPLE_RATE, np.float32), ORIGIN), 0.7) is None


def test_the_quietest_moment():
    audio = sound(vowel(0.5), room(0.05), vowel(0.5))
    assert quietest(audio, ORIGIN + 0.4, ORIGIN + 0.7) == pytest.approx(ORIGIN + 0.525, abs=0.03)


def test_spelling():
    assert ends_in_hiss("hey jarvis")
    assert not ends_in_hiss("alexa")
