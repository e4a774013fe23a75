"""The test rigs themselves: what is played is heard, what is typed is read."""

import time

import numpy as np
import pytest

from tests import rigs

pytestmark = pytest.mark.e2e


def test_what_is_played_is_recorded(pulse, speech):
    spoken = speech("what time is it")
    with pulse.record("mic_in") as recording:
        pulse.play(spoken)
    assert _likeness(spoken, recording.samples) > 0.95


def test_the_microphone_hears_the_loudspeaker_through_the_loopback(pulse, speech):
    spoken = speech("what time is it")
    levels = []
    for decibel in (-6, -26):
        with pulse.loopback(decibel), pulse.record("mic_in") as recording:
            pulse.play(spoken, device="speaker")
            time.sleep(0.3)
        levels.append(np.abs(recording.samples).max())
    assert 0.05 < levels[1] / levels[0] < 0.2  # 20 dB are a factor of ten


def test_the_microphone_comes_and_goes(pulse):
    pulse.unplug_microphone()
    assert "vmic" not in pulse.pactl("list", "short", "sources")
    pulse.plug_microphone()
    assert "vmic" in pulse.pactl("info")
    pulse.restart()
    assert "vmic" in pulse.pactl("info")


def test_what_is_typed_is_read(screen):
    screen.xdotool("type", "--delay", "5", "Hello, world")
    assert screen.wait_text("Hello, world") == "Hello, world"


def test_a_second_window_takes_the_focus(screen):
    terminal = screen.xterm()
    screen.xdotool("type", "--delay", "20", "ls -l")
    assert terminal.wait_text("ls -l") == "ls -l"
    assert screen.text() == ""
    screen.focus()
    screen.xdotool("type", "--delay", "20", "back")
    assert screen.wait_text("back") == "back"


def test_an_unknown_voice_is_refused():
    with pytest.raises(AssertionError):
        rigs.speech("hello", "espeak:en-us+f33")


def _likeness(wanted, heard):
    """The highest normalised correlation over all delays."""
    heard = np.concatenate([heard, np.zeros(len(wanted))])
    products = np.correlate(heard, wanted, mode="valid")
    energy = np.convolve(heard**2, np.ones(len(wanted)), mode="valid")
    return float((products / np.sqrt(np.maximum(energy, 1e-9) * np.sum(wanted**2))).max())
