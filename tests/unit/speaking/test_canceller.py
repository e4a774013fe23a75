"""The filter learns the way from the loudspeaker to the microphone."""

import numpy as np

from aihear_voice.speaking.canceller import HOP, Canceller
from tests.rigs import noise, rms, speech

from .room import impulse


def run(canceller, played, heard):
    steps = range(0, len(heard) - HOP + 1, HOP)
    return np.concatenate([canceller.step(played[i : i + HOP], heard[i : i + HOP])[0] for i in steps])


def test_it_learns_a_room_and_leaves_a_person():
    played = np.tile(speech("The train to Vienna leaves at seven in the morning.", "espeak:en-us"), 3)
    echo = 0.3 * np.convolve(played, impulse(0.1))[: len(played)]
    person = np.zeros(len(played))
    said = speech("hey jarvis", "flite:rms")
    person[100_000 : 100_000 + len(said)] = said
    left = run(Canceller(), played.astype(np.float64), echo + person)
    span = slice(100_000, 100_000 + len(said))
    assert rms((left - person[: len(left)])[40_000:90_000]) < 0.08 * rms(echo[40_000:90_000])
    assert rms((left - person[: len(left)])[span]) < 0.25 * rms(said)


def test_a_shift_moves_what_was_learnt():
    played = noise(4.0, 0.1).astype(np.float64)
    canceller = Canceller()
    run(canceller, played, np.roll(played, 100))
    canceller.shift(60)
    later = np.roll(played, 60)
    canceller.prime(np.concatenate((np.zeros(4096), later[:4096])))
    left = run(canceller, later[4096:8192], np.roll(played, 100)[4096:8192])
    assert rms(left) < 0.2 * rms(played)
