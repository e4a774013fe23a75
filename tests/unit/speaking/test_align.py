"""Our own voice is found in what the microphone hears."""

import numpy as np
import pytest

from aihear_voice.speaking.align import CLEAR, SURE, locate
from tests.rigs import noise, speech


@pytest.mark.parametrize("at", [0, 777, 9000])
def test_a_weak_echo_under_a_person_is_found(at):
    played = np.concatenate((speech("Say stop to end an answer like this one.", "espeak:en-us"), np.zeros(16000)))
    heard = 0.1 * played[at : at + 8000] + 0.1 * speech("what time is it now please", "flite:slt")[2000:10000]
    index, peak = locate(played[: 8000 + 20000], heard)
    assert index == at
    assert peak > SURE


def test_what_was_not_played_is_not_found():
    played = speech("Say stop to end an answer like this one.", "espeak:en-us").astype(np.float64)
    _, peak = locate(played[:28000], noise(0.5, 0.1).astype(np.float64))
    assert peak < CLEAR


def test_silence_is_not_found():
    assert locate(np.zeros(28000), np.zeros(8000))[1] < CLEAR
