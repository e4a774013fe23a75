"""Which sounds over our voice are looked at, and which texts are a stop."""

from itertools import pairwise

import numpy as np
import pytest

from aihear_voice.settings import load
from aihear_voice.speaking.barge_in import StopSpotter
from aihear_voice.types import FRAME_SAMPLES, FRAME_SECONDS, Audio, Heard


@pytest.fixture
def spotter():
    return StopSpotter(load(env={}).speaking.stop_words)


@pytest.mark.parametrize("text", ["Stop.", "stop", "STOP!", "Stop, stop.", "Please stop.", "OK, stop.", "Stopp!",
                                  "Halt.", "Para, por favor.", "停止。", "请停止"])  # fmt: skip
def test_stops(spotter, text):
    assert spotter.is_stop(text)


@pytest.mark.parametrize("text", ["", "Stop the music.", "Don't stop.", "Bus stop", "What time is it?", "top", "Okay."])
def test_no_stops(spotter, text):
    assert not spotter.is_stop(text)


def pieces(spotter, speech):
    """speech: probabilities by frame; the pieces that are handed over, and when (in seconds)."""
    found = []
    for number, probability in enumerate(speech):
        frame = Audio(np.full(FRAME_SAMPLES, number, np.float32), number * FRAME_SECONDS)
        piece = spotter.push(Heard(frame, probability, own_voice=True))
        if piece is not None:
            found.append((piece, frame.end))
    return found


def test_a_word_is_handed_over_when_it_is_over(spotter):
    word = [0.0] * 40 + [0.9] * 12 + [0.1] * 40
    ((piece, at),) = pieces(spotter, word)
    spoken = 40 * FRAME_SECONDS
    assert piece.start < spoken
    assert piece.start > spoken - 0.5
    assert at - 52 * FRAME_SECONDS == pytest.approx(0.2, abs=0.05)


def test_long_speech_is_looked_at_in_parts_that_overlap(spotter):
    found = pieces(spotter, [0.9] * 130)
    assert len(found) >= 4
    for (before, _), (after, _) in pairwise(found):
        assert after.start < before.end - 0.5
    assert all(piece.duration <= 1.75 for piece, _ in found)


def test_a_click_and_a_detector_that_warms_up_are_no_words(spotter):
    assert pieces(spotter, [None] * 20 + [0.9] * 2 + [0.1] * 40) == []


def test_a_new_answer_starts_afresh(spotter):
    pieces(spotter, [0.9] * 12)
    spotter.reset()
    assert pieces(spotter, [0.1] * 40) == []
