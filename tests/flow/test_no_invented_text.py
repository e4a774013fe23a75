"""What is not speech never becomes text, even while everything that is said is typed."""

import numpy as np
import pytest

from ..rigs import join, noise, speech
from .test_run import run, spoken, types

pytestmark = pytest.mark.usefixtures("home")

RATE = 16_000
SECONDS = 150


def silent_room(rng):
    return noise(SECONDS, 0.0004, 7)


def fan(rng):
    """Brown noise, the blades' hum, and a slow coming and going."""
    brown = np.cumsum(rng.normal(size=SECONDS * RATE))
    brown -= np.convolve(brown, np.ones(800) / 800, "same")
    t = np.arange(SECONDS * RATE) / RATE
    hum = np.sin(2 * np.pi * 87 * t) + 0.5 * np.sin(2 * np.pi * 174 * t)
    sound = brown / brown.std() + 0.4 * hum
    return (0.03 * sound * (1 + 0.3 * np.sin(2 * np.pi * 0.2 * t))).astype(np.float32)


def music(rng):
    """Chords of plucked strings, a bass and a drum, 100 beats a minute."""
    sound = np.zeros(SECONDS * RATE + 2 * RATE)
    t = np.arange(2 * RATE) / RATE
    for beat in range(int(SECONDS / 0.6)):
        at = int(beat * 0.6 * RATE)
        root = 110 * 2 ** (rng.choice([0, 3, 5, 7, 10]) / 12)
        for interval in (0, 4, 7, 12):
            pitch = root * 2 ** (interval / 12) * (2 if interval else 1)
            tones = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 7))
            sound[at : at + len(t)] += 0.03 * tones * np.exp(-t * 4)
        drum = rng.normal(size=len(t)) * np.exp(-t * 40) * 0.1
        sound[at : at + len(t)] += drum
    return sound[: SECONDS * RATE].astype(np.float32)


def keyboard(rng):
    """Bursts of typing: each key a click down and a softer one up, in a quiet room."""
    sound = rng.normal(size=SECONDS * RATE) * 0.0005
    click = rng.normal(size=400) * np.exp(-np.arange(400) / 60)
    at = 0.5
    while at < SECONDS - 1:
        for _ in range(rng.integers(3, 30)):
            for delay, level in ((0.0, 0.15), (0.07, 0.06)):
                first = int((at + delay) * RATE)
                sound[first : first + 400] += level * rng.uniform(0.5, 1.0) * click
            at += rng.uniform(0.08, 0.25)
            if at > SECONDS - 1:
                break
        at += rng.uniform(0.5, 3)
    return sound.astype(np.float32)


@pytest.mark.parametrize("sounds", [silent_room, fan, music, keyboard])
def test_nothing_is_written_while_nobody_speaks(tmp_path, sounds):
    voice = "flite:rms"
    before = spoken(voice, "start dictation", 0.3)
    sound = join(before, sounds(np.random.default_rng(5)), 1.0, speech("This is a test", voice), 2.0)
    happened = run(tmp_path, sound, "--set", "dictation.idle_stop_s=0")
    assert types(happened, "WakeHeard") == ["WakeHeard"]
    written = [event["text"] for event in happened if event["type"] == "Typed"]
    assert [text.strip().lower().strip(".") for text in written] == ["this is a test"], written
