"""Whether the gate before the wake word's network costs any wake word: the same recordings with and without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..types import FRAME_SAMPLES, SAMPLE_RATE, Audio
from . import sounds

if TYPE_CHECKING:
    from ..listening.wake import OpenWakeWords
    from ..settings import Settings
    from ..types import Samples

CONDITIONS = ((-25.0, -60.0, "room"), (-45.0, -60.0, "room"), (-45.0, -60.0, "white"), (-35.0, -50.0, "white"))
COMMANDS = ("", ", what time is it", " set a timer for ten minutes")  # alone, after a pause, in the same breath
BEFORE_S = 8.0  # long enough to fall asleep
AFTER_S = 1.5


def compare(settings: Settings) -> dict[str, Any] | None:
    """Hits of the first wake word; None where nothing here can speak it."""
    from ..listening.wake import load_wake_words

    if not sounds.voices() or not settings.wake.enabled:
        return None
    words = load_wake_words(settings.wake)
    rows = [_trial(words, *recording) for recording in _recordings(words.words[0])]
    return {
        "trials": len(rows),
        "hits_without_gate": sum(without for without, _, _ in rows),
        "hits_with_gate": sum(with_gate for _, with_gate, _ in rows),
        "asleep_before_percent": round(100 * float(np.mean([asleep for _, _, asleep in rows])), 1),
    }


def _recordings(word: str) -> list[tuple[Samples, float]]:
    """Sounds, and when the phrase begins in each."""
    found = []
    for number, voice in enumerate(sounds.voices()):
        spoken = sounds.spoken(word + COMMANDS[number % len(COMMANDS)], voice)
        for index, (level, noise, kind) in enumerate(CONDITIONS):
            begins = BEFORE_S + 0.13 * (number + index)
            silence = [np.zeros(round(seconds * SAMPLE_RATE), np.float32) for seconds in (begins, AFTER_S)]
            sound = np.concatenate([silence[0], sounds.at_level(spoken, level), silence[1]])
            make = sounds.room if kind == "room" else sounds.white
            noises = make(len(sound) / SAMPLE_RATE + 0.1, noise, number)
            found.append((sound + noises[: len(sound)], begins))
    return found


def _trial(words: OpenWakeWords, sound: Samples, begins: float) -> tuple[bool, bool, float]:
    """Heard without the gate, heard with it, and the part of the quiet before that was slept through."""
    from ..listening.gate import EnergyGate

    without, _ = _heard(words, sound, begins, None)
    with_gate, asleep = _heard(words, sound, begins, EnergyGate())
    return without, with_gate, asleep


def _heard(words: OpenWakeWords, sound: Samples, begins: float, gate: Any) -> tuple[bool, float]:
    from ..listening.activity import SileroActivity
    from ..listening.ear import Ear

    words.reset()
    ear = Ear(SileroActivity(), words, gate)
    heard, asleep = False, 0
    for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        _, wake = ear.hear(Audio(sound[at : at + FRAME_SAMPLES], at / SAMPLE_RATE))
        heard = heard or wake is not None
        asleep += ear.asleep and at < begins * SAMPLE_RATE
    return heard, asleep * FRAME_SAMPLES / (begins * SAMPLE_RATE)
