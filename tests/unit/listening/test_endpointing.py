"""One utterance by frames and probabilities: no models, no sound."""

import numpy as np
import pytest

from aihear_voice import settings as settings_module
from aihear_voice.listening.endpointing import SilenceEndpointer
from aihear_voice.types import FRAME_SAMPLES, FRAME_SECONDS, Audio, Heard

ENDS = settings_module.load(env={}).endpointing
START = 100.0  # of the audio clock: nothing may depend on its being zero


class Talk:
    """Pushes stretches of one probability and notes where the state changed."""

    def __init__(self, silence_s=0.7, grace_s=0.0, wait_s=5.0, ends=ENDS):
        self.endpointer = SilenceEndpointer(ends, silence_s=silence_s, grace_s=grace_s, wait_s=wait_s)
        self.count = 0
        self.state = "waiting"
        self.first = {}

    def __call__(self, seconds, probability):
        for _ in range(round(seconds / FRAME_SECONDS)):
            frame = Audio(np.zeros(FRAME_SAMPLES, np.float32), START + self.count * FRAME_SECONDS)
            self.state = self.endpointer.push(Heard(frame, probability))
            self.count += 1
            self.first.setdefault(self.state, frame.end - START)
        return self.state


def test_silence_after_speech_ends_it_and_says_where_it_was():
    talk = Talk()
    talk(1.0, 0.01)
    assert talk(1.5, 0.95) == "speech"
    assert talk(0.6, 0.01) == "speech"
    assert talk(0.2, 0.01) == "ended"
    assert talk.endpointer.speech_start == pytest.approx(START + 1.0, abs=0.04)
    assert talk.endpointer.speech_end == pytest.approx(START + 2.5, abs=0.04)
    assert talk.endpointer.speech_seconds == pytest.approx(1.5, abs=0.04)
    assert talk.first["ended"] == pytest.approx(2.5 + 0.7, abs=FRAME_SECONDS)


def test_a_pause_that_is_short_enough_is_part_of_the_utterance():
    talk = Talk()
    talk(0.5, 0.9)
    talk(0.6, 0.1)
    talk(0.5, 0.9)
    assert "ended" not in talk.first
    talk(0.8, 0.1)
    assert talk.state == "ended"
    assert talk.endpointer.speech_seconds == pytest.approx(1.0, abs=0.07)


def test_nothing_said_in_time():
    talk = Talk(wait_s=3.0)
    assert talk(2.9, 0.02) == "waiting"
    assert talk(0.2, 0.02) == "nothing"
    assert talk.endpointer.speech_start is None


def test_without_a_limit_it_waits_for_ever():
    assert Talk(wait_s=None)(120, 0.02) == "waiting"


def test_speech_at_the_last_moment_is_not_cut_off():
    talk = Talk(wait_s=3.0)
    talk(2.96, 0.02)
    talk(1.0, 0.9)
    assert talk.state == "speech"
    assert "nothing" not in talk.first


def test_no_answer_yet_is_not_silence():
    talk = Talk(wait_s=1.0)
    assert talk(3.0, None) == "waiting"
    talk(0.5, 0.9)
    assert talk(3.0, None) == "speech"
    assert talk(0.8, 0.01) == "ended"


@pytest.mark.parametrize("seconds", [0.032, 0.064])
def test_clicks_are_no_speech_however_many(seconds):
    talk = Talk(wait_s=4.0)
    for _ in range(20):
        talk(seconds, 0.95)
        talk(0.1, 0.02)
    talk(2.0, 0.02)
    assert talk.state == "nothing"
    assert talk.endpointer.speech_start is None


def test_a_cough_is_too_short_and_does_not_add_up():
    talk = Talk(wait_s=None)
    for _ in range(5):
        talk(0.13, 0.95)
        talk(1.0, 0.02)
    assert talk.state == "waiting"


def test_between_the_thresholds_speech_goes_on_but_does_not_begin():
    between = (ENDS.speech_threshold + ENDS.silence_threshold) / 2
    talk = Talk(wait_s=None)
    assert talk(2.0, between) == "waiting"
    talk(0.5, 0.9)
    assert talk(2.0, between) == "speech"
    assert talk(0.8, 0.1) == "ended"


def test_the_tail_of_the_wake_phrase_is_no_speech_and_starts_no_clock():
    talk = Talk(grace_s=0.25, wait_s=5.0)
    talk(0.2, 0.95)
    assert talk(2.0, 0.02) == "waiting"
    talk(1.0, 0.95)
    assert talk.endpointer.speech_start == pytest.approx(START + 2.2, abs=0.04)
    assert talk(0.8, 0.02) == "ended"


def test_a_command_in_the_same_breath_counts_from_its_beginning():
    talk = Talk(grace_s=0.25)
    assert talk(0.45, 0.95) == "speech"
    assert talk.endpointer.speech_start == pytest.approx(START)
    assert talk(0.8, 0.02) == "ended"


def test_half_a_minute_is_the_cap_and_silence_before_it_does_not_count():
    talk = Talk(wait_s=None)
    talk(60.0, 0.02)
    assert talk(25.0, 0.9) == "speech"
    assert talk(6.0, 0.9) == "cap"
    assert talk.first["cap"] == pytest.approx(60.0 - 1.0 + ENDS.max_utterance_s, abs=0.05)


def test_a_held_key_may_talk_again_after_a_silence():
    talk = Talk(wait_s=None)
    talk(0.5, 0.9)
    assert talk(1.0, 0.02) == "ended"
    assert talk(0.5, 0.9) == "speech"
    assert talk.endpointer.speech_end == pytest.approx(START + 2.0, abs=0.05)
